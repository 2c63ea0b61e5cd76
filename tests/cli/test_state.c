/* glossd state shows and changes what the state remembers of files, and the next service reads by
 * it. */

#include "core/base/util.h"
#include "helpers/json.h"
#include "helpers/service.h"
#include "helpers/state.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <unistd.h>

TestSuite(state, .fini = scratch_remove);

static const char config_text[] = "state: '@/state.db'\n"
                                  "sources: [{name: app, follow: '@/*.log'}]\n"
                                  "sinks: [{file: '@/out', emit: all}]\n";

static void expect_file(const char *name, const char *expected)
{
    CLEANUP(freep) char *text = service_text(name);

    cr_expect_str_eq(text, expected);
}

/* Runs the command; its status must be that one, and its answer must hold the text. */
static void expect_answer(int status, const char *wanted, const char *const *words)
{
    struct run r;

    cr_expect_eq(run_all(&r, NULL, "", 0, words), status, "%s: %s", words[1], r.err_text.ptr);
    cr_expect(strstr(r.out_text.ptr, wanted) || strstr(r.err_text.ptr, wanted),
              "'%s' is not in '%s' '%s'", wanted, r.out_text.ptr, r.err_text.ptr);
    run_free(&r);
}
#define EXPECT(status, wanted, ...) \
    expect_answer((status), (wanted), (const char *const[]){"state", __VA_ARGS__, NULL})

static const char *one_file(void)
{
    const char *config = service_config(config_text);

    service_append("a.log", "one\ntwo\nthree\n");
    service_run(config, "out", "three\n");
    return config;
}

Test(state, show_tells_each_place_and_what_became_of_the_file)
{
    const char *config = one_file();
    struct run r;

    service_append("a.log", "half");
    EXPECT(0, " 14/18", "show", "--config", config);
    EXPECT(0, "  there\n", "show", "app", "--state", state_path());
    cr_assert_eq(RUN(&r, NULL, "", "state", "show", "--format=json", "--config", config), 0);
    cr_expect_null(json_error(gloss_span(r.out_text.ptr, r.out_text.len - 1)), "%s",
                   r.out_text.ptr);
    cr_expect(strstr(r.out_text.ptr, "\"source\": \"app\", "));
    cr_expect(strstr(r.out_text.ptr, "\"offset\": 14, \"lines\": 3, "), "%s", r.out_text.ptr);
    cr_expect(strstr(r.out_text.ptr, "\"size\": 18, \"done\": false}"), "%s", r.out_text.ptr);
    run_free(&r);
    rename(scratch_path("a.log"), scratch_path("a.log.1"));
    EXPECT(0, "  there\n", "show", "--config", config);
    unlink(scratch_path("a.log.1"));
    EXPECT(0, "  gone\n", "show", "--config", config);
    service_append("a.log", "other text of another file\n");
    state_sql(state_path(), "UPDATE files SET ino = 0");
    EXPECT(0, "  gone\n", "show", "--config", config);
    EXPECT(2, "remembers nothing of this source", "show", "web", "--config", config);
}

/* A time of nine digits fills its memory to the last byte but one. */
Test(state, show_writes_times_to_the_nanosecond_as_json_and_not_a_byte_more)
{
    const char *config = one_file();
    struct run r;

    state_sql(state_path(), "UPDATE state SET committed_ns = 1795663875123456789");
    cr_assert_eq(RUN(&r, NULL, "", "state", "show", "--format=json", "--config", config), 0);
    cr_expect(strstr(r.out_text.ptr, "\"committed\": \"2026-11-26T03:31:15.123456789Z\", "), "%s",
              r.out_text.ptr);
    run_free(&r);
}

Test(state, a_forgotten_source_is_read_as_if_it_were_new)
{
    const char *config = one_file();

    EXPECT(0, "app: forgot 1 file; ", "forget", "app", "--config", config);
    EXPECT(0, "no file is remembered\n", "show", "--config", config);
    EXPECT(2, "remembers nothing of this source", "forget", "app", "--config", config);
    service_append("a.log", "four\n");
    service_run(config, "out", "four\n");
    expect_file("out", "one\ntwo\nthree\none\ntwo\nthree\nfour\n");
}

/* The text is one\ntwo\nthree\n, so line two begins at byte 4, and line three at byte 8. */
Test(state, a_rewound_file_goes_on_at_the_begin_of_the_line_that_holds_the_offset)
{
    static const struct {
        const char *offset, *said, *again;
    } cases[] = {
        {"0", "at byte 0, behind line 0 ", "one\ntwo\nthree\n"},
        {"3", "at byte 0, behind line 0 ", "one\ntwo\nthree\n"},
        {"4", "at byte 4, behind line 1 ", "two\nthree\n"},
        {"7", "at byte 4, behind line 1 ", "two\nthree\n"},
        {"13", "at byte 8, behind line 2 ", "three\n"},
        {"14", "at byte 14, behind line 3 ", ""},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const char *config = one_file();
        char expected[128];

        EXPECT(0, cases[i].said, "rewind", "app", cases[i].offset, "--config", config);
        service_append("a.log", "four\n");
        service_run(config, "out", "four\n");
        snprintf(expected, sizeof(expected), "one\ntwo\nthree\n%sfour\n", cases[i].again);
        expect_file("out", expected);
        scratch_remove();
    }
}

Test(state, a_file_of_more_than_a_fingerprint_is_known_again_after_a_rewind)
{
    const char *config = service_config(config_text);
    char lines[1000 * 10 + 1], again[sizeof(lines) * 2];

    for (size_t i = 0; i < 1000; i++)
        snprintf(lines + i * 10, 11, "line %04zu\n", i);
    service_append("a.log", lines);
    service_run(config, "out", "line 0999\n");
    EXPECT(0, "at byte 4560, behind line 456 ", "rewind", "app", "4567", "--config", config);
    rename(scratch_path("a.log"), scratch_path("a.log.1"));
    service_append("a.log", "next\n");
    service_run(config, "out", "next\n");
    snprintf(again, sizeof(again), "%s%snext\n", lines, lines + 4560);
    expect_file("out", again);
}

Test(state, lines_of_utf16_are_found_in_their_units)
{
    static const char text[] = "\xff\xfe"
                               "a\0\n\0b\0\n\0\x0a\x0a\n\0";
    const char *config = service_config(config_text);

    scratch_file("a.log", text, sizeof(text) - 1);
    service_run(config, "out", "\xe0\xa8\x8a\n");
    EXPECT(0, "at byte 10, behind line 2 ", "rewind", "app", "12", "--config", config);
    EXPECT(0, "at byte 6, behind line 1 ", "rewind", "app", "8", "--config", config);
}

Test(state, counters_are_not_rewound)
{
    const char *config = one_file();

    EXPECT(0, "counters and sinks are not rewound", "rewind", "app", "0", "--config", config);
    cr_expect_str_eq(state_sql(state_path(), "SELECT lines FROM sources"), "3");
    service_append("a.log", "four\n");
    service_run(config, "out", "four\n");
    cr_expect_str_eq(state_sql(state_path(), "SELECT lines FROM sources"), "7");
    cr_expect_str_eq(state_sql(state_path(), "SELECT lines FROM files"), "4");
}

Test(state, what_cannot_be_rewound_is_said)
{
    const char *config = service_config(config_text);

    service_append("a.log", "one\n");
    service_append("b.log", "two\n");
    service_run(config, "out", "two\n");
    EXPECT(2, "it has several files, ", "rewind", "app", "0", "--config", config);
    EXPECT(2, "has no file of that path", "rewind", "app", "0", "/c.log", "--config", config);
    EXPECT(2, "rewind only goes back", "rewind", "app", "5", scratch_path("a.log"), "--config",
           config);
    EXPECT(2, "write a number of bytes", "rewind", "app", "four", "--config", config);
    EXPECT(2, "write a number of bytes", "rewind", "app", "4k", "--config", config);
    EXPECT(2, "SOURCE OFFSET [PATH]", "rewind", "app", "--config", config);
    EXPECT(2, "which source?", "forget", "--config", config);
    EXPECT(2, "unknown verb", "remind", "--config", config);
    EXPECT(2, "only for 'glossd state show'", "forget", "app", "-f", "json", "--config", config);
    cr_assert_eq(truncate(scratch_path("a.log"), 0), 0);
    EXPECT(2, "its bytes 0 to 4 are not those that were read", "rewind", "app", "0",
           scratch_path("a.log"), "--config", config);
    unlink(scratch_path("b.log"));
    EXPECT(2, "no longer there", "rewind", "app", "0", scratch_path("b.log"), "--config", config);
}

Test(state, a_running_service_is_named_by_its_pid_and_only_shown)
{
    const char *config = service_config(config_text);
    char pid[64];
    struct run service;

    service_append("a.log", "one\n");
    service_start(&service, config);
    cr_assert(service_comes_to("out", "one\n"));
    snprintf(pid, sizeof(pid), "in use by process %d", (int)service.pid);
    EXPECT(2, pid, "forget", "app", "--config", config);
    EXPECT(2, pid, "rewind", "app", "0", "--config", config);
    EXPECT(0, "SOURCE", "show", "--config", config);
    service_stop(&service);
}

Test(state, none_is_made_where_there_is_none)
{
    const char *path = scratch_path("none.db");

    EXPECT(2, "there is no state of a service here", "show", "--state", path);
    EXPECT(2, "there is no state of a service here", "forget", "app", "--state", path);
    EXPECT(2, "there is no state of a service here", "rewind", "app", "0", "--state", path);
    cr_expect_lt(access(path, F_OK), 0);
    cr_expect_lt(access(scratch_path("none.db.lock"), F_OK), 0);
}
