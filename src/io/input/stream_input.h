#pragma once

/* An input whose bytes come once: standard input, or a FIFO, which may be absent, be replaced, and
 * outlive its writers. Nothing here waits. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct inlet;

/** @path      of a FIFO, copied; NULL: standard input, which is open and stays so.
 *  @ready_fd  of epoll(7), borrowed: it becomes readable when an inlet does that is listened to.
 *  Returns 0 or -ENOMEM. */
int inlet_new(struct inlet **ret_inlet, const char *path, int ready_fd);
struct inlet *inlet_free(struct inlet *i);

/** What a look at the path showed. */
#define INLET_ABSENT 1 /* nothing is open, for there is nothing at the path */
#define INLET_ODD 2    /* the same, for what is there is no FIFO */
#define INLET_MOVED 3  /* one is open, and the path names another FIFO by now */

/** Looks at the path, and opens the FIFO there if none is open. Returns 0: one is open; one of the
 * above; or a negative errno: could not look, or not open. */
int inlet_look(struct inlet *i);
/** Leaves the open one; its half line is nobody's any more. */
void inlet_leave(struct inlet *i);
/** Whether bytes may come from it without another look. */
bool inlet_is_open(const struct inlet *i);

/** Reads what is there. Returns how many bytes; -EAGAIN: none now; 0: standard input is at its end,
 * or the FIFO's last writer has left, and it waits for the next one; another negative errno. */
ssize_t inlet_read(struct inlet *i, char *place, size_t size);
/** Whether it can be read at once, and what it holds is gone when we are: not so for a file. */
bool inlet_holds_bytes(const struct inlet *i);
/** Lets ready_fd tell when it can be read, or no more. What is always readable is never told. */
void inlet_listen(struct inlet *i, bool on);

/** For messages: the path, or "standard input". */
const char *inlet_name(const struct inlet *i);
