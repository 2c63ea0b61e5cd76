/* The input becomes a sequence of looks at a file, each with what is seen and with the time since
 * the look before. After each look rotation_step() is asked, and the caller does what it says.
 * Whatever is seen:
 *
 *     a file with unread bytes is never left, whatever the clock says
 *     "could not look" changes nothing, and is never taken for "gone"
 *     an offset goes back to 0 only, and only where the file was cut off or written anew
 *     each action is the one that the table of rotation_fsm.h has for what was seen
 */

#include "core/base/nanoseconds.h"
#include "io/tail/rotation_fsm.h"

#include <assert.h>
#include <stddef.h>

#define WAIT_NS (5 * SECOND_NS)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The kinds of looks that the table of rotation_fsm.h has rows for. */
enum sight { BLIND, WRITTEN_ANEW, UNREAD, ALL_READ };

static enum sight sight_of(const struct rotation *t, const struct rotation_seen *seen)
{
    if (!seen->size_known || (seen->size >= t->offset && seen->tail == ROTATION_TAIL_UNKNOWN))
        return BLIND;
    if (seen->size < t->offset || seen->tail == ROTATION_TAIL_DIFFERS)
        return WRITTEN_ANEW;
    return seen->size > t->offset ? UNREAD : ALL_READ;
}

static enum rotation_action wanted_of_found(const struct rotation_seen *seen)
{
    return seen->path == PATH_UNKNOWN ? ROTATION_BACK_OFF
           : seen->path == PATH_GONE  ? ROTATION_WAIT
                                      : ROTATION_IDENTIFY;
}

static enum rotation_action wanted_at_end(const struct rotation *t,
                                          const struct rotation_seen *seen, uint64_t now_ns)
{
    if (seen->path == PATH_UNKNOWN)
        return ROTATION_BACK_OFF;
    if (t->state == ROTATION_LINGERING && seen->path != PATH_SAME)
        return now_ns - t->idle_since_ns >= WAIT_NS ? ROTATION_FINISH : ROTATION_WAIT;
    return seen->path == PATH_SAME ? ROTATION_WAIT : ROTATION_NEXT;
}

/* The table, written a second time: from the kind of look to the action. */
static enum rotation_action wanted(const struct rotation *t, const struct rotation_seen *seen,
                                   uint64_t now_ns)
{
    if (t->state == ROTATION_DONE)
        return ROTATION_WAIT;
    if (t->state == ROTATION_FOUND)
        return wanted_of_found(seen);
    switch (sight_of(t, seen)) {
    case BLIND:
        return ROTATION_BACK_OFF;
    case WRITTEN_ANEW:
        return ROTATION_REWIND;
    case UNREAD:
        return ROTATION_READ;
    default:
        return wanted_at_end(t, seen, now_ns);
    }
}

static void check(const struct rotation *before, const struct rotation *after,
                  enum rotation_action action, const struct rotation_seen *seen, uint64_t now_ns)
{
    enum sight sight = sight_of(before, seen);

    assert(action == wanted(before, seen, now_ns));
    if (action == ROTATION_FINISH || action == ROTATION_NEXT)
        assert(sight == ALL_READ);
    if (action == ROTATION_NEXT)
        assert(seen->path == PATH_OTHER || seen->path == PATH_GONE);
    if (action == ROTATION_FINISH)
        assert(before->state == ROTATION_LINGERING && after->state == ROTATION_DONE);
    if (action == ROTATION_BACK_OFF) {
        assert(after->state == before->state && after->offset == before->offset);
        assert(after->failures == before->failures + 1);
        assert(after->retry_ns > now_ns && after->retry_ns <= now_ns + 60 * SECOND_NS);
    } else {
        assert(after->failures == 0 && after->retry_ns == 0);
    }
    if (after->offset != before->offset)
        assert(action == ROTATION_REWIND && after->offset == 0 && sight == WRITTEN_ANEW);
    if (before->state == ROTATION_DONE)
        assert(after->state == ROTATION_DONE);
}

/* What is seen: one byte for the kind of look, one for the size of the file. */
static struct rotation_seen seen_of(const struct rotation *t, uint8_t kind, uint8_t more)
{
    struct rotation_seen seen = {.path = (enum path_names)(kind & 3),
                                 .size_known = kind & 4,
                                 .tail = !(kind & 8)   ? ROTATION_TAIL_UNKNOWN
                                         : (kind & 16) ? ROTATION_TAIL_SAME
                                                       : ROTATION_TAIL_DIFFERS};

    seen.size = kind & 32 ? t->offset + more : more;
    return seen;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rotation t = {.state = ROTATION_FOUND};
    uint64_t now_ns = 1000 * SECOND_NS;

    for (size_t i = 0; i + 3 <= size; i += 3) {
        struct rotation_seen seen = seen_of(&t, data[i], data[i + 1]);
        struct rotation before = t;
        enum rotation_action action;

        now_ns += data[i + 2] * SECOND_NS / 8;
        if (t.retry_ns > now_ns)
            continue;
        action = rotation_step(&t, &seen, WAIT_NS, now_ns);
        check(&before, &t, action, &seen, now_ns);
        if (action == ROTATION_READ)
            rotation_advance(&t, 1 + (seen.size - t.offset - 1) / (1 + data[i + 2] % 3), now_ns);
    }
    return 0;
}
