#pragma once

/* Which lineage wants to be looked at next. */

#include "io/tail/followed_path.h"

struct due_queue_item {
    uint64_t look_ns;
    struct followed_path *path;
};

/** Zero-initialised is empty. */
struct due_queue {
    struct due_queue_item *items;
    size_t n, size;
};

/** Room for n lineages, so that entering one cannot fail. Returns 0 or -ENOMEM. */
int due_queue_reserve(struct due_queue *queue, size_t n);
/** Enters queue lineage, or moves it where it stands already. */
void due_queue_put(struct due_queue *queue, struct followed_path *path, uint64_t look_ns);
/** Takes away one that stands there. */
void due_queue_remove(struct due_queue *queue, struct followed_path *path);
/** The one with the earliest time; NULL: none. Borrowed until something is entered. */
const struct due_queue_item *due_queue_first(const struct due_queue *queue);
void due_queue_deinit(struct due_queue *queue);
