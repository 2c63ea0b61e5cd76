/* A reload is a second start beside the first: after a checkpoint the state holds everything, so a
 * topology made from it goes on where the former one stands. Sources that have not changed are
 * handed over all the same. A source that has changed inherits from the former ones, because a
 * deleted file can be read only by the descriptor that is open already. */

#include "app/service/service_private.h"

#include "app/common/log.h"
#include "app/service/checkpoint.h"
#include "core/base/util.h"

#include <malloc.h>
#include <syslog.h>

static void say_diags(const struct gloss_diags *diags)
{
    for (size_t i = 0; i < diags->n; i++) {
        const struct gloss_diag *d = &diags->items[i];

        log_message(d->level == GLOSS_DIAG_ERROR ? LOG_ERR : LOG_WARNING, "config", "%s:%u:%u: %s",
                    d->file ? d->file : "", d->line, d->column, d->text);
    }
}

/* Makes the second topology, as far as that changes nothing outside. */
static int prepare_reload(struct service *s)
{
    CLEANUP(gloss_diags_deinit) struct gloss_diags diags = {0};
    int r = topology_new(&s->next, s->config_file, s->kinds, &diags);

    say_diags(&diags);
    if (r == 0 && !STREQ(s->next->config->state, s->topology->config->state)) {
        log_message(LOG_ERR, "config",
                    "a reload cannot change the state from '%s' to '%s'; restart the service",
                    s->topology->config->state, s->next->config->state);
        r = CONFIG_E_INVALID;
    }
    return r;
}

/* Whether it can be read only once, and no source of the next configuration goes on with it. */
static bool is_leaving(const struct source *source, const struct config *next)
{
    for (size_t i = 0; i < next->n_sources; i++)
        if (source_goes_on_in(source, &next->sources[i]))
            return false;
    return source->config->kind->reads_once;
}

/* A source that leaves and holds lines that its sinks cannot take now; NULL: there is none. */
static const struct source *held_up(const struct service *s)
{
    for (size_t i = 0; s->next && i < s->topology->n_sources; i++) {
        const struct source *source = s->topology->sources[i];

        if (is_leaving(source, s->next->config) && source_is_blocked(source) &&
            source_holds_bytes(source))
            return source;
    }
    return NULL;
}

/* An input that is read once holds lines that the state cannot hand to another source. So they go
 * to its sinks before the source goes, and the next sinks are opened again, because their files
 * have grown. A half line gets a newline, which cannot be taken back; so the configuration was read
 * and the next sinks were opened before. Returns as service_checkpoint(). */
static int end_leaving_inputs(struct service *s)
{
    const struct source *waits;
    bool leaving = false;
    int r = 0;

    for (size_t i = 0; i < s->topology->n_sources && r >= 0; i++) {
        struct source *source = s->topology->sources[i];

        if (!is_leaving(source, s->next->config))
            continue;
        leaving = true;
        r = source_stop(source, s->now_ns);
    }
    if (r < 0 || !leaving)
        return MIN(r, 0);
    waits = held_up(s);
    if (!waits) {
        r = service_checkpoint(s);
        return r == 0 ? topology_open_sinks(s->next, s->store) : r;
    }
    log_message(LOG_WARNING, "config",
                "the reload waits: the removed source '%s' holds lines that cannot be read again, "
                "and its sinks cannot be written",
                waits->name);
    return CHECKPOINT_LATER;
}

static void keep_former(struct service *s)
{
    s->next = topology_free(s->next);
    s->wants_reload = false;
    log_message(LOG_ERR, "config", "reload of '%s' failed, going on with the old configuration",
                s->config_file);
    sd_notify_ready(&s->notify);
}

/* A sink takes over from the sink of its name what the state does not hold. */
static void hand_over_sinks(const struct topology *former, const struct topology *next,
                            uint64_t now_ns)
{
    for (size_t i = 0; i < next->n_sinks; i++) {
        struct sink *from = topology_find_sink(former, next->sinks[i]->name);

        if (from)
            sink_inherit(next->sinks[i], from, now_ns);
    }
}

/* Says which sinks leave the configuration while bytes still wait for them. */
static void say_left_behind(const struct topology *former, const struct topology *next)
{
    for (size_t i = 0; i < former->n_sinks; i++) {
        const char *name = former->sinks[i]->name;
        size_t pending = sink_pending(former->sinks[i]).len;

        if (pending > 0 && !topology_find_sink(next, name))
            log_message(LOG_WARNING, "sink",
                        "%zu bytes wait for '%s', which is no longer a sink; they are kept, and "
                        "written if it becomes a sink again",
                        pending, name);
    }
}

/* Puts the next topology in place of the former one. There is no way back, because the counters of
 * the state go to the next one. */
static void swap(struct service *s)
{
    struct topology *former = s->topology, *next = s->next;
    int r = topology_load_counters(next, s->store);

    s->topology = next;
    s->next = NULL;
    service_watch_lines(s);
    hand_over_sinks(former, next, s->now_ns);
    if (r == 0)
        r = topology_make_sources(next, former, s->store, &s->owner, &s->clock.base, s->now_ns);
    if (r == 0)
        r = service_scan(s);
    say_left_behind(former, next);
    topology_free(former);
    if (r < 0) {
        service_die(s, "reload", r);
        return;
    }
    log_init(next->config->log_level);
    log_message(LOG_NOTICE, "config", "reloaded '%s'", s->config_file);
    s->first_source = 0;
    s->counters_ns = service_after(s, next->config->counters_interval_ns);
    s->forget_ns = 0;
    service_checkpoint(s);
    malloc_trim(/* pad= */ 0); /* what the former topology had */
    sd_notify_ready(&s->notify);
}

void service_reload(struct service *s)
{
    int r;

    if (held_up(s))
        return;
    r = service_checkpoint(s);
    if (r == CHECKPOINT_LATER)
        return; /* wants_reload stays set: the next step tries again */
    if (r == 0 && !s->next)
        r = prepare_reload(s);
    if (r == 0)
        r = topology_open_sinks(s->next, s->store);
    if (r == 0) {
        r = end_leaving_inputs(s);
        if (r == CHECKPOINT_LATER && !s->stopped)
            return;
    }
    if (r == 0)
        r = topology_move_positions(s->next, s->store, s->clock.base.now_ns);
    if (r != 0) {
        keep_former(s);
        return;
    }
    s->wants_reload = false;
    swap(s);
}
