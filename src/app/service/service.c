/* What wakes the loop, and what it does then:
 *
 *    folder watch ─┐              ┌─► turns of the sources, 256 KiB a file, while there is more
 *    timer ────────┤              │
 *    inputs ───────┼─► work() ────┼─► sinks that wait: try again
 *    signals ──────┤   one step   ├─► counters record, watches renewed
 *    disk written ─┘              └─► checkpoint, backup, when one is due
 *         ▲                                   │
 *         └────────── another thread ◄────────┘
 *
 * There is one timer, set to whatever is due next, and one idle handle, active while there is more
 * to read. So an idle service sleeps, and a busy one comes back to its signals after each round of
 * turns. A commit that fails stops the reading until one succeeds. */

#include "app/service/service.h"

#include "app/common/exit_status.h"
#include "app/common/log.h"
#include "app/common/message.h"
#include "app/service/checkpoint.h"
#include "app/service/service_private.h"
#include "app/service/status.h"
#include "core/base/util.h"
#include "io/files/decompress_pool.h"
#include "io/tail/turn_buffer.h"

#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#define RENEW_NS (5 * SECOND_NS) /* how often watches are renewed, and sinks opened again */
#define BACKUP_NS HOUR_NS
#define STOP_NS (4 * SECOND_NS)
#define SLOW_DISK_NS (5 * SECOND_NS)
#define GATHER_NS (MS_NS / 4)

/* ---- ending ---- */

static void on_closed(uv_handle_t *handle)
{
    struct service *s = handle->data;

    s->open_handles--;
}

/* Closes all handles; the loop ends when they are closed.
 * @status  the exit status; only that of the first call counts. */
static void end(struct service *s, int status)
{
    if (s->stopped)
        return;
    s->stopped = true;
    s->status = status;
    dirwatch_close(s->dirwatch);
    uv_close((uv_handle_t *)&s->timer, on_closed);
    uv_close((uv_handle_t *)&s->idle, on_closed);
    for (size_t i = 0; i < SIGNALS; i++)
        uv_close((uv_handle_t *)&s->signals[i], on_closed);
    uv_close((uv_handle_t *)&s->ready, on_closed);
}

void service_die(struct service *s, const char *component, int error)
{
    log_message(LOG_ERR, component,
                "cannot go on: %s; the next start goes on from the last checkpoint",
                strerror(-error));
    end(s, EXIT_TROUBLE);
}

/* ---- one step ---- */

static uint64_t next_due(struct service *s)
{
    uint64_t due = sd_notify_due_ns(&s->notify);

    if (s->stopping)
        due = MIN(due, s->stop_ns);
    if (!s->is_writing) /* the end of writing wakes the loop */
        due = MIN(due, MIN(s->backup_ns, MIN(s->renew_ns, s->checkpoint_ns)));
    else if (!s->said_slow_disk)
        due = MIN(due, s->writing_ns + SLOW_DISK_NS);
    if (!s->is_writing && !s->stopping && s->commit_failures == 0)
        due = MIN(due, s->forget_ns);
    if (topology_counters_sink(s->topology))
        due = MIN(due, s->counters_ns);
    for (size_t i = 0; i < s->topology->n_sinks; i++)
        due = MIN(due, sink_due_ns(s->topology->sinks[i]));
    return MIN(due, service_turns_due_ns(s));
}

static void on_timer(uv_timer_t *timer);

/* While there is more to read, the idle handle keeps the loop running; otherwise the timer wakes
 * it.
 */
static void sleep_until_due(struct service *s, bool more)
{
    uint64_t due = next_due(s);

    if (more)
        return;
    service_tick(s);
    s->slept_ns = s->now_ns;
    uv_idle_stop(&s->idle);
    uv_timer_start(&s->timer, on_timer, due > s->now_ns ? (due - s->now_ns + MS_NS - 1) / MS_NS : 0,
                   /* repeat= */ 0);
}

/* Folders appear and vanish, and sources come and go with reloads; watches that the kernel refused
 * may be possible by now. */
static void renew_watches(struct service *s)
{
    size_t refused;

    for (size_t i = 0; i < s->topology->n_sources; i++)
        source_watch_folders(s->topology->sources[i]);
    dirwatch_sweep(s->dirwatch);
    dirwatch_renew(s->dirwatch, &refused);
    if (refused > 0 || !s->watching_failed)
        return;
    s->watching_failed = false;
    log_message(LOG_NOTICE, "watch", "all folders are watched again");
    for (size_t i = 0; i < s->topology->n_sources; i++)
        source_set_poll(s->topology->sources[i], false);
}

static void look_after(struct service *s)
{
    renew_watches(s);
    service_reopen_sinks(s);
    service_look_at_skipped(s);
    s->renew_ns = service_after(s, RENEW_NS);
}

/* Tells the service manager that the loop has come round, and how the service is. */
static void tell_manager(struct service *s)
{
    struct status_troubles troubles = {.commits_fail = s->commit_failures > 0,
                                       .slow_disk = s->said_slow_disk,
                                       .no_watches = s->watching_failed};
    char sentence[SD_NOTIFY_STATUS_MAX];

    if (!sd_notify_step(&s->notify, s->now_ns))
        return;
    status_sentence(s->topology, &troubles, sentence, sizeof(sentence));
    sd_notify_status(&s->notify, s->now_ns, sentence);
}

static void finish_stop(struct service *s);

/* Work on the store that needs it alone: not while another thread writes a checkpoint. */
static void write_down(struct service *s)
{
    if (s->now_ns >= s->renew_ns)
        look_after(s);
    if (s->now_ns >= s->checkpoint_ns && !s->stopped)
        service_begin_checkpoint(s);
    if (s->now_ns < s->backup_ns || s->is_writing || s->commit_failures > 0 || s->stopped)
        return;
    service_begin_backup(s);
    s->backup_ns = service_after(s, BACKUP_NS);
}

/* A step costs more than the few lines that it reads. When a file gets 20,000 lines a second, each
 * sleep would end at once, for a step with one line. So a step that comes right after a sleep waits
 * a moment for more lines; the process then uses so little CPU that the kernel runs it at once when
 * it wakes. */
static void gather(struct service *s)
{
    static const struct timespec moment = {.tv_nsec = GATHER_NS};

    if (s->is_called && s->now_ns - s->slept_ns < GATHER_NS) {
        clock_nanosleep(CLOCK_MONOTONIC, 0, &moment, NULL);
        service_tick(s);
    }
    s->is_called = false;
}

/* Does everything that is due. Events only bring us here. */
static void work(struct service *s)
{
    bool more;

    service_tick(s);
    gather(s);
    service_retry_sinks(s);
    service_check_sinks(s);
    if (s->stopped)
        return;
    if (s->stopping)
        finish_stop(s);
    if (s->wants_reload && !s->stopping)
        service_reload(s);
    if (s->stopped)
        return;
    if (s->stopping) {
        service_listen(s);
        sleep_until_due(s, /* more= */ false);
        return;
    }
    more = service_take_turns(s);
    if (s->stopped)
        return;
    service_plan_checkpoint(s);
    if (s->now_ns >= s->counters_ns)
        service_write_counters(s);
    if (!s->is_writing)
        write_down(s);
    else if (s->now_ns >= s->writing_ns + SLOW_DISK_NS)
        service_report_slow_disk(s);
    if (s->stopped)
        return;
    tell_manager(s);
    service_listen(s);
    sleep_until_due(s, more);
}

/* ---- what wakes us ---- */

static void on_idle(uv_idle_t *idle)
{
    struct service *s = idle->data;

    if (!s->stopped)
        work(s);
}

void service_wake(struct service *s)
{
    if (!s->stopped)
        uv_idle_start(&s->idle, on_idle);
}

static void on_timer(uv_timer_t *timer)
{
    service_wake(timer->data);
}

static void on_ready(uv_poll_t *poll, int status, int events)
{
    struct service *s = poll->data;

    (void)status;
    (void)events;
    s->is_called = true;
    service_wake(s);
}

static void say_overflow(struct service *s)
{
    if (s->said_overflow)
        return;
    s->said_overflow = true;
    log_message(LOG_WARNING, "watch",
                "the kernel has lost events, because more came at once than it keeps, looking at "
                "every file instead; raise fs.inotify.max_queued_events");
}

static void on_change(void *ctx, const char *folder, const char *name)
{
    struct service *s = ctx;

    if (s->stopped)
        return;
    if (!folder)
        say_overflow(s);
    for (size_t i = 0; i < s->topology->n_sources; i++)
        source_wake(s->topology->sources[i], folder, name);
    s->is_called = true;
    service_wake(s);
}

/* The loop waits for a disk that hangs: the service ends as if it had died. */
static void on_alarm(int signum)
{
    static const char text[] =
        "glossd: stop: the disk is too slow to write, giving up; the next start goes on from the "
        "last checkpoint\n";
    ssize_t n = write(STDERR_FILENO, text, sizeof(text) - 1);

    (void)signum;
    (void)n;
    _exit(EXIT_TROUBLE);
}

static void on_signal(uv_signal_t *handle, int signum)
{
    static const struct itimerval hanging = {.it_value = {.tv_sec = 4, .tv_usec = 500000}};
    struct service *s = handle->data;

    if (s->stopped)
        return;
    if (signum == SIGHUP) {
        if (!s->wants_reload && !s->stopping)
            sd_notify_reloading(&s->notify);
        s->wants_reload = true;
        s->next = topology_free(s->next); /* the configuration's file may have changed again */
    } else if (signum == SIGUSR1)
        s->wants_checkpoint = true;
    else if (!s->stopping) {
        log_message(LOG_INFO, "service", "stops because of signal %d", signum);
        s->stopping = true;
        sd_notify_stopping(&s->notify);
        s->stop_ns = s->epoch_ns + clock_steady_ns() + STOP_NS;
        signal(SIGALRM, on_alarm);
        setitimer(ITIMER_REAL, &hanging, /* former= */ NULL);
    }
    service_wake(s);
}

/* ---- what the owner of sources does for them ---- */

static bool is_taken(void *ctx, const struct source *by, uint64_t dev, uint64_t ino)
{
    const struct service *s = ctx;

    for (size_t i = 0; i < s->topology->n_sources; i++) {
        const struct source *other = s->topology->sources[i];

        if (other && other != by && source_owns(other, dev, ino))
            return true;
    }
    return false;
}

static enum follow_ours is_ours(void *ctx, const struct link_target *target)
{
    struct service *s = ctx;

    /* Where there is no memory, a file is left alone until the next look. */
    return own_files_look(&s->own, s->topology) < 0
               ? FOLLOW_OURS
               : own_files_has(&s->own, s->topology, s->store, target);
}

static bool begins_as_ours(void *ctx, struct gloss_span head)
{
    const struct service *s = ctx;

    return own_files_begin_with(&s->own, head);
}

static bool is_watched(void *ctx, const char *folder)
{
    const struct service *s = ctx;

    return dirwatch_covers(s->dirwatch, folder);
}

static int watch_folder(void *ctx, const char *folder)
{
    struct service *s = ctx;
    int r = dirwatch_add(s->dirwatch, folder);

    if (!dirwatch_refused(r))
        return 0;
    if (!s->watching_failed)
        log_message(LOG_WARNING, "watch",
                    "cannot watch '%s': %s, looking at files by the clock instead; raise "
                    "fs.inotify.%s",
                    folder, strerror(-r), r == -ENOSPC ? "max_user_watches" : "max_user_instances");
    s->watching_failed = true;
    return r;
}

/* ---- stop ---- */

static int stop_sources(struct service *s)
{
    int r = 0;

    for (size_t i = 0; i < s->topology->n_sources && r == 0; i++)
        if (!source_is_blocked(s->topology->sources[i]))
            r = source_stop(s->topology->sources[i], s->now_ns);
    return r < 0 ? r : 0;
}

/* A source whose pipe holds lines that its sinks cannot take now, and that are lost when the
 * service ends; NULL: there is none. */
static const struct source *held_up(const struct service *s)
{
    for (size_t i = 0; i < s->topology->n_sources; i++) {
        const struct source *source = s->topology->sources[i];

        if (source_is_blocked(source) && source_holds_bytes(source))
            return source;
    }
    return NULL;
}

/* Whether bytes wait for a reader that is merely slow. */
static bool is_being_read(const struct service *s)
{
    for (size_t i = 0; i < s->topology->n_sinks; i++)
        if (sink_has_slow_reader(s->topology->sinks[i]))
            return true;
    return false;
}

static void finish_stop(struct service *s)
{
    int r = stop_sources(s);
    const struct source *blocked = held_up(s);

    if (r < 0) {
        service_die(s, "stop", r);
        return;
    }
    if ((blocked || is_being_read(s)) && s->now_ns < s->stop_ns)
        return; /* the next step tries again */
    if (blocked)
        log_message(
            LOG_ERR, "stop",
            "the sinks of '%s' cannot be written, so the bytes that its pipe still holds are lost",
            blocked->name);
    if (!s->said_last) {
        service_write_counters(s);
        s->said_last = true;
    }
    r = s->stopped ? -ENOMEM : service_checkpoint(s);
    if (r == 0) {
        end(s, blocked ? EXIT_TROUBLE : EXIT_OK);
    } else if (s->now_ns >= s->stop_ns) {
        log_message(
            LOG_ERR, "stop",
            "the last checkpoint could not be made; the next start goes on from the one before");
        end(s, EXIT_TROUBLE);
    } else {
        s->checkpoint_ns = service_after(s, 100 * MS_NS);
    }
}

/* ---- start ---- */

static int open_state(struct service *s)
{
    CLEANUP(gloss_diags_deinit) struct gloss_diags diags = {0};
    struct store_options options = {.path = s->topology->config->state,
                                    .now_ns = s->clock.base.now_ns};
    int r = store_open(&s->store, &options, &diags);

    for (size_t i = 0; i < diags.n; i++)
        log_message(diags.items[i].level == GLOSS_DIAG_ERROR ? LOG_ERR : LOG_WARNING, "state",
                    "%s: %s", diags.items[i].file ? diags.items[i].file : options.path,
                    diags.items[i].text);
    return r == 0 ? 0 : -1;
}

static void init_handle(struct service *s, uv_handle_t *handle)
{
    handle->data = s;
    s->open_handles++;
}

/* One handle serves all inputs, which come and go with reloads: their descriptors are in an epoll
 * instance. epoll refuses regular files; a file as standard input can always be read. */
static int init_ready(struct service *s)
{
    int r;

    s->owner.ready_fd = epoll_create1(EPOLL_CLOEXEC);
    if (s->owner.ready_fd < 0)
        return -errno;
    r = uv_poll_init(&s->loop, &s->ready, s->owner.ready_fd);
    if (r < 0)
        return r;
    init_handle(s, (uv_handle_t *)&s->ready);
    return uv_poll_start(&s->ready, UV_READABLE, on_ready);
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
    r = init_ready(s);
    return r < 0 ? r : dirwatch_new(&s->dirwatch, &s->loop, on_change, s);
}

/* Lines that take long are no reason to be taken for dead. */
static void on_long_lines(void *ctx)
{
    struct service *s = ctx;

    sd_notify_ping(&s->notify, s->epoch_ns + clock_steady_ns());
}

void service_watch_lines(struct service *s)
{
    gloss_scanner_on_work(s->topology->scanner, on_long_lines, s);
}

static int open_all(struct service *s)
{
    int r = turn_buffer_new(&s->owner.buffer);

    if (r == 0)
        r = decompress_pool_new(&s->owner.pool);
    if (r == 0)
        r = own_files_load(&s->own, s->store);
    if (r == 0)
        r = topology_open_sinks(s->topology, s->store);
    if (r == 0)
        r = topology_load_counters(s->topology, s->store);
    if (r == 0)
        r = topology_move_positions(s->topology, s->store, s->clock.base.now_ns);
    service_watch_lines(s);
    if (r == 0)
        r = topology_make_sources(s->topology, /* former= */ NULL, s->store, &s->owner,
                                  &s->clock.base, s->now_ns);
    if (r == 0)
        r = service_scan(s);
    if (r < 0)
        log_message(LOG_ERR, "service", "cannot start: %s", strerror(-r));
    return r;
}

static int start(struct service *s)
{
    CLEANUP(gloss_diags_deinit) struct gloss_diags diags = {0};
    struct gloss_matcher_plan plan;

    if (topology_new(&s->topology, s->config_file, s->kinds, &diags) != 0) {
        message_diags(&diags);
        return -1;
    }
    message_diags(&diags);
    log_init(s->topology->config->log_level);
    if (open_state(s) < 0 || open_all(s) < 0 || service_checkpoint(s) < 0)
        return -1;
    if (store_backup(s->store) < 0)
        log_message(LOG_WARNING, "state", "cannot make its copy: %s, retrying in an hour",
                    store_problem(s->store));
    gloss_matcher_plan(s->topology->matcher, &plan);
    if (!plan.jit)
        log_message(LOG_WARNING, "matcher",
                    "PCRE2 cannot make machine code here, so patterns are several times slower; "
                    "does MemoryDenyWriteExecute= forbid it?");
    s->counters_ns = service_after(s, s->topology->config->counters_interval_ns);
    s->renew_ns = service_after(s, RENEW_NS);
    s->backup_ns = service_after(s, BACKUP_NS);
    log_message(LOG_NOTICE, "service", "started with '%s'", s->config_file);
    malloc_trim(/* pad= */ 0); /* what reading catalogs and state took is not needed again */
    sd_notify_ready(&s->notify);
    return 0;
}

/* Raises the limit of open files as far as the machine allows, because quiet files are closed only
 * when descriptors run short. */
static void raise_descriptor_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur == limit.rlim_max)
        return;
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
        log_message(LOG_WARNING, "service", "cannot raise the limit of open files: %s, ignoring",
                    strerror(errno));
}

static void deinit(struct service *s)
{
    topology_free(s->next);
    topology_free(s->topology);
    turn_buffer_free(s->owner.buffer);
    decompress_pool_free(s->owner.pool);
    own_files_deinit(&s->own);
    store_free(s->store);
    close(s->owner.ready_fd);
}

int service_run(const char *config_file, const struct config_kinds *kinds)
{
    struct service s = {.config_file = config_file,
                        .kinds = kinds,
                        .status = EXIT_TROUBLE,
                        .half_lines = {.max_bytes = HALF_LINES_BYTES},
                        .checkpoint_ns = UINT64_MAX};
    int r;

    clock_init(&s.clock);
    s.epoch_ns = s.clock.base.now_ns - clock_steady_ns();
    s.owner = (struct source_owner){.taken = is_taken,
                                    .ours = is_ours,
                                    .begins_as_ours = begins_as_ours,
                                    .watch = watch_folder,
                                    .is_watched = is_watched,
                                    .ctx = &s,
                                    .clock = &s.clock.base,
                                    .half_lines = &s.half_lines};
    sd_notify_init(&s.notify);
    signal(SIGPIPE, SIG_IGN);
    raise_descriptor_limit();
    service_tick(&s);
    setenv("UV_THREADPOOL_SIZE", "1", /* overwrite= */ 0); /* one job runs at a time */
    r = init_loop(&s);
    if (r < 0) {
        log_message(LOG_ERR, "service", "cannot make its event loop: %s", uv_strerror(r));
        return EXIT_TROUBLE;
    }
    if (start(&s) == 0)
        service_wake(&s);
    else
        end(&s, EXIT_TROUBLE);
    uv_run(&s.loop, UV_RUN_DEFAULT);
    if (uv_loop_close(&s.loop) != 0)
        log_message(LOG_ERR, "service", "the event loop still had open handles at the end");
    deinit(&s);
    return s.status;
}
