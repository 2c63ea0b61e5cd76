/* The tables of rotation_fsm.h, row by row. Whether the file is still at its path is asked only
 * when all its bytes are read: so the idle clock never beats unread bytes, and "could not look" is
 * never "gone". */

#include "io/tail/rotation_fsm.h"

#include "core/base/backoff.h"

#include <assert.h>

static enum rotation_action back_off(struct rotation *rotation, uint64_t now_ns)
{
    rotation_fail(rotation, now_ns);
    return ROTATION_BACK_OFF;
}

static enum rotation_action step_found(struct rotation *rotation, enum path_names path,
                                       uint64_t now_ns)
{
    if (path == PATH_UNKNOWN)
        return back_off(rotation, now_ns);
    if (path == PATH_GONE)
        return ROTATION_WAIT;
    rotation_identified(rotation);
    return ROTATION_IDENTIFY;
}

static enum rotation_action rewind_to_start(struct rotation *rotation)
{
    rotation->rewound_from = rotation->offset;
    rotation->offset = 0;
    return ROTATION_REWIND;
}

static enum rotation_action read_more(struct rotation *rotation, uint64_t now_ns)
{
    rotation->idle_since_ns = now_ns;
    return ROTATION_READ;
}

/* READING, all read. */
static enum rotation_action at_end(struct rotation *rotation, enum path_names path, uint64_t now_ns)
{
    if (path == PATH_UNKNOWN)
        return back_off(rotation, now_ns);
    if (path == PATH_SAME)
        return ROTATION_WAIT;
    rotation->state = ROTATION_LINGERING;
    rotation->idle_since_ns = now_ns;
    return ROTATION_NEXT;
}

/* LINGERING, all read. */
static enum rotation_action linger(struct rotation *rotation, enum path_names path,
                                   uint64_t rotate_wait_ns, uint64_t now_ns)
{
    if (path == PATH_UNKNOWN)
        return back_off(rotation, now_ns);
    if (now_ns - rotation->idle_since_ns < rotate_wait_ns)
        return ROTATION_WAIT;
    rotation->state = ROTATION_DONE;
    return ROTATION_FINISH;
}

/* READING or LINGERING. */
static enum rotation_action step_open(struct rotation *rotation, const struct rotation_seen *seen,
                                      uint64_t rotate_wait_ns, uint64_t now_ns)
{
    bool is_shorter = seen->size < rotation->offset;

    if (!seen->size_known || (!is_shorter && seen->tail == ROTATION_TAIL_UNKNOWN))
        return back_off(rotation, now_ns);
    if (is_shorter || seen->tail == ROTATION_TAIL_DIFFERS)
        return rewind_to_start(rotation);
    if (rotation->state == ROTATION_LINGERING && seen->path == PATH_SAME)
        rotation->state = ROTATION_READING; /* it was renamed back */
    if (seen->size > rotation->offset)
        return read_more(rotation, now_ns);
    if (rotation->state == ROTATION_READING)
        return at_end(rotation, seen->path, now_ns);
    return linger(rotation, seen->path, rotate_wait_ns, now_ns);
}

static enum rotation_action step(struct rotation *rotation, const struct rotation_seen *seen,
                                 uint64_t rotate_wait_ns, uint64_t now_ns)
{
    switch (rotation->state) {
    case ROTATION_FOUND:
        return step_found(rotation, seen->path, now_ns);
    case ROTATION_READING:
    case ROTATION_LINGERING:
        return step_open(rotation, seen, rotate_wait_ns, now_ns);
    case ROTATION_DONE:
        break;
    }
    return ROTATION_WAIT;
}

enum rotation_action rotation_step(struct rotation *rotation, const struct rotation_seen *seen,
                                   uint64_t rotate_wait_ns, uint64_t now_ns)
{
    enum rotation_action action = step(rotation, seen, rotate_wait_ns, now_ns);

    if (action != ROTATION_BACK_OFF) {
        rotation->failures = 0;
        rotation->retry_ns = 0;
    }
    return action;
}

/* ---- events ---- */

void rotation_expect(struct rotation *rotation)
{
    *rotation = (struct rotation){.state = ROTATION_FOUND};
}

void rotation_put_off(struct rotation *rotation, uint64_t until_ns)
{
    rotation->retry_ns = until_ns;
}

void rotation_looked(struct rotation *rotation)
{
    rotation->failures = 0;
}

void rotation_identified(struct rotation *rotation)
{
    assert(rotation->state == ROTATION_FOUND);
    rotation->state = ROTATION_READING;
}

void rotation_start(struct rotation *rotation, uint64_t offset, uint64_t now_ns)
{
    *rotation =
        (struct rotation){.state = ROTATION_READING, .offset = offset, .idle_since_ns = now_ns};
}

void rotation_advance(struct rotation *rotation, uint64_t n, uint64_t now_ns)
{
    assert(rotation->state == ROTATION_READING || rotation->state == ROTATION_LINGERING);
    rotation->offset += n;
    rotation->idle_since_ns = now_ns;
}

void rotation_changed(struct rotation *rotation, uint64_t now_ns)
{
    assert(rotation->state != ROTATION_FOUND);
    rotation->idle_since_ns = now_ns;
}

void rotation_move(struct rotation *rotation, uint64_t offset)
{
    assert(rotation->state != ROTATION_FOUND);
    rotation->offset = offset;
}

void rotation_fail(struct rotation *rotation, uint64_t now_ns)
{
    rotation->failures++;
    rotation->retry_ns = now_ns + backoff_ns(rotation->failures);
}

void rotation_close(struct rotation *rotation)
{
    rotation->state = ROTATION_DONE;
}
