#pragma once

/* One configured source: where lines come from, and the way they go. What every source has stands
 * here: the pipeline to its sinks, and what a checkpoint says of it in two phases. What differs
 * from kind to kind is a table of operations.
 *
 * A new kind of source is one file with such a table, and one row in kinds.c. */

#include "app/common/pipeline.h"
#include "app/config/config.h"
#include "app/config/config_kind.h"
#include "app/connectors/sink.h"
#include "io/state/store.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct source;

/** What the owner of all sources does for them. */
struct source_owner {
    /** Whether another source reads that file. */
    bool (*taken)(void *ctx, const struct source *by, uint64_t dev, uint64_t ino);
    /** Watches a folder. Idempotent. Returns 0; or a negative errno: the source has to look by the
     * clock. */
    int (*watch)(void *ctx, const char *folder);
    /** Whether whatever is done by names in that folder wakes the sources. */
    bool (*is_watched)(void *ctx, const char *folder);
    void *ctx;
    const struct gloss_clock *clock; /* the wall clock, as of each step */
    struct turn_buffer *buffer;      /* memory for a turn, shared by all */
    int ready_fd;                    /* of epoll(7): tells of inputs that can be read */
};

/** How a source is, for the status sentence. Texts are borrowed until its next turn. */
struct source_status {
    const char *name, *kind;
    uint64_t files;           /* followed now; 0 for kinds without files */
    uint64_t unreadable;      /* files and folders that cannot be looked at */
    uint64_t behind_bytes;    /* not read yet, as last seen */
    uint64_t behind_since_ns; /* since when some of them have not been read: the oldest of them is
                                 at least so old; 0: there are none */
    uint64_t waiting_bytes;   /* read, and waiting for a newline */
    const char *error;        /* why something of it cannot be read, or NULL */
};

/** One thing that a source leaves alone. */
struct source_skipped {
    const char *path, *reason; /* borrowed for the call */
};

/** What a kind of source can do. Those that may be NULL say so; all others must be there. */
struct source_ops {
    /** Makes one from its settings, which live as long as it does; nothing is opened yet. Fills in
     * nothing but what is its own; s->config and s->owner are there already once `init` is called.
     * Returns NULL: no memory. */
    struct source *(*alloc)(void);
    /** Returns 0 or a negative errno: -EINVAL the encoding is unknown. free() is due either way. */
    int (*init)(struct source *s);
    void (*free)(struct source *s);

    /** Takes what the state remembers of it, before the first look. Returns 0 or a negative errno.
     * NULL: the state remembers nothing of this kind. */
    int (*restore)(struct source *s, struct store *store);
    /** Takes over, from one of the same kind that goes, what nobody could read again: open files
     * that have no name, bytes that came once. Before the first turn. Returns 0 or -ENOMEM.
     * NULL: the state holds everything. */
    int (*inherit)(struct source *s, struct source *former, uint64_t now_ns);

    /** Looks what there is to read; the first look is the start. Returns 0 or -ENOMEM; what cannot
     * be looked at is said. NULL: a turn does that. */
    int (*look)(struct source *s, uint64_t now_ns);
    /** Reads for a while, at most about budget bytes of each thing that it reads, and hands whole
     * lines to source_block(), until that says that it is enough.
     * Returns 1: there is more at once; 0: nothing to do until woken or due; a negative errno:
     * there is no going on. */
    int (*turn)(struct source *s, uint64_t now_ns, size_t budget);
    /** When a turn is due though nobody wakes it; UINT64_MAX: never. */
    uint64_t (*due_ns)(const struct source *s, uint64_t now_ns);
    /** Something happened in that folder to that name; name NULL: anything; folder NULL: anywhere.
     * Only wakes; cheap. NULL: it does not look at folders. */
    void (*wake)(struct source *s, const char *folder, const char *name);
    /** Lets owner->ready_fd tell when it can be read, or no more. NULL: it has no descriptor. */
    void (*listen)(struct source *s, bool on);
    /** Asks its owner once more to watch each folder that it needs. NULL: none. */
    void (*watch_folders)(struct source *s);
    /** Watches could not be had, or are back. NULL: it needs none. */
    void (*set_poll)(struct source *s, bool poll);
    /** Whether it reads, or will read, a file with that identity. NULL: it reads none. */
    bool (*owns)(const struct source *s, uint64_t dev, uint64_t ino);

    /** Whether a line is under way of which nothing else may come between the parts. NULL: its
     * state of its stream says so. */
    bool (*in_line)(const struct source *s);
    /** Whether a checkpoint is to be made at once. Asked once for each. NULL: never. */
    bool (*wants_commit)(struct source *s);
    /** Whether it, or its pipe, holds bytes that are gone when we are. NULL: never. */
    bool (*holds_bytes)(const struct source *s);
    /** At a stop, or when it is taken out: hands on what the next start could not. Returns as turn.
     * NULL: the next start can read all. */
    int (*stop)(struct source *s, uint64_t now_ns);

    /** A checkpoint starts: puts each position that changed into the store. What is read from now
     * on belongs to the next one. Returns 0 or a negative errno. */
    int (*prepare)(struct source *s, struct store *store);
    /** What was prepared last is committed. */
    void (*commit)(struct source *s);
    /** Drops from the store what is remembered of things that were not seen since then, by the wall
     * clock. Returns 0; 1: there is more; a negative errno. NULL: nothing grows old. */
    int (*forget)(struct source *s, struct store *store, uint64_t older_than_ns);

    /** Fills in what it knows of itself; the rest is zero. */
    void (*describe)(const struct source *s, struct source_status *ret_status);
    /** Calls fn with each thing that it leaves alone. NULL: there is no such thing. */
    void (*each_skipped)(const struct source *s,
                         void (*fn)(void *ctx, const struct source_skipped *skipped), void *ctx);
    /** The clock by which its lines are timed that have no time. NULL: the owner's. */
    const struct gloss_clock *(*clock)(struct source *s, const struct gloss_clock *clock);
};

struct source_kind {
    struct config_kind config; /* how the configuration describes it */
    const struct source_ops *ops;
};

/** A source and a sink that takes findings. */
struct source_output {
    const struct source *source;
    struct sink *sink;
};

struct source {
    const struct source_kind *kind;
    struct config *owned_config;        /* so that it outlives a reload */
    const struct config_source *config; /* in it */
    const char *name;
    const struct source_owner *owner;

    /* How its lines go; made anew at each reload by source_connect(). */
    struct pipeline pipeline;
    struct sink **sinks;           /* as many as the pipeline has outputs */
    struct source_output *outputs; /* for those that take findings, at their indexes */
    size_t group;                  /* those connected by sinks share its number */
    uint64_t bytes;                /* handed on since the last checkpoint of it started */
};

/** What all sources of a configuration share. */
struct source_context {
    struct gloss_scanner *scanner;
    struct gloss_counters *counters;
    const struct gloss_clock *clock;
};

/** @config  the source keeps a reference to it. @index  of the source in it.
 *
 * @owner  borrowed. Returns 0 or a negative errno (-EINVAL: the encoding is unknown). */
int source_new(struct source **ret_source, struct config *config, size_t index,
               const struct source_owner *owner);
struct source *source_free(struct source *s);
/** Whether a source made from that would be the same. */
bool source_is_same(const struct source *s, const struct config_source *config);
/** Whether what came by it once goes on in a source made from that. */
bool source_goes_on_in(const struct source *s, const struct config_source *config);
/** As the operation, from a former source of any kind. */
int source_inherit(struct source *s, struct source *former, uint64_t now_ns);
int source_restore(struct source *s, struct store *store);

/** Connects it to those sinks of its configuration that list it.
 * @sinks  one for each sink, in its order; borrowed.
 * Returns 0 or -ENOMEM; then it is not connected. */
int source_connect(struct source *s, const struct source_context *context,
                   const struct config *config, size_t index, struct sink *const *sinks);
void source_disconnect(struct source *s);

/** For kinds: one block goes its way. @stream  to which the block belongs; NULL: the pipeline's
 * own. Returns 0; 1: take no more now; a negative errno. */
int source_block(struct source *s, struct gloss_stream *stream, const struct gloss_block *block);

/** Whether one of its sinks cannot take more now. */
bool source_is_blocked(const struct source *s);
/** Whether a line is under way that has to end before anything else goes to its sinks. */
bool source_in_line(const struct source *s);

/** The operations, with what is true where a kind has none. */
int source_look(struct source *s, uint64_t now_ns);
int source_turn(struct source *s, uint64_t now_ns, size_t budget);
uint64_t source_due_ns(const struct source *s, uint64_t now_ns);
void source_wake(struct source *s, const char *folder, const char *name);
void source_listen(struct source *s, bool on);
void source_watch_folders(struct source *s);
void source_set_poll(struct source *s, bool poll);
bool source_owns(const struct source *s, uint64_t dev, uint64_t ino);
bool source_wants_commit(struct source *s);
bool source_holds_bytes(const struct source *s);
int source_stop(struct source *s, uint64_t now_ns);
int source_prepare(struct source *s, struct store *store);
void source_commit(struct source *s);
int source_forget(struct source *s, struct store *store, uint64_t older_than_ns);
void source_describe(const struct source *s, struct source_status *ret_status);
void source_each_skipped(const struct source *s,
                         void (*fn)(void *ctx, const struct source_skipped *skipped), void *ctx);
