#pragma once

/* The lines of an input that can be read only once. They are read, decoded, cut into blocks, and
 * kept until a checkpoint has them, so that they can be handed on again when a sink could not be
 * synced. */

#include "app/common/pipeline.h"
#include "io/input/stream_input.h"

#include <gloss/buf.h>
#include <gloss/decode.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct stream_lines {
    const char *source; /* name of the source, for messages; borrowed */
    struct stream_input *input;
    struct gloss_lines *lines;
    struct gloss_decoder *decoder; /* NULL: bytes as they are */
    uint64_t silence_ns;           /* how long a writer must be silent to be given up */

    struct gloss_buf kept;    /* text, from the start of the first line that no checkpoint has */
    size_t fed;               /* how many bytes of kept `lines` has */
    uint64_t offset, n_lines; /* bytes and lines of the stream before kept */
    uint64_t lost;            /* bytes dropped from kept, of a line longer than KEPT_BYTES */
    struct {
        size_t bytes;   /* how many bytes of kept it has */
        uint64_t lines; /* lines of the stream up to there */
        uint64_t lost;  /* how many of these bytes are dropped already */
    } prepared;         /* the checkpoint under way */

    uint64_t came_ns;  /* when bytes came last, or the FIFO was found to be replaced */
    uint64_t look_ns;  /* when the path is looked at next */
    int look;          /* result of the last look */
    size_t stop_bytes; /* read since a stop was asked for */
    bool is_fifo;
    bool ends_line; /* the half line gets a newline, because it cannot be completed any more */
    bool ended;     /* no bytes will come any more */
    bool undecoded; /* a message said that some bytes cannot be decoded */
};

/** The pipeline that takes the lines. */
struct stream_lines_output {
    struct pipeline *pipeline;
    bool (*blocked)(void *ctx); /* whether its sinks can take no more now */
    void *ctx;
    uint64_t *bytes; /* grows by the bytes that are handed on */
};

/** @source    its name, for messages; borrowed.
 * @path      of a FIFO; NULL: standard input.
 * @links     as stream_input_new() takes them.
 * @ready_fd  of epoll(7): see stream_lines_listen().
 * @encoding  NULL: the bytes are not decoded.
 * Returns 0; -EINVAL: the encoding is unknown; -ENOMEM. */
int stream_lines_new(struct stream_lines **ret_lines, const char *source, const char *path,
                     const struct link_policy *links, int ready_fd, const char *encoding,
                     uint64_t max_line, uint64_t silence_ns);
/** Why the FIFO at the path is not read; NULL: it is, or there is nothing. */
const char *stream_lines_skipped(const struct stream_lines *s);
struct stream_lines *stream_lines_free(struct stream_lines *s);

/** Looks at the path, reads once, and hands whole lines on. Returns 1: there may be more; 0: there
 * is nothing now; -ENOMEM. */
int stream_lines_turn(struct stream_lines *s, const struct stream_lines_output *output,
                      uint64_t now_ns);
/** The file of that name changed in that folder; name NULL: any file of the folder. */
void stream_lines_wake(struct stream_lines *s, const char *folder, const char *name);
/** When stream_lines_turn() is to be called though nothing can be read. */
uint64_t stream_lines_due_ns(const struct stream_lines *s, const struct pipeline *p);
/** Adds the input to the epoll instance, or takes it out. It is never in there while so much is
 * kept that a checkpoint has to come first. */
void stream_lines_listen(struct stream_lines *s, bool on);
/** How many bytes wait for their newline. */
size_t stream_lines_waiting(const struct stream_lines *s);
/** Whether so much is kept that a checkpoint has to come before the next read. */
bool stream_lines_is_full(const struct stream_lines *s);
/** Whether it, or its pipe, holds bytes that were not handed on and would be lost with the process.
 */
bool stream_lines_holds_bytes(const struct stream_lines *s);
/** Reads all bytes that the pipe holds now, and hands everything on; a half line gets a newline,
 * because nobody could read its rest. Called when the service stops, or when the source leaves the
 * configuration. Returns 0; 1: the sinks cannot take the rest now; -ENOMEM. */
int stream_lines_stop(struct stream_lines *s, const struct stream_lines_output *output,
                      uint64_t now_ns);

/** A checkpoint starts; it has all lines that were handed on up to now. */
void stream_lines_prepare(struct stream_lines *s, const struct pipeline *p);
/** The checkpoint is committed. */
void stream_lines_commit(struct stream_lines *s);
/** Takes over name and limits, and for bytes that are read from now on the encoding, from `to`,
 * which was made for the same input by another configuration. `to` can only be freed then. Call
 * stream_lines_go_back() afterwards. */
void stream_lines_adapt(struct stream_lines *s, struct stream_lines *to, bool same_encoding);
/** Lets the next turns hand on once more the lines that no checkpoint has. */
void stream_lines_go_back(struct stream_lines *s, struct pipeline *p);
