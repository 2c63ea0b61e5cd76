/* Whose turn it is: every feed's, a budget each, but for an overlong line, which goes alone. */

#include "app/service/service_private.h"

#include "app/service/journal_source.h"
#include "core/base/util.h"

#include <assert.h>

#define TURN_BYTES ((size_t)256 * 1024)

struct feed *service_feed_alone(const struct service *s)
{
    for (size_t i = 0; i < s->setup->n_feeds; i++) {
        assert(s->setup->feeds[i]);
        if (feed_in_line(s->setup->feeds[i]))
            return s->setup->feeds[i];
    }
    return NULL;
}

/* Returns whether there is more to read at once. */
static bool take_turn(struct service *s, struct feed *f)
{
    int r;

    if (feed_blocked(f))
        return false;
    r = feed_turn(f, s->buffer, s->now_ns, TURN_BYTES);
    if (r < 0)
        service_die(s, "source", r);
    return r > 0;
}

/* One round of turns, each time begun by another feed. Returns whether there is more to read at
 * once. */
bool service_take_turns(struct service *s)
{
    size_t n = s->setup->n_feeds;
    bool more = false;

    if (!service_may_read(s) || n == 0)
        return false;
    for (size_t i = 0; i < n && !s->stopped; i++) {
        struct feed *alone = service_feed_alone(s);

        if (alone)
            return take_turn(s, alone);
        more |= take_turn(s, s->setup->feeds[(s->first_feed + i) % n]);
    }
    s->first_feed = (s->first_feed + 1) % n;
    return more;
}

uint64_t service_turns_due_ns(const struct service *s)
{
    const struct feed *alone = service_feed_alone(s);
    uint64_t due = UINT64_MAX;

    for (size_t i = 0; service_may_read(s) && i < s->setup->n_feeds; i++) {
        struct feed *f = s->setup->feeds[i];

        if ((!alone || alone == f) && !feed_blocked(f))
            due = MIN(due, feed_due_ns(f, s->now_ns));
    }
    return due;
}

void service_listen(struct service *s)
{
    const struct feed *alone = service_feed_alone(s);
    bool reading = !s->stopping && service_may_read(s);

    for (size_t i = 0; i < s->setup->n_feeds; i++) {
        struct feed *f = s->setup->feeds[i];
        bool waits = alone && alone != f;
        bool reads = reading && !waits && !feed_blocked(f);

        if (f->intake)
            inlet_listen(f->intake->inlet, reads && intake_wants_bytes(f->intake));
        else if (f->tap)
            tap_listen(f->tap, reads);
    }
}
