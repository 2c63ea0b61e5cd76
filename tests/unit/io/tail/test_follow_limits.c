/* What the owner of a followed folder can do to a follower, and what that costs: memory, rows,
 * bytes and looks are counted, for no limit is a matter of seconds. */

#include "core/base/nanoseconds.h"
#include "helpers/tailing.h"
#include "io/tail/follow_private.h"
#include "io/tail/half_line.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

TestSuite(follow_limits, .init = setup, .fini = teardown);

/* ---- half lines that have no room in memory ---- */

static void bound_half_lines(struct half_lines *all, size_t max_bytes)
{
    *all = (struct half_lines){.max_bytes = max_bytes};
    t.options.half_lines = all;
}

Test(follow_limits, attack_files_without_a_newline_hold_no_more_memory_than_the_bound)
{
    struct half_lines all;
    struct follow_stats stats;
    char glob[96], name[16], text[1001];

    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    bound_half_lines(&all, 10000);
    snprintf(glob, sizeof(glob), "%s/*.log", t.folder);
    t.options.pattern = glob;
    tailing_append(&t, "short.log", "killed by sig");
    for (int i = 0; i < 40; i++) {
        snprintf(name, sizeof(name), "%d.log", i);
        tailing_append(&t, name, text);
    }
    tailing_start(&t);
    cr_expect_leq(all.bytes, 10000u);
    cr_expect_gt(all.bytes, 9000u);
    follow_stats(t.follow, &stats);
    cr_expect_eq(stats.waiting_bytes, 40 * 1000 + strlen("killed by sig"));
    cr_expect_eq(tailing_events(&t, "LIMITED"), 1u);
    for (int i = 0; i < 40; i++) {
        snprintf(name, sizeof(name), "%d.log", i);
        tailing_append(&t, name, "y\nz");
    }
    tailing_truncate(&t, "short.log"); /* the shortest one is the last to be given back */
    tailing_run(&t);
    cr_expect_eq(t.out.len, 40 * 1002 + strlen("killed by sig\n"));
    cr_expect_eq(all.bytes, 40u);
    cr_expect_eq(tailing_events(&t, "GONE"), 0u);
    cr_expect_eq(tailing_events(&t, "LIMITED"), 1u);
}

Test(follow_limits, a_half_line_that_was_given_back_comes_whole_however_it_grows)
{
    struct half_lines all;

    bound_half_lines(&all, 3);
    tailing_append(&t, "a.log", "one\nhalf ");
    tailing_start(&t);
    cr_expect_eq(all.bytes, 0u);
    for (const char *c = "a line, and its end\nnext"; *c; c++) {
        tailing_bytes(&t, "a.log", c, 1);
        tailing_run(&t);
    }
    cr_assert(tailing_has(&t, "one\nhalf a line, and its end\n"));
    tailing_rename(&t, "a.log", "a.log.1");
    tailing_wait(&t, 12 * SECOND_NS);
    cr_assert(tailing_has(&t, "one\nhalf a line, and its end\nnext\n"));
    cr_expect_eq(tailing_events(&t, "GONE"), 0u);
}

Test(follow_limits, a_half_line_that_was_given_back_and_then_cut_off_is_said_to_be_gone)
{
    struct half_lines all;

    bound_half_lines(&all, 3);
    tailing_append(&t, "a.log", "one\nhalf");
    tailing_start(&t);
    tailing_truncate(&t, "a.log");
    tailing_append(&t, "a.log", "2\n");
    tailing_run(&t);
    cr_assert(tailing_has(&t, "one\n2\n"));
    cr_expect_eq(tailing_events(&t, "GONE a.log 4 bytes"), 1u);
}

Test(follow_limits, a_half_line_of_a_compressed_file_that_was_given_back_comes_whole)
{
    struct half_lines all;
    char command[256], glob[96];

    bound_half_lines(&all, 3);
    snprintf(glob, sizeof(glob), "%s/*", t.folder);
    t.options.pattern = glob;
    t.options.rotate_wait_ns = SECOND_NS / 2;
    snprintf(command, sizeof(command), "printf 'one\\nhalf a line' | gzip >%s/a.gz", t.folder);
    cr_assert_eq(system(command), 0);
    tailing_start(&t);
    tailing_wait(&t, 3 * SECOND_NS);
    cr_assert(tailing_has(&t, "one\n"));
    cr_expect_eq(all.bytes, 0u);
    snprintf(command, sizeof(command), "printf ', and its end\\n' | gzip >>%s/a.gz", t.folder);
    cr_assert_eq(system(command), 0);
    tailing_run(&t);
    tailing_wait(&t, 3 * SECOND_NS);
    cr_assert(tailing_has(&t, "one\nhalf a line, and its end\n"));
}

/* ---- files that are written anew ---- */

/* Cuts the last byte off, lets half a second pass, and returns how many bytes were handed on. */
static size_t cut_and_run(size_t *size)
{
    size_t before = t.out.len, n;

    cr_assert_eq(truncate(t.path, (off_t)-- * size), 0);
    tailing_run(&t);
    n = t.out.len - before;
    t.out.len = 0;
    return n;
}

Test(follow_limits, attack_a_file_whose_last_byte_is_cut_off_in_a_loop_is_read_anew_with_back_off)
{
    enum { LINES = 65536, LINE = 64 };
    char *text = malloc((size_t)LINES * LINE);
    size_t size = (size_t)LINES * LINE, total = 0, last;

    cr_assert_not_null(text);
    for (size_t i = 0; i < LINES; i++) {
        memset(text + i * LINE, 'x', LINE - 1);
        text[i * LINE + LINE - 1] = '\n';
    }
    tailing_bytes(&t, "a.log", text, size);
    tailing_start(&t);
    cr_assert_eq(t.out.len, size);
    for (int i = 0; i < 200; i++) /* 100 s */
        total += cut_and_run(&size);
    cr_expect_geq(total, REWRITING_BYTES - (size_t)LINES * LINE);
    cr_expect_leq(total, REWRITING_BYTES + 7 * (size_t)LINES * LINE);
    cr_expect_eq(tailing_events(&t, "LIMITED"), 1u);
    t.out.len = 0;
    tailing_wait(&t, 60 * SECOND_NS); /* what is there in the end is read */
    cr_expect_gt(t.out.len, size - 2 * (size_t)LINE);
    tailing_wait(&t, 61 * SECOND_NS); /* after a quiet minute it counts anew */
    t.out.len = 0;
    last = cut_and_run(&size);
    cr_expect_gt(last, size - 2 * (size_t)LINE);
    free(text);
}

Test(follow_limits, a_file_that_is_cut_off_to_nothing_and_written_on_never_waits)
{
    char *text = malloc(1 << 20);
    size_t total = 0;

    cr_assert_not_null(text);
    memset(text, '\n', 1 << 20);
    tailing_start(&t);
    for (int i = 0; i < 100; i++) {
        tailing_bytes(&t, "a.log", text, 1 << 20);
        tailing_run(&t);
        tailing_truncate(&t, "a.log");
        tailing_run(&t);
        total += t.out.len;
        t.out.len = 0;
    }
    cr_expect_eq(total, (size_t)100 << 20);
    cr_expect_eq(tailing_events(&t, "LIMITED"), 0u);
    free(text);
}

/* ---- what is remembered of files that are gone ---- */

Test(follow_limits, attack_truncation_in_a_loop_leaves_a_bounded_number_of_rows)
{
    char text[32];

    tailing_append(&t, "a.log", "first\n");
    tailing_start(&t);
    for (int i = 0; i < 3000; i++) {
        tailing_truncate(&t, "a.log");
        snprintf(text, sizeof(text), "%d\n", i);
        tailing_append(&t, "a.log", i % 2 ? text : "a longer line than before\n");
        t.now_ns += SECOND_NS / 50;
        follow_wake_all(t.follow);
        tailing_settle(&t);
        tailing_commit(&t);
    }
    cr_expect_eq(tailing_events(&t, "TRUNCATED"), 3000u);
    cr_expect_leq(t.follow->context.index.n, (size_t)FOLLOW_GONE_OF_PATH + 256 + 1);
    cr_expect_eq(t.n_positions, t.follow->context.index.n);
    cr_expect_eq(tailing_events(&t, "LIMITED"), 1u);
    tailing_kill(&t);
    tailing_start(&t);
    tailing_append(&t, "a.log", "last\n");
    tailing_run(&t);
    cr_expect_eq(memcmp(t.out.ptr + t.out.len - 5, "last\n", 5), 0);
}

/* Makes `n` files, and deletes them when they were read. */
static void come_and_go(int n, int round)
{
    char name[64];

    for (int i = 0; i < n; i++) {
        snprintf(name, sizeof(name), "%d-%d.log", round, i);
        tailing_append(&t, name, "1\n");
    }
    tailing_run(&t);
    for (int i = 0; i < n; i++) {
        snprintf(name, sizeof(name), "%d-%d.log", round, i);
        tailing_remove(&t, name);
    }
    tailing_run(&t);
    tailing_wait(&t, 6 * SECOND_NS);
    tailing_commit(&t);
}

static void follow_glob(char glob[96])
{
    snprintf(glob, 96, "%s/*.log", t.folder);
    t.options.pattern = glob;
}

Test(follow_limits, attack_files_that_come_and_go_leave_a_bounded_number_of_rows)
{
    char glob[96];
    size_t rows;

    follow_glob(glob);
    tailing_append(&t, "honest.log", "1\n");
    tailing_start(&t);
    for (int i = 0; i < 12; i++)
        come_and_go(500, i);
    cr_expect_eq(t.out.len, 2u * (12 * 500 + 1));
    rows = t.follow->context.index.n;
    cr_expect_geq(rows, (size_t)FOLLOW_GONE_FILES, "%zu", rows);
    cr_expect_leq(rows, (size_t)FOLLOW_GONE_FILES + 256 + 1, "%zu", rows);
    cr_expect_eq(t.n_positions, rows);
    cr_expect_eq(tailing_events(&t, "LIMITED"), 1u);
    tailing_append(&t, "honest.log", "2\n");
    tailing_wait(&t, MINUTE_NS); /* the next walk drops the paths of which nothing is remembered */
    cr_expect_leq(t.follow->n, rows + 1);
    cr_expect_eq(memcmp(t.out.ptr + t.out.len - 2, "2\n", 2), 0);
}

Test(follow_limits, files_that_are_still_there_are_remembered_however_many_they_are)
{
    char glob[96], from[32], to[32];

    snprintf(glob, sizeof(glob), "%s/*", t.folder);
    t.options.pattern = glob;
    tailing_start(&t);
    for (int i = 0; i < FOLLOW_GONE_OF_PATH + 64; i++) {
        tailing_append(&t, "a.log", "1\n");
        tailing_wait(&t, SECOND_NS / 2);
        snprintf(to, sizeof(to), "a.log.%d", i);
        tailing_rename(&t, "a.log", to);
        tailing_wait(&t, SECOND_NS / 2);
    }
    tailing_wait(&t, 3 * MINUTE_NS);
    follow_forget(t.follow, 0, NULL, NULL); /* the next checkpoint looks at all files */
    tailing_commit(&t);
    cr_expect_eq(t.follow->context.index.n, (size_t)FOLLOW_GONE_OF_PATH + 64);
    for (int i = 0; i < 10; i++) { /* so each is found under another name, and not read again */
        snprintf(from, sizeof(from), "a.log.%d", i);
        snprintf(to, sizeof(to), "b.%d", i);
        tailing_rename(&t, from, to);
    }
    tailing_wait(&t, 10 * SECOND_NS);
    cr_expect_eq(t.out.len, 2u * (FOLLOW_GONE_OF_PATH + 64));
}

/* ---- turns ---- */

Test(follow_limits, attack_many_new_files_are_looked_at_a_few_in_each_round_of_turns)
{
    char glob[96], name[32];
    size_t rounds = 0, most = 0, before = 0;
    int r;

    follow_glob(glob);
    tailing_append(&t, "zz-honest.log", "1\n");
    tailing_start(&t);
    for (int i = 0; i < 2000; i++) {
        snprintf(name, sizeof(name), "%d.log", i);
        tailing_append(&t, name, "x\n");
    }
    t.now_ns += 6 * SECOND_NS;
    follow_wake_all(t.follow);
    cr_assert_geq(follow_turn(t.follow, t.buffer, t.now_ns, t.budget), 0); /* finds them */
    tailing_append(&t, "zz-honest.log", "2\n");
    follow_wake(t.follow, t.folder, "zz-honest.log");
    cr_assert_geq(follow_turn(t.follow, t.buffer, t.now_ns, t.budget), 0);
    cr_assert_geq(follow_turn(t.follow, t.buffer, t.now_ns, t.budget), 0);
    cr_assert_not_null(memmem(t.out.ptr, t.out.len, "2\n", 2));
    do {
        before = t.out.len;
        r = follow_turn(t.follow, t.buffer, t.now_ns, t.budget);
        most = t.out.len - before > most ? t.out.len - before : most;
        rounds++;
    } while (r == 1);
    cr_expect_eq(r, 0);
    cr_expect_leq(most, 2u * 10);
    cr_expect_geq(rounds, 200u);
    cr_expect_eq(t.out.len, 2u * 2002);
    /* One listing of the folder serves all of them. */
    cr_expect_leq(t.follow->context.folder_names.work, 4 * 2001u);
}

Test(follow_limits, attack_a_log_with_many_rotated_names_rests_when_it_was_truncated)
{
    char glob[96], name[32];
    uint64_t work, done;

    follow_glob(glob);
    for (int i = 0; i < 2000; i++) {
        snprintf(name, sizeof(name), "a.log.%d", i);
        tailing_append(&t, name, "x\n");
    }
    tailing_append(&t, "a.log", "1\n");
    tailing_append(&t, "honest.log", "1\n");
    tailing_start(&t);
    work = follow_context_work(&t.follow->context);
    tailing_truncate(&t, "a.log");
    tailing_run(&t);
    done = follow_context_work(&t.follow->context) - work;
    cr_expect_gt(done, 4096u);
    for (int i = 0; i < 20; i++) { /* a fifth of a time that it rests */
        tailing_append(&t, "a.log", "2\n");
        tailing_truncate(&t, "a.log");
        tailing_append(&t, "honest.log", "2\n");
        t.now_ns += done * 100;
        follow_wake_all(t.follow);
        tailing_settle(&t);
    }
    cr_expect_eq(follow_context_work(&t.follow->context), work + done);
    cr_expect_eq(t.out.len, 2u + 2 + 20 * 2);
    tailing_append(&t, "a.log", "3\n");
    tailing_wait(&t, 10 * SECOND_NS);
    cr_expect_eq(memcmp(t.out.ptr + t.out.len - 2, "3\n", 2), 0);
}

Test(follow_limits, a_file_that_came_and_went_beside_a_new_one_is_found_though_the_names_are_kept)
{
    char glob[96];

    follow_glob(glob);
    tailing_start(&t);
    tailing_append(&t, "b.log", "b\n");
    tailing_run(&t); /* the names of the folder are read */
    tailing_append(&t, "a.log", "1\n");
    tailing_rename(&t, "a.log", "a.log.1");
    tailing_append(&t, "a.log", "2\n");
    tailing_wait(&t, 6 * SECOND_NS);
    cr_expect(tailing_has(&t, "b\n1\n2\n"));
}
