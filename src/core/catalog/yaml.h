#pragma once

/* The home of libfyaml: YAML text in, a tree of nodes with their places out. What reads a tree asks
 * it for keys and texts, and reports what it does not like with the node it does not like. */

#include <gloss/diag.h>
#include <gloss/span.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum yaml_kind {
    YAML_SCALAR,
    YAML_MAPPING,
    YAML_SEQUENCE,
    YAML_BAD, /* something we do not take, said already: pass it by */
};

enum yaml_style {
    YAML_PLAIN,
    YAML_SINGLE, /* 'quoted' */
    YAML_DOUBLE, /* "quoted" */
    YAML_BLOCK,  /* behind | or > */
};

/** All of it lives as long as the document. */
struct yaml_node {
    enum yaml_kind kind;
    enum yaml_style style;  /* of a scalar */
    bool open;              /* the text broke off inside: what is missing may be in the rest */
    unsigned line, column;  /* from 1, in characters; an absent value has the place of its key */
    size_t offset;          /* of its first byte in the text */
    struct gloss_span text; /* of a scalar, what it stands for; UTF-8; may point into the input */
    const struct yaml_node *first; /* of a mapping, its first key; of a sequence, its first item */
    const struct yaml_node *value; /* of a key; never NULL */
    const struct yaml_node *next;  /* of a key or an item */
};

/** A document that was read. */
struct yaml;

/** Limits of what is read at all. */
#define YAML_SIZE_MAX ((size_t)64 << 20)
#define YAML_NODES_MAX 1000000
#define YAML_DEPTH_MAX 32
#define YAML_LINE_MAX ((size_t)64 << 10)
#define YAML_SCALAR_MAX ((size_t)1 << 20)

#define YAML_E_BROKEN 1

/** Reads a text.
 *
 * @file   what diagnostics call it; borrowed, lives as long as the document. May be NULL.
 * @text   borrowed, as long as the document.
 * @diags  borrowed, as long as the document: yaml_diag() adds to it too.
 *
 * Returns 0; YAML_E_BROKEN: something was wrong and has been said, *ret_yaml holds what could be
 * read, so that its mistakes can be said too; -ENOMEM (*ret_yaml is not written). */
int yaml_read(struct yaml **ret_yaml, const char *file, struct gloss_span text,
              struct gloss_diags *diags);
struct yaml *yaml_free(struct yaml *y);
static inline void yaml_freep(struct yaml **y)
{
    *y = yaml_free(*y);
}

/** NULL: the text holds nothing but blanks and comments, or broke off before anything came, or
 * was too large. */
const struct yaml_node *yaml_root(const struct yaml *y);
const char *yaml_file(const struct yaml *y);

/** Whether it is an empty value, "~" or "null", unquoted. */
bool yaml_is_null(const struct yaml_node *n);
/** The value of a mapping's first key of that name, or NULL. */
const struct yaml_node *yaml_get(const struct yaml_node *mapping, const char *key);

/** Reports something about a node, with its place and its line. */
void yaml_diag(const struct yaml *y, const struct yaml_node *n, enum gloss_diag_level level,
               const char *format, ...) __attribute__((format(printf, 4, 5)));
/** The same with the place of byte `at` of a scalar's text, where quoting and folding allow to tell
 * it, else of the scalar. */
void yaml_diag_at(const struct yaml *y, const struct yaml_node *n, size_t at,
                  enum gloss_diag_level level, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/** Reports each key of a mapping that is not in the table, with the nearest one that is, and each
 * known one that comes twice, with both places. */
void yaml_check_keys(const struct yaml *y, const struct yaml_node *mapping, const char *const *keys,
                     size_t n_keys);

/** How messages call a kind: "text", "a mapping", "a list". */
const char *yaml_kind_name(const struct yaml_node *n);
