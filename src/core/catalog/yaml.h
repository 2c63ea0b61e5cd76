#pragma once

/* The home of libfyaml: YAML text in, a tree of nodes with their places out. A reader of the tree
 * looks up keys and texts, and reports each mistake together with the node that has it. */

#include "core/catalog/yaml_limits.h"
#include "core/catalog/yaml_node.h"

#include <gloss/diag.h>
#include <gloss/span.h>
#include <stddef.h>

/** A document that was read. */
struct yaml;

#define YAML_E_BROKEN 1

/** Reads a text: one document of YAML 1.2, without aliases, anchors and tags.
 *
 * @file   the name of the file in diagnostics; borrowed, must live as long as the document. May be
 *         NULL.
 * @text   borrowed, must live as long as the document.
 * @diags  borrowed, must live as long as the document, since yaml_diag() adds to it too.
 *
 * Returns 0; YAML_E_BROKEN: something could not be read and was reported; *ret_yaml holds all that
 * could be read, so that mistakes in it can be reported in the same run; -ENOMEM, *ret_yaml is then
 * not written. */
int yaml_read(struct yaml **ret_yaml, const char *file, struct gloss_span text,
              struct gloss_diags *diags);
struct yaml *yaml_free(struct yaml *y);
static inline void yaml_freep(struct yaml **y)
{
    *y = yaml_free(*y);
}

/** The top node. NULL where the text holds nothing but blanks and comments, where a syntax error
 * came before the first node, and where the document is too large. */
const struct yaml_node *yaml_root(const struct yaml *y);

/** Reports something about a node, with the node's place and its line of the text. The format is
 * that of printf. */
void yaml_diag(const struct yaml *y, const struct yaml_node *n, enum gloss_diag_level level,
               const char *format, ...) __attribute__((format(printf, 4, 5)));

/** As yaml_diag(), but with the place of byte `at` of a scalar's text. Where folding or an escape
 * hides how many characters of the source stand before that byte, the scalar's own place is
 * given. */
void yaml_diag_at(const struct yaml *y, const struct yaml_node *n, size_t at,
                  enum gloss_diag_level level, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
