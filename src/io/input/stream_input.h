#pragma once

/* An input whose bytes come once: standard input, or a FIFO, which may be absent, be replaced, and
 * outlive its writers. Nothing here waits. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct stream_input;

/** @path      of a FIFO, copied; NULL: standard input, which is open and stays so.
 *  @ready_fd  of epoll(7), borrowed: it becomes readable when an inlet does that is listened to.
 *  Returns 0 or -ENOMEM. */
int stream_input_new(struct stream_input **ret_inlet, const char *path, int ready_fd);
struct stream_input *stream_input_free(struct stream_input *i);

/** What a look at the path showed. */
#define STREAM_INPUT_ABSENT 1 /* nothing is open, for there is nothing at the path */
#define STREAM_INPUT_ODD 2    /* the same, for what is there is no FIFO */
#define STREAM_INPUT_MOVED 3  /* one is open, and the path names another FIFO by now */

/** Looks at the path, and opens the FIFO there if none is open. Returns 0: one is open; one of the
 * above; or a negative errno: could not look, or not open. */
int stream_input_look(struct stream_input *i);
/** Leaves the open one; its half line is nobody's any more. */
void stream_input_leave(struct stream_input *i);
/** Whether bytes may come from it without another look. */
bool stream_input_is_open(const struct stream_input *i);

/** Reads what is there. Returns how many bytes; -EAGAIN: none now; 0: standard input is at its end,
 * or the FIFO's last writer has left, and it waits for the next one; another negative errno. */
ssize_t stream_input_read(struct stream_input *i, char *place, size_t size);
/** Whether it can be read at once, and what it holds is gone when we are: not so for a file. */
bool stream_input_holds_bytes(const struct stream_input *i);
/** Lets ready_fd tell when it can be read, or no more. What is always readable is never told. */
void stream_input_listen(struct stream_input *i, bool on);

/** For messages: the path, or "standard input". */
const char *stream_input_name(const struct stream_input *i);
