#pragma once

/* Which lineage wants to be looked at next. */

#include "io/tail/followed_path.h"

struct agenda_item {
    uint64_t look_ns;
    struct lineage *lineage;
};

/** Zero-initialised is empty. */
struct agenda {
    struct agenda_item *items;
    size_t n, size;
};

/** Room for n lineages, so that entering one cannot fail. Returns 0 or -ENOMEM. */
int agenda_reserve(struct agenda *a, size_t n);
/** Enters a lineage, or moves it where it stands already. */
void agenda_put(struct agenda *a, struct lineage *l, uint64_t look_ns);
/** Takes away one that stands there. */
void agenda_remove(struct agenda *a, struct lineage *l);
/** The one with the earliest time; NULL: none. Borrowed until something is entered. */
const struct agenda_item *agenda_first(const struct agenda *a);
void agenda_deinit(struct agenda *a);
