/* A sink that fails is said once and tried again, at longer and longer intervals; its sources stand
 * still meanwhile, so nothing piles up. A reader of standard output that is merely slow is no
 * failure. */

#include "app/service/sink.h"

#include "app/common/log.h"
#include "core/base/backoff.h"
#include "core/base/nanoseconds.h"
#include "core/base/util.h"
#include "core/render/journal_entry.h"
#include "io/output/journal_writer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#define SLOW_READER_NS (20 * MS_NS)
#define HANGING_NS (5 * SECOND_NS)

int sink_new(struct sink **ret_sink, const struct config_sink *config, const char *path,
             const struct gloss_catalogs *set)
{
    struct sink *d = calloc(1, sizeof(*d));
    int r;

    if (!d)
        return -ENOMEM;
    d->is_journal = config && config->is_journal;
    if (d->is_journal)
        r = sink_file_new_journal(&d->file, JOURNAL_WRITER_SOCKET);
    else
        r = sink_file_new(&d->file, config ? config->file : path, config ? config->mode : 0640);
    if (r == 0 && config && !d->is_journal)
        r = gloss_notes_new(&d->notes, set, config->format, /* color= */ false);
    if (r < 0)
        sink_free(d);
    else
        *ret_sink = d;
    return r;
}

struct sink *sink_free(struct sink *d)
{
    if (!d)
        return NULL;
    sink_file_free(d->file);
    gloss_notes_free(d->notes);
    gloss_buf_deinit(&d->pending);
    free(d);
    return NULL;
}

bool sink_is_blocked(const struct sink *d)
{
    return sink_file_is_blocked(d->file) || !sink_file_is_open(d->file);
}

int sink_write(void *ctx, const struct gloss_spans *spans)
{
    struct sink *d = ctx;
    int r;

    sink_look(d);
    r = sink_file_write(d->file, spans);
    d->dirty = true;
    if (r == SINK_FILE_BLOCKED)
        d->retry_ns = 0; /* at once: it may have been one moment's trouble */
    return r < 0 ? r : 0;
}

int sink_open(struct sink *d)
{
    int r = sink_file_open(d->file);

    d->retry_ns = 0;
    d->failures = 0;
    if (r == 0)
        r = sink_file_restore_pending(d->file, gloss_buf_view(&d->pending));
    if (r == 0)
        gloss_buf_deinit(&d->pending);
    return r;
}

int sink_reopen(struct sink *d)
{
    if (sink_file_is_open(d->file))
        gloss_buf_span(&d->pending, sink_file_pending(d->file));
    return d->pending.failed ? -ENOMEM : sink_open(d);
}

struct gloss_span sink_pending(const struct sink *d)
{
    return sink_file_is_open(d->file) ? sink_file_pending(d->file) : gloss_buf_view(&d->pending);
}

void sink_prepare(struct sink *d)
{
    d->prepared.position = d->committed;
    sink_position(d->file, &d->prepared.position);
    d->prepared.dirty = d->dirty;
    d->prepared.cut = d->cut;
    d->prepared.has_pending = sink_pending(d).len > 0;
    d->dirty = false;
}

void sink_settle(struct sink *d, bool committed)
{
    if (committed) {
        d->committed = d->prepared.position;
        d->cut = d->cut && !d->prepared.cut;
        d->has_pending = d->prepared.has_pending;
    } else {
        d->dirty = d->dirty || d->prepared.dirty;
    }
    d->prepared.dirty = false;
}

static int enter_hit(struct sink *d, const char *source, const struct gloss_line *line,
                     const struct gloss_hit *hit)
{
    CLEANUP(gloss_buf_deinit) struct gloss_buf entry = {0};
    struct gloss_spans spans = {0};
    int r;

    journal_entry_write(&entry, source, line, hit);
    gloss_spans_add(&spans, gloss_buf_view(&entry));
    r = entry.failed || spans.failed ? -ENOMEM : sink_write(d, &spans);
    gloss_spans_deinit(&spans);
    return r;
}

int sink_enter(struct sink *d, const char *source, const struct gloss_line *line)
{
    int r = 0;

    for (size_t i = 0; i < line->n_hits && r == 0; i++)
        if (line->hits[i].first)
            r = enter_hit(d, source, line, &line->hits[i]);
    return r;
}

void sink_look(struct sink *d)
{
    d->cut = d->cut || sink_file_was_cut(d->file);
}

uint64_t sink_due_ns(const struct sink *d)
{
    return sink_file_is_blocked(d->file) ? d->retry_ns : UINT64_MAX;
}

static void say_failure(struct sink *d, int error, uint64_t wait_ns)
{
    const char *mend = error == -ENOSPC  ? "; free some room"
                       : error == -EROFS ? "; under systemd name its folder in ReadWritePaths="
                       : d->is_journal   ? "; does systemd-journald run?"
                                         : "";

    if (d->failing)
        return;
    d->failing = true;
    log_message(LOG_ERR, "sink", "cannot write to '%s': %s%s, its sources wait, retrying in %u s",
                sink_file_name(d->file), strerror(-error), mend, (unsigned)(wait_ns / SECOND_NS));
}

/* A reader of standard output may take its time; a journal that takes nothing for so long has
 * trouble. */
static void wait_for_reader(struct sink *d, uint64_t now_ns)
{
    d->retry_ns = now_ns + SLOW_READER_NS;
    if (d->slow_ns == 0)
        d->slow_ns = now_ns;
    if (d->is_journal && now_ns - d->slow_ns >= HANGING_NS)
        say_failure(d, -EAGAIN, HANGING_NS);
}

void sink_retry(struct sink *d, uint64_t now_ns)
{
    uint64_t wait_ns;
    int error;

    if (!sink_file_is_blocked(d->file) || now_ns < d->retry_ns)
        return;
    sink_look(d);
    if (d->cut) { /* not before a checkpoint; what has no name any more is opened anew after it */
        d->retry_ns = now_ns + SLOW_READER_NS;
        return;
    }
    d->dirty = true;
    if (sink_file_retry(d->file) == 0) {
        if (d->failing)
            log_message(LOG_NOTICE, "sink", "'%s' can be written again, going on",
                        sink_file_name(d->file));
        d->failing = false;
        d->failures = 0;
        d->slow_ns = 0;
        return;
    }
    error = sink_file_failure(d->file);
    if (error == -EAGAIN) {
        wait_for_reader(d, now_ns);
        return;
    }
    d->failures++;
    wait_ns = backoff_ns(d->failures);
    d->retry_ns = now_ns + wait_ns;
    say_failure(d, error, wait_ns);
}
