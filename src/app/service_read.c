/* Whose turn it is: every feed's, a budget each, but for an overlong line, which goes alone. */

#include "app/service_private.h"

#include "app/log.h"

#include <errno.h>
#include <string.h>
#include <syslog.h>

#define TURN_BYTES ((size_t)256 * 1024)

/* The feed whose overlong line is under way: nothing else may come between its parts. */
static struct feed *feed_alone(const struct service *s)
{
    for (size_t i = 0; i < s->setup->n_feeds; i++)
        if (feed_in_line(s->setup->feeds[i]))
            return s->setup->feeds[i];
    return NULL;
}

/* Returns whether there is more to read at once. */
static bool take_turn(struct service *s, struct feed *f)
{
    int r;

    if (!f->follow || feed_blocked(f))
        return false;
    r = follow_turn(f->follow, s->buffer, s->now_ns, TURN_BYTES);
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

    if (s->commit_failures > 0 || n == 0)
        return false;
    for (size_t i = 0; i < n && !s->stopped; i++) {
        struct feed *alone = feed_alone(s);

        if (alone)
            return take_turn(s, alone);
        more |= take_turn(s, s->setup->feeds[(s->first_feed + i) % n]);
    }
    s->first_feed = (s->first_feed + 1) % n;
    return more;
}

struct feed *service_input(const struct service *s)
{
    for (size_t i = 0; i < s->setup->n_feeds; i++)
        if (s->setup->feeds[i]->is_stdin)
            return s->setup->feeds[i];
    return NULL;
}

/* Standard input's turn. Returns whether there may be more. */
bool service_take_input(struct service *s)
{
    struct feed *f = service_input(s);
    int r;

    if (!f || f->ended || feed_blocked(f) || s->commit_failures > 0)
        return false;
    if (feed_alone(s) && feed_alone(s) != f)
        return false;
    r = feed_read_stdin(f);
    if (r == -EAGAIN)
        return false;
    if (r < 0) {
        log_say(LOG_ERR, "source", "cannot read standard input: %s, it is at its end",
                strerror(-r));
        f->ended = true;
    }
    return r > 0;
}
