#pragma once

/* The configuration between its text and its struct: what the checks see. The nodes of the text
 * live only while it is read; the rest stays, as the configuration's memory. */

#include "app/config/config.h"
#include "app/config/config_table.h"

struct config_sink_draft {
    struct config_sink sink;
    struct config_texts source_names;
};

struct config_draft {
    struct config config;
    struct config_texts catalogs;
    struct config_items sources, sinks;
    struct arena arena;           /* holds all of it */
    const struct yaml_node *root; /* a mapping */
    unsigned owners;
};

static inline struct config_source *draft_source(const struct config_draft *d, size_t i)
{
    return (struct config_source *)d->sources.items + i;
}

static inline struct config_sink_draft *draft_sink(const struct config_draft *d, size_t i)
{
    return (struct config_sink_draft *)d->sinks.items + i;
}

/** A file that the service writes, and the value of the configuration that says so. */
struct config_output {
    const char *what; /* "sink 'x'", "the counters", "the state"; lives as long as the draft */
    const char *path;
    const struct yaml_node *node;
    bool no_link; /* opened without following a link */
};

/** All outputs with a path. The array is in the draft's arena. Returns how many; on lack of memory
 * r->no_memory is set. */
size_t config_outputs(struct config_reading *r, const struct config_draft *d,
                      const struct config_output **ret_outputs);

/** Reads the text of r->y and finds what is wrong with it by itself; fills names, indexes and
 * defaults in. The draft is zero-initialised but for its arena, which is r->arena. */
void config_parse(struct config_reading *r, struct config_draft *d);

/** Finds what a look at the machine shows. */
void config_probe(struct config_reading *r, const struct config_draft *d);

/** Reads a text as config_read() does a file, but does not look at the machine.
 * @text  borrowed for the call. */
int config_read_text(struct config **ret_config, const char *file, struct gloss_span text,
                     const struct config_kinds *kinds, struct gloss_diags *diags);
