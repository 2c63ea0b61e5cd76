/* The tables of all keys, and what the text shows when its parts are held against each other: names
 * that come twice, sinks that share a file, sources that nobody named so. */

#include "app/config/config_draft.h"
#include "app/config/config_journal.h"
#include "core/base/name_distance.h"
#include "core/base/nanoseconds.h"
#include "core/base/util.h"

#include <stdio.h>
#include <syslog.h>

#define KIB UINT64_C(1024)
#define NAME_LENGTH_MAX 255

static const struct config_word start_words[] = {
    {"beginning", CONFIG_START_BEGINNING}, {"end", CONFIG_START_END}, {0}};
static const struct config_word watch_words[] = {
    {"auto", CONFIG_WATCH_AUTO}, {"poll", CONFIG_WATCH_POLL}, {0}};
static const struct config_word format_words[] = {
    {"text", GLOSS_FORMAT_TEXT}, {"json", GLOSS_FORMAT_JSON}, {"logfmt", GLOSS_FORMAT_LOGFMT}, {0}};
static const struct config_word emit_words[] = {
    {"matched", GLOSS_EMIT_MATCHED}, {"all", GLOSS_EMIT_ALL}, {0}};
static const struct config_word level_words[] = {{"error", LOG_ERR},     {"warning", LOG_WARNING},
                                                 {"notice", LOG_NOTICE}, {"info", LOG_INFO},
                                                 {"debug", LOG_DEBUG},   {0}};

#define TABLE(name, rows, ...) \
    static const struct config_table name = {rows, ARRAY_SIZE(rows), __VA_ARGS__}

#define AT(member) .offset = offsetof(struct config_source_draft, member)
static const struct config_field journal_fields[] = {
    {"units", CONFIG_UNITS, AT(units)},
    {"matches", CONFIG_MATCHES, AT(matches)},
    {"folder", CONFIG_FOLDER, AT(source.journal.folder)},
};
TABLE(journal_table, journal_fields, 0, NULL);
static const struct config_source_draft source_defaults = {
    .source = {.rotate_wait_ns = 5 * SECOND_NS, .max_line = 1024 * KIB}};
static const struct config_field source_fields[] = {
    {"name", CONFIG_TEXT, AT(source.name), .max = NAME_LENGTH_MAX},
    {"follow", CONFIG_GLOB, AT(source.follow)},
    {"fifo", CONFIG_PATH, AT(source.fifo)},
    {"stdin", CONFIG_BOOL, AT(from_stdin)},
    {"journal", CONFIG_MAPPING, .table = &journal_table},
    {"exclude", CONFIG_EXCLUDES, AT(exclude)},
    {"start", CONFIG_WORD, AT(source.start), .words = start_words},
    {"encoding", CONFIG_ENCODING, AT(source.encoding)},
    {"watch", CONFIG_WORD, AT(source.watch), .words = watch_words},
    {"rotate_wait", CONFIG_DURATION, AT(source.rotate_wait_ns), .min = 100 * MS_NS, .max = DAY_NS},
    {"max_line", CONFIG_SIZE, AT(source.max_line), .min = KIB, .max = 64 * KIB * KIB},
};
TABLE(source_table, source_fields, sizeof(struct config_source_draft), &source_defaults);
#undef AT

#define AT(member) .offset = offsetof(struct config_sink_draft, member)
static const struct config_sink_draft sink_defaults = {
    .sink = {.format = GLOSS_FORMAT_TEXT, .emit = GLOSS_EMIT_MATCHED, .mode = 0640}};
static const struct config_field sink_fields[] = {
    {"name", CONFIG_TEXT, AT(sink.name), .max = NAME_LENGTH_MAX},
    {"file", CONFIG_PATH, AT(sink.file)},
    {"stdout", CONFIG_BOOL, AT(to_stdout)},
    {"journal", CONFIG_BOOL, AT(to_journal)},
    {"format", CONFIG_WORD, AT(sink.format), .words = format_words},
    {"emit", CONFIG_WORD, AT(sink.emit), .words = emit_words},
    {"sources", CONFIG_TEXTS, AT(source_names)},
    {"mode", CONFIG_MODE, AT(sink.mode)},
};
TABLE(sink_table, sink_fields, sizeof(struct config_sink_draft), &sink_defaults);
#undef AT

#define AT(member) .offset = offsetof(struct config_draft, member)
static const struct config_field counters_fields[] = {
    {"interval", CONFIG_DURATION, AT(config.counters_interval_ns), .min = SECOND_NS,
     .max = 366 * DAY_NS},
    {"file", CONFIG_PATH, AT(config.counters_file)},
};
TABLE(counters_table, counters_fields, 0, NULL);
static const struct config_field checkpoint_fields[] = {
    {"interval", CONFIG_DURATION, AT(config.checkpoint_interval_ns), .min = 0, .max = HOUR_NS},
};
TABLE(checkpoint_table, checkpoint_fields, 0, NULL);
static const struct config_field http_fields[] = {
    {"listen", CONFIG_ADDRESS, .offset = 0},
};
TABLE(http_table, http_fields, 0, NULL);
static const struct config_field top_fields[] = {
    {"state", CONFIG_PATH, AT(config.state)},
    {"catalogs", CONFIG_PLACES, AT(catalogs)},
    {"sources", CONFIG_ITEMS, AT(sources), .table = &source_table},
    {"sinks", CONFIG_ITEMS, AT(sinks), .table = &sink_table},
    {"counters", CONFIG_MAPPING, .table = &counters_table},
    {"checkpoint", CONFIG_MAPPING, .table = &checkpoint_table},
    {"forget_after", CONFIG_DURATION, AT(config.forget_after_ns), .min = MINUTE_NS,
     .max = 3660 * DAY_NS},
    {"http", CONFIG_MAPPING, .table = &http_table},
    {"log_level", CONFIG_WORD, AT(config.log_level), .words = level_words},
};
TABLE(top_table, top_fields, 0, NULL);
#undef AT

static const struct config defaults = {
    .state = CONFIG_DEFAULT_STATE,
    .counters_interval_ns = MINUTE_NS,
    .checkpoint_interval_ns = SECOND_NS,
    .forget_after_ns = 7 * DAY_NS,
    .log_level = LOG_NOTICE,
};

/* ---- sources ---- */

/* A key that says where bytes come from, or go to. */
struct kind {
    const char *key, *shown;
};
static const struct kind source_kinds[] = {{"follow", "'follow'"},
                                           {"fifo", "'fifo'"},
                                           {"stdin", "'stdin: true'"},
                                           {"journal", "'journal'"}};
static const struct kind sink_kinds[] = {
    {"file", "'file'"}, {"stdout", "'stdout: true'"}, {"journal", "'journal: true'"}};

static bool says_no(const struct yaml_node *key)
{
    return gloss_span_equal(key->value->text, gloss_span_str("false"));
}

static void say_kind_needed(const struct config_reading *r, const struct yaml_node *item,
                            const char *what, const struct kind *kinds, size_t n)
{
    char list[128];
    size_t used = 0;

    for (size_t i = 0; i < n; i++)
        used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%s",
                                 i == 0       ? ""
                                 : i + 1 == n ? " or "
                                              : ", ",
                                 kinds[i].shown);
    yaml_diag(r->y, item, GLOSS_DIAG_ERROR, "a %s needs %s", what, list);
}

/* Says when not exactly one of them is there. One whose value is wrong, which was said, is taken
 * for there. */
static void demand_one(const struct config_reading *r, const struct yaml_node *item,
                       const char *what, const struct kind *kinds, size_t n)
{
    const char *first = NULL;

    for (size_t i = 0; i < n; i++) {
        const struct yaml_node *key = config_key(item, kinds[i].key);

        if (!key || says_no(key))
            continue;
        if (first)
            yaml_diag(r->y, key, GLOSS_DIAG_ERROR,
                      "a %s has '%s' or '%s', not both; write two items", what, first,
                      kinds[i].key);
        first = first ? first : kinds[i].key;
    }
    if (!first && !item->open)
        say_kind_needed(r, item, what, kinds, n);
}

/* Says which keys mean something for files alone. */
static void refuse_keys(const struct config_reading *r, const struct yaml_node *item,
                        const char *const keys[], size_t n, const char *is)
{
    for (size_t i = 0; i < n; i++) {
        const struct yaml_node *key = config_key(item, keys[i]);

        if (key)
            yaml_diag(r->y, key, GLOSS_DIAG_ERROR, "'%s' is for files, and this %s; remove it",
                      keys[i], is);
    }
}

/* Keys of a source that is no file; a FIFO knows the last one too. */
static void check_file_keys(const struct config_reading *r, struct config_source_draft *s,
                            const struct yaml_node *item)
{
    static const char *const keys[] = {"exclude", "start", "watch", "rotate_wait"};
    static const char *const of_journal[] = {"exclude", "encoding", "watch", "rotate_wait",
                                             "max_line"};
    const struct yaml_node *journal = config_key(item, "journal");

    if (s->source.fifo)
        refuse_keys(r, item, keys, ARRAY_SIZE(keys) - 1, "source is a FIFO");
    else if (s->from_stdin)
        refuse_keys(r, item, keys, ARRAY_SIZE(keys), "source is standard input");
    if (journal && journal->value->kind == YAML_MAPPING) {
        refuse_keys(r, item, of_journal, ARRAY_SIZE(of_journal), "source is the journal");
        config_journal_complete(r, s);
    }
}

static void complete_source(struct config_reading *r, struct config_source_draft *s,
                            const struct yaml_node *item)
{
    demand_one(r, item, "source", source_kinds, ARRAY_SIZE(source_kinds));
    check_file_keys(r, s, item);
    s->source.is_stdin = s->from_stdin;
    s->source.exclude = s->exclude.items;
    s->source.n_exclude = s->exclude.n;
    s->source.line = item->line;
    s->source.column = item->column;
    if (!s->source.name)
        s->source.name = s->from_stdin          ? "stdin"
                         : s->source.is_journal ? "journal"
                         : s->source.fifo       ? s->source.fifo
                                                : s->source.follow;
}

/* What a name or a path is held against: the same of another source or sink. */
static void report_twice(const struct config_reading *r, const struct yaml_node *item,
                         const char *key, const char *what, const char *value,
                         const struct yaml_node *other)
{
    const struct yaml_node *k = config_key(item, key);

    yaml_diag(r->y, k ? k->value : item, GLOSS_DIAG_ERROR, "%s '%s' is already that of %u:%u", what,
              value, other->line, other->column);
}

static bool same(const char *a, const char *b)
{
    return a && b && STREQ(a, b);
}

static void check_source_twice(const struct config_reading *r, const struct config_draft *d,
                               size_t at)
{
    const struct config_source *s = &draft_source(d, at)->source;
    const struct yaml_node *item = d->sources.nodes[at];

    for (size_t i = 0; i < at; i++) {
        const struct config_source *other = &draft_source(d, i)->source;

        if (s->is_stdin && other->is_stdin) {
            yaml_diag(r->y, config_key(item, "stdin"), GLOSS_DIAG_ERROR,
                      "standard input is already the source at %u:%u", other->line, other->column);
            return;
        }
        if (same(s->follow, other->follow)) {
            report_twice(r, item, "follow", "the glob", s->follow, d->sources.nodes[i]);
            return;
        }
        if (same(s->fifo, other->fifo)) {
            report_twice(r, item, "fifo", "the FIFO", s->fifo, d->sources.nodes[i]);
            return;
        }
        if (same(s->name, other->name)) {
            report_twice(r, item, "name", "the name", s->name, d->sources.nodes[i]);
            return;
        }
    }
}

static void check_sources(struct config_reading *r, struct config_draft *d)
{
    struct config_source *sources = arena_alloc(r->arena, (d->sources.n + 1) * sizeof(*sources));

    if (!sources) {
        r->no_memory = true;
        return;
    }
    if (!config_key(d->root, "sources") && !d->root->open)
        yaml_diag(r->y, d->root, GLOSS_DIAG_ERROR,
                  "no 'sources': say which files to follow, with 'follow' in an item of 'sources'");
    for (size_t i = 0; i < d->sources.n; i++) {
        complete_source(r, draft_source(d, i), d->sources.nodes[i]);
        check_source_twice(r, d, i);
        sources[i] = draft_source(d, i)->source;
    }
    d->config.sources = sources;
    d->config.n_sources = d->sources.n;
}

/* ---- sinks ---- */

static size_t source_index(const struct config_draft *d, const char *name)
{
    for (size_t i = 0; i < d->sources.n; i++)
        if (same(draft_source(d, i)->source.name, name))
            return i;
    return d->sources.n;
}

static void report_unknown_source(struct config_reading *r, const struct config_draft *d,
                                  const char *name, const struct yaml_node *node)
{
    const char **names = arena_alloc(r->arena, (d->sources.n + 1) * sizeof(*names)), *guess;
    size_t n = 0;

    if (!names) {
        r->no_memory = true;
        return;
    }
    for (size_t i = 0; i < d->sources.n; i++)
        if (draft_source(d, i)->source.name)
            names[n++] = draft_source(d, i)->source.name;
    guess = name_guess(names, n, gloss_span_str(name));
    if (guess)
        yaml_diag(r->y, node, GLOSS_DIAG_ERROR, "no source is named '%s', did you mean '%s'?", name,
                  guess);
    else
        yaml_diag(r->y, node, GLOSS_DIAG_ERROR,
                  "no source is named '%s'; give a source this name, or remove it from the list",
                  name);
}

/* The sources of a sink as indexes: all of them where the file names none. */
static void resolve_sources(struct config_reading *r, const struct config_draft *d,
                            struct config_sink_draft *s, const struct yaml_node *item)
{
    bool all = !config_key(item, "sources");
    size_t n = all ? d->sources.n : s->source_names.n, count = 0;
    size_t *indexes = arena_alloc(r->arena, (n + 1) * sizeof(*indexes));

    if (!indexes) {
        r->no_memory = true;
        return;
    }
    for (size_t i = 0; i < n; i++) {
        size_t index = all ? i : source_index(d, s->source_names.items[i]), k = 0;

        if (index == d->sources.n) {
            report_unknown_source(r, d, s->source_names.items[i], s->source_names.nodes[i]);
            continue;
        }
        while (k < count && indexes[k] != index)
            k++;
        if (k < count)
            yaml_diag(r->y, s->source_names.nodes[i], GLOSS_DIAG_ERROR,
                      "source '%s' is in this list already; remove it here",
                      s->source_names.items[i]);
        else
            indexes[count++] = index;
    }
    s->sink.sources = indexes;
    s->sink.n_sources = count;
}

static void complete_sink(struct config_reading *r, struct config_sink_draft *s,
                          const struct yaml_node *item)
{
    static const char *const keys[] = {"mode", "format", "emit"};

    demand_one(r, item, "sink", sink_kinds, ARRAY_SIZE(sink_kinds));
    if (s->to_stdout)
        refuse_keys(r, item, keys, 1, "sink is standard output");
    else if (s->to_journal)
        refuse_keys(r, item, keys, ARRAY_SIZE(keys), "sink is the journal");
    s->sink.is_stdout = s->to_stdout;
    s->sink.is_journal = s->to_journal;
    s->sink.line = item->line;
    s->sink.column = item->column;
    if (!s->sink.name)
        s->sink.name = s->to_stdout ? "stdout" : s->to_journal ? "journal" : s->sink.file;
}

static void check_sink_twice(const struct config_reading *r, const struct config_draft *d,
                             size_t at)
{
    const struct config_sink *s = &draft_sink(d, at)->sink;
    const struct yaml_node *item = d->sinks.nodes[at];

    for (size_t i = 0; i < at; i++) {
        const struct config_sink *other = &draft_sink(d, i)->sink;

        if (s->is_stdout && other->is_stdout) {
            yaml_diag(r->y, config_key(item, "stdout"), GLOSS_DIAG_ERROR,
                      "standard output is already the sink at %u:%u", other->line, other->column);
            return;
        }
        if (same(s->file, other->file))
            return;
        if (same(s->name, other->name)) {
            report_twice(r, item, "name", "the name", s->name, d->sinks.nodes[i]);
            return;
        }
    }
}

static bool is_listed(const struct config_draft *d, size_t source)
{
    for (size_t i = 0; i < d->sinks.n; i++) {
        const struct config_sink *s = &draft_sink(d, i)->sink;

        for (size_t k = 0; k < s->n_sources; k++)
            if (s->sources[k] == source)
                return true;
    }
    return false;
}

/* Where there is no sink at all the service only counts, and that is meant. Where there are
 * mistakes a source may be missing in a list because of one of them. */
static void check_unlisted(const struct config_reading *r, const struct config_draft *d)
{
    if (d->sinks.n == 0 || r->diags->errors > 0)
        return;
    for (size_t i = 0; i < d->sources.n; i++)
        if (!is_listed(d, i) && draft_source(d, i)->source.name)
            yaml_diag(r->y, d->sources.nodes[i], GLOSS_DIAG_WARNING,
                      "no sink lists source '%s': its lines are counted, but not written",
                      draft_source(d, i)->source.name);
}

static void check_sinks(struct config_reading *r, struct config_draft *d)
{
    struct config_sink *sinks = arena_alloc(r->arena, (d->sinks.n + 1) * sizeof(*sinks));

    if (!sinks) {
        r->no_memory = true;
        return;
    }
    for (size_t i = 0; i < d->sinks.n && !r->no_memory; i++) {
        complete_sink(r, draft_sink(d, i), d->sinks.nodes[i]);
        resolve_sources(r, d, draft_sink(d, i), d->sinks.nodes[i]);
        check_sink_twice(r, d, i);
        sinks[i] = draft_sink(d, i)->sink;
    }
    if (!r->no_memory)
        check_unlisted(r, d);
    d->config.sinks = sinks;
    d->config.n_sinks = d->sinks.n;
}

/* ---- outputs ---- */

static const char *sink_title(struct config_reading *r, const char *name)
{
    char *title = arena_alloc(r->arena, strlen(name) + sizeof("sink ''"));

    if (!title) {
        r->no_memory = true;
        return "a sink";
    }
    stpcpy(stpcpy(stpcpy(title, "sink '"), name), "'");
    return title;
}

static const struct yaml_node *value_or(const struct yaml_node *mapping, const char *key,
                                        const struct yaml_node *otherwise)
{
    const struct yaml_node *k = config_key(mapping, key);

    return k ? k->value : otherwise;
}

size_t config_outputs(struct config_reading *r, const struct config_draft *d,
                      const struct config_output **ret_outputs)
{
    struct config_output *list = arena_alloc(r->arena, (d->sinks.n + 2) * sizeof(*list));
    const struct yaml_node *counters = value_or(d->root, "counters", d->root);
    size_t n = 0;

    *ret_outputs = list;
    if (!list) {
        r->no_memory = true;
        return 0;
    }
    /* The default in spite of a key: what was asked for is wrong, and was said. */
    if (!config_key(d->root, "state") || d->config.state != defaults.state)
        list[n++] = (struct config_output){.what = "the state",
                                           .path = d->config.state,
                                           .node = value_or(d->root, "state", d->root)};
    for (size_t i = 0; i < d->sinks.n; i++) {
        const struct config_sink *s = &draft_sink(d, i)->sink;

        if (s->file)
            list[n++] = (struct config_output){.what = sink_title(r, s->name),
                                               .path = s->file,
                                               .node = value_or(d->sinks.nodes[i], "file", d->root),
                                               .no_link = true};
    }
    if (d->config.counters_file)
        list[n++] = (struct config_output){.what = "the counters",
                                           .path = d->config.counters_file,
                                           .node = value_or(counters, "file", counters),
                                           .no_link = true};
    return n;
}

static void check_outputs(struct config_reading *r, const struct config_draft *d)
{
    const struct config_output *list;
    size_t n = config_outputs(r, d, &list);

    for (size_t i = 1; i < n; i++)
        for (size_t k = 0; k < i; k++)
            if (STREQ(list[i].path, list[k].path)) {
                yaml_diag(r->y, list[i].node, GLOSS_DIAG_ERROR,
                          "%s cannot use the file '%s': %s uses it, at %u:%u", list[i].what,
                          list[i].path, list[k].what, list[k].node->line, list[k].node->column);
                break;
            }
}

void config_parse(struct config_reading *r, struct config_draft *d)
{
    const struct yaml_node *http;

    d->config = defaults;
    config_table_read(r, &top_table, d->root, d);
    d->config.catalogs = d->catalogs.items;
    d->config.n_catalogs = d->catalogs.n;
    http = config_key(d->root, "http");
    if (http)
        yaml_diag(r->y, http, GLOSS_DIAG_ERROR,
                  "http is not built into this version; remove the section");
    if (!r->no_memory)
        check_sources(r, d);
    if (!r->no_memory)
        check_sinks(r, d);
    if (!r->no_memory)
        check_outputs(r, d);
}
