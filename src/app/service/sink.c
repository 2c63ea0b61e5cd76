/* A sink that fails is said once and tried again, at longer and longer intervals; its sources stand
 * still meanwhile, so nothing piles up. A reader of standard output that is merely slow is no
 * failure. */

#include "app/service/sink.h"

#include "app/common/log.h"
#include "core/base/util.h"
#include "core/render/journal_entry.h"
#include "io/output/journal_writer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#define MS_NS UINT64_C(1000000)
#define SECOND_NS (1000 * MS_NS)
#define SLOW_READER_NS (20 * MS_NS)
#define HANGING_NS (5 * SECOND_NS)
#define BACKOFF_MAX_NS (60 * SECOND_NS)

int drain_new(struct drain **ret_drain, const struct config_sink *config, const char *path,
              const struct gloss_catalogs *set)
{
    struct drain *d = calloc(1, sizeof(*d));
    int r;

    if (!d)
        return -ENOMEM;
    d->is_journal = config && config->is_journal;
    if (d->is_journal)
        r = outlet_new_journal(&d->outlet, SCRIBE_SOCKET);
    else
        r = outlet_new(&d->outlet, config ? config->file : path, config ? config->mode : 0640);
    if (r == 0 && config && !d->is_journal)
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
    gloss_buf_deinit(&d->owed);
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

int drain_open(struct drain *d)
{
    int r = outlet_open(d->outlet);

    d->retry_ns = 0;
    d->failures = 0;
    if (r == 0)
        r = outlet_owe(d->outlet, gloss_buf_view(&d->owed));
    if (r == 0)
        gloss_buf_deinit(&d->owed);
    return r;
}

int drain_reopen(struct drain *d)
{
    if (outlet_is_open(d->outlet))
        gloss_buf_span(&d->owed, outlet_owed(d->outlet));
    return d->owed.failed ? -ENOMEM : drain_open(d);
}

struct gloss_span drain_owed(const struct drain *d)
{
    return outlet_is_open(d->outlet) ? outlet_owed(d->outlet) : gloss_buf_view(&d->owed);
}

void drain_tell(struct drain *d)
{
    d->told.place = d->committed;
    outlet_place(d->outlet, &d->told.place);
    d->told.dirty = d->dirty;
    d->told.cut = d->cut;
    d->told.owes = drain_owed(d).len > 0;
    d->dirty = false;
}

void drain_told(struct drain *d, bool committed)
{
    if (committed) {
        d->committed = d->told.place;
        d->cut = d->cut && !d->told.cut;
        d->owes = d->told.owes;
    } else {
        d->dirty = d->dirty || d->told.dirty;
    }
    d->told.dirty = false;
}

static int enter_hit(struct drain *d, const char *source, const struct gloss_line *line,
                     const struct gloss_hit *hit)
{
    CLEANUP(gloss_buf_deinit) struct gloss_buf entry = {0};
    struct gloss_spans spans = {0};
    int r;

    journal_entry_write(&entry, source, line, hit);
    gloss_spans_add(&spans, gloss_buf_view(&entry));
    r = entry.failed || spans.failed ? -ENOMEM : drain_write(d, &spans);
    gloss_spans_deinit(&spans);
    return r;
}

int drain_enter(struct drain *d, const char *source, const struct gloss_line *line)
{
    int r = 0;

    for (size_t i = 0; i < line->n_hits && r == 0; i++)
        if (line->hits[i].first)
            r = enter_hit(d, source, line, &line->hits[i]);
    return r;
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
                       : d->is_journal   ? "; does systemd-journald run?"
                                         : "";

    if (d->failing)
        return;
    d->failing = true;
    log_say(LOG_ERR, "sink", "cannot write to '%s': %s%s, its sources wait, retrying in %u s",
            outlet_name(d->outlet), strerror(-error), mend, (unsigned)(wait_ns / SECOND_NS));
}

/* A reader of standard output may take its time; a journal that takes nothing for so long has
 * trouble. */
static void wait_for_reader(struct drain *d, uint64_t now_ns)
{
    d->retry_ns = now_ns + SLOW_READER_NS;
    if (d->slow_ns == 0)
        d->slow_ns = now_ns;
    if (d->is_journal && now_ns - d->slow_ns >= HANGING_NS)
        say_failure(d, -EAGAIN, HANGING_NS);
}

void drain_retry(struct drain *d, uint64_t now_ns)
{
    uint64_t wait_ns = SECOND_NS;
    int error;

    if (!outlet_waits(d->outlet) || now_ns < d->retry_ns)
        return;
    drain_look(d);
    if (d->cut) { /* not before a checkpoint; what has no name any more is opened anew after it */
        d->retry_ns = now_ns + SLOW_READER_NS;
        return;
    }
    d->dirty = true;
    if (outlet_retry(d->outlet) == 0) {
        if (d->failing)
            log_say(LOG_NOTICE, "sink", "'%s' can be written again, going on",
                    outlet_name(d->outlet));
        d->failing = false;
        d->failures = 0;
        d->slow_ns = 0;
        return;
    }
    error = outlet_failure(d->outlet);
    if (error == -EAGAIN) {
        wait_for_reader(d, now_ns);
        return;
    }
    for (unsigned i = 0; i < d->failures && wait_ns < BACKOFF_MAX_NS; i++)
        wait_ns *= 2;
    wait_ns = MIN(wait_ns, BACKOFF_MAX_NS);
    d->failures++;
    d->retry_ns = now_ns + wait_ns;
    say_failure(d, error, wait_ns);
}
