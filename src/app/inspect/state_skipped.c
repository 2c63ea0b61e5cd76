#include "app/inspect/state_skipped.h"

#include "core/base/display_width.h"
#include "core/base/util.h"

/* One walk over the table of the state. */
struct walk {
    const struct words *named;
    struct gloss_buf *out;
    size_t source, path; /* widths of columns */
    size_t n;
};

static bool is_named(const struct words *named, const char *source)
{
    for (size_t i = 0; i < named->n; i++)
        if (STREQ(named->items[i], source))
            return true;
    return named->n == 0;
}

static int is_of(void *ctx, const struct store_skipped *skipped)
{
    return STREQ(skipped->source, (const char *)ctx);
}

int state_skipped_know(struct store *store, const char *source)
{
    return store_each_skipped(store, is_of, (void *)(uintptr_t)source);
}

static int measure(void *ctx, const struct store_skipped *skipped)
{
    struct walk *walk = ctx;

    if (!is_named(walk->named, skipped->source))
        return 0;
    walk->source = MAX(walk->source, display_width_of(gloss_span_str(skipped->source)));
    walk->path = MAX(walk->path, display_width_of(gloss_span_str(skipped->path)));
    walk->n++;
    return 0;
}

static void put_padded(struct gloss_buf *out, const char *text, size_t width)
{
    size_t own = display_width_of(gloss_span_str(text));

    gloss_buf_printf(out, "%s%*s  ", text, (int)(width - MIN(own, width)), "");
}

static int put_row(void *ctx, const struct store_skipped *skipped)
{
    struct walk *walk = ctx;

    if (!is_named(walk->named, skipped->source))
        return 0;
    put_padded(walk->out, skipped->source, walk->source);
    put_padded(walk->out, skipped->path, walk->path);
    gloss_buf_printf(walk->out, "%s\n", skipped->reason);
    return 0;
}

int state_skipped_table(struct store *store, const struct words *named, struct gloss_buf *out)
{
    struct walk walk = {
        .named = named, .out = out, .source = strlen("SOURCE"), .path = strlen("NOT READ")};
    int r = store_each_skipped(store, measure, &walk);

    if (r < 0 || walk.n == 0)
        return r;
    put_padded(out, "SOURCE", walk.source);
    put_padded(out, "NOT READ", walk.path);
    gloss_buf_str(out, "BECAUSE\n");
    return store_each_skipped(store, put_row, &walk);
}

static void put_text(struct gloss_buf *out, const char *key, const char *text)
{
    gloss_buf_printf(out, "\"%s\": \"", key);
    gloss_buf_json(out, gloss_span_str(text));
    gloss_buf_char(out, '"');
}

static int put_object(void *ctx, const struct store_skipped *skipped)
{
    struct walk *walk = ctx;

    if (!is_named(walk->named, skipped->source))
        return 0;
    gloss_buf_str(walk->out, walk->n++ > 0 ? ",\n  {" : "\n  {");
    put_text(walk->out, "source", skipped->source);
    gloss_buf_str(walk->out, ", ");
    put_text(walk->out, "path", skipped->path);
    gloss_buf_str(walk->out, ", ");
    put_text(walk->out, "reason", skipped->reason);
    gloss_buf_char(walk->out, '}');
    return 0;
}

int state_skipped_json(struct store *store, const struct words *named, struct gloss_buf *out)
{
    struct walk walk = {.named = named, .out = out};

    return store_each_skipped(store, put_object, &walk);
}
