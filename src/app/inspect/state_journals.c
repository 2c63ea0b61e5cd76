/* A journal has no size to hold the place against: entries of many programs stand between those
 * that were read. So what can be told of it is whether the last one is there still. */

#include "app/inspect/state_journals.h"

#include "core/base/util.h"
#include "io/input/journal_reader.h"

#include <gloss/stamp.h>
#include <inttypes.h>
#include <stdio.h>

static int on_journal(void *ctx, const struct store_journal *row)
{
    struct state_journals *j = ctx;
    struct state_journals_item *item;

    if (GROW(&j->items, &j->size, j->n + 1) < 0)
        return -ENOMEM;
    item = &j->items[j->n++];
    *item = (struct state_journals_item){.source = strdup(row->source),
                                         .cursor = strdup(row->cursor),
                                         .time_ns = row->time_ns,
                                         .offset = row->offset,
                                         .lines = row->lines};
    return item->source && item->cursor ? 0 : -ENOMEM;
}

int state_journals_load(struct state_journals *j, struct store *store)
{
    return store_each_journal(store, on_journal, j);
}

void state_journals_deinit(struct state_journals *j)
{
    for (size_t i = 0; i < j->n; i++) {
        free(j->items[i].source);
        free(j->items[i].cursor);
    }
    free(j->items);
    *j = (struct state_journals){0};
}

bool state_journals_know(const struct state_journals *j, const char *source)
{
    for (size_t i = 0; i < j->n; i++)
        if (STREQ(j->items[i].source, source))
            return true;
    return false;
}

const char *state_journals_found(const struct state_journals_item *item,
                                 const struct config *config)
{
    const char *folder = NULL;
    int r;

    for (size_t i = 0; config && i < config->n_sources; i++)
        if (STREQ(config->sources[i].name, item->source))
            folder = config->sources[i].journal.folder;
    r = journal_reader_has(folder, item->cursor);
    return r < 0 ? strerror(-r) : r > 0 ? "there" : "gone";
}

static bool is_named(const struct words *named, const char *source)
{
    for (size_t i = 0; i < named->n; i++)
        if (STREQ(named->items[i], source))
            return true;
    return named->n == 0;
}

void state_journals_table(const struct state_journals *j, const struct words *named,
                          const struct config *config, struct gloss_buf *out)
{
    size_t width = strlen("JOURNAL OF"), n = 0;

    for (size_t i = 0; i < j->n; i++)
        width = MAX(width, strlen(j->items[i].source));
    for (size_t i = 0; i < j->n; i++) {
        const struct state_journals_item *item = &j->items[i];
        char time[GLOSS_STAMP_BYTES];

        if (!is_named(named, item->source))
            continue;
        if (n++ == 0)
            gloss_buf_printf(out, "%-*s  %12s  %10s  %-20s  %s\n", (int)width, "JOURNAL OF",
                             "READ BYTES", "LINES", "LAST ENTRY", "ENTRY");
        gloss_stamp_write(item->time_ns, time);
        time[10] = ' ';
        gloss_buf_printf(out, "%-*s  %12" PRIu64 "  %10" PRIu64 "  %.19sZ  %s\n", (int)width,
                         item->source, item->offset, item->lines, time,
                         state_journals_found(item, config));
    }
}

static void put_text(struct gloss_buf *out, const char *key, const char *text)
{
    gloss_buf_printf(out, "\"%s\": \"", key);
    gloss_buf_json(out, gloss_span_str(text));
    gloss_buf_str(out, "\", ");
}

void state_journals_json(const struct state_journals *j, const struct words *named,
                         const struct config *config, struct gloss_buf *out)
{
    size_t n = 0;

    for (size_t i = 0; i < j->n; i++) {
        const struct state_journals_item *item = &j->items[i];

        if (!is_named(named, item->source))
            continue;
        gloss_buf_str(out, n++ > 0 ? ",\n  {" : "\n  {");
        put_text(out, "source", item->source);
        put_text(out, "cursor", item->cursor);
        gloss_buf_printf(out, "\"offset\": %" PRIu64 ", \"lines\": %" PRIu64 ", \"last_entry\": \"",
                         item->offset, item->lines);
        gloss_stamp_format(item->time_ns, out);
        gloss_buf_str(out, "\", ");
        put_text(out, "entry", state_journals_found(item, config));
        out->len -= MIN(out->len, strlen(", "));
        gloss_buf_char(out, '}');
    }
}
