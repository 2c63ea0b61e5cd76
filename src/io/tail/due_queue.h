#pragma once

/* Which path wants to be looked at next, though nothing wakes it. */

#include "io/tail/followed_path.h"

struct due_queue_item {
    uint64_t due_ns;
    struct followed_path *path;
};

/** Zero-initialised is empty. */
struct due_queue {
    struct due_queue_item *items; /* owned; the paths are not */
    size_t n, size;
};

/** Makes room for n paths, so that due_queue_put() cannot fail. Returns 0 or -ENOMEM. */
int due_queue_reserve(struct due_queue *queue, size_t n);
/** Enters a path, or moves it where it is in the queue already. */
void due_queue_put(struct due_queue *queue, struct followed_path *path, uint64_t due_ns);
/** Takes away a path that is in the queue. */
void due_queue_remove(struct due_queue *queue, struct followed_path *path);
/** The path with the earliest time; NULL: there is none. Borrowed until the queue changes. */
const struct due_queue_item *due_queue_first(const struct due_queue *queue);
void due_queue_deinit(struct due_queue *queue);
