/* Plays an application that logs. It writes numbered lines at a given rate, some of them in two
 * writes, and rotates its log by renaming it, while late lines still go to the old file. All its
 * files stay on disk, as the truth to compare with.
 *
 * writer PATH LINES RATE ROTATE_MS SEED [shift]
 *
 * It ends after LINES lines, or, by SIGTERM, after a whole one before that.
 * RATE is lines a second, 0: as fast as possible; ROTATE_MS 0: never. A rotated file gets the name
 * PATH.SERIAL. With "shift" it gets PATH.1, and the older ones move on to PATH.2 and so on, as
 * logrotate does it. */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MS_NS UINT64_C(1000000)
#define LONG_EVERY 20011 /* lines; then one comes that is over max_line */
#define LONG_BYTES 6000
#define LATE_LINES 5
#define BATCH_BYTES 65536

static const char *const texts[] = {
    "GET /index.html 200 in 12 ms",
    "connect from 10.0.0.7, ResponseCode=200",
    "send failed: BIZ_TOPIC_NOT_FOUND",
    "heap 512 MiB, of it used 80 %",
    "retry after ONS_SYSTEM_ERROR and BIZ_TOPIC_NOT_FOUND",
    "no such thing as BIZ_MADE_UP_CODE here",
    "the quick brown fox jumps over the lazy dog",
    "{\"level\":\"error\",\"message\":\"\\nBIZ_NO_MESSAGE\"}",
};

struct writer {
    const char *path;
    bool shift;
    int fd;
    uint64_t file;   /* serial of the open file */
    uint64_t number; /* of the last line */
    uint64_t random;
    char batch[BATCH_BYTES + LONG_BYTES + 256];
    size_t n;
};

static volatile sig_atomic_t has_to_end;

static void on_signal(int number)
{
    (void)number;
    has_to_end = 1;
}

static void die(const char *what)
{
    fprintf(stderr, "writer: %s: %s\n", what, strerror(errno));
    exit(2);
}

static uint64_t now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 * MS_NS + (uint64_t)t.tv_nsec;
}

static uint32_t draw(struct writer *w, uint32_t below)
{
    w->random = w->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(w->random >> 33) % below;
}

static void put(struct writer *w, const char *bytes, size_t n)
{
    while (n > 0) {
        ssize_t done = write(w->fd, bytes, n);

        if (done < 0)
            die(w->path);
        bytes += done;
        n -= (size_t)done;
    }
}

/* Writes the batch at once, or in two parts with a moment between them, cut anywhere in a line. */
static void flush(struct writer *w)
{
    size_t first = w->n > 0 && draw(w, 20) == 0 ? draw(w, (uint32_t)w->n) : w->n;

    put(w, w->batch, first);
    if (first < w->n)
        nanosleep(&(struct timespec){.tv_nsec = draw(w, 2000000)}, NULL);
    put(w, w->batch + first, w->n - first);
    w->n = 0;
}

static void add_line(struct writer *w)
{
    const char *text = texts[draw(w, sizeof(texts) / sizeof(texts[0]))];

    w->number++;
    w->n +=
        (size_t)sprintf(w->batch + w->n, "[%" PRIu64 ",%" PRIu64 "] %s", w->file, w->number, text);
    if (w->number % LONG_EVERY == 0) {
        w->batch[w->n++] = ' ';
        memset(w->batch + w->n, 'x', LONG_BYTES);
        w->n += LONG_BYTES;
        w->n += (size_t)sprintf(w->batch + w->n, " BIZ_NO_MESSAGE");
    }
    w->batch[w->n++] = '\n';
    if (w->n >= BATCH_BYTES)
        flush(w);
}

static void open_next(struct writer *w)
{
    w->fd = open(w->path, O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
    if (w->fd < 0)
        die(w->path);
    w->file++;
}

static void move(const struct writer *w, uint64_t from, uint64_t to)
{
    char old_name[4096], new_name[4096];

    snprintf(old_name, sizeof(old_name), from == 0 ? "%s" : "%s.%" PRIu64, w->path, from);
    snprintf(new_name, sizeof(new_name), "%s.%" PRIu64, w->path, to);
    if (rename(old_name, new_name) < 0)
        die(old_name);
}

static void rotate(struct writer *w, uint64_t lines)
{
    flush(w);
    for (uint64_t i = w->file; w->shift && i > 1; i--)
        move(w, i - 1, i);
    move(w, 0, w->shift ? 1 : w->file);
    for (uint32_t late = draw(w, LATE_LINES); late > 0 && w->number < lines; late--)
        add_line(w);
    flush(w);
    close(w->fd);
    open_next(w);
}

static void run(struct writer *w, uint64_t lines, uint64_t rate, uint64_t rotate_ns)
{
    uint64_t start = now_ns(), rotate_at = start + rotate_ns;

    while (w->number < lines && !has_to_end) {
        uint64_t now = now_ns();
        uint64_t due = rate == 0 ? lines : (now - start) / 1000 * rate / 1000000;

        if (rotate_ns > 0 && now >= rotate_at) {
            rotate(w, lines);
            rotate_at += rotate_ns;
        }
        while (w->number < due && w->number < lines)
            add_line(w);
        flush(w);
        nanosleep(&(struct timespec){.tv_nsec = MS_NS}, NULL);
    }
}

int main(int argc, char **argv)
{
    static struct writer w;

    if (argc < 6) {
        fprintf(stderr, "usage: writer PATH LINES RATE ROTATE_MS SEED [shift]\n");
        return 2;
    }
    w.path = argv[1];
    w.random = strtoull(argv[5], NULL, 10);
    w.shift = argc > 6;
    signal(SIGTERM, on_signal);
    open_next(&w);
    run(&w, strtoull(argv[2], NULL, 10), strtoull(argv[3], NULL, 10),
        strtoull(argv[4], NULL, 10) * MS_NS);
    close(w.fd);
    return 0;
}
