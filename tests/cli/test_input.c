/* Every kind of input, well-formed and broken. */

#include "core/base/util.h"
#include "helpers/run.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOG "first\nx BIZ_TOPIC_NOT_FOUND y\r\nlast"
#define NOTED "x BIZ_TOPIC_NOT_FOUND y  # BIZ_TOPIC_NOT_FOUND: "

TestSuite(input, .fini = scratch_remove);

static void expect_noted(int fd, const char *path, const char *what)
{
    const struct run_options options = {.stdin_fd = fd, .stdin_path = path};
    struct run r;

    cr_expect_eq(RUN(&r, &options, fd || path ? "" : LOG), 0, "%s", what);
    cr_expect(strstr(r.out_text.ptr, NOTED), "%s: %s", what, r.out_text.ptr);
    run_free(&r);
}

Test(input, pipe_file_and_socket_are_read_alike)
{
    int pair[2];

    expect_noted(0, NULL, "pipe");
    expect_noted(0, scratch_file("log", LOG, strlen(LOG)), "file");
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    cr_assert_eq(write(pair[0], LOG, strlen(LOG)), (ssize_t)strlen(LOG));
    close(pair[0]);
    expect_noted(pair[1], NULL, "socket");
}

Test(input, nothing_comes_out_of_nothing)
{
    static const struct run_options nothing[] = {{.stdin_path = "/dev/null"}, {0}};

    for (size_t i = 0; i < ARRAY_SIZE(nothing); i++) {
        struct run r;

        cr_expect_eq(RUN(&r, &nothing[i], "", "annotate", "--format", "json"), 0);
        cr_expect_eq(r.out_text.len, 0, "%zu: %s", i, r.out_text.ptr);
        cr_expect_eq(r.err_text.len, 0, "%zu: %s", i, r.err_text.ptr);
        run_free(&r);
    }
}

Test(input, a_terminal_is_read_until_its_end_is_typed)
{
    struct run r;

    run_start(&r, &(struct run_options){.in_terminal = true}, "annotate", NULL);
    run_send(&r, "x BIZ_TOPIC_NOT_FOUND y\n", 24);
    cr_expect(run_hears(&r, NOTED), "%s", r.out_text.ptr);
    run_send(&r, "\004", 1);
    cr_expect_eq(run_end(&r), 0);
    run_free(&r);
}

Test(input, a_pipe_that_does_not_block_is_waited_for)
{
    struct run r;
    int fds[2];

    cr_assert_eq(pipe2(fds, O_CLOEXEC | O_NONBLOCK), 0);
    run_start(&r, &(struct run_options){.stdin_fd = fds[0]}, "annotate", NULL);
    cr_assert_eq(write(fds[1], "BIZ_NO_MESSAGE\n", 15), 15);
    cr_expect(run_hears(&r, "# BIZ_NO_MESSAGE"));
    cr_assert_eq(write(fds[1], "ONS_SYSTEM_ERROR\n", 17), 17);
    cr_expect(run_hears(&r, "# ONS_SYSTEM_ERROR"));
    close(fds[1]);
    cr_expect_eq(run_end(&r), 0);
    run_free(&r);
}

Test(input, a_line_is_out_as_soon_as_it_is_in)
{
    struct run r;

    run_start(&r, NULL, "annotate", NULL);
    run_send(&r, "plain\n", 6);
    cr_expect(run_hears(&r, "plain\n"));
    run_send(&r, "x BIZ_TOPIC_NOT_FOUND y\n", 24);
    cr_expect(run_hears(&r, NOTED));
    cr_expect_eq(run_end(&r), 0);
    run_free(&r);
}

static void run_in_pieces(struct run *r, const char *format, struct gloss_span log, size_t piece)
{
    run_start(r, NULL, "annotate", "--format", format, "--emit=matched", "-C1", NULL);
    for (size_t i = 0; i < log.len; i += piece)
        run_send(r, log.ptr + i, MIN(piece, log.len - i));
    cr_expect_eq(run_end(r), 0);
}

Test(input, output_is_the_same_however_input_is_cut)
{
    static const size_t pieces[] = {1, 2, 3, 7, 64, 100};
    /* In logfmt a line without a time has the time at which it was read, so the times are not
     * compared. */
    static const struct {
        const char *format;
        size_t skip;
    } cases[] = {{"text", 0}, {"note", 0}, {"logfmt", 21}};
    static const char log[] = "\n\r\n BIZ_NO_MESSAGE\r\n\n"
                              "2026-11-23 08:00:01 one\n2026-11-23 08:00:02 BIZ_NO_MESSAGE\r\n"
                              "2026-11-23 08:00:03 two\n2026-11-23 08:00:04 three\n"
                              "2026-11-23 08:00:05 \0x BIZ_TOPIC_NOT_FOUND ResponseCode=200\r\r\n"
                              "2026-11-23 08:00:06 \xff BIZ_NO_MESSAGES\n"
                              "2026-11-23 08:00:07 half ONS_SYSTEM_ERROR BIZ_NO_MESSAGE";

    for (size_t f = 0; f < ARRAY_SIZE(cases); f++) {
        const size_t skip = cases[f].skip;
        const struct gloss_span bytes = gloss_span(log + skip, sizeof(log) - 1 - skip);
        struct run whole, cut;

        run_in_pieces(&whole, cases[f].format, bytes, bytes.len);
        cr_expect_gt(whole.out_text.len, 100);
        for (size_t p = 0; p < ARRAY_SIZE(pieces); p++) {
            run_in_pieces(&cut, cases[f].format, bytes, pieces[p]);
            cr_expect(
                gloss_span_equal(gloss_buf_view(&cut.out_text), gloss_buf_view(&whole.out_text)),
                "%s in pieces of %zu: %s", cases[f].format, pieces[p], cut.out_text.ptr);
            run_free(&cut);
        }
        run_free(&whole);
    }
}

Test(input, an_input_that_cannot_be_read_is_named_and_the_others_go_on)
{
    const char *good = scratch_file("good.log", "ONS_SYSTEM_ERROR\n", 17);
    const char *missing = scratch_path("missing.log"), *folder = scratch();
    struct run r;

    cr_expect_eq(RUN(&r, NULL, "", "annotate", missing, folder, good), 2);
    cr_expect(strstr(r.err_text.ptr, "missing.log: no such file; "), "%s", r.err_text.ptr);
    cr_expect(strstr(r.err_text.ptr, ": is a folder; "), "%s", r.err_text.ptr);
    cr_expect(strstr(r.out_text.ptr, "# ONS_SYSTEM_ERROR: "), "%s", r.out_text.ptr);
    run_free(&r);

    cr_expect_eq(RUN(&r, (&(struct run_options){.stdin_path = folder}), "", "annotate"), 2);
    cr_expect(strstr(r.err_text.ptr, "standard input: is a folder; "), "%s", r.err_text.ptr);
    run_free(&r);
}

Test(input, a_file_that_may_not_be_read_is_named)
{
    const uid_t nobody = 65534;
    const char *secret = scratch_file("secret.log", "BIZ_NO_MESSAGE\n", 15);
    const char *good = scratch_file("good.log", "ONS_SYSTEM_ERROR\n", 17);
    const struct run_options unprivileged = {.user = getuid() == 0 ? nobody : 0};
    struct run r;

    cr_assert_eq(chmod(secret, 0), 0);
    cr_assert_eq(chmod(scratch(), 0755), 0);
    cr_expect_eq(RUN(&r, &unprivileged, "", "annotate", secret, good), 2);
    cr_expect(strstr(r.err_text.ptr, "secret.log: permission denied; "), "%s", r.err_text.ptr);
    cr_expect(strstr(r.out_text.ptr, "# ONS_SYSTEM_ERROR: "), "%s", r.out_text.ptr);
    run_free(&r);
}

/* Nobody takes the output, so the program is not reading when the file is cut. */
Test(input, a_file_that_shrinks_while_it_is_read_is_named)
{
    const size_t size = 16 * 1024 * 1024;
    char *log = malloc(size);
    const char *path;
    struct run r;

    cr_assert_not_null(log);
    memset(log, 'x', size);
    for (size_t i = 99; i < size; i += 100)
        log[i] = '\n';
    path = scratch_file("shrinks.log", log, size);
    run_start(&r, NULL, "annotate", path, NULL);
    cr_assert(run_hears(&r, "x\n"));
    cr_assert_eq(truncate(path, 100), 0);
    cr_expect_eq(run_end(&r), 2);
    cr_expect(strstr(r.err_text.ptr, "shrinks.log: shrank"), "%s", r.err_text.ptr);
    run_free(&r);
    free(log);
}

Test(input, a_file_that_vanishes_while_it_is_read_is_read_to_its_end)
{
    const size_t size = 4 * 1024 * 1024;
    char *log = malloc(size);
    const char *path;
    struct run r;

    cr_assert_not_null(log);
    memset(log, '\n', size);
    path = scratch_file("vanishes.log", log, size);
    run_start(&r, NULL, "annotate", path, NULL);
    cr_assert(run_hears(&r, "\n"));
    cr_assert_eq(unlink(path), 0);
    cr_expect_eq(run_end(&r), 0);
    cr_expect_eq(r.out_text.len, size);
    run_free(&r);
    free(log);
}

/* @bytes of a unit: 2 for UTF-16, 4 for UTF-32. */
static void put_unit(struct gloss_buf *out, unsigned c, size_t bytes, bool big)
{
    for (size_t i = 0; i < bytes; i++)
        gloss_buf_char(out, (char)(c >> 8 * (big ? bytes - 1 - i : i)));
}

static struct gloss_buf wide(const char *ascii, size_t bytes, bool big, bool mark)
{
    struct gloss_buf out = {0};

    if (mark)
        put_unit(&out, 0xfeff, bytes, big);
    for (const char *p = ascii; *p; p++)
        put_unit(&out, (unsigned char)*p, bytes, big);
    return out;
}

static void expect_decoded(size_t bytes, bool big, size_t piece)
{
    struct gloss_buf text = wide("one\nx BIZ_TOPIC_NOT_FOUND y\n", bytes, big, true);
    struct run r;

    run_start(&r, NULL, "annotate", NULL);
    for (size_t i = 0; i < text.len; i += piece)
        run_send(&r, text.ptr + i, MIN(piece, text.len - i));
    cr_expect_eq(run_end(&r), 0);
    cr_expect(strncmp(r.out_text.ptr, "one\n" NOTED, 4 + strlen(NOTED)) == 0, "%s", r.out_text.ptr);
    cr_expect_eq(r.err_text.len, 0, "%s", r.err_text.ptr);
    run_free(&r);
    gloss_buf_deinit(&text);
}

Test(input, utf_16_and_utf_32_with_a_mark_are_decoded)
{
    for (size_t piece = 1; piece < 200; piece *= 5)
        for (size_t bytes = 2; bytes <= 4; bytes += 2) {
            expect_decoded(bytes, false, piece);
            expect_decoded(bytes, true, piece);
        }
}

Test(input, nuls_that_could_begin_a_mark_are_bytes_all_the_same)
{
    struct run r;

    run_start(&r, NULL, "annotate", NULL);
    run_send(&r, "\0\0", 2);
    run_send(&r, "\0\n", 2);
    cr_expect(run_hears(&r, "\n"));
    cr_expect_eq(run_end(&r), 0);
    cr_expect_eq(r.out_text.len, 4);
    cr_expect(memcmp(r.out_text.ptr, "\0\0\0\n", 4) == 0);
    run_free(&r);
}

Test(input, utf_32_without_a_mark_is_warned_of_by_name)
{
    struct gloss_buf text = wide("line one\nline two BIZ_TOPIC_NOT_FOUND y\n", 4, true, false);
    const char *path = scratch_file("unmarked.log", text.ptr, text.len);
    struct run r;

    cr_expect_eq(RUN(&r, NULL, "", "annotate", path), 0);
    cr_expect(strstr(r.err_text.ptr, path) && strstr(r.err_text.ptr, "--encoding utf-32le"), "%s",
              r.err_text.ptr);
    run_free(&r);
    gloss_buf_deinit(&text);
}

Test(input, utf_16_without_a_mark_is_warned_of_by_name)
{
    struct gloss_buf text = wide("line one\nline two BIZ_TOPIC_NOT_FOUND y\n", 2, false, false);
    const char *path = scratch_file("unmarked.log", text.ptr, text.len);
    struct run r;

    cr_expect_eq(RUN(&r, NULL, "", "annotate", path), 0);
    cr_expect(strstr(r.err_text.ptr, path) && strstr(r.err_text.ptr, "warning") &&
                  strstr(r.err_text.ptr, "--encoding utf-16le"),
              "%s", r.err_text.ptr);
    run_free(&r);
    cr_expect_eq(RUN(&r, NULL, "", "annotate", "--encoding", "utf-16le", path), 0);
    cr_expect(strstr(r.out_text.ptr, "# BIZ_TOPIC_NOT_FOUND: "), "%s", r.out_text.ptr);
    cr_expect_eq(r.err_text.len, 0, "%s", r.err_text.ptr);
    run_free(&r);
    gloss_buf_deinit(&text);
}

Test(input, a_named_encoding_is_decoded_and_what_does_not_decode_is_said)
{
    struct run r;

    cr_expect_eq(RUN(&r, NULL, "\xb4\xed\xce\xf3 BIZ_NO_MESSAGE\n", "annotate", "--encoding=gbk"),
                 0);
    cr_expect(strncmp(r.out_text.ptr, "\xe9\x94\x99\xe8\xaf\xaf BIZ_NO_MESSAGE  # ", 25) == 0, "%s",
              r.out_text.ptr);
    cr_expect_eq(r.err_text.len, 0, "%s", r.err_text.ptr);
    run_free(&r);
    cr_expect_eq(RUN(&r, NULL, "\xff\xff BIZ_NO_MESSAGE\n", "annotate", "--encoding=gbk"), 0);
    cr_expect(strstr(r.err_text.ptr, "standard input: warning: "), "%s", r.err_text.ptr);
    cr_expect(strstr(r.err_text.ptr, "gbk"), "%s", r.err_text.ptr);
    run_free(&r);
}
