#pragma once

/* The nodes of a YAML document: what each one is, what it holds and where it stands in the text. */

#include <gloss/span.h>
#include <stdbool.h>
#include <stddef.h>

enum yaml_kind {
    YAML_SCALAR,
    YAML_MAPPING,
    YAML_SEQUENCE,
    YAML_BAD, /* refused, and already reported: a reader passes it by in silence */
};

/** How a scalar is written. */
enum yaml_style {
    YAML_PLAIN,
    YAML_SINGLE, /* 'quoted' */
    YAML_DOUBLE, /* "quoted" */
    YAML_BLOCK,  /* behind | or > */
};

/** One node of the tree. Nodes and their texts live as long as their document (struct yaml). */
struct yaml_node {
    enum yaml_kind kind;
    enum yaml_style style;  /* scalar only */
    bool open;              /* mapping or sequence: a syntax error came before its end, so that a
                               key that is missing here may stand in the unread rest */
    unsigned line, column;  /* from 1, column in characters; a missing value has its key's place */
    size_t offset;          /* of the node's first byte in the text */
    struct gloss_span text; /* scalar only: its value, UTF-8; may point into the input */
    const struct yaml_node *first; /* mapping: its first key; sequence: its first item */
    const struct yaml_node *value; /* key only: its value; never NULL */
    const struct yaml_node *next;  /* key or item: the next one, or NULL */
};

/** Whether a value is empty, or "~" or "null" without quotes. */
bool yaml_is_null(const struct yaml_node *n);

/** The value of the first key of that name in a mapping, or NULL. */
const struct yaml_node *yaml_get(const struct yaml_node *mapping, const char *key);

/** How messages call the kind of a node: "text", "a mapping" or "a list". */
const char *yaml_kind_name(const struct yaml_node *n);
