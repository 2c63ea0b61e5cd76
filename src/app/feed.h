#pragma once

/* One source of the service: files that are followed, or standard input, and the way of their
 * lines. */

#include "app/config.h"
#include "app/drain.h"
#include "app/pipeline.h"
#include "io/follow.h"

#include <gloss/decode.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct feed;

/** Who has the feeds. */
struct feed_owner {
    bool (*taken)(void *ctx, const struct feed *by, uint64_t dev, uint64_t ino);
    void (*folder)(void *ctx, const struct feed *by, const char *folder);
    void *ctx;
};

struct feed {
    /* What it was made from; owned, so that it outlives its configuration. */
    char *name, *pattern, *encoding;
    char **exclude;
    size_t n_exclude;
    bool is_stdin, start_at_end, poll;
    uint64_t rotate_wait_ns, max_line;

    const struct feed_owner *owner;
    struct follow *follow;         /* NULL: standard input */
    struct gloss_lines *lines;     /* of standard input */
    struct gloss_decoder *decoder; /* of standard input; NULL: bytes as they are */
    bool ended;                    /* standard input has */

    /* How its lines go; made anew at each reload by feed_connect(). */
    struct pipeline pipeline;
    struct drain **drains; /* as many as the pipeline has outputs */
    uint64_t bytes;        /* handed on since somebody set it to 0 */
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

/** Reads what standard input has now, once. Returns 1: there may be more; 0: not now, or it has
 * ended (ended is set); a negative errno: -EAGAIN too. */
int feed_read_stdin(struct feed *f);
