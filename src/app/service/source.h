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

struct feed;

/** Who has the feeds. */
struct feed_owner {
    bool (*taken)(void *ctx, const struct feed *by, uint64_t dev, uint64_t ino);
    void (*folder)(void *ctx, const struct feed *by, const char *folder);
    bool (*told)(void *ctx, const struct feed *by, const char *folder);
    void *ctx;
    const struct gloss_clock *clock; /* the wall clock, as of each step */
    int ready_fd;                    /* of epoll(7): tells of inputs that can be read */
};

/** A feed and a drain that is the journal. */
struct feed_entry {
    const struct feed *feed;
    struct drain *drain;
};

struct feed {
    /* What it was made from; owned, so that it outlives its configuration. */
    char *name, *pattern, *fifo, *encoding, *folder;
    char **exclude, **units, **matches;
    size_t n_exclude, n_units, n_matches;
    bool is_stdin, start_at_end, poll;
    uint64_t rotate_wait_ns, max_line;

    const struct feed_owner *owner;
    /* One of them, the others are NULL. */
    struct follow *follow;
    struct intake *intake; /* of standard input or a FIFO */
    struct tap *tap;       /* of the journal */

    /* How its lines go; made anew at each reload by feed_connect(). */
    struct pipeline pipeline;
    struct drain **drains;      /* as many as the pipeline has outputs */
    struct feed_entry *entries; /* for those that are the journal, at their indexes */
    uint64_t bytes;             /* handed on since the last checkpoint began */
};

/** What all feeds of a configuration share. */
struct feed_means {
    struct gloss_scanner *scanner;
    struct gloss_counters *counters;
    const struct gloss_clock *clock;
};

/** @owner  borrowed. Returns 0 or a negative errno (-EINVAL: the encoding is unknown). */
int feed_new(struct feed **ret_feed, const struct config_source *config,
             const struct feed_owner *owner);
struct feed *feed_free(struct feed *f);
/** Whether a feed made from that would be the same. */
bool feed_is_same(const struct feed *f, const struct config_source *config);

/** Whether a feed made from that would inherit what this one's input gave. */
bool feed_has_heir(const struct feed *f, const struct config_source *config);
/** Takes over from one that goes what nobody could read again: of the same input what is open and
 * what no checkpoint has; of the same place open files that are at their path no more. Before the
 * first turn. Returns 0 or -ENOMEM. */
int feed_inherit(struct feed *f, struct feed *former, uint64_t now_ns);

/** Connects it to those drains of a configuration that list its source.
 * @drains  one for each sink, in its order; borrowed.
 * Returns 0 or -ENOMEM; then it is not connected. */
int feed_connect(struct feed *f, const struct feed_means *means, const struct config *config,
                 size_t source, struct drain *const *drains);
void feed_disconnect(struct feed *f);

/** Whether one of its drains cannot take more now. */
bool feed_blocked(const struct feed *f);
/** Whether a line is under way that has to be ended before anything else goes to its drains. */
bool feed_in_line(const struct feed *f);

/** Takes turns with its files, or reads its input. @budget  as in follow_turn(). Returns 1: there
 * is more at once; 0: nothing to do until woken or feed_due_ns(); a negative errno. */
int feed_turn(struct feed *f, struct follow_buffer *buffer, uint64_t now_ns, size_t budget);
uint64_t feed_due_ns(const struct feed *f, uint64_t now_ns);
/** Something happened in that folder; NULL: in whichever. */
void feed_wake(struct feed *f, const char *folder, const char *name);
/** Whether a checkpoint is to be made at once. */
bool feed_wants_commit(struct feed *f);
/** Tells its owner once more each folder that is to be watched. */
void feed_tell_folders(struct feed *f);
/** Hands on what the next start could not: at a stop, or when the source is taken out. As
 * feed_turn(). */
int feed_stop(struct feed *f, struct follow_buffer *buffer, uint64_t now_ns);
/** A checkpoint begins: for each file whose place changed, fn; what an input gave up to now is in
 * it. fn's non-zero result ends it and is returned. */
int feed_tell(struct feed *f, int (*fn)(void *ctx, const struct follow_place *place), void *ctx);
/** It is committed. */
void feed_committed(struct feed *f);
