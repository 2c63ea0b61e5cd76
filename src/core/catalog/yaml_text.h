#pragma once

/* A YAML file as bytes and lines: whether it may be handed to libfyaml, and what stands where. */

#include <gloss/diag.h>
#include <gloss/span.h>
#include <stdbool.h>
#include <stddef.h>

/** Says what keeps a file from being read at all, as its first mistake: it is too large, no UTF-8,
 * no text, of lines, brackets or keys that no person wrote. Returns whether there is nothing.
 *
 * @file   what diagnostics call it; may be NULL. */
bool yaml_text_check(struct gloss_span text, const char *file, struct gloss_diags *diags);

/** The line that holds a byte, without its end; ptr NULL: it is too long to be shown. */
struct gloss_span yaml_text_line(struct gloss_span text, size_t offset);
/** The offset at which a line begins, counted from 1; the text's length where it has fewer. */
size_t yaml_text_line_offset(struct gloss_span text, unsigned line);
/** How many characters well-formed UTF-8 has. */
unsigned yaml_text_chars(struct gloss_span text);
