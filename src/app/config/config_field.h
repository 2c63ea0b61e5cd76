#pragma once

/* The table by which a mapping of the configuration becomes a struct: a row for each key says what
 * type its value has, where it goes and what is in range. */

#include "core/catalog/yaml.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** What a value is, and the type of the member it goes to. */
enum config_type {
    CONFIG_TEXT,     /* const char *; at most max bytes */
    CONFIG_PATH,     /* const char *; absolute, of a file; without "//" and "/./" */
    CONFIG_FOLDER,   /* const char *; absolute, plain as a path */
    CONFIG_GLOB,     /* const char *; the same, may have "**" */
    CONFIG_ENCODING, /* const char *; known to iconv; NULL for auto */
    CONFIG_TEXTS,    /* struct config_texts */
    CONFIG_EXCLUDES, /* struct config_texts; shell patterns */
    CONFIG_UNITS,    /* struct config_texts; names of units, each with its type */
    CONFIG_MATCHES,  /* struct config_texts; FIELD=VALUE of the journal */
    CONFIG_PLACES,   /* struct config_texts; absolute paths, or names of shipped catalogs */
    CONFIG_WORD,     /* an enum or int; one of words */
    CONFIG_BOOL,     /* bool */
    CONFIG_DURATION, /* uint64_t, nanoseconds from min to max */
    CONFIG_SIZE,     /* uint64_t, bytes from min to max */
    CONFIG_MODE,     /* mode_t; the owner may read and write */
    CONFIG_ADDRESS,  /* checked and then ignored, for a key of older versions: "127.0.0.1:9469" or
                        "[::1]:9469" */
    CONFIG_MAPPING,  /* the same struct, by another table */
    CONFIG_SOURCES,  /* struct config_items: a list of mappings, each of one kind of source */
    CONFIG_SINKS,    /* the same, of sinks */
};

struct config_texts {
    const char *const *items;
    const struct yaml_node *const *nodes; /* of each, where it stands */
    size_t n;
};

struct config_items {
    void *items;                          /* n structs of the table's size, in the arena */
    const struct yaml_node *const *nodes; /* the mapping of each */
    size_t n;
};

struct config_word {
    const char *word; /* the last one: NULL */
    int value;
};

struct config_field {
    const char *key;
    enum config_type type;
    size_t offset;
    uint64_t min, max;
    const struct config_word *words;
    const struct config_table *table; /* of a mapping or of a list's items */
    bool is_free; /* another value makes no other source: config_table_equal() passes over it */
};

#define CONFIG_KEYS_MAX 64 /* of one mapping, with those of all kinds */

struct config_table {
    const struct config_field *fields;
    size_t n_fields;
    size_t size;          /* of the struct */
    const void *defaults; /* of that size; NULL: zeros */
};
