#pragma once

/* A mapping of the configuration becomes a struct, by a table. */

#include "app/config/config_field.h"
#include "app/config/config_reading.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Fills a struct from a mapping. What is absent or wrong stays as it is; what is wrong is said, as
 * are unknown keys and those that come twice. */
void config_table_read(struct config_reading *r, const struct config_table *table,
                       const struct yaml_node *mapping, void *target);

/** A struct of the table in the arena, with its defaults. NULL: no memory, which is remembered. */
void *config_table_new(struct config_reading *r, const struct config_table *table);
/** As config_table_read(), but unknown keys are somebody else's. */
void config_table_fill(struct config_reading *r, const struct config_table *table,
                       const struct yaml_node *mapping, void *target);
/** Whether both structs were read from the same values, but for fields that are free. */
bool config_table_equal(const struct config_table *table, const void *a, const void *b);

/** The key itself, where yaml_get() gives its value; NULL: it is not there. */
const struct yaml_node *config_key(const struct yaml_node *mapping, const char *key);
