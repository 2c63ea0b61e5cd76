#pragma once

/* Completions for shells, written from the table of commands: what --help shows and what a shell
 * offers cannot differ. They are made when glossd is built. */

#include <gloss/buf.h>

void complete_bash(struct gloss_buf *out);
void complete_zsh(struct gloss_buf *out);
void complete_fish(struct gloss_buf *out);
