#include "helpers/tailing.h"

#include "core/base/util.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static int on_block(void *ctx, const char *path, struct gloss_stream *stream,
                    const struct gloss_block *block)
{
    struct tailing *t = ctx;

    (void)path;
    cr_assert_eq(block->begins_line, !t->in_line);
    if (t->in_line)
        cr_assert_eq(block->offset, t->next_offset);
    cr_assert_gt(block->bytes.len, 0u);
    t->in_line = !block->ends_line;
    t->next_offset = block->offset + block->bytes.len;
    stream->lines += gloss_newlines(block->bytes.ptr, block->bytes.len);
    gloss_buf_span(&t->out, block->bytes);
    t->n_blocks++;
    return t->block_result;
}

static void on_event(void *ctx, enum follow_event event, const char *path, const char *detail)
{
    static const char *const names[] = {
        [FOLLOW_OPENED] = "OPENED",         [FOLLOW_FINISHED] = "FINISHED",
        [FOLLOW_TRUNCATED] = "TRUNCATED",   [FOLLOW_GONE] = "GONE",
        [FOLLOW_UNREADABLE] = "UNREADABLE", [FOLLOW_READABLE] = "READABLE",
        [FOLLOW_SKIPPED] = "SKIPPED",       [FOLLOW_HOLE] = "HOLE",
        [FOLLOW_UNDECODED] = "UNDECODED",   [FOLLOW_LIMITED] = "LIMITED",
    };
    struct tailing *t = ctx;
    const char *slash = strrchr(path, '/');

    gloss_buf_printf(&t->events, "%s %s %s\n", names[event], slash ? slash + 1 : path,
                     detail ? detail : "");
}

static bool on_watched(void *ctx, const char *folder)
{
    struct tailing *t = ctx;

    (void)folder;
    t->n_asked++;
    return t->watched;
}

static uint64_t on_wall(void *ctx)
{
    const struct tailing *t = ctx;

    return t->now_ns + t->ahead_ns;
}

static bool on_taken(void *ctx, uint64_t dev, uint64_t ino)
{
    const struct tailing *t = ctx;

    (void)dev;
    return ino == t->taken_ino;
}

void tailing_init(struct tailing *t)
{
    static const struct follow_ops ops = {.block = on_block,
                                          .event = on_event,
                                          .taken = on_taken,
                                          .watched = on_watched,
                                          .wall = on_wall};
    struct timespec now;

    *t = (struct tailing){.budget = 256 * (size_t)1024};
    strcpy(t->folder, "/tmp/follow-test-XXXXXX");
    cr_assert_not_null(mkdtemp(t->folder));
    snprintf(t->path, sizeof(t->path), "%s/a.log", t->folder);
    clock_gettime(CLOCK_REALTIME, &now);
    t->now_ns = timespec_ns(now);
    t->options = (struct follow_options){
        .name = "test",
        .pattern = t->path,
        .rotate_wait_ns = 5 * SECOND_NS,
        .max_line = 1 << 20,
        .ops = &ops,
        .ctx = t,
    };
    cr_assert_eq(turn_buffer_new(&t->buffer), 0);
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
    (void)st;
    (void)flag;
    (void)ftw;
    return remove(path);
}

void tailing_forget(struct tailing *t)
{
    for (size_t i = 0; i < t->n_positions; i++)
        free((char *)t->positions[i].path);
    t->n_positions = 0;
}

void tailing_deinit(struct tailing *t)
{
    t->follow = follow_free(t->follow);
    t->buffer = turn_buffer_free(t->buffer);
    gloss_buf_deinit(&t->out);
    gloss_buf_deinit(&t->events);
    tailing_forget(t);
    nftw(t->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

void tailing_start(struct tailing *t)
{
    cr_assert_null(t->follow);
    t->options.pattern = t->options.pattern ? t->options.pattern : t->path;
    cr_assert_eq(follow_new(&t->follow, &t->options), 0);
    for (size_t i = 0; i < t->n_positions; i++)
        cr_assert_eq(follow_remember(t->follow, &t->positions[i]), 0);
    cr_assert_eq(follow_scan(t->follow, t->now_ns), 0);
    tailing_settle(t);
}

void tailing_kill(struct tailing *t)
{
    t->follow = follow_free(t->follow);
    t->out.len = t->committed_len;
    t->in_line = false;
}

void tailing_settle(struct tailing *t)
{
    int r, turns = 0;

    do
        r = follow_turn(t->follow, t->buffer, t->now_ns, t->budget);
    while (r == 1 && t->block_result == 0 && ++turns < 100000);
    cr_assert_geq(r, 0);
    cr_assert_lt(turns, 100000, "it never comes to rest");
}

void tailing_run(struct tailing *t)
{
    t->now_ns += SECOND_NS / 2;
    follow_wake_all(t->follow);
    tailing_settle(t);
}

void tailing_wait(struct tailing *t, uint64_t ns)
{
    uint64_t end = t->now_ns + ns;

    while (t->now_ns < end) {
        uint64_t due = follow_due_ns(t->follow, t->now_ns);

        t->now_ns = MIN(MAX(due, t->now_ns + 1), end);
        tailing_settle(t);
    }
}

static int on_place(void *ctx, const struct file_position *position)
{
    struct tailing *t = ctx;
    size_t i = 0;

    while (i < t->n_positions && (t->positions[i].serial != position->serial ||
                                  !STREQ(t->positions[i].path, position->path)))
        i++;
    if (i == t->n_positions) {
        cr_assert_lt(i, (size_t)TAILING_POSITIONS_MAX);
        t->positions[t->n_positions++] = *position;
        t->positions[i].path = strdup(position->path);
    } else {
        const char *path = t->positions[i].path;

        t->positions[i] = *position;
        t->positions[i].path = path;
    }
    return 0;
}

static int on_trimmed(void *ctx, const struct file_position *position)
{
    struct tailing *t = ctx;

    for (size_t i = 0; i < t->n_positions; i++) {
        if (t->positions[i].serial != position->serial ||
            !STREQ(t->positions[i].path, position->path))
            continue;
        free((char *)t->positions[i].path);
        t->positions[i] = t->positions[--t->n_positions];
        break;
    }
    return 0;
}

void tailing_commit(struct tailing *t)
{
    cr_assert(!follow_in_line(t->follow));
    cr_assert_eq(follow_trim(t->follow, on_trimmed, t), 0);
    cr_assert_eq(follow_each_changed(t->follow, on_place, t), 0);
    follow_commit(t->follow);
    t->committed_len = t->out.len;
}

static void path_of(const struct tailing *t, const char *name, char path[256])
{
    snprintf(path, 256, "%s/%s", t->folder, name);
}

void tailing_bytes(struct tailing *t, const char *name, const void *bytes, size_t n)
{
    char path[256];
    int fd;

    path_of(t, name, path);
    fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    cr_assert_geq(fd, 0);
    cr_assert_eq(write(fd, bytes, n), (ssize_t)n);
    close(fd);
}

void tailing_append(struct tailing *t, const char *name, const char *text)
{
    tailing_bytes(t, name, text, strlen(text));
}

void tailing_rename(struct tailing *t, const char *from, const char *to)
{
    char a[256], b[256];

    path_of(t, from, a);
    path_of(t, to, b);
    cr_assert_eq(rename(a, b), 0);
}

void tailing_copy(struct tailing *t, const char *from, const char *to)
{
    char path[256], bytes[65536];
    ssize_t n;
    int fd;

    path_of(t, from, path);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    cr_assert_geq(fd, 0);
    tailing_bytes(t, to, "", 0);
    while ((n = read(fd, bytes, sizeof(bytes))) > 0)
        tailing_bytes(t, to, bytes, (size_t)n);
    close(fd);
}

void tailing_truncate(struct tailing *t, const char *name)
{
    char path[256];

    path_of(t, name, path);
    cr_assert_eq(truncate(path, 0), 0);
}

void tailing_remove(struct tailing *t, const char *name)
{
    char path[256];

    path_of(t, name, path);
    cr_assert_eq(unlink(path), 0);
}

bool tailing_has(struct tailing *t, const char *text)
{
    bool same =
        t->out.len == strlen(text) && memcmp(t->out.ptr ? t->out.ptr : "", text, t->out.len) == 0;

    if (!same)
        cr_log_error("expected \"%.400s\"\ngot (%zu) \"%.*s\"\nevents: %.*s", text, t->out.len,
                     (int)MIN(t->out.len, (size_t)400), t->out.ptr ? t->out.ptr : "",
                     (int)t->events.len, t->events.ptr ? t->events.ptr : "");
    return same;
}

size_t tailing_events(struct tailing *t, const char *name)
{
    const char *at = t->events.ptr, *end = at + t->events.len;
    size_t n = 0;

    while (at < end) {
        n += (size_t)(end - at) > strlen(name) && memcmp(at, name, strlen(name)) == 0;
        at = (const char *)memchr(at, '\n', (size_t)(end - at)) + 1;
    }
    return n;
}
