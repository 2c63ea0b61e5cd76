/* Every source has a turn in each step, with the same budget of bytes. While a source has an
 * overlong line under way, no other source of its group has turns, because nothing may come between
 * the parts of that line. */

#include "app/service/service_private.h"

#include "core/base/util.h"

#define TURN_BYTES ((size_t)256 * 1024)

/* Whether the source has to wait for another one of its group. */
static bool has_to_wait(const struct service *s, const struct source *source)
{
    const struct source *alone = s->topology->groups[source->group].alone;

    return alone && alone != source;
}

static bool can_read(const struct service *s, const struct source *source)
{
    return !has_to_wait(s, source) && !source_is_blocked(source);
}

/* Returns whether there is more to read at once. */
static bool take_turn(struct service *s, struct source *source)
{
    int r;

    if (!can_read(s, source))
        return false;
    r = source_turn(source, s->now_ns, TURN_BYTES);
    if (r < 0)
        service_die(s, "source", r);
    topology_find_alone(s->topology, source);
    return r > 0;
}

bool service_take_turns(struct service *s)
{
    size_t n = s->topology->n_sources;
    bool more = false;

    if (!service_may_read(s) || n == 0)
        return false;
    for (size_t i = 0; i < n && !s->stopped; i++)
        more |= take_turn(s, s->topology->sources[(s->first_source + i) % n]);
    s->first_source = (s->first_source + 1) % n;
    return more;
}

uint64_t service_turns_due_ns(const struct service *s)
{
    uint64_t due = UINT64_MAX;

    for (size_t i = 0; service_may_read(s) && i < s->topology->n_sources; i++) {
        struct source *source = s->topology->sources[i];

        if (can_read(s, source))
            due = MIN(due, source_due_ns(source, s->now_ns));
    }
    return due;
}

void service_listen(struct service *s)
{
    bool reads = !s->stopping && service_may_read(s);

    for (size_t i = 0; i < s->topology->n_sources; i++) {
        struct source *source = s->topology->sources[i];

        source_listen(source, reads && can_read(s, source));
    }
}
