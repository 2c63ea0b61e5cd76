/* Everything here stops the program when it is wrong or lacks memory: a test or a fuzzer is told by
 * that, and needs no framework for it. */

#include "findings.h"

#include "core/base/util.h"
#include "rng.h"

#include <gloss/lines.h>
#include <stdio.h>

#define CHECK(what)                                                            \
    do {                                                                       \
        if (!(what)) {                                                         \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #what); \
            abort();                                                           \
        }                                                                      \
    } while (0)

static void clear(struct findings *f)
{
    for (size_t i = 0; i < f->n; i++)
        gloss_buf_deinit(&f->items[i].extra);
    f->n = 0;
}

void findings_deinit(struct findings *f)
{
    clear(f);
    free(f->items);
    gloss_buf_deinit(&f->out);
    *f = (struct findings){0};
}

static int compare(const void *a, const void *b)
{
    const struct finding *x = a, *y = b;

    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    if (x->place != y->place)
        return x->place < y->place ? -1 : 1;
    return (x->catalog > y->catalog) - (x->catalog < y->catalog);
}

static void write_finding(struct findings *f, const struct finding *it)
{
    static const char *const names[] = {"hit", "unknown", "success", "matched"};
    struct gloss_buf *out = &f->out;

    gloss_buf_printf(out, "%llu: %s", (unsigned long long)f->number, names[it->kind]);
    if (it->kind == FINDING_HIT || it->kind == FINDING_UNKNOWN)
        gloss_buf_printf(out, " %llu-%llu of %zu", (unsigned long long)it->place,
                         (unsigned long long)it->end,
                         it->kind == FINDING_HIT ? (size_t)it->entry : it->catalog);
    if (it->first)
        gloss_buf_str(out, " first");
    gloss_buf_span(out, gloss_buf_view(&it->extra));
    gloss_buf_char(out, '\n');
}

static void flush(struct findings *f)
{
    if (f->n)
        qsort(f->items, f->n, sizeof(*f->items), compare);
    for (size_t i = 0; i < f->n; i++)
        write_finding(f, &f->items[i]);
    clear(f);
}

void findings_at(struct findings *f, uint64_t number)
{
    CHECK(number >= f->number);
    if (number > f->number)
        flush(f);
    f->number = number;
}

struct finding *findings_add(struct findings *f, enum finding_kind kind, uint64_t place,
                             uint64_t end)
{
    CHECK(GROW(&f->items, &f->size, f->n + 1) == 0);
    f->items[f->n] = (struct finding){.kind = kind, .place = place, .end = end};
    return &f->items[f->n++];
}

void finding_capture(struct finding *hit, const char *name, struct gloss_span value)
{
    gloss_buf_printf(&hit->extra, " %s=", name);
    gloss_buf_json(&hit->extra, value);
}

void findings_end(struct findings *f, uint64_t lines)
{
    flush(f);
    gloss_buf_printf(&f->out, "%llu lines\n", (unsigned long long)lines);
    CHECK(!f->out.failed);
}

/* ---- from a scanner ---- */

/* A line's own account of itself, against the stream. */
static void check_line(const struct findings *f, const struct gloss_line *line)
{
    const char *input = f->input.ptr;
    uint64_t at = line->offset, end = at + line->text.len;

    CHECK(end + line->end.len <= f->input.len);
    CHECK(line->text.len == 0 || memcmp(line->text.ptr, input + at, line->text.len) == 0);
    CHECK(line->end.len == 0 || memcmp(line->end.ptr, input + end, line->end.len) == 0);
    CHECK(!line->begins || at == 0 || input[at - 1] == '\n');
    CHECK(line->begins || input[at - 1] != '\n');
    CHECK(line->text.len == 0 || !memchr(line->text.ptr, '\n', line->text.len));
    if (!line->ends) {
        CHECK(line->end.len == 0);
        return;
    }
    CHECK(line->end.len > 0 ? input[end + line->end.len - 1] == '\n' : end == f->input.len);
    CHECK(line->end.len < 2 || (line->end.len == 2 && input[end] == '\r'));
    CHECK(line->end.len != 1 || line->text.len == 0 || input[end - 1] != '\r');
}

static uint64_t offset_of(const struct gloss_line *line, const char *p)
{
    return line->offset + (uint64_t)(p - line->text.ptr);
}

int findings_line(void *ctx, const struct gloss_line *line)
{
    struct findings *f = ctx;

    check_line(f, line);
    findings_at(f, line->number);
    CHECK(line->n_hits || line->n_unknown || line->success);
    for (size_t i = 0; i < line->n_hits; i++) {
        const struct gloss_hit *hit = &line->hits[i];
        uint64_t at = offset_of(line, hit->text.ptr);
        struct finding *it = findings_add(f, FINDING_HIT, at, at + hit->text.len);

        CHECK(at >= line->offset && at < line->offset + line->text.len);
        it->entry = hit->entry->id;
        it->first = hit->first;
        for (size_t k = 0; k < hit->n_captures; k++)
            finding_capture(it, hit->captures[k].name, hit->captures[k].value);
    }
    for (size_t i = 0; i < line->n_unknown; i++) {
        uint64_t at = offset_of(line, line->unknown[i].text.ptr);

        findings_add(f, FINDING_UNKNOWN, at, at + line->unknown[i].text.len)->catalog =
            line->unknown[i].catalog->index;
    }
    if (line->success)
        findings_add(f, FINDING_SUCCESS, 0, 0);
    if (line->first_match)
        findings_add(f, FINDING_MATCHED, 0, 0);
    return 0;
}

static void scan_blocks(struct findings *f, struct gloss_scanner *s, struct gloss_lines *lines,
                        struct gloss_stream *stream)
{
    struct gloss_block block;

    while (gloss_lines_next(lines, &block))
        CHECK(gloss_scanner_scan(s, &block, stream, findings_line, f) == 0);
}

void findings_scan(struct findings *f, struct gloss_matcher *matcher, struct gloss_span input,
                   struct findings_cut cut)
{
    struct gloss_stream stream = {0};
    struct gloss_scanner *s;
    struct gloss_lines *lines;
    uint32_t random = cut.seed;
    char *place;
    size_t room, n;

    f->input = input;
    CHECK(gloss_scanner_new(&s, matcher) == 0);
    CHECK(gloss_lines_new(&lines, cut.chunk, cut.max_line ? cut.max_line : 1 << 20, 0) == 0);
    for (size_t at = 0; at < input.len; at += n) {
        CHECK(gloss_lines_room(lines, &place, &room) == 0);
        n = MIN(room, cut.chunk);
        n = MIN(n, input.len - at);
        if (random)
            n = MIN(n, 1 + rng_next(&random) % cut.chunk);
        memcpy(place, input.ptr + at, n);
        gloss_lines_fill(lines, n);
        scan_blocks(f, s, lines, &stream);
    }
    gloss_lines_end(lines);
    scan_blocks(f, s, lines, &stream);
    findings_end(f, stream.lines);
    gloss_stream_deinit(&stream);
    gloss_lines_free(lines);
    gloss_scanner_free(s);
}
