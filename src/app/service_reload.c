/* A reload is a second start beside the first: after a checkpoint the state says all, so a setup
 * made from it goes on where the former one stands. What has not changed is handed over all the
 * same, and a source that has changed inherits, for a file that was deleted lives in its descriptor
 * only. */

#include "app/service_private.h"

#include "app/checkpoint.h"
#include "app/log.h"
#include "core/util.h"

#include <syslog.h>

static void say_diags(const struct gloss_diags *diags)
{
    for (size_t i = 0; i < diags->n; i++) {
        const struct gloss_diag *d = &diags->items[i];

        log_say(d->level == GLOSS_DIAG_ERROR ? LOG_ERR : LOG_WARNING, "config", "%s:%u:%u: %s",
                d->file ? d->file : "", d->line, d->column, d->text);
    }
}

/* Makes the second setup as far as that touches nothing. */
static int prepare_reload(struct service *s, struct setup **ret_next)
{
    CLEANUP(gloss_diags_deinit) struct gloss_diags diags = {0};
    struct setup *next = NULL;
    int r = setup_new(&next, s->config_file, &diags);

    say_diags(&diags);
    if (r == 0 && !STREQ(next->config->state, s->setup->config->state)) {
        log_say(LOG_ERR, "config", "the state cannot change from '%s' to '%s' by a reload; restart",
                s->setup->config->state, next->config->state);
        next = setup_free(next);
        r = CONFIG_E_INVALID;
    }
    *ret_next = next;
    return r;
}

static bool stays(const struct feed *f, const struct config *next)
{
    for (size_t i = 0; i < next->n_sources; i++)
        if (feed_is_same(f, &next->sources[i]))
            return true;
    return false;
}

/* What an input holds that is read once goes out before its feed does: the state cannot hand it to
 * another. Returns as service_checkpoint(). */
static int end_leaving_inputs(struct service *s, const struct config *next)
{
    bool leaving = false;
    int r = 0;

    for (size_t i = 0; i < s->setup->n_feeds && r >= 0; i++) {
        struct feed *f = s->setup->feeds[i];

        if (f->follow || stays(f, next))
            continue;
        leaving = true;
        r = feed_stop(f, s->buffer, s->now_ns);
    }
    if (r < 0)
        return r;
    return leaving ? service_checkpoint(s) : 0;
}

static void keep_former(struct service *s)
{
    s->wants_reload = false;
    log_say(LOG_ERR, "config", "reload of '%s' failed, going on with what was", s->config_file);
    notify_ready(&s->notify);
}

/* A sink that could not be written is gone from the configuration. */
static void say_left_behind(const struct setup *former, const struct setup *next)
{
    for (size_t i = 0; i < former->n_drains; i++) {
        const char *name = outlet_name(former->drains[i]->outlet);
        size_t owed = drain_owed(former->drains[i]).len;

        if (owed > 0 && !setup_has_sink(next, name))
            log_say(
                LOG_WARNING, "sink",
                "%zu bytes wait for '%s', which is no sink any more; they are kept, and written "
                "if it becomes one again",
                owed, name);
    }
}

/* From here on there is no way back: the state's counters go to the new setup. */
static void swap(struct service *s, struct setup *next)
{
    struct setup *former = s->setup;
    int r = setup_load_counters(next, s->store);

    s->setup = next;
    if (r == 0)
        r = setup_make_feeds(next, former, s->store, &s->owner, &s->clock.base, s->now_ns);
    if (r == 0)
        r = service_scan(s);
    say_left_behind(former, next);
    setup_free(former);
    if (r < 0) {
        service_die(s, "reload", r);
        return;
    }
    log_init(next->config->log_level);
    log_say(LOG_NOTICE, "config", "reloaded '%s'", s->config_file);
    s->first_feed = 0;
    s->counters_ns = service_after(s, next->config->counters_interval_ns);
    s->forget_ns = 0;
    service_checkpoint(s);
    notify_ready(&s->notify);
}

void service_reload(struct service *s)
{
    struct setup *next = NULL;
    int r = service_checkpoint(s);

    if (r == CHECKPOINT_LATER)
        return; /* the wish stays */
    if (r == 0)
        r = prepare_reload(s, &next);
    if (r == 0)
        r = end_leaving_inputs(s, next->config);
    if (next && r == CHECKPOINT_LATER && !s->stopped) {
        setup_free(next);
        return;
    }
    if (r == 0)
        r = setup_open_drains(next, s->store);
    if (r != 0) {
        setup_free(next);
        keep_former(s);
        return;
    }
    s->wants_reload = false;
    swap(s, next);
}
