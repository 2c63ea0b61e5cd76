#pragma once

/* The functions by which a kind of source or sink looks at the machine while a configuration is
 * checked: they give it the item, and take the files and folders that it finds. */

#include "app/config/config.h"
#include "app/config/config_reading.h"

#include <gloss/diag.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

struct config_probe;

/** The reading under way, for messages and for memory that runs out. */
struct config_reading *probe_reading(struct config_probe *p);
const struct config_source *probe_source(const struct config_probe *p, size_t source);
/** The value of the key that makes the source, or the sink, one of its kind. */
const struct yaml_node *probe_source_node(const struct config_probe *p, size_t source);
const struct yaml_node *probe_sink_node(const struct config_probe *p, size_t sink);

/** Adds a file that the source would read now: it is compared with those of other sources, and with
 * the files that the service writes. @path  borrowed until the check has ended. */
void probe_add_file(struct config_probe *p, size_t source, const char *path, const struct stat *st);
/** Adds a folder in which a file may appear that the source would read. Copied. */
void probe_add_folder(struct config_probe *p, size_t source, const char *folder);
/** Copies a text; the copy lives until the check has ended. NULL: memory ran out, and the reading's
 * no_memory is set. */
const char *probe_keep(struct config_probe *p, const char *text);

/** Whether lines of the source go to a sink of that kind. */
bool probe_goes_to(const struct config_probe *p, size_t source, const char *sink_key);
/** What a person can do about an errno: "; the account that runs glossd must be allowed to", or "".
 */
const char *probe_mend(int error);
