#pragma once

/* One configured source: an input that lines come from, connected to the sinks that its lines go
 * to. The part that all sources share is here: the pipeline to the sinks, and the two phases in
 * which a checkpoint commits a source, prepare and commit. The part that differs from kind to kind
 * is a table of operations.
 *
 * A new kind of source is one file with such a table, and one row in kinds.c. */

#include "app/common/pipeline.h"
#include "app/common/zone.h"
#include "app/config/config.h"
#include "app/config/config_kind.h"
#include "app/connectors/sink.h"
#include "io/state/store.h"
#include "io/tail/follow_options.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct source;

/** What the owner of all sources does for them. */
struct source_owner {
    /** Whether a source other than `by` reads that file. */
    bool (*taken)(void *ctx, const struct source *by, uint64_t dev, uint64_t ino);
    /** Whether glossd itself writes that file, and what it has written begins so: as struct
     * follow_ops has them. NULL: it writes none. */
    enum follow_ours (*ours)(void *ctx, const struct link_target *target);
    bool (*begins_as_ours)(void *ctx, struct gloss_span head);
    /** Watches a folder; may be called again for the same one. Returns 0; or a negative errno: the
     * source has to look at that folder by the clock. */
    int (*watch)(void *ctx, const char *folder);
    /** Whether each change in that folder wakes the sources. */
    bool (*is_watched)(void *ctx, const char *folder);
    void *ctx;
    const struct gloss_clock *clock; /* the wall clock, as of each step */
    struct turn_buffer *buffer;      /* memory for a turn, shared by all sources */
    struct decompress_pool *pool;    /* limits of all compressed files together */
    struct half_lines *half_lines;   /* of all followed files; NULL: they have no bound */
    int ready_fd;                    /* of epoll(7); inputs are added to it to wake the loop */
};

/** How a source is, for the status sentence. Texts are borrowed until its next turn. */
struct source_status {
    const char *name, *kind;
    uint64_t files;           /* followed now; 0 for kinds without files */
    uint64_t unreadable;      /* files and folders that cannot be looked at */
    uint64_t behind_bytes;    /* not read yet, as last seen */
    uint64_t behind_since_ns; /* since when some bytes have not been read: the oldest of them has
                                 waited at least since then; 0: all are read */
    uint64_t waiting_bytes;   /* read, and waiting for a newline */
    const char *error;        /* why some of its input cannot be read; NULL: all can be read */
};

/** One path that a source does not read, and why. */
struct source_skipped {
    const char *path, *reason; /* borrowed for the call */
};

/** The operations of a kind of source. An operation may be NULL only where its comment says so. */
struct source_ops {
    /** Allocates a source, zero-initialised. Returns NULL: no memory. */
    struct source *(*alloc)(void);
    /** Sets up the kind's own members from s->config->settings, which live as long as the source;
     * name, config and owner are set already. Reads nothing. Returns 0 or a negative errno:
     * -EINVAL: the encoding is unknown. free() is called either way. */
    int (*init)(struct source *s);
    void (*free)(struct source *s);

    /** Reads its positions from the state, before the first look. Returns 0 or a negative errno.
     * NULL: the state has no positions of this kind. */
    int (*restore)(struct source *s, struct store *store);
    /** Takes over, from a former source of the same kind, input that could not be read again: open
     * files that have no name, bytes of a pipe. Called before the first turn. Returns 0 or -ENOMEM.
     * NULL: the state holds everything. */
    int (*inherit)(struct source *s, struct source *former, uint64_t now_ns);

    /** Looks for input; the first look is the start. Input that cannot be looked at is logged.
     * Returns 0 or -ENOMEM. NULL: a turn looks. */
    int (*look)(struct source *s, uint64_t now_ns);
    /** Reads at most about `budget` bytes of each of its inputs, and hands whole lines to
     * source_block() until that returns 1.
     * Returns 1: more can be read at once; 0: nothing can be done until it is woken or due; a
     * negative errno: the service has to end. */
    int (*turn)(struct source *s, uint64_t now_ns, size_t budget);
    /** When a turn is due though nothing wakes the source; UINT64_MAX: never. */
    uint64_t (*due_ns)(const struct source *s, uint64_t now_ns);
    /** The file of that name changed in that folder; name NULL: any file of the folder; folder
     * NULL: any file at all. Only notes that a look is needed. NULL: the kind looks at no folders.
     */
    void (*wake)(struct source *s, const char *folder, const char *name);
    /** Adds its descriptor to owner->ready_fd, or takes it out. NULL: it has no descriptor. */
    void (*listen)(struct source *s, bool on);
    /** Asks its owner again to watch each folder that it needs. NULL: it needs none. */
    void (*watch_folders)(struct source *s);
    /** Has it look at its files by the clock (true), or rely on watches (false). NULL: it uses no
     * watches. */
    void (*set_poll)(struct source *s, bool poll);
    /** Whether it reads, or will read, a file with that identity. NULL: it reads no files. */
    bool (*owns)(const struct source *s, uint64_t dev, uint64_t ino);

    /** Whether a part of an overlong line is out, so that nothing else may come before the next
     * part. NULL: the stream of its pipeline shows it. */
    bool (*in_line)(const struct source *s);
    /** Whether a checkpoint should be made at once. The answer may clear the reason, so the service
     * asks once in each step. NULL: never. */
    bool (*wants_commit)(struct source *s);
    /** Whether it, or its pipe, holds bytes that would be lost if the service ended now. NULL:
     * never. */
    bool (*holds_bytes)(const struct source *s);
    /** Hands on input that the next start could not read again; called when the service stops, or
     * when the source leaves the configuration. Returns as turn. NULL: a start can read all. */
    int (*stop)(struct source *s, uint64_t now_ns);

    /** A checkpoint starts: puts each position that changed into the store. Lines that are read
     * from now on belong to the next checkpoint. Returns 0 or a negative errno. */
    int (*prepare)(struct source *s, struct store *store);
    /** The positions that were prepared last are committed. */
    void (*commit)(struct source *s);
    /** Drops from the store the positions of inputs that were last seen before that time, by the
     * wall clock. Returns 0; 1: there are more of them; a negative errno. NULL: its positions do
     * not grow old. */
    int (*forget)(struct source *s, struct store *store, uint64_t older_than_ns);

    /** Fills in the members that it knows; the others are zero. */
    void (*describe)(const struct source *s, struct source_status *ret_status);
    /** Calls fn with each path that it does not read. NULL: it skips nothing. */
    void (*each_skipped)(const struct source *s,
                         void (*fn)(void *ctx, const struct source_skipped *skipped), void *ctx);
    /** The clock that shows the time of the entry at hand, for lines that are timed by it alone.
     * NULL: lines have times of their own. */
    const struct gloss_clock *(*clock)(struct source *s, const struct gloss_clock *clock);
};

struct source_kind {
    struct config_kind config; /* what the configuration knows of the kind */
    const struct source_ops *ops;
};

/** The connection of a source to a sink that takes findings. */
struct source_output {
    const struct source *source;
    struct sink *sink;
};

struct source {
    const struct source_kind *kind;
    struct config *owned_config;        /* one of its owners: the source may outlive a reload */
    const struct config_source *config; /* in owned_config */
    const char *name;                   /* in owned_config */
    const struct source_owner *owner;

    /* The way of its lines to the sinks; made anew at each reload by source_connect(). */
    struct pipeline pipeline;
    struct gloss_times *times;     /* of its lines */
    struct zone zone;              /* of times that name none, where the configuration names it */
    struct sink **sinks;           /* as many as the pipeline has outputs */
    struct source_output *outputs; /* for those that take findings, at their indexes */
    size_t group;                  /* index of its group in the topology */
    uint64_t bytes;                /* handed on since its last checkpoint started */

    /* Hashes of the list of what it does not read: as last looked at, as put into the checkpoint
     * under way, as the state has it. 0: not yet. */
    struct {
        uint64_t seen, prepared, committed;
    } skipped;
};

/** What all sources of a configuration share. */
struct source_context {
    struct gloss_scanner *scanner;
    struct gloss_counters *counters;
    const struct gloss_clock *clock;
};

/** Makes a source; it is not connected yet.
 *
 * @config  the source becomes one of its owners. @index  of the source in it.
 * @owner   borrowed.
 * Returns 0 or a negative errno: -EINVAL: the encoding is unknown. */
int source_new(struct source **ret_source, struct config *config, size_t index,
               const struct source_owner *owner);
struct source *source_free(struct source *s);
/** Whether a source made from that configuration would read the same input in the same way. */
bool source_is_same(const struct source *s, const struct config_source *config);
/** Whether a source made from that configuration would go on with the input of this one. */
bool source_goes_on_in(const struct source *s, const struct config_source *config);
/** As the operation; does nothing when the former source is of another kind. */
int source_inherit(struct source *s, struct source *former, uint64_t now_ns);
/** As the operation. */
int source_restore(struct source *s, struct store *store);

/** Connects it to those sinks of its configuration that list it.
 * @index  of the source in the configuration.
 * @sinks  one for each sink of the configuration, in that order; borrowed.
 * Returns 0 or -ENOMEM; then it is not connected. */
int source_connect(struct source *s, const struct source_context *context,
                   const struct config *config, size_t index, struct sink *const *sinks);
void source_disconnect(struct source *s);

/** Hands one block to the pipeline; called by kinds. @stream  to which the block belongs; NULL: the
 * pipeline's own. Returns 0; 1: the sinks can take no more now; a negative errno. */
int source_block(struct source *s, struct gloss_stream *stream, const struct gloss_block *block);

/** Whether one of its sinks cannot take more now. */
bool source_is_blocked(const struct source *s);
/** Whether a line is under way that has to end before anything else goes to its sinks. */
bool source_in_line(const struct source *s);

/** The operations; where a kind has none, they do or return what its NULL stands for. */
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
/** Looks whether it skips other paths, or for other reasons, than the state has: then the next
 * checkpoint has them, up to SOURCE_SKIPPED_MAX and the number of the others. It asks each path, so
 * it is not for each step. Returns whether a checkpoint is due for that. */
bool source_look_at_skipped(struct source *s);
#define SOURCE_SKIPPED_MAX 100
void source_each_skipped(const struct source *s,
                         void (*fn)(void *ctx, const struct source_skipped *skipped), void *ctx);
