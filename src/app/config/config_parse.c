/* The tables of all keys, and the mistakes that show when the parts of the text are compared: names
 * that come twice, sinks that share a file, lists of sources that do not exist. */

#include "app/config/config_kind.h"
#include "app/config/config_private.h"
#include "core/base/name_distance.h"
#include "core/base/nanoseconds.h"
#include "core/base/util.h"

#include <stdio.h>
#include <syslog.h>

#define KIB UINT64_C(1024)
#define NAME_LENGTH_MAX 255

static const struct config_word start_words[] = {
    {"beginning", CONFIG_START_BEGINNING}, {"end", CONFIG_START_END}, {0}};
static const struct config_word format_words[] = {
    {"text", GLOSS_FORMAT_TEXT}, {"json", GLOSS_FORMAT_JSON}, {"logfmt", GLOSS_FORMAT_LOGFMT}, {0}};
static const struct config_word emit_words[] = {
    {"matched", GLOSS_EMIT_MATCHED}, {"all", GLOSS_EMIT_ALL}, {0}};
static const struct config_word level_words[] = {{"error", LOG_ERR},     {"warning", LOG_WARNING},
                                                 {"notice", LOG_NOTICE}, {"info", LOG_INFO},
                                                 {"debug", LOG_DEBUG},   {0}};

#define TABLE(name, rows, ...) \
    static const struct config_table name = {rows, ARRAY_SIZE(rows), __VA_ARGS__}

#define AT(member) .offset = offsetof(struct config_source, member)
static const struct config_source source_defaults = {.rotate_wait_ns = 5 * SECOND_NS,
                                                     .max_line = 1024 * KIB};
static const struct config_field source_fields[] = {
    {"name", CONFIG_TEXT, AT(name), .max = NAME_LENGTH_MAX},
    {"start", CONFIG_WORD, AT(start), .words = start_words, .is_free = true},
    {"encoding", CONFIG_ENCODING, AT(encoding)},
    {"rotate_wait", CONFIG_DURATION, AT(rotate_wait_ns), .min = 100 * MS_NS, .max = DAY_NS},
    {"max_line", CONFIG_SIZE, AT(max_line), .min = KIB, .max = 64 * KIB * KIB},
    {"time_zone", CONFIG_ZONE, AT(time_zone)},
    {"time_format", CONFIG_FORMS, AT(time_formats)},
};
TABLE(source_table, source_fields, sizeof(struct config_source), &source_defaults);
#undef AT

#define AT(member) .offset = offsetof(struct config_sink_draft, member)
static const struct config_sink_draft sink_defaults = {
    .sink = {.format = GLOSS_FORMAT_TEXT, .emit = GLOSS_EMIT_MATCHED}};
static const struct config_field sink_fields[] = {
    {"name", CONFIG_TEXT, AT(sink.name), .max = NAME_LENGTH_MAX},
    {"format", CONFIG_WORD, AT(sink.format), .words = format_words},
    {"emit", CONFIG_WORD, AT(sink.emit), .words = emit_words},
    {"sources", CONFIG_TEXTS, AT(source_names)},
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
    {"catalogs", CONFIG_CATALOGS, AT(catalogs)},
    {"sources", CONFIG_SOURCES, AT(sources), .table = &source_table},
    {"sinks", CONFIG_SINKS, AT(sinks), .table = &sink_table},
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

/* ---- kinds ---- */

static bool says_no(const struct yaml_node *key)
{
    return gloss_span_equal(key->value->text, gloss_span_str("false"));
}

static void say_kind_needed(const struct config_reading *r, const struct yaml_node *item,
                            const char *what, const struct config_kind *const *kinds, size_t n)
{
    char list[256];
    size_t used = 0;

    for (size_t i = 0; i < n && used < sizeof(list); i++)
        used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%s",
                                 i == 0       ? ""
                                 : i + 1 == n ? " or "
                                              : ", ",
                                 kinds[i]->shown);
    yaml_diag(r->y, item, GLOSS_DIAG_ERROR, "a %s needs %s", what, list);
}

/* The kind whose key the item has; reports an item that has none, or several. A key whose value is
 * wrong counts too, because that mistake was reported. NULL: the item has no such key. */
static const struct config_kind *kind_of(const struct config_reading *r,
                                         const struct yaml_node *item, const char *what,
                                         const struct config_kind *const *kinds, size_t n)
{
    const struct config_kind *kind = NULL;

    for (size_t i = 0; i < n; i++) {
        const struct yaml_node *key = config_key(item, kinds[i]->key);

        if (!key || says_no(key))
            continue;
        if (kind)
            yaml_diag(r->y, key, GLOSS_DIAG_ERROR,
                      "a %s has '%s' or '%s', not both; write two items", what, kind->key,
                      kinds[i]->key);
        kind = kind ? kind : kinds[i];
    }
    if (!kind && !item->open)
        say_kind_needed(r, item, what, kinds, n);
    return kind;
}

static void refuse_key(const struct config_reading *r, const struct yaml_node *item,
                       const char *name, const struct config_kind *kind)
{
    const struct yaml_node *key = config_key(item, name);

    if (key)
        yaml_diag(r->y, key, GLOSS_DIAG_ERROR, "'%s' is for files, and this %s; remove it", name,
                  kind->is);
}

static bool has_key(const struct config_kind *kind, const char *key)
{
    for (size_t i = 0; i < kind->table.n_fields; i++)
        if (STREQ(kind->table.fields[i].key, key))
            return true;
    return false;
}

/* Reports the keys that belong to another kind alone. */
static void refuse_keys(const struct config_reading *r, const struct yaml_node *item,
                        const struct config_kind *kind, const struct config_kind *const *kinds,
                        size_t n)
{
    for (const char *const *key = kind->refuses; key && *key; key++)
        refuse_key(r, item, *key, kind);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < kinds[i]->table.n_fields; k++) {
            const char *key = kinds[i]->table.fields[k].key;

            if (!STREQ(key, kinds[i]->key) && !has_key(kind, key))
                refuse_key(r, item, key, kind);
        }
}

/* The settings of an item's kind; NULL: memory ran out. */
static const void *read_settings(struct config_reading *r, const struct yaml_node *item,
                                 const struct config_kind *kind,
                                 const struct config_kind *const *kinds, size_t n)
{
    void *settings = config_table_new(r, &kind->table);

    if (!settings)
        return NULL;
    config_table_fill(r, &kind->table, item, settings);
    refuse_keys(r, item, kind, kinds, n);
    if (kind->check)
        kind->check(r, item, settings);
    return settings;
}

static const char *identity_of(const struct config_kind *kind, const void *settings)
{
    return kind && settings && kind->identity ? kind->identity(settings) : NULL;
}

static bool same(const char *a, const char *b)
{
    return a && b && STREQ(a, b);
}

/* Reports a name or path that another source or sink has already. */
static void report_twice(const struct config_reading *r, const struct yaml_node *item,
                         const char *key, const char *what, const char *value,
                         const struct yaml_node *other)
{
    const struct yaml_node *k = config_key(item, key);

    yaml_diag(r->y, k ? k->value : item, GLOSS_DIAG_ERROR, "%s '%s' is already that of %u:%u", what,
              value, other->line, other->column);
}

/* Whether two items read or write the same thing; reports it at the second item. */
static bool is_one_thing(const struct config_reading *r, const struct config_kind *kind,
                         const void *settings, const struct yaml_node *item, const void *others,
                         const struct yaml_node *other, const char *what)
{
    const char *identity = identity_of(kind, settings);

    if (kind && kind->only_one) {
        yaml_diag(r->y, config_key(item, kind->key), GLOSS_DIAG_ERROR,
                  "%s is already the %s at %u:%u", kind->only_one, what, other->line,
                  other->column);
        return true;
    }
    if (!same(identity, identity_of(kind, others)))
        return false;
    if (kind->identity_name)
        report_twice(r, item, kind->key, kind->identity_name, identity, other);
    return true;
}

/* ---- sources ---- */

static void complete_source(struct config_reading *r, struct config_source *s,
                            const struct yaml_node *item)
{
    const struct config_kinds *kinds = r->kinds;

    s->kind = kind_of(r, item, "source", kinds->sources, kinds->n_sources);
    if (s->kind)
        s->settings = read_settings(r, item, s->kind, kinds->sources, kinds->n_sources);
    s->line = item->line;
    s->column = item->column;
    if (!s->name && s->kind && s->settings)
        s->name = s->kind->name(s->settings);
}

static void check_source_twice(const struct config_reading *r, const struct config_draft *d,
                               size_t at)
{
    const struct config_source *s = draft_source(d, at);
    const struct yaml_node *item = d->sources.nodes[at];

    for (size_t i = 0; i < at; i++) {
        const struct config_source *other = draft_source(d, i);
        const struct yaml_node *node = d->sources.nodes[i];

        if (s->kind == other->kind &&
            is_one_thing(r, s->kind, s->settings, item, other->settings, node, "source"))
            return;
        if (same(s->name, other->name)) {
            report_twice(r, item, "name", "the name", s->name, node);
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
        sources[i] = *draft_source(d, i);
    }
    d->config.sources = sources;
    d->config.n_sources = d->sources.n;
}

/* ---- sinks ---- */

static size_t source_index(const struct config_draft *d, const char *name)
{
    for (size_t i = 0; i < d->sources.n; i++)
        if (same(draft_source(d, i)->name, name))
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
        if (draft_source(d, i)->name)
            names[n++] = draft_source(d, i)->name;
    guess = name_guess(names, n, gloss_span_str(name));
    if (guess)
        yaml_diag(r->y, node, GLOSS_DIAG_ERROR, "no source is named '%s', did you mean '%s'?", name,
                  guess);
    else
        yaml_diag(r->y, node, GLOSS_DIAG_ERROR,
                  "no source is named '%s'; give a source this name, or remove it from the list",
                  name);
}

/* The sources of a sink as indexes; all of them when the file lists none. */
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

static void complete_sink(struct config_reading *r, struct config_sink *s,
                          const struct yaml_node *item)
{
    const struct config_kinds *kinds = r->kinds;

    s->kind = kind_of(r, item, "sink", kinds->sinks, kinds->n_sinks);
    if (s->kind)
        s->settings = read_settings(r, item, s->kind, kinds->sinks, kinds->n_sinks);
    s->line = item->line;
    s->column = item->column;
    if (!s->name && s->kind && s->settings)
        s->name = s->kind->name(s->settings);
}

static void check_sink_twice(const struct config_reading *r, const struct config_draft *d,
                             size_t at)
{
    const struct config_sink *s = &draft_sink(d, at)->sink;
    const struct yaml_node *item = d->sinks.nodes[at];

    for (size_t i = 0; i < at; i++) {
        const struct config_sink *other = &draft_sink(d, i)->sink;
        const struct yaml_node *node = d->sinks.nodes[i];

        if (s->kind == other->kind &&
            is_one_thing(r, s->kind, s->settings, item, other->settings, node, "sink"))
            return;
        if (same(s->name, other->name)) {
            report_twice(r, item, "name", "the name", s->name, node);
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

/* Warns of sources that no sink lists. With no sink at all, the service only counts, and that is
 * intended. When there are mistakes, a source may be missing in a list because of one of them. */
static void check_unlisted(const struct config_reading *r, const struct config_draft *d)
{
    if (d->sinks.n == 0 || r->diags->errors > 0)
        return;
    for (size_t i = 0; i < d->sources.n; i++)
        if (!is_listed(d, i) && draft_source(d, i)->name)
            yaml_diag(r->y, d->sources.nodes[i], GLOSS_DIAG_WARNING,
                      "no sink lists source '%s': its lines are counted, but not written",
                      draft_source(d, i)->name);
}

static void check_sinks(struct config_reading *r, struct config_draft *d)
{
    struct config_sink *sinks = arena_alloc(r->arena, (d->sinks.n + 1) * sizeof(*sinks));

    if (!sinks) {
        r->no_memory = true;
        return;
    }
    for (size_t i = 0; i < d->sinks.n && !r->no_memory; i++) {
        complete_sink(r, &draft_sink(d, i)->sink, d->sinks.nodes[i]);
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
    /* The default in spite of a key means that the value is wrong, which was reported. */
    if (!config_key(d->root, "state") || d->config.state != defaults.state)
        list[n++] = (struct config_output){.what = "the state",
                                           .path = d->config.state,
                                           .node = value_or(d->root, "state", d->root)};
    for (size_t i = 0; i < d->sinks.n; i++) {
        const struct config_sink *s = &draft_sink(d, i)->sink;
        const char *path = config_sink_path(s);

        if (path)
            list[n++] =
                (struct config_output){.what = sink_title(r, s->name),
                                       .path = path,
                                       .node = value_or(d->sinks.nodes[i], s->kind->key, d->root),
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
