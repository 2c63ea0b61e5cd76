/* A journal has no size to compare the position with: entries of many programs stand between those
 * that were read. All that can be checked is whether the entry read last is still there. */

#include "app/inspect/state_cursors.h"

#include "app/config/config_kind.h"
#include "app/connectors/kinds.h"
#include "core/base/display_width.h"
#include "core/base/util.h"

#include <ctype.h>
#include <gloss/stamp.h>
#include <inttypes.h>
#include <stdio.h>

static int on_cursor(void *ctx, const struct store_cursor *row)
{
    struct state_cursors *c = ctx;
    struct state_cursor *item;

    if (GROW(&c->items, &c->size, c->n + 1) < 0)
        return -ENOMEM;
    item = &c->items[c->n++];
    *item = (struct state_cursor){.source = strdup(row->source),
                                  .key = strdup(row->key),
                                  .cursor = strdup(row->cursor),
                                  .time_ns = row->time_ns,
                                  .offset = row->offset,
                                  .lines = row->lines};
    return item->source && item->key && item->cursor ? 0 : -ENOMEM;
}

int state_cursors_load(struct state_cursors *c, struct store *store)
{
    return store_each_cursor(store, on_cursor, c);
}

void state_cursors_deinit(struct state_cursors *c)
{
    for (size_t i = 0; i < c->n; i++) {
        free(c->items[i].source);
        free(c->items[i].key);
        free(c->items[i].cursor);
    }
    free(c->items);
    *c = (struct state_cursors){0};
}

bool state_cursors_know(const struct state_cursors *c, const char *source)
{
    for (size_t i = 0; i < c->n; i++)
        if (STREQ(c->items[i].source, source))
            return true;
    return false;
}

static const struct config_source *source_of(const struct config *config, const char *name)
{
    for (size_t i = 0; config && i < config->n_sources; i++)
        if (STREQ(config->sources[i].name, name))
            return &config->sources[i];
    return NULL;
}

/* The kind of a source with a cursor; the first kind that has cursors when the configuration does
 * not have that source. */
static const struct config_kind *kind_of(const struct config_source *source)
{
    const struct config_kinds *kinds = &connector_kinds;

    if (source && source->kind->find_cursor)
        return source->kind;
    for (size_t i = 0; i < kinds->n_sources; i++)
        if (kinds->sources[i]->find_cursor)
            return kinds->sources[i];
    return NULL;
}

const char *state_cursors_what(const struct state_cursor *item, const struct config *config)
{
    const struct config_kind *kind = kind_of(source_of(config, item->source));

    return kind ? kind->cursor_of : "cursor of";
}

const char *state_cursors_found(const struct state_cursor *item, const struct config *config)
{
    const struct config_source *source = source_of(config, item->source);
    const struct config_kind *kind = kind_of(source);
    bool is_its_own = source && source->kind == kind;

    return kind ? kind->find_cursor(is_its_own ? source->settings : NULL, item->cursor)
                : "nobody knows";
}

static bool is_named(const struct words *named, const char *source)
{
    for (size_t i = 0; i < named->n; i++)
        if (STREQ(named->items[i], source))
            return true;
    return named->n == 0;
}

static void put_title(struct gloss_buf *out, int width, const char *what)
{
    char title[32];
    size_t i = 0;

    for (; what[i] && i + 1 < sizeof(title); i++)
        title[i] = (char)toupper((unsigned char)what[i]);
    title[i] = '\0';
    gloss_buf_printf(out, "%-*s  %12s  %10s  %-20s  %s\n", width, title, "READ BYTES", "LINES",
                     "LAST ENTRY", "ENTRY");
}

void state_cursors_table(const struct state_cursors *c, const struct words *named,
                         const struct config *config, struct gloss_buf *out)
{
    size_t width = 0, n = 0;

    for (size_t i = 0; i < c->n; i++) {
        width = MAX(width, display_width_of(gloss_span_str(c->items[i].source)));
        width = MAX(width, strlen(state_cursors_what(&c->items[i], config)));
    }
    for (size_t i = 0; i < c->n; i++) {
        const struct state_cursor *item = &c->items[i];
        char time[GLOSS_STAMP_BYTES];

        if (!is_named(named, item->source))
            continue;
        if (n++ == 0)
            put_title(out, (int)width, state_cursors_what(item, config));
        gloss_stamp_write(item->time_ns, time);
        time[10] = ' ';
        display_width_put_padded(out, gloss_span_str(item->source), width);
        gloss_buf_printf(out, "  %12" PRIu64 "  %10" PRIu64 "  %.19sZ  %s\n", item->offset,
                         item->lines, time, state_cursors_found(item, config));
    }
}

static void put_text(struct gloss_buf *out, const char *key, const char *text)
{
    gloss_buf_printf(out, "\"%s\": \"", key);
    gloss_buf_json(out, gloss_span_str(text));
    gloss_buf_str(out, "\", ");
}

void state_cursors_json(const struct state_cursors *c, const struct words *named,
                        const struct config *config, struct gloss_buf *out)
{
    size_t n = 0;

    for (size_t i = 0; i < c->n; i++) {
        const struct state_cursor *item = &c->items[i];

        if (!is_named(named, item->source))
            continue;
        gloss_buf_str(out, n++ > 0 ? ",\n  {" : "\n  {");
        put_text(out, "source", item->source);
        put_text(out, "cursor", item->cursor);
        gloss_buf_printf(out, "\"offset\": %" PRIu64 ", \"lines\": %" PRIu64 ", \"last_entry\": \"",
                         item->offset, item->lines);
        gloss_stamp_format(item->time_ns, out);
        gloss_buf_str(out, "\", ");
        put_text(out, "entry", state_cursors_found(item, config));
        out->len -= MIN(out->len, strlen(", "));
        gloss_buf_char(out, '}');
    }
}
