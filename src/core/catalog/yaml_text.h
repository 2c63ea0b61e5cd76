#pragma once

/* A YAML file as bytes and lines: whether libfyaml may see it, and where its lines are. */

#include <gloss/diag.h>
#include <gloss/span.h>
#include <stdbool.h>
#include <stddef.h>

/** Whether a text may be handed to libfyaml. What speaks against it is reported, the first thing
 * only: the text is too large, is not UTF-8, has control characters, or has lines or brackets that
 * no person writes.
 *
 * @file  the name of the file in diagnostics; may be NULL. */
bool yaml_text_check(struct gloss_span text, const char *file, struct gloss_diags *diags);

/** The line in which a byte stands, without its line end. Its ptr is NULL where it is too long to
 * be shown. */
struct gloss_span yaml_text_line(struct gloss_span text, size_t offset);
/** The offset of the first byte of a line. Lines are counted from 1; the length of the text where
 * it has fewer. */
size_t yaml_text_line_offset(struct gloss_span text, unsigned line);
/** How many characters a text has, which is well-formed UTF-8. */
unsigned yaml_text_chars(struct gloss_span text);
