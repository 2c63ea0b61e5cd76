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

struct stream_source {
    const char *source; /* borrowed; its name, for messages */
    struct stream_input *input;
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
    } prepared; /* what the checkpoint under way has of it */

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
struct stream_source_output {
    struct pipeline *pipeline;
    bool (*blocked)(void *ctx);
    void *ctx;
    uint64_t *bytes; /* grows by what is handed on */
};

/** @path  of a FIFO; NULL: standard input. @encoding  NULL: none. Returns 0, -EINVAL, -ENOMEM. */
int stream_source_new(struct stream_source **ret_source, const char *source, const char *path,
                      int ready_fd, const char *encoding, uint64_t max_line, uint64_t silence_ns);
struct stream_source *stream_source_free(struct stream_source *t);

/** Looks at the path, reads once, hands on. Returns 1: there may be more; 0: not now; -ENOMEM. */
int stream_source_turn(struct stream_source *t, const struct stream_source_output *way,
                       uint64_t now_ns);
/** Something happened in that folder, to that name (NULL: anything). */
void stream_source_wake(struct stream_source *t, const char *folder, const char *name);
/** When stream_source_turn() is to be called though nothing can be read. */
uint64_t stream_source_due_ns(const struct stream_source *t, const struct pipeline *p);
/** Whether it can be read, but for its sinks. */
bool stream_source_wants_bytes(const struct stream_source *t);
/** Whether so much is kept that a checkpoint has to come before the next read. */
bool stream_source_is_full(const struct stream_source *t);
/** Whether it has, or its pipe holds, what was not handed on and is gone when we are. */
bool stream_source_holds_bytes(const struct stream_source *t);
/** At a stop, or when the source goes: takes what the pipe holds already, and the half line, with a
 * newline of ours: nobody can read it again. Returns as stream_source_turn(). */
int stream_source_stop(struct stream_source *t, const struct stream_source_output *way,
                       uint64_t now_ns);

/** A checkpoint begins: it has all that was handed on up to now. */
void stream_source_prepare(struct stream_source *t, const struct pipeline *p);
/** It is committed. */
void stream_source_commit(struct stream_source *t);
/** Takes its name and limits from one that was made for the same input by another configuration,
 * and its encoding, if that is another, for what is read from here on. The other one is of no use
 * then. stream_source_go_back() is to follow. */
void stream_source_adapt(struct stream_source *t, struct stream_source *to, bool same_encoding);
/** What no checkpoint has is handed on once more, by the next turns. */
void stream_source_go_back(struct stream_source *t, struct pipeline *p);
