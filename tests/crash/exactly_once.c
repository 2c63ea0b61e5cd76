/* Is each line of the logs in the sink exactly once, whole, and in the order of its file?
 *
 * exactly_once TRUTH SINK...
 *
 * TRUTH has the lines that were written, each with a token "[FILE,NUMBER]"; each number is there
 * once. A line of a sink, plain or inside a record, is found by its token; a plain line must begin
 * with the line as it was written. The program prints its counts. Its status is 1 when a line is
 * lost, doubled, disordered or garbled. */

#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define NUMBERS_MAX (UINT64_C(1) << 24)
#define FILES_MAX 65536

struct bytes {
    const char *ptr;
    size_t len;
};

struct tally {
    struct bytes *truth;   /* by number; ptr NULL: never written */
    unsigned char *seen;   /* by number */
    uint64_t *last_number; /* by file */
    uint64_t highest;      /* highest number that was written */
    uint64_t expected, found, doubled, disordered, garbled;
};

static struct bytes map(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    void *at = "";

    if (fd < 0 || fstat(fd, &st) < 0) {
        perror(path);
        exit(2);
    }
    if (st.st_size > 0)
        at = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (at == MAP_FAILED) {
        perror(path);
        exit(2);
    }
    close(fd);
    return (struct bytes){at, (size_t)st.st_size};
}

/* Takes the next line, without its newline. A line without a newline is not finished. */
static bool next_line(struct bytes *rest, struct bytes *ret_line, bool *ret_finished)
{
    const char *end = rest->len > 0 ? memchr(rest->ptr, '\n', rest->len) : NULL;

    if (rest->len == 0)
        return false;
    *ret_finished = end != NULL;
    *ret_line = (struct bytes){rest->ptr, end ? (size_t)(end - rest->ptr) : rest->len};
    rest->ptr += ret_line->len + *ret_finished;
    rest->len -= ret_line->len + *ret_finished;
    return true;
}

static bool read_digits(const char **at, const char *end, char after, uint64_t *ret_number)
{
    const char *p = *at;

    *ret_number = 0;
    for (; p < end && *p >= '0' && *p <= '9' && p - *at < 18; p++)
        *ret_number = *ret_number * 10 + (uint64_t)(*p - '0');
    if (p == *at || p == end || *p != after)
        return false;
    *at = p + 1;
    return true;
}

static bool read_token(struct bytes line, uint64_t *ret_file, uint64_t *ret_number)
{
    const char *end = line.ptr + line.len, *at = line.ptr;

    for (; at < end && (at = memchr(at, '[', (size_t)(end - at))); at++) {
        const char *p = at + 1;

        if (read_digits(&p, end, ',', ret_file) && read_digits(&p, end, ']', ret_number))
            return *ret_file < FILES_MAX && *ret_number < NUMBERS_MAX;
    }
    return false;
}

static void read_truth(struct tally *t, const char *path)
{
    struct bytes rest = map(path), line;
    uint64_t file, number;
    bool finished;

    while (next_line(&rest, &line, &finished)) {
        if (!finished || !read_token(line, &file, &number) || t->truth[number].ptr) {
            fprintf(stderr, "exactly_once: %s is no truth: %.*s\n", path, (int)line.len, line.ptr);
            exit(2);
        }
        t->truth[number] = line;
        t->highest = number > t->highest ? number : t->highest;
        t->expected++;
    }
}

static bool is_as_written(const struct bytes *truth, struct bytes line)
{
    if (line.len > 0 && line.ptr[0] != '[')
        return true; /* a record */
    return line.len >= truth->len && memcmp(line.ptr, truth->ptr, truth->len) == 0 &&
           (line.len == truth->len || line.ptr[truth->len] == ' ');
}

static void complain(const char *what, const char *path, struct bytes line)
{
    static unsigned said;

    if (said++ < 10)
        fprintf(stderr, "%s in %s: %.*s\n", what, path, (int)(line.len < 160 ? line.len : 160),
                line.ptr);
}

static void count(struct tally *t, const char *path, struct bytes line, bool finished)
{
    uint64_t file, number;

    if (!finished || !read_token(line, &file, &number) || !t->truth[number].ptr ||
        !is_as_written(&t->truth[number], line)) {
        t->garbled++;
        complain("garbled", path, line);
        return;
    }
    t->found++;
    if (t->seen[number]) {
        t->doubled++;
        complain("doubled", path, line);
    } else if (number < t->last_number[file]) {
        t->disordered++;
        complain("disordered", path, line);
    }
    t->seen[number] = 1;
    t->last_number[file] = number;
}

static uint64_t count_lost(const struct tally *t)
{
    uint64_t lost = 0;

    for (uint64_t i = 0; i <= t->highest; i++)
        if (t->truth[i].ptr && !t->seen[i]) {
            lost++;
            complain("lost", "all sinks", t->truth[i]);
        }
    return lost;
}

int main(int argc, char **argv)
{
    struct tally t = {.truth = calloc(NUMBERS_MAX, sizeof(*t.truth)),
                      .seen = calloc(NUMBERS_MAX, 1),
                      .last_number = calloc(FILES_MAX, sizeof(*t.last_number))};
    uint64_t lost;

    if (argc < 3 || !t.truth || !t.seen || !t.last_number) {
        fprintf(stderr, "usage: exactly_once TRUTH SINK...\n");
        return 2;
    }
    read_truth(&t, argv[1]);
    for (int i = 2; i < argc; i++) {
        struct bytes rest = map(argv[i]), line;
        bool finished;

        while (next_line(&rest, &line, &finished))
            count(&t, argv[i], line, finished);
    }
    lost = count_lost(&t);
    printf("expected %" PRIu64 " found %" PRIu64 " lost %" PRIu64 " doubled %" PRIu64
           " disordered %" PRIu64 " garbled %" PRIu64 "\n",
           t.expected, t.found, lost, t.doubled, t.disordered, t.garbled);
    return lost + t.doubled + t.disordered + t.garbled > 0 || t.expected == 0;
}
