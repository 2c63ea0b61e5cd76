/* Memory runs out while the journal is read and written: the result is -ENOMEM, nothing leaks, and
 * an entry waits for the journal or was refused. */

#include "app/config/config_private.h"
#include "app/connectors/kinds.h"
#include "app/connectors/source.h"
#include "core/base/util.h"
#include "core/render/journal_entry.h"
#include "helpers/journal.h"
#include "helpers/run.h"
#include "helpers/state.h"
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

/* ---- the source ---- */

static struct {
    struct gloss_catalogs *set;
    struct gloss_matcher *matcher;
    struct gloss_scanner *scanner;
    struct gloss_counters *counters;
    struct config *config;
    struct store *store;
} made;

static int read_source(void *ctx)
{
    static const struct source_owner owner = {.ready_fd = -1};
    static const struct gloss_clock clock = {.now_ns = 1};
    const struct source_context context = {made.scanner, made.counters, &clock};
    struct source *s = NULL;
    int r = source_new(&s, made.config, 0, &owner);

    (void)ctx;
    if (r == 0)
        r = source_restore(s, made.store);
    if (r == 0)
        r = source_connect(s, &context, made.config, 0, /* sinks= */ NULL);
    if (r == 0)
        r = source_look(s, 1);
    while (r == 0 && (r = source_turn(s, 1, 1000)) > 0)
        r = 0;
    if (r == 0)
        cr_expect_eq(s->bytes, strlen("one line\ntwo\n"));
    source_free(s);
    return r;
}

static void read_config(void)
{
    CLEANUP(gloss_diags_deinit) struct gloss_diags diags = {0};
    char text[512];

    snprintf(text, sizeof(text),
             "sources:\n  - {name: app, journal: {folder: %s, units: [a.service]}}\n", scratch());
    cr_assert_eq(
        config_read_text(&made.config, "a.yaml", gloss_span_str(text), &connector_kinds, &diags),
        0);
}

/* Makes a state with a cursor whose entry does not exist any more. */
static void make_state(void)
{
    const struct store_cursor row = {
        .source = "app", .key = "", .cursor = "s=0165b74cb8924cfeac1b8f61333dd84f;i=1;t=1"};

    made.store = state_open();
    cr_assert_eq(store_begin(made.store), 0);
    cr_assert_eq(store_put_cursor(made.store, &row), 0);
    cr_assert_eq(store_commit(made.store, STATE_NOW_NS), 0);
}

Test(alloc_journal, a_source_of_it_reads_or_memory_ran_out)
{
    write_entries();
    read_config();
    make_state();
    cr_assert_eq(gloss_catalogs_new(&made.set), 0);
    cr_assert_eq(gloss_catalogs_read_builtin(made.set), 0);
    cr_assert_eq(gloss_matcher_new(&made.matcher, made.set, NULL), 0);
    cr_assert_eq(gloss_scanner_new(&made.scanner, made.matcher), 0);
    cr_assert_eq(gloss_counters_new(&made.counters, made.set), 0);
    cr_expect_gt(alloc_fail_each(read_source, NULL), 8);
    gloss_counters_free(made.counters);
    gloss_scanner_free(made.scanner);
    gloss_matcher_free(made.matcher);
    gloss_catalogs_free(made.set);
    config_free(made.config);
    store_free(made.store);
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
