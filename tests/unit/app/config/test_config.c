/* The configuration: the struct that a good one becomes, and the message and position of each
 * mistake. */

#include "app/common/units.h"
#include "app/config/config.h"
#include "app/config/config_private.h"
#include "app/connectors/file_sink.h"
#include "app/connectors/file_source.h"
#include "app/connectors/journal_sink.h"
#include "app/connectors/journal_source.h"
#include "app/connectors/kinds.h"
#include "app/connectors/stream_source.h"
#include "core/base/util.h"
#include "helpers/run.h"
#include "io/output/journal_writer.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

TestSuite(config, .fini = scratch_remove);

#define FILE_NAME "own.yaml"
#define SOURCES "sources:\n  - follow: /l/a.log\n"

/* All messages, one on each line: "LINE:COLUMN: TEXT", and a 'w' before it for a warning. */
static void list_mistakes(const struct gloss_diags *d, const char *file, struct gloss_buf *out)
{
    for (size_t i = 0; i < d->n; i++) {
        const struct gloss_diag *item = &d->items[i];

        if (!STREQ(item->file, file))
            gloss_buf_printf(out, "%s: ", item->file);
        gloss_buf_printf(out, "%s%u:%u: %s\n", item->level == GLOSS_DIAG_WARNING ? "w" : "",
                         item->line, item->column, item->text);
    }
    gloss_buf_char(out, '\0');
}

static void expect_mistakes(const char *yaml, const char *expected)
{
    CLEANUP(gloss_diags_deinit) struct gloss_diags d = {0};
    CLEANUP(gloss_buf_deinit) struct gloss_buf out = {0};
    CLEANUP(config_freep) struct config *c = NULL;
    int r = config_read_text(&c, FILE_NAME, gloss_span_str(yaml), &connector_kinds, &d);

    cr_expect_eq(r, d.errors > 0 ? CONFIG_E_INVALID : 0);
    cr_expect_eq(c != NULL, r == 0);
    list_mistakes(&d, FILE_NAME, &out);
    cr_expect_str_eq(out.ptr, expected, "%s\nsays\n%s\nand not\n%s", yaml, out.ptr, expected);
}

static const struct file_source_settings *files_of(const struct config_source *s)
{
    return s->settings;
}

static const struct journal_source_settings *journal_of(const struct config_source *s)
{
    return s->settings;
}

struct row {
    const char *yaml, *expected;
};

static void expect_rows(const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++)
        expect_mistakes(rows[i].yaml, rows[i].expected);
}

/* ---- what is right ---- */

static struct config *read_good(const char *yaml)
{
    CLEANUP(gloss_diags_deinit) struct gloss_diags d = {0};
    struct config *c = NULL;

    cr_assert_eq(config_read_text(&c, FILE_NAME, gloss_span_str(yaml), &connector_kinds, &d), 0,
                 "%s", d.n > 0 ? d.items[0].text : "");
    cr_assert_eq(d.n, 0);
    return c;
}

Test(config, what_is_not_said_has_the_defaults)
{
    CLEANUP(config_freep) struct config *c = read_good(SOURCES "sinks:\n  - stdout: true\n");

    cr_expect_str_eq(c->file, FILE_NAME);
    cr_expect_str_eq(c->state, "/var/lib/glossd/state.db");
    cr_expect_eq(c->n_catalogs, 0);
    cr_expect_eq(c->counters_interval_ns, 60000000000);
    cr_expect_null(c->counters_file);
    cr_expect_eq(c->checkpoint_interval_ns, 1000000000);
    cr_expect_eq(c->forget_after_ns, 604800000000000);
    cr_expect_eq(c->log_level, LOG_NOTICE);
    cr_assert_eq(c->n_sources, 1);
    cr_expect_str_eq(c->sources[0].name, "/l/a.log");
    cr_expect_eq(c->sources[0].kind, &file_source_kind.config);
    cr_expect_str_eq(files_of(&c->sources[0])->pattern, "/l/a.log");
    cr_expect_eq(files_of(&c->sources[0])->exclude.n, 0);
    cr_expect_eq(c->sources[0].start, CONFIG_START_BEGINNING);
    cr_expect_null(c->sources[0].encoding);
    cr_expect_eq(files_of(&c->sources[0])->watch, FILE_SOURCE_WATCH);
    cr_expect_eq(c->sources[0].rotate_wait_ns, 5000000000);
    cr_expect_eq(c->sources[0].max_line, 1 << 20);
    cr_assert_eq(c->n_sinks, 1);
    cr_expect_str_eq(c->sinks[0].name, "stdout");
    cr_expect_eq(c->sinks[0].kind, &stdout_sink_kind.config);
    cr_expect_null(config_sink_path(&c->sinks[0]));
    cr_expect_eq(c->sinks[0].format, GLOSS_FORMAT_TEXT);
    cr_expect_eq(c->sinks[0].emit, GLOSS_EMIT_MATCHED);
    cr_expect_eq(c->sinks[0].n_sources, 1);
    cr_expect_eq(c->sinks[0].sources[0], 0);
}

static const char full[] = "state: //s/./state.db\n"
                           "catalogs: [/c//d/, other]\n"
                           "sources:\n"
                           "  - name: app\n"
                           "    follow: /l/**/*.log\n"
                           "    exclude: ['*.tmp', '/l/old/**']\n"
                           "    start: end\n"
                           "    encoding: GBK\n"
                           "    watch: poll\n"
                           "    rotate_wait: 100ms\n"
                           "    max_line: 64KiB\n"
                           "  - stdin: true\n"
                           "    encoding: auto\n"
                           "    max_line: 1024\n"
                           "sinks:\n"
                           "  - name: one\n"
                           "    file: /o/one.log\n"
                           "    format: logfmt\n"
                           "    emit: all\n"
                           "    sources: [stdin, app]\n"
                           "    mode: 0600\n"
                           "  - file: /o/two.log\n"
                           "    format: json\n"
                           "    sources: [app]\n"
                           "counters: {interval: 2m, file: /o/c.jsonl}\n"
                           "checkpoint: {interval: 0}\n"
                           "forget_after: 48h\n"
                           "log_level: debug\n";

Test(config, each_key_reaches_its_field)
{
    CLEANUP(config_freep) struct config *c = read_good(full);
    const struct config_source *a = &c->sources[0], *b = &c->sources[1];
    const struct config_sink *one = &c->sinks[0], *two = &c->sinks[1];

    cr_expect_str_eq(c->state, "/s/state.db");
    cr_assert_eq(c->n_catalogs, 2);
    cr_expect_str_eq(c->catalogs[0], "/c/d");
    cr_expect_str_eq(c->catalogs[1], "other");
    cr_expect_eq(c->counters_interval_ns, 120000000000);
    cr_expect_str_eq(c->counters_file, "/o/c.jsonl");
    cr_expect_eq(c->checkpoint_interval_ns, 0);
    cr_expect_eq(c->forget_after_ns, 172800000000000);
    cr_expect_eq(c->log_level, LOG_DEBUG);
    cr_assert_eq(c->n_sources, 2);
    cr_expect_str_eq(a->name, "app");
    cr_expect_str_eq(files_of(a)->pattern, "/l/**/*.log");
    cr_assert_eq(files_of(a)->exclude.n, 2);
    cr_expect_str_eq(files_of(a)->exclude.items[0], "*.tmp");
    cr_expect_str_eq(files_of(a)->exclude.items[1], "/l/old/**");
    cr_expect_eq(a->start, CONFIG_START_END);
    cr_expect_str_eq(a->encoding, "GBK");
    cr_expect_eq(files_of(a)->watch, FILE_SOURCE_POLL);
    cr_expect_eq(a->rotate_wait_ns, 100000000);
    cr_expect_eq(a->max_line, 65536);
    cr_expect(a->line == 4 && a->column == 5, "%u:%u", a->line, a->column);
    cr_expect_str_eq(b->name, "stdin");
    cr_expect(b->kind == &stdin_source_kind.config && !b->encoding && b->max_line == 1024);
    cr_assert_eq(c->n_sinks, 2);
    cr_expect_str_eq(one->name, "one");
    cr_expect_str_eq(config_sink_path(one), "/o/one.log");
    cr_expect_eq(one->format, GLOSS_FORMAT_LOGFMT);
    cr_expect_eq(one->emit, GLOSS_EMIT_ALL);
    cr_expect_eq(((const struct file_sink_settings *)one->settings)->mode, 0600);
    cr_expect(one->n_sources == 2 && one->sources[0] == 1 && one->sources[1] == 0);
    cr_expect_str_eq(two->name, "/o/two.log");
    cr_expect_eq(two->format, GLOSS_FORMAT_JSON);
    cr_expect(two->n_sources == 1 && two->sources[0] == 0);
    cr_expect(two->line == 22 && two->column == 5, "%u:%u", two->line, two->column);
}

/* ---- what the text shows ---- */

Test(config, what_is_no_configuration_is_one_clear_line)
{
    static const struct row rows[] = {
        {"", "0:0: the file configures nothing; glossd.yaml(5) describes its keys\n"},
        {"# later\n", "0:0: the file configures nothing; glossd.yaml(5) describes its keys\n"},
        {"hello\n", "1:1: not a configuration: it must begin with keys such as 'sources' and "
                    "'sinks', not with text\n"},
        {"- a\n", "1:1: not a configuration: it must begin with keys such as 'sources' and "
                  "'sinks', not with a list\n"},
        {"state: /s\n", "1:1: no 'sources': say which files to follow, with 'follow' in an item of "
                        "'sources'\n"},
        {"sources:\n", "1:1: 'sources' must be a list, not empty\n"},
        {"sources: []\n", "1:10: 'sources' is an empty list; fill it, or remove the key\n"},
        {"sources: {a: b}\n", "1:10: 'sources' must be a list, not a mapping\n"},
        {"sources: [x]\n", "1:11: 'sources' must be a mapping, not text\n"},
    };

    expect_rows(rows, ARRAY_SIZE(rows));
}

Test(config, unknown_keys_and_words_have_their_nearest)
{
    static const struct row rows[] = {
        {SOURCES "snks: []\n", "3:1: unknown key 'snks', did you mean 'sinks'?\n"},
        {SOURCES "    wacth: poll\n", "3:5: unknown key 'wacth', did you mean 'watch'?\n"},
        {SOURCES "counters: {intervall: 1s}\n",
         "3:12: unknown key 'intervall', did you mean 'interval'?\n"},
        {SOURCES "checkpoint: {every: 1s}\n", "3:14: unknown key 'every'; the keys are interval\n"},
        {SOURCES "    colour: red\n", /* a key of two kinds is named once */
         "3:5: unknown key 'colour'; the keys are name, start, encoding, rotate_wait, max_line, "
         "time_zone, time_format, follow, exclude, watch, links, packed_ratio, fifo, stdin, "
         "journal\n"},
        {SOURCES "    watch: pol\n", "3:12: 'watch' cannot be 'pol', did you mean 'poll'?\n"},
        {SOURCES "    start: now\n",
         "3:12: 'start' cannot be 'now'; the words are beginning and end\n"},
        {SOURCES "log_level: loud\n", "3:12: 'log_level' cannot be 'loud'; the words are error, "
                                      "warning, notice, info and debug\n"},
        {SOURCES "sinks:\n  - stdout: true\n    format: note\n",
         "5:13: 'format' cannot be 'note'; the words are text, json and logfmt\n"},
        {SOURCES "sinks:\n  - stdout: yes\n", "4:13: 'stdout' must be true or false, not 'yes'\n"},
        {SOURCES "state: /a\nstate: /b\n", "4:1: key 'state' is already given at 3:1\n"},
        {SOURCES "    encoding: klingon\n",
         "3:15: unknown encoding 'klingon'; 'iconv -l' lists the encodings\n"},
        {SOURCES "    time_zone: Mars/Base\n",
         "3:16: unknown time zone 'Mars/Base'; 'timedatectl list-timezones' lists the zones\n"},
        {SOURCES "    time_format: ['%d.%m', today]\n",
         "3:28: 'today' has no field; write the form as strptime(3) has it: '%d.%m.%Y %H:%M:%S'\n"},
    };

    expect_rows(rows, ARRAY_SIZE(rows));
}

Test(config, numbers_have_a_unit_and_a_range)
{
    static const struct row rows[] = {
        {SOURCES "    rotate_wait: 5\n",
         "3:18: 'rotate_wait' needs a unit, as in 5s; the units are ms, s, m, h and d\n"},
        {SOURCES "    rotate_wait: 5sec\n",
         "3:19: 'rotate_wait' has the unknown unit 'sec'; the units are ms, s, m, h and d\n"},
        {SOURCES "    rotate_wait: soon\n",
         "3:18: 'rotate_wait' must be a duration such as 500ms, 5s, 2m, 2h or 7d, not 'soon'\n"},
        {SOURCES "    rotate_wait: 1.5s\n",
         "3:19: 'rotate_wait' has the unknown unit '.5s'; the units are ms, s, m, h and d\n"},
        {SOURCES "    rotate_wait: 99ms\n",
         "3:18: 'rotate_wait' must be from 100ms to 1d, not 99ms\n"},
        {SOURCES "    rotate_wait: 25h\n",
         "3:18: 'rotate_wait' must be from 100ms to 1d, not 25h\n"},
        {SOURCES "    max_line: 1MB\n",
         "3:16: 'max_line' has the unknown unit 'MB'; the units are KiB, MiB and GiB\n"},
        {SOURCES "    packed_ratio: many\n", "3:19: 'packed_ratio' must be a number, not 'many'\n"},
        {SOURCES "    packed_ratio: 10x\n", "3:19: 'packed_ratio' must be a number, not '10x'\n"},
        {SOURCES "    packed_ratio: 0\n",
         "3:19: 'packed_ratio' must be from 1 to 1000000, not 0\n"},
        {SOURCES "    max_line: 1023\n", "3:15: 'max_line' must be from 1KiB to 64MiB, not 1023\n"},
        {SOURCES "    max_line: 99999999999999999999\n",
         "3:15: 'max_line' must be from 1KiB to 64MiB, not 99999999999999999999\n"},
        {SOURCES "    max_line: -1\n", "3:15: 'max_line' must be a size such as 64KiB, 1MiB, 1GiB "
                                       "or a number of bytes, not '-1'\n"},
        {SOURCES "checkpoint: {interval: 2h}\n", "3:24: 'interval' must be from 0 to 1h, not 2h\n"},
        {SOURCES "counters: {interval: 0}\n", "3:22: 'interval' must be from 1s to 366d, not 0\n"},
        {SOURCES "forget_after:\n",
         "3:1: 'forget_after' is empty; give it a value, or remove the key\n"},
        {SOURCES "forget_after: [7d]\n", "3:15: 'forget_after' must be text, not a list\n"},
        {SOURCES "sinks:\n  - {file: /x, mode: rw}\n",
         "4:22: 'mode' must be permissions in octal such as 0640, at most 0777, not 'rw'\n"},
        {SOURCES "sinks:\n  - {file: /x, mode: 01777}\n",
         "4:22: 'mode' must be permissions in octal such as 0640, at most 0777, not '01777'\n"},
        {SOURCES "sinks:\n  - {file: /x, mode: 0440}\n",
         "4:22: 'mode' must let the owner read and write, as 0640 does: the file is opened again "
         "at each start\n"},
    };

    expect_rows(rows, ARRAY_SIZE(rows));
}

Test(config, paths_are_whole)
{
    static const struct row rows[] = {
        {"sources:\n  - follow: '*.log'\n",
         "2:13: 'follow' is the relative path '*.log'; write the whole path, from '/' on\n"},
        {SOURCES "state: state.db\n",
         "3:8: 'state' is the relative path 'state.db'; write the whole path, from '/' on\n"},
        {SOURCES "state: /a/../b\n", "3:11: 'state' holds '..'; write the path without it\n"},
        {SOURCES "state: /a/\n", "3:8: 'state' must name a file, not a folder\n"},
        {SOURCES "state: \"/a\\tb\"\n",
         "3:11: 'state' holds the control character 0x09; leave it out\n"},
        {SOURCES "catalogs: [c/own.yaml]\n",
         "3:12: 'catalogs' is the relative path 'c/own.yaml'; write the whole path, from '/' on\n"},
        {SOURCES "catalogs: [own.yaml]\n",
         "3:12: 'catalogs' is the relative path 'own.yaml'; write the whole path, from '/' on\n"},
        {SOURCES "catalogs: own\n", "3:11: 'catalogs' must be a list, not text\n"},
        {"sources:\n  - follow: /l/a**/x\n",
         "2:17: 'follow' has '**' beside other characters; '**' means any number of folders and "
         "must stand alone between two '/'\n"},
        {SOURCES "    exclude: [old/*]\n", "3:15: 'old/*' has a '/', so it is compared with whole "
                                           "paths, which begin with '/'; write '**/old/*'\n"},
        {SOURCES "    exclude: ['']\n",
         "3:15: 'exclude' is empty; give it a value, or remove the key\n"},
    };

    expect_rows(rows, ARRAY_SIZE(rows));
}

Test(config, sources_and_sinks_are_one_thing_each)
{
    static const struct row rows[] = {
        {"sources:\n  - name: a\n",
         "2:5: a source needs 'follow', 'fifo', 'stdin: true' or 'journal'\n"},
        {"sources:\n  - stdin: false\n",
         "2:5: a source needs 'follow', 'fifo', 'stdin: true' or 'journal'\n"},
        {SOURCES "    stdin: true\n",
         "3:5: a source has 'follow' or 'stdin', not both; write two items\n"},
        {"sources:\n  - fifo: /a\n    follow: /b\n",
         "2:5: a source has 'follow' or 'fifo', not both; write two items\n"},
        {"sources:\n  - fifo: /a\n    start: end\n",
         "3:5: 'start' is for files, and this source is a FIFO; remove it\n"},
        {"sources:\n  - fifo: a\n",
         "2:11: 'fifo' is the relative path 'a'; write the whole path, from '/' on\n"},
        {"sources:\n  - fifo: /a\n    fifos: /b\n",
         "3:5: unknown key 'fifos', did you mean 'fifo'?\n"},
        {"sources:\n  - fifo: /a\n  - {fifo: /./a, name: b}\n",
         "3:12: the FIFO '/a' is already that of 2:5\n"},
        {"sources:\n  - stdin: true\n    watch: poll\n",
         "3:5: 'watch' is for files, and this source is standard input; remove it\n"},
        {"sources:\n  - stdin: true\n  - {stdin: true, name: b}\n",
         "3:6: standard input is already the source at 2:5\n"},
        {SOURCES "  - follow: /l//a.log\n", "3:13: the glob '/l/a.log' is already that of 2:5\n"},
        {"sources:\n  - {name: a, follow: /a}\n  - {name: a, follow: /b}\n",
         "3:12: the name 'a' is already that of 2:5\n"},
        {SOURCES "sinks:\n  - name: a\n",
         "4:5: a sink needs 'file', 'stdout: true' or 'journal: true'\n"},
        {SOURCES "sinks:\n  - {file: /x, stdout: true}\n",
         "4:16: a sink has 'file' or 'stdout', not both; write two items\n"},
        {SOURCES "sinks:\n  - {stdout: true, mode: 0600}\n",
         "4:20: 'mode' is for files, and this sink is standard output; remove it\n"},
        {SOURCES "sinks:\n  - stdout: true\n  - {stdout: true, name: x}\n",
         "5:6: standard output is already the sink at 4:5\n"},
        {SOURCES "sinks:\n  - {name: a, file: /x}\n  - {name: a, file: /y}\n",
         "5:12: the name 'a' is already that of 4:5\n"},
    };

    expect_rows(rows, ARRAY_SIZE(rows));
}

Test(config, a_journal_is_not_a_file)
{
    static const struct row rows[] = {
        {SOURCES "    journal: {}\n",
         "3:5: a source has 'follow' or 'journal', not both; write two items\n"},
        {"sources:\n  - {stdin: true, journal: {}}\n",
         "2:19: a source has 'stdin' or 'journal', not both; write two items\n"},
        {"sources:\n  - journal:\n", "2:5: 'journal' must be a mapping, not empty\n"},
        {"sources:\n  - journal: true\n", "2:14: 'journal' must be a mapping, not text\n"},
        {"sources:\n  - journal: {unit: [a.service]}\n",
         "2:15: unknown key 'unit', did you mean 'units'?\n"},
        {"sources:\n  - journal: {}\n    encoding: gbk\n    max_line: 1MiB\n",
         "3:5: 'encoding' is for files, and this source is the journal; remove it\n"
         "4:5: 'max_line' is for files, and this source is the journal; remove it\n"},
        {"sources:\n  - journal: {}\n  - journal: {}\n",
         "3:5: the name 'journal' is already that of 2:5\n"},
        {SOURCES "sinks:\n  - {file: /x, journal: true}\n",
         "4:16: a sink has 'file' or 'journal', not both; write two items\n"},
        {SOURCES "sinks:\n  - {journal: true, format: json, mode: 0600}\n",
         "4:21: 'format' is for files, and this sink is the journal; remove it\n"
         "4:35: 'mode' is for files, and this sink is the journal; remove it\n"},
        {SOURCES "sinks:\n  - journal: yes\n",
         "4:14: 'journal' must be true or false, not 'yes'\n"},
    };

    expect_rows(rows, ARRAY_SIZE(rows));
}

Test(config, what_the_journal_would_never_match_is_said)
{
    static const struct row rows[] = {
        {"sources:\n  - journal: {units: app.service}\n",
         "2:22: 'units' must be a list, not text\n"},
        {"sources:\n  - journal: {units: [app]}\n",
         "2:23: 'app' does not name the type of the unit; write 'app.service'\n"},
        {"sources:\n  - journal: {units: [app*.service]}\n",
         "2:26: 'app*.service' is not the name of a unit; write one whole name in each item, such "
         "as app.service or app@1.service\n"},
        {"sources:\n  - journal: {matches: [SYSLOG_IDENTIFIER]}\n",
         "2:25: 'SYSLOG_IDENTIFIER' is not a match; write FIELD=VALUE, such as "
         "SYSLOG_IDENTIFIER=app\n"},
        {"sources:\n  - journal: {matches: [Priority=3]}\n",
         "2:26: the name of a journal field consists of capitals, digits and '_', such as "
         "SYSLOG_IDENTIFIER\n"},
        {"sources:\n  - journal: {matches: ['=3']}\n",
         "2:25: the name before '=' has 0 bytes; the name of a field has 1 to 64\n"},
        {"sources:\n  - journal: {units: [a.service], matches: [_SYSTEMD_UNIT=b.service]}\n",
         "2:45: 'units' already says which units to read; put this unit there\n"},
        {"sources:\n  - journal: {folder: journal}\n",
         "2:23: 'folder' is the relative path 'journal'; write the whole path, from '/' on\n"},
    };

    expect_rows(rows, ARRAY_SIZE(rows));
}

Test(config, a_journal_is_read_and_written)
{
    CLEANUP(config_freep) struct config *c = NULL;
    CLEANUP(gloss_diags_deinit) struct gloss_diags diags = {0};
    static const char text[] =
        "sources:\n"
        "  - journal: {units: [a.service, 'b@1.service'], matches: [PRIORITY=3], folder: /j/}\n"
        "    start: end\n"
        "  - {name: all, journal: {}}\n"
        "sinks:\n  - journal: true\n";

    cr_assert_eq(config_read_text(&c, "f", gloss_span_str(text), &connector_kinds, &diags), 0);
    cr_assert_eq(c->n_sources, 2);
    cr_expect_eq(c->sources[0].kind, &journal_source_kind.config);
    cr_expect_str_eq(c->sources[0].name, "journal");
    cr_expect_eq(c->sources[0].start, CONFIG_START_END);
    cr_assert_eq(journal_of(&c->sources[0])->units.n, 2);
    cr_expect_str_eq(journal_of(&c->sources[0])->units.items[1], "b@1.service");
    cr_assert_eq(journal_of(&c->sources[0])->matches.n, 1);
    cr_expect_str_eq(journal_of(&c->sources[0])->matches.items[0], "PRIORITY=3");
    cr_expect_str_eq(journal_of(&c->sources[0])->folder, "/j");
    cr_expect_eq(c->sources[1].kind, &journal_source_kind.config);
    cr_expect_null(journal_of(&c->sources[1])->folder);
    cr_assert_eq(c->n_sinks, 1);
    cr_expect_eq(c->sinks[0].kind, &journal_sink_kind.config);
    cr_expect_str_eq(c->sinks[0].name, "journal");
    cr_expect_eq(c->sinks[0].n_sources, 2);
}

Test(config, no_file_is_written_by_two)
{
    static const struct row rows[] = {
        {SOURCES "sinks:\n  - {name: a, file: /x}\n  - {name: b, file: /./x}\n",
         "5:21: sink 'b' cannot use the file '/x': sink 'a' uses it, at 4:21\n"},
        {SOURCES "state: /x\nsinks:\n  - file: /x\n",
         "5:11: sink '/x' cannot use the file '/x': the state uses it, at 3:8\n"},
        {SOURCES "sinks:\n  - file: /x\ncounters: {file: /x}\n",
         "5:18: the counters cannot use the file '/x': sink '/x' uses it, at 4:11\n"},
    };

    expect_rows(rows, ARRAY_SIZE(rows));
}

Test(config, sinks_list_sources_that_there_are)
{
    static const char two[] = "sources:\n  - {name: app, follow: /a}\n  - {name: web, follow: /b}\n"
                              "sinks:\n  - stdout: true\n    sources: [app]\n";
    static const struct row rows[] = {
        {SOURCES "    name: app\nsinks:\n  - stdout: true\n    sources: [apq]\n",
         "6:15: no source is named 'apq', did you mean 'app'?\n"},
        {SOURCES "sinks:\n  - stdout: true\n    sources: [web]\n",
         "5:15: no source is named 'web'; give a source this name, or remove it from the list\n"},
        {SOURCES "    name: app\nsinks:\n  - stdout: true\n    sources: [app, app]\n",
         "6:20: source 'app' is in this list already; remove it here\n"},
        {SOURCES "sinks:\n  - stdout: true\n    sources: []\n",
         "5:14: 'sources' is an empty list; fill it, or remove the key\n"},
        {two, "w3:5: no sink lists source 'web': its lines are counted, but not written\n"},
        {SOURCES, ""},
    };

    expect_rows(rows, ARRAY_SIZE(rows));
}

Test(config, http_is_read_and_refused)
{
    static const struct row rows[] = {
        {SOURCES "http: {listen: \"127.0.0.1:9469\"}\n",
         "3:1: http is not built into this version; remove the section\n"},
        {SOURCES "http: {listen: \"[::1]:9469\"}\n",
         "3:1: http is not built into this version; remove the section\n"},
        {SOURCES "http: {listen: \"host:9469\"}\n",
         "3:1: http is not built into this version; remove the section\n"
         "3:16: 'listen' must be an address and a port such as 127.0.0.1:9469 or [::1]:9469, not "
         "'host:9469'\n"},
        {SOURCES "http: {listen: \"127.0.0.1:65536\"}\n",
         "3:1: http is not built into this version; remove the section\n"
         "3:16: 'listen' must be an address and a port such as 127.0.0.1:9469 or [::1]:9469, not "
         "'127.0.0.1:65536'\n"},
    };

    expect_rows(rows, ARRAY_SIZE(rows));
}

Test(config, all_mistakes_come_in_one_run_by_their_lines)
{
    expect_mistakes(
        "log_level: x\nsinks:\n  - file: s\nsources:\n  - follow: /a\n    start: x\n"
        "  - follow: /a\nstat: /s\ncounters: {interval: [\n",
        "1:12: 'log_level' cannot be 'x'; the words are error, warning, notice, info and debug\n"
        "3:11: 'file' is the relative path 's'; write the whole path, from '/' on\n"
        "6:12: 'start' cannot be 'x'; the words are beginning and end\n"
        "7:13: the glob '/a' is already that of 5:5\n"
        "8:1: unknown key 'stat', did you mean 'state'?\n"
        "9:22: 'interval' must be text, not a list\n"
        "10:1: not YAML: flow sequence without a closing bracket\n");
}

/* ---- what the machine shows ---- */

static const char *in_scratch(const char *name)
{
    static char paths[8][512];
    static size_t next;
    char *path = paths[next++ % ARRAY_SIZE(paths)];

    snprintf(path, sizeof(paths[0]), "%s/%s", scratch(), name);
    return path;
}

/* Each '@' of a text stands for the folder that the tests may write to. */
static void in_place(const char *text, struct gloss_buf *out)
{
    for (; *text; text++)
        if (*text == '@')
            gloss_buf_str(out, scratch());
        else
            gloss_buf_char(out, *text);
    gloss_buf_char(out, '\0');
}

static int read_here(const char *yaml, struct gloss_diags *d, struct config **ret_config)
{
    CLEANUP(gloss_buf_deinit) struct gloss_buf text = {0};

    in_place(yaml, &text);
    return config_read(ret_config, scratch_file(FILE_NAME, text.ptr, text.len - 1),
                       &connector_kinds, d);
}

static void expect_here(const char *yaml, const char *expected)
{
    CLEANUP(gloss_diags_deinit) struct gloss_diags d = {0};
    CLEANUP(gloss_buf_deinit) struct gloss_buf out = {0}, wanted = {0};
    CLEANUP(config_freep) struct config *c = NULL;
    int r = read_here(yaml, &d, &c);

    cr_expect_eq(r, d.errors > 0 ? CONFIG_E_INVALID : 0);
    list_mistakes(&d, in_scratch(FILE_NAME), &out);
    in_place(expected, &wanted);
    cr_expect_str_eq(out.ptr, wanted.ptr, "%s\nsays\n%s\nand not\n%s", yaml, out.ptr, wanted.ptr);
}

static void make_tree(void)
{
    static const char *const folders[] = {"l", "l/sub", "o", "s"};
    static const char *const files[] = {"l/a.log", "l/b.log", "l/sub/c.log", "o/old"};

    for (size_t i = 0; i < ARRAY_SIZE(folders); i++)
        cr_assert_eq(mkdir(in_scratch(folders[i]), 0755), 0);
    for (size_t i = 0; i < ARRAY_SIZE(files); i++)
        fclose(fopen(in_scratch(files[i]), "w"));
}

#define HERE "state: @/s/state.db\nsources:\n  - follow: '@/l/*.log'\n"

Test(config, a_sound_machine_has_no_mistakes)
{
    make_tree();
    expect_here(HERE "sinks:\n  - file: @/o/new\ncounters: {file: @/o/old}\n", "");
    expect_here(HERE "    exclude: ['b.*']\n  - follow: '@/l/b*'\n  - follow: '@/l/*/*'\n", "");
}

Test(config, outputs_need_a_folder_and_a_file)
{
    make_tree();
    cr_assert_eq(symlink("old", in_scratch("o/link")), 0);
    expect_here("state: @/no/state.db\nsources:\n  - follow: '@/l/*.log'\n",
                "1:8: the folder of the state does not exist; make it: mkdir -p '@/no'\n");
    expect_here("state: @/o/old/x\nsources:\n  - follow: '@/l/*.log'\n",
                "1:8: the folder of the state, '@/o/old', is not a folder; name another\n");
    expect_here(HERE "sinks:\n  - {name: x, file: @/o/link}\n",
                "5:21: sink 'x' is written to '@/o/link', which is a link, and glossd never writes "
                "through a link; name the file itself\n");
    expect_here(HERE "sinks:\n  - {name: x, file: @/o}\n",
                "5:21: sink 'x' needs a regular file, and '@/o' is a folder; name another\n");
    expect_here(HERE "counters: {file: /dev/null}\n",
                "4:18: the counters needs a regular file, and '/dev/null' is none; name another\n");
    expect_here(HERE "counters: {file: @/no/c}\n",
                "4:18: the folder of the counters does not exist; make it: mkdir -p '@/no'\n");
}

Test(config, outputs_that_sources_follow_are_told_and_are_no_mistake)
{
    make_tree();
    cr_assert_eq(symlink("l", in_scratch("other")), 0);
    cr_assert_eq(link(in_scratch("l/a.log"), in_scratch("o/hard")), 0);
    expect_here(HERE "sinks:\n  - {name: x, file: @/l/new.log}\n",
                "w5:21: sink 'x' is written to '@/l/new.log', which the source at 3:5 follows; "
                "that file is not read, because glossd never reads what it has written\n");
    expect_here(HERE "sinks:\n  - {name: x, file: @/other/new.log}\n",
                "w5:21: sink 'x' is written to '@/other/new.log', which the source at 3:5 follows; "
                "that file is not read, because glossd never reads what it has written\n");
    expect_here(HERE "counters: {file: @/o/hard}\n",
                "w4:18: the counters is written to '@/o/hard', which the source at 3:5 follows; "
                "that file is not read, because glossd never reads what it has written\n");
    expect_here("sources:\n  - follow: '@/s/**'\nstate: @/s/state.db\n",
                "w3:8: the state is written to '@/s/state.db', which the source at 2:5 follows; "
                "that file is not read, because glossd never reads what it has written\n");
    expect_here(HERE "    exclude: [new.log]\nsinks:\n  - {name: x, file: @/l/new.log}\n", "");
}

/* The sink has the path of the folder itself, and the glob reaches that folder by a link. */
Test(config, a_sink_in_a_folder_that_a_glob_reaches_by_a_link_is_told)
{
    make_tree();
    cr_assert_eq(symlink("l", in_scratch("other")), 0);
    expect_here("state: @/s/state.db\nsources:\n  - follow: '@/other/*.log'\n"
                "sinks:\n  - {name: x, file: @/l/new.log}\n",
                "w5:21: sink 'x' is written to '@/l/new.log', which the source at 3:5 follows; "
                "that file is not read, because glossd never reads what it has written\n");
    expect_here("state: @/s/state.db\nsources:\n  - follow: '@/other/*.log'\n"
                "sinks:\n  - {name: x, file: @/l/new.txt}\n",
                "");
}

Test(config, one_file_under_two_names_is_written_by_one)
{
    make_tree();
    cr_assert_eq(symlink("o", in_scratch("way")), 0);
    cr_assert_eq(link(in_scratch("o/old"), in_scratch("o/hard")), 0);
    expect_here(HERE "sinks:\n  - {name: x, file: @/o/old}\n  - {name: y, file: @/o/hard}\n",
                "6:21: sink 'y' cannot use '@/o/hard': it is another name of the file that sink "
                "'x' uses, at 5:21\n");
    expect_here(HERE "sinks:\n  - {name: x, file: @/o/new}\n  - {name: y, file: @/way/new}\n",
                "6:21: sink 'y' cannot use '@/way/new': it is another name of the file that sink "
                "'x' uses, at 5:21\n");
    expect_here(HERE "sinks:\n  - {name: x, file: @/o/new}\ncounters: {file: @/way/new}\n",
                "6:18: the counters cannot use '@/way/new': it is another name of the file that "
                "sink 'x' uses, at 5:21\n");
    expect_here(HERE "sinks:\n  - {name: x, file: @/o/new}\n  - {name: y, file: @/way/newer}\n",
                "");
}

Test(config, no_sink_takes_what_the_state_keeps_beside_it)
{
    static const char *const ends[] = {".lock", ".backup", "-journal"};

    make_tree();
    for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
        char yaml[256], wanted[256];

        snprintf(yaml, sizeof(yaml), HERE "sinks:\n  - {name: x, file: @/s/state.db%s}\n", ends[i]);
        snprintf(wanted, sizeof(wanted),
                 "5:21: sink 'x' cannot use '@/s/state.db%s': the state keeps a file of that name "
                 "beside it; name another\n",
                 ends[i]);
        expect_here(yaml, wanted);
    }
}

Test(config, a_file_that_two_sources_reach_is_named)
{
    make_tree();
    expect_here(HERE "  - follow: '@/**/b.log'\n",
                "w4:13: '@/l/b.log' is followed by the source at 3:5 too; each of its lines is "
                "read once, by that source\n");
    cr_assert_eq(symlink("../l/a.log", in_scratch("o/a")), 0);
    expect_here(HERE "  - follow: '@/o/a'\n",
                "w4:13: '@/o/a' is followed by the source at 3:5 too; each of its lines is read "
                "once, by that source\n");
    cr_assert_eq(symlink("a.log", in_scratch("l/again.log")), 0);
    expect_here(HERE, "w3:13: '@/l/a.log' and '@/l/again.log' are one file; each of its lines is "
                      "read once\n");
}

Test(config, catalogs_tell_their_own_mistakes)
{
    make_tree();
    scratch_file("bad.yaml", "catalog: bad\ncodes:\n  A_B:\n    cause: c\n", 40);
    expect_here(HERE "catalogs: [@/bad.yaml, aliyun-mqtt]\n",
                "4:12: catalog '@/bad.yaml' cannot be used; its mistakes are listed below\n"
                "@/bad.yaml: 3:3: code 'A_B' has no 'solution'\n");
    expect_here(HERE "catalogs: [@/none]\n",
                "4:12: catalog '@/none' cannot be used; its mistakes are listed below\n"
                "@/none: 0:0: no such file or folder\n");
}

Test(config, what_may_come_back_or_cannot_be_seen_is_a_warning)
{
    make_tree();
    cr_assert_eq(symlink("self", in_scratch("self")), 0);
    expect_here("state: @/s/state.db\nsources:\n  - follow: /var/log/syslog\n",
                "w3:13: '/var/log/syslog' is followed, and a syslog daemon may write messages of "
                "glossd itself to it; exclude it, unless you want them\n");
    expect_here("state: @/s/state.db\nsources:\n  - follow: '@/self/*'\n",
                "w3:13: '@/self' cannot be looked at, so the files in it that fit are not known: "
                "Too many levels of symbolic links\n");
}

/* The message about the journal's socket, on a machine that has none. */
static const char *absent(const char *at)
{
    static char text[256];

    snprintf(text, sizeof(text),
             "w%s: the journal does not listen at '" JOURNAL_WRITER_SOCKET
             "': %s; does journald run?\n",
             at, strerror(ENOENT));
    return access(JOURNAL_WRITER_SOCKET, W_OK) < 0 ? text : "";
}

Test(config, what_a_syslog_daemon_writes_of_the_journal_must_not_go_there_again)
{
    char expected[1024];

    make_tree();
    snprintf(expected, sizeof(expected),
             "3:23: '/var/log/user.log' is followed and its lines go to the journal, from which a "
             "syslog daemon writes them to it again: a loop; exclude the file, or leave the source "
             "out of the journal's 'sources'\n"
             "%s",
             absent("5:14"));
    expect_here("state: @/s/state.db\nsources:\n  - {name: a, follow: /var/log/user.log}\n"
                "sinks:\n  - journal: true\n",
                expected);
    snprintf(expected, sizeof(expected),
             "w3:23: '/var/log/user.log' is followed, and a syslog daemon may write messages of "
             "glossd itself to it; exclude it, unless you want them\n"
             "%s",
             absent("7:15"));
    expect_here("state: @/s/state.db\nsources:\n  - {name: a, follow: /var/log/user.log}\n"
                "  - {name: b, follow: /nowhere/b.log}\nsinks:\n  - {file: @/s/out, sources: [a]}\n"
                "  - {journal: true, sources: [b]}\n",
                expected);
}

Test(config, what_rights_forbid_is_named)
{
    make_tree();
    cr_assert_eq(chmod(scratch(), 0755), 0);
    cr_assert_eq(chmod(in_scratch("l/a.log"), 0), 0);
    cr_assert_eq(chmod(in_scratch("o"), 0555), 0);
    cr_assert_eq(chmod(in_scratch("s"), 0777), 0);
    scratch_file(FILE_NAME, "", 0);
    chmod(in_scratch(FILE_NAME), 0666);
    cr_assert(geteuid() != 0 || seteuid(65534) == 0);
    expect_here(HERE "sinks:\n  - {name: x, file: @/o/new}\n",
                "w3:13: 1 of 2 files cannot be read, '@/l/a.log' first: permission denied; the "
                "account that runs glossd must be allowed to\n"
                "5:21: no file can be created in the folder of sink 'x', '@/o': Permission denied; "
                "the account that runs glossd must be allowed to\n");
    expect_here(HERE "    exclude: [a*]\nsinks:\n  - {name: x, file: @/o/old}\n",
                "6:21: sink 'x' cannot be written to '@/o/old': Permission denied; the account "
                "that runs glossd "
                "must be allowed to\n");
    cr_assert(seteuid(getuid()) == 0);
}

Test(config, a_file_that_cannot_be_read_is_an_errno)
{
    static const struct {
        const char *name, *text;
        int r;
    } cases[] = {
        {"none", "no such file; --config names another, glossd.yaml(5) describes its keys",
         -ENOENT},
        {"", "is a folder, not a configuration", -EISDIR},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        CLEANUP(gloss_diags_deinit) struct gloss_diags d = {0};
        struct config *c = NULL;

        cr_expect_eq(config_read(&c, in_scratch(cases[i].name), &connector_kinds, &d), cases[i].r);
        cr_assert_eq(d.n, 1);
        cr_expect_str_eq(d.items[0].text, cases[i].text);
    }
}

Test(config, the_shipped_example_has_no_mistake_in_its_text)
{
    CLEANUP(gloss_buf_deinit) struct gloss_buf path = {0}, text = {0};
    CLEANUP(config_freep) struct config *c = NULL;
    FILE *f;

    gloss_buf_printf(&path, "%s/conf/glossd.yaml", getenv("GLOSSD_ROOT"));
    gloss_buf_char(&path, '\0');
    f = fopen(path.ptr, "r");
    cr_assert_not_null(f, "%s", path.ptr);
    text.len = fread(gloss_buf_room(&text, 1 << 16), 1, (1 << 16) - 1, f);
    fclose(f);
    gloss_buf_char(&text, '\0');
    c = read_good(text.ptr);
    cr_expect_str_eq(files_of(&c->sources[0])->pattern, "/var/log/app/*.log");
    cr_expect_str_eq(config_sink_path(&c->sinks[0]), "/var/log/glossd/annotated.log");
    cr_expect_str_eq(c->state, "/var/lib/glossd/state.db");
    cr_expect_str_eq(c->counters_file, "/var/log/glossd/counters.jsonl");
}

/* ---- units ---- */

Test(config, durations_and_sizes_are_read_and_written)
{
    static const struct {
        const char *text;
        uint64_t value;
        const char *again;
    } durations[] = {{"500ms", 500000000, "500ms"},
                     {"5s", 5000000000, "5s"},
                     {"120s", 120000000000, "2m"},
                     {"2h", 7200000000000, "2h"},
                     {"7d", 604800000000000, "7d"},
                     {"0", 0, "0"},
                     {"0s", 0, "0"},
                     {"90m", 5400000000000, "90m"}},
      sizes[] = {{"64KiB", 65536, "64KiB"},
                 {"1MiB", 1048576, "1MiB"},
                 {"1GiB", 1073741824, "1GiB"},
                 {"1000", 1000, "1000"}};
    char text[UNITS_TEXT_MAX];
    uint64_t value;
    size_t at;

    for (size_t i = 0; i < ARRAY_SIZE(durations); i++) {
        cr_expect_eq(units_duration(gloss_span_str(durations[i].text), &value, &at), 0);
        cr_expect_eq(value, durations[i].value, "%s", durations[i].text);
        cr_expect_str_eq(units_duration_text(value, text), durations[i].again);
    }
    for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
        cr_expect_eq(units_size(gloss_span_str(sizes[i].text), &value, &at), 0);
        cr_expect_eq(value, sizes[i].value, "%s", sizes[i].text);
        cr_expect_str_eq(units_size_text(value, text), sizes[i].again);
    }
}

Test(config, a_number_that_does_not_fit_is_too_large)
{
    static const char *const texts[] = {"18446744073709551616s", "18446744073709551615ms",
                                        "213504d"};
    uint64_t value = 7;
    size_t at = 7;

    for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
        cr_expect_eq(units_duration(gloss_span_str(texts[i]), &value, &at), UNITS_E_TOO_LARGE, "%s",
                     texts[i]);
    cr_expect_eq(value, 7, "nothing is written");
    cr_expect_eq(at, 0);
}
