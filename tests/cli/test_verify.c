/* What verify must find, and what it must not. Each test damages a log, a sink or a counter in one
 * way. A run without damage must agree. */

#include "core/base/util.h"
#include "helpers/service.h"
#include "helpers/state.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

TestSuite(verify, .fini = scratch_remove);

#define LINES                                                                       \
    "one\ntwo BIZ_NO_MESSAGE BIZ_NO_MESSAGE\nthree BIZ_MADE_UP\nResponseCode=200\n" \
    "five ONS_SYSTEM_ERROR\nsix\n"

static const char config_text[] = "state: '@/state.db'\n"
                                  "sources: [{name: app, follow: '@/a.log', rotate_wait: 100ms}]\n"
                                  "sinks: [{file: '@/out', emit: all},\n"
                                  "        {file: '@/matched'},\n"
                                  "        {file: '@/json', format: json, emit: all}]\n"
                                  "counters: {file: '@/counters'}\n";

/* The command must end with that status, and its answer must hold the text. */
static void expect(const char *config, int status, const char *wanted)
{
    struct run r;

    cr_expect_eq(RUN(&r, NULL, "", "verify", "--config", config), status, "%d instead of %d: %s%s",
                 r.status, status, r.out_text.ptr, r.err_text.ptr);
    cr_expect(strstr(r.out_text.ptr, wanted) || strstr(r.err_text.ptr, wanted),
              "'%s' is not in %s%s", wanted, r.out_text.ptr, r.err_text.ptr);
    run_free(&r);
}

static const char *lines_read(void)
{
    const char *config = service_config(config_text);

    service_append("a.log", LINES);
    service_run(config, "out", "six\n");
    return config;
}

/* Flips one bit of a byte. */
static void flip(const char *name, off_t at)
{
    int fd = open(scratch_path(name), O_RDWR);
    char byte;

    cr_assert_geq(fd, 0, "%s", name);
    cr_assert_eq(pread(fd, &byte, 1, at), 1);
    byte ^= 1;
    cr_assert_eq(pwrite(fd, &byte, 1, at), 1);
    close(fd);
}

static off_t size_of(const char *name)
{
    CLEANUP(freep) char *text = service_text(name);

    return (off_t)strlen(text);
}

Test(verify, what_the_service_made_agrees)
{
    const char *config = lines_read();

    expect(config, 0, "/a.log: agrees: 99 bytes, 6 lines\n");
    expect(config, 0, "counters of app: agrees: 6 lines, 3 hits\n");
    expect(config, 0, "unknown codes: agrees: 1\n");
    expect(config, 0, "/matched: agrees: ");
    expect(config, 0, "/out: agrees: ");
    expect(config, 0, " 0 differ, ");
}

Test(verify, each_flipped_byte_of_a_text_sink_is_named)
{
    const char *config = lines_read();
    static const char *const names[] = {"out", "matched"};

    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        off_t size = size_of(names[i]);

        for (off_t at = 0; at < size; at += 1 + size / 20) {
            char wanted[64];

            snprintf(wanted, sizeof(wanted), "/%s: DIFFERS: byte %d ", names[i], (int)at);
            flip(names[i], at);
            expect(config, 1, wanted);
            flip(names[i], at);
        }
    }
    expect(config, 0, " 0 differ, ");
}

/* Of a sink that cannot be made again, the last bytes are known. */
Test(verify, a_flipped_byte_before_the_end_of_another_sink_is_found)
{
    const char *config = lines_read();
    off_t size = size_of("json");

    for (off_t at = size - 256; at < size - 1; at += 50) {
        flip("json", at);
        expect(config, 1, "of the 256 bytes from here on are not those that were written\n");
        flip("json", at);
    }
    expect(config, 0, " 0 differ, ");
}

Test(verify, each_flipped_byte_of_a_log_is_found)
{
    const char *config = lines_read();

    for (off_t at = 0; at < (off_t)strlen(LINES); at += 7) {
        flip("a.log", at);
        expect(config, 1, "/a.log: DIFFERS: some of its bytes from 0 to 99 ");
        expect(config, 1, "/out: DIFFERS: byte ");
        flip("a.log", at);
    }
    expect(config, 0, " 0 differ, ");
}

/* A change outside the bytes with fingerprints is seen only in the sink. */
Test(verify, a_flipped_byte_in_the_middle_of_a_long_log_is_found)
{
    const char *config = service_config(config_text);
    char line[32];

    for (int i = 0; i < 400; i++) {
        snprintf(line, sizeof(line), "line %04d\n", i);
        service_append("a.log", line);
    }
    service_run(config, "out", "line 0399\n");
    expect(config, 0, " 0 differ, ");
    flip("a.log", 2008);
    expect(config, 1, "/out: DIFFERS: byte 2008 differs from '");
    expect(config, 1, "/a.log', behind 200 lines of it that agree\n");
    flip("a.log", 2008);
    flip("a.log", 2009);
    expect(config, 1, "/a.log: DIFFERS: 399 lines stand before byte 4000, the state says 400\n");
}

Test(verify, each_changed_counter_is_found)
{
    static const struct {
        const char *change, *back, *wanted;
    } cases[] = {
        {"UPDATE sources SET lines = lines + 1", "UPDATE sources SET lines = lines - 1",
         "the state has counted 7 lines, the logs hold 6\n"},
        {"UPDATE sources SET bytes = bytes - 1", "UPDATE sources SET bytes = bytes + 1",
         "the state has counted 98 bytes, the logs hold 99\n"},
        {"UPDATE sources SET hits = 9", "UPDATE sources SET hits = 3", "counted 9 hits, "},
        {"UPDATE sources SET matched_lines = 1", "UPDATE sources SET matched_lines = 2",
         "counted 1 lines with a hit, "},
        {"UPDATE sources SET successes = 0", "UPDATE sources SET successes = 1",
         "counted 0 successes, "},
        {"UPDATE counts SET hits = 3 WHERE code = 'BIZ_NO_MESSAGE'",
         "UPDATE counts SET hits = 2 WHERE code = 'BIZ_NO_MESSAGE'",
         "counted BIZ_NO_MESSAGE 3 times in 1 lines, the logs hold it 2 times in 1\n"},
        {"UPDATE counts SET lines = 2 WHERE code = 'BIZ_NO_MESSAGE'",
         "UPDATE counts SET lines = 1 WHERE code = 'BIZ_NO_MESSAGE'",
         "counted BIZ_NO_MESSAGE 2 times in 2 lines, "},
        {"UPDATE unknown SET hits = 4", "UPDATE unknown SET hits = 1",
         "unknown codes: DIFFERS: the state has counted BIZ_MADE_UP 4 times, the logs hold it 1 "},
        {"UPDATE files SET lines = 5", "UPDATE files SET lines = 6", "the state says 5\n"},
        {"UPDATE files SET offset = 4", "UPDATE files SET offset = 99", "/a.log: DIFFERS: "},
        {"UPDATE sinks SET length = length - 1 WHERE path LIKE '%/out'",
         "UPDATE sinks SET length = length + 1 WHERE path LIKE '%/out'",
         "a line should end here, at the committed length\n"},
        {"UPDATE sinks SET length = length + 10 WHERE path LIKE '%/json'",
         "UPDATE sinks SET length = length - 10 WHERE path LIKE '%/json'", "/json: DIFFERS: byte "},
    };
    const char *config = lines_read();

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        cr_expect_str_empty(state_sql(state_path(), cases[i].change));
        expect(config, 1, cases[i].wanted);
        cr_expect_str_empty(state_sql(state_path(), cases[i].back));
    }
    expect(config, 0, " 0 differ, ");
}

Test(verify, a_sink_that_lacks_or_repeats_a_line_differs)
{
    const char *config = lines_read();
    CLEANUP(freep) char *text = service_text("out");
    char *second = strchr(text, '\n') + 1;
    size_t gone = strlen("one\n");

    scratch_file("out", second, strlen(second));
    expect(config, 1, "/out: DIFFERS: byte ");
    state_sql(state_path(), "UPDATE sinks SET length = length - 4 WHERE path LIKE '%/out'");
    expect(config, 1, "/out: DIFFERS: byte 0 differs from '");
    scratch_file("out", text, strlen(text));
    service_append("out", "one\n");
    state_sql(state_path(), "UPDATE sinks SET length = length + 8 WHERE path LIKE '%/out'");
    expect(config, 1, "the logs end here, and it holds 4 bytes more\n");
    cr_expect_eq(gone, 4);
}

Test(verify, rotated_generations_agree_while_they_are_there)
{
    const char *config = lines_read();
    CLEANUP(freep) char *b = strdup(scratch_path("a.log.1"));

    cr_assert_eq(rename(scratch_path("a.log"), b), 0);
    service_append("a.log", "seven ONS_SYSTEM_ERROR\n");
    service_run(config, "out", "seven ONS");
    expect(config, 0, "/a.log.1: agrees: 99 bytes, 6 lines\n");
    expect(config, 0, "counters of app: agrees: 7 lines, 4 hits\n");
    expect(config, 0, "/out: agrees: ");
    flip("out", 5);
    expect(config, 1, "/out: DIFFERS: byte 5 differs from '");
    flip("out", 5);
    unlink(b);
    expect(config, 0, "/a.log: cannot tell: generation 1 is gone\n");
    expect(config, 0, "counters of app: cannot tell: ");
    expect(config, 0, "not compared: some of its generations are not there as they were\n");
}

Test(verify, several_sources_in_one_sink_agree_in_any_order_of_theirs)
{
    const char *config = service_config("state: '@/state.db'\n"
                                        "sources: [{name: a, follow: '@/a*.log'},\n"
                                        "          {name: b, follow: '@/b.log'}]\n"
                                        "sinks: [{file: '@/out', emit: all}]\n");

    service_append("a1.log", "a1 1\na1 2 BIZ_NO_MESSAGE\n");
    service_append("a2.log", "a2 1\na2 2\n");
    service_append("b.log", "b 1\nb 2\nlast of b\n");
    service_run(config, "out", "last of b\n");
    service_append("a1.log", "a1 3\n");
    service_run(config, "out", "a1 3\n");
    service_append("b.log", "b 3\n");
    service_run(config, "out", "b 3\n");
    expect(config, 0, "/out: agrees: ");
    expect(config, 0, "counters of a: agrees: 5 lines, 1 hits\n");
    expect(config, 0, "counters of b: agrees: 4 lines, 0 hits\n");
    flip("out", size_of("out") - 2);
    expect(config, 1, "/out: DIFFERS: byte ");
}

Test(verify, the_counters_of_a_file_agree_when_another_source_has_taken_it_over)
{
    static const char text[] = "state: '@/state.db'\n"
                               "sources: [{name: %s, follow: '@/a.log'},\n"
                               "          {name: %s, follow: '@/b.log'}]\n"
                               "sinks: [{file: '@/out', emit: all}]\n";
    static const char *const names[][2] = {{"a", "b"}, {"b", "new"}, {"new", "b"}};
    const char *config = NULL;
    char yaml[512], line[32];

    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        snprintf(yaml, sizeof(yaml), text, names[i][0], names[i][1]);
        config = service_config(yaml);
        snprintf(line, sizeof(line), "line %zu\n", i);
        service_append("a.log", line);
        service_run(config, "out", line);
        if (i == 0) {
            service_append("b.log", LINES);
            service_run(config, "out", "six\n");
        }
        if (i > 0)
            expect(config, 0, "all sources together agree\n");
    }
    cr_expect_str_empty(
        state_sql(state_path(), "UPDATE sources SET lines = lines + 1 WHERE name = 'a'"));
    expect(config, 1, "DIFFERS: the state has counted ");
}

Test(verify, files_read_from_their_end_overlong_lines_and_utf16_agree)
{
    static const char utf16[] = "\xff\xfe"
                                "B\0I\0Z\0_\0N\0O\0_\0M\0E\0S\0S\0A\0G\0E\0\n\0x\0\n\0";
    const char *config =
        service_config("state: '@/state.db'\n"
                       "sources: [{name: end, follow: '@/end.log', start: end, max_line: 4KiB},\n"
                       "          {name: wide, follow: '@/wide.log'}]\n"
                       "sinks: [{file: '@/out', emit: all}]\n");
    char overlong[10000];
    struct run r;

    memset(overlong, 'x', sizeof(overlong) - 1);
    overlong[sizeof(overlong) - 1] = '\0';
    service_append("end.log", "not read\nnor this\n");
    scratch_file("wide.log", utf16, sizeof(utf16) - 1);
    service_start(&r, config);
    cr_assert(service_comes_to("out", "BIZ_NO_MESSAGE"));
    service_append("end.log", overlong);
    service_append("end.log", " BIZ_NO_MESSAGE\nlast line\n");
    cr_assert(service_comes_to("out", "last line\n"));
    service_stop(&r);
    expect(config, 0, "counters of end: agrees: 2 lines, 1 hits\n");
    expect(config, 0, "counters of wide: agrees: 2 lines, 1 hits\n");
    expect(config, 0, "/out: agrees: ");
    flip("out", 9000);
    expect(config, 1, "/out: DIFFERS: byte 9000 differs from '");
}

Test(verify, a_sink_that_was_there_before_or_was_rotated_is_not_compared)
{
    const char *config = service_config(config_text);

    service_append("a.log", LINES);
    service_run(config, "out", "six\n");
    service_append("out.1", "rotated\n");
    expect(config, 0, "not compared: it was rotated: beside it are files of its name\n");
    unlink(scratch_path("out"));
    expect(config, 0, "/out: cannot tell: the file that was written is gone\n");
}

static void append_forty_lines(void)
{
    char line[64];

    for (int i = 0; i < 40; i++) {
        snprintf(line, sizeof(line), "line %04d BIZ_NO_MESSAGE\n", i);
        service_append("a.log", line);
    }
}

Test(verify, a_copy_that_was_cut_off_afterwards_agrees)
{
    const char *config = service_config(config_text);
    char command[1024];

    append_forty_lines();
    service_run(config, "out", "line 0039");
    snprintf(command, sizeof(command), "cd '%s' && cp a.log a.log.1 && : >a.log", scratch());
    cr_assert_eq(system(command), 0);
    service_append("a.log", "next\n");
    service_run(config, "out", "next\n");
    expect(config, 0, "/a.log.1: agrees: ");
    expect(config, 0, "counters of app: agrees: 41 lines, 40 hits\n");
    expect(config, 0, "/out: agrees: ");
}

Test(verify, a_file_with_a_long_hole_is_not_compared)
{
    const char *config = service_config(config_text);
    char command[1024];

    append_forty_lines();
    snprintf(command, sizeof(command), "cd '%s' && truncate -s +10M a.log && echo behind >>a.log",
             scratch());
    cr_assert_eq(system(command), 0);
    service_run(config, "out", "\nbehind\n");
    expect(config, 0, "/a.log: cannot tell: nobody wrote the bytes from ");
    expect(config, 0, " 0 differ, ");
}

/* Whether the copy was read from its start or from where the file ended, the state does not say. */
Test(verify, a_copy_of_a_file_that_is_gone_is_not_counted_twice)
{
    const char *config = service_config(config_text);
    char command[1024];

    append_forty_lines();
    service_run(config, "out", "line 0039");
    snprintf(command, sizeof(command), "cd '%s' && cp a.log a.log.1 && rm a.log", scratch());
    cr_assert_eq(system(command), 0);
    service_append("a.log.1", "before the cut\n");
    service_run(config, "out", "before the cut\n");
    expect(config, 0, "/a.log.1: agrees: ");
    expect(config, 0, "counters of app: cannot tell: one of its generations is gone, and may be ");
    expect(config, 0, "/out: cannot tell: ");
}

Test(verify, a_file_that_an_editor_saved_anew_agrees)
{
    const char *config = service_config(config_text);
    char command[1024];

    append_forty_lines();
    service_run(config, "out", "line 0039");
    snprintf(command, sizeof(command), "cd '%s' && cp a.log b && echo saved >>b && mv b a.log",
             scratch());
    cr_assert_eq(system(command), 0);
    service_run(config, "out", "saved\n");
    expect(config, 0, "counters of app: agrees: 81 lines, 80 hits\n");
    expect(config, 0, "/out: agrees: ");
}

Test(verify, a_running_service_is_looked_at_as_it_was_at_its_last_checkpoint)
{
    const char *config = service_config(config_text);
    struct run r;

    service_append("a.log", LINES);
    service_start(&r, config);
    cr_assert(service_comes_to("out", "six\n"));
    expect(config, 0, " 0 differ, ");
    service_append("a.log", "half a line");
    expect(config, 0, " 0 differ, ");
    service_stop(&r);
}

Test(verify, trouble_is_said)
{
    const char *config = service_config(config_text);

    expect(config, 2, "there is no state of a service here");
    expect("/none.yaml", 2, "/none.yaml");
}
