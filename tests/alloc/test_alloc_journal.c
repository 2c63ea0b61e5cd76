/* Memory that runs out while the journal is read and written: it is told, nothing leaks, and what
 * waits for the journal is there or was refused. */

#include "app/service/journal_source.h"
#include "core/base/util.h"
#include "core/render/journal_entry.h"
#include "helpers/journal.h"
#include "helpers/run.h"
#include "io/input/journal_reader.h"
#include "io/output/journal_writer.h"
#include "wrap.h"

#include <criterion/criterion.h>
#include <stdio.h>

TestSuite(alloc_journal, .fini = scratch_remove);

static void write_entries(void)
{
    struct journal_draft d = {0};

    journal_add(&d, "a.service", "one line", NULL);
    journal_add(&d, "a.service", "two", NULL);
    journal_write(&d, scratch_path("a.journal"));
}

static const char *const units[] = {"a.service"};

static int read_all(void *ctx)
{
    struct journal_reader_options options = {
        .folder = ctx, .units = units, .n_units = 1, .own_unit = "glossd.service"};
    CLEANUP(journal_reader_freep) struct journal_reader *j = NULL, *again = NULL;
    struct journal_entry e;
    int r = journal_reader_open(&j, &options);

    while (r == 0 && (r = journal_reader_next(j, &e)) > 0)
        r = 0;
    if (r < 0)
        return r;
    options.cursor = journal_reader_cursor(j);
    return journal_reader_open(&again, &options);
}

Test(alloc_journal, it_is_read_or_memory_ran_out)
{
    write_entries();
    cr_expect_gt(alloc_fail_each(read_all, (void *)(uintptr_t)scratch()), 4);
}

/* ---- the feed ---- */

static struct {
    struct gloss_catalogs *set;
    struct gloss_matcher *matcher;
    struct gloss_scanner *scanner;
    struct gloss_counters *counters;
} made;

static int feed_all(void *ctx)
{
    static const struct source_owner owner = {.ready_fd = -1};
    static const struct gloss_clock clock = {.now_ns = 1};
    const struct config_source source = {
        .name = "app",
        .is_journal = true,
        .journal = {.folder = ctx, .units = units, .n_units = 1, .matches = NULL, .n_matches = 0},
    };
    const struct config config = {.sources = &source, .n_sources = 1};
    const struct source_context means = {made.scanner, made.counters, &clock};
    const struct store_journal row = {
        .source = "app", .cursor = "s=0165b74cb8924cfeac1b8f61333dd84f;i=1;t=1", .offset = 7};
    struct store_journal now = {0};
    struct source *f = NULL;
    int r = source_new(&f, &source, &owner);

    if (r == 0)
        r = journal_source_remember(f->journal, &row);
    if (r == 0)
        r = source_connect(f, &means, &config, 0, /* drains= */ NULL);
    if (r == 0)
        r = journal_source_look(f->journal, 1);
    while (r == 0 && (r = journal_source_turn(f->journal, 1, 1000)) > 0)
        r = 0;
    if (r == 0 && f) {
        cr_expect(journal_source_position(f->journal, &now));
        cr_expect_eq(now.offset, 7 + strlen("one line\ntwo\n"));
    }
    source_free(f);
    return r;
}

Test(alloc_journal, a_feed_of_it_reads_or_memory_ran_out)
{
    write_entries();
    cr_assert_eq(gloss_catalogs_new(&made.set), 0);
    cr_assert_eq(gloss_catalogs_read_builtin(made.set), 0);
    cr_assert_eq(gloss_matcher_new(&made.matcher, made.set, NULL), 0);
    cr_assert_eq(gloss_scanner_new(&made.scanner, made.matcher), 0);
    cr_assert_eq(gloss_counters_new(&made.counters, made.set), 0);
    cr_expect_gt(alloc_fail_each(feed_all, (void *)(uintptr_t)scratch()), 8);
    gloss_counters_free(made.counters);
    gloss_scanner_free(made.scanner);
    gloss_matcher_free(made.matcher);
    gloss_catalogs_free(made.set);
}

/* ---- writing ---- */

static int write_twice(void *ctx)
{
    struct gloss_hit hit = {.entry = gloss_catalogs_find(ctx, gloss_span_str("BIZ_NO_MESSAGE")),
                            .text = gloss_span_str("BIZ_NO_MESSAGE")};
    const struct gloss_line line = {.text = hit.text, .hits = &hit, .n_hits = 1};
    CLEANUP(gloss_buf_deinit) struct gloss_buf entry = {0};
    struct gloss_spans spans = {0};
    struct journal_writer *s = NULL;
    int r = journal_writer_new(&s, "/nowhere/at/all");

    if (r == 0)
        r = journal_writer_open(s);
    journal_entry_write(&entry, "app", &line, &hit);
    gloss_spans_add(&spans, gloss_buf_view(&entry));
    if (r == 0)
        r = entry.failed || spans.failed ? -ENOMEM : 0;
    for (int i = 0; i < 2 && r == 0; i++) {
        r = journal_writer_write(s, &spans);
        r = r == JOURNAL_WRITER_BLOCKED ? 0 : r;
    }
    gloss_spans_deinit(&spans);
    journal_writer_free(s);
    return r;
}

Test(alloc_journal, an_entry_waits_or_memory_ran_out)
{
    CLEANUP(gloss_catalogs_freep) struct gloss_catalogs *set = NULL;

    cr_assert_eq(gloss_catalogs_new(&set), 0);
    cr_assert_eq(gloss_catalogs_read_builtin(set), 0);
    cr_expect_gt(alloc_fail_each(write_twice, set), 4);
}
