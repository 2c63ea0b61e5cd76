/* The tables of rotation_fsm.h, and what must never happen whatever is seen. */

#include "core/base/nanoseconds.h"
#include "io/tail/rotation_fsm.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#define WAIT (5 * SECOND_NS)
#define SAME PATH_SAME
#define OTHER PATH_OTHER
#define GONE PATH_GONE
#define UNKNOWN PATH_UNKNOWN
#define BLIND ROTATION_TAIL_UNKNOWN
#define AS_WAS ROTATION_TAIL_SAME
#define DIFFERS ROTATION_TAIL_DIFFERS

struct row {
    const char *what;
    enum rotation_state state;
    uint64_t offset, idle_s;
    enum path_names path;
    uint64_t size;
    bool size_known;
    enum rotation_tail tail;
    enum rotation_action action;
    enum rotation_state next;
    uint64_t next_offset;
};

static const struct row rows[] = {
    {"a new file", ROTATION_FOUND, 0, 0, SAME, 0, false, BLIND, ROTATION_IDENTIFY, ROTATION_READING,
     0},
    {"a new file that went again", ROTATION_FOUND, 0, 0, GONE, 0, false, BLIND, ROTATION_WAIT,
     ROTATION_FOUND, 0},
    {"a file we may not look at", ROTATION_FOUND, 0, 0, UNKNOWN, 0, false, BLIND, ROTATION_BACK_OFF,
     ROTATION_FOUND, 0},
    {"unread bytes", ROTATION_READING, 5, 0, SAME, 9, true, AS_WAS, ROTATION_READ, ROTATION_READING,
     5},
    {"unread bytes of a renamed one", ROTATION_READING, 5, 0, OTHER, 9, true, AS_WAS, ROTATION_READ,
     ROTATION_READING, 5},
    {"nothing new", ROTATION_READING, 9, 0, SAME, 9, true, AS_WAS, ROTATION_WAIT, ROTATION_READING,
     9},
    {"shorter than we read", ROTATION_READING, 9, 0, SAME, 4, true, BLIND, ROTATION_REWIND,
     ROTATION_READING, 0},
    {"cut off and regrown", ROTATION_READING, 9, 0, SAME, 20, true, DIFFERS, ROTATION_REWIND,
     ROTATION_READING, 0},
    {"cut off and regrown to the same size", ROTATION_READING, 9, 0, SAME, 9, true, DIFFERS,
     ROTATION_REWIND, ROTATION_READING, 0},
    {"another file at the path", ROTATION_READING, 9, 0, OTHER, 9, true, AS_WAS, ROTATION_NEXT,
     ROTATION_LINGERING, 9},
    {"no file at the path", ROTATION_READING, 9, 0, GONE, 9, true, AS_WAS, ROTATION_NEXT,
     ROTATION_LINGERING, 9},
    {"the path cannot be looked at", ROTATION_READING, 9, 0, UNKNOWN, 9, true, AS_WAS,
     ROTATION_BACK_OFF, ROTATION_READING, 9},
    {"the size is not known", ROTATION_READING, 9, 0, SAME, 0, false, BLIND, ROTATION_BACK_OFF,
     ROTATION_READING, 9},
    {"the bytes before the offset cannot be read", ROTATION_READING, 9, 0, GONE, 9, true, BLIND,
     ROTATION_BACK_OFF, ROTATION_READING, 9},
    {"a late writer", ROTATION_LINGERING, 9, 60, OTHER, 10, true, AS_WAS, ROTATION_READ,
     ROTATION_LINGERING, 9},
    {"not silent long enough", ROTATION_LINGERING, 9, 4, OTHER, 9, true, AS_WAS, ROTATION_WAIT,
     ROTATION_LINGERING, 9},
    {"silent for rotate_wait", ROTATION_LINGERING, 9, 5, OTHER, 9, true, AS_WAS, ROTATION_FINISH,
     ROTATION_DONE, 9},
    {"silent, nothing at the path", ROTATION_LINGERING, 9, 5, GONE, 9, true, AS_WAS,
     ROTATION_FINISH, ROTATION_DONE, 9},
    {"renamed back", ROTATION_LINGERING, 9, 60, SAME, 9, true, AS_WAS, ROTATION_WAIT,
     ROTATION_READING, 9},
    {"whether it was renamed back cannot be seen", ROTATION_LINGERING, 9, 60, UNKNOWN, 9, true,
     AS_WAS, ROTATION_BACK_OFF, ROTATION_LINGERING, 9},
    {"renamed back, and written since", ROTATION_LINGERING, 9, 60, SAME, 10, true, AS_WAS,
     ROTATION_READ, ROTATION_READING, 9},
    {"cut off after it was renamed", ROTATION_LINGERING, 9, 60, OTHER, 3, true, BLIND,
     ROTATION_REWIND, ROTATION_LINGERING, 0},
    {"done", ROTATION_DONE, 9, 60, OTHER, 20, true, AS_WAS, ROTATION_WAIT, ROTATION_DONE, 9},
};

Test(rotation_fsm, every_row_of_the_table)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct row *r = &rows[i];
        struct rotation rotation = {
            .state = r->state, .offset = r->offset, .idle_since_ns = 100 * SECOND_NS};
        struct rotation_seen seen = {
            .path = r->path, .size_known = r->size_known, .size = r->size, .tail = r->tail};
        enum rotation_action action =
            rotation_step(&rotation, &seen, WAIT, (100 + r->idle_s) * SECOND_NS);

        cr_expect_eq(action, r->action, "%s: action %d", r->what, (int)action);
        cr_expect_eq(rotation.state, r->next, "%s: state %d", r->what, (int)rotation.state);
        cr_expect_eq(rotation.offset, r->next_offset, "%s: offset", r->what);
    }
}

Test(rotation_fsm, failures_back_off_from_a_second_to_a_minute_and_are_forgotten)
{
    static const uint64_t seconds[] = {1, 2, 4, 8, 16, 32, 60, 60};
    struct rotation rotation = {.state = ROTATION_READING, .offset = 3};
    struct rotation_seen blind = {.path = PATH_UNKNOWN};
    struct rotation_seen well = {
        .path = PATH_SAME, .size_known = true, .size = 3, .tail = ROTATION_TAIL_SAME};

    for (size_t i = 0; i < sizeof(seconds) / sizeof(seconds[0]); i++) {
        cr_expect_eq(rotation_step(&rotation, &blind, WAIT, 7 * SECOND_NS), ROTATION_BACK_OFF);
        cr_expect_eq(rotation.retry_ns, (7 + seconds[i]) * SECOND_NS, "failure %zu", i + 1);
    }
    cr_expect_eq(rotation_step(&rotation, &well, WAIT, 99 * SECOND_NS), ROTATION_WAIT);
    cr_expect_eq(rotation.failures, 0u);
    cr_expect_eq(rotation_step(&rotation, &blind, WAIT, 99 * SECOND_NS), ROTATION_BACK_OFF);
    cr_expect_eq(rotation.retry_ns, 100 * SECOND_NS);
}

Test(rotation_fsm, whatever_is_seen_unread_bytes_are_never_closed)
{
    unsigned seed = 20261123;

    srand(seed);
    for (int i = 0; i < 200000; i++) {
        struct rotation rotation = {.state = (enum rotation_state)(rand() % 4),
                                    .offset = (uint64_t)(rand() % 8)};
        struct rotation before = rotation;
        struct rotation_seen seen = {.path = (enum path_names)(rand() % 4),
                                     .size_known = rand() % 4 > 0,
                                     .size = (uint64_t)(rand() % 8),
                                     .tail = (enum rotation_tail)(rand() % 3)};
        enum rotation_action action =
            rotation_step(&rotation, &seen, WAIT, (uint64_t)(rand() % 10) * SECOND_NS);
        bool whole =
            seen.size_known && seen.tail == ROTATION_TAIL_SAME && seen.size == before.offset;

        if (action == ROTATION_FINISH || action == ROTATION_NEXT)
            cr_expect(whole, "seed %u, step %d: left at %d", seed, i, (int)action);
        if (action == ROTATION_NEXT)
            cr_expect(seen.path == PATH_OTHER || seen.path == PATH_GONE);
        if (action == ROTATION_BACK_OFF)
            cr_expect(rotation.state == before.state && rotation.offset == before.offset);
        if (action == ROTATION_REWIND)
            cr_expect(rotation.offset == 0 && seen.size_known);
        if (action == ROTATION_READ)
            cr_expect(seen.size > before.offset);
    }
}

/* ---- the second table: events ---- */

static void put_off(struct rotation *rotation)
{
    rotation_put_off(rotation, 300 * SECOND_NS);
}

static void start(struct rotation *rotation)
{
    rotation_start(rotation, 7, 200 * SECOND_NS);
}

static void advance(struct rotation *rotation)
{
    rotation_advance(rotation, 4, 200 * SECOND_NS);
}

static void change(struct rotation *rotation)
{
    rotation_changed(rotation, 200 * SECOND_NS);
}

static void move(struct rotation *rotation)
{
    rotation_move(rotation, 2);
}

static void fail(struct rotation *rotation)
{
    rotation_fail(rotation, 200 * SECOND_NS);
}

struct event_row {
    const char *what;
    enum rotation_state state; /* at offset 9, idle since 100 s, 2 failures, no look before 150 s */
    void (*event)(struct rotation *rotation);
    enum rotation_state next;
    uint64_t offset, idle_since_s;
    unsigned failures;
    uint64_t retry_s;
};

static const struct event_row event_rows[] = {
    {"no file yet", ROTATION_FOUND, rotation_expect, ROTATION_FOUND, 0, 0, 0, 0},
    {"the next file at the path", ROTATION_READING, rotation_expect, ROTATION_FOUND, 0, 0, 0, 0},
    {"not before a time", ROTATION_FOUND, put_off, ROTATION_FOUND, 9, 100, 2, 300},
    {"looked at", ROTATION_FOUND, rotation_looked, ROTATION_FOUND, 9, 100, 0, 150},
    {"opened at the path", ROTATION_FOUND, rotation_identified, ROTATION_READING, 9, 100, 2, 150},
    {"a new file", ROTATION_FOUND, start, ROTATION_READING, 7, 200, 0, 0},
    {"a file that was done", ROTATION_DONE, start, ROTATION_READING, 7, 200, 0, 0},
    {"bytes", ROTATION_READING, advance, ROTATION_READING, 13, 200, 2, 150},
    {"late bytes", ROTATION_LINGERING, advance, ROTATION_LINGERING, 13, 200, 2, 150},
    {"a change", ROTATION_READING, change, ROTATION_READING, 9, 200, 2, 150},
    {"a late change", ROTATION_LINGERING, change, ROTATION_LINGERING, 9, 200, 2, 150},
    {"elsewhere", ROTATION_READING, move, ROTATION_READING, 2, 100, 2, 150},
    {"elsewhere in an old file", ROTATION_LINGERING, move, ROTATION_LINGERING, 2, 100, 2, 150},
    {"its last line is out", ROTATION_DONE, move, ROTATION_DONE, 2, 100, 2, 150},
    {"a failure", ROTATION_READING, fail, ROTATION_READING, 9, 100, 3, 204},
    {"a failure at the path", ROTATION_FOUND, fail, ROTATION_FOUND, 9, 100, 3, 204},
    {"remembered only", ROTATION_FOUND, rotation_close, ROTATION_DONE, 9, 100, 2, 150},
    {"closed", ROTATION_READING, rotation_close, ROTATION_DONE, 9, 100, 2, 150},
    {"closed after a rename", ROTATION_LINGERING, rotation_close, ROTATION_DONE, 9, 100, 2, 150},
};

Test(rotation_fsm, every_row_of_the_table_of_events)
{
    for (size_t i = 0; i < sizeof(event_rows) / sizeof(event_rows[0]); i++) {
        const struct event_row *r = &event_rows[i];
        struct rotation rotation = {.state = r->state,
                                    .offset = 9,
                                    .idle_since_ns = 100 * SECOND_NS,
                                    .failures = 2,
                                    .retry_ns = 150 * SECOND_NS};

        r->event(&rotation);
        cr_expect_eq(rotation.state, r->next, "%s: state %d", r->what, (int)rotation.state);
        cr_expect_eq(rotation.offset, r->offset, "%s: offset", r->what);
        cr_expect_eq(rotation.idle_since_ns, r->idle_since_s * SECOND_NS, "%s: idle", r->what);
        cr_expect_eq(rotation.failures, r->failures, "%s: failures", r->what);
        cr_expect_eq(rotation.retry_ns, r->retry_s * SECOND_NS, "%s: retry", r->what);
    }
}

Test(rotation_fsm, a_rewind_remembers_how_far_the_file_was_read)
{
    struct rotation rotation = {.state = ROTATION_READING, .offset = 9};
    const struct rotation_seen cut_off = {.path = PATH_SAME, .size_known = true, .size = 3};

    cr_assert_eq(rotation_step(&rotation, &cut_off, WAIT, 0), ROTATION_REWIND);
    cr_expect_eq(rotation.rewound_from, 9u);
}
