#pragma once

/* What the configuration has to know of one kind of source or sink: which keys it has, where their
 * values go, and how the machine is looked at for it. The kinds are defined in a folder above this
 * one; their list is handed in (struct config_kinds), so a further kind changes nothing here.
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
    const char *key;   /* an item with this key is of this kind */
    const char *shown; /* how messages write that key: "'stdin: true'" */
    const char *is;    /* for messages, "source is standard input" */
    /** Keys that all sources, or sinks, share but that mean nothing to this kind. Ends with NULL;
     * NULL: there are none. */
    const char *const *refuses;
    /** Its own keys, `key` among them. Its settings are a struct of the table's size; they live as
     * long as the configuration. */
    struct config_table table;
    /** Looks at the settings once they are read, and reports mistakes. NULL: there is nothing to
     * check. */
    void (*check)(struct config_reading *r, const struct yaml_node *item, const void *settings);
    /** The name of an item that has no `name`. May return NULL when the value of `key` is wrong. */
    const char *(*name)(const void *settings);
    /** The value that no two items of this kind may share, and its name in messages: "the glob".
     * NULL: two items may share every value. */
    const char *(*identity)(const void *settings);
    const char *identity_name;
    /** Set when there can be only one item of this kind: its name in messages, "standard input".
     * NULL: there can be several. */
    const char *only_one;

    /* ---- of sources */

    /** Why verify cannot read its input again, for messages; NULL: verify can, because the state
     * remembers its files. */
    const char *not_read_again;
    /** Its input can be read only once, and the state keeps no position of it. */
    bool reads_once;
    /** How the status sentence counts its sources: one is "the journal", several are "views of the
     * journal". NULL: the sentence does not count them, or counts their files. */
    const char *one, *many;
    /** Whether the entry that a cursor of the state names still exists: "there", "gone", or why
     * that is not known. @settings  NULL: they are not known. NULL: its positions are no cursors.
     */
    const char *(*find_cursor)(const void *settings, const char *cursor);
    const char *cursor_of; /* what stands before the source's name in messages: "journal of" */
    /** Whether it would read a file of that path. NULL: it reads no files. */
    bool (*reads_path)(const void *settings, const char *path);
    /** It has a key by which files can be left out. */
    bool may_exclude;

    /* ---- of sinks */

    /** The file that it writes. NULL, or returns NULL: it writes no file. */
    const char *(*path)(const void *settings);

    /* ---- of both */

    /** Looks at the machine, with the functions of config_probe.h. NULL: there is nothing to see.
     */
    void (*probe)(struct config_probe *p, size_t index);
};

/** All kinds there are, in the order in which messages list them. */
struct config_kinds {
    const struct config_kind *const *sources;
    size_t n_sources;
    const struct config_kind *const *sinks;
    size_t n_sinks;
};
