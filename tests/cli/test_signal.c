/* What Ctrl-C does. */

#include "core/base/util.h"
#include "helpers/run.h"

#include <criterion/criterion.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>

TestSuite(signal, .fini = scratch_remove);

Test(signal, an_interrupt_in_a_pipe_still_prints_the_summary)
{
    struct run r;

    run_start(&r, NULL, "annotate", "--summary", NULL);
    run_send(&r, "one BIZ_NO_MESSAGE\n", 19);
    cr_assert(run_hears(&r, "# BIZ_NO_MESSAGE: "));
    kill(r.pid, SIGINT);
    cr_expect(run_hears_error(&r, "1 hit"), "%s", r.err_text.ptr);
    cr_expect_eq(run_end(&r), 0, "status %d", r.status);
    run_free(&r);
}

Test(signal, what_the_writer_says_last_is_taken_first)
{
    struct run r;

    run_start(&r, NULL, "annotate", "--summary", NULL);
    run_send(&r, "one\n", 4);
    cr_assert(run_hears(&r, "one\n"));
    kill(r.pid, SIGSTOP);
    run_send(&r, "last words: ONS_SYSTEM_ERROR\nand more", 37);
    kill(r.pid, SIGINT);
    kill(r.pid, SIGCONT);
    cr_expect_eq(run_end(&r), 0, "status %d", r.status);
    cr_expect(strstr(r.out_text.ptr, "last words: ONS_SYSTEM_ERROR  # "), "%s", r.out_text.ptr);
    cr_expect(strstr(r.out_text.ptr, "and more"), "%s", r.out_text.ptr);
    cr_expect(strstr(r.err_text.ptr, "ONS_SYSTEM_ERROR"), "%s", r.err_text.ptr);
    run_free(&r);
}

Test(signal, summary_answers_when_it_is_interrupted)
{
    struct run r;

    run_start(&r, NULL, "summary", "--format=json", NULL);
    /* Sends more than the pipe holds. When all is sent, the program is reading. */
    for (size_t i = 0; i < 100000; i++)
        cr_assert(run_send(&r, "BIZ_NO_MESSAGE\n0123456789abcdef\n", 32));
    kill(r.pid, SIGINT);
    cr_expect(run_hears(&r, "\"code\": \"BIZ_NO_MESSAGE\""), "%s", r.out_text.ptr);
    cr_expect_eq(run_end(&r), 0, "status %d", r.status);
    run_free(&r);
}

struct status {
    char state;                /* 'S': the process waits */
    unsigned long long caught; /* the signals that have a handler */
};

static struct status status_of(pid_t pid)
{
    char path[64], line[256];
    struct status status = {0};
    FILE *file;

    snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
    file = fopen(path, "r");
    cr_assert_not_null(file);
    while (fgets(line, sizeof(line), file)) {
        sscanf(line, "State: %c", &status.state);
        sscanf(line, "SigCgt: %llx", &status.caught);
    }
    fclose(file);
    return status;
}

static bool catches_interrupt(pid_t pid)
{
    return status_of(pid).caught & (1ull << (SIGINT - 1));
}

Test(signal, an_interrupt_that_was_ignored_stays_ignored)
{
    const struct run_options background = {.ignore_interrupt = true};
    struct run r;

    run_start(&r, &background, "annotate", "--no-summary", NULL);
    run_send(&r, "one\n", 4);
    cr_assert(run_hears(&r, "one\n"));
    kill(r.pid, SIGINT);
    run_send(&r, "two\n", 4);
    cr_expect(run_hears(&r, "two\n"));
    cr_expect_eq(run_end(&r), 0);
    run_free(&r);
}

/* A program that reads a file waits only when nobody takes its output. */
static void wait_until_it_waits(pid_t pid)
{
    while (status_of(pid).state != 'S')
        sched_yield();
}

/* The file is larger than what the pipe and this test take, so the program waits in a write. */
static const char *large_log(size_t size)
{
    char *log = malloc(size);
    const char *path;

    cr_assert_not_null(log);
    memset(log, '\n', size);
    path = scratch_file("large.log", log, size);
    free(log);
    return path;
}

Test(signal, a_second_interrupt_ends_at_once, .timeout = 60)
{
    struct run r;

    run_start(&r, NULL, "annotate", "--summary", large_log(8 << 20), NULL);
    cr_assert(run_hears(&r, "\n"));
    wait_until_it_waits(r.pid);
    cr_assert(catches_interrupt(r.pid));
    kill(r.pid, SIGINT);
    while (catches_interrupt(r.pid))
        sched_yield();
    kill(r.pid, SIGINT);
    cr_expect_eq(run_end(&r), 128 + SIGINT, "status %d", r.status);
    cr_expect_eq(r.err_text.len, 0, "%s", r.err_text.ptr);
    run_free(&r);
}

Test(signal, an_interrupt_in_a_file_says_that_it_is_not_whole)
{
    const size_t size = 8 << 20;
    struct run r;

    run_start(&r, NULL, "annotate", "--summary", large_log(size), NULL);
    cr_assert(run_hears(&r, "\n"));
    kill(r.pid, SIGINT);
    cr_expect_eq(run_end(&r), 2, "status %d", r.status);
    cr_expect(strstr(r.err_text.ptr, "large.log: interrupted; "), "%s", r.err_text.ptr);
    cr_expect_lt(r.out_text.len, size);
    run_free(&r);
}
