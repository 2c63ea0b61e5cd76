/* Descriptions that a source and a sink give of themselves, and when a source may be read. */

#include "app/config/config_private.h"
#include "app/connectors/kinds.h"
#include "app/connectors/source.h"
#include "core/base/util.h"
#include "helpers/run.h"
#include "io/tail/turn_buffer.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static struct {
    struct gloss_catalogs *set;
    struct gloss_matcher *matcher;
    struct gloss_scanner *scanner;
    struct gloss_counters *counters;
    struct gloss_clock clock;
    struct config *config;
    struct source_owner owner;
    struct source *source;
    struct sink *sink;
    uint64_t taken_ino;
} t;

static bool on_taken(void *ctx, const struct source *by, uint64_t dev, uint64_t ino)
{
    (void)ctx;
    (void)by;
    (void)dev;
    return ino == t.taken_ino;
}

static int on_watch(void *ctx, const char *folder)
{
    (void)ctx;
    (void)folder;
    return -ENOSPC; /* no watch: the source has to look by the clock */
}

static bool is_watched(void *ctx, const char *folder)
{
    (void)ctx;
    (void)folder;
    return false;
}

static void make_parts(void)
{
    CLEANUP(gloss_diags_deinit) struct gloss_diags diags = {0};
    char text[512];

    snprintf(text, sizeof(text),
             "sources: [{name: app, follow: '%s/*.log'}]\nsinks: [{file: '%s/out', emit: all}]\n",
             scratch(), scratch());
    cr_assert_eq(
        config_read_text(&t.config, "a.yaml", gloss_span_str(text), &connector_kinds, &diags), 0);
    cr_assert_eq(gloss_catalogs_new(&t.set), 0);
    cr_assert_eq(gloss_catalogs_read_builtin(t.set), 0);
    cr_assert_eq(gloss_matcher_new(&t.matcher, t.set, NULL), 0);
    cr_assert_eq(gloss_scanner_new(&t.scanner, t.matcher), 0);
    cr_assert_eq(gloss_counters_new(&t.counters, t.set), 0);
    t.clock.now_ns = 1;
    t.owner = (struct source_owner){.taken = on_taken,
                                    .watch = on_watch,
                                    .is_watched = is_watched,
                                    .clock = &t.clock,
                                    .ready_fd = -1};
    cr_assert_eq(turn_buffer_new(&t.owner.buffer), 0);
}

static void connect_all(void)
{
    const struct source_context context = {t.scanner, t.counters, &t.clock};

    cr_assert_eq(sink_new(&t.sink, &t.config->sinks[0], t.set), 0);
    cr_assert_eq(sink_open(t.sink), 0);
    sink_prepare(t.sink);
    sink_settle(t.sink, /* committed= */ true);
    cr_assert_eq(source_new(&t.source, t.config, 0, &t.owner), 0);
    cr_assert_eq(source_connect(t.source, &context, t.config, 0, &t.sink), 0);
    cr_assert_eq(source_look(t.source, 1), 0);
    while (source_turn(t.source, 1, 1 << 16) > 0)
        ;
}

static void teardown(void)
{
    source_free(t.source);
    sink_free(t.sink);
    turn_buffer_free(t.owner.buffer);
    gloss_counters_free(t.counters);
    gloss_scanner_free(t.scanner);
    gloss_matcher_free(t.matcher);
    gloss_catalogs_free(t.set);
    config_free(t.config);
    scratch_remove();
}

TestSuite(source, .init = make_parts, .fini = teardown);

static void list(void *ctx, const struct source_skipped *skipped)
{
    char *text = ctx;

    sprintf(text + strlen(text), "%s: %s\n", strrchr(skipped->path, '/') + 1, skipped->reason);
}

Test(source, files_are_described_with_what_waits_and_what_is_skipped)
{
    struct source_status status;
    char skipped[256] = "";
    struct stat st;

    cr_assert_eq(stat(scratch_file("theirs.log", "x\n", 2), &st), 0);
    t.taken_ino = st.st_ino;
    scratch_file("a.log", "one\nhalf", 8);
    connect_all();
    source_describe(t.source, &status);
    cr_expect_str_eq(status.name, "app");
    cr_expect_str_eq(status.kind, "follow");
    cr_expect_eq(status.files, 1);
    cr_expect_eq(status.waiting_bytes, 4);
    cr_expect_eq(status.behind_bytes, 0);
    cr_expect_eq(status.behind_since_ns, 0);
    cr_expect_null(status.error);
    source_each_skipped(t.source, list, skipped);
    cr_expect_str_eq(skipped, "theirs.log: another source follows it\n");
}

Test(source, a_sink_is_described_with_what_waits_and_why)
{
    struct sink_status status;

    connect_all();
    sink_describe(t.sink, &status);
    cr_expect_str_eq(status.name, scratch_path("out"));
    cr_expect_str_eq(status.kind, "file");
    cr_expect(status.up);
    cr_expect_eq(status.pending_bytes, 0);
    cr_expect_null(status.error);
}

Test(source, nothing_is_read_before_the_state_knows_its_sink)
{
    const struct source_context context = {t.scanner, t.counters, &t.clock};

    scratch_file("a.log", "one\n", 4);
    cr_assert_eq(sink_new(&t.sink, &t.config->sinks[0], t.set), 0);
    cr_assert_eq(source_new(&t.source, t.config, 0, &t.owner), 0);
    cr_assert_eq(source_connect(t.source, &context, t.config, 0, &t.sink), 0);
    cr_expect(source_is_blocked(t.source), "it is not open");
    cr_assert_eq(sink_open(t.sink), 0);
    cr_expect(source_is_blocked(t.source), "a start could not cut it back");
    sink_prepare(t.sink);
    sink_settle(t.sink, /* committed= */ false);
    cr_expect(source_is_blocked(t.source));
    sink_prepare(t.sink);
    sink_settle(t.sink, /* committed= */ true);
    cr_expect_not(source_is_blocked(t.source));
}
