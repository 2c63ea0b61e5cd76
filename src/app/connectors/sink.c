/* The failure of a sink is reported once, and the sink is tried again at longer and longer
 * intervals. Its sources are not read meanwhile, so nothing piles up. A reader that is merely slow
 * is no failure. */

#include "app/connectors/sink.h"

#include "app/common/log.h"
#include "core/base/backoff.h"
#include "core/base/nanoseconds.h"
#include "core/base/util.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#define SLOW_READER_NS (20 * MS_NS)

static const struct sink_ops *ops(const struct sink *s)
{
    return s->kind->ops;
}

int sink_new(struct sink **ret_sink, const struct config_sink *config,
             const struct gloss_catalogs *set)
{
    const struct sink_kind *kind = container_of(config->kind, const struct sink_kind, config);
    struct sink *s;
    int r = kind->ops->make(&s, config);

    if (r < 0)
        return r;
    s->kind = kind;
    if (set && !sink_takes_findings(s))
        r = gloss_notes_new(&s->notes, set, config->format, /* color= */ false);
    if (r < 0)
        sink_free(s);
    else
        *ret_sink = s;
    return r;
}

struct sink *sink_free(struct sink *s)
{
    if (!s)
        return NULL;
    gloss_notes_free(s->notes);
    gloss_buf_deinit(&s->pending);
    ops(s)->free(s);
    return NULL;
}

/* ---- writing ---- */

bool sink_takes_findings(const struct sink *s)
{
    return ops(s)->line != NULL;
}

bool sink_is_blocked(const struct sink *s)
{
    return ops(s)->is_blocked(s) || !ops(s)->is_open(s);
}

bool sink_is_known(const struct sink *s)
{
    return !s->opened || !ops(s)->cut_back;
}

bool sink_may_commit(const struct sink *s)
{
    return !ops(s)->may_commit || ops(s)->may_commit(s);
}

/* Notes the result of a write. Returns 0 or -ENOMEM. */
static int written(struct sink *s, int r)
{
    s->dirty = true;
    if (r == SINK_BLOCKED)
        s->retry_ns = 0; /* at once, because the failure may have passed already */
    return MIN(r, 0);
}

int sink_write(void *ctx, const struct gloss_spans *spans)
{
    struct sink *s = ctx;

    sink_look(s);
    return written(s, ops(s)->write(s, spans));
}

int sink_line(struct sink *s, const char *source, const struct gloss_line *line)
{
    return line->n_hits > 0 ? written(s, ops(s)->line(s, source, line)) : 0;
}

/* ---- checkpoints ---- */

void sink_prepare(struct sink *s)
{
    s->prepared.position = s->committed;
    if (ops(s)->position)
        ops(s)->position(s, &s->prepared.position);
    s->prepared.dirty = s->dirty;
    s->prepared.cut = s->cut;
    s->prepared.has_pending = sink_pending(s).len > 0;
    s->dirty = false;
}

int sink_sync(struct sink *s)
{
    return s->prepared.dirty && ops(s)->sync ? ops(s)->sync(s) : 0;
}

void sink_settle(struct sink *s, bool committed)
{
    if (committed) {
        s->committed = s->prepared.position;
        s->opened = false;
        s->cut = s->cut && !s->prepared.cut;
        s->has_pending = s->prepared.has_pending;
    } else {
        s->dirty = s->dirty || s->prepared.dirty;
    }
    s->prepared.dirty = false;
}

/* ---- failing and healing ---- */

void sink_look(struct sink *s)
{
    s->cut = s->cut || (ops(s)->was_cut && ops(s)->was_cut(s));
}

uint64_t sink_due_ns(const struct sink *s)
{
    return ops(s)->is_blocked(s) ? s->retry_ns : UINT64_MAX;
}

const char *sink_mend(const struct sink *s, int error)
{
    const char *text = ops(s)->mend ? ops(s)->mend(error) : NULL;

    return text ? text : error == -ENOSPC || error == -EDQUOT ? "; free some room" : "";
}

static void say_failure(struct sink *s, int error, uint64_t now_ns, uint64_t wait_ns)
{
    if (s->failing)
        return;
    s->failing = true;
    s->since_ns = now_ns;
    log_message(LOG_ERR, "sink", "cannot write to '%s': %s%s, its sources wait, retrying in %u s",
                s->name, strerror(-error), sink_mend(s, error), (unsigned)(wait_ns / SECOND_NS));
}

static void say_not_opened(struct sink *s, int error, uint64_t now_ns)
{
    if (s->failing)
        return;
    s->failing = true;
    s->since_ns = now_ns;
    log_message(LOG_ERR, "sink", "cannot open '%s' again: %s%s, its sources wait, retrying",
                s->name, strerror(-error), sink_mend(s, error));
}

/* A slow reader is a failure only when the kind has a limit (hanging_ns) and the reader has taken
 * nothing for so long. */
static void wait_for_reader(struct sink *s, uint64_t now_ns)
{
    uint64_t hanging_ns = ops(s)->hanging_ns;

    s->retry_ns = now_ns + SLOW_READER_NS;
    if (s->slow_ns == 0)
        s->slow_ns = now_ns;
    if (hanging_ns > 0 && now_ns - s->slow_ns >= hanging_ns)
        say_failure(s, -EAGAIN, now_ns, hanging_ns);
}

static void heal(struct sink *s, uint64_t now_ns)
{
    if (s->failing) {
        log_message(LOG_NOTICE, "sink", "'%s' can be written again, going on", s->name);
        s->since_ns = now_ns;
    }
    s->failing = false;
    s->error = 0;
    s->failures = 0;
    s->slow_ns = 0;
}

void sink_retry(struct sink *s, uint64_t now_ns)
{
    uint64_t wait_ns;
    int error;

    if (!ops(s)->is_blocked(s) || now_ns < s->retry_ns)
        return;
    sink_look(s);
    if (s->cut || !sink_is_known(s)) { /* a checkpoint comes first */
        s->retry_ns = now_ns + SLOW_READER_NS;
        return;
    }
    s->dirty = true;
    if (ops(s)->retry(s) == 0) {
        heal(s, now_ns);
        return;
    }
    error = s->error = ops(s)->failure(s);
    if (error == -EAGAIN) {
        wait_for_reader(s, now_ns);
        return;
    }
    s->failures++;
    wait_ns = backoff_ns(s->failures);
    s->retry_ns = now_ns + wait_ns;
    say_failure(s, error, now_ns, wait_ns);
}

bool sink_has_slow_reader(const struct sink *s)
{
    return ops(s)->is_blocked(s) && ops(s)->failure(s) == -EAGAIN;
}

/* ---- opening ---- */

int sink_cut_back(struct sink *s)
{
    return sink_position_is_set(&s->committed) && ops(s)->cut_back
               ? ops(s)->cut_back(s, &s->committed)
               : 0;
}

int sink_open(struct sink *s)
{
    int r = ops(s)->open(s);

    s->opened = true;
    s->retry_ns = 0;
    s->failures = 0;
    if (r == 0)
        r = ops(s)->restore_pending(s, gloss_buf_view(&s->pending));
    if (r == 0)
        gloss_buf_deinit(&s->pending);
    else
        s->error = r;
    return r;
}

int sink_reopen(struct sink *s, uint64_t now_ns)
{
    int r;

    if (ops(s)->is_open(s))
        gloss_buf_span(&s->pending, ops(s)->pending(s));
    r = s->pending.failed ? -ENOMEM : sink_open(s);
    if (r < 0)
        say_not_opened(s, r, now_ns);
    else if (!ops(s)->is_blocked(s))
        heal(s, now_ns);
    return r;
}

bool sink_is_open(const struct sink *s)
{
    return ops(s)->is_open(s);
}

bool sink_was_moved(const struct sink *s)
{
    return ops(s)->was_moved && ops(s)->was_moved(s);
}

bool sink_identity(const struct sink *s, struct sink_file_identity *ret_identity)
{
    return ops(s)->identity && ops(s)->identity(s, ret_identity);
}

void sink_inherit(struct sink *s, struct sink *former, uint64_t now_ns)
{
    if (s->kind != former->kind)
        return;
    if (ops(s)->inherit)
        ops(s)->inherit(s, former);
    s->failing = former->failing;
    s->error = former->error;
    s->since_ns = former->since_ns;
    s->slow_ns = former->slow_ns;
    if (!ops(s)->is_blocked(s))
        heal(s, now_ns);
}

struct gloss_span sink_pending(const struct sink *s)
{
    return ops(s)->is_open(s) ? ops(s)->pending(s) : gloss_buf_view(&s->pending);
}

/* ---- the status ---- */

void sink_describe(const struct sink *s, struct sink_status *ret_status)
{
    bool up = !s->failing && ops(s)->is_open(s);

    *ret_status = (struct sink_status){
        .name = s->name,
        .kind = s->kind->config.key,
        .up = up,
        .since_ns = s->since_ns,
        .pending_bytes = sink_pending(s).len,
        .error = up ? NULL : strerror(-s->error),
    };
}
