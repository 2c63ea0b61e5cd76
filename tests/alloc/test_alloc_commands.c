/* Whole commands run in this process, and each of their allocations fails in turn: a command ends
 * with status 2 and says that memory ran out, or does its work without that memory. Nothing crashes
 * and nothing leaks. */

#include "app/cli/cmds.h"
#include "core/base/util.h"
#include "helpers/counting.h"
#include "helpers/packed.h"
#include "helpers/run.h"
#include "helpers/state.h"
#include "wrap.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#define LOG \
    "first\nx BIZ_TOPIC_NOT_FOUND y ONS_SYSTEM_ERROR\nResponseCode=200 BIZ_NO_MESSAGES\nlast"
#define MAX_WORDS 12

TestSuite(alloc_commands, .fini = scratch_remove);

/* Standard output and error go to one file while a command runs. */
struct capture {
    int kept[2];
    char path[256];
};

static struct capture capture_begin(void)
{
    struct capture c;
    int fd;

    snprintf(c.path, sizeof(c.path), "%s/said", scratch());
    fd = open(c.path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    cr_assert_geq(fd, 0);
    for (int i = 0; i < 2; i++) {
        c.kept[i] = fcntl(i + 1, F_DUPFD_CLOEXEC, 3);
        dup2(fd, i + 1);
    }
    close(fd);
    return c;
}

/* The captured text, in memory that stays until the next call. */
static const char *capture_end(const struct capture *c)
{
    static char text[65536];
    FILE *file;
    size_t n;

    fflush(stdout);
    for (int i = 0; i < 2; i++) {
        dup2(c->kept[i], i + 1);
        close(c->kept[i]);
    }
    file = fopen(c->path, "rb");
    cr_assert_not_null(file);
    n = fread(text, 1, sizeof(text) - 1, file);
    fclose(file);
    text[n] = '\0';
    return text;
}

/* The result of a run in which the nth allocation was to fail. */
struct outcome {
    int status;
    bool failed; /* there were that many allocations, so one failed */
    const char *said;
};

static struct outcome run_failing_at(size_t nth, const char *const *words)
{
    char *argv[MAX_WORDS + 1] = {0};
    const struct cmd *cmd = cmd_find(words[0]);
    struct capture capture = capture_begin();
    struct outcome o;
    int argc = 0;

    cr_assert_not_null(cmd);
    for (; words[argc]; argc++)
        argv[argc] = (char *)(uintptr_t)words[argc];
    alloc_fail_at(nth);
    o.status = cmd->run(cmd, argc, argv);
    o.failed = alloc_seen() >= nth;
    alloc_fail_at(0);
    o.said = capture_end(&capture);
    return o;
}

/* Runs a command again and again, with a later allocation failing each time, until a run ends
 * before the allocation that was to fail. */
static void expect_each_failure_is_said(const char *const *words)
{
    struct outcome o = {.failed = true};
    size_t n_said = 0;

    for (size_t nth = 1; o.failed; nth++) {
        o = run_failing_at(nth, words);
        if (o.status == EXIT_OK)
            continue;
        n_said++;
        cr_expect(o.failed, "undisturbed, %s ends with %d: %s", words[0], o.status, o.said);
        cr_expect_eq(o.status, EXIT_TROUBLE, "%s, allocation %zu: %d", words[0], nth, o.status);
        cr_expect(strstr(o.said, "memory"), "%s, allocation %zu: %s", words[0], nth, o.said);
    }
    cr_expect_gt(n_said, 3, "%s allocates", words[0]);
}

Test(alloc_commands, annotate)
{
    static const char *const formats[] = {"text", "note", "json", "logfmt"};
    const char *log = scratch_file("log", LOG, strlen(LOG)), *out = scratch_path("out");

    for (size_t i = 0; i < ARRAY_SIZE(formats); i++)
        expect_each_failure_is_said((const char *const[]){"annotate", "-f", formats[i], "-ematched",
                                                          "-C1", "--only=*", "--output", out, log,
                                                          log, NULL});
}

Test(alloc_commands, annotate_what_is_packed_and_decoded)
{
    struct gloss_buf packed = {0};
    const char *log, *out = scratch_path("out");

    for (enum packer p = 0; p < N_PACKERS; p++) {
        gloss_buf_clear(&packed);
        pack(&packed, p, LOG, strlen(LOG));
        log = scratch_file("log", packed.ptr, packed.len);
        expect_each_failure_is_said((const char *const[]){"annotate", "--encoding=gbk", "--summary",
                                                          "--output", out, log, NULL});
    }
    gloss_buf_deinit(&packed);
}

Test(alloc_commands, summary)
{
    static const char *const formats[] = {"table", "json", "csv", "prometheus"};
    const char *log = scratch_file("log", LOG, strlen(LOG));

    for (size_t i = 0; i < ARRAY_SIZE(formats); i++)
        expect_each_failure_is_said((const char *const[]){"summary", "-f", formats[i], log, NULL});
}

/* Makes a state that has counted the lines of LOG, with their history. Returns its path. */
static const char *a_state(void)
{
    struct gloss_catalogs *set = counting_catalogs("catalog: shop\nfamily: 'BIZ_[A-Z_]+'\ncodes:\n"
                                                   "  BIZ_NO_STOCK: {cause: c, solution: s}\n");
    struct gloss_counters *counters;
    struct store *s = state_open();

    cr_assert_eq(gloss_counters_new(&counters, set), 0);
    cr_assert_eq(store_load_counters(s, counters), 0);
    cr_assert_eq(counting_add(counters, "app", "BIZ_NO_STOCK BIZ_NEWER\n", NULL), 0);
    cr_assert_eq(store_begin(s), 0);
    cr_assert_eq(store_put_counters(s, counters, NULL), 0);
    cr_assert_eq(store_commit(s, STATE_NOW_NS), 0);
    store_free(s);
    gloss_counters_free(counters);
    gloss_catalogs_free(set);
    return state_path();
}

Test(alloc_commands, summary_of_a_state)
{
    const char *state = a_state();

    expect_each_failure_is_said((const char *const[]){"summary", "--state", state, NULL});
    expect_each_failure_is_said(
        (const char *const[]){"summary", "--state", state, "--since=2026-11-23", "-fjson", NULL});
}

Test(alloc_commands, catalog_and_explain)
{
    static const char yaml[] = "catalog: mine\nfamily: 'MY_[A-Z]+'\ncodes:\n  MY_CODE:\n"
                               "    pattern: 'MY_(?<what>CODE)'\n    cause: This {what}.\n"
                               "    solution: That.\n";
    const char *file = scratch_file("mine.yaml", yaml, strlen(yaml));

    expect_each_failure_is_said((const char *const[]){"catalog", "check", file, NULL});
    expect_each_failure_is_said((const char *const[]){"explain", "MY_CODE", "-c", file, NULL});
}
