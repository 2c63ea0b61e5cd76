/* The table of tail.h, row by row. What is at its end is asked about only when all bytes are read:
 * the idle clock never beats unread bytes, and "could not look" is never "gone". */

#include "io/tail/rotation_fsm.h"

#include <assert.h>

#define SECOND_NS UINT64_C(1000000000)
#define BACKOFF_MAX_NS (60 * SECOND_NS)

uint64_t tail_backoff_ns(unsigned failures)
{
    uint64_t wait = SECOND_NS;

    while (failures-- > 1 && wait < BACKOFF_MAX_NS)
        wait *= 2;
    return wait < BACKOFF_MAX_NS ? wait : BACKOFF_MAX_NS;
}

static enum tail_action back_off(struct tail *tail, uint64_t now_ns)
{
    tail->failures++;
    tail->retry_ns = now_ns + tail_backoff_ns(tail->failures);
    return TAIL_BACK_OFF;
}

static enum tail_action read_more(struct tail *tail, uint64_t now_ns)
{
    tail->idle_since_ns = now_ns;
    return TAIL_READ;
}

/* READING, all read. */
static enum tail_action at_end(struct tail *tail, enum tail_path path, uint64_t now_ns)
{
    if (path == TAIL_PATH_UNKNOWN)
        return back_off(tail, now_ns);
    if (path == TAIL_PATH_SAME)
        return TAIL_WAIT;
    tail->state = TAIL_LINGERING;
    tail->idle_since_ns = now_ns;
    return TAIL_NEXT;
}

/* LINGERING, all read. */
static enum tail_action linger(struct tail *tail, enum tail_path path, uint64_t rotate_wait_ns,
                               uint64_t now_ns)
{
    if (path == TAIL_PATH_UNKNOWN)
        return back_off(tail, now_ns);
    if (now_ns - tail->idle_since_ns < rotate_wait_ns)
        return TAIL_WAIT;
    tail->state = TAIL_DONE;
    return TAIL_FINISH;
}

static enum tail_action step(struct tail *tail, const struct tail_seen *seen,
                             uint64_t rotate_wait_ns, uint64_t now_ns)
{
    if (tail->state == TAIL_DONE)
        return TAIL_WAIT;
    if (tail->state == TAIL_FOUND) {
        if (seen->path == TAIL_PATH_UNKNOWN)
            return back_off(tail, now_ns);
        if (seen->path == TAIL_PATH_GONE)
            return TAIL_WAIT;
        tail->state = TAIL_READING;
        return TAIL_IDENTIFY;
    }
    if (!seen->size_known || (seen->size >= tail->offset && !seen->mark_known))
        return back_off(tail, now_ns);
    if (seen->size < tail->offset || !seen->mark_same) {
        tail->offset = 0;
        return TAIL_REWIND;
    }
    if (tail->state == TAIL_LINGERING && seen->path == TAIL_PATH_SAME)
        tail->state = TAIL_READING; /* it was renamed back */
    if (seen->size > tail->offset)
        return read_more(tail, now_ns);
    if (tail->state == TAIL_READING)
        return at_end(tail, seen->path, now_ns);
    return linger(tail, seen->path, rotate_wait_ns, now_ns);
}

enum tail_action tail_step(struct tail *tail, const struct tail_seen *seen, uint64_t rotate_wait_ns,
                           uint64_t now_ns)
{
    enum tail_action action = step(tail, seen, rotate_wait_ns, now_ns);

    if (action != TAIL_BACK_OFF) {
        tail->failures = 0;
        tail->retry_ns = 0;
    }
    return action;
}

void tail_advance(struct tail *tail, uint64_t n, uint64_t now_ns)
{
    assert(tail->state == TAIL_READING || tail->state == TAIL_LINGERING);
    tail->offset += n;
    tail->idle_since_ns = now_ns;
}
