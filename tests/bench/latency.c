/* How long it takes until a line that was appended to a followed file is in a sink.
 *
 *     latency LOG SINK MICROSECONDS COUNT
 *
 * Appends COUNT lines to LOG, one every MICROSECONDS, while a second thread reads SINK every 20 µs
 * and notes when each line has arrived. The program that follows LOG and writes SINK must keep the
 * order of the lines; it may add text before and behind a line, but no line end.
 *
 * The first tenth of the lines is not counted, since caches and the timers of the program settle
 * first. Prints milliseconds, with tabs between them: the median, the 99th percentile, the maximum.
 */

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define LOOK_NS 20000
#define PATIENCE_NS UINT64_C(20000000000) /* without anything new in the sink */
#define MARK "latency-number="

struct trial {
    const char *log, *sink;
    uint64_t interval_ns;
    size_t n;
    _Atomic uint64_t *sent_ns; /* by number of the line; 0: not sent yet */
    uint64_t *took_ns;         /* by number of the line */
    size_t come;               /* how many lines have arrived */
    off_t sink_size;           /* of the sink before the first line */
};

static _Noreturn void die(const char *what)
{
    fprintf(stderr, "latency: %s: %s\n", what, strerror(errno));
    exit(2);
}

static uint64_t now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static void sleep_until(uint64_t ns)
{
    struct timespec t = {.tv_sec = (time_t)(ns / 1000000000), .tv_nsec = (long)(ns % 1000000000)};

    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR)
        ;
}

/* ---- the reader ---- */

/* Notes the arrival of each line of a text, which ends with a line end. */
static void note_lines(struct trial *t, char *text, uint64_t now)
{
    for (char *at = text; (at = strstr(at, MARK)); at++) {
        size_t number = strtoul(at + strlen(MARK), NULL, 10);

        if (number >= t->n || t->took_ns[number] != 0)
            continue;
        t->took_ns[number] = now - t->sent_ns[number];
        t->come++;
    }
}

static void *read_sink(void *ctx)
{
    static char text[(1 << 20) + 1];
    struct trial *t = ctx;
    uint64_t heard_ns = now_ns();
    int fd = -1;
    off_t offset = t->sink_size;

    prctl(PR_SET_TIMERSLACK, 1);
    while (t->come < t->n && now_ns() - heard_ns < PATIENCE_NS) {
        ssize_t n = fd < 0 ? 0 : pread(fd, text, sizeof(text) - 1, offset);
        uint64_t now = now_ns();
        char *end = n > 0 ? memrchr(text, '\n', (size_t)n) : NULL;

        if (fd < 0)
            fd = open(t->sink, O_RDONLY | O_CLOEXEC);
        if (end) {
            end[1] = '\0';
            offset += end + 1 - text;
            note_lines(t, text, now);
            heard_ns = now;
        }
        sleep_until(now + LOOK_NS);
    }
    close(fd);
    return NULL;
}

/* ---- the writer ---- */

static void write_log(struct trial *t)
{
    int fd = open(t->log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
    uint64_t due = now_ns();
    char line[256];

    if (fd < 0)
        die(t->log);
    for (size_t i = 0; i < t->n; i++, due += t->interval_ns) {
        int n = snprintf(line, sizeof(line),
                         "2026-11-23 08:00:01.123 INFO [worker-7] o.e.Sender - sent one message to "
                         "the topic orders/eu, it took 12 ms, queue 3 of 8 " MARK "%zu\n",
                         i);

        sleep_until(due);
        t->sent_ns[i] = now_ns();
        if (write(fd, line, (size_t)n) != n)
            die(t->log);
    }
    close(fd);
}

/* ---- the result ---- */

static int by_size(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

static void tell(const struct trial *t)
{
    size_t first = t->n / 10, n = t->n - first, half = n / 2, most = n * 99 / 100;
    uint64_t *took = t->took_ns + first;

    qsort(took, n, sizeof(*took), by_size);
    printf("%.4f\t%.4f\t%.4f\n", (double)took[half] * 1e-6, (double)took[most] * 1e-6,
           (double)took[n - 1] * 1e-6);
}

int main(int argc, char **argv)
{
    struct trial t = {0};
    struct stat st;
    pthread_t reader;

    if (argc != 5) {
        fprintf(stderr, "usage: latency LOG SINK MICROSECONDS COUNT\n");
        return 2;
    }
    t.log = argv[1];
    t.sink = argv[2];
    t.interval_ns = strtoul(argv[3], NULL, 10) * 1000;
    t.n = strtoul(argv[4], NULL, 10);
    t.sent_ns = calloc(t.n, sizeof(*t.sent_ns));
    t.took_ns = calloc(t.n, sizeof(*t.took_ns));
    if (t.n < 10 || !t.sent_ns || !t.took_ns)
        die("count");
    t.sink_size = stat(t.sink, &st) == 0 ? st.st_size : 0;
    prctl(PR_SET_TIMERSLACK, 1);
    if ((errno = pthread_create(&reader, NULL, read_sink, &t)) != 0)
        die("thread");
    write_log(&t);
    pthread_join(reader, NULL);
    if (t.come < t.n) {
        fprintf(stderr, "latency: %zu of %zu lines came\n", t.come, t.n);
        return 1;
    }
    tell(&t);
    free(t.took_ns);
    free((void *)t.sent_ns);
    return 0;
}
