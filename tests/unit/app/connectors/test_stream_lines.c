/* Lines of an input that can be read only once: they are handed on one block at a time, and kept
 * until they are committed. The test sets the time. */

#include "app/connectors/stream_lines.h"
#include "core/base/nanoseconds.h"
#include "core/base/util.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <gloss/catalog.h>
#include <gloss/matcher.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/stat.h>

#define MIB ((size_t)1 << 20)

/* The stream lines of a FIFO, whose text goes to `out`. */
struct bench {
    char folder[64], path[96];
    struct gloss_catalogs *set;
    struct gloss_matcher *matcher;
    struct gloss_scanner *scanner;
    struct gloss_counters *counters;
    struct gloss_notes *notes;
    struct gloss_clock clock;
    struct gloss_times *times;
    struct pipeline_output output;
    struct pipeline pipeline;
    struct stream_lines_output to;
    struct stream_lines *stream;
    struct gloss_buf out;
    uint64_t bytes, now_ns;
    size_t n_writes;
    int writer, ready_fd;
    bool blocked, blocks_after_one;
};

static int on_spans(void *ctx, const struct gloss_spans *spans)
{
    struct bench *b = ctx;

    cr_expect_not(b->blocked, "a sink that waits is given nothing more");
    for (size_t i = 0; i < spans->n; i++)
        gloss_buf_append(&b->out, spans->items[i].ptr, spans->items[i].len);
    b->n_writes++;
    b->blocked = b->blocks_after_one;
    return 0;
}

static bool is_blocked(void *ctx)
{
    const struct bench *b = ctx;

    return b->blocked;
}

static void make_pipeline(struct bench *b)
{
    struct gloss_annotator_options options = {
        .format = GLOSS_FORMAT_TEXT, .emit = GLOSS_EMIT_ALL, .source = "a"};

    cr_assert_eq(gloss_catalogs_new(&b->set), 0);
    cr_assert_eq(gloss_catalogs_read_builtin(b->set), 0);
    cr_assert_eq(gloss_matcher_new(&b->matcher, b->set, NULL), 0);
    cr_assert_eq(gloss_scanner_new(&b->scanner, b->matcher), 0);
    cr_assert_eq(gloss_counters_new(&b->counters, b->set), 0);
    cr_assert_eq(gloss_notes_new(&b->notes, b->set, GLOSS_FORMAT_TEXT, false), 0);
    cr_assert_eq(gloss_times_new(&b->times, &(struct gloss_times_options){.clock = &b->clock}), 0);
    cr_assert_eq(gloss_annotator_new(&b->output.annotator, &options, b->notes), 0);
    b->output.write = on_spans;
    b->output.ctx = b;
    b->pipeline = (struct pipeline){.scanner = b->scanner,
                                    .counters = b->counters,
                                    .times = b->times,
                                    .outputs = &b->output,
                                    .n_outputs = 1};
    cr_assert_eq(gloss_counters_source(b->counters, "a", &b->pipeline.counts), 0);
}

static void begin(struct bench *b, const char *encoding, uint64_t max_line)
{
    *b = (struct bench){.folder = "/tmp/stream-lines-XXXXXX", .now_ns = 1000 * SECOND_NS};
    cr_assert_not_null(mkdtemp(b->folder));
    snprintf(b->path, sizeof(b->path), "%s/a", b->folder);
    cr_assert_eq(mkfifo(b->path, 0600), 0);
    make_pipeline(b);
    b->ready_fd = epoll_create1(EPOLL_CLOEXEC);
    b->to = (struct stream_lines_output){
        .pipeline = &b->pipeline, .blocked = is_blocked, .ctx = b, .bytes = &b->bytes};
    cr_assert_eq(stream_lines_new(&b->stream, "a", b->path, &(struct link_policy){0}, b->ready_fd,
                                  encoding, max_line,
                                  /* silence_ns= */ 5 * SECOND_NS),
                 0);
    cr_assert_eq(stream_lines_turn(b->stream, &b->to, b->now_ns), 0);
    b->writer = open(b->path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
    cr_assert_geq(b->writer, 0, "it is open");
}

static void finish(struct bench *b)
{
    stream_lines_free(b->stream);
    pipeline_deinit(&b->pipeline);
    gloss_annotator_free(b->output.annotator);
    gloss_notes_free(b->notes);
    gloss_counters_free(b->counters);
    gloss_times_free(b->times);
    gloss_scanner_free(b->scanner);
    gloss_matcher_free(b->matcher);
    gloss_catalogs_free(b->set);
    gloss_buf_deinit(&b->out);
    close(b->writer);
    close(b->ready_fd);
    unlink(b->path);
    rmdir(b->folder);
}

static void settle(struct bench *b)
{
    int r;

    do
        r = stream_lines_turn(b->stream, &b->to, b->now_ns);
    while (r == 1);
    cr_assert_eq(r, 0);
}

static void write_text(struct bench *b, const char *text)
{
    cr_assert_eq(write(b->writer, text, strlen(text)), (ssize_t)strlen(text));
}

/* Writes that letter n times; the letters are read while they are written. */
static void write_many(struct bench *b, char letter, size_t n)
{
    char bytes[4096];

    memset(bytes, letter, sizeof(bytes));
    for (size_t done = 0; done < n; done += sizeof(bytes)) {
        cr_assert_eq(write(b->writer, bytes, sizeof(bytes)), (ssize_t)sizeof(bytes));
        settle(b);
    }
}

static void make_checkpoint(struct bench *b)
{
    stream_lines_prepare(b->stream, &b->pipeline);
    stream_lines_commit(b->stream);
}

/* Goes back to the last checkpoint, as a sink does that is cut back: its output is dropped. */
static void go_back(struct bench *b)
{
    stream_lines_go_back(b->stream, &b->pipeline);
    gloss_buf_clear(&b->out);
}

static bool has(const struct bench *b, const char *text)
{
    return b->out.len == strlen(text) &&
           memcmp(b->out.ptr ? b->out.ptr : "", text, b->out.len) == 0;
}

Test(stream_lines, a_sink_that_waits_is_given_nothing_more)
{
    static const char long_line[] = "0123456789";
    struct gloss_buf text = {0};
    struct bench b;

    begin(&b, NULL, /* max_line= */ 1024);
    b.blocks_after_one = true;
    for (int i = 0; i < 300; i++) /* more than one block: a block holds at least one line */
        gloss_buf_str(&text, long_line);
    for (int i = 0; i < 3; i++)
        gloss_buf_str(&text, "\nx\n");
    gloss_buf_char(&text, '\0');
    write_text(&b, text.ptr);
    for (int i = 0; i < 100 && b.out.len < strlen(text.ptr); i++) {
        b.blocked = false;
        settle(&b);
    }
    cr_expect(has(&b, text.ptr), "%.*s", (int)b.out.len, b.out.ptr);
    cr_expect_gt(b.n_writes, 1u);
    gloss_buf_deinit(&text);
    finish(&b);
}

Test(stream_lines, after_going_back_lines_that_no_checkpoint_has_come_again)
{
    struct bench b;

    begin(&b, NULL, MIB);
    write_text(&b, "1\n2\nha");
    settle(&b);
    make_checkpoint(&b);
    write_text(&b, "lf\n4\n5 is ");
    settle(&b);
    cr_expect(has(&b, "1\n2\nhalf\n4\n"));
    cr_expect_eq(b.pipeline.stream.lines, 4u);
    go_back(&b);
    cr_expect_eq(b.pipeline.stream.lines, 2u);
    write_text(&b, "whole\n");
    settle(&b);
    cr_expect(has(&b, "half\n4\n5 is whole\n"), "%.*s", (int)b.out.len, b.out.ptr);
    cr_expect_eq(b.pipeline.stream.lines, 5u);
    finish(&b);
}

/* As the service does, which goes on reading while another thread waits for the disk. */
Test(stream_lines, lines_that_come_while_a_checkpoint_is_made_are_not_in_it)
{
    struct bench b;

    begin(&b, NULL, MIB);
    write_text(&b, "1\n2\nha");
    settle(&b);
    stream_lines_prepare(b.stream, &b.pipeline);
    write_text(&b, "lf\n4\n");
    settle(&b);
    stream_lines_commit(b.stream);
    go_back(&b);
    cr_expect_eq(b.pipeline.stream.lines, 2u);
    settle(&b);
    cr_expect(has(&b, "half\n4\n"), "%.*s", (int)b.out.len, b.out.ptr);
    finish(&b);
}

Test(stream_lines, bytes_dropped_while_a_checkpoint_is_made_are_lost_unless_it_has_them)
{
    struct bench b;

    begin(&b, NULL, 64 * 1024);
    write_text(&b, "1\n");
    settle(&b);
    stream_lines_prepare(b.stream, &b.pipeline);
    write_many(&b, 'x', 6 * MIB);
    cr_expect_gt(b.stream->lost, MIB);
    cr_expect_eq(b.stream->prepared.lost, 2u, "of it the checkpoint has the first line");
    stream_lines_commit(b.stream);
    cr_expect_gt(b.stream->lost, MIB);
    cr_expect_eq(b.stream->offset, 2 + b.stream->lost);
    finish(&b);
}

Test(stream_lines, decoded_text_comes_again_as_it_was)
{
    struct bench b;

    begin(&b, "latin1", MIB);
    write_text(&b, "\xe4\n\xf6");
    settle(&b);
    go_back(&b);
    write_text(&b, "\xfc\n");
    settle(&b);
    cr_expect(has(&b, "ä\nöü\n"), "%.*s", (int)b.out.len, b.out.ptr);
    finish(&b);
}

Test(stream_lines, a_checkpoint_comes_before_more_is_read_than_can_be_kept)
{
    struct bench b;
    char line[4096];
    size_t n = 0;

    begin(&b, NULL, MIB);
    memset(line, 'x', sizeof(line));
    line[sizeof(line) - 1] = '\n';
    while (n < 64 * MIB && write(b.writer, line, sizeof(line)) > 0) {
        n += sizeof(line);
        settle(&b);
    }
    cr_expect_lt(n, 5 * MIB, "%zu bytes were taken", n);
    cr_expect(stream_lines_is_full(b.stream));
    make_checkpoint(&b);
    settle(&b);
    cr_expect_eq(b.out.len, n, "and then the rest");
    finish(&b);
}

Test(stream_lines, a_line_longer_than_all_that_is_kept_is_passed_on)
{
    struct bench b;

    begin(&b, NULL, 64 * 1024);
    write_many(&b, 'x', 6 * MIB);
    cr_expect_not(stream_lines_is_full(b.stream));
    cr_expect_gt(b.stream->lost, 0u, "it could not come again");
    write_text(&b, "\n");
    settle(&b);
    cr_expect_eq(b.out.len, 6 * MIB + 1);
    make_checkpoint(&b);
    cr_expect_eq(b.stream->lost, 0u);
    write_text(&b, "next\n");
    settle(&b);
    cr_expect_str_eq((gloss_buf_char(&b.out, '\0'), b.out.ptr + 6 * MIB + 1), "next\n");
    finish(&b);
}

Test(stream_lines, an_overlong_line_that_goes_silent_is_ended_for_all_others_wait)
{
    struct bench b;

    begin(&b, NULL, 64 * 1024);
    write_many(&b, 'x', MIB);
    cr_expect_not_null(b.pipeline.stream.seen, "it is half out");
    cr_expect_eq(stream_lines_due_ns(b.stream, &b.pipeline), b.now_ns + 5 * SECOND_NS);
    b.now_ns += 5 * SECOND_NS - 1;
    settle(&b);
    cr_expect_not_null(b.pipeline.stream.seen);
    b.now_ns++;
    settle(&b);
    cr_expect_null(b.pipeline.stream.seen);
    cr_expect_eq(b.out.len, MIB + 1);
    write_text(&b, "next\n");
    settle(&b);
    cr_expect_eq(b.out.len, MIB + 1 + strlen("next\n"));
    finish(&b);
}

Test(stream_lines, a_folder_that_cannot_be_entered_is_not_an_absent_fifo)
{
    struct bench b;

    begin(&b, NULL, MIB);
    write_text(&b, "1\n");
    settle(&b);
    cr_assert_eq(unlink(b.path), 0);
    cr_assert_eq(symlink(b.path, b.path), 0, "a link that leads to itself");
    close(b.writer);
    b.writer = -1;
    settle(&b);
    b.now_ns += 10 * SECOND_NS;
    settle(&b);
    cr_expect_eq(b.stream->look, -ELOOP);
    cr_assert_eq(unlink(b.path), 0);
    cr_assert_eq(mkfifo(b.path, 0600), 0);
    b.now_ns += 10 * SECOND_NS;
    settle(&b);
    b.writer = open(b.path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
    write_text(&b, "2\n");
    settle(&b);
    cr_expect(has(&b, "1\n2\n"));
    finish(&b);
}
