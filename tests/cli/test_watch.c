/* summary --watch looks at a service again and again and does not disturb it. */

#include "core/base/util.h"
#include "helpers/service.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <unistd.h>

TestSuite(watch, .fini = scratch_remove);

static const char config_text[] = "state: '@/state.db'\n"
                                  "sources: [{name: app, follow: '@/a.log'}]\n"
                                  "sinks: [{file: '@/out', emit: all}]\n"
                                  "checkpoint: {interval: 10ms}\n";

static const char *a_state(void)
{
    const char *config = service_config(config_text);

    service_append("a.log", "BIZ_NO_MESSAGE\n");
    service_run(config, "out", "BIZ_NO_MESSAGE");
    return config;
}

static void expect_quiet_end(struct run *r)
{
    cr_expect_eq(run_end(r), 0, "%d: %s", r->status, r->err_text.ptr);
    cr_expect_eq(r->err_text.len, 0, "%s", r->err_text.ptr);
    run_free(r);
}

Test(watch, a_pipe_gets_a_summary_each_time_and_sees_what_the_service_counts)
{
    static const int ends[] = {SIGINT, SIGTERM, SIGHUP};
    const char *config = a_state();

    for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
        struct run service, r;

        service_start(&service, config);
        run_start(&r, NULL, "summary", "--config", config, "--watch=100ms", "-fjson", NULL);
        cr_assert(run_hears(&r, "\"hits\": "));
        service_append("a.log", "ONS_SYSTEM_ERROR ONS_SYSTEM_ERROR ONS_SYSTEM_ERROR\n");
        cr_assert(run_hears(&r, i == 0 ? "\"hits\": 4" : i == 1 ? "\"hits\": 7" : "\"hits\": 10"));
        kill(r.pid, ends[i]);
        expect_quiet_end(&r);
        service_stop(&service);
    }
}

Test(watch, tables_for_a_pipe_are_set_apart)
{
    const char *config = a_state();
    struct run r;

    run_start(&r, NULL, "summary", "--config", config, "--watch=100ms", "--since=1h", NULL);
    cr_assert(run_hears(&r, " UTC\n\nCODE "));
    kill(r.pid, SIGINT);
    expect_quiet_end(&r);
}

Test(watch, a_terminal_is_drawn_over_and_gets_its_cursor_back)
{
    const struct run_options options = {.out_terminal = true};
    const char *config = a_state();
    struct run r;

    run_start(&r, &options, "summary", "--config", config, "--watch=100ms", NULL);
    cr_assert(run_hears(&r, "\033[?25l"));
    cr_assert(run_hears(&r, "\033[J\033[?7h\033[?7l\033[H"), "drawn twice");
    kill(r.pid, SIGINT);
    cr_expect_eq(run_end(&r), 0);
    cr_expect(strstr(r.out_text.ptr, "BIZ_NO_MESSAGE"), "%s", r.out_text.ptr);
    cr_expect_str_eq(r.out_text.ptr + r.out_text.len - strlen("\r\033[K\033[?7h\033[?25h"),
                     "\r\033[K\033[?7h\033[?25h");
    cr_expect_eq(r.err_text.len, 0, "%s", r.err_text.ptr);
    run_free(&r);
}

Test(watch, a_reader_that_goes_away_ends_it_quietly)
{
    const char *config = a_state();
    struct run r;

    run_start(&r, NULL, "summary", "--config", config, "--watch=10s", "-fcsv", NULL);
    cr_assert(run_hears(&r, "BIZ_NO_MESSAGE"));
    close(r.out);
    r.out = -1;
    expect_quiet_end(&r);
}

Test(watch, a_state_that_goes_away_ends_it_with_a_reason)
{
    const char *config = a_state();
    struct run r;

    run_start(&r, NULL, "summary", "--config", config, "--watch=100ms", "-fjson", NULL);
    cr_assert(run_hears(&r, "\"hits\": 1"));
    cr_assert_eq(unlink(scratch_path("state.db")), 0);
    cr_expect_eq(run_end(&r), 2);
    cr_expect(strstr(r.err_text.ptr, "there is no state of a service here"), "%s", r.err_text.ptr);
    run_free(&r);
}

Test(watch, what_it_cannot_do_is_said)
{
    static const struct {
        const char *words[4], *wanted;
    } cases[] = {
        {{"summary", "--watch", "a.log"}, "--watch: shows the counts of a service, and a FILE"},
        {{"summary", "--watch=", NULL}, "--watch: '' is not an interval; use --watch=2s"},
        {{"summary", "--watch=2", NULL}, "--watch: '2' is not an interval"},
        {{"summary", "--watch=99ms", NULL}, "'99ms' is out of range; use 100ms to 24d"},
        {{"summary", "--watch=25d", NULL}, "'25d' is out of range"},
        {{"summary", "--watch", "--state=/nowhere/at/all"}, "there is no state"},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct run r;

        cr_expect_eq(run_all(&r, NULL, "", 0, cases[i].words), 2, "case %zu", i);
        cr_expect(strstr(r.err_text.ptr, cases[i].wanted) ||
                      strstr(r.err_text.ptr, "there is no state of a service"),
                  "'%s' is not in %s", cases[i].wanted, r.err_text.ptr);
        run_free(&r);
    }
}
