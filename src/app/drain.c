/* A sink that fails is said once and tried again, at longer and longer intervals; its sources stand
 * still meanwhile, so nothing piles up. A reader of standard output that is merely slow is no
 * failure. */

#include "app/drain.h"

#include "app/log.h"
#include "core/util.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#define MS_NS UINT64_C(1000000)
#define SECOND_NS (1000 * MS_NS)
#define SLOW_READER_NS (20 * MS_NS)
#define BACKOFF_MAX_NS (60 * SECOND_NS)

int drain_new(struct drain **ret_drain, const struct config_sink *config, const char *path,
              const struct gloss_catalogs *set)
{
    struct drain *d = calloc(1, sizeof(*d));
    int r;

    if (!d)
        return -ENOMEM;
    r = outlet_new(&d->outlet, config ? config->file : path, config ? config->mode : 0640);
    if (r == 0 && config)
        r = gloss_notes_new(&d->notes, set, config->format, /* color= */ false);
    if (r < 0)
        drain_free(d);
    else
        *ret_drain = d;
    return r;
}

struct drain *drain_free(struct drain *d)
{
    if (!d)
        return NULL;
    outlet_free(d->outlet);
    gloss_notes_free(d->notes);
    free(d);
    return NULL;
}

bool drain_blocked(const struct drain *d)
{
    return outlet_waits(d->outlet) || !outlet_is_open(d->outlet);
}

int drain_write(void *ctx, const struct gloss_spans *spans)
{
    struct drain *d = ctx;
    int r;

    drain_look(d);
    r = outlet_write(d->outlet, spans);
    d->dirty = true;
    if (r == OUTLET_WAITS)
        d->retry_ns = 0; /* at once: it may have been one moment's trouble */
    return r < 0 ? r : 0;
}

void drain_tell(struct drain *d)
{
    d->told.place = d->committed;
    outlet_place(d->outlet, &d->told.place);
    d->told.dirty = d->dirty;
    d->told.cut = d->cut;
    d->dirty = false;
}

void drain_told(struct drain *d, bool committed)
{
    if (committed) {
        d->committed = d->told.place;
        d->cut = d->cut && !d->told.cut;
    } else {
        d->dirty = d->dirty || d->told.dirty;
    }
    d->told.dirty = false;
}

void drain_look(struct drain *d)
{
    d->cut = d->cut || outlet_was_cut(d->outlet);
}

uint64_t drain_due_ns(const struct drain *d)
{
    return outlet_waits(d->outlet) ? d->retry_ns : UINT64_MAX;
}

static void say_failure(struct drain *d, int error, uint64_t wait_ns)
{
    const char *mend = error == -ENOSPC  ? "; free some room"
                       : error == -EROFS ? "; under systemd name its folder in ReadWritePaths="
                                         : "";

    if (d->failing)
        return;
    d->failing = true;
    log_say(LOG_ERR, "sink", "cannot write to '%s': %s%s, its sources wait, retrying in %u s",
            outlet_name(d->outlet), strerror(-error), mend, (unsigned)(wait_ns / SECOND_NS));
}

void drain_retry(struct drain *d, uint64_t now_ns)
{
    uint64_t wait_ns = SECOND_NS;
    int error;

    if (!outlet_waits(d->outlet) || now_ns < d->retry_ns)
        return;
    if (outlet_retry(d->outlet) == 0) {
        if (d->failing)
            log_say(LOG_NOTICE, "sink", "'%s' can be written again, going on",
                    outlet_name(d->outlet));
        d->failing = false;
        d->failures = 0;
        return;
    }
    error = outlet_failure(d->outlet);
    if (error == -EAGAIN) {
        d->retry_ns = now_ns + SLOW_READER_NS;
        return;
    }
    for (unsigned i = 0; i < d->failures && wait_ns < BACKOFF_MAX_NS; i++)
        wait_ns *= 2;
    wait_ns = MIN(wait_ns, BACKOFF_MAX_NS);
    d->failures++;
    d->retry_ns = now_ns + wait_ns;
    say_failure(d, error, wait_ns);
}
