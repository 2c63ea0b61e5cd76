#pragma once

/* How a mapping of the configuration becomes a struct: a table with a row for each key says what
 * type its value has, where it goes and what is in range. */

#include "core/base/arena.h"
#include "core/catalog/yaml.h"

#include <gloss/diag.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** One file on its way in. */
struct config_reading {
    struct yaml *y;
    struct gloss_diags *diags;
    struct arena *arena; /* holds all that the configuration owns */
    bool no_memory;      /* sticky: ask once at the end */
};

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
    CONFIG_ADDRESS,  /* goes nowhere: a number and a port, "127.0.0.1:9469" or "[::1]:9469" */
    CONFIG_MAPPING,  /* the same struct, by another table */
    CONFIG_ITEMS,    /* struct config_items: a list of mappings */
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
};

#define CONFIG_FIELDS_MAX 16

struct config_table {
    const struct config_field *fields;
    size_t n_fields; /* at most CONFIG_FIELDS_MAX */
    size_t size;     /* of an item's struct */
    const void *defaults;
};

/** Fills a struct from a mapping. What is absent or wrong stays as it is; what is wrong is said, as
 * are unknown keys and those that come twice. */
void config_table_read(struct config_reading *r, const struct config_table *table,
                       const struct yaml_node *mapping, void *target);

/** The key itself, where yaml_get() gives its value; NULL: it is not there. */
const struct yaml_node *config_key(const struct yaml_node *mapping, const char *key);
