#include "toy/toy.h"

#include "core/base/util.h"

#include <inttypes.h>
#include <stdio.h>

#define TURN_LINES 64

struct settings {
    uint64_t lines;
};

struct toy_source {
    struct source source;
    /* How many lines: were given so far, are in the checkpoint under way, in the last one. */
    uint64_t given, prepared, committed;
    uint64_t offset; /* bytes of the lines given so far */
};

static struct toy_source *of(const struct source *s)
{
    return container_of(s, struct toy_source, source);
}

static uint64_t lines_of(const struct source *s)
{
    return ((const struct settings *)s->config->settings)->lines;
}

static struct source *toy_alloc(void)
{
    struct toy_source *t = calloc(1, sizeof(*t));

    return t ? &t->source : NULL;
}

static int toy_init(struct source *s)
{
    (void)s;
    return 0;
}

static void toy_free(struct source *s)
{
    free(of(s));
}

static int on_row(void *ctx, const struct store_cursor *row)
{
    struct source *s = ctx;

    if (!STREQ(row->source, s->name))
        return 0;
    of(s)->given = of(s)->committed = strtoull(row->cursor, NULL, 10);
    of(s)->offset = row->offset;
    s->pipeline.stream.lines = row->lines;
    return 0;
}

static int toy_restore(struct source *s, struct store *store)
{
    return store_each_cursor(store, on_row, s);
}

static int toy_turn(struct source *s, uint64_t now_ns, size_t budget)
{
    struct toy_source *t = of(s);
    char text[TURN_LINES * 64];
    struct gloss_block block = {.offset = t->offset, .begins_line = true, .ends_line = true};
    size_t n = 0;
    int r;

    (void)now_ns;
    (void)budget;
    for (int i = 0; i < TURN_LINES && t->given < lines_of(s); i++)
        n += (size_t)sprintf(text + n, "toy %" PRIu64 " BIZ_NO_MESSAGE\n", ++t->given);
    if (n == 0)
        return 0;
    block.bytes = gloss_span(text, n);
    t->offset += n;
    r = source_block(s, /* stream= */ NULL, &block);
    return r < 0 ? r : r == 0 && t->given < lines_of(s);
}

static uint64_t toy_due_ns(const struct source *s, uint64_t now_ns)
{
    return of(s)->given < lines_of(s) ? now_ns : UINT64_MAX;
}

static int toy_prepare(struct source *s, struct store *store)
{
    struct toy_source *t = of(s);
    char cursor[24];
    const struct store_cursor row = {.source = s->name,
                                     .key = "",
                                     .cursor = cursor,
                                     .offset = t->offset,
                                     .lines = s->pipeline.stream.lines};

    snprintf(cursor, sizeof(cursor), "%" PRIu64, t->given);
    t->prepared = t->given;
    return t->given == t->committed ? 0 : store_put_cursor(store, &row);
}

static void toy_commit(struct source *s)
{
    of(s)->committed = of(s)->prepared;
}

static void toy_describe(const struct source *s, struct source_status *ret_status)
{
    ret_status->behind_bytes = 10 * (lines_of(s) - of(s)->given);
    ret_status->error = of(s)->given == lines_of(s) ? "has nothing more to play with" : NULL;
}

static const struct source_ops ops = {
    .alloc = toy_alloc,
    .init = toy_init,
    .free = toy_free,
    .restore = toy_restore,
    .turn = toy_turn,
    .due_ns = toy_due_ns,
    .prepare = toy_prepare,
    .commit = toy_commit,
    .describe = toy_describe,
};

static const char *toy_name(const void *settings)
{
    (void)settings;
    return "toy";
}

static const char *toy_find(const void *settings, const char *cursor)
{
    const struct settings *s = settings;

    return s && strtoull(cursor, NULL, 10) > s->lines ? "gone" : "there";
}

static const struct config_field fields[] = {{"toy", CONFIG_SIZE,
                                              .offset = offsetof(struct settings, lines), .min = 1,
                                              .max = 1000000000, .is_free = true}};
static const char *const refuses[] = {"start", "encoding", "rotate_wait", "max_line", NULL};

const struct source_kind toy_source_kind = {
    .config = {.key = "toy",
               .shown = "'toy'",
               .is = "source is a toy",
               .refuses = refuses,
               .table = {.fields = fields,
                         .n_fields = ARRAY_SIZE(fields),
                         .size = sizeof(struct settings)},
               .name = toy_name,
               .not_read_again = "a toy is not played with again",
               .one = "a toy",
               .many = "toys",
               .find_cursor = toy_find,
               .cursor_of = "toy of"},
    .ops = &ops,
};
