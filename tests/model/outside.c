/* The service itself, as a process that watches or polls, and is killed by SIGKILL. Its sink is on
 * a small disk of its own that can be filled, where this program may mount one; that is mounted in
 * a name space of this process, and goes with it. Time is real, so a look waits until all is there
 * that could be read, and no file is closed by the clock. */

#include "core/base/util.h"
#include "model/driver.h"

#include <fcntl.h>
#include <gloss/buf.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define DEADLINE_S 30
#define COMMIT_MS 100

struct outside {
    struct world *w;
    char folder[128]; /* which has the configuration, the state and the sink */
    pid_t pid;        /* 0: it does not run */
    bool mounted, full;
    bool knows[WORLD_FILES];
    struct gloss_buf sink;
};

static const char *path_in(const struct outside *o, const char *name)
{
    static char paths[4][192];
    static unsigned next;
    char *path = paths[next++ % 4];

    snprintf(path, sizeof(paths[0]), "%s/%s", o->folder, name);
    return path;
}

static void write_config(const struct outside *o, uint32_t seed)
{
    FILE *f = fopen(path_in(o, "glossd.yaml"), "w");

    if (!f)
        abort();
    fprintf(f,
            "state: %s\nsources: [{name: logs, follow: '%s', watch: %s, rotate_wait: 60s}]\n"
            "sinks: [{file: %s, emit: all}]\ncheckpoint: {interval: %ums}\n",
            path_in(o, "state.db"), world_pattern(o->w), seed % 2 ? "auto" : "poll",
            path_in(o, "disk/out"), seed % 3 ? COMMIT_MS : 0);
    fclose(f);
}

struct outside *outside_new(struct world *w, uint32_t seed)
{
    struct outside *o = calloc(1, sizeof(*o));

    if (!o)
        abort();
    o->w = w;
    snprintf(o->folder, sizeof(o->folder), "%s-service", w->folder);
    if (mkdir(o->folder, 0755) < 0 || mkdir(path_in(o, "disk"), 0755) < 0)
        abort();
    o->mounted = unshare(CLONE_NEWNS) == 0 &&
                 mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
                 mount("none", path_in(o, "disk"), "tmpfs", 0, "size=2m") == 0;
    write_config(o, seed);
    return o;
}

/* ---- the process ---- */

static pid_t spawn(const struct outside *o, const char *const *words)
{
    pid_t pid = fork();
    int out;

    if (pid != 0)
        return pid;
    alarm(0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    out = open(path_in(o, "messages"), O_WRONLY | O_CREAT | O_APPEND, 0644);
    dup2(open("/dev/null", O_RDONLY), 0);
    dup2(out, 1);
    dup2(out, 2);
    execv(words[0], (char *const *)(uintptr_t)words);
    _exit(127);
}

static int run(const struct outside *o, const char *const *words)
{
    int status = -1;
    pid_t pid = spawn(o, words);

    waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

static time_t seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec;
}

/* Whether the messages behind that byte tell of a start. */
static bool has_started(const struct outside *o, off_t from)
{
    static char text[65536];
    int fd = open(path_in(o, "messages"), O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? 0 : pread(fd, text, sizeof(text) - 1, from);

    if (fd >= 0)
        close(fd);
    text[MAX(n, (ssize_t)0)] = '\0';
    return strstr(text, "started with") != NULL;
}

/* Returns when the service has started: before that a signal would end it. */
static void start(void *ctx)
{
    struct outside *o = ctx;
    const char *words[] = {getenv("GLOSSD_BIN"), "run", "--config", path_in(o, "glossd.yaml"),
                           NULL};
    struct stat st = {0};

    if (o->pid != 0)
        return;
    stat(path_in(o, "messages"), &st);
    o->pid = spawn(o, words);
    for (time_t last = seconds() + DEADLINE_S; !has_started(o, st.st_size);) {
        if (seconds() >= last)
            abort();
        poll(NULL, 0, 2);
    }
}

static void end(struct outside *o, int signum)
{
    if (o->pid == 0)
        return;
    kill(o->pid, signum);
    waitpid(o->pid, NULL, 0);
    o->pid = 0;
}

static void stop(void *ctx)
{
    end(ctx, SIGTERM);
}

static void die(void *ctx)
{
    end(ctx, SIGKILL);
}

static void commit(void *ctx)
{
    struct outside *o = ctx;

    if (o->pid > 0)
        kill(o->pid, SIGUSR1);
}

static void reload(void *ctx)
{
    struct outside *o = ctx;

    if (o->pid > 0)
        kill(o->pid, SIGHUP);
}

/* ---- the sink ---- */

/* The whole lines of it: the last one may be half written. */
static const char *sink(void *ctx, size_t *ret_n)
{
    struct outside *o = ctx;
    int fd = open(path_in(o, "disk/out"), O_RDONLY | O_CLOEXEC);
    ssize_t n = 0;
    char *end;

    gloss_buf_clear(&o->sink);
    do {
        o->sink.len += (size_t)n;
        if (!gloss_buf_room(&o->sink, 65536))
            abort();
        n = fd < 0 ? 0 : read(fd, o->sink.ptr + o->sink.len, 65536);
    } while (n > 0);
    if (fd >= 0)
        close(fd);
    end = memrchr(o->sink.ptr, '\n', o->sink.len);
    *ret_n = end ? (size_t)(end + 1 - o->sink.ptr) : 0;
    return o->sink.ptr;
}

static bool is_all_there(struct outside *o)
{
    char problem[512];
    size_t n;
    const char *text = sink(o, &n);

    return world_agrees(o->w, text, n, /* complete= */ true, problem, sizeof(problem));
}

/* A path that is new to the service is in its state a moment after its first lines are out. */
static void let_it_be_known(struct outside *o)
{
    bool is_new = false;

    for (unsigned i = 0; i < WORLD_FILES; i++) {
        is_new = is_new || (o->w->known[i] && !o->knows[i]);
        o->knows[i] = o->w->known[i];
    }
    if (is_new)
        poll(NULL, 0, 3 * COMMIT_MS);
}

static void look(void *ctx)
{
    struct outside *o = ctx;

    if (o->pid == 0 || o->full)
        return;
    for (time_t last = seconds() + DEADLINE_S; !is_all_there(o) && seconds() < last;)
        poll(NULL, 0, 5);
    let_it_be_known(o);
}

static void set_full(void *ctx, bool full)
{
    struct outside *o = ctx;
    char bytes[4096] = {0};
    int fd;

    if (!o->mounted)
        return;
    o->full = full;
    fd = open(path_in(o, "disk/filler"), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    while (full && fd >= 0 && write(fd, bytes, sizeof(bytes)) > 0)
        ;
    if (fd >= 0)
        close(fd);
}

/* ---- the end ---- */

static uint64_t lines_counted(const struct outside *o)
{
    char command[512], line[4096] = "";
    const char *at;
    FILE *f;

    snprintf(command, sizeof(command), "'%s' summary --config '%s/glossd.yaml' --format json",
             getenv("GLOSSD_BIN"), o->folder);
    f = popen(command, "r");
    if (!f)
        abort();
    if (!fgets(line, sizeof(line), f))
        line[0] = '\0';
    pclose(f);
    at = strstr(line, "\"lines\": ");
    return at ? strtoull(at + strlen("\"lines\": "), NULL, 10) : UINT64_MAX;
}

const char *outside_finish(struct outside *o)
{
    const char *words[] = {getenv("GLOSSD_BIN"), "verify", "--config", path_in(o, "glossd.yaml"),
                           NULL};
    uint64_t lines = 0;
    size_t n;
    const char *text;

    stop(o);
    text = sink(o, &n);
    for (size_t i = 0; i < n; i++)
        lines += text[i] == '\n';
    if (lines_counted(o) != lines)
        return "the counters are not those of the sink";
    return run(o, words) == 0 ? NULL : "verify finds a difference";
}

void outside_free(struct outside *o)
{
    static const char *const names[] = {"disk/out",         "disk/filler",   "glossd.yaml",
                                        "state.db",         "state.db.lock", "state.db.backup",
                                        "state.db-journal", "messages"};

    die(o);
    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        unlink(path_in(o, names[i]));
    if (o->mounted)
        umount(path_in(o, "disk"));
    rmdir(path_in(o, "disk"));
    rmdir(o->folder);
    gloss_buf_deinit(&o->sink);
    free(o);
}

const struct driver outside_driver = {
    .start = start,
    .look = look,
    .wait = look,
    .commit = commit,
    .reload = reload,
    .set_full = set_full,
    .stop = stop,
    .kill = die,
    .sink = sink,
};
