/* The ways from a word to entries, the most certain first: the code itself, the code in another
 * case, a line of a log with codes on it, the start of a code, a code that is near.
 *
 * What is near is decided for people: case does not count, and a third of the letters may differ.
 * Codes that contain the word come after those that are near. */

#include "core/base/name_distance.h"
#include "core/base/terminal_escape.h"
#include "core/base/util.h"
#include "core/render/notes.h"

#include <gloss/lookup.h>
#include <stdbool.h>
#include <strings.h>

/* The most edits between a long word and a code that is near. */
#define NEAR_MAX 8

static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Without the blanks around it. Other control characters stay: a pasted line may begin with a
 * colour, whose letter would belong to the code if its ESC were gone. */
static struct gloss_span trimmed(struct gloss_span s)
{
    while (s.len > 0 && is_blank(s.ptr[0]))
        s = gloss_span(s.ptr + 1, s.len - 1);
    while (s.len > 0 && is_blank(s.ptr[s.len - 1]))
        s.len--;
    return s;
}

static int lookup_add(struct gloss_lookup *l, const struct gloss_entry *entry)
{
    if (GROW(&l->entries, &l->size, l->n + 1) < 0)
        return -ENOMEM;
    l->entries[l->n++] = entry;
    return 0;
}

static int find_name(struct gloss_lookup *l, const struct gloss_catalogs *set,
                     struct gloss_span word)
{
    const struct gloss_entry *entry = gloss_catalogs_find(set, word);
    size_t n = gloss_catalogs_n_entries(set);
    int r = entry ? lookup_add(l, entry) : 0;

    for (uint32_t id = 0; !entry && r == 0 && id < n; id++) {
        const char *code = gloss_catalogs_entry(set, id)->code;

        if (strlen(code) == word.len && strncasecmp(code, word.ptr, word.len) == 0)
            r = lookup_add(l, gloss_catalogs_entry(set, id));
    }
    return r;
}

static int find_prefix(struct gloss_lookup *l, const struct gloss_catalogs *set,
                       struct gloss_span word)
{
    size_t n = gloss_catalogs_n_entries(set);
    int r = 0;

    for (uint32_t id = 0; r == 0 && id < n; id++)
        if (strncasecmp(gloss_catalogs_entry(set, id)->code, word.ptr, word.len) == 0)
            r = lookup_add(l, gloss_catalogs_entry(set, id));
    return r;
}

/* ---- names that are near ---- */

struct near {
    const struct gloss_entry *entry;
    unsigned distance;
};

struct nearest {
    struct near items[GLOSS_LOOKUP_NEAREST]; /* sorted, the nearest first */
    size_t n;
};

static bool is_nearer(const struct near *a, const struct near *b)
{
    if (a->distance != b->distance)
        return a->distance < b->distance;
    return strcmp(a->entry->code, b->entry->code) < 0;
}

static void nearest_offer(struct nearest *best, struct near item)
{
    size_t at = best->n;

    while (at > 0 && is_nearer(&item, &best->items[at - 1]))
        at--;
    if (at == GLOSS_LOOKUP_NEAREST)
        return;
    best->n = MIN(best->n + 1, (size_t)GLOSS_LOOKUP_NEAREST);
    for (size_t i = best->n - 1; i > at; i--)
        best->items[i] = best->items[i - 1];
    best->items[at] = item;
}

static int find_near(struct gloss_lookup *l, const struct gloss_catalogs *set,
                     struct gloss_span word)
{
    char typed[NAME_DISTANCE_MAX], name[NAME_DISTANCE_MAX];
    unsigned limit = (unsigned)MIN(MAX(word.len / 3, (size_t)1), (size_t)NEAR_MAX);
    struct nearest best = {.n = 0};
    int r = 0;

    if (word.len > NAME_DISTANCE_MAX)
        return 0;
    word = name_lower(word, typed);
    for (uint32_t id = 0; id < gloss_catalogs_n_entries(set); id++) {
        const struct gloss_entry *entry = gloss_catalogs_entry(set, id);
        struct gloss_span code = name_lower(gloss_span_str(entry->code), name);
        unsigned distance = name_distance(word, code, limit);

        if (distance > limit && (word.len < 3 || !memmem(code.ptr, code.len, word.ptr, word.len)))
            continue;
        nearest_offer(&best, (struct near){.entry = entry, .distance = distance});
    }
    for (size_t i = 0; r == 0 && i < best.n; i++)
        r = lookup_add(l, best.items[i].entry);
    return r;
}

/* ---- a line of a log ---- */

struct line_find {
    struct gloss_lookup *lookup;
    struct gloss_span unknown; /* the first unknown code on the line */
};

/* A cause or solution with the captures of a hit. Returns NULL when memory runs out. */
static char *filled(const char *text, const struct gloss_hit *hit)
{
    struct gloss_buf out = {0};

    notes_fill(&out, text, hit, terminal_escape);
    gloss_buf_char(&out, '\0');
    if (!out.failed)
        return out.ptr;
    gloss_buf_deinit(&out);
    return NULL;
}

static int add_hit(struct gloss_lookup *l, const struct gloss_hit *hit)
{
    struct gloss_lookup_texts *texts;

    for (size_t i = 0; i < l->n; i++)
        if (l->entries[i] == hit->entry)
            return 0;
    if (GROW(&l->texts, &l->texts_size, l->n + 1) < 0)
        return -ENOMEM;
    texts = &l->texts[l->n];
    *texts = (struct gloss_lookup_texts){.cause = NULL};
    if (lookup_add(l, hit->entry) < 0)
        return -ENOMEM;
    texts->cause = filled(hit->entry->cause, hit);
    texts->solution = filled(hit->entry->solution, hit);
    return texts->cause && texts->solution ? 0 : -ENOMEM;
}

static int on_line(void *ctx, const struct gloss_line *line)
{
    struct line_find *f = ctx;
    int r = 0;

    for (size_t i = 0; r == 0 && i < line->n_hits; i++)
        r = add_hit(f->lookup, &line->hits[i]);
    if (f->unknown.len == 0 && line->n_unknown > 0)
        f->unknown = line->unknown[0].text;
    return r;
}

/* Takes a word for a line of a log. Where the line has an unknown code, *word becomes that. */
static int find_on_line(struct gloss_lookup *l, struct gloss_scanner *scanner,
                        struct gloss_span *word)
{
    struct gloss_block block = {.bytes = *word, .begins_line = true, .ends_line = true};
    struct gloss_stream stream = {.lines = 0};
    struct line_find f = {.lookup = l};
    int r = gloss_scanner_scan(scanner, &block, &stream, on_line, &f);

    gloss_stream_deinit(&stream);
    if (f.unknown.len > 0)
        *word = f.unknown;
    return r;
}

/* Tries the ways that need no scanner, from the kind `first` to the kind `last`. */
static int find_by_word(struct gloss_lookup *l, const struct gloss_catalogs *set,
                        struct gloss_span word, enum gloss_lookup_kind first,
                        enum gloss_lookup_kind last)
{
    static const struct {
        enum gloss_lookup_kind kind;
        int (*find)(struct gloss_lookup *l, const struct gloss_catalogs *set,
                    struct gloss_span word);
    } ways[] = {
        {GLOSS_LOOKUP_NAME, find_name},
        {GLOSS_LOOKUP_PREFIX, find_prefix},
        {GLOSS_LOOKUP_NEAR, find_near},
    };
    int r = 0;

    for (size_t i = 0; r == 0 && l->n == 0 && i < ARRAY_SIZE(ways); i++) {
        if (ways[i].kind < first || ways[i].kind > last)
            continue;
        r = ways[i].find(l, set, word);
        if (l->n > 0)
            l->kind = ways[i].kind;
    }
    return r;
}

static int find(struct gloss_lookup *l, const struct gloss_catalogs *set,
                struct gloss_scanner *scanner, struct gloss_span word)
{
    int r = find_by_word(l, set, word, GLOSS_LOOKUP_NAME, GLOSS_LOOKUP_NAME);

    if (r < 0 || l->n > 0)
        return r;
    if (scanner)
        r = find_on_line(l, scanner, &word);
    if (l->n > 0)
        l->kind = GLOSS_LOOKUP_LINE;
    if (r < 0 || l->n > 0)
        return r;
    return find_by_word(l, set, word, GLOSS_LOOKUP_PREFIX, GLOSS_LOOKUP_NEAR);
}

int gloss_lookup(const struct gloss_catalogs *set, struct gloss_scanner *scanner,
                 struct gloss_span word, struct gloss_lookup *ret_lookup)
{
    struct gloss_lookup l = {.kind = GLOSS_LOOKUP_NONE};
    int r;

    word = trimmed(word);
    r = word.len > 0 ? find(&l, set, scanner, word) : 0;
    if (r < 0)
        gloss_lookup_deinit(&l);
    else
        *ret_lookup = l;
    return r;
}

void gloss_lookup_deinit(struct gloss_lookup *l)
{
    for (size_t i = 0; l->texts && i < l->n; i++) {
        free(l->texts[i].cause);
        free(l->texts[i].solution);
    }
    free(l->texts);
    free(l->entries);
    *l = (struct gloss_lookup){.kind = GLOSS_LOOKUP_NONE};
}
