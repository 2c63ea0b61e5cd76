/* The service as an operator uses it: started, asked while it runs, stopped. Other tests kill it
 * and fill its disk (tests/crash). */

#include "core/base/util.h"
#include "helpers/feed.h"
#include "helpers/json.h"
#include "helpers/service.h"
#include "helpers/state.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define DEADLINE_S 30

TestSuite(run, .fini = scratch_remove);

/* ---- helpers ---- */

/* Replaces each occurrence of `from`; the result is the caller's. */
static char *replaced(const char *text, const char *from, const char *to)
{
    struct gloss_buf out = {0};

    for (const char *at; (at = strstr(text, from)); text = at + strlen(from)) {
        gloss_buf_append(&out, text, (size_t)(at - text));
        gloss_buf_str(&out, to);
    }
    gloss_buf_str(&out, text);
    gloss_buf_char(&out, '\0');
    cr_assert_not(out.failed);
    return out.ptr;
}

static void start(struct run *r, const struct run_options *options, const char *config)
{
    run_start(r, options, "run", "--config", config, NULL);
    cr_assert(run_hears_error(r, "started with"), "%s", r->err_text.len ? r->err_text.ptr : "");
}

/* Whether the summary comes to hold that text. The summary is read from the state, so the next
 * checkpoint may have to come first. */
static bool summary_comes_to(const char *config, const char *wanted)
{
    for (time_t end = time(NULL) + DEADLINE_S; time(NULL) < end; poll(NULL, 0, 2)) {
        struct run r;
        bool found;

        cr_assert_eq(RUN(&r, NULL, "", "summary", "--config", config, "--format=json"), 0, "%s",
                     r.err_text.ptr);
        cr_assert_null(json_error(gloss_span(r.out_text.ptr, r.out_text.len - 1)));
        found = strstr(r.out_text.ptr, wanted) != NULL;
        run_free(&r);
        if (found)
            return true;
    }
    return false;
}

static void expect_file(const char *name, const char *expected)
{
    CLEANUP(freep) char *text = service_text(name);

    cr_expect_str_eq(text, expected);
}

/* ---- following ---- */

static const char *shipped_example(void)
{
    CLEANUP(gloss_buf_deinit) struct gloss_buf text = {0};

    cr_assert(feed_read_file("conf/glossd.yaml", &text));
    gloss_buf_char(&text, '\0');

    CLEANUP(freep) char *a = replaced(text.ptr, "/var/lib/glossd", "@/lib");
    CLEANUP(freep) char *b = replaced(a, "/var/log", "@/log");

    mkdir(scratch_path("lib"), 0755);
    mkdir(scratch_path("log"), 0755);
    mkdir(scratch_path("log/app"), 0755);
    mkdir(scratch_path("log/glossd"), 0755);
    return service_config(b);
}

Test(run, the_shipped_example_follows_a_file_made_later_and_tells_while_it_runs)
{
    const char *config = shipped_example();
    const char *log = "log/app/a.log", *sink = "log/glossd/annotated.log";
    struct run service, asked;

    service_start(&service, config);
    service_append(log, "2026-11-23 08:00:01 x BIZ_NO_MESSAGE BIZ_NO_MESSAGE\nfine\n");
    cr_expect(service_comes_to(sink, "BIZ_NO_MESSAGE BIZ_NO_MESSAGE  # BIZ_NO_MESSAGE: "));
    cr_expect(summary_comes_to(config, "\"lines\": 2, \"matched_lines\": 1, \"hits\": 2,"));
    service_append(log, "2026-11-23 08:00:02 x ONS_SYSTEM_ERROR\n");
    cr_expect(summary_comes_to(config, "\"lines\": 3, \"matched_lines\": 2, \"hits\": 3,"));
    cr_expect_eq(RUN(&asked, NULL, "", "explain", "--config", config, "ons_system", "BIZ_NO_M",
                     "ONS_INVOKE_ERROR"),
                 0);
    cr_expect(strstr(asked.out_text.ptr,
                     "\n  seen       1 time in 1 line since 2026-11-23 08:00:02 "
                     "UTC\n  last       2026-11-23 08:00:02 UTC, app, line "
                     "3\n"),
              "%s", asked.out_text.ptr);
    cr_expect(strstr(asked.out_text.ptr, "\n  seen       2 times in 1 line since "));
    cr_expect(strstr(asked.out_text.ptr, "\n  seen       never since 20"));
    run_free(&asked);
    service_stop(&service);
    cr_expect(summary_comes_to(config, "\"hits\": 3,"), "at rest, too");
}

Test(run, the_soft_limit_of_descriptors_is_raised_to_the_hard_one)
{
    const char *config = service_config("state: '@/state.db'\nsources: [{follow: '@/*.log'}]\n"
                                        "sinks: [{file: '@/out'}]\n");
    struct rlimit limit = {.rlim_cur = 64, .rlim_max = 128};
    struct run service;

    cr_assert_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
    service_start(&service, config);
    cr_assert_eq(prlimit(service.pid, RLIMIT_NOFILE, NULL, &limit), 0);
    cr_expect_eq(limit.rlim_cur, 128u);
    service_stop(&service);
}

Test(run, a_restart_goes_on_where_it_stopped)
{
    const char *config = service_config("state: '@/state.db'\nsources: [{follow: '@/*.log'}]\n"
                                        "sinks: [{file: '@/out', emit: all}]\n");
    const char *log = "a.log", *sink = "out";
    struct run service;

    service_append(log, "one\n");
    service_start(&service, config);
    cr_expect(service_comes_to(sink, "one\n"));
    service_stop(&service);
    service_append(log, "two\nhalf");
    service_start(&service, config);
    cr_expect(service_comes_to(sink, "two\n"));
    kill(service.pid, SIGINT);
    cr_expect_eq(run_end(&service), 0, "status %d: %s", service.status, service.err_text.ptr);
    run_free(&service);
    expect_file("out", "one\ntwo\n");
    service_append(log, " a line\n");
    service_start(&service, config);
    cr_expect(service_comes_to(sink, "half a line\n"));
    service_stop(&service);
    expect_file("out", "one\ntwo\nhalf a line\n");
    cr_expect(summary_comes_to(config, "\"lines\": 3,"));
}

/* The names of the sources and sinks that the state remembers. */
static const char *remembered(void)
{
    return state_sql(state_path(), "SELECT DISTINCT source FROM files UNION ALL SELECT path FROM"
                                   " sinks WHERE path LIKE '%out%'");
}

Test(run, sources_and_sinks_that_were_taken_out_are_forgotten_when_their_time_is_over)
{
    static const char both[] =
        "state: '@/state.db'\nsources: [{name: a, follow: '@/a.log'}, {name: b, follow: "
        "'@/b.log'}]\nsinks: [{file: '@/out', emit: all}, {file: '@/out2', emit: all}]\n";
    static const char one[] = "state: '@/state.db'\nsources: [{name: a, follow: '@/a.log'}]\n"
                              "sinks: [{file: '@/out', emit: all}]\n";
    CLEANUP(freep) char *all = NULL;

    service_append("a.log", "1\n");
    service_append("b.log", "2\n");
    service_run(service_config(both), "out2", "2\n");
    all = strdup(remembered());
    service_run(service_config(one), "out", "1\n");
    cr_expect_str_eq(remembered(), all);
    service_run(service_config(both), "out", "1\n");
    cr_expect_str_eq(state_sql(state_path(), "SELECT count(*) FROM unused"), "0");
    service_run(service_config(one), "out", "1\n");
    state_sql(state_path(), "UPDATE unused SET since_ns = since_ns - 8 * 86400000000000");
    service_run(service_config(one), "out", "1\n");
    cr_expect_str_eq(state_sql(state_path(), "SELECT DISTINCT source FROM files"), "a");
    cr_expect_str_eq(state_sql(state_path(), "SELECT count(*) FROM sinks; SELECT count(*) FROM"
                                             " unused"),
                     "1\n0");
}

Test(run, sinks_have_their_own_format_choice_and_sources)
{
    const char *config = service_config("state: '@/state.db'\n"
                                        "sources:\n"
                                        "  - {name: left, follow: '@/left.log'}\n"
                                        "  - {name: right, follow: '@/right.log'}\n"
                                        "sinks:\n"
                                        "  - {file: '@/all', emit: all}\n"
                                        "  - {file: '@/json', format: json, sources: [right]}\n"
                                        "  - {file: '@/logfmt', format: logfmt, sources: [left]}\n"
                                        "  - {stdout: true, sources: [right], emit: all}\n");
    struct run service;

    service_append("left.log", "l BIZ_NO_MESSAGE\nquiet l\n");
    service_append("right.log", "r ONS_SYSTEM_ERROR\nquiet r\n");
    service_start(&service, config);
    cr_expect(service_comes_to("all", "quiet l\n"));
    cr_expect(service_comes_to("all", "quiet r\n"));
    cr_expect(run_hears(&service, "quiet r\n"));
    cr_expect_null(strstr(service.out_text.ptr, "quiet l"));
    cr_expect(service_comes_to("json", "\"source\":\"right\""));
    cr_expect(service_comes_to("logfmt", "source=left"));
    service_stop(&service);

    CLEANUP(freep) char *json = service_text("json");
    CLEANUP(freep) char *logfmt = service_text("logfmt");

    cr_assert_gt(strlen(json), 0);
    cr_expect_null(json_error(gloss_span(json, strlen(json) - 1)), "one object, one line");
    cr_expect_null(strstr(json, "left"));
    cr_expect_null(strstr(logfmt, "quiet"));
    cr_expect_null(strstr(logfmt, "right"));
}

/* ---- standard input ---- */

static const char *input_config(void)
{
    service_append("a.log", "of the file\n");
    return service_config("state: '@/state.db'\n"
                          "sources: [{name: in, stdin: true}, {name: app, follow: '@/*.log'}]\n"
                          "sinks: [{file: '@/out', emit: all}]\n");
}

Test(run, a_pipe_is_followed_beside_a_file)
{
    const char *config = input_config(), *sink = "out";
    struct run service;

    service_start(&service, config);
    run_send(&service, "first\nsec", 9);
    cr_expect(service_comes_to(sink, "first\n"));
    run_send(&service, "ond\nlast", 8);
    cr_expect(service_comes_to(sink, "second\n"));
    run_close_in(&service);
    cr_expect(service_comes_to(sink, "last\n"), "the end completes the last line");
    service_append("a.log", "the file goes on\n");
    cr_expect(service_comes_to(sink, "the file goes on\n"));
    service_stop(&service);
    cr_expect(summary_comes_to(config, "\"lines\": 5,"));
}

Test(run, a_file_or_nothing_as_standard_input_is_read_to_its_end)
{
    const char *config = input_config();
    const char *input = scratch_file("input", "x BIZ_NO_MESSAGE\ny", 18);
    struct run service;

    start(&service, &(struct run_options){.stdin_path = "/dev/null"}, config);
    cr_expect(service_comes_to("out", "of the file\n"));
    service_stop(&service);
    start(&service, &(struct run_options){.stdin_path = input}, config);
    cr_expect(service_comes_to("out", "\ny\n"));
    service_append("a.log", "still there\n");
    cr_expect(service_comes_to("out", "still there\n"));
    service_stop(&service);
    cr_expect(summary_comes_to(config, "{\"source\": \"in\", \"hits\": 1, \"lines\": 1}"));
}

/* ---- counters, messages, signals ---- */

Test(run, the_counters_file_gets_a_record_each_time_and_at_the_end)
{
    const char *config = service_config("state: '@/state.db'\nsources: [{follow: '@/*.log'}]\n"
                                        "counters: {file: '@/counters', interval: 1s}\n");
    struct run service, asked;
    char *last;

    service_append("a.log", "BIZ_NO_MESSAGE\n");
    service_start(&service, config);
    cr_expect(service_comes_to("counters", "\"hits\": 1,"));
    service_append("a.log", "BIZ_NO_MESSAGE\n");
    cr_expect(service_comes_to("counters", "\"hits\": 2,"));
    cr_expect(summary_comes_to(config, "\"hits\": 2,"));
    service_stop(&service);

    CLEANUP(freep) char *text = service_text("counters");
    size_t n = strlen(text);

    cr_assert(n > 0 && text[n - 1] == '\n');
    for (char *line = text, *end; (end = strchr(line, '\n')); line = end + 1)
        cr_expect_null(json_error(gloss_span(line, (size_t)(end - line))), "%s", line);
    text[n - 1] = '\0';
    last = strrchr(text, '\n');
    text[n - 1] = '\n';
    cr_assert_eq(RUN(&asked, NULL, "", "summary", "--config", config, "--format=json"), 0);
    cr_expect_str_eq(last ? last + 1 : text, asked.out_text.ptr, "the last one is the summary");
    run_free(&asked);
}

Test(run, log_level_decides_what_is_said)
{
    static const struct {
        const char *level;
        bool says_notice, says_info;
    } cases[] = {{"error", false, false}, {"notice", true, false}, {"info", true, true}};

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char text[512];
        const char *config;
        struct run service;

        snprintf(text, sizeof(text),
                 "state: '@/state%zu.db'\nlog_level: %s\nsources: [{follow: '@/*.log'}]\n"
                 "sinks: [{file: '@/out', emit: all}]\n",
                 i, cases[i].level);
        config = service_config(text);
        unlink(scratch_path("out"));
        service_append("a.log", "one\n");
        run_start(&service, NULL, "run", "--config", config, NULL);
        cr_expect(service_comes_to("out", "one\n"));
        kill(service.pid, SIGTERM);
        cr_expect_eq(run_end(&service), 0);
        cr_expect_eq(strstr(service.err_text.ptr, "started") != NULL, cases[i].says_notice);
        cr_expect_eq(strstr(service.err_text.ptr, "' follows '") != NULL, cases[i].says_info, "%s",
                     service.err_text.ptr);
        run_free(&service);
    }
}

Test(run, a_signal_makes_a_checkpoint_now)
{
    const char *config = service_config("state: '@/state.db'\nsources: [{follow: '@/*.log'}]\n"
                                        "checkpoint: {interval: 1h}\n"
                                        "sinks: [{file: '@/out', emit: all}]\n");
    struct run service;

    service_append("a.log", "one\n");
    service_start(&service, config);
    cr_expect(service_comes_to("out", "one\n"));
    service_append("a.log", "two BIZ_NO_MESSAGE\n");
    cr_expect(service_comes_to("out", "# BIZ_NO_MESSAGE"));
    kill(service.pid, SIGUSR1);
    cr_expect(summary_comes_to(config, "\"lines\": 2,"));
    service_stop(&service);
}

/* ---- what does not start ---- */

static void make_link(void)
{
    cr_assert_eq(symlink("elsewhere", scratch_path("out")), 0);
}

static void make_bad_catalog(void)
{
    static const char bad[] = "catalog: x\ncodes:\n  A_B:\n    solution: y\n";

    scratch_file("bad.yaml", bad, strlen(bad));
}

static void make_newer_state(void)
{
    char command[1024];

    snprintf(command, sizeof(command),
             "sqlite3 '%s/state.db' 'PRAGMA application_id = 0x676c6f73; PRAGMA user_version = "
             "1000; CREATE TABLE t (a)'",
             scratch());
    cr_assert_eq(system(command), 0);
}

#define GOOD "state: '@/state.db'\nsources: [{follow: '@/*.log'}]\nsinks: [{file: '@/out'}]\n"

static const struct {
    const char *name, *config;
    void (*prepare)(void);
    const char *wanted[4];
} refusals[] = {
    {"two mistakes",
     GOOD "formt: 1\ncheckpoint: {interval: soon}\n",
     NULL,
     {":4:1: error: unknown key 'formt'", "\n  formt: 1\n  ^\n", ":5:24: error: "}},
    {"no folder of the state",
     "state: '@/none/state.db'\nsources: [{follow: '@/*.log'}]\nsinks: [{file: '@/out'}]\n",
     NULL,
     {":1:8: error: the folder of the state does not exist", "mkdir -p"}},
    {"no folder of a sink",
     "state: '@/state.db'\nsources: [{follow: '@/*.log'}]\nsinks: [{file: '@/none/out'}]\n",
     NULL,
     {":3:16: error: the folder of sink", "mkdir -p"}},
    {"a sink that is a link", GOOD, make_link, {":3:16: error: ", "link"}},
    {"no such catalog",
     GOOD "catalogs: ['@/none.yaml']\n",
     NULL,
     {"none.yaml: error: no such file"}},
    {"a bad catalog",
     GOOD "catalogs: ['@/bad.yaml']\n",
     make_bad_catalog,
     {"bad.yaml:3:3: error: ", ":4:12: error: catalog '"}},
};

static void expect_nothing_made(const char *name)
{
    static const char *const files[] = {"state.db", "state.db.lock", "state.db.backup"};
    struct stat st;

    for (size_t i = 0; i < ARRAY_SIZE(files); i++)
        cr_expect_neq(stat(scratch_path(files[i]), &st), 0, "%s: %s", name, files[i]);
    cr_expect(stat(scratch_path("out"), &st) != 0, "%s: the sink", name);
}

Test(run, each_error_of_a_start_is_said_and_nothing_is_made)
{
    for (size_t i = 0; i < ARRAY_SIZE(refusals); i++) {
        const char *config = service_config(refusals[i].config);
        struct run r;

        service_append("a.log", "one\n");
        if (refusals[i].prepare)
            refusals[i].prepare();
        cr_expect_eq(RUN(&r, NULL, "", "run", "--config", config), 2, "%s", refusals[i].name);
        for (size_t w = 0; refusals[i].wanted[w]; w++)
            cr_expect(strstr(r.err_text.ptr, refusals[i].wanted[w]), "%s: '%s' is not in %s",
                      refusals[i].name, refusals[i].wanted[w], r.err_text.ptr);
        expect_nothing_made(refusals[i].name);
        run_free(&r);
        scratch_remove();
    }
}

Test(run, a_missing_configuration_and_stray_words_are_refused)
{
    struct run r;

    cr_expect_eq(RUN(&r, NULL, "", "run", "--config", scratch_path("none.yaml")), 2);
    cr_expect(strstr(r.err_text.ptr, "none.yaml: error: no such file"), "%s", r.err_text.ptr);
    run_free(&r);
    cr_expect_eq(RUN(&r, NULL, "", "run", "some.yaml"), 2);
    cr_expect(strstr(r.err_text.ptr, "--config"), "%s", r.err_text.ptr);
    run_free(&r);
}

Test(run, a_state_of_another_program_or_a_newer_version_is_left_alone)
{
    struct run r;
    CLEANUP(freep) char *before = NULL;
    CLEANUP(freep) char *after = NULL;

    make_newer_state();
    before = service_text("state.db");
    cr_expect_eq(RUN(&r, NULL, "", "run", "--config", service_config(GOOD)), 2);
    cr_expect(strstr(r.err_text.ptr, "state.db: "), "%s", r.err_text.ptr);
    after = service_text("state.db");
    cr_expect_eq(memcmp(before, after, 100), 0, "its head is as it was");
    run_free(&r);
}

Test(run, a_second_one_on_a_state_names_the_first_which_goes_on)
{
    const char *config = service_config(GOOD);
    char pid[32];
    struct run first, second;

    service_start(&first, config);
    snprintf(pid, sizeof(pid), "process %d;", (int)first.pid);
    cr_expect_eq(RUN(&second, NULL, "", "run", "--config", config), 2);
    cr_expect(strstr(second.err_text.ptr, pid), "%s", second.err_text.ptr);
    run_free(&second);
    service_append("a.log", "BIZ_NO_MESSAGE\n");
    cr_expect(service_comes_to("out", "# BIZ_NO_MESSAGE"));
    snprintf(pid, sizeof(pid), "%d\n", (int)first.pid);
    expect_file("state.db.lock", pid);
    service_stop(&first);
}

/* ---- who may read the state ---- */

#define NOBODY 65534

static void expect_answer_as(const struct run_options *who, const char *state, const char *when)
{
    struct run r;

    cr_expect_eq(RUN(&r, who, "", "summary", "--state", state, "--format=json"), 0, "%s: %s", when,
                 r.err_text.ptr);
    cr_expect(strstr(r.out_text.ptr, "\"hits\": 1,"), "%s: %s", when, r.out_text.ptr);
    run_free(&r);
}

Test(run, a_member_of_the_group_asks_live_at_rest_and_after_a_crash_without_a_trace)
{
    const struct group *adm = getgrnam("adm");
    struct run_options member = {.user = NOBODY};
    const struct run_options stranger = {.user = NOBODY, .group = NOBODY};
    const char *config = service_config(GOOD), *state = scratch_path("state.db");
    struct run service, r;

    if (geteuid() != 0 || !adm)
        cr_skip("to be another user needs root and a group adm");
    member.group = adm->gr_gid;
    cr_assert_eq(chown(scratch(), 0, adm->gr_gid), 0);
    cr_assert_eq(chmod(scratch(), 02750), 0);
    service_append("a.log", "BIZ_NO_MESSAGE\n");
    service_start(&service, config);
    cr_expect(summary_comes_to(config, "\"hits\": 1,"));
    expect_answer_as(&member, state, "live");
    service_stop(&service);
    expect_answer_as(&member, state, "at rest");
    service_start(&service, config);
    kill(service.pid, SIGKILL);
    cr_expect_eq(run_end(&service), 128 + SIGKILL);
    run_free(&service);
    expect_answer_as(&member, state, "after a crash");
    cr_expect_eq(RUN(&r, &stranger, "", "summary", "--state", state), 2);
    cr_expect(strstr(r.err_text.ptr, "ermission denied"), "%s", r.err_text.ptr);
    run_free(&r);
}

Test(run, asking_never_disturbs_the_service)
{
    const char *config = service_config("state: '@/state.db'\nsources: [{follow: '@/*.log'}]\n"
                                        "checkpoint: {interval: 0ms}\n"
                                        "sinks: [{file: '@/out', emit: all}]\n");
    struct run service;

    service_start(&service, config);
    for (unsigned i = 1; i <= 100; i++) {
        struct run asked;
        char line[32];

        snprintf(line, sizeof(line), "line %u\n", i);
        service_append("a.log", line);
        cr_expect_eq(RUN(&asked, NULL, "", "summary", "--config", config), 0, "%s",
                     asked.err_text.ptr);
        run_free(&asked);
    }
    cr_expect(service_comes_to("out", "line 100\n"));
    kill(service.pid, SIGTERM);
    cr_expect_eq(run_end(&service), 0);
    cr_expect_null(strstr(service.err_text.ptr, "cannot"), "%s", service.err_text.ptr);
    run_free(&service);
}

/* ---- wrong questions ---- */

Test(run, questions_that_have_no_answer_are_refused_with_the_mend)
{
    static const struct {
        const char *words[6];
        const char *wanted;
    } cases[] = {
        {{"summary", "--state", "none.db"},
         "none.db: there is no state of a service here; --state"},
        {{"explain", "--state", "none.db", "BIZ_NO_MESSAGE"}, "none.db: there is no state"},
        {{"summary", "--state", "none.db", "FILE"}, "--state: shows the counts of a service"},
        {{"summary", "--config", "/nonexistent.yaml"}, "/nonexistent.yaml: error: no such file"},
        {{"explain", "--config", "/nonexistent.yaml", "X"}, "/nonexistent.yaml: error: no such"},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct run r;

        cr_expect_eq(run_all(&r, NULL, "", 0, cases[i].words), 2, "case %zu", i);
        cr_expect(strstr(r.err_text.ptr, cases[i].wanted), "case %zu: %s", i, r.err_text.ptr);
        cr_expect_eq(r.out_text.len, 0);
        run_free(&r);
    }
}

Test(run, codes_that_are_in_no_catalog_any_more_are_not_passed_over_in_silence)
{
    static const char own[] = "catalog: own\ncodes:\n  XYZ-1:\n    cause: c\n    solution: s\n";
    const char *config = service_config(GOOD "catalogs: ['@/own.yaml']\n");
    struct run service, asked;

    scratch_file("own.yaml", own, strlen(own));
    service_append("a.log", "XYZ-1 XYZ-1\n");
    service_start(&service, config);
    cr_expect(summary_comes_to(config, "\"code\": \"XYZ-1\""));
    service_stop(&service);
    cr_expect_eq(RUN(&asked, NULL, "", "summary", "--state", scratch_path("state.db")), 0);
    cr_expect(strstr(asked.err_text.ptr, "2 hits are of codes that are not in these catalogs"),
              "%s", asked.err_text.ptr);
    run_free(&asked);
    cr_expect_eq(RUN(&asked, NULL, "", "explain", "--config", config, "XYZ-1", "--format=json"), 0);
    cr_expect(strstr(asked.out_text.ptr, ",\"seen\":{\"hits\":2,\"lines\":1,\"since\":\"20"), "%s",
              asked.out_text.ptr);
    run_free(&asked);
}
