/* Rotations at a bad moment. Each of these lost, doubled or mixed up lines once, and was found by
 * tests/model. */

#include "core/base/nanoseconds.h"
#include "core/base/util.h"
#include "helpers/tailing.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
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

TestSuite(rotation, .init = setup, .fini = teardown);

/* Lets the source follow a glob instead of the path. */
static void follow_all(const char *glob)
{
    static char pattern[96];

    snprintf(pattern, sizeof(pattern), "%s/%s", t.folder, glob);
    t.options.pattern = pattern;
}

/* What is made from now on has other times than what was made before. */
static void let_time_pass(void)
{
    static const struct timespec more_than_births_are_off = {.tv_nsec = 12000000};

    nanosleep(&more_than_births_are_off, NULL);
}

static void copytruncate(const char *name, const char *copy)
{
    tailing_copy(&t, name, copy);
    let_time_pass();
    tailing_truncate(&t, name);
}

/* Writes behind a hole of that many bytes, as a writer without O_APPEND does. */
static void write_behind(const char *name, off_t hole, const char *text)
{
    char path[256];
    int fd;

    snprintf(path, sizeof(path), "%s/%s", t.folder, name);
    fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    cr_assert_eq(pwrite(fd, text, strlen(text), hole), (ssize_t)strlen(text));
    close(fd);
}

static void restart(void)
{
    tailing_commit(&t);
    tailing_kill(&t);
    tailing_start(&t);
}

Test(rotation, a_file_that_came_and_went_before_its_path_was_ever_seen_is_read)
{
    follow_all("*.log");
    tailing_start(&t);
    let_time_pass();
    tailing_append(&t, "a.log", "1\n");
    tailing_rename(&t, "a.log", "a.log.1");
    tailing_append(&t, "a.log", "2\n");
    copytruncate("a.log", "a.log-2");
    tailing_append(&t, "a.log", "3\n");
    tailing_run(&t);
    cr_expect(tailing_has(&t, "1\n2\n3\n"));
}

Test(rotation, what_stands_beside_a_file_at_the_first_start_stays_history)
{
    tailing_append(&t, "a.log", "old\n");
    tailing_copy(&t, "a.log", "a.log.1");
    tailing_truncate(&t, "a.log");
    tailing_start(&t);
    restart();
    tailing_append(&t, "a.log", "new\n");
    tailing_run(&t);
    tailing_truncate(&t, "a.log");
    tailing_run(&t);
    cr_expect(tailing_has(&t, "new\n"));
}

Test(rotation, what_came_and_went_is_read_though_nothing_is_at_the_path)
{
    tailing_append(&t, "a.log", "1\n");
    tailing_start(&t);
    tailing_rename(&t, "a.log", "a.log.2");
    tailing_run(&t);
    tailing_append(&t, "a.log", "2\n");
    tailing_rename(&t, "a.log", "a.log.1");
    tailing_run(&t);
    cr_expect(tailing_has(&t, "1\n2\n"));
    tailing_commit(&t);
    tailing_kill(&t);
    tailing_append(&t, "a.log", "3\n");
    tailing_rename(&t, "a.log", "a.log.0");
    tailing_start(&t);
    cr_expect(tailing_has(&t, "1\n2\n3\n"), "nor is anything there at a start");
}

/* Nothing was at the path, so the copy was looked at before the file that had been cut off. */
Test(rotation, a_copy_of_a_short_file_that_was_cut_off_and_renamed_doubles_nothing)
{
    tailing_append(&t, "a.log", "1\n2\n");
    tailing_start(&t);
    let_time_pass();
    tailing_rename(&t, "a.log", "a.log.1");
    tailing_run(&t);
    tailing_rename(&t, "a.log.1", "a.log");
    tailing_append(&t, "a.log", "3\n");
    copytruncate("a.log", "a.log.1");
    tailing_rename(&t, "a.log", "a.log-2026");
    tailing_run(&t);
    cr_assert(tailing_has(&t, "1\n2\n3\n"), "%.*s", (int)t.out.len, t.out.ptr);
    tailing_wait(&t, 30 * SECOND_NS);
    cr_assert(tailing_has(&t, "1\n2\n3\n"), "%.*s", (int)t.out.len, t.out.ptr);
}

Test(rotation, a_file_of_which_nothing_was_read_is_found_after_a_rename_while_stopped)
{
    tailing_append(&t, "a.log", "half");
    tailing_start(&t);
    tailing_commit(&t);
    tailing_kill(&t);
    tailing_append(&t, "a.log", " and whole\n");
    let_time_pass();
    tailing_rename(&t, "a.log", "a.log.1");
    tailing_start(&t);
    cr_expect(tailing_has(&t, "half and whole\n"), "nothing is at the path");
}

Test(rotation, an_empty_file_that_was_rotated_gets_its_late_lines_read)
{
    tailing_append(&t, "a.log", "1\n");
    tailing_start(&t);
    tailing_rename(&t, "a.log", "a.log.2");
    tailing_append(&t, "a.log", "");
    tailing_rename(&t, "a.log", "a.log.1");
    tailing_append(&t, "a.log", "");
    tailing_run(&t);
    tailing_append(&t, "a.log.1", "late\n");
    tailing_run(&t);
    cr_expect(tailing_has(&t, "1\nlate\n"));
    tailing_wait(&t, 20 * SECOND_NS);
    cr_expect_eq(tailing_events(&t, "FINISHED"), 2u);
    tailing_remove(&t, "a.log");
    tailing_run(&t);
    tailing_wait(&t, MINUTE_NS);
    cr_expect_eq(tailing_events(&t, "FINISHED"), 3u, "and is not opened again and again");
}

Test(rotation, a_file_with_the_inode_of_one_that_was_deleted_unread_comes_last)
{
    tailing_append(&t, "a.log", "half");
    tailing_start(&t);
    tailing_commit(&t);
    tailing_remove(&t, "a.log");
    tailing_append(&t, "a.log", "1\n");
    tailing_run(&t);
    tailing_commit(&t);
    tailing_kill(&t);
    tailing_start(&t);
    tailing_append(&t, "a.log", "2\n");
    tailing_remove(&t, "a.log");
    let_time_pass();
    tailing_append(&t, "a.log", "3\n"); /* many file systems give it the first one's inode */
    tailing_run(&t);
    cr_expect(tailing_has(&t, "1\n2\n3\n"));
}

Test(rotation, a_link_that_is_switched_back_is_read_at_once)
{
    char link[256];

    snprintf(link, sizeof(link), "%s/fresh", t.folder);
    tailing_append(&t, "one", "1\n");
    tailing_append(&t, "two", "2\n");
    cr_assert_eq(symlink("one", t.path), 0);
    tailing_start(&t);
    cr_assert_eq(symlink("two", link), 0);
    tailing_rename(&t, "fresh", "a.log");
    tailing_run(&t);
    tailing_wait(&t, 20 * SECOND_NS);
    tailing_append(&t, "one", "3\n");
    cr_assert_eq(symlink("one", link), 0);
    tailing_rename(&t, "fresh", "a.log");
    tailing_run(&t);
    cr_expect(tailing_has(&t, "1\n2\n3\n"), "not only when it is looked at the next time");
}

Test(rotation, text_that_was_copied_away_before_a_byte_of_it_was_read_comes_first)
{
    follow_all("*.log");
    tailing_start(&t);
    let_time_pass();
    t.block_result = 1; /* the sink takes one block, and no more */
    tailing_append(&t, "a.log", "1\n");
    tailing_rename(&t, "a.log", "a.log.1");
    tailing_append(&t, "a.log", "2\n");
    tailing_run(&t);
    cr_expect(tailing_has(&t, "1\n"), "the second one is open, and was not read");
    tailing_rename(&t, "a.log.1", "a.log.2");
    copytruncate("a.log", "a.log.1");
    tailing_append(&t, "a.log", "3\n");
    t.block_result = 0;
    tailing_run(&t);
    cr_expect(tailing_has(&t, "1\n2\n3\n"));
}

Test(rotation, a_copy_made_in_the_instant_in_which_its_file_is_cut_is_read)
{
    follow_all("*.log");
    t.block_result = 1;
    tailing_append(&t, "a.log", "1\n");
    tailing_append(&t, "b.log", "2\n");
    tailing_start(&t);
    cr_expect(tailing_has(&t, "1\n"), "b.log is open, and was not read");
    let_time_pass();
    tailing_copy(&t, "b.log", "b.log.1");
    tailing_truncate(&t, "b.log");
    t.block_result = 0;
    tailing_run(&t);
    cr_expect(tailing_has(&t, "1\n2\n"));
}

Test(rotation, a_hole_that_grew_while_stopped_is_still_none_of_the_text)
{
    tailing_append(&t, "a.log", "1\n");
    tailing_start(&t);
    tailing_truncate(&t, "a.log");
    write_behind("a.log", 300, "half");
    tailing_run(&t);
    tailing_commit(&t);
    tailing_kill(&t);
    tailing_truncate(&t, "a.log");
    write_behind("a.log", 600, "2\n");
    tailing_start(&t);
    cr_expect(tailing_has(&t, "1\n2\n"));
}

Test(rotation, files_that_begin_with_a_hole_are_not_copies_of_each_other)
{
    tailing_append(&t, "a.log", "1\n");
    tailing_start(&t);
    tailing_truncate(&t, "a.log");
    write_behind("a.log", 300, "half");
    tailing_run(&t);
    tailing_rename(&t, "a.log", "a.log.2");
    write_behind("a.log", 600, "2\n");
    let_time_pass();
    tailing_rename(&t, "a.log", "a.log.1");
    tailing_append(&t, "a.log", "3\n");
    tailing_run(&t);
    tailing_append(&t, "a.log.2", "\n");
    tailing_run(&t);
    cr_expect(tailing_has(&t, "1\n2\n3\nhalf\n"));
}

Test(rotation, each_copytruncate_under_a_glob_that_finds_the_copies_doubles_nothing)
{
    char text[400], want[2000] = "";

    follow_all("a.log*");
    tailing_append(&t, "a.log.1", "an old one that is there at the first start\n");
    tailing_start(&t);
    t.out.len = 0;
    for (int i = 0; i < 4; i++) {
        snprintf(text, sizeof(text), "%d %0300d\n", i, i);
        tailing_append(&t, "a.log", text);
        strcat(want, text);
        tailing_run(&t);
        tailing_commit(&t);
        if (i > 0)
            tailing_rename(&t, "a.log.2", "a.log.3");
        tailing_rename(&t, "a.log.1", "a.log.2");
        copytruncate("a.log", "a.log.1");
        follow_wake(t.follow, t.folder, "a.log.1"); /* it may be looked at first */
        tailing_settle(&t);
        tailing_run(&t);
        tailing_wait(&t, 20 * SECOND_NS);
    }
    cr_expect(tailing_has(&t, want));
}

Test(rotation, a_copy_that_the_glob_finds_while_it_is_made_doubles_nothing)
{
    char pattern[96], line[300];

    snprintf(pattern, sizeof(pattern), "%s/a.log*", t.folder);
    t.options.pattern = pattern;
    memset(line, 'x', sizeof(line));
    line[sizeof(line) - 2] = '\n';
    line[sizeof(line) - 1] = '\0';
    tailing_append(&t, "a.log", line);
    tailing_start(&t);
    tailing_append(&t, "a.log.1", "");
    tailing_run(&t);
    tailing_copy(&t, "a.log", "a.log.1");
    tailing_wait(&t, SECOND_NS);
    tailing_truncate(&t, "a.log");
    tailing_append(&t, "a.log", "2\n");
    tailing_wait(&t, 20 * SECOND_NS);
    cr_expect_eq(tailing_events(&t, "SKIPPED"), 1u);
    cr_expect_eq(t.out.len, strlen(line) + 2, "%.*s", (int)t.events.len, t.events.ptr);
}

Test(rotation, a_rotated_file_that_is_renamed_back_and_written_is_followed_on)
{
    tailing_append(&t, "a.log", "1\n");
    tailing_start(&t);
    tailing_rename(&t, "a.log", "a.log.1");
    tailing_run(&t);
    tailing_rename(&t, "a.log.1", "a.log");
    tailing_append(&t, "a.log", "2\n");
    tailing_run(&t);
    tailing_rename(&t, "a.log", "a.log.1");
    tailing_append(&t, "a.log", "3\n");
    tailing_run(&t);
    cr_expect(tailing_has(&t, "1\n2\n3\n"), "the next file at the path is opened");
}

Test(rotation, a_hole_is_none_of_the_text_wherever_it_is_met)
{
    tailing_append(&t, "a.log", "1\n");
    tailing_start(&t);
    tailing_rename(&t, "a.log", "a.log.2");
    write_behind("a.log", 1000, "2\n");
    copytruncate("a.log", "a.log.1");
    write_behind("a.log", 1002, "3\n");
    tailing_run(&t);
    cr_expect(tailing_has(&t, "1\n2\n3\n"), "in a copy, and in a file that is new here");
    tailing_truncate(&t, "a.log");
    tailing_run(&t);
    tailing_commit(&t);
    tailing_kill(&t);
    write_behind("a.log", 1004, "4\n");
    tailing_start(&t);
    cr_expect(tailing_has(&t, "1\n2\n3\n4\n"), "after a restart");
}

Test(rotation, a_new_file_is_committed_at_once_so_that_it_is_found_after_a_rename)
{
    tailing_start(&t);
    tailing_append(&t, "a.log", "1\n");
    tailing_run(&t);
    cr_expect(follow_wants_commit(t.follow));
    tailing_commit(&t);
    tailing_kill(&t);
    tailing_rename(&t, "a.log", "a.log.1");
    tailing_append(&t, "a.log.1", "2\n");
    tailing_start(&t);
    cr_expect(tailing_has(&t, "1\n2\n"));
}
