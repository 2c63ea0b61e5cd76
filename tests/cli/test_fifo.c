/* FIFOs as sources. They come and go, and so do their writers. */

#include "core/base/util.h"
#include "helpers/service.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define DEADLINE_S 30
#define ALL_OF_A                                                                             \
    "state: '@/state.db'\nsources: [{name: a, fifo: '@/a'}]\nsinks: [{file: '@/out', emit: " \
    "all}]\n"

TestSuite(fifo, .fini = scratch_remove);

static void make_fifo(const char *name)
{
    cr_assert_eq(mkfifo(scratch_path(name), 0644), 0);
}

/* Opens the FIFO for writing; this waits for a reader. */
static int writer(const char *name)
{
    for (time_t end = time(NULL) + DEADLINE_S; time(NULL) < end; poll(NULL, 0, 2)) {
        int fd = open(scratch_path(name), O_WRONLY | O_NONBLOCK | O_CLOEXEC);

        if (fd >= 0)
            return fd;
    }
    cr_assert_fail("nobody reads '%s'", name);
    return -1;
}

static void tell(int fd, const char *text)
{
    cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
}

static void tell_and_leave(const char *name, const char *text)
{
    int fd = writer(name);

    tell(fd, text);
    close(fd);
}

static void expect_text(const char *name, const char *wanted)
{
    CLEANUP(freep) char *text = service_text(name);

    cr_expect_str_eq(text, wanted);
}

Test(fifo, a_writer_that_leaves_is_not_the_end)
{
    struct run r;

    make_fifo("a");
    service_start(&r, service_config(ALL_OF_A));
    tell_and_leave("a", "1\n2\n");
    cr_expect(service_comes_to("out", "2\n"));
    tell_and_leave("a", "3\nhalf");
    cr_expect(service_comes_to("out", "half\n"), "nobody can complete it");
    for (int i = 4; i < 60; i++) { /* as echo in a loop does */
        char line[16];

        snprintf(line, sizeof(line), "%d\n", i);
        tell_and_leave("a", line);
    }
    cr_expect(service_comes_to("out", "59\n"));
    service_stop(&r);

    CLEANUP(freep) char *text = service_text("out");
    char *at = text;

    for (int i = 1; i < 60; i++) {
        cr_assert_eq(strtol(at, &at, 10), i);
        at += 1 + (i == 3 ? strlen("half\n") : 0);
    }
    cr_expect_str_eq(at, "");
}

Test(fifo, one_that_is_not_there_yet_is_opened_when_it_is)
{
    struct run r;

    run_start(&r, NULL, "run", "--config", service_config(ALL_OF_A), NULL);
    cr_expect(run_hears_error(&r, "waits for the FIFO"));
    make_fifo("a");
    tell_and_leave("a", "came\n");
    cr_expect(service_comes_to("out", "came\n"));
    service_stop(&r);
}

Test(fifo, one_that_was_replaced_is_read_until_its_writers_leave_and_then_the_other)
{
    struct run r;
    int former;

    make_fifo("a");
    service_start(&r, service_config(ALL_OF_A));
    former = writer("a");
    tell(former, "1\n");
    cr_expect(service_comes_to("out", "1\n"));
    make_fifo("b");
    cr_assert_eq(rename(scratch_path("b"), scratch_path("a")), 0);
    tell(former, "2\n");
    cr_expect(service_comes_to("out", "2\n"));
    close(former);
    tell_and_leave("a", "3\n");
    cr_expect(service_comes_to("out", "3\n"));
    cr_assert_eq(unlink(scratch_path("a")), 0);
    make_fifo("a");
    tell_and_leave("a", "4\n");
    cr_expect(service_comes_to("out", "4\n"));
    service_stop(&r);
    expect_text("out", "1\n2\n3\n4\n");
}

Test(fifo, a_replaced_one_that_is_silent_is_left_after_rotate_wait)
{
    struct run r;
    int former;

    make_fifo("a");
    service_start(&r, service_config("state: '@/state.db'\n"
                                     "sources: [{fifo: '@/a', rotate_wait: 100ms}]\n"
                                     "sinks: [{file: '@/out', emit: all}]\n"));
    former = writer("a");
    tell(former, "1\nhalf");
    cr_expect(service_comes_to("out", "1\n"));
    make_fifo("b");
    cr_assert_eq(rename(scratch_path("b"), scratch_path("a")), 0);
    tell_and_leave("a", "2\n");
    cr_expect(service_comes_to("out", "2\n"));
    service_stop(&r);
    close(former);
    expect_text("out", "1\nhalf\n2\n");
}

Test(fifo, half_a_line_waits_for_its_writer_and_a_stop_takes_it)
{
    struct run r;
    int fds[2];

    make_fifo("a");
    make_fifo("b");
    service_start(&r, service_config("state: '@/state.db'\n"
                                     "sources: [{name: a, fifo: '@/a'}, {name: b, fifo: '@/b'}]\n"
                                     "sinks: [{file: '@/out', emit: all}]\n"));
    fds[0] = writer("a");
    fds[1] = writer("b");
    tell(fds[0], "of ");
    tell(fds[1], "b 1\nof b ");
    cr_expect(service_comes_to("out", "b 1\n"));
    tell(fds[0], "a\nthe rest of a");
    cr_expect(service_comes_to("out", "of a\n"));
    service_stop(&r);
    close(fds[0]);
    close(fds[1]);
    expect_text("out", "b 1\nof a\nthe rest of a\nof b \n");
}

Test(fifo, a_stop_takes_what_the_pipe_holds)
{
    struct run r;
    int fd;

    make_fifo("a");
    service_start(&r, service_config(ALL_OF_A));
    fd = writer("a");
    tell(fd, "1\n");
    cr_expect(service_comes_to("out", "1\n"));
    kill(r.pid, SIGSTOP);
    tell(fd, "2\n3");
    kill(r.pid, SIGTERM);
    kill(r.pid, SIGCONT);
    cr_expect_eq(run_end(&r), 0, "%s", r.err_text.ptr);
    run_free(&r);
    close(fd);
    expect_text("out", "1\n2\n3\n");
}

Test(fifo, a_stop_takes_the_half_line_of_standard_input)
{
    struct run r;

    service_start(&r, service_config("state: '@/state.db'\nsources: [{stdin: true}]\n"
                                     "sinks: [{file: '@/out', emit: all}]\n"));
    run_send(&r, "1\nhalf", 6);
    cr_expect(service_comes_to("out", "1\n"));
    service_stop(&r);
    expect_text("out", "1\nhalf\n");
}

Test(fifo, a_reload_leaves_half_a_line_of_what_stays_and_ends_that_of_what_goes)
{
    const char *both = "state: '@/state.db'\n"
                       "sources: [{name: a, fifo: '@/a'}, {name: b, fifo: '@/b'}]\n"
                       "sinks: [{file: '@/out', emit: all}]\n";
    struct run r;
    int fds[2];

    make_fifo("a");
    make_fifo("b");
    service_start(&r, service_config(both));
    fds[0] = writer("a");
    fds[1] = writer("b");
    tell(fds[0], "1\nstays ");
    tell(fds[1], "2\ngoes");
    cr_expect(service_comes_to("out", "1\n") && service_comes_to("out", "2\n"));
    service_config(ALL_OF_A);
    kill(r.pid, SIGHUP);
    cr_expect(service_comes_to("out", "goes\n"));
    cr_expect(run_hears_error(&r, "reloaded"));
    tell(fds[0], "whole\n");
    cr_expect(service_comes_to("out", "stays whole\n"));
    service_stop(&r);
    close(fds[0]);
    close(fds[1]);
}

Test(fifo, what_is_read_once_has_no_place_and_verify_says_so)
{
    const char *config = service_config(ALL_OF_A);
    struct run r;

    make_fifo("a");
    service_start(&r, config);
    tell_and_leave("a", "BIZ_NO_MESSAGE\n");
    cr_expect(service_comes_to("out", "\n"));
    service_stop(&r);
    cr_expect_eq(RUN(&r, NULL, "", "verify", "--config", config), 0, "%s", r.out_text.ptr);
    cr_expect(strstr(r.out_text.ptr, "a FIFO cannot be read again"), "%s", r.out_text.ptr);
    run_free(&r);
    cr_expect_eq(RUN(&r, NULL, "", "state", "show", "--config", config), 0);
    cr_expect(strstr(r.out_text.ptr, "no file is remembered"), "%s", r.out_text.ptr);
    run_free(&r);
    cr_expect_eq(RUN(&r, NULL, "", "state", "show", "a", "--config", config), 2);
    cr_expect(strstr(r.err_text.ptr, "read only once"), "%s", r.err_text.ptr);
    run_free(&r);
}

Test(fifo, what_is_there_is_looked_at_by_check)
{
    static const struct {
        const char *config, *wanted;
        int status;
    } cases[] = {
        {"sources: [{fifo: '@/file'}]\n",
         ":2:18: warning: '@/file' is a file, not a FIFO, and is not read; 'follow' reads files\n",
         0},
        {"sources: [{fifo: '@'}]\n",
         ":2:18: warning: '@' is a folder, not a FIFO, and is not read\n", 0},
        {"sources: [{fifo: '@/a'}, {fifo: '@/link'}]\n",
         " warning: '@/link' is read by the source at 2:11 too; each of its lines goes to one of "
         "them\n",
         0},
        {"sources: [{fifo: '@/out'}]\nsinks: [{file: '@/out'}]\n",
         ":3:16: error: sink '@/out' is written to '@/out', which the source at 2:11 reads: a "
         "loop",
         2},
    };

    make_fifo("a");
    scratch_file("file", "", 0);
    cr_assert_eq(symlink("a", scratch_path("link")), 0);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char config[1024], wanted[1024];
        struct run r;

        snprintf(config, sizeof(config), "state: '@/state.db'\n%s", cases[i].config);
        snprintf(wanted, sizeof(wanted), "%s", service_config(config));
        cr_expect_eq(RUN(&r, NULL, "", "check", "--config", wanted), cases[i].status, "%zu", i);

        const char *text = cases[i].wanted;
        size_t n = 0;

        for (; *text; text++)
            n += (size_t)snprintf(wanted + n, sizeof(wanted) - n, *text == '@' ? "%s" : "%.1s",
                                  *text == '@' ? scratch() : text);
        cr_expect(strstr(r.err_text.ptr, wanted), "%zu: %s\nin: %s", i, wanted, r.err_text.ptr);
        run_free(&r);
    }
}
