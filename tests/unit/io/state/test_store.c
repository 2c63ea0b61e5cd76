/* The store: rows that were put are read again, by the store and by the sqlite3 shell, and a
 * checkpoint is committed wholly or not at all. */

#include "core/base/util.h"
#include "helpers/counted_state.h"
#include "helpers/run.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

TestSuite(store, .init = counted_state_init, .fini = counted_state_fini);

static const struct store_file one_file = {
    .source = "app",
    .position.path = "/var/log/a'b\xff.log",
    .position.serial = 3,
    .position.dev = UINT64_MAX,
    .position.ino = UINT64_C(1) << 63,
    .position.offset = 4096,
    .position.lines = 17,
    .position.head_print = {.len = 256, .hash = UINT64_C(0xfedcba9876543210)},
    .position.tail_print = {.len = 12, .hash = 1},
    .position.file_time_ns = STATE_NOW_NS,
    .position.last_seen_ns = UINT64_MAX - 3,
    .position.done = true,
};
static const struct store_sink one_sink = {
    .path = "/var/log/out",
    .position.dev = 1,
    .position.ino = UINT64_MAX - 1,
    .position.length = UINT64_C(1) << 40,
    .position.tail_print = {.len = 200, .hash = UINT64_MAX - 2},
    .position.cursor = "partition 3, offset 9",
    .pending = {.ptr = "wait\0ing\n", .len = 9},
};

static void commit(struct store *s)
{
    cr_assert_eq(store_commit(s, STATE_NOW_NS + 5), 0, "%s", store_problem(s));
}

static int print_file(void *ctx, const struct store_file *f)
{
    char *text = ctx;

    sprintf(text + strlen(text), "%s %s %lu %lx %lx %lu %lu %u %lx %u %lx %lu %lu %d\n", f->source,
            f->position.path, f->position.serial, f->position.dev, f->position.ino,
            f->position.offset, f->position.lines, f->position.head_print.len,
            f->position.head_print.hash, f->position.tail_print.len, f->position.tail_print.hash,
            f->position.file_time_ns, f->position.last_seen_ns, f->position.done);
    return 0;
}

static int print_sink(void *ctx, const struct store_sink *sink)
{
    char *text = ctx;

    sprintf(text + strlen(text), "%s %lx %lx %lu %u %lx %zu %s %s\n", sink->path,
            sink->position.dev, sink->position.ino, sink->position.length,
            sink->position.tail_print.len, sink->position.tail_print.hash, sink->pending.len,
            sink->pending.ptr + (sink->pending.len > 5 ? 5 : 0), sink->position.cursor);
    return 0;
}

Test(store, files_and_sinks_come_back_with_all_their_bits)
{
    struct store *s = state_open();
    char expected[512] = "", text[512] = "";

    print_file(expected, &one_file);
    print_sink(expected, &one_sink);
    cr_assert_eq(store_begin(s), 0);
    cr_assert_eq(store_put_file(s, &one_file), 0);
    cr_assert_eq(store_put_sink(s, &one_sink), 0);
    commit(s);
    store_free(s);
    s = state_open();
    cr_expect_eq(store_origin(s), STORE_RESUMED);
    cr_expect_eq(store_since_ns(s), STATE_NOW_NS);
    cr_expect_eq(store_committed_ns(s), STATE_NOW_NS + 5);
    cr_expect_eq(store_each_file(s, print_file, text), 0);
    cr_expect_eq(store_each_sink(s, print_sink, text), 0);
    cr_expect_str_eq(text, expected);
    store_free(s);
    cr_expect_str_eq(
        state_sql(state_path(),
                  "SELECT source, hex(path), serial, dev, ino, offset, head_hash, done FROM files;"
                  "SELECT path, ino, length FROM sinks; SELECT committed_ns FROM state;"),
        "app|2F7661722F6C6F672F612762FF2E6C6F67|3|-1|-9223372036854775808|4096|"
        "-81985529216486896|1\n/var/log/out|-2|1099511627776\n1795435200000000005");
}

static int print_output(void *ctx, const struct store_output *o)
{
    char *text = ctx;

    sprintf(text + strlen(text), "%s %lu %lu %lu %.*s\n", o->path, o->serial, o->dev, o->ino,
            (int)o->head.len, o->head.ptr);
    return 0;
}

static int print_skipped(void *ctx, const struct store_skipped *skipped)
{
    char *text = ctx;

    sprintf(text + strlen(text), "%s %s: %s\n", skipped->source, skipped->path, skipped->reason);
    return 0;
}

Test(store, what_sinks_wrote_and_sources_skip_is_kept_until_it_is_dropped)
{
    struct store_output out = {
        .path = "/out", .serial = 1, .dev = 7, .ino = UINT64_MAX, .head = gloss_span_str("first")};
    struct store_skipped skipped = {.source = "app", .path = "/a", .reason = "it is a pipe"};
    struct store *s = state_open();
    char text[512] = "";

    cr_assert_eq(store_begin(s), 0);
    cr_assert_eq(store_put_output(s, &out), 0);
    out.serial = 2;
    cr_assert_eq(store_put_output(s, &out), 0);
    out.head = gloss_span_str("first line");
    cr_assert_eq(store_put_output(s, &out), 0);
    cr_assert_eq(store_drop_output(s, "/out", 1), 0);
    cr_assert_eq(store_put_skipped(s, &skipped), 0);
    skipped.source = "web";
    cr_assert_eq(store_put_skipped(s, &skipped), 0);
    cr_assert_eq(store_drop_skipped(s, "app"), 0);
    cr_assert_eq(store_commit(s, STATE_NOW_NS), 0);
    store_free(s);
    s = state_open();
    cr_expect_eq(store_each_output(s, print_output, text), 0);
    cr_expect_eq(store_each_skipped(s, print_skipped, text), 0);
    cr_expect_str_eq(text, "/out 2 7 18446744073709551615 first line\nweb /a: it is a pipe\n");
    store_free(s);
}

static int print_cursor(void *ctx, const struct store_cursor *c)
{
    char *text = ctx;

    sprintf(text + strlen(text), "%s %s %lu %lu %lu\n", c->source, c->cursor, c->time_ns, c->offset,
            c->lines);
    return 0;
}

Test(store, a_cursor_is_replaced_by_its_source_and_dropped)
{
    struct store_cursor c = {.source = "journal", .cursor = "s=1;i=2", .time_ns = UINT64_MAX};
    struct store *s = state_open();
    char text[512] = "";

    cr_assert_eq(store_begin(s), 0);
    cr_assert_eq(store_put_cursor(s, &c), 0);
    c.offset = 70;
    c.lines = 2;
    c.cursor = "s=1;i=3";
    cr_assert_eq(store_put_cursor(s, &c), 0);
    c.source = "other";
    cr_assert_eq(store_put_cursor(s, &c), 0);
    cr_assert_eq(store_drop_cursors(s, "other"), 0);
    commit(s);
    store_free(s);
    s = state_open();
    cr_expect_eq(store_each_cursor(s, print_cursor, text), 0);
    cr_expect_str_eq(text, "journal s=1;i=3 18446744073709551615 70 2\n");
    store_free(s);
}

Test(store, a_row_is_replaced_by_its_key_and_dropped)
{
    struct store *s = state_open();
    struct store_file f = one_file;

    cr_assert_eq(store_begin(s), 0);
    for (f.position.serial = 1; f.position.serial < 4; f.position.serial++)
        cr_assert_eq(store_put_file(s, &f), 0);
    f.position.serial = 2;
    f.position.offset = 9999;
    cr_assert_eq(store_put_file(s, &f), 0);
    cr_assert_eq(store_drop_file(s, f.source, f.position.path, 3), 0);
    cr_assert_eq(store_drop_file(s, "elsewhere", f.position.path, 1), 0);
    cr_assert_eq(store_put_sink(s, &one_sink), 0);
    cr_assert_eq(store_drop_sink(s, one_sink.path), 0);
    commit(s);
    cr_expect_str_eq(state_sql(state_path(), "SELECT serial, offset FROM files ORDER BY serial;"
                                             "SELECT count(*) FROM sinks"),
                     "1|4096\n2|9999\n0");
    store_free(s);
}

Test(store, all_of_a_path_goes_to_a_source_that_has_none_of_it)
{
    struct store_file f = one_file;
    struct store *s = state_open();

    cr_assert_eq(store_begin(s), 0);
    for (f.position.serial = 1; f.position.serial < 4; f.position.serial++)
        cr_assert_eq(store_put_file(s, &f), 0);
    cr_expect_eq(store_move_files(s, f.source, f.position.path, "heir"), 1);
    cr_expect_eq(store_move_files(s, f.source, f.position.path, "heir"), 0, "there are none");
    cr_assert_eq(store_put_file(s, &f), 0);
    cr_expect_eq(store_move_files(s, f.source, f.position.path, "heir"), 0, "it has some");
    commit(s);
    cr_expect_str_eq(state_sql(state_path(), "SELECT source, serial FROM files"),
                     "app|4\nheir|1\nheir|2\nheir|3");
    store_free(s);
}

static bool is_among(void *ctx, const char *name)
{
    return strstr(ctx, name);
}

/* Makes a checkpoint that forgets unused names; `used` has the names that are in use. Returns the
 * names that are left. */
static const char *tidy(struct store *s, char *used, uint64_t now_ns, uint64_t older_than_ns)
{
    cr_assert_eq(store_begin(s), 0);
    cr_assert_eq(store_forget_unused(s, STORE_SOURCES, is_among, used, now_ns, older_than_ns), 0);
    cr_assert_eq(store_forget_unused(s, STORE_SINKS, is_among, used, now_ns, older_than_ns), 0);
    commit(s);
    return state_sql(state_path(), "SELECT source FROM files UNION ALL SELECT source FROM cursors"
                                   " UNION ALL SELECT path FROM sinks");
}

Test(store, names_that_are_not_used_for_long_are_forgotten)
{
    static const struct store_file files[] = {
        {.source = "app", .position.path = "/1", .position.serial = 1},
        {.source = "old", .position.path = "/1", .position.serial = 1},
        {.source = "old", .position.path = "/2", .position.serial = 2}};
    static const struct store_cursor journal = {.source = "jnl", .cursor = "c"};
    static const struct store_sink sinks[] = {
        {.path = "/out"},
        {.path = "/gone"},
        {.path = "/pending", .pending = {.ptr = "x", .len = 1}}};
    static const char all[] = "app\nold\nold\njnl\n/gone\n/out\n/pending";
    struct store *s = state_open();

    cr_assert_eq(store_begin(s), 0);
    for (size_t i = 0; i < 3; i++) {
        cr_assert_eq(store_put_file(s, &files[i]), 0);
        cr_assert_eq(store_put_sink(s, &sinks[i]), 0);
    }
    cr_assert_eq(store_put_cursor(s, &journal), 0);
    commit(s);
    cr_expect_str_eq(tidy(s, "app old jnl /out /gone /pending", 10, 9), all);
    cr_expect_str_eq(tidy(s, "app /out", 20, 19), all, "it counts from now");
    cr_expect_str_eq(tidy(s, "app /out", 30, 20), all);
    cr_expect_str_eq(tidy(s, "app jnl /out", 40, 20), all, "that one is used again");
    cr_expect_str_eq(tidy(s, "app /out", 50, 21), "app\njnl\n/out\n/pending");
    cr_expect_str_eq(tidy(s, "app /out", 60, 50), "app\njnl\n/out\n/pending");
    cr_expect_str_eq(tidy(s, "app /out", 70, 51), "app\n/out\n/pending");
    cr_expect_str_eq(state_sql(state_path(), "SELECT count(*) FROM unused"), "0");
    store_free(s);
}

static int stop_at_first(void *ctx, const struct store_file *f)
{
    (void)f;
    ++*(int *)ctx;
    return 7;
}

Test(store, a_walk_ends_with_what_its_function_says)
{
    struct store *s = state_open();
    struct store_file f = one_file;
    int calls = 0;

    cr_assert_eq(store_begin(s), 0);
    cr_assert_eq(store_put_file(s, &f), 0);
    f.position.serial++;
    cr_assert_eq(store_put_file(s, &f), 0);
    commit(s);
    cr_expect_eq(store_each_file(s, stop_at_first, &calls), 7);
    cr_expect_eq(calls, 1);
    store_free(s);
}

Test(store, nothing_is_visible_before_the_commit_and_nothing_is_left_of_a_rollback)
{
    struct store *s = state_open();

    cr_assert_eq(store_begin(s), 0);
    cr_assert_eq(store_put_file(s, &one_file), 0);
    cr_expect_str_eq(state_sql(state_path(), "SELECT count(*) FROM files"), "0");
    store_rollback(s);
    cr_expect_eq(store_put_file(s, &one_file), -ECANCELED);
    cr_expect_eq(store_commit(s, 1), -ECANCELED);
    cr_assert_eq(store_begin(s), 0);
    cr_assert_eq(store_put_sink(s, &one_sink), 0);
    commit(s);
    cr_expect_str_eq(
        state_sql(state_path(), "SELECT count(*) FROM files; SELECT count(*) FROM sinks"), "0\n1");
    store_free(s);
}

/* Reads the times of the database and of its journal. */
static void stamp(struct timespec stamps[4])
{
    struct stat st;

    for (int i = 0; i < 2; i++) {
        cr_assert_eq(stat(scratch_path(i ? "state.db-journal" : "state.db"), &st), 0);
        stamps[2 * i] = st.st_mtim;
        stamps[2 * i + 1] = st.st_ctim;
    }
}

Test(store, a_checkpoint_in_which_nothing_changed_writes_nothing)
{
    struct store *s = state_open();
    struct timespec before[4], after[4];

    cr_assert_eq(store_load_counters(s, counters), 0);
    counting_add(counters, "app", "BIZ_NO_STOCK BIZ_NEW\n", NULL);
    cr_assert_eq(store_begin(s), 0);
    cr_assert_eq(store_put_counters(s, counters, NULL), 0);
    commit(s);
    stamp(before);
    cr_assert_eq(store_begin(s), 0);
    cr_assert_eq(store_commit(s, STATE_NOW_NS + 9), 0);
    cr_assert_eq(store_begin(s), 0);
    cr_assert_eq(store_put_counters(s, counters, NULL), 0);
    cr_assert_eq(store_commit(s, STATE_NOW_NS + 9), 0);
    stamp(after);
    cr_expect_arr_eq(before, after, sizeof(before));
    cr_expect_eq(store_committed_ns(s), STATE_NOW_NS + 5);
    store_free(s);
}

/* Appends everything that counters hold, as text. */
static void print_counters(const struct gloss_counters *c, char *text)
{
    const struct gloss_catalogs *of = gloss_counters_catalogs(c);

    text[0] = '\0';
    for (size_t i = 0; i < gloss_counters_n_sources(c); i++) {
        const struct gloss_source_counts *s =
            gloss_counters_source_at((struct gloss_counters *)c, i);
        uint64_t first, last;

        gloss_counters_span(s, &first, &last);
        text += sprintf(text, "%s %lu %lu %lu %lu %lu %lu-%lu\n", s->name, s->bytes, s->lines,
                        s->matched_lines, s->hits, s->successes, first, last);
        for (uint32_t id = 0; s->codes && id < gloss_catalogs_n_entries(of); id++)
            text += sprintf(text, "  %s %lu %lu %lu-%lu %lu\n", gloss_catalogs_entry(of, id)->code,
                            s->codes[id].hits, s->codes[id].lines, s->codes[id].first_ns,
                            s->codes[id].last_ns, s->codes[id].last_line);
    }
    for (size_t i = 0; i < gloss_counters_n_unknown(c); i++)
        text += sprintf(text, "? %s %lu\n", gloss_counters_unknown_at(c, i)->code,
                        gloss_counters_unknown_at(c, i)->hits);
    sprintf(text, "dropped %lu\n", gloss_counters_unknown_dropped(c));
}

static bool is_web(void *ctx, const char *source)
{
    (void)ctx;
    return STREQ(source, "web");
}

Test(store, counts_of_sources_that_are_left_out_wait_for_the_next_checkpoint)
{
    const struct store_selection web = {.fn = is_web};
    static const char sql[] =
        "SELECT name, lines FROM sources; SELECT source, hits FROM counts;"
        "SELECT source, code, hits FROM unknown;"
        "SELECT source, sum(hits) FROM history WHERE kind = 2 GROUP BY source";
    struct store *s = counted_state_open();

    counting_add(counters, "app", "BIZ_NO_STOCK BIZ_NEW\n", NULL);
    counting_add(counters, "web", "BIZ_NO_STOCK BIZ_NEW BIZ_NEW\n", NULL);
    cr_assert_eq(store_begin(s), 0);
    cr_assert_eq(store_put_counters(s, counters, &web), 0, "%s", store_problem(s));
    counting_add(counters, "web", "BIZ_NEW\n", NULL); /* belongs to the next checkpoint */
    commit(s);
    cr_expect_str_eq(state_sql(state_path(), sql), "web|1\nweb|1\nweb|BIZ_NEW|2\nweb|2");
    counted_state_commit(s, STATE_NOW_NS + 5);
    cr_expect_str_eq(state_sql(state_path(), sql),
                     "app|1\nweb|2\napp|1\nweb|1\napp|BIZ_NEW|1\nweb|BIZ_NEW|3\napp|1\nweb|3");
    store_free(s);
}

Test(store, numbers_of_checkpoints_grow_over_all_groups)
{
    struct store *s = state_open();

    cr_assert_eq(store_begin(s), 0);
    cr_assert_eq(store_put_group(s, "app", 7), 0);
    commit(s);
    cr_assert_eq(store_begin(s), 0);
    cr_assert_eq(store_put_group(s, "app", 8), 0);
    cr_assert_eq(store_put_group(s, "web", 8), 0);
    commit(s);
    cr_expect_str_eq(
        state_sql(state_path(), "SELECT name, number, committed_ns FROM groups ORDER BY name"),
        "app|2|8\nweb|3|8");
    store_free(s);
}

Test(store, counters_come_back_and_count_on)
{
    struct store *s = state_open();
    struct gloss_counters *again;
    char expected[2048], text[2048];

    cr_assert_eq(store_load_counters(s, counters), 0);
    cr_assert_eq(gloss_counters_new(&again, set), 0);
    for (int round = 0; round < 3; round++) {
        counting_add(counters, "app", "2026-11-23 08:00:05 BIZ_NO_STOCK BIZ_NO_STOCK\n", NULL);
        counting_add(counters, "app", "BIZ_NO_MONEY BIZ_NEW ok=1\n", NULL);
        counting_add(counters, "web", "nothing\n", NULL);
        gloss_counters_source_at(counters, 0)->unknown_dropped += 4;
        counted_state_commit(s, STATE_NOW_NS + 5);
        cr_expect_not(gloss_counters_source_at(counters, 0)->dirty);
    }
    store_free(s);
    s = state_open();
    cr_assert_eq(store_load_counters(s, again), 0);
    print_counters(counters, expected);
    print_counters(again, text);
    cr_expect_str_eq(text, expected);
    gloss_counters_free(counters);
    counters = again;
    counting_add(counters, "web", "BIZ_NO_STOCK BIZ_NEW BIZ_NEWER\n", NULL);
    counted_state_commit(s, STATE_NOW_NS + 5);
    cr_expect_str_eq(
        state_sql(state_path(), "SELECT name, lines, hits, successes FROM sources;"
                                "SELECT source, catalog, code, hits, lines, last_line FROM counts;"
                                "SELECT * FROM unknown; SELECT unknown_dropped FROM sources"),
        "app|6|9|3\nweb|4|1|0\n"
        "app|shop|BIZ_NO_MONEY|3|3|6\napp|shop|BIZ_NO_STOCK|6|3|5\nweb|shop|BIZ_NO_STOCK|1|1|4\n"
        "app|shop|BIZ_NEW|3\nweb|shop|BIZ_NEW|1\nweb|shop|BIZ_NEWER|1\n12\n0");
    store_free(s);
}

Test(store, counts_that_were_rolled_back_are_written_by_the_next_commit)
{
    struct store *s = counted_state_open();

    counting_add(counters, "app", "BIZ_NO_STOCK BIZ_NEW\n", NULL);
    cr_assert_eq(store_begin(s), 0);
    cr_assert_eq(store_put_counters(s, counters, NULL), 0);
    store_rollback(s);
    cr_expect(gloss_counters_source_at(counters, 0)->dirty);
    counted_state_commit(s, STATE_NOW_NS + 5);
    cr_expect_str_eq(state_sql(state_path(), "SELECT hits FROM counts; SELECT hits FROM unknown;"
                                             "SELECT hits FROM sources"),
                     "1\n1\n1");
    store_free(s);
}

/* As the service does, which goes on counting while another thread waits for the disk. */
Test(store, what_is_counted_between_a_put_and_its_commit_is_written_by_the_next_one)
{
    static const char sql[] = "SELECT hits FROM counts; SELECT hits FROM unknown;"
                              "SELECT hits FROM sources";
    struct store *s = counted_state_open();

    for (int fails = 0; fails < 2; fails++) {
        counting_add(counters, "app", "BIZ_NO_STOCK BIZ_NEW\n", NULL);
        cr_assert_eq(store_begin(s), 0);
        cr_assert_eq(store_put_counters(s, counters, NULL), 0);
        counting_add(counters, "app", "BIZ_NO_STOCK BIZ_NEW BIZ_NEWER\n", NULL);
        if (fails)
            cr_expect_eq(store_settle(s, -EIO), -EIO);
        else
            cr_expect_eq(store_settle(s, store_flush(s, STATE_NOW_NS + 9)), 0);
        cr_expect_str_eq(state_sql(state_path(), sql), fails ? "2\n2\n1\n2" : "1\n1\n1");
        cr_expect(gloss_counters_source_at(counters, 0)->dirty);
        counted_state_commit(s, STATE_NOW_NS + 5);
        cr_expect_str_eq(state_sql(state_path(), sql), fails ? "4\n4\n2\n4" : "2\n2\n1\n2");
    }
    store_free(s);
}

Test(store, counts_of_a_catalog_that_is_away_stay_and_come_back)
{
    struct gloss_catalogs *other = counting_catalogs(counting_other_yaml);
    struct store *s = state_open();
    struct gloss_counters *away, *back;
    char expected[2048], text[2048];

    cr_assert_eq(store_load_counters(s, counters), 0);
    counting_add(counters, "app", "BIZ_NO_STOCK BIZ_NEW\n", NULL);
    counted_state_commit(s, STATE_NOW_NS + 5);
    print_counters(counters, expected);

    cr_assert_eq(gloss_counters_new(&away, other), 0);
    cr_assert_eq(store_load_counters(s, away), 0);
    cr_expect_null(gloss_counters_source_at(away, 0)->codes);
    cr_expect_eq(gloss_counters_n_unknown(away), 0);
    counting_add(away, "web", "BIZ_NO_SHIP\n", NULL);
    cr_assert_eq(store_begin(s), 0);
    cr_assert_eq(store_put_counters(s, away, NULL), 0);
    commit(s);

    cr_assert_eq(gloss_counters_new(&back, set), 0);
    cr_assert_eq(store_load_counters(s, back), 0);
    print_counters(back, text);
    cr_expect_eq(strncmp(text, expected, strcspn(expected, "?")), 0, "%s\n%s", text, expected);
    cr_expect_not_null(strstr(text, "? BIZ_NEW 1\n"));
    store_free(s);
    gloss_counters_free(away);
    gloss_counters_free(back);
    gloss_catalogs_free(other);
}

/* Mounts in a mount namespace of this test's process, so that the mount is gone with the process.
 */
static bool mount_small_disk(const char *folder)
{
    return unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
           mount("tmpfs", folder, "tmpfs", 0, "size=256k") == 0;
}

Test(store, a_full_disk_fails_the_commit_and_heals)
{
    struct store *s;
    struct store_file f = one_file;
    int r = 0;

    if (!mount_small_disk(scratch()))
        cr_skip("a small file system needs root");
    s = state_open();
    cr_assert_eq(store_begin(s), 0);
    cr_assert_eq(store_put_file(s, &f), 0);
    commit(s);
    state_sh("! cat /dev/zero >%s 2>/dev/null", scratch_path("filler"));
    cr_assert_eq(store_begin(s), 0);
    for (f.position.serial = 10; f.position.serial < 5000 && r == 0; f.position.serial++)
        r = store_put_file(s, &f);
    if (r == 0)
        r = store_commit(s, STATE_NOW_NS + 6);
    cr_expect_eq(r, -ENOSPC, "%d: %s", r, store_problem(s));
    cr_expect_eq(store_backup(s), -ENOSPC);
    cr_expect_str_eq(state_sql(state_path(), "SELECT serial FROM files"), "3");
    cr_assert_eq(unlink(scratch_path("filler")), 0);
    cr_assert_eq(store_begin(s), 0);
    cr_assert_eq(store_put_sink(s, &one_sink), 0);
    commit(s);
    cr_expect_eq(store_backup(s), 0);
    store_free(s);
    cr_expect_str_eq(state_sql(state_path(), "SELECT count(*) FROM sinks; PRAGMA quick_check"),
                     "1\nok");
    cr_expect_eq(umount(scratch()), 0);
}
