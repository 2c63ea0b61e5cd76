/* Real files, a clock that is moved by hand, and the exact sequence of what was written. */

#include "core/util.h"
#include "helpers/tailing.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <sys/stat.h>
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
    tailing_wait(&t, 4 * TAILING_SECOND);
    tailing_append(&t, "a.log.1", "-whole\nrest");
    tailing_wait(&t, 4 * TAILING_SECOND);
    cr_expect_eq(tailing_events(&t, "FINISHED"), 0u);
    cr_assert(tailing_has(&t, "1\nhalf-whole\n"));
    tailing_wait(&t, 2 * TAILING_SECOND);
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
    tailing_wait(&t, 10 * TAILING_SECOND);
    cr_assert_eq(t.out.len, 2u * 101);
    for (size_t i = 0; i < t.out.len; i += 4)
        cr_assert_eq(memcmp(t.out.ptr + i, "1\nx\n", MIN((size_t)4, t.out.len - i)), 0);
}

Test(follow, a_restart_goes_on_at_the_committed_place)
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

Test(follow, generations_that_came_and_went_while_stopped_come_in_their_order)
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
        usleep(5000); /* births are told apart by file systems in steps of 4 ms */
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
    tailing_wait(&t, 10 * TAILING_SECOND);
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

Test(follow, odd_things_are_skipped_with_a_reason_and_said_once)
{
    cr_assert_eq(mkfifo(t.path, 0600), 0);
    tailing_start(&t);
    tailing_wait(&t, 20 * TAILING_SECOND);
    cr_expect_eq(tailing_events(&t, "SKIPPED"), 1u);
    tailing_remove(&t, "a.log");
    tailing_append(&t, "a.log", "1\n");
    tailing_run(&t);
    cr_assert(tailing_has(&t, "1\n"));
}

Test(follow, what_cannot_be_looked_at_is_said_once_and_heals)
{
    cr_assert_eq(symlink("a.log", t.path), 0);
    tailing_start(&t);
    tailing_wait(&t, 100 * TAILING_SECOND);
    cr_expect_eq(tailing_events(&t, "UNREADABLE"), 1u);
    tailing_remove(&t, "a.log");
    tailing_append(&t, "a.log", "1\n");
    tailing_wait(&t, 61 * TAILING_SECOND);
    cr_assert(tailing_has(&t, "1\n"));
    cr_expect_eq(tailing_events(&t, "READABLE"), 1u);
}
