/* Real files, a clock that the test moves, and the exact sequence of what must be handed on. */

#include "core/base/nanoseconds.h"
#include "core/base/util.h"
#include "helpers/tailing.h"
#include "io/files/decompress_pool.h"
#include "io/tail/follow_private.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static struct tailing t;

static void setup(void)
{
    tailing_init(&t);
}

static void teardown(void)
{
    tailing_deinit(&t);
}

/* Files that are made within one step of the file system's clock have one time. That is the coarse
 * clock, which comes late where the machine is busy; but a file that was looked at since its last
 * change gets the time of the fine clock. */
static void let_clock_tick(void)
{
    struct timespec begin, now;

    clock_gettime(CLOCK_REALTIME, &begin);
    do
        clock_gettime(CLOCK_REALTIME_COARSE, &now);
    while (now.tv_sec < begin.tv_sec ||
           (now.tv_sec == begin.tv_sec && now.tv_nsec <= begin.tv_nsec));
}

TestSuite(follow, .init = setup, .fini = teardown);

Test(follow, what_is_appended_is_handed_on_in_order)
{
    tailing_append(&t, "a.log", "one\n");
    tailing_start(&t);
    cr_assert(tailing_has(&t, "one\n"));
    tailing_append(&t, "a.log", "two\nthree\n");
    tailing_run(&t);
    cr_assert(tailing_has(&t, "one\ntwo\nthree\n"));
    cr_expect_eq(tailing_events(&t, "OPENED"), 1u);
}

Test(follow, a_file_is_read_that_is_born_later)
{
    tailing_start(&t);
    tailing_append(&t, "a.log", "one\n");
    tailing_run(&t);
    cr_assert(tailing_has(&t, "one\n"));
}

Test(follow, a_rotated_name_that_another_source_follows_is_theirs)
{
    struct stat st;
    char path[128];

    tailing_start(&t);
    tailing_append(&t, "a.log.1", "theirs\n");
    snprintf(path, sizeof(path), "%s/a.log.1", t.folder);
    cr_assert_eq(stat(path, &st), 0);
    t.taken_ino = st.st_ino;
    tailing_append(&t, "a.log", "1\n");
    tailing_run(&t);
    cr_assert(tailing_has(&t, "1\n"));
}

Test(follow, a_half_line_waits_for_its_end)
{
    tailing_append(&t, "a.log", "one\nt");
    tailing_start(&t);
    cr_assert(tailing_has(&t, "one\n"));
    for (const char *c = "wo\n"; *c; c++) {
        tailing_bytes(&t, "a.log", c, 1);
        tailing_run(&t);
    }
    cr_assert(tailing_has(&t, "one\ntwo\n"));
}

Test(follow, a_small_budget_changes_nothing_but_the_turns)
{
    struct gloss_buf text = {0};

    for (int i = 0; i < 2000; i++)
        gloss_buf_printf(
            &text, "line %d %.*s\n", i, i % 70,
            "........................................................................");
    tailing_bytes(&t, "a.log", text.ptr, text.len);
    gloss_buf_char(&text, '\0');
    t.budget = 50;
    tailing_start(&t);
    cr_assert(tailing_has(&t, text.ptr));
    gloss_buf_deinit(&text);
}

Test(follow, files_that_are_there_at_the_start_can_begin_at_their_end)
{
    tailing_append(&t, "a.log", "old\nhal");
    t.options.start_at_end = true;
    tailing_start(&t);
    tailing_append(&t, "a.log", "f\nnew\n");
    tailing_run(&t);
    cr_assert(tailing_has(&t, "half\nnew\n"));
}

Test(follow, a_renamed_file_is_read_on_while_the_new_one_is_read)
{
    tailing_append(&t, "a.log", "1\n2\n");
    tailing_start(&t);
    tailing_append(&t, "a.log", "3\n");
    tailing_rename(&t, "a.log", "a.log.1");
    tailing_append(&t, "a.log", "5\n");
    tailing_append(&t, "a.log.1", "4\n");
    tailing_run(&t);
    cr_assert(tailing_has(&t, "1\n2\n3\n4\n5\n"));
    tailing_append(&t, "a.log.1", "late\n");
    tailing_run(&t);
    tailing_append(&t, "a.log", "6\n");
    tailing_run(&t);
    cr_assert(tailing_has(&t, "1\n2\n3\n4\n5\nlate\n6\n"));
    cr_expect_eq(tailing_events(&t, "OPENED"), 2u);
}

Test(follow, a_rotated_file_is_closed_when_it_was_silent_for_rotate_wait)
{
    tailing_append(&t, "a.log", "1\nhalf");
    tailing_start(&t);
    tailing_rename(&t, "a.log", "a.log.1");
    tailing_run(&t);
    tailing_wait(&t, 4 * SECOND_NS);
    tailing_append(&t, "a.log.1", "-whole\nrest");
    tailing_wait(&t, 4 * SECOND_NS);
    cr_expect_eq(tailing_events(&t, "FINISHED"), 0u);
    cr_assert(tailing_has(&t, "1\nhalf-whole\n"));
    tailing_wait(&t, 2 * SECOND_NS);
    cr_expect_eq(tailing_events(&t, "FINISHED"), 1u);
    cr_assert(tailing_has(&t, "1\nhalf-whole\nrest\n"));
    cr_expect(follow_wants_commit(t.follow));
}

Test(follow, a_truncated_file_is_read_from_its_begin)
{
    tailing_append(&t, "a.log", "1\n2\nhalf");
    tailing_start(&t);
    tailing_truncate(&t, "a.log");
    tailing_append(&t, "a.log", "3\n");
    tailing_run(&t);
    cr_assert(tailing_has(&t, "1\n2\nhalf\n3\n"));
    cr_expect_eq(tailing_events(&t, "TRUNCATED"), 1u);
    tailing_truncate(&t, "a.log");
    tailing_append(&t, "a.log", "4 is longer than all that was there before\n");
    tailing_run(&t);
    cr_assert(tailing_has(&t, "1\n2\nhalf\n3\n4 is longer than all that was there before\n"));
    cr_expect_eq(tailing_events(&t, "TRUNCATED"), 2u);
}

Test(follow, a_file_that_is_rewritten_to_the_same_size_is_read_again)
{
    tailing_append(&t, "a.log", "aaaa\n");
    tailing_start(&t);
    tailing_truncate(&t, "a.log");
    tailing_append(&t, "a.log", "bbbb\n");
    tailing_run(&t);
    cr_assert(tailing_has(&t, "aaaa\nbbbb\n"));
}

Test(follow, a_deleted_file_is_read_to_its_end_and_the_next_one_from_its_begin)
{
    tailing_append(&t, "a.log", "1\n");
    tailing_start(&t);
    for (int i = 0; i < 50; i++) {
        tailing_append(&t, "a.log", "x\n");
        tailing_remove(&t, "a.log");
        tailing_append(&t, "a.log", "1\n");
        tailing_run(&t);
    }
    tailing_wait(&t, 10 * SECOND_NS);
    cr_assert_eq(t.out.len, 2u * 101);
    for (size_t i = 0; i < t.out.len; i += 4)
        cr_assert_eq(memcmp(t.out.ptr + i, "1\nx\n", MIN((size_t)4, t.out.len - i)), 0);
}

Test(follow, a_restart_goes_on_at_the_committed_position)
{
    tailing_append(&t, "a.log", "1\n2\nha");
    tailing_start(&t);
    tailing_commit(&t);
    tailing_append(&t, "a.log", "lf\n4\n");
    tailing_run(&t);
    tailing_kill(&t);
    tailing_append(&t, "a.log", "5\n");
    tailing_start(&t);
    cr_assert(tailing_has(&t, "1\n2\nhalf\n4\n5\n"));
}

Test(follow, a_rotation_while_stopped_is_read_on_in_the_renamed_file)
{
    tailing_append(&t, "a.log", "1\n2\n");
    tailing_start(&t);
    tailing_commit(&t);
    tailing_kill(&t);
    tailing_append(&t, "a.log", "3\n");
    tailing_rename(&t, "a.log", "a.log.1");
    tailing_append(&t, "a.log", "4\n");
    tailing_start(&t);
    cr_assert(tailing_has(&t, "1\n2\n3\n4\n"));
    cr_expect_eq(tailing_events(&t, "GONE"), 0u);
}

Test(follow, files_that_came_and_went_while_stopped_come_in_their_order)
{
    tailing_append(&t, "a.log", "1\n");
    tailing_start(&t);
    tailing_commit(&t);
    tailing_kill(&t);
    tailing_append(&t, "a.log", "2\n");
    for (int i = 3; i < 7; i++) {
        char text[16];

        for (int k = i - 2; k > 0; k--) {
            char from[32], to[32];

            snprintf(from, sizeof(from), k > 1 ? "a.log.%d" : "a.log", k - 1);
            snprintf(to, sizeof(to), "a.log.%d", k);
            tailing_rename(&t, from, to);
        }
        snprintf(text, sizeof(text), "%d\n", i);
        tailing_append(&t, "a.log", text);
        let_clock_tick();
    }
    tailing_start(&t);
    cr_assert(tailing_has(&t, "1\n2\n3\n4\n5\n6\n"));
}

Test(follow, what_was_deleted_while_stopped_is_stated)
{
    tailing_append(&t, "a.log", "1\n");
    tailing_start(&t);
    tailing_commit(&t);
    tailing_kill(&t);
    tailing_remove(&t, "a.log");
    tailing_append(&t, "b", "keeps the inode away\n");
    tailing_append(&t, "a.log", "2 other text\n");
    tailing_start(&t);
    cr_assert(tailing_has(&t, "1\n2 other text\n"));
    cr_expect_eq(tailing_events(&t, "GONE") + tailing_events(&t, "TRUNCATED"), 1u);
}

Test(follow, copytruncate_while_behind_is_read_on_in_the_copy)
{
    tailing_append(&t, "a.log", "1\n");
    tailing_start(&t);
    tailing_append(&t, "a.log", "2\n3\n");
    tailing_copy(&t, "a.log", "a.log.1");
    tailing_truncate(&t, "a.log");
    tailing_append(&t, "a.log", "4\n");
    tailing_run(&t);
    cr_assert(tailing_has(&t, "1\n2\n3\n4\n"));
    tailing_wait(&t, 10 * SECOND_NS);
    cr_assert(tailing_has(&t, "1\n2\n3\n4\n"));
}

Test(follow, an_overlong_line_comes_whole_and_in_one_chain)
{
    size_t n = 5 << 20;
    char *text = malloc(n + 16);

    cr_assert_not_null(text);
    for (size_t i = 0; i < n; i++)
        text[i] = (char)('a' + i % 26);
    strcpy(text + n, "\nnext\n");
    tailing_append(&t, "a.log", "first\n");
    tailing_start(&t);
    for (size_t at = 0; at < n; at += n / 4) {
        tailing_bytes(&t, "a.log", text + at, n / 4);
        tailing_run(&t);
    }
    cr_assert(tailing_has(&t, "first\n"));
    tailing_append(&t, "a.log", text + n);
    tailing_run(&t);
    cr_assert_eq(t.out.len, 6 + n + 6);
    cr_assert_eq(memcmp(t.out.ptr + 6, text, n + 6), 0);
    cr_expect(!follow_in_line(t.follow));
    tailing_commit(&t);
    tailing_append(&t, "a.log", "last\n");
    tailing_run(&t);
    cr_assert_eq(t.out.len, 6 + n + 11);
    free(text);
}

/* The descriptor that is open on a path. */
static int descriptor_of(const char *path)
{
    char link[64], target[256];

    for (int fd = 0; fd < 256; fd++) {
        ssize_t n;

        snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
        n = readlink(link, target, sizeof(target) - 1);
        target[n > 0 ? n : 0] = '\0';
        if (STREQ(target, path))
            return fd;
    }
    cr_assert_fail("%s is not open", path);
    return -1;
}

/* Lets the descriptor be of another file from now on. */
static void point_to(int fd, const char *path)
{
    int other = open(path, O_RDONLY | O_CLOEXEC);

    cr_assert_eq(dup2(other, fd), fd);
    close(other);
}

Test(follow, a_read_that_fails_in_an_overlong_line_is_said_and_tried_again)
{
    size_t n = 3 << 20;
    char *text = malloc(n + 2);

    cr_assert_not_null(text);
    memset(text, 'x', n);
    strcpy(text + n, "\n");
    for (int heals = 1; heals >= 0; heals--) {
        size_t before;
        int fd;

        tailing_bytes(&t, "a.log", text, n + 1);
        t.block_result = 1;
        tailing_start(&t);
        while (t.out.len == 0)
            tailing_run(&t);
        t.block_result = 0;
        before = t.out.len;
        fd = descriptor_of(t.path);
        point_to(fd, t.folder);
        tailing_wait(&t, 20 * SECOND_NS);
        cr_expect(follow_in_line(t.follow));
        cr_expect_lt(t.out.len, n);
        cr_expect_neq(t.out.ptr[t.out.len - 1], '\n');
        cr_expect_eq(tailing_events(&t, "UNREADABLE"), 1u);
        cr_expect_eq(follow_stop(t.follow, t.buffer, t.now_ns), 1);
        if (heals)
            point_to(fd, t.path);
        tailing_wait(&t, 200 * SECOND_NS);
        cr_expect(!follow_in_line(t.follow));
        cr_expect_geq(t.out.len, before);
        cr_expect_eq(t.out.ptr[t.out.len - 1], '\n');
        cr_expect_eq(t.out.len == n + 1, heals);
        cr_expect_eq(tailing_events(&t, "READABLE"), (size_t)heals);
        cr_expect_eq(tailing_events(&t, "GONE"), (size_t)!heals);
        tailing_deinit(&t);
        tailing_init(&t);
    }
    free(text);
}

Test(follow, a_sink_that_cannot_take_more_ends_the_turn_and_loses_nothing)
{
    tailing_append(&t, "a.log", "1\n2\n3\n4\n");
    t.budget = 4;
    t.block_result = 1;
    tailing_start(&t);
    cr_assert(tailing_has(&t, "1\n2\n"));
    t.block_result = 0;
    tailing_settle(&t);
    cr_assert(tailing_has(&t, "1\n2\n3\n4\n"));
}

Test(follow, utf_16_is_cut_in_its_own_newlines_and_decoded)
{
    static const char head[] = "\xff\xfe"
                               "a\0\n\0"
                               "\x0a\x0b\n\0"
                               "c";

    tailing_bytes(&t, "a.log", head, sizeof(head) - 1);
    tailing_start(&t);
    cr_assert(tailing_has(&t, "a\n\xe0\xac\x8a\n"));
    tailing_commit(&t);
    tailing_kill(&t);
    tailing_bytes(&t, "a.log", "\0\n\0", 3);
    tailing_start(&t);
    cr_assert(tailing_has(&t, "a\n\xe0\xac\x8a\nc\n"));
}

/* Written byte by byte, and once with a restart between. */
static void follow_bytes(const char *encoding, const char *bytes, size_t n, const char *text)
{
    t.options.encoding = encoding;
    tailing_bytes(&t, "a.log", bytes, 1);
    tailing_start(&t);
    for (size_t k = 1; k < n; k++) {
        tailing_bytes(&t, "a.log", bytes + k, 1);
        tailing_run(&t);
        if (k == n / 2) {
            tailing_commit(&t);
            tailing_kill(&t);
            tailing_start(&t);
        }
    }
    cr_expect(tailing_has(&t, text));
    cr_expect_eq(tailing_events(&t, "UNDECODED"), 0u);
    tailing_deinit(&t);
    tailing_init(&t);
}

Test(follow, utf_32_goes_by_the_byte_order_mark)
{
    static const char little[] = "\xff\xfe\0\0"
                                 "a\0\0\0\n\0\0\0b\0\0\0\n\0\0";
    static const char big[] = "\0\0\xfe\xff\0\0\0a\0\0\0\n\0\0\0b\0\0\0\n";

    for (int i = 0; i < 2; i++) {
        follow_bytes(i ? "utf-32" : NULL, little, sizeof(little), "a\nb\n");
        follow_bytes(i ? "utf-32" : NULL, big, sizeof(big) - 1, "a\nb\n");
    }
}

Test(follow, utf_16_goes_by_the_byte_order_mark_and_without_one_by_the_machine)
{
    static const struct {
        const char *bytes;
        size_t n;
    } files[] = {
        {"\xff\xfe"
         "a\0\n\0b\0\n\0",
         10},
        {"\xfe\xff"
         "\0a\0\n\0b\0\n",
         10},
        {"a\0\n\0b\0\n\0", 8},
    };

    for (size_t i = 0; i < ARRAY_SIZE(files); i++)
        follow_bytes("utf-16", files[i].bytes, files[i].n, "a\nb\n");
}

Test(follow, odd_things_are_skipped_with_a_reason_and_said_once)
{
    cr_assert_eq(mkfifo(t.path, 0600), 0);
    tailing_start(&t);
    tailing_wait(&t, 20 * SECOND_NS);
    cr_expect_eq(tailing_events(&t, "SKIPPED"), 1u);
    tailing_remove(&t, "a.log");
    tailing_append(&t, "a.log", "1\n");
    tailing_run(&t);
    cr_assert(tailing_has(&t, "1\n"));
}

Test(follow, odd_things_that_a_glob_finds_are_skipped_with_a_reason_and_said_once)
{
    static const char *const reasons[] = {"a folder", "a pipe", "a socket", "a device",
                                          "a link that leads nowhere"};
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char pattern[96], path[96];
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    snprintf(pattern, sizeof(pattern), "%s/*.log", t.folder);
    t.options.pattern = pattern;
    snprintf(path, sizeof(path), "%s/folder.log", t.folder);
    cr_assert_eq(mkdir(path, 0700), 0);
    snprintf(path, sizeof(path), "%s/pipe.log", t.folder);
    cr_assert_eq(mkfifo(path, 0600), 0);
    snprintf(path, sizeof(path), "%s/nowhere.log", t.folder);
    cr_assert_eq(symlink("nothing", path), 0);
    snprintf(path, sizeof(path), "%s/null.log", t.folder);
    cr_assert_eq(symlink("/dev/null", path), 0);
    snprintf(address.sun_path, sizeof(address.sun_path), "%s/socket.log", t.folder);
    cr_assert_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    close(fd);
    tailing_append(&t, "a.log", "1\n");
    tailing_start(&t);
    for (int i = 0; i < 3; i++) {
        tailing_append(&t, "a.log", "2\n");
        tailing_wait(&t, 100 * SECOND_NS);
    }
    cr_assert(tailing_has(&t, "1\n2\n2\n2\n"));
    cr_expect_eq(tailing_events(&t, "SKIPPED"), 5u);
    gloss_buf_char(&t.events, '\0');
    for (size_t i = 0; i < ARRAY_SIZE(reasons); i++)
        cr_expect(strstr(t.events.ptr, reasons[i]), "%s", reasons[i]);
    t.events.len--;
}

Test(follow, what_cannot_be_looked_at_is_said_once_and_heals)
{
    cr_assert_eq(symlink("a.log", t.path), 0);
    tailing_start(&t);
    tailing_wait(&t, 100 * SECOND_NS);
    cr_expect_eq(tailing_events(&t, "UNREADABLE"), 1u);
    tailing_remove(&t, "a.log");
    tailing_append(&t, "a.log", "1\n");
    tailing_wait(&t, 61 * SECOND_NS);
    cr_assert(tailing_has(&t, "1\n"));
    cr_expect_eq(tailing_events(&t, "READABLE"), 1u);
}

Test(follow, a_hole_left_by_a_writer_that_does_not_append_is_skipped_and_counted)
{
    static const char later[] = "2\n3\n";
    int fd;

    tailing_append(&t, "a.log", "");
    fd = open(t.path, O_WRONLY | O_CLOEXEC);
    cr_assert_eq(write(fd, "0\n1\n", 4), 4);
    tailing_start(&t);
    tailing_truncate(&t, "a.log");
    tailing_run(&t);
    cr_assert_eq(write(fd, later, 4), 4);
    tailing_run(&t);
    cr_assert(tailing_has(&t, "0\n1\n2\n3\n"));
    cr_expect_eq(tailing_events(&t, "HOLE a.log 4 NUL"), 1u);
    close(fd);
}

Test(follow, a_hole_that_is_there_at_the_first_look_is_skipped_and_counted)
{
    int fd = open(t.path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

    cr_assert_eq(pwrite(fd, "1\n2\n", 4, 10000), 4);
    if (lseek(fd, 0, SEEK_DATA) == 0)
        cr_skip_test("the file system tells of no holes");
    tailing_start(&t);
    cr_assert(tailing_has(&t, "1\n2\n"));
    cr_expect_eq(tailing_events(&t, "HOLE a.log 10000 NUL"), 1u);
    close(fd);
}

Test(follow, nuls_that_somebody_wrote_are_bytes_like_others)
{
    tailing_bytes(&t, "a.log", "\0\0a\n\0\n", 6);
    tailing_start(&t);
    cr_assert_eq(t.out.len, 6u);
    cr_assert_eq(memcmp(t.out.ptr, "\0\0a\n\0\n", 6), 0);
}

Test(follow, a_glob_finds_what_is_born_and_doubles_nothing_that_is_renamed)
{
    char pattern[96];

    snprintf(pattern, sizeof(pattern), "%s/*.log*", t.folder);
    t.options.pattern = pattern;
    tailing_append(&t, "a.log", "a1\n");
    tailing_start(&t);
    tailing_append(&t, "b.log", "b1\n");
    tailing_run(&t);
    cr_assert(tailing_has(&t, "a1\nb1\n"));
    for (int i = 3; i > 0; i--) {
        char from[32], to[32];

        for (int k = 3 - i; k > 0; k--) {
            snprintf(from, sizeof(from), "a.log.%d", k);
            snprintf(to, sizeof(to), "a.log.%d", k + 1);
            tailing_rename(&t, from, to);
        }
        tailing_rename(&t, "a.log", "a.log.1");
        tailing_append(&t, "a.log", "more\n");
        tailing_run(&t);
        tailing_wait(&t, 10 * SECOND_NS);
    }
    cr_assert(tailing_has(&t, "a1\nb1\nmore\nmore\nmore\n"));
    tailing_commit(&t);
    tailing_kill(&t);
    tailing_start(&t);
    tailing_wait(&t, 10 * SECOND_NS);
    cr_assert(tailing_has(&t, "a1\nb1\nmore\nmore\nmore\n"));
}

Test(follow, a_copy_that_the_glob_finds_before_the_truncation_doubles_nothing)
{
    struct gloss_buf text = {0};
    char pattern[96];

    for (int i = 0; i < 100; i++)
        gloss_buf_printf(&text, "line %d\n", i);
    snprintf(pattern, sizeof(pattern), "%s/*.log*", t.folder);
    t.options.pattern = pattern;
    tailing_bytes(&t, "a.log", text.ptr, text.len);
    tailing_start(&t);
    tailing_copy(&t, "a.log", "a.log.1");
    tailing_run(&t);
    tailing_append(&t, "a.log.1", "rest\n");
    tailing_truncate(&t, "a.log");
    tailing_append(&t, "a.log", "new\n");
    tailing_run(&t);
    gloss_buf_str(&text, "rest\nnew");
    gloss_buf_append(&text, "\n", 2);
    cr_assert(tailing_has(&t, text.ptr));
    tailing_wait(&t, 20 * SECOND_NS);
    cr_assert(tailing_has(&t, text.ptr));
    gloss_buf_deinit(&text);
}

Test(follow, what_has_no_name_left_is_finished_at_a_stop_and_other_half_lines_wait)
{
    tailing_append(&t, "a.log", "1\nhalf");
    tailing_start(&t);
    cr_assert_eq(follow_stop(t.follow, t.buffer, t.now_ns), 0);
    cr_assert(tailing_has(&t, "1\n"));
    tailing_append(&t, "a.log", "-line\nlast");
    tailing_remove(&t, "a.log");
    cr_assert_eq(follow_stop(t.follow, t.buffer, t.now_ns), 0);
    cr_assert(tailing_has(&t, "1\nhalf-line\nlast\n"));
}

Test(follow, a_quiet_file_that_changes_is_found_by_the_clock_alone)
{
    tailing_append(&t, "a.log", "1\n");
    tailing_start(&t);
    tailing_wait(&t, MINUTE_NS);
    tailing_append(&t, "a.log", "2\n");
    tailing_wait(&t, 5 * SECOND_NS);
    cr_assert(tailing_has(&t, "1\n2\n"));
    tailing_wait(&t, MINUTE_NS);
    tailing_rename(&t, "a.log", "a.log.1");
    tailing_append(&t, "a.log", "3\n");
    tailing_wait(&t, 5 * SECOND_NS);
    cr_assert(tailing_has(&t, "1\n2\n3\n"));
    tailing_wait(&t, MINUTE_NS);
    tailing_truncate(&t, "a.log");
    tailing_append(&t, "a.log", "4\n");
    tailing_wait(&t, 5 * SECOND_NS);
    cr_assert(tailing_has(&t, "1\n2\n3\n4\n"));
}

/* At each look the owner is asked whether the folder is watched. */
Test(follow, a_quiet_file_is_looked_at_seldom_where_all_is_told)
{
    tailing_append(&t, "a.log", "1\n");
    t.watched = true;
    tailing_start(&t);
    tailing_wait(&t, MINUTE_NS);
    t.n_asked = 0;
    tailing_wait(&t, 600 * SECOND_NS);
    cr_expect_geq(t.n_asked, 10u);
    cr_expect_leq(t.n_asked, 14u);
    tailing_append(&t, "a.log", "2\n"); /* by a map of memory, say */
    tailing_wait(&t, MINUTE_NS);
    cr_assert(tailing_has(&t, "1\n2\n"));
    t.watched = false;
    tailing_wait(&t, MINUTE_NS);
    t.n_asked = 0;
    tailing_wait(&t, MINUTE_NS);
    cr_expect_geq(t.n_asked, 12u);
}

Test(follow, a_quiet_file_is_looked_at_seldom_though_the_wall_clock_was_put_right)
{
    tailing_append(&t, "a.log", "1\n");
    t.watched = true;
    t.now_ns -= HOUR_NS;
    tailing_start(&t);
    t.ahead_ns = HOUR_NS;
    tailing_wait(&t, MINUTE_NS);
    t.n_asked = 0;
    tailing_wait(&t, 600 * SECOND_NS);
    cr_expect_geq(t.n_asked, 10u);
    cr_expect_leq(t.n_asked, 14u);
}

/* A write by the other name wakes the follow in that name's folder only. */
Test(follow, a_file_of_two_names_is_looked_at_often)
{
    char other[128];

    snprintf(other, sizeof(other), "%s/below", t.folder);
    cr_assert_eq(mkdir(other, 0700), 0);
    tailing_append(&t, "a.log", "1\n");
    cr_assert_eq(link(t.path, strcat(other, "/a.log")), 0);
    t.watched = true;
    tailing_start(&t);
    tailing_wait(&t, 120 * SECOND_NS);
    tailing_append(&t, "below/a.log", "2\n");
    tailing_wait(&t, 5 * SECOND_NS);
    cr_assert(tailing_has(&t, "1\n2\n"));
}

Test(follow, when_it_is_not_told_any_more_it_is_looked_at_often_again)
{
    tailing_append(&t, "a.log", "1\n");
    t.watched = true;
    tailing_start(&t);
    tailing_wait(&t, 120 * SECOND_NS);
    t.watched = false;
    follow_wake(t.follow, t.folder, /* name= */ NULL);
    tailing_settle(&t);
    tailing_append(&t, "a.log", "2\n");
    tailing_wait(&t, 5 * SECOND_NS);
    tailing_append(&t, "a.log", "3\n");
    tailing_wait(&t, 5 * SECOND_NS);
    cr_assert(tailing_has(&t, "1\n2\n3\n"));
}

Test(follow, looks_at_many_quiet_files_are_taken_in_turns)
{
    char name[16];

    snprintf(t.path, sizeof(t.path), "%s/*.log", t.folder);
    for (int i = 0; i < 400; i++) {
        snprintf(name, sizeof(name), "%d.log", i);
        tailing_append(&t, name, "1\n");
    }
    tailing_start(&t);
    tailing_wait(&t, MINUTE_NS);
    t.now_ns += 10 * SECOND_NS;
    cr_expect_eq(follow_turn(t.follow, t.buffer, t.now_ns, t.budget), 1);
    cr_expect_eq(follow_turn(t.follow, t.buffer, t.now_ns, t.budget), 0);
}

Test(follow, a_wake_by_name_is_enough)
{
    tailing_append(&t, "a.log", "1\n");
    tailing_start(&t);
    tailing_append(&t, "a.log", "2\n");
    follow_wake(t.follow, t.folder, "a.log");
    cr_expect_leq(follow_due_ns(t.follow, t.now_ns), t.now_ns);
    tailing_settle(&t);
    cr_assert(tailing_has(&t, "1\n2\n"));
    tailing_rename(&t, "a.log", "a.log.1");
    tailing_append(&t, "a.log.1", "3\n");
    follow_wake(t.follow, t.folder, "a.log.1");
    tailing_settle(&t);
    cr_assert(tailing_has(&t, "1\n2\n3\n"));
    cr_expect_gt(follow_due_ns(t.follow, t.now_ns), t.now_ns);
}

Test(follow, a_link_that_switches_and_switches_back_goes_on_where_each_file_was)
{
    tailing_append(&t, "one", "1\n");
    tailing_append(&t, "two", "2\n");
    cr_assert_eq(symlink("one", t.path), 0);
    tailing_start(&t);
    for (int i = 0; i < 4; i++) {
        tailing_remove(&t, "a.log");
        cr_assert_eq(symlink(i % 2 == 0 ? "two" : "one", t.path), 0);
        tailing_run(&t);
        tailing_append(&t, i % 2 == 0 ? "two" : "one", "x\n");
        tailing_run(&t);
        tailing_wait(&t, (uint64_t)(i % 2) * 10 * SECOND_NS);
    }
    cr_assert(tailing_has(&t, "1\n2\nx\nx\nx\nx\n"));
}

Test(follow, nothing_is_committed_while_nothing_happens)
{
    tailing_append(&t, "a.log", "1\n");
    tailing_start(&t);
    tailing_commit(&t);
    tailing_forget(&t);
    tailing_wait(&t, MINUTE_NS);
    tailing_commit(&t);
    cr_expect_eq(t.n_positions, 0u);
}

static size_t count_descriptors(void)
{
    size_t n = 0;

    for (int fd = 0; fd < 1024; fd++)
        n += fcntl(fd, F_GETFD) >= 0;
    return n;
}

/* ---- what is forgotten ---- */

/* Drops the row, as a state does. */
static int drop_position(void *ctx, const struct file_position *position)
{
    size_t *n = ctx, i = 0;

    while (i < t.n_positions && (t.positions[i].serial != position->serial ||
                                 !STREQ(t.positions[i].path, position->path)))
        i++;
    if (i < t.n_positions) {
        free((char *)t.positions[i].path);
        t.positions[i] = t.positions[--t.n_positions];
    }
    ++*n;
    return 0;
}

static size_t forget_now(uint64_t older_than_ns)
{
    size_t n = 0;

    cr_assert_geq(follow_forget(t.follow, older_than_ns, drop_position, &n), 0);
    return n;
}

/* What is found to be too old has a minute more to be seen. */
static size_t forget(uint64_t older_than_ns)
{
    size_t n = forget_now(older_than_ns);

    tailing_wait(&t, 61 * SECOND_NS);
    return n + forget_now(older_than_ns);
}

/* Commits, sleeps for longer than positions are kept, and forgets. */
static size_t sleep_and_forget(void)
{
    size_t n;

    tailing_commit(&t);
    t.now_ns += 8 * DAY_NS;
    n = forget(t.now_ns - 7 * DAY_NS);
    tailing_commit(&t);
    return n;
}

Test(follow, a_rotated_file_that_a_glob_finds_is_never_forgotten_however_old_it_is)
{
    snprintf(t.path, sizeof(t.path), "%s/*", t.folder);
    tailing_append(&t, "a.log", "1\n2\n");
    tailing_start(&t);
    tailing_rename(&t, "a.log", "a.log.1");
    tailing_append(&t, "a.log", "3\n");
    tailing_run(&t);
    tailing_wait(&t, 20 * SECOND_NS);
    cr_expect_eq(sleep_and_forget(), 0u);
    tailing_kill(&t);
    tailing_start(&t);
    cr_expect_eq(forget(t.now_ns - 7 * DAY_NS), 0u);
    cr_assert(tailing_has(&t, "1\n2\n3\n"));
}

Test(follow, a_file_that_is_renamed_again_long_after_it_was_read_doubles_nothing)
{
    snprintf(t.path, sizeof(t.path), "%s/a.log*", t.folder);
    tailing_append(&t, "a.log", "1\n2\n");
    tailing_start(&t);
    tailing_rename(&t, "a.log", "a.log.1");
    tailing_wait(&t, 20 * SECOND_NS);
    sleep_and_forget();
    tailing_rename(&t, "a.log.1", "a.log.2");
    tailing_wait(&t, 20 * SECOND_NS);
    sleep_and_forget();
    tailing_kill(&t);
    tailing_start(&t);
    tailing_wait(&t, 20 * SECOND_NS);
    cr_assert(tailing_has(&t, "1\n2\n"));
}

Test(follow, a_link_that_switches_back_to_a_file_that_was_quiet_for_long_doubles_nothing)
{
    tailing_append(&t, "one", "1\n");
    tailing_append(&t, "two", "2\n");
    cr_assert_eq(symlink("one", t.path), 0);
    tailing_start(&t);
    sleep_and_forget();
    tailing_remove(&t, "a.log");
    cr_assert_eq(symlink("two", t.path), 0);
    tailing_wait(&t, 20 * SECOND_NS);
    cr_expect_eq(forget(t.now_ns - 7 * DAY_NS), 0u);
    tailing_remove(&t, "a.log");
    cr_assert_eq(symlink("one", t.path), 0);
    tailing_run(&t);
    cr_assert(tailing_has(&t, "1\n2\n"));
    tailing_wait(&t, 20 * SECOND_NS);
    cr_expect_eq(sleep_and_forget(), 1u, "nobody sees the other one");
}

Test(follow, a_file_that_was_renamed_long_ago_is_not_taken_for_one_that_came_and_went)
{
    tailing_start(&t);
    let_clock_tick();
    tailing_append(&t, "a.log", "1\n2\n");
    tailing_run(&t);
    tailing_rename(&t, "a.log", "a.log.1");
    tailing_wait(&t, 20 * SECOND_NS);
    sleep_and_forget();
    tailing_append(&t, "a.log", "3\n");
    tailing_run(&t);
    cr_assert(tailing_has(&t, "1\n2\n3\n"));
}

Test(follow, the_age_of_what_a_pattern_names_no_more_counts_from_the_start_that_did_not_find_it)
{
    char other[96];

    tailing_append(&t, "a.log", "1\n");
    tailing_start(&t);
    tailing_commit(&t);
    tailing_kill(&t);
    t.now_ns += 8 * DAY_NS;
    snprintf(other, sizeof(other), "%s/other.log", t.folder);
    t.options.pattern = other;
    tailing_start(&t);
    cr_expect_eq(forget(t.now_ns - 7 * DAY_NS), 0u);
    tailing_commit(&t);
    tailing_kill(&t);
    t.now_ns += 8 * DAY_NS;
    tailing_start(&t);
    cr_expect_eq(forget(t.now_ns - 7 * DAY_NS), 1u);
}

Test(follow, the_time_at_which_a_file_was_seen_is_committed_to_the_hour)
{
    snprintf(t.path, sizeof(t.path), "%s/*", t.folder);
    tailing_append(&t, "a.log", "1\n");
    tailing_start(&t);
    tailing_rename(&t, "a.log", "b.log");
    tailing_wait(&t, MINUTE_NS);
    tailing_commit(&t);
    tailing_forget(&t);
    tailing_wait(&t, 1800 * SECOND_NS);
    tailing_commit(&t);
    cr_expect_eq(t.n_positions, 0u);
    tailing_wait(&t, 1800 * SECOND_NS);
    tailing_commit(&t);
    cr_expect_eq(t.n_positions, 1u);
}

Test(follow, a_vanished_file_is_forgotten_by_its_age_and_a_live_one_never)
{
    tailing_append(&t, "a.log", "1\n");
    tailing_start(&t);
    cr_expect_eq(forget(UINT64_MAX), 0u);
    tailing_remove(&t, "a.log");
    tailing_wait(&t, 20 * SECOND_NS);
    cr_expect_eq(forget(1), 0u);
    cr_expect_eq(forget(UINT64_MAX), 1u);
}

Test(follow, files_that_are_done_are_forgotten_by_their_number)
{
    char old[32];

    tailing_start(&t);
    for (int i = 0; i < 20; i++) {
        snprintf(old, sizeof(old), "a.log.%d", i);
        tailing_append(&t, "a.log", "1\n");
        tailing_run(&t);
        tailing_rename(&t, "a.log", old);
        tailing_run(&t);
    }
    tailing_wait(&t, 20 * SECOND_NS);
    cr_expect_eq(forget_now(1), 4u);
    cr_expect_eq(forget_now(1), 0u);
}

Test(follow, what_is_gone_of_many_is_forgotten_by_and_by)
{
    size_t n = 0, rounds = 0;
    char name[16];

    snprintf(t.path, sizeof(t.path), "%s/*.log", t.folder);
    for (int i = 0; i < 600; i++) {
        snprintf(name, sizeof(name), "%d.log", i);
        tailing_append(&t, name, "1\n");
    }
    tailing_start(&t);
    for (int i = 0; i < 600; i++) {
        snprintf(name, sizeof(name), "%d.log", i);
        tailing_remove(&t, name);
    }
    tailing_run(&t);
    tailing_wait(&t, 20 * SECOND_NS);
    for (size_t before = 1; before > 0; rounds++)
        n += before = forget(UINT64_MAX);
    cr_expect_eq(n, 600u);
    cr_expect_leq(rounds, 5u);
}

/* Paths come and go in the folders of containers. */
Test(follow, a_path_of_which_nothing_is_left_is_not_looked_at_any_more)
{
    char pattern[96], name[16];

    snprintf(pattern, sizeof(pattern), "%s/*.log", t.folder);
    t.options.pattern = pattern;
    for (int i = 0; i < 100; i++) {
        snprintf(name, sizeof(name), "%d.log", i);
        tailing_append(&t, name, "1\n");
    }
    tailing_start(&t);
    for (int i = 0; i < 100; i++) {
        snprintf(name, sizeof(name), "%d.log", i);
        if (i != 50)
            tailing_remove(&t, name);
    }
    tailing_wait(&t, 120 * SECOND_NS);
    cr_expect_eq(t.follow->n, 100u, "they may come back");
    cr_expect_eq(forget(UINT64_MAX), 99u);
    tailing_wait(&t, 61 * SECOND_NS);
    cr_expect_eq(t.follow->n, 1u);
    cr_expect_eq(t.follow->queue.n, 1u);
    tailing_append(&t, "7.log", "2\n");
    tailing_append(&t, "50.log", "3\n");
    tailing_run(&t);
    cr_expect_eq(t.out.len, 204u);
    cr_expect_eq(t.follow->n, 2u);
}

Test(follow, a_path_that_is_the_pattern_is_always_looked_at)
{
    tailing_append(&t, "a.log", "1\n");
    tailing_start(&t);
    tailing_remove(&t, "a.log");
    tailing_wait(&t, MINUTE_NS);
    cr_expect_eq(forget(UINT64_MAX), 1u);
    tailing_wait(&t, 61 * SECOND_NS);
    tailing_append(&t, "a.log", "2\n");
    follow_wake(t.follow, t.folder, "a.log");
    tailing_settle(&t);
    cr_assert(tailing_has(&t, "1\n2\n"));
}

Test(follow, nothing_is_forgotten_because_a_folder_could_not_be_looked_at)
{
    char aside[96];

    snprintf(aside, sizeof(aside), "%s.aside", t.folder);
    tailing_append(&t, "a.log", "1\n");
    tailing_start(&t);
    tailing_commit(&t);
    tailing_kill(&t);
    tailing_append(&t, "a.log", "2\n");
    cr_assert_eq(rename(t.folder, aside), 0);
    tailing_start(&t);
    tailing_wait(&t, 20 * SECOND_NS);
    cr_expect_eq(forget(UINT64_MAX), 0u);
    cr_assert_eq(rename(aside, t.folder), 0);
    tailing_wait(&t, 20 * SECOND_NS);
    cr_assert(tailing_has(&t, "1\n2\n"));
}

Test(follow, more_files_than_descriptors_are_followed_through_their_rotations)
{
    enum { FILES = 200, ROUNDS = 3 };
    struct rlimit limit = {.rlim_cur = 64, .rlim_max = 64};
    char pattern[96], name[32], old[32];
    size_t expected = 0;

    snprintf(pattern, sizeof(pattern), "%s/*.log", t.folder);
    t.options.pattern = pattern;
    cr_assert_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < FILES; i++) {
            snprintf(name, sizeof(name), "%d.log", i);
            snprintf(old, sizeof(old), "%d.log.%d", i, round);
            if (round > 0 && i % 2 == 0) {
                tailing_append(&t, name, "late\n");
                tailing_rename(&t, name, old);
                expected += 5;
            }
            tailing_append(&t, name, "line\n");
            expected += 5;
        }
        if (round == 0)
            tailing_start(&t);
        else
            tailing_run(&t);
        tailing_wait(&t, 20 * SECOND_NS);
        cr_expect_eq(t.out.len, expected, "round %d: %zu of %zu", round, t.out.len, expected);
        cr_expect_leq(count_descriptors(), 64u * 3 / 4 + 1);
    }
    cr_expect_eq(tailing_events(&t, "UNREADABLE"), 0u, "%.*s", (int)t.events.len, t.events.ptr);
    cr_expect_eq(tailing_events(&t, "GONE"), 0u);
}

/* ---- compressed files ---- */

/* What gzip and its like do: X becomes X.gz, with the time of the last write, and X is deleted. */
static void compress(const char *tool, const char *name)
{
    char command[256];

    snprintf(command, sizeof(command), "%s -q %s/%s", tool, t.folder, name);
    cr_assert_eq(system(command), 0, "%s", command);
}

/* Appends the compressed text to another file, and keeps the original. */
static void compress_copy(const char *name, const char *to)
{
    char command[320];

    snprintf(command, sizeof(command), "gzip -c %s/%s >>%s/%s", t.folder, name, t.folder, to);
    cr_assert_eq(system(command), 0, "%s", command);
}

/* Lines enough for a file to be known by its start. */
static void append_lines(const char *name, const char *tag, int n)
{
    char line[64];

    for (int i = 0; i < n; i++) {
        snprintf(line, sizeof(line), "%s line %d of a longer text\n", tag, i);
        tailing_append(&t, name, line);
    }
}

static bool has_lines(const char *const *tags, const int *n, size_t n_tags)
{
    struct gloss_buf text = {0};
    bool same;

    for (size_t k = 0; k < n_tags; k++)
        for (int i = 0; i < n[k]; i++)
            gloss_buf_printf(&text, "%s line %d of a longer text\n", tags[k], i);
    gloss_buf_char(&text, '\0');
    same = tailing_has(&t, text.ptr);
    gloss_buf_deinit(&text);
    return same;
}

Test(follow, a_copy_of_a_file_that_nobody_has_read_is_no_file_before_it)
{
    tailing_append(&t, "a.log", "1\n");
    tailing_start(&t);
    let_clock_tick();
    tailing_rename(&t, "a.log", "a.log.2");
    tailing_append(&t, "a.log", "2\n");
    let_clock_tick();
    tailing_copy(&t, "a.log", "a.log.1");
    tailing_run(&t);
    cr_assert(tailing_has(&t, "1\n2\n"), "%.*s", (int)t.out.len, t.out.ptr);
    tailing_append(&t, "a.log", "3\n");
    tailing_remove(&t, "a.log.1");
    tailing_copy(&t, "a.log", "a.log.1");
    tailing_truncate(&t, "a.log");
    tailing_append(&t, "a.log", "4\n");
    tailing_run(&t);
    cr_assert(tailing_has(&t, "1\n2\n3\n4\n"), "%.*s", (int)t.out.len, t.out.ptr);
}

/* The file was renamed a second time after the next file had come. */
Test(follow, what_came_behind_a_file_that_was_cut_off_and_renamed_twice_is_found)
{
    tailing_append(&t, "a.log", "1\nhalf");
    tailing_start(&t);
    tailing_truncate(&t, "a.log");
    tailing_append(&t, "a.log", "2\n");
    let_clock_tick();
    tailing_rename(&t, "a.log", "a.log.1");
    tailing_append(&t, "a.log", "3\n");
    for (int i = 0; i < 5; i++)
        let_clock_tick();
    tailing_rename(&t, "a.log.1", "a.log.2");
    tailing_rename(&t, "a.log", "a.log.1");
    tailing_append(&t, "a.log", "4\n");
    tailing_run(&t);
    cr_assert(tailing_has(&t, "1\nhalf\n2\n3\n4\n"), "%.*s", (int)t.out.len, t.out.ptr);
}

Test(follow, files_that_were_compressed_while_stopped_come_in_their_order)
{
    static const char *const compressors[] = {"gzip", "xz", "bzip2", "zstd --rm"};

    for (size_t i = 0; i < ARRAY_SIZE(compressors); i++) {
        tailing_append(&t, "a.log", "1\n");
        tailing_start(&t);
        tailing_commit(&t);
        tailing_kill(&t);
        tailing_append(&t, "a.log", "2\n");
        let_clock_tick();
        tailing_rename(&t, "a.log", "a.log.3");
        tailing_append(&t, "a.log", "3\n");
        let_clock_tick();
        tailing_rename(&t, "a.log", "a.log.2");
        compress(compressors[i], "a.log.2");
        tailing_append(&t, "a.log", "4\n");
        let_clock_tick();
        tailing_rename(&t, "a.log", "a.log.1");
        tailing_append(&t, "a.log", "5\n");
        compress(compressors[i], "a.log.3");
        tailing_start(&t);
        cr_expect(tailing_has(&t, "1\n2\n3\n4\n5\n"), "%s", compressors[i]);
        tailing_commit(&t);
        tailing_wait(&t, 10 * SECOND_NS);
        tailing_kill(&t);
        tailing_start(&t);
        cr_expect(tailing_has(&t, "1\n2\n3\n4\n5\n"), "%s", compressors[i]);
        cr_expect_eq(tailing_events(&t, "GONE"), 0u);
        tailing_deinit(&t);
        tailing_init(&t);
    }
}

Test(follow, rotate_and_compress_while_it_is_read_doubles_nothing)
{
    static const char *const tags[] = {"a", "b", "c", "d"};
    const int n[] = {40, 50, 60, 20};

    append_lines("a.log", "a", 40);
    tailing_start(&t);
    append_lines("a.log", "b", 50);
    tailing_rename(&t, "a.log", "a.log.1");
    append_lines("a.log", "c", 60);
    compress("gzip", "a.log.1");
    tailing_rename(&t, "a.log.1.gz", "a.log.2.gz");
    let_clock_tick();
    tailing_rename(&t, "a.log", "a.log.1");
    compress("gzip", "a.log.1");
    append_lines("a.log", "d", 20);
    tailing_run(&t);
    cr_assert(has_lines(tags, n, 4));
    tailing_wait(&t, 30 * SECOND_NS);
    cr_assert(has_lines(tags, n, 4));
    tailing_rename(&t, "a.log", "a.log.0");
    tailing_append(&t, "a.log", "");
    tailing_run(&t);
    compress("gzip", "a.log.0");
    tailing_wait(&t, 30 * SECOND_NS);
    tailing_rename(&t, "a.log", "a.log.00");
    tailing_append(&t, "a.log", "");
    tailing_run(&t);
    tailing_wait(&t, 30 * SECOND_NS);
    cr_assert(has_lines(tags, n, 4));
}

static void copy_is_read_on_and_compressed(bool die)
{
    static const char *const tags[] = {"one", "two", "three", "four"};
    static const int n[] = {20, 10, 10, 10};

    append_lines("a.log", "one", 20);
    tailing_start(&t);
    append_lines("a.log", "two", 10);
    tailing_copy(&t, "a.log", "a.log.1");
    tailing_truncate(&t, "a.log");
    tailing_run(&t);
    tailing_wait(&t, 20 * SECOND_NS);
    append_lines("a.log", "three", 10);
    tailing_run(&t);
    tailing_commit(&t);
    if (die)
        tailing_kill(&t);
    tailing_rename(&t, "a.log.1", "a.log.2");
    compress("gzip", "a.log.2");
    tailing_copy(&t, "a.log", "a.log.1");
    tailing_truncate(&t, "a.log");
    append_lines("a.log", "four", 10);
    if (die)
        tailing_start(&t);
    tailing_run(&t);
    tailing_wait(&t, 20 * SECOND_NS);
    cr_assert(has_lines(tags, n, ARRAY_SIZE(tags)));
}

Test(follow, a_copy_that_was_read_on_and_is_compressed_later_doubles_nothing)
{
    copy_is_read_on_and_compressed(/* die= */ false);
}

Test(follow, a_copy_that_was_read_on_and_is_compressed_while_stopped_doubles_nothing)
{
    copy_is_read_on_and_compressed(/* die= */ true);
}

/* The copy had more lines than were read of it, so two offsets are right. */
Test(follow, a_compressed_file_goes_on_behind_the_largest_offset_that_is_right)
{
    static const char *const tags[] = {"one", "two", "late"};
    static const int n[] = {20, 10, 10};

    append_lines("a.log", "one", 20);
    tailing_start(&t);
    append_lines("a.log", "two", 10);
    tailing_copy(&t, "a.log", "a.log.1");
    tailing_truncate(&t, "a.log");
    tailing_run(&t);
    tailing_wait(&t, 20 * SECOND_NS);
    tailing_commit(&t);
    tailing_kill(&t);
    append_lines("a.log.1", "late", 10);
    compress("gzip", "a.log.1");
    tailing_start(&t);
    tailing_run(&t);
    tailing_wait(&t, 20 * SECOND_NS);
    cr_assert(has_lines(tags, n, ARRAY_SIZE(tags)));
}

/* A stop commits while it is not known yet whose text the compressed file holds. */
Test(follow, a_copy_that_is_compressed_while_it_is_read_and_ended_by_a_stop_doubles_nothing)
{
    tailing_append(&t, "a.log", "1\nhalf");
    tailing_start(&t);
    tailing_copy(&t, "a.log", "a.log.1");
    tailing_truncate(&t, "a.log");
    tailing_run(&t);
    compress("gzip", "a.log.1");
    tailing_append(&t, "a.log", "waits");
    tailing_run(&t);
    cr_assert_eq(follow_stop(t.follow, t.buffer, t.now_ns), 0);
    tailing_commit(&t);
    tailing_kill(&t);
    tailing_start(&t);
    tailing_wait(&t, 20 * SECOND_NS);
    cr_assert(tailing_has(&t, "1\nhalf\n"));
}

Test(follow, a_compressed_successor_comes_behind_what_was_not_read_yet)
{
    static const char *const tags[] = {"one", "two"};
    static const int n[] = {20, 20};

    tailing_append(&t, "a.log", "");
    tailing_start(&t);
    append_lines("a.log", "one", 20);
    let_clock_tick();
    tailing_rename(&t, "a.log", "a.log.2");
    append_lines("a.log", "two", 20);
    tailing_rename(&t, "a.log", "a.log.1");
    compress("gzip", "a.log.1");
    tailing_run(&t);
    cr_assert(has_lines(tags, n, ARRAY_SIZE(tags)));
}

Test(follow, a_hole_at_the_start_of_a_compressed_file_is_skipped)
{
    static const char *const tags[] = {"one", "two"};
    static const int n[] = {20, 20};
    char path[128];

    append_lines("a.log", "one", 20);
    tailing_start(&t);
    tailing_commit(&t);
    tailing_kill(&t);
    let_clock_tick();
    tailing_rename(&t, "a.log", "a.log.2");
    tailing_append(&t, "a.log.1", "");
    snprintf(path, sizeof(path), "%s/a.log.1", t.folder);
    cr_assert_eq(truncate(path, 5000), 0);
    append_lines("a.log.1", "two", 20);
    compress("gzip", "a.log.1");
    tailing_append(&t, "a.log", "");
    tailing_start(&t);
    tailing_wait(&t, 20 * SECOND_NS);
    cr_assert(has_lines(tags, n, ARRAY_SIZE(tags)));
    cr_expect_eq(tailing_events(&t, "HOLE a.log 5000 NUL"), 1u);
}

Test(follow, a_compressed_file_that_is_just_begun_is_not_taken_for_text)
{
    size_t len;

    append_lines("a.log", "one", 20);
    tailing_start(&t);
    len = t.out.len;
    tailing_rename(&t, "a.log", "a.log.1");
    tailing_append(&t, "a.log.1.gz", "");
    tailing_append(&t, "a.log", "2\n");
    tailing_run(&t);
    compress_copy("a.log.1", "a.log.1.gz");
    tailing_remove(&t, "a.log.1");
    tailing_run(&t);
    tailing_wait(&t, 20 * SECOND_NS);
    cr_expect_eq(t.out.len, len + 2, "%zu bytes instead of %zu", t.out.len, len + 2);
}

/* It was asked again and again whether it is one, until rotate_wait had passed. */
Test(follow, a_file_that_may_become_a_compressed_one_is_left_alone_until_it_grows)
{
    static const char *const starts[] = {"B", "7", "P", "\x1f", "\x1f\x8b", "BZ", "\x28\xb5"};
    struct gloss_buf text = {0};

    for (size_t i = 0; i < ARRAY_SIZE(starts); i++) {
        tailing_append(&t, "a.log", starts[i]);
        tailing_start(&t); /* which demands that it comes to rest */
        tailing_append(&t, "a.log", " and more\n");
        tailing_run(&t);
        gloss_buf_clear(&text);
        gloss_buf_printf(&text, "%s and more\n", starts[i]);
        cr_expect_eq(t.out.len, text.len, "%zu", i);
        cr_expect_eq(memcmp(t.out.ptr, text.ptr, text.len), 0, "%zu", i);
        tailing_deinit(&t);
        tailing_init(&t);
    }
    gloss_buf_deinit(&text);
}

/* It was opened then, and read when the clock next woke its path. */
Test(follow, a_compressed_file_that_waits_for_a_file_is_read_when_that_is_finished)
{
    append_lines("a.log", "one", 20);
    tailing_start(&t);
    tailing_rename(&t, "a.log", "a.log.1");
    compress("gzip", "a.log.1");
    tailing_append(&t, ".text", "late\n");
    compress_copy(".text", "a.log.1.gz");
    tailing_append(&t, "a.log", "");
    tailing_run(&t);
    for (int i = 0; i < 200 && tailing_events(&t, "FINISHED") == 0; i++) {
        t.now_ns += SECOND_NS / 10;
        tailing_settle(&t);
    }
    cr_assert_eq(tailing_events(&t, "FINISHED"), 1u);
    cr_expect_geq(t.out.len, 5u);
    cr_expect_eq(memcmp(t.out.ptr + t.out.len - 5, "late\n", 5), 0);
}

Test(follow, a_rest_that_was_not_read_is_read_in_the_compressed_file)
{
    static const char *const tags[] = {"a", "b", "c"};
    const int n[] = {3000, 2000, 10};

    append_lines("a.log", "a", 3000);
    tailing_start(&t);
    tailing_commit(&t);
    tailing_kill(&t);
    append_lines("a.log", "b", 2000);
    tailing_rename(&t, "a.log", "a.log.1");
    append_lines("a.log", "c", 10);
    compress("gzip", "a.log.1");
    t.budget = 4096;
    tailing_start(&t);
    cr_assert(has_lines(tags, n, 3));
    tailing_wait(&t, 30 * SECOND_NS);
    cr_assert(has_lines(tags, n, 3));
    cr_expect_eq(tailing_events(&t, "GONE"), 0u);
}

Test(follow,
     a_compressed_file_with_the_start_of_another_is_told_apart_by_the_bytes_before_the_offset)
{
    static const char *const tags[] = {"same", "a", "same", "b", "same", "c"};
    const int n[] = {20, 30, 20, 30, 20, 5};

    append_lines("a.log", "same", 20);
    append_lines("a.log", "a", 30);
    tailing_start(&t);
    tailing_commit(&t);
    let_clock_tick();
    tailing_rename(&t, "a.log", "a.log.2");
    append_lines("a.log", "same", 20);
    append_lines("a.log", "b", 30);
    let_clock_tick();
    tailing_rename(&t, "a.log", "a.log.1");
    compress("gzip", "a.log.1");
    append_lines("a.log", "same", 20);
    append_lines("a.log", "c", 5);
    tailing_kill(&t);
    t.now_ns += 10 * SECOND_NS;
    tailing_start(&t);
    tailing_wait(&t, 30 * SECOND_NS);
    cr_expect_eq(tailing_events(&t, "GONE"), 0u);
    cr_assert(has_lines(tags, n, 6));
}

Test(follow, copytruncate_and_compress_while_behind_is_read_on_in_the_compressed_copy)
{
    static const char *const tags[] = {"a", "b", "c"};
    const int n[] = {30, 20, 10};

    append_lines("a.log", "a", 30);
    tailing_start(&t);
    append_lines("a.log", "b", 20);
    tailing_copy(&t, "a.log", "a.log.1");
    tailing_truncate(&t, "a.log");
    compress("gzip", "a.log.1");
    append_lines("a.log", "c", 10);
    tailing_run(&t);
    cr_assert(has_lines(tags, n, 3));
    tailing_wait(&t, 30 * SECOND_NS);
    cr_assert(has_lines(tags, n, 3));
}

Test(follow, a_compressed_file_that_a_glob_finds_is_read_decompressed_once_it_is_silent)
{
    char pattern[96];

    snprintf(pattern, sizeof(pattern), "%s/*", t.folder);
    t.options.pattern = pattern;
    tailing_start(&t);
    tailing_append(&t, ".text", "1\n2\n");
    compress_copy(".text", "b.gz");
    tailing_run(&t);
    cr_assert(tailing_has(&t, ""));
    tailing_wait(&t, 20 * SECOND_NS);
    cr_assert(tailing_has(&t, "1\n2\n"));
    tailing_append(&t, ".text", "3\n");
    compress_copy(".text", "b.gz");
    tailing_wait(&t, 20 * SECOND_NS);
    cr_assert(tailing_has(&t, "1\n2\n1\n2\n3\n"), "the member that came is read, no other");
    tailing_commit(&t);
    tailing_kill(&t);
    tailing_start(&t);
    tailing_wait(&t, 20 * SECOND_NS);
    cr_assert(tailing_has(&t, "1\n2\n1\n2\n3\n"));
}

/* The text is short, so the compressed file counted as its copy only because it ended there too. It
 * must not be held to that when it is found again. */
Test(follow, a_short_compressed_file_that_grows_while_it_is_away_doubles_nothing)
{
    char pattern[96];

    snprintf(pattern, sizeof(pattern), "%s/*", t.folder);
    t.options.pattern = pattern;
    tailing_append(&t, "a.log", "1\n2\n");
    tailing_start(&t);
    compress("gzip", "a.log");
    tailing_wait(&t, 30 * SECOND_NS);
    tailing_rename(&t, "a.log.gz", ".away");
    tailing_wait(&t, 30 * SECOND_NS);
    tailing_append(&t, ".text", "3\n");
    compress_copy(".text", ".away");
    tailing_rename(&t, ".away", "a.log.gz");
    tailing_wait(&t, 30 * SECOND_NS);
    cr_assert(tailing_has(&t, "1\n2\n3\n"), "%.*s", (int)t.out.len, t.out.ptr);
}

/* Nobody wants to read them as text. */
Test(follow, archives_that_a_glob_finds_are_skipped_and_said_once)
{
    char pattern[96], command[256];

    snprintf(pattern, sizeof(pattern), "%s/*", t.folder);
    t.options.pattern = pattern;
    tailing_append(&t, ".text", "1\n");
    snprintf(command, sizeof(command), "cd %s && tar -cf a.tar .text && tar -czf b.tgz .text",
             t.folder);
    cr_assert_eq(system(command), 0);
    compress_copy(".text", "c.gz");
    compress_copy("c.gz", "d.gz.gz");
    tailing_bytes(&t, "e.zip", "PK\3\4 and more", 13);
    tailing_remove(&t, "c.gz");
    tailing_start(&t);
    tailing_wait(&t, 20 * SECOND_NS);
    compress_copy(".text", "b.tgz");
    tailing_wait(&t, 20 * SECOND_NS);
    cr_expect(tailing_has(&t, ""), "%.*s", (int)t.out.len, t.out.ptr);
    cr_expect_eq(tailing_events(&t, "OPENED"), 0u);
    cr_expect_eq(tailing_events(&t, "SKIPPED a.tar it is a tar archive, not a log"), 1u);
    cr_expect_eq(tailing_events(&t, "SKIPPED b.tgz it is a tar archive, not a log"), 1u);
    cr_expect_eq(tailing_events(&t, "SKIPPED d.gz.gz it is compressed twice"), 1u);
    cr_expect_eq(tailing_events(&t, "SKIPPED e.zip it is compressed with zip"), 1u);
    cr_expect_eq(tailing_events(&t, "SKIPPED"), 4u, "%.*s", (int)t.events.len, t.events.ptr);
}

static void count_skipped(void *ctx, const char *path, const char *why)
{
    (void)path;
    *(size_t *)ctx += strstr(why, "packed_ratio") != NULL;
}

/* A few bytes must not become gigabytes in the sink; other compressed files are read all the same.
 */
Test(follow, a_packed_file_is_read_as_far_as_its_size_allows_and_the_rest_is_said)
{
    size_t n = (3 << 20) / 100 * 100, most = (1 << 20) / 100 * 100 + 4;
    char pattern[96], *line = malloc(n);
    size_t n_skipped = 0;

    cr_assert_not_null(line);
    for (size_t i = 0; i < n; i++)
        line[i] = i % 100 == 99 ? '\n' : 'x';
    snprintf(pattern, sizeof(pattern), "%s/*", t.folder);
    t.options.pattern = pattern;
    t.options.packed_ratio = 10;
    cr_assert_eq(decompress_pool_new(&t.options.pool), 0);
    tailing_bytes(&t, ".bomb", line, n);
    compress_copy(".bomb", "a.gz");
    tailing_append(&t, ".text", "1\n2\n");
    compress_copy(".text", "b.gz");
    tailing_start(&t);
    tailing_wait(&t, 20 * SECOND_NS);
    cr_expect_eq(t.out.len, most, "%zu", t.out.len);
    cr_expect_eq(tailing_events(&t, "UNDECODED a.gz it decompresses to more than 10 times"), 1u);
    cr_expect_eq(tailing_events(&t, "UNDECODED"), 1u);
    follow_each_skipped(t.follow, count_skipped, &n_skipped);
    cr_expect_eq(n_skipped, 1u);
    tailing_commit(&t);
    tailing_kill(&t);
    tailing_start(&t);
    tailing_wait(&t, 20 * SECOND_NS);
    cr_expect_eq(t.out.len, most, "%zu, after a restart", t.out.len);
    tailing_kill(&t);
    t.options.pool = decompress_pool_free(t.options.pool);
    free(line);
}

/* They take turns, whichever of them may decompress now. */
Test(follow, more_packed_files_than_may_be_open_at_once_are_all_read)
{
    static const char *const packers[] = {"gzip", "xz", "bzip2", "zstd --rm"};
    char pattern[96];

    snprintf(pattern, sizeof(pattern), "%s/*", t.folder);
    t.options.pattern = pattern;
    t.budget = 100;
    cr_assert_eq(decompress_pool_new(&t.options.pool), 0);
    for (int i = 0; i < 20; i++) {
        char name[32];

        snprintf(name, sizeof(name), "p%02d.log", i);
        append_lines(name, "line", 50);
        compress(packers[i % 4], name);
    }
    tailing_start(&t);
    tailing_wait(&t, 20 * SECOND_NS);
    cr_expect_eq(tailing_events(&t, "OPENED"), 20u);
    cr_expect_eq(t.out.len, 20u * (10 * 29 + 40 * 30), "%zu", t.out.len);
    tailing_kill(&t);
    t.options.pool = decompress_pool_free(t.options.pool);
}

/* What a reload does. */
static void make_successor(void)
{
    struct follow *former = t.follow;

    tailing_commit(&t);
    cr_assert_eq(follow_new(&t.follow, &t.options), 0);
    for (size_t i = 0; i < t.n_positions; i++)
        cr_assert_eq(follow_remember(t.follow, &t.positions[i]), 0);
    cr_assert_eq(follow_inherit(t.follow, former, t.now_ns), 0);
    follow_free(former);
    cr_assert_eq(follow_scan(t.follow, t.now_ns), 0);
    tailing_settle(&t);
}

static void expect_rest_of_deleted(const char *name)
{
    static const char *const tags[] = {"one"};
    static const int n[] = {40};
    char pattern[96];

    snprintf(pattern, sizeof(pattern), "%s/a.*", t.folder);
    t.options.pattern = pattern;
    t.budget = 64;
    t.block_result = 1;
    tailing_start(&t);
    for (int i = 0; i < 200 && t.out.len == 0; i++) {
        t.now_ns += SECOND_NS / 10;
        tailing_settle(&t);
    }
    cr_assert(t.out.len > 0 && t.out.len < 200, "it is half read");
    tailing_remove(&t, name);
    make_successor();
    t.block_result = 0;
    tailing_settle(&t);
    cr_expect(has_lines(tags, n, 1), "%.*s", (int)t.out.len, t.out.ptr);
}

Test(follow, a_successor_reads_the_rest_of_a_deleted_file)
{
    append_lines("a.log", "one", 40);
    expect_rest_of_deleted("a.log");
}

Test(follow, a_successor_reads_the_rest_of_a_deleted_compressed_file)
{
    append_lines(".text", "one", 40);
    compress_copy(".text", "a.gz");
    expect_rest_of_deleted("a.gz");
}

Test(follow, a_glob_that_finds_the_compressed_names_too_doubles_nothing)
{
    static const char *const tags[] = {"a", "b", "c"};
    const int n[] = {40, 20, 10};
    char pattern[96];

    snprintf(pattern, sizeof(pattern), "%s/a.log*", t.folder);
    t.options.pattern = pattern;
    append_lines("a.log", "a", 40);
    tailing_start(&t);
    append_lines("a.log", "b", 20);
    tailing_rename(&t, "a.log", "a.log.1");
    append_lines("a.log", "c", 10);
    tailing_run(&t);
    tailing_wait(&t, 10 * SECOND_NS);
    tailing_commit(&t);
    compress("gzip", "a.log.1");
    tailing_wait(&t, 30 * SECOND_NS);
    cr_assert(has_lines(tags, n, 3));
    tailing_commit(&t);
    tailing_kill(&t);
    tailing_start(&t);
    tailing_wait(&t, 30 * SECOND_NS);
    cr_assert(has_lines(tags, n, 3));
}

/* The wall clock is put right after the start, as on a machine without a clock, or that slept. */
Test(follow, a_compressed_file_waits_for_rotate_wait_though_the_wall_clock_was_put_right)
{
    char pattern[96];

    snprintf(pattern, sizeof(pattern), "%s/*", t.folder);
    t.options.pattern = pattern;
    t.now_ns -= HOUR_NS;
    tailing_start(&t);
    t.ahead_ns = HOUR_NS;
    tailing_append(&t, ".text", "1\n2\n");
    compress_copy(".text", "b.gz");
    tailing_wait(&t, 1 * SECOND_NS);
    cr_assert(tailing_has(&t, ""));
    tailing_wait(&t, 10 * SECOND_NS);
    cr_assert(tailing_has(&t, "1\n2\n"));
}

/* The file's time is in the future, so it tells nothing. */
Test(follow, a_compressed_file_from_before_the_wall_clock_was_put_back_waits_for_rotate_wait_too)
{
    char pattern[96];

    snprintf(pattern, sizeof(pattern), "%s/*", t.folder);
    t.options.pattern = pattern;
    t.now_ns -= HOUR_NS;
    tailing_append(&t, ".text", "1\n2\n");
    compress_copy(".text", "b.gz");
    tailing_start(&t);
    cr_assert(tailing_has(&t, ""));
    tailing_wait(&t, 10 * SECOND_NS);
    cr_assert(tailing_has(&t, "1\n2\n"));
    compress_copy(".text", "b.gz");
    tailing_wait(&t, 20 * SECOND_NS);
    cr_assert(tailing_has(&t, "1\n2\n1\n2\n"), "the member that came");
}

Test(follow, an_overlong_line_in_a_compressed_file_comes_whole)
{
    size_t n = 3 << 20;
    char *text = malloc(n + 1);

    cr_assert_not_null(text);
    for (size_t i = 0; i < n; i++)
        text[i] = (char)('a' + i * 7919 % 23);
    text[n] = '\n';
    tailing_append(&t, "a.log", "1\n");
    tailing_start(&t);
    tailing_commit(&t);
    tailing_kill(&t);
    tailing_append(&t, "a.log", "2\n");
    tailing_bytes(&t, "a.log", text, n + 1);
    tailing_append(&t, "a.log", "3\n");
    tailing_rename(&t, "a.log", "a.log.1");
    compress("gzip", "a.log.1");
    tailing_append(&t, "a.log", "4\n");
    tailing_start(&t);
    cr_assert_eq(t.out.len, 4 + n + 1 + 4);
    cr_expect_eq(memcmp(t.out.ptr + 4, text, n + 1), 0);
    cr_expect_eq(memcmp(t.out.ptr + 4 + n + 1, "3\n4\n", 4), 0);
    free(text);
}

/* Lines of different lengths; every third one is longer than max_line. */
static void append_long_and_short_lines(struct gloss_buf *text, size_t n)
{
    unsigned seed = (unsigned)n;

    for (size_t i = 0; i < n; i++) {
        size_t len = i % 3 == 0 ? 150000 + i * 997 % 200000 : i % 3 == 1 ? 10 : 60000;

        for (size_t k = 0; k < len; k++) {
            seed = seed * 1103515245 + 12345;
            gloss_buf_char(text, k < 32 ? (char)('a' + (seed >> 16) % 26) : 'x');
        }
        gloss_buf_char(text, '\n');
    }
}

/* Each of them was read from the file's start, so twice the lines took four times the work. */
Test(follow, overlong_lines_in_a_compressed_file_take_work_in_proportion_to_it)
{
    static const char *const packers[] = {"gzip", "xz -1", "bzip2 -1", "zstd -q --rm"};
    CLEANUP(gloss_buf_deinit) struct gloss_buf text = {0};

    append_long_and_short_lines(&text, 100);
    for (size_t i = 0; i < ARRAY_SIZE(packers); i++) {
        const struct followed_file *file;
        char pattern[96];
        uint64_t work;

        t.options.max_line = 100000;
        snprintf(pattern, sizeof(pattern), "%s/*", t.folder);
        t.options.pattern = pattern;
        tailing_bytes(&t, "a.log", text.ptr, text.len);
        compress(packers[i], "a.log");
        tailing_start(&t);
        tailing_wait(&t, 10 * SECOND_NS);
        cr_assert_eq(t.out.len, text.len, "%s: %zu of %zu", packers[i], t.out.len, text.len);
        cr_expect_eq(memcmp(t.out.ptr, text.ptr, text.len), 0);
        file = followed_file_next(&t.follow->context, NULL);
        work = decompressed_file_work(file->decompressed);
        cr_expect_leq(work, 4 * text.len, "%s: %ju of %zu", packers[i], (uintmax_t)work, text.len);
        tailing_deinit(&t);
        tailing_init(&t);
    }
}

/* U+0B0A and U+0A0B hold the bytes of a newline, but are none. */
Test(follow, overlong_lines_in_a_compressed_file_in_utf_16_end_at_their_own_newlines)
{
    CLEANUP(gloss_buf_deinit) struct gloss_buf raw = {0}, text = {0};
    char pattern[96];

    gloss_buf_append(&raw, "\xff\xfe", 2);
    for (size_t i = 0; i < 60; i++) {
        for (size_t k = 0; k < 100 + i * 997 % 5000; k++) {
            gloss_buf_append(&raw, "\x0a\x0b\x0b\x0a", 4);
            gloss_buf_append(&text, "\xe0\xac\x8a\xe0\xa8\x8b", 6);
        }
        gloss_buf_append(&raw, "\n\0", 2);
        gloss_buf_char(&text, '\n');
    }
    snprintf(pattern, sizeof(pattern), "%s/*", t.folder);
    t.options.pattern = pattern;
    t.options.max_line = 1001;
    t.budget = 777;
    tailing_bytes(&t, "a.log", raw.ptr, raw.len);
    compress("gzip", "a.log");
    tailing_start(&t);
    tailing_wait(&t, 10 * SECOND_NS);
    cr_assert_eq(t.out.len, text.len, "%zu of %zu", t.out.len, text.len);
    cr_expect_eq(memcmp(t.out.ptr, text.ptr, text.len), 0);
}

/* It would be two lines if it went out before its end has come. */
Test(follow, an_overlong_line_that_a_later_member_completes_comes_once_and_whole)
{
    CLEANUP(gloss_buf_deinit) struct gloss_buf text = {0};
    char pattern[96];

    append_long_and_short_lines(&text, 4);
    snprintf(pattern, sizeof(pattern), "%s/*", t.folder);
    t.options.pattern = pattern;
    t.options.max_line = 10000;
    tailing_bytes(&t, ".start", text.ptr, text.len - 50000);
    tailing_bytes(&t, ".end", text.ptr + text.len - 50000, 50000);
    compress_copy(".start", "a.gz");
    tailing_start(&t);
    tailing_wait(&t, 10 * SECOND_NS);
    cr_expect_lt(t.out.len, text.len - 150000);
    cr_expect_eq(t.out.ptr[t.out.len - 1], '\n');
    compress_copy(".end", "a.gz");
    tailing_wait(&t, 20 * SECOND_NS);
    cr_assert_eq(t.out.len, text.len, "%zu of %zu", t.out.len, text.len);
    cr_expect_eq(memcmp(t.out.ptr, text.ptr, text.len), 0);
}

/* At a stop nobody comes back for it. */
Test(follow, a_deleted_compressed_file_that_is_far_behind_is_read_to_its_end_at_a_stop)
{
    CLEANUP(gloss_buf_deinit) struct gloss_buf text = {0};
    char pattern[96];

    append_long_and_short_lines(&text, 60);
    snprintf(pattern, sizeof(pattern), "%s/*", t.folder);
    t.options.pattern = pattern;
    tailing_bytes(&t, "a.log", text.ptr, text.len);
    compress("gzip", "a.log");
    t.now_ns += 10 * SECOND_NS;
    t.block_result = 1;
    tailing_start(&t);
    t.block_result = 0;
    for (size_t i = 0; i < 100 && t.out.len < text.len / 2; i++)
        cr_assert_geq(follow_turn(t.follow, t.buffer, t.now_ns, t.budget), 0);
    cr_assert_geq(t.out.len, text.len / 2);
    cr_assert_lt(t.out.len, text.len);
    tailing_commit(&t);
    tailing_kill(&t);
    t.block_result = 1;
    tailing_start(&t);
    tailing_remove(&t, "a.log.gz");
    t.block_result = 0;
    cr_expect_eq(follow_stop(t.follow, t.buffer, t.now_ns), 0);
    cr_assert_eq(t.out.len, text.len, "%zu of %zu", t.out.len, text.len);
    cr_expect_eq(memcmp(t.out.ptr, text.ptr, text.len), 0);
}

/* ---- long holes ---- */

/* Makes the file longer, and says whether its file system tells where holes are. */
static bool append_hole(const char *name, off_t n)
{
    char path[128];
    struct stat st;
    bool is_told;
    int fd;

    snprintf(path, sizeof(path), "%s/%s", t.folder, name);
    fd = open(path, O_RDWR | O_CLOEXEC);
    cr_assert_geq(fd, 0);
    cr_assert_eq(fstat(fd, &st), 0);
    is_told = ftruncate(fd, st.st_size + n) == 0 && lseek(fd, st.st_size + n - 1, SEEK_DATA) < 0;
    close(fd);
    return is_told;
}

/* 8 KiB of a disk became a line of 30 GB in the sink. */
Test(follow, a_long_hole_is_skipped_wherever_it_stands_and_ends_a_half_line)
{
    tailing_append(&t, "a.log", "1\nhalf");
    if (!append_hole("a.log", (off_t)30 << 30))
        cr_skip_test("holes are not told of here");
    tailing_append(&t, "a.log", "2\n3\n");
    append_hole("a.log", 1 << 20);
    tailing_append(&t, "a.log", "4\n");
    tailing_start(&t);
    cr_assert(tailing_has(&t, "1\nhalf\n2\n3\n4\n"), "%zu", t.out.len);
    cr_expect_eq(tailing_events(&t, "HOLE"), 1u);
    tailing_commit(&t);
    tailing_kill(&t);
    tailing_append(&t, "a.log", "5\n");
    tailing_start(&t);
    cr_assert(tailing_has(&t, "1\nhalf\n2\n3\n4\n5\n"));
}

Test(follow, a_long_hole_in_an_overlong_line_ends_it)
{
    size_t n = 3 << 20;
    char *text = malloc(n);

    cr_assert_not_null(text);
    memset(text, 'x', n);
    tailing_bytes(&t, "a.log", text, n);
    if (!append_hole("a.log", (off_t)30 << 30))
        cr_skip_test("holes are not told of here");
    tailing_append(&t, "a.log", "y\n");
    tailing_start(&t);
    cr_assert_eq(t.out.len, n + 3);
    cr_expect_eq(memcmp(t.out.ptr, text, n), 0);
    cr_expect_eq(memcmp(t.out.ptr + n, "\ny\n", 3), 0);
    free(text);
}

/* A writer may have made room for what it has not written yet. */
Test(follow, a_long_hole_at_the_end_is_left_to_its_writer)
{
    struct follow_stats stats;
    size_t n_read = 0;
    int fd;

    tailing_append(&t, "a.log", "1\n");
    if (!append_hole("a.log", 1 << 20))
        cr_skip_test("holes are not told of here");
    tailing_start(&t);
    cr_assert(tailing_has(&t, "1\n"));
    follow_stats(t.follow, &stats);
    cr_expect_eq(stats.behind_bytes, 0u);
    fd = open(t.path, O_WRONLY | O_CLOEXEC);
    cr_assert_geq(fd, 0);
    for (off_t at = 2; at < 200000; at += 50000, n_read++) {
        char line[50001];

        memset(line, 'x', sizeof(line));
        line[49999] = '\n';
        cr_assert_eq(pwrite(fd, line, 50000, at), 50000);
        tailing_run(&t);
        cr_assert_eq(t.out.len, 2 + (n_read + 1) * 50000, "%zu", t.out.len);
    }
    close(fd);
    cr_expect_eq(tailing_events(&t, "TRUNCATED") + tailing_events(&t, "HOLE"), 0u);
}

Test(follow, a_short_hole_is_passed_on_as_the_NULs_that_it_stands_for)
{
    tailing_append(&t, "a.log", "1\n");
    append_hole("a.log", 60000);
    tailing_append(&t, "a.log", "2\n");
    tailing_start(&t);
    cr_assert_eq(t.out.len, 60004u);
    cr_expect_eq(memcmp(t.out.ptr + 2 + 60000, "2\n", 2), 0);
}

/* ---- a model: random acts, held against what must come of them ---- */

#define MODEL_ACTS 60
#define MODEL_SEEDS 60

struct model {
    unsigned seed, state;
    int next_line;
    bool half; /* a line was begun */
    bool running;
    int rotations;
    struct gloss_buf acts; /* what was done, for a report */
};

static unsigned draw(struct model *m, unsigned n)
{
    m->state = m->state * 1103515245 + 12345;
    return (m->state >> 16) % n;
}

static void model_line(struct model *m)
{
    char text[32];

    if (m->half)
        tailing_append(&t, "a.log", " end\n");
    else
        snprintf(text, sizeof(text), "%d\n", m->next_line++), tailing_append(&t, "a.log", text);
    m->half = false;
}

static void model_half(struct model *m)
{
    char text[32];

    if (m->half)
        return;
    snprintf(text, sizeof(text), "%d", m->next_line++);
    tailing_append(&t, "a.log", text);
    m->half = true;
}

static void shift_rotated_names(struct model *m)
{
    for (int k = m->rotations++; k > 0; k--) {
        char from[32], to[32];

        snprintf(from, sizeof(from), "a.log.%d", k);
        snprintf(to, sizeof(to), "a.log.%d", k + 1);
        tailing_rename(&t, from, to);
    }
}

static void model_rotate(struct model *m, bool copy)
{
    if (m->half)
        model_line(m);
    gloss_buf_str(&m->acts, copy ? "copy" : "rename");
    shift_rotated_names(m);
    let_clock_tick();
    if (copy) {
        tailing_copy(&t, "a.log", "a.log.1");
        let_clock_tick();
        tailing_truncate(&t, "a.log");
    } else {
        tailing_rename(&t, "a.log", "a.log.1");
        tailing_append(&t, "a.log", "");
    }
}

static void model_stop(struct model *m)
{
    tailing_kill(&t);
    m->running = false;
}

static void model_act(struct model *m, bool copies)
{
    unsigned act = draw(m, 16);

    gloss_buf_printf(&m->acts, " %u", act);
    if (act < 5)
        model_line(m);
    else if (act < 6)
        model_half(m);
    else if (act < 8)
        model_rotate(m, copies && draw(m, 2));
    else if (!m->running)
        tailing_start(&t), m->running = true;
    else if (act < 11)
        tailing_run(&t);
    else if (act < 12)
        tailing_wait(&t, (1 + draw(m, 10)) * SECOND_NS);
    else if (act < 14)
        tailing_commit(&t);
    else
        model_stop(m);
}

static bool model_holds(const struct model *m)
{
    const char *at = t.out.ptr, *end = at + t.out.len;

    for (int i = 0; i < m->next_line; i++) {
        char text[32];
        size_t n = (size_t)snprintf(text, sizeof(text), "%d", i);

        if ((size_t)(end - at) <= n || memcmp(at, text, n) != 0)
            return false;
        at += n;
        if (end - at >= 5 && memcmp(at, " end\n", 5) == 0)
            at += 5;
        else if (*at++ != '\n')
            return false;
    }
    return at == end;
}

static void model_run(unsigned seed, bool copies, size_t budget)
{
    struct model m = {.seed = seed, .state = seed};

    tailing_init(&t);
    t.budget = budget;
    tailing_append(&t, "a.log", "");
    tailing_start(&t);
    tailing_commit(&t);
    m.running = true;
    for (int i = 0; i < MODEL_ACTS; i++)
        model_act(&m, copies);
    if (m.half)
        model_line(&m);
    if (!m.running)
        tailing_start(&t);
    for (int i = 0; i < 3; i++)
        tailing_run(&t);
    cr_expect(model_holds(&m), "seed %u, acts%.*s, lines %d, got:\n%.*s\nevents:\n%.*s", seed,
              (int)m.acts.len, m.acts.ptr, m.next_line, (int)t.out.len, t.out.ptr,
              (int)t.events.len, t.events.ptr);
    gloss_buf_deinit(&m.acts);
    tailing_deinit(&t);
}

Test(follow_model, renames_and_kills_lose_nothing_and_double_nothing)
{
    for (unsigned seed = 1; seed <= MODEL_SEEDS; seed++)
        model_run(seed, /* copies= */ false, seed % 3 == 0 ? 5 : 4096);
}

Test(follow_model, copies_and_truncations_too)
{
    for (unsigned seed = 1; seed <= MODEL_SEEDS; seed++)
        model_run(seed, /* copies= */ true, seed % 3 == 0 ? 5 : 4096);
}
