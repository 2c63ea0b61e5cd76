/* What a follower says of its files: how much is not read, since when, what waits for a newline,
 * what it leaves alone and why. */

#include "helpers/tailing.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static struct tailing t;
static char glob[128];

static void setup(void)
{
    tailing_init(&t);
    snprintf(glob, sizeof(glob), "%s/*.log", t.folder);
    t.options.pattern = glob;
}

static void teardown(void)
{
    tailing_deinit(&t);
}

TestSuite(follow_stats, .init = setup, .fini = teardown);

Test(follow_stats, half_lines_of_all_files_wait)
{
    struct follow_stats stats;

    tailing_append(&t, "a.log", "one\ntw");
    tailing_append(&t, "b.log", "three");
    tailing_start(&t);
    follow_stats(t.follow, &stats);
    cr_expect_eq(stats.files, 2);
    cr_expect_eq(stats.waiting_bytes, strlen("tw") + strlen("three"));
    cr_expect_eq(stats.behind_bytes, 0);
    cr_expect_eq(stats.behind_since_ns, 0);
    tailing_append(&t, "a.log", "o\n");
    tailing_run(&t);
    follow_stats(t.follow, &stats);
    cr_expect_eq(stats.waiting_bytes, strlen("three"));
}

Test(follow_stats, what_its_owner_does_not_take_is_behind_since_it_was_seen)
{
    struct follow_stats stats;
    uint64_t seen_ns;

    tailing_append(&t, "a.log", "one\n");
    tailing_start(&t);
    t.block_result = 1; /* it takes one block more, then its sink is full */
    t.budget = 4;
    tailing_append(&t, "a.log", "two\nsix\nten\n");
    follow_wake_all(t.follow);
    seen_ns = t.now_ns;
    cr_assert_geq(follow_turn(t.follow, t.buffer, t.now_ns, t.budget), 0);
    follow_stats(t.follow, &stats);
    cr_expect_eq(stats.behind_bytes, strlen("six\nten\n"));
    cr_expect_eq(stats.behind_since_ns, seen_ns);
    t.now_ns += 5 * SECOND_NS;
    cr_assert_geq(follow_turn(t.follow, t.buffer, t.now_ns, t.budget), 0);
    follow_stats(t.follow, &stats);
    cr_expect_eq(stats.behind_bytes, strlen("ten\n"));
    cr_expect_eq(stats.behind_since_ns, seen_ns, "there was always something");
    t.block_result = 0;
    tailing_run(&t);
    follow_stats(t.follow, &stats);
    cr_expect_eq(stats.behind_bytes, 0);
    cr_expect_eq(stats.behind_since_ns, 0);
}

static void list(void *ctx, const char *path, const char *why)
{
    char *text = ctx;

    sprintf(text + strlen(text), "%s: %s\n", strrchr(path, '/') + 1, why);
}

Test(follow_stats, what_is_left_alone_is_named_with_the_reason)
{
    char path[128], text[512] = "";
    struct stat st;

    tailing_append(&t, "theirs.log", "x\n");
    snprintf(path, sizeof(path), "%s/theirs.log", t.folder);
    cr_assert_eq(stat(path, &st), 0);
    t.taken_ino = st.st_ino;
    snprintf(path, sizeof(path), "%s/folder.log", t.folder);
    cr_assert_eq(mkdir(path, 0700), 0);
    tailing_append(&t, "a.log", "one\n");
    tailing_start(&t);
    follow_each_skipped(t.follow, list, text);
    cr_expect_not_null(strstr(text, "theirs.log: another source follows it\n"), "%s", text);
    cr_expect_null(strstr(text, "a.log"), "%s", text);
}

/* The reason was kept in memory of the archive, which is closed when it is skipped. */
Test(follow_stats, why_an_archive_is_left_alone_is_known_when_it_is_closed)
{
    char text[512] = "";

    tailing_bytes(&t, "a.log", "PK\3\4 and more", 13);
    tailing_start(&t);
    tailing_wait(&t, 20 * SECOND_NS);
    cr_expect_eq(tailing_events(&t, "SKIPPED a.log"), 1u);
    follow_each_skipped(t.follow, list, text);
    cr_expect_not_null(strstr(text, "a.log: it is compressed with zip"), "%s", text);
}
