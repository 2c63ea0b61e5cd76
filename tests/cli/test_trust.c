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
