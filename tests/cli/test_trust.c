/* Attacks of somebody who owns a folder that the service follows, each of which the service
 * withstands: docs/SECURITY.md lists them. */

#include "core/base/util.h"
#include "helpers/json.h"
#include "helpers/packed.h"
#include "helpers/service.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define WORD "x BIZ_NO_MESSAGE"
#define HIT WORD "\n"

TestSuite(trust, .fini = scratch_remove);

/* ---- helpers ---- */

static size_t count(const char *text, const char *word)
{
    size_t n = 0;

    for (const char *at = text; (at = strstr(at, word)); at += strlen(word))
        n++;
    return n;
}

/* How often a word is in a file. */
static size_t count_in(const char *name, const char *word)
{
    CLEANUP(freep) char *text = service_text(name);

    return count(text, word);
}

static void expect_skipped(const char *config, const char *path, const char *why)
{
    char wanted[512];
    struct run r;

    snprintf(wanted, sizeof(wanted), "\"path\": \"%s\", \"reason\": \"%s", path, why);
    cr_expect_eq(RUN(&r, NULL, "", "state", "show", "--config", config, "--format=json"), 0, "%s",
                 r.err_text.ptr);
    cr_expect_null(json_error(gloss_span(r.out_text.ptr, r.out_text.len - 1)));
    cr_expect(strstr(r.out_text.ptr, wanted), "no %s in\n%s", wanted, r.out_text.ptr);
    run_free(&r);
}

static bool hears_ours(struct run *r, const char *name)
{
    char text[512];

    snprintf(text, sizeof(text), "skips '%s': glossd itself writes it", scratch_path(name));
    return run_hears_error(r, text);
}

/* ---- what glossd itself has written ---- */

#define GLOB                                       \
    "state: '@/state.db'\n"                        \
    "sources: [{name: app, follow: '@/logs/*'}]\n" \
    "sinks: [{file: '@/logs/out.log'}]\n"

static void copy_file(const char *from, const char *to, bool packs)
{
    CLEANUP(freep) char *text = service_text(from);
    CLEANUP(gloss_buf_deinit) struct gloss_buf packed = {0};

    if (packs) {
        pack(&packed, PACKER_GZIP, text, strlen(text));
        scratch_file(to, packed.ptr, packed.len);
    } else {
        scratch_file(to, text, strlen(text));
    }
}

/* Whether a file of that name comes to be there. */
static bool comes(const char *name)
{
    for (time_t end = time(NULL) + 30; time(NULL) < end; poll(NULL, 0, 2))
        if (access(scratch_path(name), F_OK) == 0)
            return true;
    return false;
}

/* The sink is excluded by its name, as `check` once advised, and then rotated into the glob:
 * renamed, copied, compressed. 3.9 GB came of that in 6 s. */
Test(trust, a_rotated_sink_in_the_glob_is_not_read_back)
{
    const char *config;
    struct run r;

    cr_assert_eq(mkdir(scratch_path("logs"), 0755), 0);
    config = service_config(GLOB);
    service_append("logs/a.log", "1 " HIT);
    service_start(&r, config);
    cr_expect(hears_ours(&r, "logs/out.log"));
    cr_expect(service_comes_to("logs/out.log", "1 x"));
    cr_assert_eq(rename(scratch_path("logs/out.log"), scratch_path("logs/out.log.1")), 0);
    cr_expect(hears_ours(&r, "logs/out.log.1"));
    copy_file("logs/out.log.1", "logs/out.log.2", false);
    cr_expect(hears_ours(&r, "logs/out.log.2"));
    copy_file("logs/out.log.1", "logs/out.log.3.gz", true);
    cr_expect(hears_ours(&r, "logs/out.log.3.gz"));
    cr_expect(comes("logs/out.log"), "it is opened anew");
    service_append("logs/a.log", "2 " HIT);
    cr_expect(service_comes_to("logs/out.log", "2 x"));
    service_stop(&r);

    service_start(&r, config); /* what was rotated away stays ours */
    cr_expect(hears_ours(&r, "logs/out.log.1"));
    cr_expect(hears_ours(&r, "logs/out.log.3.gz"));
    service_append("logs/a.log", "3 " HIT);
    cr_expect(service_comes_to("logs/out.log", "3 x"));
    service_stop(&r);
    cr_expect_eq(count_in("logs/out.log.1", WORD), 1u);
    cr_expect_eq(count_in("logs/out.log", WORD), 2u);
    expect_skipped(config, scratch_path("logs/out.log"), "glossd itself writes it");
}

/* logrotate's copytruncate: the copy is younger than the sink, and the sink begins anew in place.
 */
Test(trust, a_copy_of_a_sink_that_was_then_cut_is_not_read_back)
{
    const char *config;
    struct run r;

    cr_assert_eq(mkdir(scratch_path("logs"), 0755), 0);
    config = service_config(GLOB);
    service_append("logs/a.log", "1 " HIT);
    service_start(&r, config);
    cr_expect(service_comes_to("logs/out.log", "1 x"));
    copy_file("logs/out.log", "logs/out.log.1", false);
    cr_assert_eq(truncate(scratch_path("logs/out.log"), 0), 0);
    cr_expect(hears_ours(&r, "logs/out.log.1"));
    service_append("logs/a.log", "2 " HIT);
    cr_expect(service_comes_to("logs/out.log", "2 x"));
    service_stop(&r);
    service_start(&r, config);
    cr_expect(hears_ours(&r, "logs/out.log.1"));
    service_append("logs/a.log", "3 " HIT);
    cr_expect(service_comes_to("logs/out.log", "3 x"));
    service_stop(&r);
    cr_expect_eq(count_in("logs/out.log", WORD), 2u);
}

/* Another file may be called like a rotated sink, or have the inode of one that was deleted. */
Test(trust, a_log_that_is_called_like_a_rotated_sink_is_read)
{
    const char *config;

    cr_assert_eq(mkdir(scratch_path("logs"), 0755), 0);
    config = service_config(GLOB);
    service_append("logs/a.log", "1 " HIT);
    service_append("logs/out.log.txt", "another 2 " HIT);
    service_run(config, "logs/out.log", "another 2");
    cr_expect_eq(count_in("logs/out.log", WORD), 2u);
}

/* A link to state.db.lock, closed again, dropped the lock: a second service began, and each line
 * came twice. Any of these names may be given to a source. */
Test(trust, other_names_of_sink_counters_state_and_lock_are_left_alone)
{
    static const char *const files[] = {"out", "counters", "state.db", "state.db.lock",
                                        "state.db.backup"};
    const char *config;
    struct run r, second;

    cr_assert_eq(mkdir(scratch_path("logs"), 0755), 0);
    config = service_config("state: '@/state.db'\n"
                            "sources: [{name: app, follow: '@/logs/*'}]\n"
                            "sinks: [{file: '@/out'}]\n"
                            "counters: {file: '@/counters', interval: 1s}\n");
    service_run(config, "out", "");
    for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
        char name[64];

        snprintf(name, sizeof(name), "logs/link-%s", files[i]);
        cr_assert_eq(symlink(scratch_path(files[i]), scratch_path(name)), 0);
        snprintf(name, sizeof(name), "logs/hard-%s", files[i]);
        cr_assert_eq(link(scratch_path(files[i]), scratch_path(name)), 0);
    }
    service_append("logs/a.log", "1 " HIT);
    service_start(&r, config);
    cr_expect(service_comes_to("out", "1 x"));
    for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
        char name[64];

        snprintf(name, sizeof(name), "logs/link-%s", files[i]);
        expect_skipped(config, scratch_path(name), "glossd itself writes it");
    }
    cr_expect_eq(RUN(&second, NULL, "", "run", "--config", config), 2, "the lock holds");
    run_free(&second);
    service_append("logs/a.log", "2 " HIT);
    cr_expect(service_comes_to("out", "2 x"));
    kill(r.pid, SIGHUP);
    cr_expect(run_hears_error(&r, "reloaded"));
    service_stop(&r);
    cr_expect_eq(count_in("out", WORD), 2u);
}

/* ---- links ---- */

Test(trust, links_are_a_word_or_a_list_of_users)
{
    static const struct {
        const char *links, *error; /* NULL: it is right */
    } cases[] = {
        {"owner", NULL},
        {"[root, '4711']", NULL},
        {"ownr", "did you mean 'owner'?"},
        {"[]", "is an empty list"},
        {"[no-such-user-here]", "names the user 'no-such-user-here', and there is none"},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char text[512];
        struct run r;

        snprintf(text, sizeof(text), "state: '@/db'\nsources: [{follow: '@/*.log', links: %s}]\n",
                 cases[i].links);
        cr_expect_eq(RUN(&r, NULL, "", "check", "--config", service_config(text)),
                     cases[i].error ? 2 : 0, "%s: %s", cases[i].links, r.err_text.ptr);
        cr_expect(!cases[i].error || strstr(r.err_text.ptr, cases[i].error), "%s: %s",
                  cases[i].links, r.err_text.ptr);
        run_free(&r);
    }
}

#define SERVICE 4001
#define MALLORY 4002

static const struct run_options as_service = {.user = SERVICE, .group = SERVICE};

static void give(const char *name, uid_t user, gid_t group, mode_t mode)
{
    cr_assert_eq(lchown(scratch_path(name), user, group), 0, "%s", name);
    cr_assert_eq(chmod(scratch_path(name), mode), 0, "%s", name);
}

static void folder(const char *name, uid_t user)
{
    cr_assert_eq(mkdir(scratch_path(name), 0755), 0, "%s", name);
    give(name, user, user, 0755);
}

/* A link that belongs to somebody. */
static void add_link(const char *to, const char *name, uid_t user)
{
    cr_assert_eq(symlink(to, scratch_path(name)), 0, "%s", name);
    cr_assert_eq(lchown(scratch_path(name), user, user), 0, "%s", name);
}

/* secret/: root's files, which the service may read and Mallory may not. app/: Mallory's folder,
 * which the service follows. own/: the service's. */
static void make_tree(void)
{
    if (geteuid() != 0)
        cr_skip_test("to be somebody else needs root");
    cr_assert_eq(chmod(scratch(), 0755), 0);
    folder("own", SERVICE);
    folder("secret", 0);
    folder("app", MALLORY);
    service_append("secret/auth.log", "secret " HIT);
    give("secret/auth.log", 0, SERVICE, 0640);
    service_append("app/app.log", "honest " HIT);
    give("app/app.log", MALLORY, MALLORY, 0644);
}

static const char *config_of(const char *sources)
{
    char text[1024];

    snprintf(text, sizeof(text), "state: '@/own/state.db'\nsinks: [{file: '@/own/out'}]\n%s\n",
             sources);
    return service_config(text);
}

/* Runs the service as its own user until it has read an honest line that comes last, and one more
 * text. */
static void run_until_honest(const char *config, const char *more)
{
    struct run r;

    chmod(config, 0644);
    run_start(&r, &as_service, "run", "--config", config, NULL);
    cr_assert(run_hears_error(&r, "started with"), "%s", r.err_text.len ? r.err_text.ptr : "");
    service_append("app/app.log", "last " HIT);
    cr_expect(service_comes_to("own/out", "last x"));
    cr_expect(service_comes_to("own/out", more));
    kill(r.pid, SIGHUP); /* nor does a reload fail */
    cr_expect(run_hears_error(&r, "reloaded"), "%s", r.err_text.ptr);
    service_stop(&r);
    cr_expect_eq(count_in("own/out", "last x"), 1u);
    cr_expect_eq(count_in("own/out", "honest x"), 1u);
}

/* `ln -s ../secret/auth.log app/x.log`: its matched lines came out. */
Test(trust, a_link_to_a_file_that_its_owner_may_not_read_is_not_followed)
{
    const char *config;

    make_tree();
    add_link("../secret/auth.log", "app/x.log", MALLORY);
    config = config_of("sources: [{name: app, follow: '@/app/*.log'}]");
    run_until_honest(config, "honest x");
    cr_expect_eq(count_in("own/out", "secret"), 0u);
    expect_skipped(config, scratch_path("app/x.log"), "the link 'x.log' on the way to it belongs");

    cr_assert_eq(unlink(scratch_path("own/out")), 0);
    cr_assert_eq(unlink(scratch_path("own/state.db")), 0);
    cr_assert_eq(unlink(scratch_path("own/state.db.backup")), 0);
    config = config_of("sources: [{name: app, follow: '@/app/x.log', links: all}]");
    chmod(config, 0644);
    {
        struct run r;

        run_start(&r, &as_service, "run", "--config", config, NULL);
        cr_expect(service_comes_to("own/out", "secret x"), "whoever allows it has it");
        service_stop(&r);
    }
}

/* `logs -> ../secret`: a link in the part of the path that has no wildcard, and in one that has. */
Test(trust, a_link_before_the_last_part_of_a_path_is_not_followed)
{
    const char *config;

    make_tree();
    add_link("../secret", "app/logs", MALLORY);
    config = config_of("sources: [{name: app, follow: '@/app/app.log'},"
                       " {name: plain, follow: '@/app/logs/auth.log'},"
                       " {name: glob, follow: '@/app/*/auth.log'},"
                       " {name: both, follow: '@/app/logs/*.log'}]");
    run_until_honest(config, "honest x");
    cr_expect_eq(count_in("own/out", "secret"), 0u);
    expect_skipped(config, scratch_path("app/logs/auth.log"), "the link 'logs'");
    expect_skipped(config, scratch_path("app/logs"), "the link 'logs'");
}

/* A FIFO of the source is replaced by a link to root's FIFO. */
Test(trust, a_fifo_that_became_a_link_to_a_fifo_of_root_is_not_read)
{
    const char *config;
    int fd;

    make_tree();
    cr_assert_eq(mkfifo(scratch_path("secret/fifo"), 0640), 0);
    give("secret/fifo", 0, SERVICE, 0640);
    add_link("../secret/fifo", "app/fifo", MALLORY);
    fd = open(scratch_path("secret/fifo"), O_RDWR | O_NONBLOCK | O_CLOEXEC);
    cr_assert_eq(write(fd, "secret " HIT, strlen("secret " HIT)), (ssize_t)strlen("secret " HIT));
    config = config_of("sources: [{name: app, follow: '@/app/app.log'},"
                       " {name: pipe, fifo: '@/app/fifo'}]");
    run_until_honest(config, "honest x");
    close(fd);
    cr_expect_eq(count_in("own/out", "secret"), 0u);
    expect_skipped(config, scratch_path("app/fifo"), "the link 'fifo' on the way to it belongs");
}

/* What the service itself has open is no log: /proc/self/maps, /dev/stderr. */
Test(trust, links_into_proc_are_not_followed)
{
    const char *config;

    make_tree();
    add_link("/proc/self/maps", "app/maps.log", MALLORY);
    add_link("/dev/stderr", "app/stderr.log", MALLORY);
    add_link("/dev/null", "app/null.log", MALLORY);
    config = config_of("sources: [{name: app, follow: '@/app/*.log', links: all}]");
    run_until_honest(config, "honest x");
    expect_skipped(config, scratch_path("app/maps.log"), "the link 'self' on the way to it is in");
    expect_skipped(config, scratch_path("app/null.log"), "it is a device");
}

/* A link to the sink, or to another source's file, ended `run` with 2 and made a reload fail. */
Test(trust, links_to_the_sink_and_to_a_file_of_another_source_stop_nothing)
{
    const char *config;

    make_tree();
    folder("web", MALLORY);
    service_append("web/web.log", "web " HIT);
    give("web/web.log", MALLORY, MALLORY, 0644);
    service_append("own/out", "");
    give("own/out", SERVICE, SERVICE, 0640);
    add_link("../own/out", "app/loop.log", MALLORY);
    add_link("../web/web.log", "app/web.log", MALLORY);
    config = config_of("sources: [{name: web, follow: '@/web/*.log'},"
                       " {name: app, follow: '@/app/*.log'}]");
    run_until_honest(config, "web x");
    cr_expect_eq(count_in("own/out", "web x"), 1u, "it is out once");
    expect_skipped(config, scratch_path("app/loop.log"), "the link 'loop.log'");
    expect_skipped(config, scratch_path("app/web.log"), "another source follows it");
}

/* The links in /var/log/containers lead to /var/log/pods, and those there to Docker's folder: all
 * of it root's. */
Test(trust, the_links_of_kubernetes_and_docker_are_followed)
{
    make_tree();
    folder("containers", 0);
    folder("pods", 0);
    folder("pods/default_web_6f1c", 0);
    folder("docker", 0);
    folder("docker/3fa9", 0);
    service_append("docker/3fa9/3fa9-json.log", "pod " HIT);
    give("docker/3fa9/3fa9-json.log", 0, SERVICE, 0640);
    add_link(scratch_path("pods/default_web_6f1c/0.log"), "containers/web_default_3fa9.log", 0);
    add_link(scratch_path("docker/3fa9/3fa9-json.log"), "pods/default_web_6f1c/0.log", 0);
    run_until_honest(config_of("sources: [{name: app, follow: '@/app/app.log'},"
                               " {name: pods, follow: '@/containers/*.log'}]"),
                     "pod x");
    cr_expect_eq(count_in("own/out", "pod x"), 1u);
}
