/* The service with a journal as its source. The journal's files are in a folder of the test. */

#include "core/base/util.h"
#include "helpers/journal.h"
#include "helpers/json.h"
#include "helpers/service.h"
#include "helpers/state.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define NOBODY 65534

static void set_up(void)
{
    cr_assert_eq(mkdir(scratch_path("journal"), 0755), 0);
}

TestSuite(journal, .init = set_up, .fini = scratch_remove);

static const char all[] = "state: '@/state.db'\n"
                          "sources: [{name: app, journal: {folder: '@/journal'}}]\n"
                          "sinks: [{file: '@/out', emit: all}]\n";

static void expect_lines(const char *sink, unsigned first, unsigned last)
{
    CLEANUP(freep) char *text = service_text(sink);
    struct gloss_buf expected = {0};

    for (unsigned i = first; i <= last; i++)
        gloss_buf_printf(&expected, "line %u\n", i);
    gloss_buf_char(&expected, '\0');
    cr_expect_str_eq(text, expected.ptr);
    gloss_buf_deinit(&expected);
}

Test(journal, its_lines_are_annotated_and_counted)
{
    const char *config = service_config("state: '@/state.db'\n"
                                        "sources:\n  - journal: {folder: '@/journal', "
                                        "units: [a.service]}\n"
                                        "sinks:\n  - {file: '@/out'}\n"
                                        "  - {name: j, file: '@/json', format: json}\n");
    struct journal_draft d = {0};
    struct run r;

    journal_add(&d, "a.service", "send failed: BIZ_TOPIC_NOT_FOUND", NULL);
    journal_add(&d, "b.service", "BIZ_NO_MESSAGE", NULL);
    journal_add(&d, "a.service", "all is well", NULL);
    journal_write(&d, scratch_path("journal/a.journal"));
    service_start(&r, config);
    cr_expect(service_comes_to("out", "BIZ_TOPIC_NOT_FOUND  # BIZ_TOPIC_NOT_FOUND: "));
    journal_add(&d, "a.service", "later: BIZ_NO_MESSAGE", NULL);
    journal_write(&d, scratch_path("journal/a.journal"));
    cr_expect(service_comes_to("out", "later: BIZ_NO_MESSAGE  # "));
    service_stop(&r);
    cr_assert(service_comes_to("json", "\"time\":\"2023-11-14T22:13:24Z\","
                                       "\"time_source\":\"line\",\"source\":\"journal\","
                                       "\"line\":3,\"offset\":45,"));
    cr_assert_eq(RUN(&r, NULL, "", "summary", "--config", config, "--format", "json"), 0);
    cr_expect(strstr(r.out_text.ptr, "\"lines\": 3, \"matched_lines\": 2, \"hits\": 2"), "%s",
              r.out_text.ptr);
    cr_expect(strstr(r.out_text.ptr, "\"first_seen\": \"2023-11-14T22:13:21Z\""), "%s",
              r.out_text.ptr);
    run_free(&r);
}

Test(journal, a_restart_goes_on_behind_the_last_entry)
{
    const char *config = service_config(all);

    journal_write_numbered("journal/a.journal", 1, 3);
    service_run(config, "out", "line 3\n");
    journal_write_numbered("journal/a.journal", 4, 6);
    service_run(config, "out", "line 6\n");
    service_run(config, "out", "line 6\n");
    expect_lines("out", 1, 6);
}

Test(journal, kills_lose_nothing_and_double_nothing)
{
    const char *config = service_config(all);
    char last[32];

    for (unsigned round = 1; round <= 6; round++) {
        struct run r;

        snprintf(last, sizeof(last), "line %u\n", 40 * round - 20);
        service_start(&r, config);
        journal_write_numbered("journal/a.journal", 40 * round - 39, 40 * round);
        cr_expect(service_comes_to("out", last));
        kill(r.pid, SIGKILL);
        cr_expect_eq(run_end(&r), 128 + SIGKILL);
        run_free(&r);
    }
    service_run(config, "out", "line 240\n");
    expect_lines("out", 1, 240);
}

Test(journal, rotated_and_vacuumed_while_it_runs_and_while_it_does_not)
{
    const char *config = service_config(all);
    struct run r;

    journal_write_numbered("journal/a.journal", 1, 3);
    service_start(&r, config);
    cr_expect(service_comes_to("out", "line 3\n"));
    cr_assert_eq(rename(scratch_path("journal/a.journal"), scratch_path("journal/a@1.journal")), 0);
    journal_write_numbered("journal/a.journal", 4, 5);
    cr_expect(service_comes_to("out", "line 5\n"));
    cr_assert_eq(unlink(scratch_path("journal/a@1.journal")), 0);
    journal_write_numbered("journal/b.journal", 6, 7);
    cr_expect(service_comes_to("out", "line 7\n"));
    service_stop(&r);
    cr_assert_eq(rename(scratch_path("journal/b.journal"), scratch_path("journal/b@1.journal")), 0);
    journal_write_numbered("journal/b.journal", 8, 9);
    service_run(config, "out", "line 9\n");
    expect_lines("out", 1, 9);
}

Test(journal, what_was_vacuumed_unread_is_said_and_the_rest_is_read)
{
    const char *config = service_config(all);
    struct run r;

    journal_write_numbered("journal/a.journal", 1, 3);
    service_run(config, "out", "line 3\n");
    cr_assert_eq(unlink(scratch_path("journal/a.journal")), 0);
    journal_write_numbered("journal/b.journal", 6, 8);
    service_start(&r, config);
    cr_expect(run_hears_error(&r,
                              "the last entry that was read, of 2023-11-14T22:13:23Z, is no "
                              "longer in the journal; the next entry is of 2023-11-14T22:13:26Z"));
    cr_expect(service_comes_to("out", "line 8\n"));
    service_stop(&r);
    service_start(&r, config);
    service_stop(&r);
    CLEANUP(freep) char *text = service_text("out");
    cr_expect_str_eq(text, "line 1\nline 2\nline 3\nline 6\nline 7\nline 8\n");
}

Test(journal, a_start_at_the_end_is_remembered_though_nothing_was_read)
{
    const char *config = service_config("state: '@/state.db'\n"
                                        "sources: [{journal: {folder: '@/journal'}, start: end}]\n"
                                        "sinks: [{file: '@/out', emit: all}]\n");
    struct run r;

    journal_write_numbered("journal/a.journal", 1, 3);
    service_start(&r, config);
    service_stop(&r);
    journal_write_numbered("journal/a.journal", 4, 5);
    service_run(config, "out", "line 5\n");
    expect_lines("out", 4, 5);
}

Test(journal, a_reload_with_other_units_goes_on_where_it_stands)
{
    static const char text[] = "state: '@/state.db'\n"
                               "sources: [{journal: {folder: '@/journal', units: [%s]}}]\n"
                               "sinks: [{file: '@/out', emit: all}]\n";
    struct journal_draft d = {0};
    char own[512];
    struct run r;

    snprintf(own, sizeof(own), text, "a.service");
    journal_add(&d, "a.service", "a1", NULL);
    journal_add(&d, "b.service", "b2", NULL);
    journal_write(&d, scratch_path("journal/a.journal"));
    service_start(&r, service_config(own));
    cr_expect(service_comes_to("out", "a1\n"));
    snprintf(own, sizeof(own), text, "b.service");
    service_config(own);
    kill(r.pid, SIGHUP);
    cr_expect(run_hears_error(&r, "reloaded"));
    journal_add(&d, "a.service", "a3", NULL);
    journal_add(&d, "b.service", "b4", NULL);
    journal_write(&d, scratch_path("journal/a.journal"));
    cr_expect(service_comes_to("out", "b4\n"));
    kill(r.pid, SIGHUP); /* nothing has changed, so the source is handed over */
    cr_expect(run_hears_error(&r, "reloaded"));
    journal_add(&d, "b.service", "b5", NULL);
    journal_write(&d, scratch_path("journal/a.journal"));
    cr_expect(service_comes_to("out", "b5\n"));
    service_stop(&r);
    CLEANUP(freep) char *out = service_text("out");
    cr_expect_str_eq(out, "a1\nb2\nb4\nb5\n");
}

Test(journal, a_sink_that_fails_stops_the_reading_and_heals)
{
    const char *config = service_config("state: '@/state.db'\n"
                                        "sources: [{journal: {folder: '@/journal'}}]\n"
                                        "sinks: [{file: '@/out', emit: all}]\n");
    const struct run_options small = {.max_file_bytes = 64 * 1024};
    struct journal_draft d = {0};
    char text[512];
    struct run r;

    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    for (int i = 0; i < 300; i++)
        journal_add(&d, NULL, text, NULL);
    journal_add(&d, NULL, "the last", NULL);
    journal_write(&d, scratch_path("journal/a.journal"));
    run_start(&r, &small, "run", "--config", config, NULL);
    cr_expect(run_hears_error(&r, "its sources wait"));
    kill(r.pid, SIGKILL);
    run_end(&r);
    run_free(&r);
    service_run(config, "out", "the last\n");
    CLEANUP(freep) char *out = service_text("out");
    cr_expect_eq(strlen(out), 300 * sizeof(text) + strlen("the last\n"));
}

Test(journal, one_that_is_not_there_yet_is_said_and_found_later)
{
    const char *config = service_config("state: '@/state.db'\n"
                                        "sources: [{journal: {folder: '@/later'}}]\n"
                                        "sinks: [{file: '@/out', emit: all}]\n");
    struct run r;

    run_start(&r, NULL, "run", "--config", config, NULL);
    cr_expect(run_hears_error(&r, "'journal' finds no journal in "));
    cr_expect(run_hears_error(&r, "started with"));
    cr_assert_eq(mkdir(scratch_path("later"), 0755), 0);
    journal_write_numbered("later/a.journal", 1, 2);
    cr_expect(service_comes_to("out", "line 2\n"));
    cr_expect(run_hears_error(&r, "'journal' can read the journal"));
    service_stop(&r);
}

Test(journal, missing_rights_are_said_once_with_the_mend)
{
    const char *config = service_config(all);
    const struct run_options nobody = {.user = NOBODY, .group = NOBODY};
    struct run r;

    if (geteuid() != 0)
        cr_skip_test("needs root, to be somebody else");
    journal_write_numbered("journal/a.journal", 1, 2);
    cr_assert_eq(chmod(scratch_path("journal/a.journal"), 0640), 0);
    cr_assert_eq(chmod(scratch(), 0777), 0);
    run_start(&r, &nobody, "run", "--config", config, NULL);
    cr_expect(run_hears_error(&r, "'app' cannot read all of the journal, '"));
    cr_expect(run_hears_error(&r, "SupplementaryGroups=systemd-journal"));
    cr_expect(run_hears_error(&r, "started with"));
    service_stop(&r);
    cr_assert_eq(RUN(&r, &nobody, "", "check", "--config", config), 0, "%s", r.err_text.ptr);
    cr_expect(strstr(r.err_text.ptr, "not all of the journal can be read"), "%s", r.err_text.ptr);
    run_free(&r);
}

Test(journal, check_misses_a_journal_that_is_not_there)
{
    const char *config = service_config("state: '@/state.db'\n"
                                        "sources:\n  - journal: {folder: '@/nowhere'}\n"
                                        "sinks:\n  - journal: true\n");
    struct run r;

    cr_assert_eq(RUN(&r, NULL, "", "check", "--config", config), 0, "%s", r.err_text.ptr);
    cr_expect(strstr(r.err_text.ptr, "3:14: warning: there is no journal in "), "%s",
              r.err_text.ptr);
    if (access("/run/systemd/journal/socket", F_OK) < 0)
        cr_expect(strstr(r.err_text.ptr, "5:14: warning: the journal does not listen at '"), "%s",
                  r.err_text.ptr);
    run_free(&r);
}

Test(journal, state_and_verify_speak_of_it)
{
    const char *config = service_config(all);
    struct run r;

    journal_write_numbered("journal/a.journal", 1, 3);
    service_run(config, "out", "line 3\n");
    cr_assert_eq(RUN(&r, NULL, "", "state", "show", "--config", config), 0);
    cr_expect_str_eq(r.out_text.ptr,
                     "JOURNAL OF    READ BYTES       LINES  LAST ENTRY            ENTRY\n"
                     "app                   21           3  2023-11-14 22:13:23Z  there\n");
    run_free(&r);
    cr_assert_eq(RUN(&r, NULL, "", "state", "show", "app", "--format=json", "--config", config), 0);
    cr_expect_null(json_error(gloss_span(r.out_text.ptr, r.out_text.len - 1)), "%s",
                   r.out_text.ptr);
    cr_expect(strstr(r.out_text.ptr, "\"offset\": 21, \"lines\": 3, \"last_entry\": "
                                     "\"2023-11-14T22:13:23Z\", \"entry\": \"there\"}"));
    run_free(&r);
    cr_assert_eq(RUN(&r, NULL, "", "verify", "--config", config), 0);
    cr_expect(strstr(r.out_text.ptr, "journal of app: agrees: the entry that was read last is "
                                     "there\n"),
              "%s", r.out_text.ptr);
    cr_expect(strstr(r.out_text.ptr, "counters of app: cannot tell: the journal is not read again"),
              "%s", r.out_text.ptr);
    run_free(&r);
    cr_assert_eq(RUN(&r, NULL, "", "state", "rewind", "app", "0", "--config", config), 2);
    cr_expect(strstr(r.err_text.ptr, "which cannot be rewound"), "%s", r.err_text.ptr);
    run_free(&r);
    cr_assert_eq(unlink(scratch_path("journal/a.journal")), 0);
    cr_assert_eq(RUN(&r, NULL, "", "verify", "--config", config), 0);
    cr_expect(strstr(r.out_text.ptr, "journal of app: cannot tell: the entry that was read last: "
                                     "gone\n"),
              "%s", r.out_text.ptr);
    run_free(&r);
    cr_assert_eq(RUN(&r, NULL, "", "state", "forget", "app", "--config", config), 0);
    run_free(&r);
    cr_assert_eq(RUN(&r, NULL, "", "state", "show", "app", "--config", config), 2);
    run_free(&r);
    journal_write_numbered("journal/b.journal", 4, 4);
    service_run(config, "out", "line 4\n");
    expect_lines("out", 1, 4);
}
