/* The table of tail.h, and what must never happen whatever is seen. */

#include "io/tail/rotation_fsm.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#define SECOND UINT64_C(1000000000)
#define WAIT (5 * SECOND)
#define SAME TAIL_PATH_SAME
#define OTHER TAIL_PATH_OTHER
#define GONE TAIL_PATH_GONE
#define UNKNOWN TAIL_PATH_UNKNOWN

struct row {
    const char *what;
    enum tail_state state;
    uint64_t offset, idle_s;
    enum tail_path path;
    uint64_t size;
    bool size_known, mark_known, mark_same;
    enum tail_action action;
    enum tail_state next;
    uint64_t next_offset;
};

static const struct row rows[] = {
    {"a new file", TAIL_FOUND, 0, 0, SAME, 0, 0, 0, 0, TAIL_IDENTIFY, TAIL_READING, 0},
    {"a new file that went again", TAIL_FOUND, 0, 0, GONE, 0, 0, 0, 0, TAIL_WAIT, TAIL_FOUND, 0},
    {"a file we may not look at", TAIL_FOUND, 0, 0, UNKNOWN, 0, 0, 0, 0, TAIL_BACK_OFF, TAIL_FOUND,
     0},
    {"unread bytes", TAIL_READING, 5, 0, SAME, 9, 1, 1, 1, TAIL_READ, TAIL_READING, 5},
    {"unread bytes of a renamed one", TAIL_READING, 5, 0, OTHER, 9, 1, 1, 1, TAIL_READ,
     TAIL_READING, 5},
    {"nothing new", TAIL_READING, 9, 0, SAME, 9, 1, 1, 1, TAIL_WAIT, TAIL_READING, 9},
    {"shorter than we read", TAIL_READING, 9, 0, SAME, 4, 1, 0, 0, TAIL_REWIND, TAIL_READING, 0},
    {"cut off and regrown", TAIL_READING, 9, 0, SAME, 20, 1, 1, 0, TAIL_REWIND, TAIL_READING, 0},
    {"cut off and regrown to the same size", TAIL_READING, 9, 0, SAME, 9, 1, 1, 0, TAIL_REWIND,
     TAIL_READING, 0},
    {"another file at the path", TAIL_READING, 9, 0, OTHER, 9, 1, 1, 1, TAIL_NEXT, TAIL_LINGERING,
     9},
    {"no file at the path", TAIL_READING, 9, 0, GONE, 9, 1, 1, 1, TAIL_NEXT, TAIL_LINGERING, 9},
    {"the path cannot be looked at", TAIL_READING, 9, 0, UNKNOWN, 9, 1, 1, 1, TAIL_BACK_OFF,
     TAIL_READING, 9},
    {"the size is not known", TAIL_READING, 9, 0, SAME, 0, 0, 0, 0, TAIL_BACK_OFF, TAIL_READING, 9},
    {"the mark cannot be read", TAIL_READING, 9, 0, GONE, 9, 1, 0, 0, TAIL_BACK_OFF, TAIL_READING,
     9},
    {"a late writer", TAIL_LINGERING, 9, 60, OTHER, 10, 1, 1, 1, TAIL_READ, TAIL_LINGERING, 9},
    {"not silent long enough", TAIL_LINGERING, 9, 4, OTHER, 9, 1, 1, 1, TAIL_WAIT, TAIL_LINGERING,
     9},
    {"silent for rotate_wait", TAIL_LINGERING, 9, 5, OTHER, 9, 1, 1, 1, TAIL_FINISH, TAIL_DONE, 9},
    {"silent, nothing at the path", TAIL_LINGERING, 9, 5, GONE, 9, 1, 1, 1, TAIL_FINISH, TAIL_DONE,
     9},
    {"renamed back", TAIL_LINGERING, 9, 60, SAME, 9, 1, 1, 1, TAIL_WAIT, TAIL_READING, 9},
    {"whether it was renamed back cannot be seen", TAIL_LINGERING, 9, 60, UNKNOWN, 9, 1, 1, 1,
     TAIL_BACK_OFF, TAIL_LINGERING, 9},
    {"renamed back, and written since", TAIL_LINGERING, 9, 60, SAME, 10, 1, 1, 1, TAIL_READ,
     TAIL_READING, 9},
    {"cut off after it was renamed", TAIL_LINGERING, 9, 60, OTHER, 3, 1, 0, 0, TAIL_REWIND,
     TAIL_LINGERING, 0},
    {"done", TAIL_DONE, 9, 60, OTHER, 20, 1, 1, 1, TAIL_WAIT, TAIL_DONE, 9},
};

Test(rotation_fsm, every_row_of_the_table)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct row *r = &rows[i];
        struct tail tail = {.state = r->state, .offset = r->offset, .idle_since_ns = 100 * SECOND};
        struct tail_seen seen = {.path = r->path,
                                 .size_known = r->size_known,
                                 .size = r->size,
                                 .mark_known = r->mark_known,
                                 .mark_same = r->mark_same};
        enum tail_action action = tail_step(&tail, &seen, WAIT, (100 + r->idle_s) * SECOND);

        cr_expect_eq(action, r->action, "%s: action %d", r->what, (int)action);
        cr_expect_eq(tail.state, r->next, "%s: state %d", r->what, (int)tail.state);
        cr_expect_eq(tail.offset, r->next_offset, "%s: offset", r->what);
    }
}

Test(rotation_fsm, failures_back_off_from_a_second_to_a_minute_and_are_forgotten)
{
    static const uint64_t seconds[] = {1, 2, 4, 8, 16, 32, 60, 60};
    struct tail tail = {.state = TAIL_READING, .offset = 3};
    struct tail_seen blind = {.path = TAIL_PATH_UNKNOWN};
    struct tail_seen well = {.path = TAIL_PATH_SAME,
                             .size_known = true,
                             .size = 3,
                             .mark_known = true,
                             .mark_same = true};

    for (size_t i = 0; i < sizeof(seconds) / sizeof(seconds[0]); i++) {
        cr_expect_eq(tail_step(&tail, &blind, WAIT, 7 * SECOND), TAIL_BACK_OFF);
        cr_expect_eq(tail.retry_ns, (7 + seconds[i]) * SECOND, "failure %zu", i + 1);
    }
    cr_expect_eq(tail_backoff_ns(1000), 60 * SECOND);
    cr_expect_eq(tail_step(&tail, &well, WAIT, 99 * SECOND), TAIL_WAIT);
    cr_expect_eq(tail.failures, 0u);
    cr_expect_eq(tail_step(&tail, &blind, WAIT, 99 * SECOND), TAIL_BACK_OFF);
    cr_expect_eq(tail.retry_ns, 100 * SECOND);
}

Test(rotation_fsm, whatever_is_seen_unread_bytes_are_never_closed)
{
    unsigned seed = 20261123;

    srand(seed);
    for (int i = 0; i < 200000; i++) {
        struct tail tail = {.state = (enum tail_state)(rand() % 4),
                            .offset = (uint64_t)(rand() % 8)};
        struct tail before = tail;
        struct tail_seen seen = {.path = (enum tail_path)(rand() % 4),
                                 .size_known = rand() % 4 > 0,
                                 .size = (uint64_t)(rand() % 8),
                                 .mark_known = rand() % 4 > 0,
                                 .mark_same = rand() % 4 > 0};
        enum tail_action action = tail_step(&tail, &seen, WAIT, (uint64_t)(rand() % 10) * SECOND);
        bool whole =
            seen.size_known && seen.mark_known && seen.mark_same && seen.size == before.offset;

        if (action == TAIL_FINISH || action == TAIL_NEXT)
            cr_expect(whole, "seed %u, step %d: left at %d", seed, i, (int)action);
        if (action == TAIL_NEXT)
            cr_expect(seen.path == TAIL_PATH_OTHER || seen.path == TAIL_PATH_GONE);
        if (action == TAIL_BACK_OFF)
            cr_expect(tail.state == before.state && tail.offset == before.offset);
        if (action == TAIL_REWIND)
            cr_expect(tail.offset == 0 && seen.size_known);
        if (action == TAIL_READ)
            cr_expect(seen.size > before.offset);
    }
}
