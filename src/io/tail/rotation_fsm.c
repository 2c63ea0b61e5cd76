/* The table of tail.h, row by row. What is at its end is asked about only when all bytes are read:
 * the idle clock never beats unread bytes, and "could not look" is never "gone". */

#include "io/tail/rotation_fsm.h"

#include "core/base/backoff.h"

#include <assert.h>

static enum rotation_action back_off(struct rotation *rotation, uint64_t now_ns)
{
    rotation->failures++;
    rotation->retry_ns = now_ns + backoff_ns(rotation->failures);
    return ROTATION_BACK_OFF;
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

static enum rotation_action step(struct rotation *rotation, const struct rotation_seen *seen,
                                 uint64_t rotate_wait_ns, uint64_t now_ns)
{
    if (rotation->state == ROTATION_DONE)
        return ROTATION_WAIT;
    if (rotation->state == ROTATION_FOUND) {
        if (seen->path == PATH_UNKNOWN)
            return back_off(rotation, now_ns);
        if (seen->path == PATH_GONE)
            return ROTATION_WAIT;
        rotation->state = ROTATION_READING;
        return ROTATION_IDENTIFY;
    }
    if (!seen->size_known || (seen->size >= rotation->offset && !seen->mark_known))
        return back_off(rotation, now_ns);
    if (seen->size < rotation->offset || !seen->mark_same) {
        rotation->offset = 0;
        return ROTATION_REWIND;
    }
    if (rotation->state == ROTATION_LINGERING && seen->path == PATH_SAME)
        rotation->state = ROTATION_READING; /* it was renamed back */
    if (seen->size > rotation->offset)
        return read_more(rotation, now_ns);
    if (rotation->state == ROTATION_READING)
        return at_end(rotation, seen->path, now_ns);
    return linger(rotation, seen->path, rotate_wait_ns, now_ns);
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

void rotation_advance(struct rotation *rotation, uint64_t n, uint64_t now_ns)
{
    assert(rotation->state == ROTATION_READING || rotation->state == ROTATION_LINGERING);
    rotation->offset += n;
    rotation->idle_since_ns = now_ns;
}
