#pragma once

/* One source of the service: files that are followed, an input that is read once, or the journal,
 * and the way of their lines. */

#include "app/common/pipeline.h"
#include "app/config/config.h"
#include "app/service/sink.h"
#include "app/service/stream_source.h"
#include "io/tail/follow.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct source;

/** Who has the feeds. */
struct source_owner {
    bool (*taken)(void *ctx, const struct source *by, uint64_t dev, uint64_t ino);
    void (*folder)(void *ctx, const struct source *by, const char *folder);
    bool (*prepared)(void *ctx, const struct source *by, const char *folder);
    void *ctx;
    const struct gloss_clock *clock; /* the wall clock, as of each step */
    int ready_fd;                    /* of epoll(7): tells of inputs that can be read */
};

/** A feed and a drain that is the journal. */
struct journal_output {
    const struct source *source;
    struct sink *sink;
};

struct source {
    /* What it was made from; owned, so that it outlives its configuration. */
    char *name, *pattern, *fifo, *encoding, *folder;
    char **exclude, **units, **matches;
    size_t n_exclude, n_units, n_matches;
    bool is_stdin, start_at_end, poll;
    uint64_t rotate_wait_ns, max_line;

    const struct source_owner *owner;
    /* One of them, the others are NULL. */
    struct follow *follow;
    struct stream_source *stream;   /* of standard input or a FIFO */
    struct journal_source *journal; /* of the journal */

    /* How its lines go; made anew at each reload by source_connect(). */
    struct pipeline pipeline;
    struct sink **sinks;            /* as many as the pipeline has outputs */
    struct journal_output *entries; /* for those that are the journal, at their indexes */
    uint64_t bytes;                 /* handed on since the last checkpoint began */
};

/** What all feeds of a configuration share. */
struct source_context {
    struct gloss_scanner *scanner;
    struct gloss_counters *counters;
    const struct gloss_clock *clock;
};

/** @owner  borrowed. Returns 0 or a negative errno (-EINVAL: the encoding is unknown). */
int source_new(struct source **ret_source, const struct config_source *config,
               const struct source_owner *owner);
struct source *source_free(struct source *f);
/** Whether a feed made from that would be the same. */
bool source_is_same(const struct source *f, const struct config_source *config);

/** Whether a feed made from that would inherit what this one's input gave. */
bool source_has_heir(const struct source *f, const struct config_source *config);
/** Takes over from one that goes what nobody could read again: of the same input what is open and
 * what no checkpoint has; of the same place open files that are at their path no more. Before the
 * first turn. Returns 0 or -ENOMEM. */
int source_inherit(struct source *f, struct source *former, uint64_t now_ns);

/** Connects it to those drains of a configuration that list its source.
 * @drains  one for each sink, in its order; borrowed.
 * Returns 0 or -ENOMEM; then it is not connected. */
int source_connect(struct source *f, const struct source_context *means,
                   const struct config *config, size_t source, struct sink *const *sinks);
void source_disconnect(struct source *f);

/** Whether one of its drains cannot take more now. */
bool source_is_blocked(const struct source *f);
/** Whether a line is under way that has to be ended before anything else goes to its drains. */
bool source_in_line(const struct source *f);

/** Takes turns with its files, or reads its input. @budget  as in follow_turn(). Returns 1: there
 * is more at once; 0: nothing to do until woken or source_due_ns(); a negative errno. */
int source_turn(struct source *f, struct turn_buffer *buffer, uint64_t now_ns, size_t budget);
uint64_t source_due_ns(const struct source *f, uint64_t now_ns);
/** Something happened in that folder; NULL: in whichever. */
void source_wake(struct source *f, const char *folder, const char *name);
/** Whether a checkpoint is to be made at once. */
bool source_wants_commit(struct source *f);
/** Tells its owner once more each folder that is to be watched. */
void source_report_folders(struct source *f);
/** Hands on what the next start could not: at a stop, or when the source is taken out. As
 * source_turn(). */
int source_stop(struct source *f, struct turn_buffer *buffer, uint64_t now_ns);
/** A checkpoint begins: for each file whose place changed, fn; what an input gave up to now is in
 * it. fn's non-zero result ends it and is returned. */
int source_prepare(struct source *f, int (*fn)(void *ctx, const struct file_position *position),
                   void *ctx);
/** It is committed. */
void source_commit(struct source *f);
