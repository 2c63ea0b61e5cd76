/* All bytes of all spans arrive, however few of them the kernel takes at once. */

#include "core/base/util.h"
#include "io/output/output_file.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <gloss/buf.h>
#include <pthread.h>
#include <unistd.h>

/* Reads the pipe to its end, a few bytes at a time. */
static void *read_slowly(void *ctx)
{
    int fd = *(int *)ctx;
    struct gloss_buf *text = calloc(1, sizeof(*text));
    ssize_t n;

    cr_assert_not_null(text);
    while ((n = read(fd, gloss_buf_room(text, 1000), 1000)) > 0)
        text->len += (size_t)n;
    return text;
}

/* Adds n spans over the bytes, each of up to `longest` bytes. Returns how many bytes they hold. */
static size_t cut(struct gloss_spans *spans, const char *bytes, size_t n, size_t longest)
{
    size_t used = 0;

    spans->items = calloc(n, sizeof(*spans->items));
    cr_assert_not_null(spans->items);
    for (spans->n = 0; spans->n < n; spans->n++) {
        size_t length = 1 + (spans->n * 2654435761u) % longest;

        spans->items[spans->n] = gloss_span(bytes + used, length);
        used += length;
    }
    spans->bytes = used;
    return used;
}

static void expect_whole(size_t n, size_t longest, int flags)
{
    char *bytes = malloc(n * longest + 1);
    struct gloss_spans spans = {0};
    struct output_file *sink = NULL;
    struct gloss_buf *text;
    size_t length;
    int fds[2];
    pthread_t reader;

    cr_assert_not_null(bytes);
    for (size_t i = 0; i < n * longest; i++)
        bytes[i] = (char)(i * 7 + i / 251);
    length = cut(&spans, bytes, n, longest);
    cr_assert_eq(pipe(fds), 0);
    cr_assert_eq(fcntl(fds[1], F_SETFL, flags), 0);
    cr_assert_eq(dup2(fds[1], STDOUT_FILENO), STDOUT_FILENO);
    close(fds[1]);
    cr_assert_eq(pthread_create(&reader, NULL, read_slowly, &fds[0]), 0);

    cr_expect_eq(output_file_open(&sink, NULL, false, NULL), 0);
    cr_expect_eq(output_file_write(sink, &spans), 0);
    cr_expect_eq(output_file_write_bytes(sink, "end", 3), 0);
    cr_expect_eq(output_file_finish(sink, true), 0);
    output_file_free(sink);
    dup2(STDERR_FILENO, STDOUT_FILENO); /* the pipe's last writer is gone */
    pthread_join(reader, (void **)&text);
    close(fds[0]);
    cr_expect_eq(text->len, length + 3);
    cr_expect(text->len == length + 3 && memcmp(text->ptr, bytes, length) == 0);
    gloss_buf_deinit(text);
    free(text);
    free(spans.items);
    free(bytes);
}

Test(output_file, long_and_short_spans_arrive_whole_through_a_narrow_pipe)
{
    expect_whole(1, 5000000, 0);
    expect_whole(3000, 2000, 0);
    expect_whole(3000, 2000, O_NONBLOCK);
    expect_whole(20000, 60, 0);
    expect_whole(20000, 60, O_NONBLOCK);
}

Test(output_file, a_failure_stays)
{
    struct gloss_span item = gloss_span("text", 4);
    struct gloss_spans spans = {.items = &item, .n = 1, .bytes = 4};
    struct output_file *sink = NULL;
    struct link_refusal refusal;

    cr_assert_eq(output_file_open(&sink, "/dev/full", true, &refusal), 0);
    cr_expect_eq(output_file_write(sink, &(struct gloss_spans){0}), 0);
    cr_expect_eq(output_file_write(sink, &spans), -ENOSPC);
    cr_expect_eq(output_file_write_bytes(sink, "x", 1), -ENOSPC);
    cr_expect_eq(output_file_finish(sink, true), -ENOSPC);
    output_file_free(sink);
    cr_expect_eq(output_file_open(&sink, "/nonexistent/file", true, &refusal), -ENOENT);
}
