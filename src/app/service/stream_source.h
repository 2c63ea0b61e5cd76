#pragma once

/* What comes once, from standard input or a FIFO: read, decoded, cut into lines, and kept until a
 * checkpoint has it, so that a sink that could not be synced gets it again. */

#include "app/common/pipeline.h"
#include "io/input/stream_input.h"

#include <gloss/buf.h>
#include <gloss/decode.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct intake {
    const char *source; /* borrowed; its name, for messages */
    struct inlet *inlet;
    struct gloss_lines *lines;
    struct gloss_decoder *decoder; /* NULL: bytes as they are */
    uint64_t silence_ns;           /* how long is long */

    struct gloss_buf kept;    /* text, from the begin of the first line that no checkpoint has */
    size_t fed;               /* of it, to lines */
    uint64_t offset, n_lines; /* of the stream, where kept begins */
    uint64_t lost; /* bytes of kept that were let go: an overlong line was too long for it */
    struct {
        size_t bytes;   /* of kept, from its begin */
        uint64_t lines; /* of the stream behind them */
        uint64_t lost;
    } told; /* what the checkpoint under way has of it */

    uint64_t came_ns;  /* when something came last, or a FIFO was found to be replaced */
    uint64_t look_ns;  /* when the path is looked at next */
    int look;          /* what that showed last */
    size_t stop_bytes; /* read since a stop was asked for */
    bool is_fifo;
    bool ends_line; /* what waits is to be ended: nobody can complete it */
    bool ended;     /* nothing will come any more */
    bool undecoded; /* it was said */
};

/** How the lines go, and whether they can now. */
struct intake_way {
    struct pipeline *pipeline;
    bool (*blocked)(void *ctx);
    void *ctx;
    uint64_t *bytes; /* grows by what is handed on */
};

/** @path  of a FIFO; NULL: standard input. @encoding  NULL: none. Returns 0, -EINVAL, -ENOMEM. */
int intake_new(struct intake **ret_intake, const char *source, const char *path, int ready_fd,
               const char *encoding, uint64_t max_line, uint64_t silence_ns);
struct intake *intake_free(struct intake *t);

/** Looks at the path, reads once, hands on. Returns 1: there may be more; 0: not now; -ENOMEM. */
int intake_turn(struct intake *t, const struct intake_way *way, uint64_t now_ns);
/** Something happened in that folder, to that name (NULL: anything). */
void intake_wake(struct intake *t, const char *folder, const char *name);
/** When intake_turn() is to be called though nothing can be read. */
uint64_t intake_due_ns(const struct intake *t, const struct pipeline *p);
/** Whether it can be read, but for its sinks. */
bool intake_wants_bytes(const struct intake *t);
/** Whether so much is kept that a checkpoint has to come before the next read. */
bool intake_is_full(const struct intake *t);
/** Whether it has, or its pipe holds, what was not handed on and is gone when we are. */
bool intake_holds_bytes(const struct intake *t);
/** At a stop, or when the source goes: takes what the pipe holds already, and the half line, with a
 * newline of ours: nobody can read it again. Returns as intake_turn(). */
int intake_stop(struct intake *t, const struct intake_way *way, uint64_t now_ns);

/** A checkpoint begins: it has all that was handed on up to now. */
void intake_tell(struct intake *t, const struct pipeline *p);
/** It is committed. */
void intake_committed(struct intake *t);
/** Takes its name and limits from one that was made for the same input by another configuration,
 * and its encoding, if that is another, for what is read from here on. The other one is of no use
 * then. intake_go_back() is to follow. */
void intake_adapt(struct intake *t, struct intake *to, bool same_encoding);
/** What no checkpoint has is handed on once more, by the next turns. */
void intake_go_back(struct intake *t, struct pipeline *p);
