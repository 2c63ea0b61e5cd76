/* Configurations are read and globs expanded, and each allocation fails in turn: the result is
 * -ENOMEM, and nothing leaks. */

#include "app/config/config.h"
#include "app/connectors/kinds.h"
#include "core/base/util.h"
#include "helpers/run.h"
#include "io/files/glob.h"
#include "wrap.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

TestSuite(alloc_config, .fini = scratch_remove);

static const char good[] =
    "state: %1$s/s.db\ncatalogs: [aliyun-mqtt]\nsources:\n"
    "  - {name: a, follow: '%1$s/**/*.log', exclude: ['*.tmp']}\n"
    "  - {follow: '%1$s/one/*.txt', encoding: gbk}\n"
    "  - journal: {units: [a.service], matches: [A=b], folder: %1$s}\n"
    "sinks:\n  - {name: x, file: %1$s/out, sources: [a]}\n"
    "  - {stdout: true}\n  - {journal: true}\ncounters: {file: %1$s/counters}\n";

static const char bad[] = "state: s.db\ncatalogs: [/no/thing]\nsources:\n"
                          "  - {name: a, follow: '%1$s/**/*.log', exclude: [x/y], encoding: no}\n"
                          "  - {follow: '%1$s/one/*.log', start: no, rotate_wait: 5}\n"
                          "  - {name: j, journal: {units: [a], matches: [b]}, max_line: 1MiB}\n"
                          "sinks:\n  - {name: x, file: %1$s/new.log, sources: [b]}\n"
                          "  - {name: x, file: /no/thing/x}\nhttp: {listen: x}\nzebra: 1\n";

static const char *write_config(const char *format)
{
    char text[4096];

    cr_assert_eq(mkdir(scratch_path("one"), 0755), 0);
    scratch_file("a.log", "x", 1);
    scratch_file("one/b.log", "x", 1);
    snprintf(text, sizeof(text), format, scratch());
    return scratch_file("own.yaml", text, strlen(text));
}

/* Reads a file and writes its mistakes. */
static int check(void *ctx)
{
    CLEANUP(gloss_diags_deinit) struct gloss_diags d = {0};
    CLEANUP(gloss_buf_deinit) struct gloss_buf text = {0};
    CLEANUP(config_freep) struct config *c = NULL;
    int r = config_read(&c, ctx, &connector_kinds, &d);

    for (size_t i = 0; r >= 0 && i < d.n; i++)
        gloss_diag_format(&d.items[i], &text);
    if (r < 0)
        return r;
    return text.failed ? -ENOMEM : 0;
}

Test(alloc_config, a_good_configuration_is_read_or_memory_ran_out)
{
    cr_expect_gt(alloc_fail_each(check, (void *)(uintptr_t)write_config(good)), 20);
}

Test(alloc_config, a_bad_configuration_is_diagnosed_or_memory_ran_out)
{
    cr_expect_gt(alloc_fail_each(check, (void *)(uintptr_t)write_config(bad)), 40);
}

static int walk(void *ctx)
{
    CLEANUP(glob_found_deinit) struct glob_found found = {0};

    return glob_expand(&found, ctx, NULL, 0, &(struct link_policy){0});
}

Test(alloc_config, a_glob_finds_or_memory_ran_out)
{
    char pattern[512];

    write_config(good);
    cr_assert_eq(symlink("self.log", scratch_path("self.log")), 0);
    snprintf(pattern, sizeof(pattern), "%s/**/*.log", scratch());
    cr_expect_gt(alloc_fail_each(walk, pattern), 5);
}
