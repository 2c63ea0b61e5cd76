#pragma once

/* The lines of an input that can be read once: read, decoded, cut, and kept until a checkpoint has
 * them, so that a sink that could not be synced gets them again. */

#include "app/common/pipeline.h"
#include "io/input/stream_input.h"

#include <gloss/buf.h>
#include <gloss/decode.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct stream_lines {
    const char *source; /* borrowed; its name, for messages */
    struct stream_input *input;
    struct gloss_lines *lines;
    struct gloss_decoder *decoder; /* NULL: bytes as they are */
    uint64_t silence_ns;           /* how long is long */

    struct gloss_buf kept;    /* text, from the start of the first line that no checkpoint has */
    size_t fed;               /* of it, to lines */
    uint64_t offset, n_lines; /* of the stream, where kept begins */
    uint64_t lost; /* bytes of kept that were let go: an overlong line was too long for it */
    struct {
        size_t bytes;   /* of kept, from its start */
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
struct stream_lines_output {
    struct pipeline *pipeline;
    bool (*blocked)(void *ctx);
    void *ctx;
    uint64_t *bytes; /* grows by what is handed on */
};

/** @path  of a FIFO; NULL: standard input. @encoding  NULL: none. Returns 0, -EINVAL, -ENOMEM. */
int stream_lines_new(struct stream_lines **ret_source, const char *source, const char *path,
                     int ready_fd, const char *encoding, uint64_t max_line, uint64_t silence_ns);
struct stream_lines *stream_lines_free(struct stream_lines *t);

/** Looks at the path, reads once, hands on. Returns 1: there may be more; 0: not now; -ENOMEM. */
int stream_lines_turn(struct stream_lines *t, const struct stream_lines_output *output,
                      uint64_t now_ns);
/** Something happened in that folder, to that name (NULL: anything). */
void stream_lines_wake(struct stream_lines *t, const char *folder, const char *name);
/** When stream_lines_turn() is to be called though nothing can be read. */
uint64_t stream_lines_due_ns(const struct stream_lines *t, const struct pipeline *p);
/** Lets the epoll instance tell when it can be read, or no more; never while so much is kept that a
 * checkpoint has to come first. */
void stream_lines_listen(struct stream_lines *t, bool on);
/** Bytes that wait for their newline. */
size_t stream_lines_waiting(const struct stream_lines *t);
/** Whether so much is kept that a checkpoint has to come before the next read. */
bool stream_lines_is_full(const struct stream_lines *t);
/** Whether it has, or its pipe holds, what was not handed on and is gone when we are. */
bool stream_lines_holds_bytes(const struct stream_lines *t);
/** At a stop, or when the source goes: takes what the pipe holds already, and the half line, with a
 * newline of ours: nobody can read it again. Returns as stream_lines_turn(). */
int stream_lines_stop(struct stream_lines *t, const struct stream_lines_output *output,
                      uint64_t now_ns);

/** A checkpoint begins: it has all that was handed on up to now. */
void stream_lines_prepare(struct stream_lines *t, const struct pipeline *p);
/** It is committed. */
void stream_lines_commit(struct stream_lines *t);
/** Takes its name and limits from one that was made for the same input by another configuration,
 * and its encoding, if that is another, for what is read from here on. The other one is of no use
 * then. stream_lines_go_back() is to follow. */
void stream_lines_adapt(struct stream_lines *t, struct stream_lines *to, bool same_encoding);
/** What no checkpoint has is handed on once more, by the next turns. */
void stream_lines_go_back(struct stream_lines *t, struct pipeline *p);
