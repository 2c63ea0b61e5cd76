/* Whose turn it is: every feed's, a budget each, but for an overlong line, which goes alone. */

#include "app/service/service_private.h"

#include "app/service/journal_source.h"
#include "core/base/util.h"

#include <assert.h>

#define TURN_BYTES ((size_t)256 * 1024)

struct source *service_exclusive_source(const struct service *s)
{
    for (size_t i = 0; i < s->topology->n_sources; i++) {
        assert(s->topology->sources[i]);
        if (source_in_line(s->topology->sources[i]))
            return s->topology->sources[i];
    }
    return NULL;
}

/* Returns whether there is more to read at once. */
static bool take_turn(struct service *s, struct source *f)
{
    int r;

    if (source_is_blocked(f))
        return false;
    r = source_turn(f, s->buffer, s->now_ns, TURN_BYTES);
    if (r < 0)
        service_die(s, "source", r);
    return r > 0;
}

/* One round of turns, each time begun by another feed. Returns whether there is more to read at
 * once. */
bool service_take_turns(struct service *s)
{
    size_t n = s->topology->n_sources;
    bool more = false;

    if (!service_may_read(s) || n == 0)
        return false;
    for (size_t i = 0; i < n && !s->stopped; i++) {
        struct source *alone = service_exclusive_source(s);

        if (alone)
            return take_turn(s, alone);
        more |= take_turn(s, s->topology->sources[(s->first_source + i) % n]);
    }
    s->first_source = (s->first_source + 1) % n;
    return more;
}

uint64_t service_turns_due_ns(const struct service *s)
{
    const struct source *alone = service_exclusive_source(s);
    uint64_t due = UINT64_MAX;

    for (size_t i = 0; service_may_read(s) && i < s->topology->n_sources; i++) {
        struct source *f = s->topology->sources[i];

        if ((!alone || alone == f) && !source_is_blocked(f))
            due = MIN(due, source_due_ns(f, s->now_ns));
    }
    return due;
}

void service_listen(struct service *s)
{
    const struct source *alone = service_exclusive_source(s);
    bool reading = !s->stopping && service_may_read(s);

    for (size_t i = 0; i < s->topology->n_sources; i++) {
        struct source *f = s->topology->sources[i];
        bool waits = alone && alone != f;
        bool reads = reading && !waits && !source_is_blocked(f);

        if (f->stream)
            stream_input_listen(f->stream->input, reads && stream_source_wants_bytes(f->stream));
        else if (f->journal)
            journal_source_listen(f->journal, reads);
    }
}
