#pragma once

/* Readers that fill a struct from a mapping of the configuration, by a table of its keys. */

#include "app/config/config_field.h"
#include "app/config/config_reading.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Fills a struct from a mapping. The member of a key that is absent or wrong stays as it is. Wrong
 * values, unknown keys and keys that come twice are reported in r->diags. */
void config_table_read(struct config_reading *r, const struct config_table *table,
                       const struct yaml_node *mapping, void *target);

/** Makes the struct of a table in the arena of r, with its defaults. NULL: memory ran out, and
 * r->no_memory is set. */
void *config_table_new(struct config_reading *r, const struct config_table *table);
/** As config_table_read(), but without a word about unknown keys: the caller checks the keys. */
void config_table_fill(struct config_reading *r, const struct config_table *table,
                       const struct yaml_node *mapping, void *target);
/** Whether both structs hold the same values, except for fields with is_free. */
bool config_table_equal(const struct config_table *table, const void *a, const void *b);

/** The node of a key, while yaml_get() returns the node of its value; NULL: there is no such key.
 */
const struct yaml_node *config_key(const struct yaml_node *mapping, const char *key);
