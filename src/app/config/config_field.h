#pragma once

/* The table by which a mapping of the configuration becomes a struct: a row for each key says what
 * type its value has, where it goes and what is in range. */

#include "core/catalog/yaml.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** The types of values; behind each, the type of the struct's member that takes the value. */
enum config_type {
    CONFIG_TEXT,     /* const char *; at most max bytes */
    CONFIG_PATH,     /* const char *; absolute, of a file; without "//" and "/./" */
    CONFIG_FOLDER,   /* const char *; absolute, plain as a path */
    CONFIG_GLOB,     /* const char *; the same, may have "**" */
    CONFIG_ENCODING, /* const char *; known to iconv; NULL for auto */
    CONFIG_ZONE,     /* const char *; a time zone that the system knows */
    CONFIG_TEXTS,    /* struct config_texts */
    CONFIG_FORMS,    /* struct config_texts; forms of times */
    CONFIG_EXCLUDES, /* struct config_texts; shell patterns */
    CONFIG_UNITS,    /* struct config_texts; names of units, each with its type */
    CONFIG_MATCHES,  /* struct config_texts; FIELD=VALUE of the journal */
    CONFIG_CATALOGS, /* struct config_texts; absolute paths, or names of shipped catalogs */
    CONFIG_WORD,     /* an enum or int; the value of one of `words` */
    CONFIG_BOOL,     /* bool */
    CONFIG_DURATION, /* uint64_t, nanoseconds from min to max */
    CONFIG_SIZE,     /* uint64_t, bytes from min to max */
    CONFIG_NUMBER,   /* uint64_t, from min to max */
    CONFIG_LINKS,    /* struct link_policy; a word, or a list of users */
    CONFIG_MODE,     /* mode_t; the owner may read and write */
    CONFIG_ADDRESS,  /* checked and then ignored, for a key of older versions: "127.0.0.1:9469" or
                        "[::1]:9469" */
    CONFIG_MAPPING,  /* the same struct, by another table */
    CONFIG_SOURCES,  /* struct config_items: a list of mappings, each of one kind of source */
    CONFIG_SINKS,    /* the same, of sinks */
};

struct config_texts {
    const char *const *items;
    const struct yaml_node *const *nodes; /* the node of each item, for messages */
    size_t n;
};

struct config_items {
    void *items;                          /* n structs of the table's size, in the arena */
    const struct yaml_node *const *nodes; /* the mapping of each */
    size_t n;
};

struct config_word {
    const char *word; /* NULL ends the list */
    int value;
};

struct config_field {
    const char *key;
    enum config_type type;
    bool is_free;      /* a change of it leaves a source the same: config_table_equal() skips it */
    size_t offset;     /* of the member within the struct */
    uint64_t min, max; /* the range of a number; max: bytes of a text */
    const struct config_word *words;  /* of CONFIG_WORD */
    const struct config_table *table; /* of a mapping or of a list's items */
};

#define CONFIG_KEYS_MAX 64 /* keys of one mapping, together with those of all kinds */

struct config_table {
    const struct config_field *fields;
    size_t n_fields;
    size_t size;          /* of the struct */
    const void *defaults; /* of that size; NULL: zeros */
};
