/* A reload changes the configuration of a running service and loses nothing on the way. */

#include "core/base/util.h"
#include "helpers/service.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Checkpoints come with each write, so that no reload waits for the end of one. */
#define TO_FILE(source)                                                   \
    "state: '@/state.db'\ncheckpoint: {interval: 0ms}\nsources: [" source \
    "]\nsinks: [{file: '@/out', emit: all}]\n"

#define DEADLINE_MS 30000

TestSuite(reload, .fini = scratch_remove);

/* Stops the service, so that it reads nothing before the reload. */
static void hold(const struct run *r)
{
    int status;

    kill(r->pid, SIGSTOP);
    cr_assert_eq(waitpid(r->pid, &status, WUNTRACED), r->pid);
    cr_assert(WIFSTOPPED(status));
}

/* This text is the configuration from now on. */
static void reload(struct run *r, const char *config)
{
    service_config(config);
    kill(r->pid, SIGHUP);
    kill(r->pid, SIGCONT);
    cr_assert(run_hears_error(r, "reloaded"), "%s", r->err_text.ptr);
}

static void expect_text(const char *name, const char *wanted)
{
    CLEANUP(freep) char *text = service_text(name);

    cr_expect_str_eq(text, wanted);
}

/* ---- files ---- */

/* The reload happens before the lines are read. */
static void expect_all_of_a_file_that_goes(bool is_moved, const char *source)
{
    char config[512];
    struct run r;

    service_append("a.log", "1\n");
    service_start(&r, service_config(TO_FILE("{name: a, follow: '@/a.log', rotate_wait: 5s}")));
    cr_expect(service_comes_to("out", "1\n"));
    hold(&r);
    service_append("a.log", "2\n3\n");
    cr_assert_eq(mkdir(scratch_path("old"), 0755), 0);
    if (is_moved)
        cr_assert_eq(rename(scratch_path("a.log"), scratch_path("old/a")), 0);
    else
        cr_assert_eq(unlink(scratch_path("a.log")), 0);
    service_append("a.log", "4\n");
    snprintf(config, sizeof(config), TO_FILE("%s"), source);
    reload(&r, config);
    cr_expect(service_comes_to("out", "4\n"));
    service_stop(&r);
    expect_text("out", "1\n2\n3\n4\n");
}

Test(reload, a_file_that_was_moved_away_unread_is_read_on_though_its_source_changed)
{
    expect_all_of_a_file_that_goes(/* is_moved= */ true,
                                   "{name: a, follow: '@/a.log', rotate_wait: 6s}");
}

Test(reload, a_file_that_was_deleted_unread_is_read_on_though_its_source_changed)
{
    expect_all_of_a_file_that_goes(/* is_moved= */ false,
                                   "{name: a, follow: '@/a.log', rotate_wait: 6s}");
}

Test(reload, a_file_that_was_deleted_unread_is_read_on_though_its_source_is_called_otherwise)
{
    expect_all_of_a_file_that_goes(/* is_moved= */ false, "{follow: '@/*.log', rotate_wait: 5s}");
}

Test(reload, a_late_line_of_a_file_that_is_gone_comes_though_its_source_changed)
{
    struct run r;
    int fd;

    service_append("a.log", "1\n");
    service_start(&r, service_config(TO_FILE("{name: a, follow: '@/a.log', rotate_wait: 1h}")));
    fd = open(scratch_path("a.log"), O_WRONLY | O_APPEND | O_CLOEXEC);
    cr_assert_eq(unlink(scratch_path("a.log")), 0);
    service_append("a.log", "2\n");
    cr_expect(service_comes_to("out", "2\n"));
    reload(&r, TO_FILE("{name: a, follow: '@/*.log', rotate_wait: 2h}"));
    cr_assert_eq(write(fd, "late\n", 5), 5);
    cr_expect(service_comes_to("out", "late\n"));
    service_append("a.log", "3\n");
    cr_expect(service_comes_to("out", "3\n"));
    service_stop(&r);
    close(fd);
    expect_text("out", "1\n2\nlate\n3\n");
}

/* ---- what can be read only once ---- */

static int open_fifo(const char *name)
{
    int fd;

    cr_assert_eq(mkfifo(scratch_path(name), 0600), 0);
    fd = open(scratch_path(name), O_RDWR | O_NONBLOCK | O_CLOEXEC);
    cr_assert_geq(fd, 0);
    return fd;
}

static void tell(int fd, const char *text)
{
    cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
}

/* The reload also cuts a code in two. */
static void expect_whole_line(const char *source)
{
    char config[512];
    struct run r;
    int fd = open_fifo("a");

    service_start(&r, service_config(TO_FILE("{name: a, fifo: '@/a'}")));
    tell(fd, "1\nsent: BIZ_NO_");
    cr_expect(service_comes_to("out", "1\n"));
    snprintf(config, sizeof(config), TO_FILE("%s"), source);
    reload(&r, config);
    tell(fd, "MESSAGE\n");
    cr_expect(service_comes_to("out", "1\nsent: BIZ_NO_MESSAGE  # BIZ_NO_MESSAGE: "), "%s", source);
    tell(fd, "3\n");
    cr_expect(service_comes_to("out", "\n3\n"));
    service_stop(&r);
    close(fd);
    scratch_remove();
}

Test(reload, half_a_line_of_a_pipe_waits_for_its_rest_though_a_key_of_its_source_changed)
{
    expect_whole_line("{name: a, fifo: '@/a', rotate_wait: 6s}");
    expect_whole_line("{name: a, fifo: '@/a', max_line: 2MiB}");
    expect_whole_line("{name: a, fifo: '@/a', encoding: latin1}");
    expect_whole_line("{name: other, fifo: '@/a'}");
}

Test(reload, half_a_line_of_standard_input_waits_for_its_rest_though_its_source_changed)
{
    struct run r;

    service_start(&r, service_config(TO_FILE("{stdin: true}")));
    run_send(&r, "1\nhalf ", 7);
    cr_expect(service_comes_to("out", "1\n"));
    reload(&r, TO_FILE("{name: in, stdin: true, max_line: 2MiB}"));
    run_send(&r, "a line\n", 7);
    cr_expect(service_comes_to("out", "half a line\n"));
    service_stop(&r);
    expect_text("out", "1\nhalf a line\n");
}

#define LINES 120

/* Writes lines of 1,000 bytes, together more than a pipe holds. */
static void write_lines(int fd)
{
    struct pollfd ready = {.fd = fd, .events = POLLOUT};
    char line[1001];

    for (int i = 1; i <= LINES; i++) {
        snprintf(line, sizeof(line), "%-999d\n", i);
        cr_assert_eq(poll(&ready, 1, DEADLINE_MS), 1, "line %d", i);
        tell(fd, line);
    }
}

/* Reads until all these lines and the last one have come, each once and in order. */
static void expect_lines(int fd, const char *last)
{
    CLEANUP(gloss_buf_deinit) struct gloss_buf text = {0};
    struct pollfd ready = {.fd = fd, .events = POLLIN};

    do {
        ssize_t n = -1;

        if (poll(&ready, 1, DEADLINE_MS) == 1)
            n = read(fd, gloss_buf_room(&text, 65537), 65536);
        cr_assert_gt(n, 0, "%zu bytes came", text.len);
        text.len += (size_t)n;
        text.ptr[text.len] = '\0';
    } while (!strstr(text.ptr, last));
    cr_assert_eq(text.len, LINES * 1000 + strlen(last + 1), "%zu bytes came", text.len);
    for (int i = 0; i < LINES; i++)
        cr_assert_eq(atoi(text.ptr + (ptrdiff_t)i * 1000), i + 1);
}

static int start_to_pipe(struct run *r, const char *config)
{
    struct run_options options = {.stdout_path = scratch_path("output")};
    int output = open_fifo("output");

    run_start(r, &options, "run", "--config", service_config(config), NULL);
    cr_assert(run_hears_error(r, "started with"), "%s", r->err_text.ptr);
    return output;
}

#define TO_OUTPUT(source) \
    "state: '@/state.db'\nsources: [" source "]\nsinks: [{stdout: true, emit: all}]\n"

Test(reload, what_a_pipe_holds_is_not_thrown_away_because_its_sink_takes_nothing)
{
    int fd = open_fifo("a"), output;
    struct run r;

    output = start_to_pipe(&r, TO_OUTPUT("{name: a, fifo: '@/a'}, {name: b, follow: '@/b.log'}"));
    write_lines(fd);
    tell(fd, "half");
    service_config(TO_OUTPUT("{name: b, follow: '@/b.log'}"));
    kill(r.pid, SIGHUP);
    cr_assert(run_hears_error(&r, "the reload waits: the removed source 'a' holds"), "%s",
              r.err_text.ptr);
    expect_lines(output, "\nhalf\n");
    cr_assert(run_hears_error(&r, "reloaded"), "%s", r.err_text.ptr);
    service_stop(&r);
    close(fd);
    close(output);
}

/* The name is too long for a file, which is found out when the sink is opened. */
Test(reload, one_that_fails_does_not_end_the_half_line_of_a_source_that_it_removes)
{
    static const char rest[] = "sources: [{name: b, follow: '@/b.log'}]\n"
                               "sinks: [{file: '@/out', emit: all}, {file: '@/%0256d'}]\n";
    char config[sizeof(rest) + 512];
    int fd = open_fifo("a");
    struct run r;

    service_start(&r, service_config("state: '@/state.db'\nsources: [{name: a, fifo: '@/a'}]\n"
                                     "sinks: [{file: '@/out', emit: all}]\n"));
    tell(fd, "first\nhalf");
    cr_assert(service_comes_to("out", "first\n"));
    snprintf(config, sizeof(config), "state: '@/state.db'\n");
    snprintf(config + strlen(config), sizeof(config) - strlen(config), rest, 0);
    service_config(config);
    kill(r.pid, SIGHUP);
    cr_assert(run_hears_error(&r, "failed, going on with the old configuration"), "%s",
              r.err_text.ptr);
    tell(fd, " a line\n");
    cr_expect(service_comes_to("out", "first\nhalf a line\n"));
    service_stop(&r);
    close(fd);
}

Test(reload, standard_output_goes_on_within_a_line)
{
    int fd = open(scratch_path("a.log"), O_WRONLY | O_CREAT | O_CLOEXEC, 0644), output;
    struct run r;

    cr_assert_geq(fd, 0);
    write_lines(fd);
    tell(fd, "last\n");
    output = start_to_pipe(&r, TO_OUTPUT("{name: a, follow: '@/a.log'}"));
    reload(&r, TO_OUTPUT("{name: a, follow: '@/a.log', rotate_wait: 6s}"));
    expect_lines(output, "\nlast\n");
    service_stop(&r);
    close(fd);
    close(output);
}

/* ---- sources with another name ---- */

Test(reload, a_source_whose_pattern_is_its_name_goes_on_when_that_changes)
{
    struct run r;

    service_append("a.log", "1\n");
    service_start(&r, service_config(TO_FILE("{follow: '@/*.log'}")));
    cr_expect(service_comes_to("out", "1\n"));
    for (int i = 2; i <= 4; i++) { /* some generations */
        char name[16], line[16];

        snprintf(name, sizeof(name), "a.log.%d", 9 - i);
        snprintf(line, sizeof(line), "%d\n", i);
        cr_assert_eq(rename(scratch_path("a.log"), scratch_path(name)), 0);
        service_append("a.log", line);
        cr_expect(service_comes_to("out", line));
    }
    reload(&r, TO_FILE("{follow: '@/[a-z]*.log'}"));
    service_append("a.log", "5\n");
    cr_expect(service_comes_to("out", "5\n"));
    service_stop(&r);
    service_start(&r, service_config(TO_FILE("{name: app, follow: '@/*.log'}")));
    cr_expect(run_hears_error(&r, "'app' goes on where '"), "%s", r.err_text.ptr);
    service_append("a.log", "6\n");
    cr_expect(service_comes_to("out", "6\n"));
    service_stop(&r);
    expect_text("out", "1\n2\n3\n4\n5\n6\n");
    cr_expect_eq(RUN(&r, NULL, "", "verify", "--config", scratch_path("glossd.yaml")), 0, "%s",
                 r.out_text.ptr);
    cr_expect(strstr(r.out_text.ptr, "/out: agrees: "), "%s", r.out_text.ptr);
    run_free(&r);
}

Test(reload, a_source_that_is_divided_goes_on_in_both_parts)
{
    struct run r;

    service_append("a.log", "a 1\n");
    service_append("z.log", "z 1\n");
    service_start(&r, service_config(TO_FILE("{name: app, follow: '@/*.log'}")));
    cr_expect(service_comes_to("out", "a 1\n") && service_comes_to("out", "z 1\n"));
    reload(&r, TO_FILE("{name: app, follow: '@/[a-m]*.log'}"));
    service_append("z.log", "z 2\n");
    service_append("a.log", "a 2\n");
    cr_expect(service_comes_to("out", "a 2\n"));
    reload(&r, TO_FILE("{name: app, follow: '@/[a-m]*.log'}, {name: z, follow: '@/[n-z]*.log'}"));
    cr_expect(service_comes_to("out", "z 2\n"));
    service_append("z.log", "z 3\n");
    cr_expect(service_comes_to("out", "z 3\n"));
    service_stop(&r);

    CLEANUP(freep) char *text = service_text("out");

    cr_expect_eq(strlen(text), strlen("a 1\nz 1\na 2\nz 2\nz 3\n"), "%s", text);
}
