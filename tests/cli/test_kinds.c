/* A kind of source and one of sink that the program does not know (tests/toy) run through it: the
 * configuration, the service, checkpoints, deaths, a reload, status, state, verify. */

#include "core/base/util.h"
#include "helpers/service.h"
#include "helpers/state.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <gloss/buf.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define LINES "50000"
#define HEAD "state: '@/state.db'\ncheckpoint: {interval: 20ms}\n"
#define TOYS HEAD "sources: [{toy: " LINES "}]\nsinks: [{toy_out: '@/out', emit: all}]\n"
#define DEADLINE_S 60

static void use_toys(void)
{
    setenv("GLOSSD_PLAIN", getenv("GLOSSD_BIN"), /* overwrite= */ 1);
    setenv("GLOSSD_BIN", getenv("GLOSSD_TOY"), /* overwrite= */ 1);
}

TestSuite(kinds, .init = use_toys, .fini = scratch_remove);

/* Each line once, in its order: said by a loop that knows nothing of the program. */
static void expect_lines(const char *name, unsigned long n)
{
    FILE *f = fopen(scratch_path(name), "r");
    char line[512];
    unsigned long i = 0, number;

    cr_assert_not_null(f);
    while (fgets(line, sizeof(line), f)) {
        cr_assert_eq(sscanf(line, "toy %lu BIZ_NO_MESSAGE  #", &number), 1, "%s", line);
        cr_assert_eq(number, ++i, "line %lu is %s", i, line);
    }
    fclose(f);
    cr_expect_eq(i, n);
}

static void expect_counted(const char *wanted)
{
    struct run r;

    RUN(&r, NULL, "", "summary", "--format", "json", "--state", scratch_path("state.db"));
    cr_expect_not_null(strstr(r.out_text.ptr, wanted), "%s", r.out_text.ptr);
    run_free(&r);
}

static bool grows_beyond(const char *name, size_t size)
{
    for (time_t end = time(NULL) + DEADLINE_S; time(NULL) < end; poll(NULL, 0, 1)) {
        CLEANUP(freep) char *text = service_text(name);

        if (strlen(text) > size)
            return true;
    }
    return false;
}

static void kill_at(struct run *r, const char *name, size_t size)
{
    cr_assert(grows_beyond(name, size));
    kill(r->pid, SIGKILL);
    cr_expect_eq(run_end(r), 128 + SIGKILL);
    run_free(r);
}

Test(kinds, each_line_is_there_once_across_deaths_and_is_counted_once)
{
    const char *config = service_config(TOYS);
    struct run r;

    for (size_t size = 100000; size <= 1000000; size += 300000) {
        service_start(&r, config);
        kill_at(&r, "out", size);
    }
    service_start(&r, config);
    cr_assert(service_comes_to("out", "toy " LINES " BIZ_NO_MESSAGE"));
    service_stop(&r);
    expect_lines("out", 50000);
    expect_counted("\"lines\": " LINES ", \"matched_lines\": " LINES ", \"hits\": " LINES);
}

Test(kinds, a_reload_hands_them_over)
{
    const char *config = service_config(TOYS);
    struct run r;

    service_start(&r, config);
    cr_assert(grows_beyond("out", 100000));
    service_config(HEAD "sources: [{toy: 60000}, {follow: '@/a.log'}]\n"
                        "sinks: [{toy_out: '@/out', emit: all, sources: [toy]}]\n");
    kill(r.pid, SIGHUP);
    cr_assert(run_hears_error(&r, "reloaded"), "%s", r.err_text.ptr);
    cr_assert(service_comes_to("out", "toy " LINES " BIZ_NO_MESSAGE"));
    service_stop(&r);
    service_start(&r, config);
    service_stop(&r);
    expect_counted("\"source\": \"toy\"");
}

Test(kinds, state_and_verify_know_their_positions)
{
    const char *config = service_config(TOYS);
    struct run r;

    service_run(config, "out", "toy " LINES " BIZ_NO_MESSAGE");
    cr_expect_eq(RUN(&r, NULL, "", "state", "show", "--config", config), 0);
    cr_expect_not_null(strstr(r.out_text.ptr, "TOY OF"), "%s", r.out_text.ptr);
    cr_expect_not_null(strstr(r.out_text.ptr, LINES), "%s", r.out_text.ptr);
    run_free(&r);
    cr_expect_eq(RUN(&r, NULL, "", "verify", "--config", config), 0, "%s", r.out_text.ptr);
    cr_expect_not_null(
        strstr(r.out_text.ptr, "toy of toy: agrees: the entry that was read last is there"), "%s",
        r.out_text.ptr);
    cr_expect_not_null(strstr(r.out_text.ptr, "a toy is not played with again"), "%s",
                       r.out_text.ptr);
    run_free(&r);
    cr_expect_eq(RUN(&r, NULL, "", "state", "forget", "toy", "--config", config), 0);
    run_free(&r);
    cr_expect_eq(RUN(&r, NULL, "", "state", "show", "toy", "--config", config), 2);
    run_free(&r);
}

Test(kinds, the_configuration_names_them_and_refuses_keys_of_others)
{
    static const struct {
        const char *text, *said;
    } cases[] = {
        {"sources: [{name: x}]\n", "a source needs 'follow' or 'toy'"},
        {"sources: [{toy: 5, follow: /a}]\n", "a source has 'follow' or 'toy', not both"},
        {"sources: [{toy: 5, exclude: ['*']}]\n",
         "'exclude' is for files, and this source is a toy; remove it"},
        {"sources: [{toy: 5, max_line: 2KiB}]\n", "'max_line' is for files"},
        {"sources: [{toi: 5}]\n", "did you mean 'toy'?"},
        {"sources: [{toy: 5}]\nsinks: [{name: x}]\n", "a sink needs 'file' or 'toy_out'"},
    };
    struct run r;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        cr_expect_eq(RUN(&r, NULL, "", "check", "--color", "never", "--config",
                         service_config(cases[i].text)),
                     2);
        cr_expect_not_null(strstr(r.err_text.ptr, cases[i].said), "%s\nsays\n%s", cases[i].text,
                           r.err_text.ptr);
        run_free(&r);
    }
}

/* ---- status ---- */

static int listen_to_notifications(char *variable, size_t size)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    snprintf(at.sun_path, sizeof(at.sun_path), "%s", scratch_path("notify"));
    cr_assert_eq(bind(fd, (const struct sockaddr *)&at, sizeof(at)), 0);
    snprintf(variable, size, "NOTIFY_SOCKET=%s", at.sun_path);
    return fd;
}

Test(kinds, the_status_speaks_of_them)
{
    char variable[256], got[1024];
    const char *env[] = {variable, NULL};
    struct run_options options = {.env = env};
    int fd = listen_to_notifications(variable, sizeof(variable));
    bool heard = false;
    struct run r;

    run_start(&r, &options, "run", "--config", service_config(TOYS), NULL);
    for (time_t end = time(NULL) + DEADLINE_S; !heard && time(NULL) < end;) {
        struct pollfd wait = {.fd = fd, .events = POLLIN};
        ssize_t n = poll(&wait, 1, 1000) > 0 ? recv(fd, got, sizeof(got) - 1, 0) : 0;

        got[MAX(n, 0)] = '\0';
        heard = strstr(got, "STATUS=Following 0 files and a toy, " LINES " lines read") &&
                strstr(got, "Degraded: 'toy' has nothing more to play with");
    }
    cr_expect(heard, "the last one: %s", got);
    service_stop(&r);
    close(fd);
}

/* ---- groups ---- */

/* Asked of SQLite's own shell. */
static bool comes_to_be_counted(const char *sql, const char *wanted)
{
    for (time_t end = time(NULL) + DEADLINE_S; time(NULL) < end; poll(NULL, 0, 20))
        if (STREQ(state_sql(scratch_path("state.db"), sql), wanted))
            return true;
    return false;
}

static size_t size_of(const char *name)
{
    CLEANUP(freep) char *text = service_text(name);

    return strlen(text);
}

/* One group is held up by its sink, first from the start on, then while it is written to: nothing
 * of it is committed, and all of the other's. */
Test(kinds, a_group_waits_while_another_goes_on)
{
    static const char config[] =
        HEAD "sources: [{name: held, toy: 5000}, {name: free, toy: 5001}]\n"
             "sinks: [{toy_out: '@/held', emit: all, sources: [held]},\n"
             "        {toy_out: '@/free', emit: all, sources: [free]}]\n"
             "counters: {interval: 1s, file: '@/counters'}\n";
    const char *path = service_config(config);
    struct run r;

    service_append("held.hold", "");
    service_start(&r, path);
    cr_assert(service_comes_to("free", "toy 5001 BIZ_NO_MESSAGE"));
    cr_expect(comes_to_be_counted("SELECT hits FROM sources WHERE name = 'free'", "5001"));
    expect_counted("\"hits\": 5001, \"successes\"");
    cr_expect_eq(size_of("held"), 0, "nothing is written that a start could not cut back");
    unlink(scratch_path("held.hold"));
    cr_assert(service_comes_to("held", "toy 100 BIZ_NO_MESSAGE"));
    service_append("held.hold", "");
    cr_assert(service_comes_to("held", "toy 5000 BIZ_NO_MESSAGE"));
    kill(r.pid, SIGKILL);
    run_end(&r);
    run_free(&r);
    unlink(scratch_path("held.hold"));
    service_start(&r, path);
    cr_assert(service_comes_to("held", "toy 5000 BIZ_NO_MESSAGE"));
    service_stop(&r);
    expect_lines("held", 5000);
    expect_lines("free", 5001);
    expect_counted("\"hits\": 10001, \"successes\"");
}

/* A line that is half out, to a reader that takes nothing, holds up its own group alone. */
Test(kinds, an_overlong_line_that_is_half_out_holds_up_its_own_group_alone)
{
    static const char config[] =
        HEAD "sources: [{name: long, follow: '@/long.log', max_line: 64KiB},\n"
             "          {name: other, follow: '@/other.log'}]\n"
             "sinks: [{stdout: true, emit: all, sources: [long]},\n"
             "        {file: '@/out', emit: all, sources: [other]}]\n";
    struct run_options options = {.stdout_path = scratch_path("reader")};
    struct gloss_buf line = {0};
    struct run r;
    int reader;

    setenv("GLOSSD_BIN", getenv("GLOSSD_PLAIN"), /* overwrite= */ 1);
    cr_assert_eq(mkfifo(options.stdout_path, 0600), 0);
    reader = open(options.stdout_path, O_RDWR | O_CLOEXEC);
    memset(gloss_buf_room(&line, 4 << 20), 'x', 4 << 20);
    line.len = 4 << 20;
    gloss_buf_str(&line, "\n");
    gloss_buf_char(&line, '\0');
    service_append("long.log", line.ptr);
    service_append("other.log", "one\n");
    run_start(&r, &options, "run", "--config", service_config(config), NULL);
    cr_assert(service_comes_to("out", "one\n"));
    service_append("other.log", "two\n");
    cr_assert(service_comes_to("out", "two\n"));
    cr_expect(comes_to_be_counted("SELECT lines FROM sources WHERE name = 'other'", "2"));
    kill(r.pid, SIGKILL);
    run_end(&r);
    run_free(&r);
    close(reader);
    gloss_buf_deinit(&line);
}
