#pragma once

/* What the configuration has to know of one kind of source or sink: which keys it has, where their
 * values go, and what the machine tells of it. The kinds stand above this folder; their list is
 * handed in (struct config_kinds), so a further kind changes nothing here.
 *
 * An item of `sources` or `sinks` is of the kind whose key it has:
 *
 *     - follow: /var/log/app/a.log     the kind with the key "follow"
 *       exclude: ["tmp-?"]             a key of that kind alone: goes to its settings
 *       max_line: 1MiB                 a key of all sources: goes to struct config_source
 */

#include "app/config/config_field.h"
#include "app/config/config_reading.h"

#include <stdbool.h>
#include <stddef.h>

struct config_probe;

struct config_kind {
    const char *key;   /* that makes an item one of this kind */
    const char *shown; /* how that is written: "'stdin: true'" */
    const char *is;    /* "source is standard input" */
    /** Keys of all sources or sinks that mean nothing to this kind; ends with NULL; NULL: none. */
    const char *const *refuses;
    /** Its own keys, `key` among them. Its settings are a struct of the table's size; they live as
     * long as the configuration. */
    struct config_table table;
    /** Looks at the settings once they are read, and says what is wrong. NULL: nothing can be. */
    void (*check)(struct config_reading *r, const struct yaml_node *item, const void *settings);
    /** What an item without a name is called. May return NULL where the value of `key` is wrong. */
    const char *(*name)(const void *settings);
    /** What no two items of this kind may share, and what that is called: "the glob". NULL: they
     * may share all. */
    const char *(*identity)(const void *settings);
    const char *identity_name;
    /** There is only one such thing: "standard input". NULL: there may be many. */
    const char *only_one;

    /* ---- of sources */

    /** Why verify cannot read again what came by it; NULL: its files are remembered, and can. */
    const char *not_read_again;
    /** What comes by it comes once: the state keeps no position of it. */
    bool reads_once;
    /** How its sources are counted in a sentence: "the journal", "views of the journal". NULL: they
     * are not, or by their files. */
    const char *one, *many;
    /** What became of the place that a cursor in the state names: "there", "gone", or why that is
     * not known. @settings  NULL: they are not known. NULL: its positions are no cursors. */
    const char *(*find_cursor)(const void *settings, const char *cursor);
    const char *cursor_of; /* what such a place is called, before the source: "journal of" */
    /** Whether a file of that path would be read by it. NULL: none would. */
    bool (*reads_path)(const void *settings, const char *path);
    /** It can leave files out, by a key of its own. */
    bool may_exclude;

    /* ---- of sinks */

    /** The file that it writes; NULL: none. */
    const char *(*path)(const void *settings);

    /* ---- of both */

    /** Looks at the machine, by the functions of config_probe.h. NULL: there is nothing to see. */
    void (*probe)(struct config_probe *p, size_t index);
};

/** All kinds there are, in the order in which messages list them. */
struct config_kinds {
    const struct config_kind *const *sources;
    size_t n_sources;
    const struct config_kind *const *sinks;
    size_t n_sinks;
};
