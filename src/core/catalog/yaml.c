/* YAML, read in one pass.
 *
 * libfyaml offers events and documents. A document of 10,000 codes takes it 2.7 s and 31 MiB, the
 * events of the same text 30 ms and 0.6 MiB. So the tree is built here from the events, of small
 * nodes in an arena, whose texts point into the input wherever it has them verbatim:
 *
 *     yaml_text checks the bytes ──► fy_parser events ──► builder (a stack of open nodes) ──► tree
 *
 * Aliases, anchors and tags are refused: a file for people needs none, and with aliases a few lines
 * become gigabytes. Nothing can be read behind a mistake of syntax. What was read before it is
 * handed out all the same, so that one run names the other mistakes, too. */

#include "core/catalog/yaml.h"
#include "core/base/arena.h"
#include "core/base/util.h"
#include "core/catalog/yaml_hint.h"
#include "core/catalog/yaml_quote.h"
#include "core/catalog/yaml_text.h"

#include <assert.h>
#include <libfyaml.h>
#include <stdarg.h>
#include <stdio.h>

struct yaml {
    const char *file;
    struct gloss_span text;
    struct gloss_diags *diags;
    struct arena nodes;
    const struct yaml_node *root;
};

/* A mapping or sequence whose end has not come yet. */
struct level {
    struct yaml_node *node;
    struct yaml_node *last; /* its last key or item so far */
    bool value_next;        /* last is a key, and its value comes next */
};

struct builder {
    struct yaml *y;
    struct level stack[YAML_DEPTH_MAX];
    size_t depth, n_nodes;
    size_t n_closed; /* levels that have ended since the last node; in the stack above depth */
    bool broken;     /* a mistake was reported */
    bool done;       /* nothing more is to be read */
    bool no_memory;
};

/* ---- mistakes ---- */

__attribute__((format(printf, 6, 0))) static void report(const struct yaml *y, unsigned line,
                                                         unsigned column, size_t offset,
                                                         enum gloss_diag_level level,
                                                         const char *format, va_list args)
{
    char text[1024];

    vsnprintf(text, sizeof(text), format, args);
    gloss_diags_add(y->diags, level, y->file, line, column,
                    line > 0 ? yaml_text_line(y->text, offset) : gloss_span(NULL, 0), "%s", text);
}

__attribute__((format(printf, 5, 6))) static void
complain(struct builder *b, unsigned line, unsigned column, size_t offset, const char *format, ...)
{
    va_list args;

    b->broken = true;
    va_start(args, format);
    report(b->y, line, column, offset, GLOSS_DIAG_ERROR, format, args);
    va_end(args);
}

void yaml_diag(const struct yaml *y, const struct yaml_node *n, enum gloss_diag_level level,
               const char *format, ...)
{
    va_list args;

    va_start(args, format);
    report(y, n->line, n->column, n->offset, level, format, args);
    va_end(args);
}

void yaml_diag_at(const struct yaml *y, const struct yaml_node *n, size_t at,
                  enum gloss_diag_level level, const char *format, ...)
{
    size_t quote = n->style == YAML_SINGLE || n->style == YAML_DOUBLE, length;
    size_t begin = n->offset + quote;
    unsigned column = n->column;
    va_list args;

    if (yaml_source_length(gloss_span(y->text.ptr + begin, y->text.len - begin), n->style, at,
                           &length))
        column += (unsigned)quote + yaml_text_chars(gloss_span(y->text.ptr + begin, length));
    va_start(args, format);
    report(y, n->line, column, n->offset, level, format, args);
    va_end(args);
}

/* ---- building ---- */

/* A new node. Returns NULL where there are too many or memory runs out. */
static struct yaml_node *builder_node(struct builder *b, enum yaml_kind kind,
                                      const struct fy_mark *mark)
{
    struct yaml_node *n;

    if (++b->n_nodes > YAML_NODES_MAX) {
        complain(b, 0, 0, 0, "too large: more than %d keys and values", YAML_NODES_MAX);
        b->done = true;
        b->y->root = NULL;
        return NULL;
    }
    n = arena_alloc(&b->y->nodes, sizeof(*n));
    if (!n) {
        b->no_memory = true;
        return NULL;
    }
    *n = (struct yaml_node){.kind = kind};
    if (mark) {
        n->line = (unsigned)mark->line + 1;
        n->column = (unsigned)mark->column + 1;
        n->offset = mark->input_pos;
    }
    b->n_closed = 0;
    return n;
}

/* Makes a node the next key, value or item of the innermost level. */
static void builder_add(struct builder *b, struct yaml_node *n)
{
    struct level *top = b->depth > 0 ? &b->stack[b->depth - 1] : NULL;

    if (!top) {
        b->y->root = n->line > 0 ? n : NULL; /* a lone "---" makes an empty value without a place */
        return;
    }
    if (n->line == 0 && top->last) {
        n->line = top->last->line;
        n->column = top->last->column;
        n->offset = top->last->offset;
    }
    if (top->value_next) {
        assert(top->last);
        top->last->value = n;
        top->value_next = false;
        return;
    }
    if (top->last)
        top->last->next = n;
    else
        top->node->first = n;
    top->last = n;
    top->value_next = top->node->kind == YAML_MAPPING;
}

/* Whether the next node has to be a key. */
static bool key_expected(const struct builder *b)
{
    const struct level *top = b->depth > 0 ? &b->stack[b->depth - 1] : NULL;

    return top && top->node->kind == YAML_MAPPING && !top->value_next;
}

static void builder_open(struct builder *b, enum yaml_kind kind, const struct fy_mark *mark)
{
    struct yaml_node *n = builder_node(b, kind, mark);

    if (!n)
        return;
    if (key_expected(b)) {
        complain(b, n->line, n->column, n->offset, "a key must be text, not %s", yaml_kind_name(n));
        b->done = true;
        return;
    }
    if (b->depth == YAML_DEPTH_MAX) {
        complain(b, n->line, n->column, n->offset, "nested more than %d levels deep",
                 YAML_DEPTH_MAX);
        b->done = true;
        return;
    }
    builder_add(b, n);
    n->open = true;
    b->stack[b->depth++] = (struct level){.node = n};
}

static void builder_close(struct builder *b)
{
    assert(b->depth > 0 && b->stack[b->depth - 1].node);
    b->stack[--b->depth].node->open = false;
    b->n_closed++;
}

/* A line that is indented too little ends levels before the parser finds the mistake. It may have
 * been meant as a part of them, so they count as open. */
static void reopen_closed(struct builder *b)
{
    for (size_t i = 0; i < b->n_closed; i++)
        b->stack[b->depth + i].node->open = true;
}

static enum yaml_style scalar_style(struct fy_token *token)
{
    switch (fy_token_scalar_style(token)) {
    case FYSS_SINGLE_QUOTED:
        return YAML_SINGLE;
    case FYSS_DOUBLE_QUOTED:
        return YAML_DOUBLE;
    case FYSS_LITERAL:
    case FYSS_FOLDED:
        return YAML_BLOCK;
    default:
        return YAML_PLAIN;
    }
}

/* Sets the text of a scalar. It points into the input where the input has it verbatim, else to a
 * copy. */
static void scalar_text(struct builder *b, struct yaml_node *n, struct fy_token *token, size_t end)
{
    struct gloss_span raw = gloss_span(b->y->text.ptr + n->offset, end - n->offset);
    size_t length = 0;
    const char *text = fy_token_get_text(token, &length);
    char *copy;

    if (!text) {
        b->no_memory = true;
        return;
    }
    n->text = gloss_span(text, length);
    if (gloss_span_equal(raw, n->text)) {
        n->text = raw;
        return;
    }
    copy = arena_copy(&b->y->nodes, n->text);
    if (!copy)
        b->no_memory = true;
    n->text = gloss_span(copy, copy ? length : 0);
}

static void builder_scalar(struct builder *b, struct fy_event *event)
{
    struct fy_token *token = event->scalar.value;
    const struct fy_mark *mark = fy_event_start_mark(event), *end = fy_event_end_mark(event);
    struct yaml_node *n = builder_node(b, YAML_SCALAR, mark);

    if (!n)
        return;
    n->text = gloss_span("", 0);
    builder_add(b, n);
    if (!token || !mark || !end)
        return;
    n->style = scalar_style(token);
    if (end->input_pos - mark->input_pos > YAML_SCALAR_MAX) {
        complain(b, n->line, n->column, n->offset,
                 "too long: the text has %zu bytes, at most %zu are allowed",
                 end->input_pos - mark->input_pos, YAML_SCALAR_MAX);
        n->kind = YAML_BAD;
        return;
    }
    scalar_text(b, n, token, end->input_pos);
    if (n->style == YAML_SINGLE || n->style == YAML_DOUBLE) {
        n->offset--; /* the node stands where its quotation mark stands */
        n->column--;
    }
}

/* Reports something that is not taken. libfyaml gives as the place of an alias or an anchor that
 * behind its first character; there, behind = 1. */
static void refuse(struct builder *b, const struct fy_mark *mark, unsigned behind, const char *what)
{
    if (mark)
        complain(b, (unsigned)mark->line + 1, (unsigned)mark->column + 1 - behind,
                 mark->input_pos - behind, "%s", what);
}

static void builder_alias(struct builder *b, struct fy_event *event)
{
    const struct fy_mark *mark = fy_event_start_mark(event);
    struct yaml_node *n = builder_node(b, YAML_BAD, mark);

    if (!n)
        return;
    refuse(b, mark, 1, "aliases are not allowed here; write the value itself (or quote the '*')");
    builder_add(b, n);
}

/* Anchors and tags stand before a node. They are reported, and the node is read without them. */
static void refuse_decoration(struct builder *b, struct fy_token *anchor, struct fy_token *tag)
{
    if (anchor)
        refuse(b, fy_token_start_mark(anchor), 1,
               "anchors are not allowed here; leave it out (or quote the '&')");
    if (tag)
        refuse(b, fy_token_start_mark(tag), 0,
               "tags are not allowed here; leave it out (or quote the '!')");
}

static void builder_event(struct builder *b, struct fy_event *event)
{
    const struct fy_mark *mark = fy_event_start_mark(event);

    switch (event->type) {
    case FYET_DOCUMENT_START:
        if (b->n_nodes > 0) {
            complain(b, mark ? (unsigned)mark->line + 1 : 0, 1, mark ? mark->input_pos : 0,
                     "a second document begins; a file holds one document");
            b->done = true;
        }
        break;
    case FYET_SCALAR:
        refuse_decoration(b, event->scalar.anchor, event->scalar.tag);
        builder_scalar(b, event);
        break;
    case FYET_ALIAS:
        builder_alias(b, event);
        break;
    case FYET_MAPPING_START:
        refuse_decoration(b, event->mapping_start.anchor, event->mapping_start.tag);
        builder_open(b, YAML_MAPPING, mark);
        break;
    case FYET_SEQUENCE_START:
        refuse_decoration(b, event->sequence_start.anchor, event->sequence_start.tag);
        builder_open(b, YAML_SEQUENCE, mark);
        break;
    case FYET_MAPPING_END:
    case FYET_SEQUENCE_END:
        builder_close(b);
        break;
    default:
        break;
    }
}

/* ---- the parser ---- */

/* Reports the first error that libfyaml found. Those behind it follow from it. */
static void report_parser(struct builder *b, struct fy_diag *diag)
{
    void *iter = NULL;
    const struct fy_diag_error *error = fy_diag_errors_iterate(diag, &iter);
    const char *hint = error && error->msg ? yaml_hint(error->msg) : NULL;

    if (!error || !error->msg) {
        complain(b, 0, 0, 0, "not YAML that can be read here");
        return;
    }
    complain(b, (unsigned)MAX(error->line, 0), (unsigned)MAX(error->column, 0),
             yaml_text_line_offset(b->y->text, (unsigned)MAX(error->line, 0)), "not YAML: %s%s%s",
             error->msg, hint ? "; " : "", hint ? hint : "");
}

/* The output of a collector, which libfyaml demands: errors are only collected. */
static void swallow(struct fy_diag *diag, void *user, const char *text, size_t n)
{
    (void)diag;
    (void)user;
    (void)text;
    (void)n;
}

/* Collects the errors of the parser. Returns NULL when memory runs out. */
static struct fy_diag *collector(void)
{
    struct fy_diag_cfg config;
    struct fy_diag *diag;

    fy_diag_cfg_default(&config);
    config.fp = NULL;
    config.output_fn = swallow;
    config.level = FYET_ERROR;
    config.colorize = false;
    diag = fy_diag_create(&config);
    if (diag)
        fy_diag_set_collect_errors(diag, true);
    return diag;
}

static void build(struct builder *b, struct fy_parser *parser, struct fy_diag *diag)
{
    struct fy_event *event;

    while (!b->done && !b->no_memory && (event = fy_parser_parse(parser))) {
        builder_event(b, event);
        fy_parser_event_free(parser, event);
    }
    if (!b->done && !b->no_memory && fy_parser_get_stream_error(parser)) {
        report_parser(b, diag);
        reopen_closed(b);
    }
}

/* Where the text broke off behind a key, the key gets a value of the kind YAML_BAD. */
static void builder_finish(struct builder *b)
{
    static const struct yaml_node absent = {.kind = YAML_BAD};

    for (size_t i = 0; i < b->depth; i++)
        if (b->stack[i].value_next)
            b->stack[i].last->value = &absent;
}

static int parse(struct builder *b)
{
    struct fy_parse_cfg config = {.flags = FYPCF_QUIET | FYPCF_JSON_NONE};
    struct fy_diag *diag = collector();
    struct fy_parser *parser = NULL;
    int r = -ENOMEM;

    if (!diag)
        return -ENOMEM;
    config.diag = diag;
    parser = fy_parser_create(&config);
    if (!parser || fy_parser_set_string(parser, b->y->text.ptr, b->y->text.len) != 0)
        goto out;
    build(b, parser, diag);
    r = b->no_memory ? -ENOMEM : 0;
out:
    fy_parser_destroy(parser);
    fy_diag_destroy(diag);
    return r;
}

int yaml_read(struct yaml **ret_yaml, const char *file, struct gloss_span text,
              struct gloss_diags *diags)
{
    CLEANUP(yaml_freep) struct yaml *y = calloc(1, sizeof(*y));
    struct builder b = {.y = y};
    int r;

    if (!y)
        return -ENOMEM;
    y->file = file;
    y->text = text;
    y->diags = diags;
    b.broken = !yaml_text_check(text, file, diags);
    if (!b.broken && text.len > 0) {
        r = parse(&b);
        if (r < 0)
            return r;
        builder_finish(&b);
    }
    *ret_yaml = TAKE_PTR(y);
    return b.broken ? YAML_E_BROKEN : 0;
}

struct yaml *yaml_free(struct yaml *y)
{
    if (!y)
        return NULL;
    arena_deinit(&y->nodes);
    free(y);
    return NULL;
}

const struct yaml_node *yaml_root(const struct yaml *y)
{
    return y->root;
}
