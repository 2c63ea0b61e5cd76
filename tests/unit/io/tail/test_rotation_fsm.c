/* The table of tail.h, and what must never happen whatever is seen. */

#include "core/base/nanoseconds.h"
#include "io/tail/rotation_fsm.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#define WAIT (5 * SECOND_NS)
#define SAME PATH_SAME
#define OTHER PATH_OTHER
#define GONE PATH_GONE
#define UNKNOWN PATH_UNKNOWN

struct row {
    const char *what;
    enum rotation_state state;
    uint64_t offset, idle_s;
    enum path_names path;
    uint64_t size;
    bool size_known, mark_known, mark_same;
    enum rotation_action action;
    enum rotation_state next;
    uint64_t next_offset;
};

static const struct row rows[] = {
    {"a new file", ROTATION_FOUND, 0, 0, SAME, 0, 0, 0, 0, ROTATION_IDENTIFY, ROTATION_READING, 0},
    {"a new file that went again", ROTATION_FOUND, 0, 0, GONE, 0, 0, 0, 0, ROTATION_WAIT,
     ROTATION_FOUND, 0},
    {"a file we may not look at", ROTATION_FOUND, 0, 0, UNKNOWN, 0, 0, 0, 0, ROTATION_BACK_OFF,
     ROTATION_FOUND, 0},
    {"unread bytes", ROTATION_READING, 5, 0, SAME, 9, 1, 1, 1, ROTATION_READ, ROTATION_READING, 5},
    {"unread bytes of a renamed one", ROTATION_READING, 5, 0, OTHER, 9, 1, 1, 1, ROTATION_READ,
     ROTATION_READING, 5},
    {"nothing new", ROTATION_READING, 9, 0, SAME, 9, 1, 1, 1, ROTATION_WAIT, ROTATION_READING, 9},
    {"shorter than we read", ROTATION_READING, 9, 0, SAME, 4, 1, 0, 0, ROTATION_REWIND,
     ROTATION_READING, 0},
    {"cut off and regrown", ROTATION_READING, 9, 0, SAME, 20, 1, 1, 0, ROTATION_REWIND,
     ROTATION_READING, 0},
    {"cut off and regrown to the same size", ROTATION_READING, 9, 0, SAME, 9, 1, 1, 0,
     ROTATION_REWIND, ROTATION_READING, 0},
    {"another file at the path", ROTATION_READING, 9, 0, OTHER, 9, 1, 1, 1, ROTATION_NEXT,
     ROTATION_LINGERING, 9},
    {"no file at the path", ROTATION_READING, 9, 0, GONE, 9, 1, 1, 1, ROTATION_NEXT,
     ROTATION_LINGERING, 9},
    {"the path cannot be looked at", ROTATION_READING, 9, 0, UNKNOWN, 9, 1, 1, 1, ROTATION_BACK_OFF,
     ROTATION_READING, 9},
    {"the size is not known", ROTATION_READING, 9, 0, SAME, 0, 0, 0, 0, ROTATION_BACK_OFF,
     ROTATION_READING, 9},
    {"the mark cannot be read", ROTATION_READING, 9, 0, GONE, 9, 1, 0, 0, ROTATION_BACK_OFF,
     ROTATION_READING, 9},
    {"a late writer", ROTATION_LINGERING, 9, 60, OTHER, 10, 1, 1, 1, ROTATION_READ,
     ROTATION_LINGERING, 9},
    {"not silent long enough", ROTATION_LINGERING, 9, 4, OTHER, 9, 1, 1, 1, ROTATION_WAIT,
     ROTATION_LINGERING, 9},
    {"silent for rotate_wait", ROTATION_LINGERING, 9, 5, OTHER, 9, 1, 1, 1, ROTATION_FINISH,
     ROTATION_DONE, 9},
    {"silent, nothing at the path", ROTATION_LINGERING, 9, 5, GONE, 9, 1, 1, 1, ROTATION_FINISH,
     ROTATION_DONE, 9},
    {"renamed back", ROTATION_LINGERING, 9, 60, SAME, 9, 1, 1, 1, ROTATION_WAIT, ROTATION_READING,
     9},
    {"whether it was renamed back cannot be seen", ROTATION_LINGERING, 9, 60, UNKNOWN, 9, 1, 1, 1,
     ROTATION_BACK_OFF, ROTATION_LINGERING, 9},
    {"renamed back, and written since", ROTATION_LINGERING, 9, 60, SAME, 10, 1, 1, 1, ROTATION_READ,
     ROTATION_READING, 9},
    {"cut off after it was renamed", ROTATION_LINGERING, 9, 60, OTHER, 3, 1, 0, 0, ROTATION_REWIND,
     ROTATION_LINGERING, 0},
    {"done", ROTATION_DONE, 9, 60, OTHER, 20, 1, 1, 1, ROTATION_WAIT, ROTATION_DONE, 9},
};

Test(rotation_fsm, every_row_of_the_table)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct row *r = &rows[i];
        struct rotation tail = {
            .state = r->state, .offset = r->offset, .idle_since_ns = 100 * SECOND_NS};
        struct rotation_seen seen = {.path = r->path,
                                     .size_known = r->size_known,
                                     .size = r->size,
                                     .mark_known = r->mark_known,
                                     .mark_same = r->mark_same};
        enum rotation_action action =
            rotation_step(&tail, &seen, WAIT, (100 + r->idle_s) * SECOND_NS);

        cr_expect_eq(action, r->action, "%s: action %d", r->what, (int)action);
        cr_expect_eq(tail.state, r->next, "%s: state %d", r->what, (int)tail.state);
        cr_expect_eq(tail.offset, r->next_offset, "%s: offset", r->what);
    }
}

Test(rotation_fsm, failures_back_off_from_a_second_to_a_minute_and_are_forgotten)
{
    static const uint64_t seconds[] = {1, 2, 4, 8, 16, 32, 60, 60};
    struct rotation tail = {.state = ROTATION_READING, .offset = 3};
    struct rotation_seen blind = {.path = PATH_UNKNOWN};
    struct rotation_seen well = {
        .path = PATH_SAME, .size_known = true, .size = 3, .mark_known = true, .mark_same = true};

    for (size_t i = 0; i < sizeof(seconds) / sizeof(seconds[0]); i++) {
        cr_expect_eq(rotation_step(&tail, &blind, WAIT, 7 * SECOND_NS), ROTATION_BACK_OFF);
        cr_expect_eq(tail.retry_ns, (7 + seconds[i]) * SECOND_NS, "failure %zu", i + 1);
    }
    cr_expect_eq(rotation_step(&tail, &well, WAIT, 99 * SECOND_NS), ROTATION_WAIT);
    cr_expect_eq(tail.failures, 0u);
    cr_expect_eq(rotation_step(&tail, &blind, WAIT, 99 * SECOND_NS), ROTATION_BACK_OFF);
    cr_expect_eq(tail.retry_ns, 100 * SECOND_NS);
}

Test(rotation_fsm, whatever_is_seen_unread_bytes_are_never_closed)
{
    unsigned seed = 20261123;

    srand(seed);
    for (int i = 0; i < 200000; i++) {
        struct rotation tail = {.state = (enum rotation_state)(rand() % 4),
                                .offset = (uint64_t)(rand() % 8)};
        struct rotation before = tail;
        struct rotation_seen seen = {.path = (enum path_names)(rand() % 4),
                                     .size_known = rand() % 4 > 0,
                                     .size = (uint64_t)(rand() % 8),
                                     .mark_known = rand() % 4 > 0,
                                     .mark_same = rand() % 4 > 0};
        enum rotation_action action =
            rotation_step(&tail, &seen, WAIT, (uint64_t)(rand() % 10) * SECOND_NS);
        bool whole =
            seen.size_known && seen.mark_known && seen.mark_same && seen.size == before.offset;

        if (action == ROTATION_FINISH || action == ROTATION_NEXT)
            cr_expect(whole, "seed %u, step %d: left at %d", seed, i, (int)action);
        if (action == ROTATION_NEXT)
            cr_expect(seen.path == PATH_OTHER || seen.path == PATH_GONE);
        if (action == ROTATION_BACK_OFF)
            cr_expect(tail.state == before.state && tail.offset == before.offset);
        if (action == ROTATION_REWIND)
            cr_expect(tail.offset == 0 && seen.size_known);
        if (action == ROTATION_READ)
            cr_expect(seen.size > before.offset);
    }
}
