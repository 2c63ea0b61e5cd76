/* Journals of files that the tests make: the text of an entry, where reading goes on, and files
 * that are rotated or deleted meanwhile. */

#include "core/base/util.h"
#include "helpers/journal.h"
#include "helpers/run.h"
#include "io/input/journal_files.h"
#include "io/input/journal_reader.h"

#include <criterion/criterion.h>
#include <poll.h>
#include <stdio.h>
#include <sys/stat.h>
#include <systemd/sd-id128.h>
#include <unistd.h>

TestSuite(journal_reader, .fini = scratch_remove);

static struct journal_reader *open_with(const struct journal_reader_options *options)
{
    struct journal_reader_options own = *options;
    struct journal_reader *j;

    own.folder = scratch();
    cr_assert_eq(journal_reader_open(&j, &own), 0);
    return j;
}

static struct journal_reader *open_all(void)
{
    return open_with(&(struct journal_reader_options){0});
}

/* The texts of all entries that are there now. Good until the next call. */
static const char *rest_of(struct journal_reader *j)
{
    static char text[4096];
    struct journal_entry e;
    size_t n = 0;

    while (journal_reader_next(j, &e) > 0) {
        cr_assert_lt(n + e.text.len, sizeof(text));
        if (e.text.len > 0)
            memcpy(text + n, e.text.ptr, e.text.len);
        n += e.text.len;
    }
    text[n] = '\0';
    return text;
}

static void expect_all(const struct journal_reader_options *options, const char *expected)
{
    struct journal_reader *j = open_with(options);

    cr_expect_str_eq(rest_of(j), expected);
    journal_reader_free(j);
}

/* Reads so many entries and returns the cursor, owned by the caller. */
static char *cursor_behind(int n)
{
    struct journal_reader *j = open_all();
    struct journal_entry e;
    char *cursor;

    while (n-- > 0)
        cr_assert_eq(journal_reader_next(j, &e), 1);
    cursor = strdup(journal_reader_cursor(j));
    journal_reader_free(j);
    return cursor;
}

/* Waits until the descriptor is readable, then lets the reader see the change. */
static void await_change(struct journal_reader *j)
{
    struct pollfd wait = {.fd = journal_reader_fd(j), .events = POLLIN};

    cr_assert_eq(poll(&wait, 1, 10000), 1, "no change came");
    cr_assert_eq(journal_reader_wake(j), 1);
}

Test(journal_reader, an_entry_is_its_message_and_a_newline)
{
    struct journal_draft d = {0};
    struct journal_entry e;
    struct journal_reader *j;

    journal_add(&d, "a.service", "one BIZ_NO_MESSAGE", "PRIORITY=3\n");
    journal_add(&d, NULL, "two", NULL);
    journal_write(&d, scratch_path("a.journal"));
    j = open_all();
    cr_expect_not(journal_reader_is_blind(j));
    cr_expect_null(journal_reader_cursor(j));
    cr_assert_eq(journal_reader_next(j, &e), 1);
    cr_expect(gloss_span_equal(e.text, gloss_span_str("one BIZ_NO_MESSAGE\n")));
    cr_expect_eq(e.time_ns, (uint64_t)(JOURNAL_BEGIN_S + 1) * 1000000000);
    cr_expect_not_null(journal_reader_cursor(j));
    cr_assert_eq(journal_reader_next(j, &e), 1);
    cr_expect(gloss_span_equal(e.text, gloss_span_str("two\n")));
    cr_expect_eq(journal_reader_next(j, &e), 0);
    cr_expect_eq(journal_reader_next(j, &e), 0);
    journal_reader_free(j);
}

Test(journal_reader, a_message_may_be_many_lines_empty_or_any_bytes)
{
    struct journal_draft d = {0};
    struct journal_entry e;
    struct journal_reader *j;

    journal_add_bytes(&d, "first\nsecond\n", 13);
    journal_add_bytes(&d, "a\0\xff\nb", 5);
    journal_add(&d, NULL, "", NULL);
    journal_write(&d, scratch_path("a.journal"));
    j = open_all();
    cr_assert_eq(journal_reader_next(j, &e), 1);
    cr_expect(gloss_span_equal(e.text, gloss_span("first\nsecond\n", 13)));
    cr_assert_eq(journal_reader_next(j, &e), 1);
    cr_expect(gloss_span_equal(e.text, gloss_span("a\0\xff\nb\n", 6)));
    cr_assert_eq(journal_reader_next(j, &e), 1);
    cr_expect(gloss_span_equal(e.text, gloss_span_str("\n")));
    journal_reader_free(j);
}

Test(journal_reader, a_message_that_is_too_long_is_cut)
{
    struct journal_draft d = {0};
    size_t n = JOURNAL_MESSAGE_MAX + 100;
    CLEANUP(freep) char *bytes = malloc(n);
    struct journal_entry e;
    struct journal_reader *j;

    cr_assert_not_null(bytes);
    memset(bytes, 'x', n);
    journal_add_bytes(&d, bytes, n - 100);
    journal_add_bytes(&d, bytes, n);
    journal_add(&d, NULL, "short", NULL);
    journal_write(&d, scratch_path("a.journal"));
    j = open_all();
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(journal_reader_next(j, &e), 1);
        cr_expect_eq(e.text.len, JOURNAL_MESSAGE_MAX + 1);
        cr_expect_eq(e.cut, i == 1);
    }
    cr_assert_eq(journal_reader_next(j, &e), 1);
    cr_expect(gloss_span_equal(e.text, gloss_span_str("short\n")));
    journal_reader_free(j);
}

Test(journal_reader, units_and_matches_choose_entries)
{
    static const char *const units[] = {"a.service", "b.service"};
    static const char *const matches[] = {"PRIORITY=3", "PRIORITY=4", "SYSLOG_IDENTIFIER=app"};
    struct journal_draft d = {0};

    journal_add(&d, "a.service", "a3", "PRIORITY=3\nSYSLOG_IDENTIFIER=app\n");
    journal_add(&d, "b.service", "b4", "PRIORITY=4\nSYSLOG_IDENTIFIER=app\n");
    journal_add(&d, "c.service", "c3", "PRIORITY=3\nSYSLOG_IDENTIFIER=app\n");
    journal_add(&d, "a.service", "a5", "PRIORITY=5\nSYSLOG_IDENTIFIER=app\n");
    journal_add(&d, "a.service", "other", "PRIORITY=3\nSYSLOG_IDENTIFIER=else\n");
    journal_write(&d, scratch_path("a.journal"));
    expect_all(&(struct journal_reader_options){0}, "a3\nb4\nc3\na5\nother\n");
    expect_all(&(struct journal_reader_options){.units = units, .n_units = 1}, "a3\na5\nother\n");
    expect_all(&(struct journal_reader_options){.units = units, .n_units = 2},
               "a3\nb4\na5\nother\n");
    expect_all(&(struct journal_reader_options){.matches = matches, .n_matches = 3},
               "a3\nb4\nc3\n");
    expect_all(
        &(struct journal_reader_options){
            .units = units, .n_units = 2, .matches = matches, .n_matches = 3},
        "a3\nb4\n");
}

Test(journal_reader, reading_goes_on_behind_the_cursor)
{
    CLEANUP(freep) char *cursor = NULL;
    struct journal_reader *j;

    journal_write_numbered("a.journal", 1, 5);
    cursor = cursor_behind(3);
    j = open_with(&(struct journal_reader_options){.cursor = cursor, .start_at_end = true});
    cr_expect_not(journal_reader_has_gap(j));
    cr_expect_str_eq(journal_reader_cursor(j), cursor);
    cr_expect_str_eq(rest_of(j), "line 4\nline 5\n");
    journal_reader_free(j);
    cr_expect_eq(journal_reader_has(scratch(), cursor), 1);
    free(TAKE_PTR(cursor));
    cursor = cursor_behind(5);
    expect_all(&(struct journal_reader_options){.cursor = cursor}, "");
}

Test(journal_reader, an_entry_that_new_matches_leave_out_is_not_gone)
{
    static const char *const units[] = {"b.service"};
    CLEANUP(freep) char *cursor = NULL;
    struct journal_draft d = {0};
    struct journal_reader *j;

    journal_add(&d, "a.service", "a1", NULL);
    journal_add(&d, "b.service", "b2", NULL);
    journal_add(&d, "b.service", "b3", NULL);
    journal_write(&d, scratch_path("a.journal"));
    cursor = cursor_behind(1);
    j = open_with(&(struct journal_reader_options){.cursor = cursor, .units = units, .n_units = 1});
    cr_expect_not(journal_reader_has_gap(j));
    cr_expect_str_eq(rest_of(j), "b2\nb3\n");
    journal_reader_free(j);
}

Test(journal_reader, after_the_file_of_a_cursor_was_deleted_the_next_entry_comes)
{
    CLEANUP(freep) char *cursor = NULL;
    struct journal_reader *j;

    journal_write_numbered("old.journal", 1, 3);
    journal_write_numbered("new.journal", 6, 8);
    cursor = cursor_behind(2);
    cr_assert_eq(unlink(scratch_path("old.journal")), 0);
    j = open_with(&(struct journal_reader_options){.cursor = cursor});
    cr_expect(journal_reader_has_gap(j));
    cr_expect_str_eq(rest_of(j), "line 6\nline 7\nline 8\n");
    journal_reader_free(j);
    cr_expect_eq(journal_reader_has(scratch(), cursor), 0);
    cr_expect_eq(journal_reader_has(scratch(), "nonsense"), -EINVAL);
}

Test(journal_reader, start_at_end_reads_only_entries_written_after_the_opening)
{
    static const char *const units[] = {"a.service"};
    struct journal_draft d = {.n = 3};
    struct journal_reader *j;

    journal_write_numbered("a.journal", 1, 2);
    journal_add(&d, "other.service", "the end need not match", NULL);
    journal_write(&d, scratch_path("a.journal"));
    j = open_with(
        &(struct journal_reader_options){.start_at_end = true, .units = units, .n_units = 1});
    cr_expect_not_null(journal_reader_cursor(j));
    cr_expect_eq(journal_reader_cursor_ns(j), (uint64_t)(JOURNAL_BEGIN_S + 4) * 1000000000);
    cr_expect_str_eq(rest_of(j), "");
    journal_write_numbered("a.journal", 5, 6);
    cr_expect_str_eq(rest_of(j), "line 5\nline 6\n");
    journal_reader_free(j);
}

Test(journal_reader, a_new_file_makes_the_descriptor_readable_and_is_read)
{
    struct journal_reader *j;

    journal_write_numbered("a.journal", 1, 2);
    j = open_all();
    cr_expect_str_eq(rest_of(j), "line 1\nline 2\n");
    journal_write_numbered("b.journal", 3, 4);
    await_change(j);
    cr_expect_str_eq(rest_of(j), "line 3\nline 4\n");
    journal_reader_free(j);
}

/* Rotation as journald does it: the file is renamed, and a new file takes its place. */
Test(journal_reader, rotation_while_it_is_read_loses_and_doubles_nothing)
{
    struct journal_entry e;
    struct journal_reader *j;

    journal_write_numbered("a.journal", 1, 4);
    j = open_all();
    cr_assert_eq(journal_reader_next(j, &e), 1);
    cr_assert_eq(rename(scratch_path("a.journal"), scratch_path("a@1.journal")), 0);
    journal_write_numbered("a.journal", 5, 6);
    await_change(j);
    cr_expect_str_eq(rest_of(j), "line 2\nline 3\nline 4\nline 5\nline 6\n");
    cr_assert_eq(unlink(scratch_path("a@1.journal")), 0);
    journal_write_numbered("b.journal", 7, 7);
    await_change(j);
    cr_expect_str_eq(rest_of(j), "line 7\n");
    journal_reader_free(j);
}

Test(journal_reader, entries_that_a_glossd_wrote_are_passed_over)
{
    struct journal_draft d = {0};
    char id[SD_ID128_STRING_MAX], own[256], other[256];
    sd_id128_t boot;
    struct journal_reader *j;

    cr_assert_eq(sd_id128_get_boot(&boot), 0);
    snprintf(own, sizeof(own), "_PID=%d\n_BOOT_ID=%s\n", (int)getpid(),
             sd_id128_to_string(boot, id));
    snprintf(other, sizeof(other), "_PID=%d\n", (int)getpid());
    journal_add(&d, "glossd.service", "of our unit", NULL);
    journal_add(&d, "shell.service", "of our process", own);
    journal_add(&d, "shell.service", "of its number in another boot", other);
    journal_add(&d, "glossd@two.service", "of another's sink", "GLOSS_SOURCE=app\n");
    journal_add(&d, "app.service", "of an application", NULL);
    journal_write(&d, scratch_path("a.journal"));
    j = open_with(&(struct journal_reader_options){.own_unit = "glossd.service"});
    cr_expect_str_eq(rest_of(j), "of its number in another boot\nof an application\n");
    journal_reader_free(j);
}

Test(journal_reader, a_process_that_no_manager_started_has_no_unit)
{
    cr_expect_null(journal_reader_own_unit());
    setenv("SYSTEMD_EXEC_PID", "1", 1); /* of a parent process */
    cr_expect_null(journal_reader_own_unit());
}

Test(journal_reader, a_journal_without_entries_is_blind)
{
    CLEANUP(journal_files_deinit) struct journal_files files;
    struct journal_reader_options nowhere = {.folder = "/nowhere/at/all"};
    struct journal_reader *j = open_all();
    struct journal_entry e;

    cr_expect(journal_reader_is_blind(j));
    cr_expect_eq(journal_reader_next(j, &e), 0);
    journal_reader_free(j);
    cr_expect_eq(journal_reader_open(&j, &nowhere), -ENOENT);
    j = open_with(
        &(struct journal_reader_options){.cursor = "s=0165b74cb8924cfeac1b8f61333dd84f;i=1"});
    cr_expect_not(journal_reader_has_gap(j), "without an entry a gap cannot be known");
    journal_reader_free(j);
    cr_assert_eq(journal_files_look(&files, scratch()), 0);
    cr_expect_eq(files.n, 0);
    cr_expect_eq(files.n_denied, 0);
}

Test(journal_reader, files_that_may_not_be_read_are_counted_and_one_is_named)
{
    CLEANUP(journal_files_deinit) struct journal_files files = {0};

    if (geteuid() != 0)
        cr_skip_test("needs root, to be somebody else");
    journal_write_numbered("a.journal", 1, 2);
    journal_write_numbered("b.journal", 1, 2);
    cr_assert_eq(chmod(scratch_path("b.journal"), 0600), 0);
    cr_assert_eq(chmod(scratch_path("a.journal"), 0644), 0);
    cr_assert_eq(chmod(scratch(), 0755), 0);
    cr_assert_eq(setegid(65534), 0);
    cr_assert_eq(seteuid(65534), 0);
    cr_assert_eq(journal_files_look(&files, scratch()), 0);
    cr_assert_eq(seteuid(0), 0);
    cr_expect_eq(files.n, 2);
    cr_expect_eq(files.n_denied, 1);
    cr_expect(files.denied && strstr(files.denied, "/b.journal"), "%s", files.denied);
    journal_files_deinit(&files);
    cr_assert_eq(chmod(scratch(), 0700), 0);
    cr_assert_eq(seteuid(65534), 0);
    cr_assert_eq(journal_files_look(&files, scratch()), 0);
    cr_assert_eq(seteuid(0), 0);
    cr_expect_eq(files.n_denied, 1);
    cr_expect_str_eq(files.denied, scratch());
}
