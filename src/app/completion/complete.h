#pragma once

/* The completion scripts of three shells. They are made from the table of commands when glossd is
 * built, so that a shell offers exactly the options that --help shows. */

#include <gloss/buf.h>

/** Each function appends the script of its shell. */
void complete_bash(struct gloss_buf *out);
void complete_zsh(struct gloss_buf *out);
void complete_fish(struct gloss_buf *out);
