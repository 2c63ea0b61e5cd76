#pragma once

/* The draft of a configuration, as the checks see it: its values with the nodes of the text that
 * they come from. The nodes live only while the text is read; the rest stays, as the memory of the
 * configuration. */

#include "app/config/config.h"
#include "app/config/config_table.h"

struct config_sink_draft {
    struct config_sink sink;
    struct config_texts source_names; /* as the file lists them; sink.sources has their indexes */
};

struct config_draft {
    struct config config;
    struct config_texts catalogs;
    struct config_items sources, sinks;
    struct arena arena;           /* holds all strings and lists of the configuration */
    const struct yaml_node *root; /* a mapping */
    unsigned owners;              /* of the configuration: see config_ref() */
};

static inline struct config_source *draft_source(const struct config_draft *d, size_t i)
{
    return (struct config_source *)d->sources.items + i;
}

static inline struct config_sink_draft *draft_sink(const struct config_draft *d, size_t i)
{
    return (struct config_sink_draft *)d->sinks.items + i;
}

/** A file that the service writes, and the value of the configuration that names it. */
struct config_output {
    const char *what; /* "sink 'x'", "the counters", "the state"; lives as long as the draft */
    const char *path;
    const struct yaml_node *node;
    bool no_link; /* opened without following a link */
};

/** Lists all files that the service writes. The array lives in the arena of r. Returns how many
 * there are; when memory runs out, r->no_memory is set. */
size_t config_outputs(struct config_reading *r, const struct config_draft *d,
                      const struct config_output **ret_outputs);

/** Fills the draft from the text of r->y, with names, indexes and defaults, and reports the
 * mistakes that the text alone shows. The draft is zero-initialised except for its arena, which is
 * r->arena, its root and its owners. */
void config_parse(struct config_reading *r, struct config_draft *d);

/** Reports the mistakes that a look at the machine shows. */
void config_probe(struct config_reading *r, const struct config_draft *d);

/** Reads a text as config_peek() reads a file, and returns as that does.
 * @file  its name in messages. @text  borrowed for the call. */
int config_read_text(struct config **ret_config, const char *file, struct gloss_span text,
                     const struct config_kinds *kinds, struct gloss_diags *diags);
