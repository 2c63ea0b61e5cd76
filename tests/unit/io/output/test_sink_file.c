/* A sink file: bytes are appended to it, or wait when the disk is full; it is cut back by its
 * identity. */

#include "core/base/util.h"
#include "helpers/limits.h"
#include "io/output/sink_file.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <gloss/buf.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/sink-file-XXXXXX";

static void make_folder(void)
{
    cr_assert_not_null(mkdtemp(folder));
    cr_assert_eq(chdir(folder), 0);
    umask(0);
}

static void remove_folder(void)
{
    char command[64];

    snprintf(command, sizeof(command), "rm -rf %s", folder);
    cr_assert_eq(system(command), 0);
}

TestSuite(sink_file, .init = make_folder, .fini = remove_folder);

static void put(const char *name, const char *text)
{
    FILE *f = fopen(name, "w");

    cr_assert_not_null(f);
    fputs(text, f);
    fclose(f);
}

static void expect_file(const char *name, const char *text)
{
    char found[256] = "";
    int fd = open(name, O_RDONLY);

    cr_assert(fd >= 0, "%s", name);
    cr_expect(read(fd, found, sizeof(found) - 1) >= 0);
    close(fd);
    cr_expect_str_eq(found, text, "%s", name);
}

static struct sink_position position_of(const char *name, uint64_t length)
{
    struct stat st;

    cr_assert_eq(stat(name, &st), 0);
    return (struct sink_position){.dev = st.st_dev, .ino = st.st_ino, .length = length};
}

static int write_text(struct sink_file *f, const char *text)
{
    struct gloss_spans spans = {0};
    size_t half = strlen(text) / 2;
    int r;

    gloss_spans_add(&spans, gloss_span(text, half));
    gloss_spans_add(&spans, gloss_span_str(text + half));
    r = sink_file_write(f, &spans);
    gloss_spans_deinit(&spans);
    return r;
}

static struct sink_file *open_sink_file(const char *name)
{
    struct sink_file *f;

    cr_assert_eq(sink_file_new(&f, name, 0604), 0);
    cr_assert_eq(sink_file_open(f), 0);
    return f;
}

Test(sink_file, what_it_took_is_in_the_file_at_once_and_in_its_length)
{
    struct sink_file *f = open_sink_file("sink");
    struct sink_position position;
    struct stat st;

    cr_expect_eq(write_text(f, "one\n"), 0);
    expect_file("sink", "one\n");
    cr_expect_eq(write_text(f, "two\n"), 0);
    cr_expect(sink_file_position(f, &position));
    cr_expect_eq(sink_file_sync(f), 0);
    cr_assert_eq(stat("sink", &st), 0);
    cr_expect_eq(position.length, 8);
    cr_expect_eq(position.ino, st.st_ino);
    cr_expect_eq(position.dev, st.st_dev);
    cr_expect_eq(st.st_mode & 0777, 0604);
    sink_file_free(f);

    f = open_sink_file("sink");
    cr_expect_eq(write_text(f, "three\n"), 0);
    expect_file("sink", "one\ntwo\nthree\n");
    sink_file_free(f);
}

Test(sink_file, only_a_file_is_opened_and_no_link_is_followed)
{
    static const char *const names[] = {"link", "fifo", "folder", "/dev/full"};

    put("target", "");
    cr_assert_eq(symlink("target", "link"), 0);
    cr_assert_eq(mkfifo("fifo", 0600), 0);
    cr_assert_eq(mkdir("folder", 0700), 0);
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        struct sink_file *f;
        struct sink_position position;

        cr_assert_eq(sink_file_new(&f, names[i], 0600), 0);
        cr_expect_lt(sink_file_open(f), 0, "%s", names[i]);
        cr_expect_not(sink_file_is_open(f), "%s", names[i]);
        cr_expect_not(sink_file_position(f, &position), "%s", names[i]);
        sink_file_free(f);
    }
}

Test(sink_file, what_is_not_taken_waits_and_is_written_once_there_is_room)
{
    struct sink_file *f = open_sink_file("sink");
    struct sink_position position;

    limits_file_bytes(5);
    cr_expect_eq(write_text(f, "0123456789"), SINK_FILE_BLOCKED);
    cr_expect(sink_file_is_blocked(f));
    cr_expect_eq(sink_file_failure(f), -EFBIG);
    expect_file("sink", "01234");
    limits_file_bytes(8);
    cr_expect_eq(sink_file_retry(f), SINK_FILE_BLOCKED);
    limits_file_bytes(RLIM_INFINITY);
    cr_expect_eq(sink_file_retry(f), 0);
    cr_expect_not(sink_file_is_blocked(f));
    cr_expect_eq(sink_file_failure(f), 0);
    expect_file("sink", "0123456789");
    cr_expect(sink_file_position(f, &position));
    cr_expect_eq(position.length, 10);
    sink_file_free(f);
}

Test(sink_file, pending_bytes_start_at_the_start_of_a_line)
{
    struct sink_file *f = open_sink_file("sink");
    struct sink_position position;
    struct gloss_span pending;

    limits_file_bytes(12);
    cr_expect_eq(write_text(f, "first\nsecond\nthird\n"), SINK_FILE_BLOCKED);
    expect_file("sink", "first\nsecond");
    cr_expect(sink_file_position(f, &position));
    cr_expect_eq(position.length, 6, "half a line is taken back");
    expect_file("sink", "first\n");
    cr_expect_not(sink_file_was_cut(f));
    pending = sink_file_pending(f);
    cr_expect(gloss_span_equal(pending, gloss_span_str("second\nthird\n")));
    limits_file_bytes(17);
    cr_expect_eq(sink_file_retry(f), SINK_FILE_BLOCKED);
    cr_expect(sink_file_position(f, &position));
    cr_expect_eq(position.length, 13);
    cr_expect(gloss_span_equal(sink_file_pending(f), gloss_span_str("third\n")));
    limits_file_bytes(RLIM_INFINITY);
    cr_expect_eq(sink_file_retry(f), 0);
    expect_file("sink", "first\nsecond\nthird\n");
    cr_expect_eq(sink_file_pending(f).len, 0);
    sink_file_close(f);
    cr_assert_eq(sink_file_open(f), 0);
    cr_expect_eq(sink_file_restore_pending(f, gloss_span_str("fourth\n")), 0);
    cr_expect(sink_file_is_blocked(f));
    cr_expect_eq(write_text(f, "fifth\n"), SINK_FILE_BLOCKED);
    cr_expect_eq(sink_file_retry(f), 0);
    expect_file("sink", "first\nsecond\nthird\nfourth\nfifth\n");
    sink_file_free(f);
}

Test(sink_file, closed_it_forgets_what_waits)
{
    struct sink_file *f = open_sink_file("sink");

    limits_file_bytes(2);
    cr_expect_eq(write_text(f, "0123"), SINK_FILE_BLOCKED);
    sink_file_close(f);
    cr_expect_not(sink_file_is_blocked(f));
    cr_expect_not(sink_file_is_open(f));
    limits_file_bytes(RLIM_INFINITY);
    cr_expect_eq(sink_file_open(f), 0);
    cr_expect_eq(write_text(f, "45"), 0);
    expect_file("sink", "0145");
    sink_file_free(f);
}

Test(sink_file, a_full_pipe_is_waited_for_and_never_blocks)
{
    static char text[300000], found[sizeof(text)];
    struct sink_file *f;
    size_t n = 0;
    int fds[2];

    memset(text, 'x', sizeof(text) - 1);
    cr_assert_eq(pipe(fds), 0);
    cr_assert_eq(dup2(fds[1], STDOUT_FILENO), STDOUT_FILENO);
    cr_assert_eq(sink_file_new(&f, NULL, 0), 0);
    cr_assert_eq(sink_file_open(f), 0);
    cr_expect_eq(write_text(f, text), SINK_FILE_BLOCKED);
    cr_expect_eq(sink_file_failure(f), -EAGAIN);
    while (n < sizeof(text) - 1) {
        ssize_t got = read(fds[0], found + n, sizeof(found) - n);

        cr_assert_gt(got, 0);
        n += (size_t)got;
        sink_file_retry(f);
    }
    cr_expect_not(sink_file_is_blocked(f));
    cr_expect_eq(n, sizeof(text) - 1);
    cr_expect_eq(memcmp(text, found, n), 0);
    sink_file_free(f);
}

Test(sink_file, a_file_is_cut_back_by_what_it_is_and_never_lengthened)
{
    static const struct {
        const char *name; /* of the file whose position is given */
        uint64_t length;
        const char *print; /* the bytes that stood before that length; NULL: they are not known */
        const char *text;  /* content of the file afterwards */
        int result;
    } cases[] = {
        {"sink", 4, NULL, "0123", 0},
        {"sink", 10, NULL, "0123456789", 0},
        {"sink", 12, NULL, "0123456789", SINK_FILE_CHANGED},
        {"sink", 0, NULL, "", 0},
        {"sink.1", 3, NULL, "012", 0},
        {"sink-20260101", 3, NULL, "012", 0},
        {"other", 3, NULL, "0123456789", 0},
        {"sinking", 3, NULL, "0123456789", 0},
        {"sink.1", 11, NULL, "0123456789", SINK_FILE_CHANGED},
        {"sink", 4, "0123", "0123", 0},
        {"sink", 10, "0123456789", "0123456789", 0},
        {"sink", 4, "0124", "0123456789", SINK_FILE_CHANGED},
        {"sink", 10, "012345678", "0123456789", SINK_FILE_CHANGED},
        {"sink.1", 3, "012", "012", 0},
        {"sink.1", 3, "123", "0123456789", SINK_FILE_CHANGED},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char path[64];
        const char *print = cases[i].print;
        struct sink_position position;

        snprintf(path, sizeof(path), "%s/sink", folder);
        put("sink", "another file\n");
        put(cases[i].name, "0123456789");
        position = position_of(cases[i].name, cases[i].length);
        if (print)
            position.tail_print = fingerprint_of(print, strlen(print));
        cr_expect_eq(sink_file_cut_back(path, &position), cases[i].result, "case %zu", i);
        expect_file(cases[i].name, cases[i].text);
        if (strcmp(cases[i].name, "sink") != 0)
            expect_file("sink", "another file\n");
        unlink(cases[i].name);
    }
}

Test(sink_file, what_others_wrote_to_it_is_in_its_length)
{
    struct sink_file *f = open_sink_file("sink");
    struct sink_position position;
    char path[64];

    cr_expect_eq(write_text(f, "one\n"), 0);
    cr_assert_eq(system("echo theirs >>sink"), 0);
    cr_expect_eq(write_text(f, "two\n"), 0);
    cr_expect(sink_file_position(f, &position));
    cr_expect_eq(position.length, 15);
    snprintf(path, sizeof(path), "%s/sink", folder);
    cr_expect_eq(sink_file_cut_back(path, &position), 0);
    expect_file("sink", "one\ntheirs\ntwo\n");
    sink_file_free(f);
}

Test(sink_file, a_link_with_that_target_is_not_cut_back)
{
    char path[64];
    struct sink_position position;

    snprintf(path, sizeof(path), "%s/sink", folder);
    put("target", "0123456789");
    cr_assert_eq(symlink("target", "sink"), 0);
    position = position_of("target", 3);
    cr_expect_eq(sink_file_cut_back(path, &position), 0);
    expect_file("target", "0123456789");
}

Test(sink_file, it_sees_that_others_renamed_deleted_or_cut_its_file)
{
    struct sink_file *f = open_sink_file("sink");
    struct sink_position position;

    cr_expect_eq(write_text(f, "0123456789"), 0);
    cr_expect_not(sink_file_was_moved(f));
    cr_expect_not(sink_file_was_cut(f));
    cr_assert_eq(truncate("sink", 4), 0);
    cr_expect(sink_file_was_cut(f));
    cr_expect(sink_file_position(f, &position));
    cr_expect_eq(position.length, 4);
    cr_expect(fingerprint_equal(position.tail_print, fingerprint_of("0123", 4)));
    cr_expect_not(sink_file_was_cut(f), "that is known now");
    cr_expect_eq(write_text(f, "ab"), 0);
    cr_assert_eq(truncate("sink", 0), 0);
    cr_expect_eq(write_text(f, "ab"), 0);
    cr_expect(sink_file_was_cut(f), "and grew again");
    cr_expect(sink_file_position(f, &position));
    cr_expect_eq(position.length, 2);
    cr_assert_eq(rename("sink", "sink.1"), 0);
    cr_expect(sink_file_was_moved(f));
    put("sink", "");
    cr_expect(sink_file_was_moved(f));
    sink_file_close(f);
    cr_expect_eq(sink_file_open(f), 0);
    cr_expect_not(sink_file_was_moved(f));
    cr_expect_not(sink_file_was_cut(f));
    cr_assert_eq(unlink("sink"), 0);
    cr_expect(sink_file_was_moved(f));
    cr_expect(sink_file_was_cut(f));
    sink_file_free(f);
}

/* Standard input can give several blocks at once, so more writes may come while bytes wait. */
Test(sink_file, what_comes_while_something_waits_stands_behind_it)
{
    struct sink_file *f;

    cr_assert_eq(sink_file_new(&f, "out", 0640), 0);
    cr_assert_eq(sink_file_open(f), 0);
    limits_file_bytes(2);
    cr_expect_eq(write_text(f, "one "), SINK_FILE_BLOCKED);
    cr_expect_eq(write_text(f, "two "), SINK_FILE_BLOCKED);
    cr_expect_eq(sink_file_retry(f), SINK_FILE_BLOCKED);
    cr_expect_eq(write_text(f, "three"), SINK_FILE_BLOCKED);
    limits_file_bytes(RLIM_INFINITY);
    cr_expect_eq(sink_file_retry(f), 0);
    expect_file("out", "one two three");
    sink_file_free(f);
}
