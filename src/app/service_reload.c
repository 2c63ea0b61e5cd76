/* A reload is a second start beside the first: after a checkpoint the state says all, so a setup
 * made from it goes on where the former one stands. What has not changed is handed over all the
 * same, for a file that was deleted lives in its descriptor only. */

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

/* Makes the second setup as far as that can fail without harm. */
static int prepare_reload(struct service *s, struct setup **ret_next)
{
    CLEANUP(gloss_diags_deinit) struct gloss_diags diags = {0};
    struct setup *next = NULL;
    int r = setup_new(&next, s->config_file, &diags);

    say_diags(&diags);
    if (r == 0 && !STREQ(next->config->state, s->setup->config->state)) {
        log_say(LOG_ERR, "config", "the state cannot change from '%s' to '%s' by a reload; restart",
                s->setup->config->state, next->config->state);
        r = CONFIG_E_INVALID;
    }
    if (r == 0)
        r = setup_open_drains(next, s->store);
    if (r != 0)
        setup_free(next);
    else
        *ret_next = next;
    return r;
}

void service_reload(struct service *s)
{
    struct setup *next, *former = s->setup;
    int r = service_checkpoint(s);

    if (r == CHECKPOINT_LATER)
        return; /* the wish stays */
    s->wants_reload = false;
    if (r < 0 || prepare_reload(s, &next) != 0) {
        log_say(LOG_ERR, "config", "reload of '%s' failed, going on with what was", s->config_file);
        notify_ready(&s->notify);
        return;
    }
    /* From here on there is no way back: the state's counters go to the new setup. */
    r = setup_load_counters(next, s->store);
    s->setup = next;
    if (r == 0)
        r = setup_make_feeds(next, former, s->store, &s->owner, &s->clock.base);
    if (r == 0)
        r = service_scan(s);
    setup_free(former);
    if (r < 0) {
        service_die(s, "reload", r);
        return;
    }
    log_init(next->config->log_level);
    log_say(LOG_NOTICE, "config", "reloaded '%s'", s->config_file);
    s->first_feed = 0;
    s->counters_ns = service_after(s, next->config->counters_interval_ns);
    service_checkpoint(s);
    notify_ready(&s->notify);
}
