/* When checkpoints are made, and what is done for the sinks between them.
 *
 * A sync takes a disk 5 to 20 ms, and a checkpoint needs several. So a checkpoint that is due by
 * the clock is brought to the disk by a second thread, which alone may use the store meanwhile, and
 * the loop goes on reading. A reload, a stop and the reopening of a sink need a checkpoint first:
 * then the loop makes it itself and waits. When the second thread has one under way, they are tried
 * again at its end. */

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

/* Has a checkpoint made within that time. */
static void set_due(struct service *s, uint64_t wait_ns)
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
    service_look_at_skipped(s);
    return r;
}

void service_look_at_skipped(struct service *s)
{
    bool changed = false;

    for (size_t i = 0; i < s->topology->n_sources; i++)
        changed = source_look_at_skipped(s->topology->sources[i]) || changed;
    if (changed)
        set_due(s, s->topology->config->checkpoint_interval_ns);
}

/* Does what a start after a crash does, because it is not known what the disk has of the sinks. */
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

/* Starts a checkpoint, and plans the next one. Returns as checkpoint_begin(). Lines that are read
 * after it belong to the next checkpoint. */
static int begin_checkpoint(struct service *s)
{
    bool forgets = s->now_ns >= s->forget_ns;
    const char *what = "a sink cannot be cut back";
    int r;

    if (s->is_writing)
        return CHECKPOINT_LATER; /* the end of writing wakes the loop */
    r = topology_is_unsure(s->topology) ? go_back(s) : 0;
    if (s->stopped)
        return r;
    if (r == 0) {
        r = checkpoint_begin(&s->checkpoint, s->topology, s->store, &s->own, s->clock.base.now_ns,
                             forgets ? too_old_ns(s) : 0);
        what = store_problem(s->store);
    }
    if (r == CHECKPOINT_LATER)
        s->checkpoint_ns = service_after(s, 20 * MS_NS);
    else if (r < 0)
        commit_failed(s, r, what);
    if (forgets)
        s->forget_ns = service_after(s, r != 0 || s->checkpoint.forget_again
                                            ? FORGET_MORE_NS
                                            : MIN(FORGET_NS, s->topology->config->forget_after_ns));
    if (r != 0)
        return r;
    s->checkpoint_ns = UINT64_MAX;
    s->wants_checkpoint = false;
    if (s->checkpoint.leaves_out)
        set_due(s, left_out_ns(s));
    return 0;
}

/* Ends a checkpoint. Returns 0; or a negative errno, after it has logged it. */
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
    return r == 0 && s->checkpoint.leaves_out ? CHECKPOINT_LATER : r;
}

int service_checkpoint_group(struct service *s, size_t group)
{
    int r = service_checkpoint(s);
    bool is_in = r == CHECKPOINT_LATER && !s->is_writing && s->checkpoint.leaves_out &&
                 s->topology->groups[group].is_included;

    return is_in ? 0 : r;
}

/* ---- the second thread, which waits for the disk ---- */

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

    (void)status; /* nobody cancels the work */
    end_writing(s);
    end_checkpoint(s);
    service_wake(s);
}

/* With checkpoint.interval 0, the loop makes the checkpoint itself, before the next write. */
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

/* ---- planning ---- */

/* Counts the bytes that a checkpoint could commit now: a group with an overlong line under way
 * cannot be committed yet. */
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

/* Decides whether a checkpoint is due now, soon or not at all, after the turns of this step. */
void service_plan_checkpoint(struct service *s)
{
    uint64_t bytes = uncommitted_bytes(s);
    bool now = s->wants_checkpoint;

    if (s->commit_failures > 0 && !now)
        return; /* commit_failed() has set when to try again */
    now = now || history_is_filling(s);
    for (size_t i = 0; i < s->topology->n_sources; i++) {
        struct source *source = s->topology->sources[i];

        now = source_wants_commit(source) || now;
    }
    now = s->now_ns >= s->forget_ns || now;
    for (size_t i = 0; i < s->topology->n_sinks; i++)
        now = s->topology->sinks[i]->cut || now;
    if (now || bytes >= CHECKPOINT_BYTES)
        set_due(s, 0);
    else if (bytes > 0)
        set_due(s, s->topology->config->checkpoint_interval_ns);
}

/* ---- sinks ---- */

void service_retry_sinks(struct service *s)
{
    for (size_t i = 0; i < s->topology->n_sinks; i++) {
        struct sink *sink = s->topology->sinks[i];
        bool waited = sink_due_ns(sink) != UINT64_MAX;

        sink_retry(sink, s->now_ns);
        if (waited &&
            sink_due_ns(sink) == UINT64_MAX) /* the state says that something is pending */
            set_due(s, s->topology->config->checkpoint_interval_ns);
    }
}

/* A checkpoint before opening the new file has the whole old file; one after it has the new file,
 * before that gets its first byte. */
static void reopen(struct service *s, struct sink *sink)
{
    if (service_checkpoint_group(s, sink->group) != 0 || sink_reopen(sink, s->now_ns) < 0)
        return; /* the next look tries again */
    log_message(LOG_INFO, "sink", "opened '%s' again", sink->name);
    service_checkpoint(s);
}

/* Makes a checkpoint when another process has cut or deleted a sink, because bytes that are written
 * after a cut must not be taken for those that were cut off, and a deleted file is read by nobody.
 * When the sink has one half of an overlong line and the other half waits, no checkpoint can be
 * made before that line is read again; so the sink is unsure. */
void service_check_sinks(struct service *s)
{
    for (size_t i = 0; i < s->topology->n_sinks && s->commit_failures == 0 && !s->stopped; i++) {
        struct sink *sink = s->topology->sinks[i];

        sink_look(sink);
        if (!sink->cut || !sink_is_open(sink))
            continue;
        sink->unsure = sink->unsure ||
                       (sink_is_blocked(sink) && s->topology->groups[sink->group].alone != NULL);
        if (sink_was_moved(sink))
            reopen(s, sink);
        else
            service_checkpoint(s);
    }
}

void service_reopen_sinks(struct service *s)
{
    for (size_t i = 0; i < s->topology->n_sinks && !s->stopped; i++) {
        struct sink *sink = s->topology->sinks[i];

        if (sink_was_moved(sink) || !sink_is_open(sink))
            reopen(s, sink);
    }
}

/* Writes a record of the counters to counters.file. */
void service_write_counters(struct service *s)
{
    static const struct gloss_summary_options json = {.format = GLOSS_SUMMARY_JSON};
    struct sink *sink = topology_counters_sink(s->topology);
    CLEANUP(gloss_buf_deinit) struct gloss_buf text = {0};
    struct gloss_spans spans = {0};

    s->counters_ns = service_after(s, s->topology->config->counters_interval_ns);
    if (!sink || sink_is_blocked(sink) || !sink_is_known(sink) || s->commit_failures > 0)
        return;
    gloss_summary_write(s->topology->counters, &json, &text);
    gloss_spans_add(&spans, gloss_buf_view(&text));
    if (text.failed || spans.failed)
        log_message(LOG_WARNING, "counters", "no memory for a summary, ignoring");
    else if (sink_write(sink, &spans) < 0)
        service_die(s, "counters", -ENOMEM);
    gloss_spans_deinit(&spans);
    set_due(s, s->topology->config->checkpoint_interval_ns);
}
