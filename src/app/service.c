/* What wakes the loop, and what it does then:
 *
 *      folder watch ─┐                    ┌─► turns of the feeds (256 KiB a file), while there is
 * more timer ────────┤                    │ stdin ────────┼─► work() ──────────┼─► sinks that wait:
 * try again signals ──────┘   one step         ├─► checkpoint, when one is due └─► counters record,
 * renewed watches, backup
 *
 * There is one timer, set to whatever is due next, and one idle handle, active while there is more
 * to read. So an idle service sleeps, and a busy one comes back to its signals after each round of
 * turns.
 *
 * A reload checkpoints, makes a second setup aside, and swaps; what fails before the swap leaves
 * the first one as it was. A commit that fails stops the reading until one succeeds. */

#include "app/service.h"

#include "app/catalogs.h"
#include "app/checkpoint.h"
#include "app/clock.h"
#include "app/cmd.h"
#include "app/log.h"
#include "app/setup.h"
#include "app/status.h"
#include "core/util.h"
#include "io/notify.h"
#include "io/watch.h"

#include <errno.h>
#include <gloss/summary.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <syslog.h>
#include <unistd.h>
#include <uv.h>

#define MS_NS UINT64_C(1000000)
#define SECOND_NS (1000 * MS_NS)
#define TURN_BYTES ((size_t)256 * 1024)
#define CHECKPOINT_BYTES (UINT64_C(64) << 20)
#define RENEW_NS (5 * SECOND_NS) /* watches and sinks are looked after */
#define BACKUP_NS (3600 * SECOND_NS)
#define STOP_NS (4 * SECOND_NS)
#define RETRY_MAX_NS (60 * SECOND_NS)

enum { SIGNALS = 4 };

struct service {
    const char *config_file;
    struct clock clock; /* of lines: the wall clock */
    uint64_t epoch_ns;  /* wall minus steady clock at the start: the time that does not step */
    uint64_t now_ns;    /* epoch_ns + steady clock, at the begin of this step */
    struct setup *setup;
    struct store *store;
    struct follow_buffer *buffer;
    struct feed_owner owner;

    uv_loop_t loop;
    uv_timer_t timer;
    uv_idle_t idle;
    uv_poll_t input;
    uv_signal_t signals[SIGNALS];
    struct watches *watches;
    struct notify notify;
    size_t open_handles;
    bool has_input, input_by_idle, watching_failed;

    size_t first_feed;      /* whose turn is first in this step */
    uint64_t checkpoint_ns; /* when one is due; UINT64_MAX: nothing to write down */
    uint64_t counters_ns, renew_ns, backup_ns;
    unsigned commit_failures; /* in a row; not 0: nothing is read */
    bool wants_reload, wants_checkpoint, stopping, stopped;
    bool said_last;   /* the last counters record is written */
    uint64_t stop_ns; /* when a stop gives up */
    int status;
};

/* ---- time ---- */

static void tick(struct service *s)
{
    clock_tick(&s->clock);
    s->now_ns = s->epoch_ns + clock_steady_ns();
}

static uint64_t after(const struct service *s, uint64_t ns)
{
    return s->now_ns + ns;
}

/* ---- ending ---- */

static void on_closed(uv_handle_t *handle)
{
    struct service *s = handle->data;

    s->open_handles--;
}

static void end(struct service *s, int status)
{
    if (s->stopped)
        return;
    s->stopped = true;
    s->status = status;
    watches_close(s->watches);
    uv_close((uv_handle_t *)&s->timer, on_closed);
    uv_close((uv_handle_t *)&s->idle, on_closed);
    for (size_t i = 0; i < SIGNALS; i++)
        uv_close((uv_handle_t *)&s->signals[i], on_closed);
    if (s->has_input && !s->input_by_idle)
        uv_close((uv_handle_t *)&s->input, on_closed);
}

/* Something that must not happen: the last commit is intact, and a new start goes on from there. */
static void die(struct service *s, const char *component, int error)
{
    log_say(LOG_ERR, component, "cannot go on: %s; a new start goes on from the last checkpoint",
            strerror(-error));
    end(s, CMD_TROUBLE);
}

/* ---- checkpoints ---- */

static void due_by(struct service *s, uint64_t wait_ns)
{
    s->checkpoint_ns = MIN(s->checkpoint_ns, after(s, wait_ns));
}

static void commit_failed(struct service *s, int error, const char *what)
{
    uint64_t wait_ns = SECOND_NS;

    for (unsigned i = 0; i < s->commit_failures && wait_ns < RETRY_MAX_NS; i++)
        wait_ns *= 2;
    wait_ns = MIN(wait_ns, RETRY_MAX_NS);
    if (s->commit_failures++ == 0)
        log_say(LOG_ERR, "checkpoint",
                "cannot commit to '%s': %s (%s), reading stops, retrying in %u s",
                s->setup->config->state, what, strerror(-error), (unsigned)(wait_ns / SECOND_NS));
    s->checkpoint_ns = after(s, wait_ns);
    s->wants_checkpoint = false;
}

static int scan_feeds(struct service *s)
{
    int r = 0;

    for (size_t i = 0; i < s->setup->n_feeds && r == 0; i++)
        if (s->setup->feeds[i]->follow)
            r = follow_scan(s->setup->feeds[i]->follow, s->now_ns);
    return r;
}

/* As if we had died and were started again: what the disk has of the sinks is not known. */
static int go_back(struct service *s)
{
    int r = setup_open_drains(s->setup, s->store);

    if (r < 0)
        return r;
    r = setup_go_back(s->setup, s->store, &s->owner, &s->clock.base);
    if (r == 0)
        r = scan_feeds(s);
    if (r < 0)
        die(s, "checkpoint", r);
    else
        log_say(LOG_NOTICE, "checkpoint",
                "sinks are cut back to the last checkpoint, files are read again from there");
    return r;
}

/* Returns 0, CHECKPOINT_LATER or a negative errno, which is said. */
static int checkpoint(struct service *s)
{
    const struct config *c = s->setup->config;
    uint64_t forget_ns = s->now_ns > c->forget_after_ns ? s->now_ns - c->forget_after_ns : 0;
    const char *what = "";
    int r = setup_is_unsure(s->setup) ? go_back(s) : 0;

    if (s->stopped)
        return r;
    if (r == 0)
        r = checkpoint_make(s->setup, s->store, s->clock.base.now_ns, forget_ns, &what);
    else
        what = "a sink cannot be cut back";
    if (r == CHECKPOINT_LATER) {
        s->checkpoint_ns = after(s, 20 * MS_NS);
        return r;
    }
    if (r < 0) {
        commit_failed(s, r, what);
        return r;
    }
    if (s->commit_failures > 0)
        log_say(LOG_NOTICE, "checkpoint", "'%s' takes commits again, going on", c->state);
    s->commit_failures = 0;
    s->checkpoint_ns = UINT64_MAX;
    s->wants_checkpoint = false;
    for (size_t i = 0; i < s->setup->n_feeds; i++)
        s->setup->feeds[i]->bytes = 0;
    return 0;
}

/* After what was read in this step: now, soon, or not at all? */
static void plan_checkpoint(struct service *s)
{
    uint64_t bytes = 0;
    bool now = s->wants_checkpoint;

    if (s->commit_failures > 0 && !now)
        return; /* it is tried again in its time */
    for (size_t i = 0; i < s->setup->n_feeds; i++) {
        struct feed *f = s->setup->feeds[i];

        bytes += f->bytes;
        now = (f->follow && follow_wants_commit(f->follow)) || now;
    }
    if (now || bytes >= CHECKPOINT_BYTES)
        due_by(s, 0);
    else if (bytes > 0)
        due_by(s, s->setup->config->checkpoint_interval_ns);
}

/* ---- sinks ---- */

static void retry_drains(struct service *s)
{
    for (size_t i = 0; i < s->setup->n_drains; i++)
        drain_retry(s->setup->drains[i], s->now_ns);
}

/* The old file is complete in the state before the new one gets its first byte, and the new one is
 * in the state then, too. */
static void reopen(struct service *s, struct drain *d)
{
    int r;

    if (checkpoint(s) != 0)
        return; /* it is tried again with the next look */
    outlet_close(d->outlet);
    r = outlet_open(d->outlet);
    if (r < 0) {
        if (!d->failing)
            log_say(LOG_ERR, "sink", "cannot open '%s' again: %s, its sources wait, retrying",
                    outlet_name(d->outlet), strerror(-r));
        d->failing = true;
        return;
    }
    d->failing = false;
    log_say(LOG_INFO, "sink", "opened '%s' again", outlet_name(d->outlet));
    checkpoint(s);
}

static void look_after_drains(struct service *s)
{
    struct outlet_place place;

    for (size_t i = 0; i < s->setup->n_drains && !s->stopped; i++) {
        struct drain *d = s->setup->drains[i];
        bool is_file = !STREQ(outlet_name(d->outlet), "standard output");

        if (is_file && !outlet_waits(d->outlet) &&
            (outlet_was_moved(d->outlet) || !outlet_place(d->outlet, &place)))
            reopen(s, d);
    }
}

/* A record of the counters, for counters.file. */
static void write_counters(struct service *s)
{
    static const struct gloss_summary_options json = {.format = GLOSS_SUMMARY_JSON};
    struct drain *d = setup_counters_drain(s->setup);
    CLEANUP(gloss_buf_deinit) struct gloss_buf text = {0};
    struct gloss_spans spans = {0};

    s->counters_ns = after(s, s->setup->config->counters_interval_ns);
    if (!d || drain_blocked(d) || s->commit_failures > 0)
        return;
    gloss_summary_write(s->setup->counters, &json, &text);
    gloss_spans_add(&spans, gloss_buf_view(&text));
    if (text.failed || spans.failed)
        log_say(LOG_WARNING, "counters", "no memory for a record, ignoring");
    else if (drain_write(d, &spans) < 0)
        die(s, "counters", -ENOMEM);
    gloss_spans_deinit(&spans);
    due_by(s, s->setup->config->checkpoint_interval_ns);
}

/* ---- reading ---- */

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
        die(s, "source", r);
    return r > 0;
}

/* One round of turns, each time begun by another feed. Returns whether there is more to read at
 * once. */
static bool take_turns(struct service *s)
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

static struct feed *input_feed(const struct service *s)
{
    for (size_t i = 0; i < s->setup->n_feeds; i++)
        if (s->setup->feeds[i]->is_stdin)
            return s->setup->feeds[i];
    return NULL;
}

/* Standard input's turn. Returns whether there may be more. */
static bool take_input(struct service *s)
{
    struct feed *f = input_feed(s);
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

/* ---- one step ---- */

static uint64_t next_due(struct service *s)
{
    uint64_t due = MIN(s->renew_ns, s->checkpoint_ns);

    due = MIN(due, s->backup_ns);
    due = MIN(due, notify_due_ns(&s->notify));
    if (setup_counters_drain(s->setup))
        due = MIN(due, s->counters_ns);
    for (size_t i = 0; i < s->setup->n_drains; i++)
        due = MIN(due, drain_due_ns(s->setup->drains[i]));
    for (size_t i = 0; i < s->setup->n_feeds && s->commit_failures == 0; i++) {
        struct feed *f = s->setup->feeds[i];

        if (f->follow && !feed_blocked(f))
            due = MIN(due, follow_due_ns(f->follow, s->now_ns));
    }
    return due;
}

static void on_timer(uv_timer_t *timer);

/* The idle handle keeps us running while there is more; else the timer wakes us. */
static void sleep_until_due(struct service *s, bool more)
{
    uint64_t due = next_due(s);

    if (more)
        return;
    tick(s);
    uv_idle_stop(&s->idle);
    uv_timer_start(&s->timer, on_timer, due > s->now_ns ? (due - s->now_ns + MS_NS - 1) / MS_NS : 0,
                   /* repeat= */ 0);
}

/* Watches that failed may be had by now. */
static void renew_watches(struct service *s)
{
    size_t dead = watches_renew(s->watches);

    if (dead > 0 || !s->watching_failed)
        return;
    s->watching_failed = false;
    log_say(LOG_NOTICE, "watch", "all folders are watched again");
    for (size_t i = 0; i < s->setup->n_feeds; i++) {
        struct feed *f = s->setup->feeds[i];

        if (f->follow && !f->poll)
            follow_set_poll(f->follow, false);
    }
}

static void look_after(struct service *s)
{
    renew_watches(s);
    look_after_drains(s);
    s->renew_ns = after(s, RENEW_NS);
}

/* The loop has done its work once more. */
static void tell_manager(struct service *s)
{
    struct status_troubles troubles = {.commits_fail = s->commit_failures > 0,
                                       .no_watches = s->watching_failed};
    char sentence[NOTIFY_STATUS_MAX];

    if (!notify_step(&s->notify, s->now_ns))
        return;
    status_sentence(s->setup, &troubles, sentence, sizeof(sentence));
    notify_status(&s->notify, s->now_ns, sentence);
}

static void finish_stop(struct service *s);
static void reload(struct service *s);
static void set_input(struct service *s);

/* Everything that is due. Events only bring us here. */
static void work(struct service *s)
{
    bool more;

    tick(s);
    retry_drains(s);
    if (s->stopping)
        finish_stop(s);
    if (s->wants_reload && !s->stopping)
        reload(s);
    if (s->stopped)
        return;
    if (s->stopping) {
        sleep_until_due(s, /* more= */ false);
        return;
    }
    more = take_turns(s);
    if (s->input_by_idle)
        more |= take_input(s);
    if (s->stopped)
        return;
    plan_checkpoint(s);
    if (s->now_ns >= s->renew_ns)
        look_after(s);
    if (s->now_ns >= s->counters_ns)
        write_counters(s);
    if (s->now_ns >= s->checkpoint_ns)
        checkpoint(s);
    if (s->now_ns >= s->backup_ns && s->commit_failures == 0) {
        if (store_backup(s->store) < 0)
            log_say(LOG_WARNING, "state", "cannot copy it: %s, retrying in an hour",
                    store_problem(s->store));
        s->backup_ns = after(s, BACKUP_NS);
    }
    if (s->stopped)
        return;
    tell_manager(s);
    set_input(s);
    sleep_until_due(s, more);
}

/* ---- what wakes us ---- */

static void on_idle(uv_idle_t *idle)
{
    struct service *s = idle->data;

    if (!s->stopped)
        work(s);
}

static void wake(struct service *s)
{
    if (!s->stopped)
        uv_idle_start(&s->idle, on_idle);
}

static void on_timer(uv_timer_t *timer)
{
    wake(timer->data);
}

static void on_input(uv_poll_t *poll, int status, int events)
{
    struct service *s = poll->data;

    (void)events;
    (void)status; /* the read tells what is wrong */
    if (s->stopped)
        return;
    tick(s);
    take_input(s);
    wake(s);
}

static void on_change(void *ctx, const char *folder, const char *name)
{
    struct service *s = ctx;

    if (s->stopped)
        return;
    for (size_t i = 0; i < s->setup->n_feeds; i++)
        if (s->setup->feeds[i]->follow)
            follow_wake(s->setup->feeds[i]->follow, folder, name);
    wake(s);
}

static void on_signal(uv_signal_t *handle, int signum)
{
    struct service *s = handle->data;

    if (s->stopped)
        return;
    if (signum == SIGHUP) {
        if (!s->wants_reload && !s->stopping)
            notify_reloading(&s->notify);
        s->wants_reload = true;
    } else if (signum == SIGUSR1)
        s->wants_checkpoint = true;
    else if (!s->stopping) {
        log_say(LOG_INFO, "service", "stops by signal %d", signum);
        s->stopping = true;
        notify_stopping(&s->notify);
        s->stop_ns = s->epoch_ns + clock_steady_ns() + STOP_NS;
    }
    wake(s);
}

/* Reads standard input when it can be read, and only while its sinks take its lines. */
static void set_input(struct service *s)
{
    struct feed *f = input_feed(s);

    if (!s->has_input || s->input_by_idle)
        return;
    if (f && !f->ended && !feed_blocked(f) && s->commit_failures == 0)
        uv_poll_start(&s->input, UV_READABLE, on_input);
    else
        uv_poll_stop(&s->input);
}

/* ---- feeds' owner ---- */

static bool is_taken(void *ctx, const struct feed *by, uint64_t dev, uint64_t ino)
{
    const struct service *s = ctx;

    for (size_t i = 0; i < s->setup->n_feeds; i++) {
        const struct feed *f = s->setup->feeds[i];

        if (f && f != by && f->follow && follow_owns(f->follow, dev, ino))
            return true;
    }
    return false;
}

static void watch_folder(void *ctx, const struct feed *by, const char *folder)
{
    struct service *s = ctx;
    int r = by->poll ? 0 : watches_add(s->watches, folder);

    if (r != -ENOSPC && r != -EMFILE && r != -ENFILE)
        return;
    follow_set_poll(by->follow, true);
    if (s->watching_failed)
        return;
    s->watching_failed = true;
    log_say(LOG_WARNING, "watch",
            "cannot watch '%s': %s, looking at files by the clock instead; raise fs.inotify.%s",
            folder, strerror(-r), r == -ENOSPC ? "max_user_watches" : "max_user_instances");
}

/* ---- reload ---- */

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

static void reload(struct service *s)
{
    struct setup *next, *former = s->setup;
    int r = checkpoint(s);

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
        r = scan_feeds(s);
    setup_free(former);
    if (r < 0) {
        die(s, "reload", r);
        return;
    }
    log_init(next->config->log_level);
    log_say(LOG_NOTICE, "config", "reloaded '%s'", s->config_file);
    s->first_feed = 0;
    s->counters_ns = after(s, next->config->counters_interval_ns);
    checkpoint(s);
    notify_ready(&s->notify);
}

/* ---- stop ---- */

static int stop_feeds(struct service *s)
{
    int r = 0;

    for (size_t i = 0; i < s->setup->n_feeds && r == 0; i++)
        if (s->setup->feeds[i]->follow && !feed_blocked(s->setup->feeds[i]))
            r = follow_stop(s->setup->feeds[i]->follow, s->buffer, s->now_ns);
    return r < 0 ? r : 0;
}

static void finish_stop(struct service *s)
{
    int r = stop_feeds(s);

    if (r < 0) {
        die(s, "stop", r);
        return;
    }
    if (!s->said_last) {
        write_counters(s);
        s->said_last = true;
    }
    r = s->stopped ? -ENOMEM : checkpoint(s);
    if (r == 0) {
        end(s, CMD_OK);
    } else if (s->now_ns >= s->stop_ns) {
        log_say(LOG_ERR, "stop",
                "the last checkpoint could not be made; a new start goes on from the one before");
        end(s, CMD_TROUBLE);
    } else {
        s->checkpoint_ns = after(s, 100 * MS_NS);
    }
}

/* ---- start ---- */

static int open_state(struct service *s)
{
    CLEANUP(gloss_diags_deinit) struct gloss_diags diags = {0};
    struct store_options options = {.path = s->setup->config->state,
                                    .now_ns = s->clock.base.now_ns};
    int r = store_open(&s->store, &options, &diags);

    for (size_t i = 0; i < diags.n; i++)
        log_say(diags.items[i].level == GLOSS_DIAG_ERROR ? LOG_ERR : LOG_WARNING, "state", "%s: %s",
                diags.items[i].file ? diags.items[i].file : options.path, diags.items[i].text);
    return r == 0 ? 0 : -1;
}

static void init_handle(struct service *s, uv_handle_t *handle)
{
    handle->data = s;
    s->open_handles++;
}

static int init_input(struct service *s)
{
    if (!input_feed(s))
        return 0;
    s->has_input = true;
    if (uv_poll_init(&s->loop, &s->input, STDIN_FILENO) < 0) {
        s->input_by_idle = true; /* a file, /dev/null: always readable */
        return 0;
    }
    init_handle(s, (uv_handle_t *)&s->input);
    return 0;
}

static int init_loop(struct service *s)
{
    static const int signums[SIGNALS] = {SIGHUP, SIGTERM, SIGINT, SIGUSR1};
    int r = uv_loop_init(&s->loop);

    if (r < 0)
        return r;
    uv_timer_init(&s->loop, &s->timer);
    init_handle(s, (uv_handle_t *)&s->timer);
    uv_idle_init(&s->loop, &s->idle);
    init_handle(s, (uv_handle_t *)&s->idle);
    for (size_t i = 0; i < SIGNALS; i++) {
        uv_signal_init(&s->loop, &s->signals[i]);
        init_handle(s, (uv_handle_t *)&s->signals[i]);
        r = uv_signal_start(&s->signals[i], on_signal, signums[i]);
        if (r < 0)
            return r;
    }
    return watches_new(&s->watches, &s->loop, on_change, s);
}

static int open_all(struct service *s)
{
    int r = setup_open_drains(s->setup, s->store);

    if (r == 0)
        r = setup_load_counters(s->setup, s->store);
    if (r == 0)
        r = setup_make_feeds(s->setup, /* former= */ NULL, s->store, &s->owner, &s->clock.base);
    if (r == 0)
        r = follow_buffer_new(&s->buffer);
    if (r == 0)
        r = scan_feeds(s);
    if (r < 0)
        log_say(LOG_ERR, "service", "cannot start: %s", strerror(-r));
    return r;
}

static int start(struct service *s)
{
    CLEANUP(gloss_diags_deinit) struct gloss_diags diags = {0};
    struct gloss_matcher_plan plan;

    if (setup_new(&s->setup, s->config_file, &diags) != 0) {
        catalogs_say(&diags);
        return -1;
    }
    catalogs_say(&diags);
    log_init(s->setup->config->log_level);
    if (open_state(s) < 0 || open_all(s) < 0 || checkpoint(s) != 0)
        return -1;
    if (store_backup(s->store) < 0)
        log_say(LOG_WARNING, "state", "cannot copy it: %s, retrying in an hour",
                store_problem(s->store));
    gloss_matcher_plan(s->setup->matcher, &plan);
    if (!plan.jit)
        log_say(LOG_WARNING, "matcher",
                "PCRE2 cannot make machine code here and interprets: slower; "
                "does MemoryDenyWriteExecute= forbid it?");
    init_input(s);
    s->counters_ns = after(s, s->setup->config->counters_interval_ns);
    s->renew_ns = after(s, RENEW_NS);
    s->backup_ns = after(s, BACKUP_NS);
    log_say(LOG_NOTICE, "service", "started with '%s'", s->config_file);
    notify_ready(&s->notify);
    return 0;
}

/* As many files as the machine allows: what is quiet is only closed when they run short. */
static void raise_descriptor_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur == limit.rlim_max)
        return;
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
        log_say(LOG_WARNING, "service", "cannot raise the limit of open files: %s, ignoring",
                strerror(errno));
}

static void deinit(struct service *s)
{
    setup_free(s->setup);
    follow_buffer_free(s->buffer);
    store_free(s->store);
}

int service_run(const char *config_file)
{
    struct service s = {
        .config_file = config_file, .status = CMD_TROUBLE, .checkpoint_ns = UINT64_MAX};
    int r;

    clock_init(&s.clock);
    s.epoch_ns = s.clock.base.now_ns - clock_steady_ns();
    s.owner = (struct feed_owner){.taken = is_taken, .folder = watch_folder, .ctx = &s};
    notify_init(&s.notify);
    signal(SIGPIPE, SIG_IGN);
    raise_descriptor_limit();
    tick(&s);
    r = init_loop(&s);
    if (r < 0) {
        log_say(LOG_ERR, "service", "cannot make a loop: %s", uv_strerror(r));
        return CMD_TROUBLE;
    }
    if (start(&s) == 0)
        wake(&s);
    else
        end(&s, CMD_TROUBLE);
    uv_run(&s.loop, UV_RUN_DEFAULT);
    if (uv_loop_close(&s.loop) != 0)
        log_say(LOG_ERR, "service", "the loop was not empty at the end");
    deinit(&s);
    return s.status;
}
