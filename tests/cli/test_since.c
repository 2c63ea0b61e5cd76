/* summary --since. Of files, the lines count by their own times. Of the service, the history
 * counts; it survives restarts and crashes and agrees with the counters. */

#include "core/base/util.h"
#include "helpers/json.h"
#include "helpers/service.h"
#include "helpers/state.h"

#include <criterion/criterion.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>

#define DEADLINE_S 30

TestSuite(since, .fini = scratch_remove);

#define LOG                                    \
    "a heading BIZ_NO_MESSAGE\n"               \
    "2026-11-20 07:59:59 BIZ_NO_MESSAGE\n"     \
    "  caused by BIZ_NO_MESSAGE\n"             \
    "2026-11-20 08:00:00 ONS_SYSTEM_ERROR\n"   \
    "  caused by ONS_SYSTEM_ERROR BIZ_NEWER\n" \
    "2026-11-20T08:00:01 ResponseCode=200"

static void expect_all(const char *text, const char *const *wanted)
{
    for (size_t i = 0; wanted[i]; i++)
        cr_expect(strstr(text, wanted[i]), "%s is not in %s", wanted[i], text);
}

Test(since, of_a_file_counts_the_lines_of_that_time_or_later)
{
    static const char *const json[] = {"\"since\": \"2026-11-20T08:00:00Z\",",
                                       "\"until\": \"2026-11-20T08:00:01Z\",",
                                       "\"lines\": 3,",
                                       "\"matched_lines\": 2,",
                                       "\"hits\": 2,",
                                       "\"successes\": 1,",
                                       "{\"code\": \"ONS_SYSTEM_ERROR\",",
                                       "{\"code\": \"BIZ_NEWER\",",
                                       "\"counted_from\": \"2026-11-20T08:00:00Z\"",
                                       NULL};
    static const char *const table[] = {"ONS_SYSTEM_ERROR  ",
                                        "since 2026-11-20 08:00:00 UTC, 3 lines", NULL};
    static const char *const forms[] = {"2026-11-20 08:00:00", "2026-11-20 08:00",
                                        "2026-11-20T08:00:00Z", "2026-11-20t16:00:00.000+08:00"};
    const char *log = scratch_file("a.log", LOG, strlen(LOG));
    const char *const utc[] = {"TZ=UTC", NULL};
    const struct run_options options = {.env = utc};

    for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
        struct run r;

        cr_expect_eq(RUN(&r, &options, "", "summary", "-fjson", "--since", forms[i], log), 0);
        expect_all(r.out_text.ptr, json);
        cr_expect_eq(r.err_text.len, 0, "%s", r.err_text.ptr);
        cr_expect_null(strstr(r.out_text.ptr, "BIZ_NO_MESSAGE\","), "%s", r.out_text.ptr);
        run_free(&r);
        cr_expect_eq(RUN(&r, &options, LOG, "summary", "--since", forms[i]), 0);
        expect_all(r.out_text.ptr, table);
        run_free(&r);
    }
}

Test(since, a_day_is_local_and_a_duration_ends_now)
{
    const char *const east[] = {"TZ=UTC-8", NULL};
    const struct run_options options = {.env = east};
    char log[128];
    time_t now = time(NULL);
    struct run r;

    cr_expect_eq(RUN(&r, &options, "2026-11-20 00:00:00 x\n2026-11-19 23:59:59 y\n", "summary",
                     "-fjson", "--since=2026-11-20"),
                 0);
    cr_expect(strstr(r.out_text.ptr, "\"since\": \"2026-11-19T16:00:00Z\""), "%s", r.out_text.ptr);
    cr_expect(strstr(r.out_text.ptr, "\"lines\": 1,"), "%s", r.out_text.ptr);
    run_free(&r);
    snprintf(log, sizeof(log), "%lld.000 early\n%lld.000 late\n", (long long)now - 7300,
             (long long)now - 7100);
    cr_expect_eq(RUN(&r, NULL, log, "summary", "-fjson", "--since=2h"), 0);
    cr_expect(strstr(r.out_text.ptr, "\"lines\": 1,"), "%s", r.out_text.ptr);
    run_free(&r);
}

Test(since, a_log_without_times_counts_nothing_and_that_is_said)
{
    struct run r;

    cr_expect_eq(RUN(&r, NULL, "BIZ_NO_MESSAGE\n", "summary", "--since=2h"), 0);
    cr_expect(strstr(r.out_text.ptr, "0 lines"), "%s", r.out_text.ptr);
    cr_expect(
        strstr(r.err_text.ptr, "standard input: warning: no line has a time that can be read"),
        "%s", r.err_text.ptr);
    run_free(&r);
    cr_expect_eq(RUN(&r, NULL, "", "summary", "--since=2h"), 0);
    cr_expect_eq(r.err_text.len, 0, "%s", r.err_text.ptr);
    run_free(&r);
}

Test(since, what_is_no_time_is_named_with_what_would_be)
{
    static const struct {
        const char *value, *wanted;
    } cases[] = {
        {"", "is not a time; use 30m"},
        {"2x", "'2x' is not a time; use 30m"},
        {"the day before yesterday", "is not a time"},
        {"2h later", "is not a time"},
        {"tomorrow", "is in the future"},
        {"+2h", "is in the future"},
        {"2", "'2' has no unit; use 2s, 2m, 2h or 2d"},
        {"99999999999999999999d", "is too long"},
        {"2026-11-31", "'2026-11-31' is not in the calendar"},
        {"2026-11-20 25:00", "is not in the calendar"},
        {"2026-11-20 08", "is not a time"},
        {"2026-11-20 08:00:00 x", "is not a time"},
        {"2026-11-20T08:00:00+8", "is not a time"},
        {"2026-11-20T08:00:00.Z", "is not a time"},
        {"2026-11-20T08:00:00.5+08:00x", "is not a time"},
        {"2026-11-20T08:00:00.00000000000000000000000000000000000000000000000000000000", "is no"},
        {"2026-11-20 08:00:00 IST", "is not in the calendar"},
        {"2026-11-20 08:00:00 Europe/Nowhere", "is not a time"},
        {"@", "is not a time"},
        {"2499-01-01", "is in the future"},
        {"1492-10-12", "is not in the calendar"},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct run r;

        cr_expect_eq(RUN(&r, NULL, "", "summary", "--since", cases[i].value), 2, "%s",
                     cases[i].value);
        cr_expect_eq(r.out_text.len, 0);
        cr_expect(strstr(r.err_text.ptr, "glossd: --since: ") &&
                      strstr(r.err_text.ptr, cases[i].wanted),
                  "'%s': %s", cases[i].value, r.err_text.ptr);
        run_free(&r);
    }
}

/* What another program computes: see systemd.time(7), and systemd-analyze(1) timestamp. */
Test(since, the_forms_of_systemd_are_read)
{
    static const struct {
        const char *value, *since;
    } cases[] = {
        {"2026-11-20 08:00:00 +0100", "2026-11-20T07:00:00Z"},
        {"2026-11-20 08:00:00+01:00", "2026-11-20T07:00:00Z"},
        {"2026-11-20 08:00 UTC", "2026-11-20T08:00:00Z"},
        {"Fri 2026-11-20 08:00:00", "2026-11-20T07:00:00Z"},
        {"26-11-20 08:00", "2026-11-20T07:00:00Z"},
        {"2026-07-20 08:00", "2026-07-20T06:00:00Z"},
        {"2026-11-20 08:00 Asia/Shanghai", "2026-11-20T00:00:00Z"},
        {"2026-11-20 08:00:00 CET", "2026-11-20T07:00:00Z"},
        {"@1395716396", "2014-03-25T02:59:56Z"},
        {"@1395716396.5", "2014-03-25T02:59:56.500Z"},
    };
    static const char *const berlin[] = {"TZ=Europe/Berlin", NULL};
    const struct run_options options = {.env = berlin};

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char want[64];
        struct run r;

        snprintf(want, sizeof(want), "\"since\": \"%s\"", cases[i].since);
        cr_expect_eq(
            RUN(&r, &options, "", "summary", "-fjson", "--since", cases[i].value, "/dev/null"), 0);
        cr_expect(strstr(r.out_text.ptr, want), "%s: %s", cases[i].value, r.out_text.ptr);
        run_free(&r);
    }
}

/* The lines stand a minute before, or after, the moment that is meant. */
Test(since, durations_and_days_count_from_now)
{
    static const struct {
        const char *value;
        long ago_s;
    } cases[] = {
        {"1h30m", 5400}, {"2 hours ago", 7200}, {"-2h", 7200},
        {"1w", 604800},  {"90min", 5400},       {"1 week 2 days", 777600},
        {"now", 0},      {"2 h 30 min", 9000},  {"1day 2h ago", 93600},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        long at = (long)time(NULL) - cases[i].ago_s;
        char log[128];
        struct run r;

        snprintf(log, sizeof(log), "%ld.000 early\n%ld.000 late\n", at - 60, at + 60);
        cr_expect_eq(RUN(&r, NULL, log, "summary", "-fjson", "--since", cases[i].value), 0);
        cr_expect(strstr(r.out_text.ptr, "\"lines\": 1,"), "%s: %s", cases[i].value,
                  r.out_text.ptr);
        run_free(&r);
    }
}

Test(since, annotate_reads_the_lines_of_a_range)
{
    static const char *const utc[] = {"TZ=UTC", NULL};
    const struct run_options options = {.env = utc};
    struct run r;

    cr_expect_eq(RUN(&r, &options, LOG, "--since", "2026-11-20 07:59:59", "--until",
                     "2026-11-20 08:00:00", "-f", "text"),
                 0);
    cr_expect(strncmp(r.out_text.ptr, "2026-11-20 07:59:59 BIZ", 23) == 0, "%s", r.out_text.ptr);
    cr_expect_null(strstr(r.out_text.ptr, "08:00:01"), "%s", r.out_text.ptr);
    cr_expect(strstr(r.out_text.ptr, "caused by ONS"), "%s", r.out_text.ptr);
    run_free(&r);
    cr_expect_eq(RUN(&r, NULL, "", "summary", "--since=1h", "--until=2h"), 2);
    cr_expect(strstr(r.err_text.ptr, "--until: '2h' is before --since"), "%s", r.err_text.ptr);
    run_free(&r);
}

Test(since, a_form_of_ones_own_is_tried_first)
{
    static const char *const utc[] = {"TZ=UTC", NULL};
    const struct run_options options = {.env = utc};
    static const char log[] = "05/03/24 10:00:01 BIZ_NO_MESSAGE\n";
    struct run r;

    cr_expect_eq(RUN(&r, &options, log, "-f", "json", "--time-format", "%d/%m/%y %H:%M:%S"), 0);
    cr_expect(strstr(r.out_text.ptr, "\"time\":\"2024-03-05T10:00:01Z\""), "%s", r.out_text.ptr);
    run_free(&r);
    cr_expect_eq(RUN(&r, &options, log, "-f", "json", "--time-format", "%Q"), 2);
    cr_expect(strstr(r.err_text.ptr, "--time-format: '%Q' has a letter"), "%s", r.err_text.ptr);
    run_free(&r);
}

/* A row of the table told the time of reading of a file of last year. */
Test(since, a_file_is_never_given_the_present)
{
    const char *log = scratch_file("a.log", "05/03/24 10:00:01 BIZ_NO_MESSAGE\n", 33);
    struct run r;

    cr_expect_eq(RUN(&r, NULL, "", "-f", "json", log), 0);
    cr_expect(strstr(r.out_text.ptr, "{\"time\":null,\"time_source\":null,"), "%s", r.out_text.ptr);
    cr_expect(strstr(r.err_text.ptr, "no time that can be read; --time-format"), "%s",
              r.err_text.ptr);
    run_free(&r);
    cr_expect_eq(RUN(&r, NULL, "", "-f", "logfmt", log), 0);
    cr_expect(strncmp(r.out_text.ptr, "source=", 7) == 0, "%s", r.out_text.ptr);
    run_free(&r);
    cr_expect_eq(RUN(&r, NULL, "", "summary", log), 0);
    cr_expect(strstr(r.out_text.ptr, "1      1  -  "), "%s", r.out_text.ptr);
    run_free(&r);
}

Test(since, counters_of_prometheus_have_none)
{
    struct run r;

    cr_expect_eq(RUN(&r, NULL, "", "summary", "-fprometheus", "--since=2h"), 2);
    cr_expect(strstr(r.err_text.ptr, "--since: counters of Prometheus may only grow; "), "%s",
              r.err_text.ptr);
    run_free(&r);
}

/* ---- of the service ---- */

static const char config_text[] = "state: '@/state.db'\n"
                                  "sources: [{name: app, follow: '@/a.log', rotate_wait: 100ms}]\n"
                                  "sinks: [{file: '@/out', emit: all}]\n"
                                  "checkpoint: {interval: 10ms}\n";

/* Appends a line that is that many seconds old. */
static void append_line(time_t age_s, const char *text)
{
    time_t then = time(NULL) - age_s;
    char line[256];
    struct tm tm;

    gmtime_r(&then, &tm);
    strftime(line, sizeof(line), "%Y-%m-%dT%H:%M:%SZ ", &tm);
    snprintf(line + strlen(line), sizeof(line) - strlen(line), "%s\n", text);
    service_append("a.log", line);
}

/* The summary since that time. The caller frees it. */
static struct gloss_buf asked(const char *config, const char *since)
{
    struct run r;
    struct gloss_buf text;

    cr_assert_eq(RUN(&r, NULL, "", "summary", "--config", config, "-fjson", "--since", since), 0,
                 "%s", r.err_text.ptr);
    cr_expect_eq(r.err_text.len, 0, "%s", r.err_text.ptr);
    cr_assert_null(json_error(gloss_span(r.out_text.ptr, r.out_text.len - 1)));
    text = r.out_text;
    r.out_text = (struct gloss_buf){0};
    run_free(&r);
    return text;
}

static void expect_since(const char *config, const char *since, const char *wanted)
{
    struct gloss_buf text = asked(config, since);

    cr_expect(strstr(text.ptr, wanted), "since %s, '%s' is not in %s", since, wanted, text.ptr);
    gloss_buf_deinit(&text);
}

static bool comes_to(const char *config, const char *since, const char *wanted)
{
    bool found = false;

    for (time_t end = time(NULL) + DEADLINE_S; !found && time(NULL) < end; poll(NULL, 0, 2)) {
        struct gloss_buf text = asked(config, since);

        found = strstr(text.ptr, wanted) != NULL;
        gloss_buf_deinit(&text);
    }
    return found;
}

static void expect_agreement(void)
{
    cr_expect_str_eq(state_sql(state_path(),
                               "SELECT bytes, lines, matched_lines, hits, successes FROM sources"
                               " EXCEPT SELECT sum(bytes), sum(lines), sum(matched_lines),"
                               " sum(hits), sum(successes) FROM history WHERE kind = 0;"
                               "SELECT code, hits, lines FROM counts EXCEPT SELECT code, sum(hits),"
                               " sum(lines) FROM history WHERE kind = 1 GROUP BY code;"
                               "SELECT code, hits FROM unknown EXCEPT SELECT code, sum(hits)"
                               " FROM history WHERE kind = 2 GROUP BY code"),
                     "");
}

Test(since, the_history_of_the_service_outlives_a_restart_and_a_death)
{
    const char *config = service_config(config_text);
    struct run r;

    append_line(3 * 3600, "BIZ_NO_MESSAGE");
    append_line(0, "ONS_SYSTEM_ERROR BIZ_NEWER");
    service_run(config, "out", "BIZ_NEWER");
    expect_agreement();
    expect_since(config, "1h", "\"hits\": 1, \"successes\": 0, \"codes\": [{\"code\": \"ONS_SYS");
    expect_since(config, "4h", "\"hits\": 2, \"successes\": 0, \"codes\": [{\"code\": \"BIZ_NO_M");
    expect_since(config, "1h", "\"unknown\": [{\"code\": \"BIZ_NEWER\"");
    service_start(&r, config);
    append_line(3 * 3600, "BIZ_NO_MESSAGE");
    append_line(0, "ONS_SYSTEM_ERROR ResponseCode=200");
    cr_assert(comes_to(config, "4h", "\"successes\": 1"));
    kill(r.pid, SIGKILL);
    cr_expect_eq(run_end(&r), 128 + SIGKILL);
    run_free(&r);
    expect_agreement();
    service_start(&r, config);
    append_line(0, "ONS_SYSTEM_ERROR");
    cr_assert(comes_to(config, "1h", "\"hits\": 3"));
    service_stop(&r);
    expect_agreement();
    expect_since(config, "1h", "\"matched_lines\": 3, \"hits\": 3,");
    expect_since(config, "4h", "\"lines\": 5, \"matched_lines\": 5, \"hits\": 5,");
}

Test(since, a_source_has_a_zone_and_forms_of_its_own)
{
    const char *config = service_config("state: '@/state.db'\n"
                                        "sources: [{follow: '@/a.log', time_zone: Asia/Shanghai,"
                                        " time_format: ['%d/%m/%y %H:%M:%S']}]\n"
                                        "sinks: [{file: '@/out', format: json, emit: all}]\n");

    service_append("a.log", "2026-11-20 16:00:00 x\n05/03/24 18:00:01 y\n");
    service_run(config, "out", "18:00:01 y");
    cr_expect(
        service_comes_to("out", "{\"time\":\"2026-11-20T08:00:00Z\",\"time_source\":\"line\""));
    cr_expect(
        service_comes_to("out", "{\"time\":\"2024-03-05T10:00:01Z\",\"time_source\":\"line\""));
}

Test(since, the_table_says_how_exact_the_service_is)
{
    const char *config = service_config(config_text);
    struct run r;

    append_line(0, "ONS_SYSTEM_ERROR");
    service_run(config, "out", "ONS_SYSTEM_ERROR");
    cr_expect_eq(RUN(&r, NULL, "", "summary", "--config", config, "--since=2h"), 0);
    cr_expect(strstr(r.out_text.ptr, "\nsince 20"), "%s", r.out_text.ptr);
    cr_expect(
        strstr(r.out_text.ptr, "in whole minutes, and in whole hours when more than a day ago"),
        "%s", r.out_text.ptr);
    run_free(&r);
}

Test(since, what_lies_before_the_history_is_warned_of)
{
    struct run r;

    state_sh("sqlite3 '%s' <\"$GLOSSD_ROOT/tests/data/state-1.sql\"", state_path());
    cr_expect_eq(RUN(&r, NULL, "", "summary", "--state", state_path(), "-fjson", "--since",
                     "2026-11-23T08:00:00Z"),
                 0);
    cr_expect(strstr(r.err_text.ptr, "its history is complete only since 2026-11-23 11:40:00 UTC"),
              "%s", r.err_text.ptr);
    cr_expect(strstr(r.out_text.ptr, "\"whole_from\": \"2026-11-23T11:40:00Z\""), "%s",
              r.out_text.ptr);
    run_free(&r);
    cr_expect_eq(RUN(&r, NULL, "", "summary", "--state", state_path(), "-fjson"), 0);
    cr_expect_eq(r.err_text.len == 0 || strstr(r.err_text.ptr, "catalogs"), 1, "%s",
                 r.err_text.ptr);
    cr_expect_null(strstr(r.out_text.ptr, "whole_from"));
    run_free(&r);
}
