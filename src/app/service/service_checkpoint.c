/* When checkpoints are made, and what is done for the sinks between them.
 *
 * A sync takes a disk 5 to 20 ms, and a checkpoint needs several. So the ones that come by the
 * clock are brought to the disk by a second thread, which alone has the store meanwhile, and the
 * loop goes on reading. Where something must not be done before a checkpoint is made (a reload, a
 * stop, a sink opened again), the loop itself makes it and waits; when the thread has one under
 * way, that is tried again at its end. */

#include "app/service/service_private.h"

#include "app/common/log.h"
#include "app/service/checkpoint.h"
#include "core/base/backoff.h"
#include "core/base/util.h"

#include <errno.h>
#include <gloss/summary.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#define CHECKPOINT_BYTES (UINT64_C(64) << 20)
#define FORGET_NS HOUR_NS
#define FORGET_MORE_NS MINUTE_NS

/* ---- time ---- */

void service_tick(struct service *s)
{
    clock_tick(&s->clock);
    s->now_ns = s->epoch_ns + clock_steady_ns();
}

uint64_t service_after(const struct service *s, uint64_t ns)
{
    return s->now_ns + ns;
}

/* ---- checkpoints ---- */

void service_due_by(struct service *s, uint64_t wait_ns)
{
    s->checkpoint_ns = MIN(s->checkpoint_ns, service_after(s, wait_ns));
}

static const char *commit_mend(const struct service *s, int error)
{
    if (error == -ENOSPC || error == -EDQUOT)
        return "; free some room";
    if (access(s->topology->config->state, F_OK) < 0 && errno == ENOENT)
        return "; it was moved or deleted: put it back, or restart, and its last copy takes over";
    return "";
}

static void commit_failed(struct service *s, int error, const char *what)
{
    uint64_t wait_ns = backoff_ns(s->commit_failures + 1);

    if (s->commit_failures++ == 0)
        log_message(LOG_ERR, "checkpoint",
                    "cannot commit to '%s': %s (%s)%s, reading stops, retrying in %u s",
                    s->topology->config->state, what, strerror(-error), commit_mend(s, error),
                    (unsigned)(wait_ns / SECOND_NS));
    s->checkpoint_ns = service_after(s, wait_ns);
    s->wants_checkpoint = false;
}

int service_scan(struct service *s)
{
    int r = 0;

    for (size_t i = 0; i < s->topology->n_sources && r == 0; i++)
        r = source_look(s->topology->sources[i], s->now_ns);
    return r;
}

/* Does what a start after a death does, because it is not known what the disk has of the sinks. */
static int go_back(struct service *s)
{
    int r = topology_open_sinks(s->topology, s->store);

    if (r < 0)
        return r;
    r = topology_go_back(s->topology, s->store, &s->owner, &s->clock.base, s->now_ns);
    if (r == 0)
        r = service_scan(s);
    if (r < 0)
        service_die(s, "checkpoint", r);
    else
        log_message(
            LOG_NOTICE, "checkpoint",
            "sinks were cut back to the last checkpoint, and files are read again from there");
    return r;
}

/* Things that were last seen before that time, by the wall clock, may be forgotten; 0: nothing. */
static uint64_t too_old_ns(const struct service *s)
{
    uint64_t wall_ns = s->clock.base.now_ns, after_ns = s->topology->config->forget_after_ns;

    return wall_ns > after_ns ? wall_ns - after_ns : 0;
}

/* When to try again the groups that were left out: a line ends soon, a sink may take longer. */
static uint64_t left_out_ns(const struct service *s)
{
    for (size_t i = 0; i < s->topology->n_groups; i++)
        if (s->topology->groups[i].alone)
            return 20 * MS_NS;
    return SECOND_NS;
}

/* Returns as checkpoint_begin(). Whatever is read after it belongs to the next checkpoint. */
static int begin_checkpoint(struct service *s)
{
    bool forgets = s->now_ns >= s->forget_ns;
    const char *what = "a sink cannot be cut back";
    int r;

    if (s->is_writing)
        return CHECKPOINT_LATER; /* its end wakes us */
    r = topology_is_unsure(s->topology) ? go_back(s) : 0;
    if (s->stopped)
        return r;
    if (r == 0) {
        r = checkpoint_begin(&s->checkpoint, s->topology, s->store, s->clock.base.now_ns,
                             forgets ? too_old_ns(s) : 0);
        what = store_problem(s->store);
    }
    if (r == CHECKPOINT_LATER)
        s->checkpoint_ns = service_after(s, 20 * MS_NS);
    else if (r < 0)
        commit_failed(s, r, what);
    if (forgets)
        s->forget_ns = service_after(s, r != 0 || s->checkpoint.forgets_more
                                            ? FORGET_MORE_NS
                                            : MIN(FORGET_NS, s->topology->config->forget_after_ns));
    if (r != 0)
        return r;
    s->checkpoint_ns = UINT64_MAX;
    s->wants_checkpoint = false;
    if (s->checkpoint.waits)
        service_due_by(s, left_out_ns(s));
    return 0;
}

/* Returns 0 or a negative errno, which is said. */
static int end_checkpoint(struct service *s)
{
    const char *what = "";
    int r = checkpoint_end(&s->checkpoint, &what);

    if (r < 0) {
        commit_failed(s, r, what);
        return r;
    }
    if (s->commit_failures > 0)
        log_message(LOG_NOTICE, "checkpoint", "'%s' takes commits again, going on",
                    s->topology->config->state);
    s->commit_failures = 0;
    return 0;
}

int service_checkpoint(struct service *s)
{
    int r = begin_checkpoint(s);

    if (r != 0 || s->stopped)
        return r;
    checkpoint_write(&s->checkpoint);
    r = end_checkpoint(s);
    return r == 0 && s->checkpoint.waits ? CHECKPOINT_LATER : r;
}

int service_checkpoint_group(struct service *s, size_t group)
{
    int r = service_checkpoint(s);
    bool is_in = r == CHECKPOINT_LATER && !s->is_writing && s->checkpoint.waits &&
                 s->topology->groups[group].is_included;

    return is_in ? 0 : r;
}

/* ---- another thread, for what waits for the disk ---- */

static void begin_writing(struct service *s, uv_work_cb write, uv_after_work_cb done)
{
    s->is_writing = true;
    s->writing_ns = s->now_ns;
    s->writing.data = s;
    uv_queue_work(&s->loop, &s->writing, write, done);
}

void service_report_slow_disk(struct service *s)
{
    if (s->said_slow_disk)
        return;
    s->said_slow_disk = true;
    log_message(
        LOG_WARNING, "checkpoint",
        "the disk of '%s' or of a sink is slow to write, waiting; reading stops after %u MiB more",
        s->topology->config->state, (unsigned)(CHECKPOINT_BYTES >> 20));
}

static void end_writing(struct service *s)
{
    s->is_writing = false;
    service_tick(s);
    if (s->said_slow_disk)
        log_message(LOG_NOTICE, "checkpoint",
                    "the disk has written everything after %u s, going on",
                    (unsigned)((s->now_ns - s->writing_ns) / SECOND_NS));
    s->said_slow_disk = false;
}

static void write_checkpoint(uv_work_t *work)
{
    struct service *s = work->data;

    checkpoint_write(&s->checkpoint);
}

static void on_checkpoint(uv_work_t *work, int status)
{
    struct service *s = work->data;

    (void)status; /* it is never cancelled */
    end_writing(s);
    end_checkpoint(s);
    service_wake(s);
}

/* With each write means: before the next one. */
void service_begin_checkpoint(struct service *s)
{
    if (s->topology->config->checkpoint_interval_ns == 0) {
        service_checkpoint(s);
        return;
    }
    if (begin_checkpoint(s) != 0 || s->stopped)
        return;
    begin_writing(s, write_checkpoint, on_checkpoint);
}

static void write_backup(uv_work_t *work)
{
    struct service *s = work->data;

    s->backup_result = store_backup(s->store);
}

static void on_backup(uv_work_t *work, int status)
{
    struct service *s = work->data;

    (void)status;
    end_writing(s);
    if (s->backup_result < 0)
        log_message(LOG_WARNING, "state", "cannot make its copy: %s, retrying in an hour",
                    store_problem(s->store));
    service_wake(s);
}

void service_begin_backup(struct service *s)
{
    begin_writing(s, write_backup, on_backup);
}

/* ---- what is due ---- */

/* Of sources whose group has an overlong line under way nothing can be committed yet. */
static uint64_t uncommitted_bytes(const struct service *s)
{
    uint64_t bytes = 0;

    for (size_t i = 0; i < s->topology->n_sources; i++) {
        const struct source *source = s->topology->sources[i];

        bytes += s->topology->groups[source->group].alone ? 0 : source->bytes;
    }
    return bytes;
}

bool service_may_read(const struct service *s)
{
    return s->commit_failures == 0 && !(s->is_writing && uncommitted_bytes(s) >= CHECKPOINT_BYTES);
}

/* A backlog of a month has many minutes: the history is written down before it is full. */
static bool history_is_filling(const struct service *s)
{
    return gloss_history_n(gloss_counters_history(s->topology->counters)) > GLOSS_HISTORY_MAX / 4;
}

/* After what was read in this step: now, soon, or not at all? */
void service_plan_checkpoint(struct service *s)
{
    uint64_t bytes = uncommitted_bytes(s);
    bool now = s->wants_checkpoint;

    if (s->commit_failures > 0 && !now)
        return; /* it is tried again in its time */
    now = now || history_is_filling(s);
    for (size_t i = 0; i < s->topology->n_sources; i++) {
        struct source *f = s->topology->sources[i];

        now = source_wants_commit(f) || now;
    }
    now = s->now_ns >= s->forget_ns || now;
    for (size_t i = 0; i < s->topology->n_sinks; i++)
        now = s->topology->sinks[i]->cut || now;
    if (now || bytes >= CHECKPOINT_BYTES)
        service_due_by(s, 0);
    else if (bytes > 0)
        service_due_by(s, s->topology->config->checkpoint_interval_ns);
}

/* ---- sinks ---- */

void service_retry_sinks(struct service *s)
{
    for (size_t i = 0; i < s->topology->n_sinks; i++) {
        struct sink *d = s->topology->sinks[i];
        bool waited = sink_due_ns(d) != UINT64_MAX;

        sink_retry(d, s->now_ns);
        if (waited && sink_due_ns(d) == UINT64_MAX) /* the state says that something is pending */
            service_due_by(s, s->topology->config->checkpoint_interval_ns);
    }
}

/* The old file is complete in the state before the new one gets its first byte, and the new one is
 * in the state then, too. */
static void reopen(struct service *s, struct sink *d)
{
    int r;

    if (service_checkpoint_group(s, d->group) != 0)
        return; /* it is tried again with the next look */
    r = sink_reopen(d);
    if (r < 0) {
        if (!d->failing)
            log_message(LOG_ERR, "sink", "cannot open '%s' again: %s, its sources wait, retrying",
                        d->name, strerror(-r));
        d->failing = true;
        return;
    }
    d->failing = false;
    log_message(LOG_INFO, "sink", "opened '%s' again", d->name);
    service_checkpoint(s);
}

/* What is written to a file that somebody cut must not be confused with what was cut off, and what
 * is written to one without a name nobody will see. Where the rest of half a line waits for it, no
 * checkpoint can come before the line is read again. */
void service_check_sinks(struct service *s)
{
    for (size_t i = 0; i < s->topology->n_sinks && s->commit_failures == 0 && !s->stopped; i++) {
        struct sink *d = s->topology->sinks[i];

        sink_look(d);
        if (!d->cut || !sink_is_open(d))
            continue;
        d->unsure =
            d->unsure || (sink_is_blocked(d) && s->topology->groups[d->group].alone != NULL);
        if (sink_was_moved(d))
            reopen(s, d);
        else
            service_checkpoint(s);
    }
}

void service_reopen_sinks(struct service *s)
{
    for (size_t i = 0; i < s->topology->n_sinks && !s->stopped; i++) {
        struct sink *d = s->topology->sinks[i];

        if (sink_was_moved(d) || !sink_is_open(d))
            reopen(s, d);
    }
}

/* A record of the counters, for counters.file. */
void service_write_counters(struct service *s)
{
    static const struct gloss_summary_options json = {.format = GLOSS_SUMMARY_JSON};
    struct sink *d = topology_counters_sink(s->topology);
    CLEANUP(gloss_buf_deinit) struct gloss_buf text = {0};
    struct gloss_spans spans = {0};

    s->counters_ns = service_after(s, s->topology->config->counters_interval_ns);
    if (!d || sink_is_blocked(d) || !sink_is_known(d) || s->commit_failures > 0)
        return;
    gloss_summary_write(s->topology->counters, &json, &text);
    gloss_spans_add(&spans, gloss_buf_view(&text));
    if (text.failed || spans.failed)
        log_message(LOG_WARNING, "counters", "no memory for a summary, ignoring");
    else if (sink_write(d, &spans) < 0)
        service_die(s, "counters", -ENOMEM);
    gloss_spans_deinit(&spans);
    service_due_by(s, s->topology->config->checkpoint_interval_ns);
}
