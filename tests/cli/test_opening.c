/* Opening waits for nobody: a FIFO without a writer, or a device, where a file is expected. */

#include "core/base/util.h"
#include "helpers/service.h"

#include <criterion/criterion.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

TestSuite(opening, .fini = scratch_remove);

static const char config_text[] = "state: '@/state.db'\n"
                                  "catalogs: ['@/catalogs']\n"
                                  "sources: [{name: app, follow: '@/*.log'}]\n"
                                  "sinks: [{file: '@/out', emit: all}]\n";
static const char catalog_text[] = "catalog: own\ncodes: {OWN_ERROR: {cause: c, solution: s}}\n";

static void expect_refused(const char *const *words, const char *wanted)
{
    struct run r;

    cr_expect_eq(run_all(&r, NULL, "", 0, words), 2, "%s ends with %d: %s", words[0], r.status,
                 r.err_text.ptr);
    cr_expect(strstr(r.err_text.ptr, wanted), "%s says %s", words[0], r.err_text.ptr);
    run_free(&r);
}
#define REFUSED(wanted, ...) expect_refused((const char *const[]){__VA_ARGS__, NULL}, wanted)

Test(opening, a_fifo_or_a_device_as_configuration_is_refused_by_every_command)
{
    static const char wanted[] =
        ": error: is a FIFO, a socket or a device, not a file; name a file";
    const char *const files[] = {scratch_path("fifo.yaml"), "/dev/zero"};

    cr_assert_eq(mkfifo(files[0], 0644), 0);
    for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
        REFUSED(wanted, "run", "--config", files[i]);
        REFUSED(wanted, "check", "--config", files[i]);
        REFUSED(wanted, "summary", "--config", files[i]);
        REFUSED(wanted, "verify", "--config", files[i]);
        REFUSED(wanted, "state", "show", "--config", files[i]);
        REFUSED(wanted, "explain", "--config", files[i], "BIZ_NO_MESSAGE");
    }
}

Test(opening, a_fifo_or_a_device_as_catalog_is_refused_wherever_it_stands)
{
    static const char wanted[] = ": error: is a FIFO, a socket or a device, not a file; remove it";
    const char *config = service_config(config_text), *fifo = scratch_path("catalogs/b.yaml");

    cr_assert_eq(mkdir(scratch_path("catalogs"), 0755), 0);
    scratch_file("catalogs/a.yaml", catalog_text, strlen(catalog_text));
    cr_assert_eq(mkfifo(fifo, 0644), 0);
    REFUSED(wanted, "run", "--config", config);
    REFUSED(wanted, "check", "--config", config);
    REFUSED(wanted, "annotate", "-c", fifo);
    REFUSED(wanted, "annotate", "-c", scratch_path("catalogs"));
    REFUSED(wanted, "catalog", "check", fifo, "/dev/tty");
    REFUSED(wanted, "catalog", "list", "-c", "/dev/zero");
    REFUSED(wanted, "explain", "-c", fifo, "OWN_ERROR");
}

Test(opening, a_pipe_that_is_handed_over_is_read_to_its_end)
{
    const char *const whole[] = {"explain", "-c", "/dev/stdin", "OWN_ERROR", NULL};
    struct run r;

    cr_expect_eq(run_all(&r, NULL, catalog_text, strlen(catalog_text), whole), 0, "%s",
                 r.err_text.ptr);
    run_free(&r);
    run_start(&r, NULL, "explain", "-c", "/dev/fd/0", "OWN_ERROR", NULL);
    cr_expect(run_send(&r, catalog_text, 9));
    poll(NULL, 0, 50); /* the rest comes later, or not much later: it must not matter */
    cr_expect(run_send(&r, catalog_text + 9, strlen(catalog_text) - 9));
    cr_expect_eq(run_end(&r), 0, "%s", r.err_text.ptr);
    run_free(&r);
}

static bool has_ended(pid_t pid)
{
    siginfo_t info = {0};

    return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == pid;
}

/* Its standard input stays open all the time. */
Test(opening, sigterm_ends_a_start_that_waits_for_its_configuration)
{
    struct run r;
    bool ended = false;

    run_start(&r, NULL, "run", "--config", "/dev/stdin", NULL);
    cr_expect(run_send(&r, "state: x\n", 9));
    for (int i = 0; i < 3000 && !ended; i++) {
        kill(r.pid, SIGTERM);
        poll(NULL, 0, 10);
        ended = has_ended(r.pid);
    }
    cr_expect(ended);
    cr_expect_neq(run_end(&r), 0, "%s", r.err_text.ptr);
    run_free(&r);
}
