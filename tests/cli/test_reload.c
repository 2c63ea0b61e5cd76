/* A reload changes the configuration of a running service and loses nothing on the way. */

#include "core/util.h"
#include "helpers/service.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Checkpoints come with each write, so that no reload waits for the end of one. */
#define TO_FILE(source)                                                   \
    "state: '@/state.db'\ncheckpoint: {interval: 0ms}\nsources: [" source \
    "]\nsinks: [{file: '@/out', emit: all}]\n"

TestSuite(reload, .fini = scratch_remove);

/* It stands still until the reload. */
static void hold(const struct run *r)
{
    int status;

    kill(r->pid, SIGSTOP);
    cr_assert_eq(waitpid(r->pid, &status, WUNTRACED), r->pid);
    cr_assert(WIFSTOPPED(status));
}

/* The configuration is that one from now on. */
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

/* The reload comes before the lines are read. */
static void expect_all_of_a_file_that_goes(bool is_moved)
{
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
    reload(&r, TO_FILE("{name: a, follow: '@/a.log', rotate_wait: 6s}"));
    cr_expect(service_comes_to("out", "4\n"));
    service_stop(&r);
    expect_text("out", "1\n2\n3\n4\n");
}

Test(reload, a_file_that_was_moved_away_unread_is_read_on_though_its_source_changed)
{
    expect_all_of_a_file_that_goes(/* is_moved= */ true);
}

Test(reload, a_file_that_was_deleted_unread_is_read_on_though_its_source_changed)
{
    expect_all_of_a_file_that_goes(/* is_moved= */ false);
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
