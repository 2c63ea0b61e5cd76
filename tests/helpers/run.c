/* Pipes to the program are not blocking on our side, and one poll serves all three: a program that
 * writes while it is fed must not wait for a test that waits for it. */

#include "helpers/run.h"

#include "core/base/util.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <ftw.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define DEADLINE_MS 60000
#define MAX_WORDS 64

extern char **environ;

/* The program's end and ours of one of its descriptors. */
struct ends {
    int theirs, ours;
};

static struct ends open_terminal(void)
{
    struct ends e = {.ours = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)};
    struct winsize size = {.ws_row = 24, .ws_col = 80};

    cr_assert_geq(e.ours, 0);
    cr_assert_eq(grantpt(e.ours), 0);
    cr_assert_eq(unlockpt(e.ours), 0);
    e.theirs = open(ptsname(e.ours), O_RDWR | O_NOCTTY | O_CLOEXEC);
    cr_assert_geq(e.theirs, 0);
    ioctl(e.theirs, TIOCSWINSZ, &size);

    struct termios mode;

    tcgetattr(e.theirs, &mode);
    mode.c_oflag &= (tcflag_t)~OPOST;
    mode.c_lflag &= (tcflag_t) ~(ECHO);
    tcsetattr(e.theirs, TCSANOW, &mode);
    return e;
}

static struct ends open_path(const char *path, int flags)
{
    struct ends e = {.ours = -1, .theirs = open(path, flags | O_CLOEXEC, 0666)};

    cr_assert_geq(e.theirs, 0, "%s opens", path);
    return e;
}

static struct ends open_pipe(bool we_write)
{
    int fds[2];

    cr_assert_eq(pipe2(fds, O_CLOEXEC), 0);
    return we_write ? (struct ends){.theirs = fds[0], .ours = fds[1]}
                    : (struct ends){.theirs = fds[1], .ours = fds[0]};
}

static struct ends open_in(const struct run_options *o)
{
    if (o->in_closed)
        return (struct ends){-1, -1};
    if (o->stdin_fd > 2)
        return (struct ends){.theirs = o->stdin_fd, .ours = -1};
    if (o->stdin_path)
        return open_path(o->stdin_path, O_RDONLY);
    return o->in_terminal ? open_terminal() : open_pipe(true);
}

static struct ends open_out(bool closed, bool terminal, const char *path)
{
    if (closed)
        return (struct ends){-1, -1};
    if (path)
        return open_path(path, O_WRONLY | O_CREAT | O_APPEND);
    return terminal ? open_terminal() : open_pipe(false);
}

static void place(int from, int to)
{
    if (from < 0)
        close(to);
    else
        dup2(from, to);
}

static void set_limit(int what, rlim_t value)
{
    const struct rlimit limit = {value, value};

    if (value > 0)
        setrlimit((__rlimit_resource_t)what, &limit);
}

static void become_program(const struct run_options *o, const struct ends ends[3], char **words)
{
    for (int fd = 0; fd < 3; fd++)
        place(ends[fd].theirs, fd);
    unsetenv("NO_COLOR");
    unsetenv("COLUMNS");
    unsetenv("TMPDIR");
    setenv("TERM", "xterm", 1);
    for (size_t i = 0; o->env && o->env[i]; i++)
        putenv((char *)(uintptr_t)o->env[i]);
    set_limit(RLIMIT_FSIZE, o->max_file_bytes);
    set_limit(RLIMIT_AS, o->max_memory_bytes);
    signal(SIGPIPE, SIG_DFL);
    signal(SIGINT, o->ignore_interrupt ? SIG_IGN : SIG_DFL);
    signal(SIGXFSZ, SIG_DFL);
    if (o->group != 0 && (setgroups(1, &o->group) != 0 || setgid(o->user) != 0))
        _exit(126);
    if (o->user != 0 && setuid(o->user) != 0)
        _exit(126);
    execv(words[0], words);
    _exit(127);
}

static void start_words(struct run *r, const struct run_options *options, const char *const *given)
{
    static const struct run_options none;
    const struct run_options *o = options ? options : &none;
    struct ends ends[3] = {open_in(o), open_out(o->out_closed, o->out_terminal, o->stdout_path),
                           open_out(o->err_closed, o->err_terminal, NULL)};
    char *words[MAX_WORDS + 2] = {getenv("GLOSSD_BIN")};

    cr_assert_not_null(words[0], "GLOSSD_BIN names the program");
    for (size_t i = 0; given[i]; i++) {
        cr_assert_lt(i, MAX_WORDS);
        words[i + 1] = (char *)(uintptr_t)given[i];
    }
    signal(SIGPIPE, SIG_IGN);
    *r = (struct run){.in = ends[0].ours, .out = ends[1].ours, .err = ends[2].ours};
    r->pid = fork();
    cr_assert_geq(r->pid, 0);
    if (r->pid == 0)
        become_program(o, (const struct ends *)ends, words);
    for (int fd = 0; fd < 3; fd++) {
        if (ends[fd].theirs >= 0)
            close(ends[fd].theirs);
        if (ends[fd].ours >= 0)
            fcntl(ends[fd].ours, F_SETFL, O_NONBLOCK);
    }
}

void run_start(struct run *r, const struct run_options *options, ...)
{
    const char *words[MAX_WORDS + 1];
    va_list args;
    size_t n = 0;

    va_start(args, options);
    while (n < MAX_WORDS && (words[n] = va_arg(args, const char *)))
        n++;
    va_end(args);
    words[n] = NULL;
    start_words(r, options, words);
}

static int64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void shut(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* Takes what is there; closes at the end. A terminal whose other side is gone says EIO. */
static void listen_to(int *fd, struct gloss_buf *text)
{
    char *room = gloss_buf_room(text, 65537);
    ssize_t n;

    cr_assert_not_null(room);
    n = read(*fd, room, 65536);
    if (n > 0)
        text->len += (size_t)n;
    else if (n == 0 || (errno != EAGAIN && errno != EINTR))
        shut(fd);
    text->ptr[text->len] = '\0';
}

/* One turn of waiting and taking. False when the deadline has passed. */
static bool turn(struct run *r, bool wants_to_write, int64_t deadline)
{
    struct pollfd fds[] = {{.fd = wants_to_write ? r->in : -1, .events = POLLOUT},
                           {.fd = r->out, .events = POLLIN},
                           {.fd = r->err, .events = POLLIN}};
    int64_t left = deadline - now_ms();

    if (left <= 0)
        return false;
    poll(fds, ARRAY_SIZE(fds), (int)MIN(left, (int64_t)1000));
    if (fds[1].revents)
        listen_to(&r->out, &r->out_text);
    if (fds[2].revents)
        listen_to(&r->err, &r->err_text);
    return true;
}

bool run_send(struct run *r, const char *bytes, size_t n)
{
    int64_t deadline = now_ms() + DEADLINE_MS;

    while (n > 0 && r->in >= 0) {
        ssize_t done = write(r->in, bytes, n);

        if (done > 0) {
            bytes += done;
            n -= (size_t)done;
        } else if (errno != EAGAIN && errno != EINTR) {
            shut(&r->in);
        } else if (!turn(r, true, deadline)) {
            return false;
        }
    }
    return n == 0;
}

static bool hears(struct run *r, const int *fd, const struct gloss_buf *text, const char *wanted)
{
    int64_t deadline = now_ms() + DEADLINE_MS;

    for (;;) {
        if (text->len > 0 && memmem(text->ptr, text->len, wanted, strlen(wanted)))
            return true;
        if (*fd < 0 || !turn(r, false, deadline))
            return false;
    }
}

bool run_hears(struct run *r, const char *text)
{
    return hears(r, &r->out, &r->out_text, text);
}

bool run_hears_error(struct run *r, const char *text)
{
    return hears(r, &r->err, &r->err_text, text);
}

void run_close_in(struct run *r)
{
    shut(&r->in);
}

/* The status as a shell would say it. */
static void wait_for_end(struct run *r, int64_t deadline)
{
    struct rusage usage;
    int raw;
    pid_t pid;

    while ((pid = wait4(r->pid, &raw, WNOHANG, &usage)) == 0 && now_ms() < deadline)
        poll(NULL, 0, 1);
    if (pid == 0) {
        kill(r->pid, SIGKILL);
        wait4(r->pid, &raw, 0, &usage);
        r->status = RUN_HUNG;
        return;
    }
    r->status = WIFEXITED(raw) ? WEXITSTATUS(raw) : 128 + WTERMSIG(raw);
    r->max_rss_kib = usage.ru_maxrss;
}

int run_end(struct run *r)
{
    int64_t deadline = now_ms() + DEADLINE_MS;

    if (!isatty(r->in)) /* a terminal that is hung up is none any more */
        shut(&r->in);
    while ((r->out >= 0 || r->err >= 0) && turn(r, false, deadline))
        ;
    wait_for_end(r, deadline);
    shut(&r->in);
    shut(&r->out);
    shut(&r->err);
    /* So that both are strings, also where nothing came. */
    gloss_buf_room(&r->out_text, 1)[0] = '\0';
    gloss_buf_room(&r->err_text, 1)[0] = '\0';
    return r->status;
}

void run_free(struct run *r)
{
    gloss_buf_deinit(&r->out_text);
    gloss_buf_deinit(&r->err_text);
}

int run_all(struct run *r, const struct run_options *options, const char *input, size_t n,
            const char *const *words)
{
    start_words(r, options, words);
    run_send(r, input, n);
    return run_end(r);
}

static char scratch_folder[64];

const char *scratch(void)
{
    if (!scratch_folder[0]) {
        strcpy(scratch_folder, "/tmp/glossd-test-XXXXXX");
        cr_assert_not_null(mkdtemp(scratch_folder));
    }
    return scratch_folder;
}

const char *scratch_path(const char *name)
{
    static char paths[16][512];
    static unsigned next;
    char *path = paths[next++ % ARRAY_SIZE(paths)];

    snprintf(path, sizeof(paths[0]), "%s/%s", scratch(), name);
    return path;
}

const char *scratch_file(const char *name, const void *bytes, size_t n)
{
    const char *path = scratch_path(name);
    FILE *file = fopen(path, "wb");

    cr_assert_not_null(file, "%s is made", path);
    cr_assert_eq(fwrite(bytes, 1, n, file), n);
    cr_assert_eq(fclose(file), 0);
    return path;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *where)
{
    (void)st;
    (void)kind;
    (void)where;
    return remove(path);
}

void scratch_remove(void)
{
    if (scratch_folder[0])
        nftw(scratch_folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    scratch_folder[0] = '\0';
}

bool run_is_sanitized(void)
{
#if defined(__SANITIZE_ADDRESS__)
    return true;
#else
    return false;
#endif
}
