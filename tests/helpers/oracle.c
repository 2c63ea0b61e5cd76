/* The rule of the catalogs, taken by its word:
 *
 *     from where the last hit ended, ask every entry for its next match; of these the one that
 *     begins first is a hit; where several begin there the longest, then a name before a pattern,
 *     then the order of the catalogs
 *
 * A match is kept as long as it began to be looked at behind that place; this and that a name which
 * is nowhere in the line cannot match are all that is done for speed. */

#define PCRE2_CODE_UNIT_WIDTH 8

#include "oracle.h"

#include "core/base/util.h"

#include <pcre2.h>
#include <stdio.h>

#define NO_LETTER_BEFORE "(?<![A-Za-z0-9_])"
#define NO_LETTER_BEHIND "(?![A-Za-z0-9_])"

const char oracle_escape[] =
    "(?:(?:\\x1b|\\\\u001[bB]|\\\\x1[bB]|\\\\033|\\#033)\\x5b[\\x30-\\x3f]*[\\x20-\\x2f]*[a-zA-Z]"
    "|(?<!\\\\)\\\\(?:\\\\\\\\)*(?:[bfnrt]|u[[:xdigit:]]{4})"
    "|%[[:xdigit:]]{2})";

/* A pattern and, for entries, its next match on the line at hand. */
struct seeker {
    pcre2_code *code;
    pcre2_match_data *data;
    const struct gloss_entry *entry; /* NULL: a family or a success marker */
    bool known, done;
    size_t start;      /* where the match began to be looked at: \K comes later */
    size_t begin, end; /* the match */
};

struct taken {
    size_t begin, end;
};

struct oracle {
    const struct gloss_catalogs *set;
    struct seeker *entries;
    size_t n_entries;
    struct seeker *families, *successes; /* by catalog; code NULL: it has none */
    pcre2_match_context *context;
    struct taken *taken; /* on the line at hand, by hits and unknown codes */
    size_t n_taken, taken_size;
};

static void die(const char *what)
{
    fprintf(stderr, "oracle: %s\n", what);
    abort();
}

void oracle_name_pattern(struct gloss_buf *out, const char *name)
{
    gloss_buf_printf(out, "(?:" NO_LETTER_BEFORE "|%s)\\K", oracle_escape);
    for (; *name; name++)
        gloss_buf_printf(out, "\\x{%x}", (unsigned char)*name);
    gloss_buf_str(out, NO_LETTER_BEHIND);
}

static void compile(struct seeker *s, const char *pattern)
{
    int error;
    size_t at;

    s->code = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED, 0, &error, &at, NULL);
    if (!s->code)
        die(pattern);
    /* PCRE2 10.42's machine code for atomic groups finds now and then what is not there. */
    if (!strstr(pattern, "(?>") && !strstr(pattern, ")*+"))
        pcre2_jit_compile(s->code, PCRE2_JIT_COMPLETE);
    s->data = pcre2_match_data_create_from_pattern(s->code, NULL);
    if (!s->data)
        die("no memory");
}

static void compile_entry(struct seeker *s, const struct gloss_entry *entry)
{
    struct gloss_buf pattern = {0};

    s->entry = entry;
    if (entry->pattern) {
        compile(s, entry->pattern);
        return;
    }
    oracle_name_pattern(&pattern, entry->code);
    gloss_buf_char(&pattern, '\0');
    compile(s, pattern.ptr);
    gloss_buf_deinit(&pattern);
}

static void compile_bordered(struct seeker *s, const char *inner)
{
    struct gloss_buf pattern = {0};

    if (!inner)
        return;
    gloss_buf_printf(&pattern, "(?:" NO_LETTER_BEFORE "|%s)\\K(?:%s\\E)" NO_LETTER_BEHIND,
                     oracle_escape, inner);
    gloss_buf_char(&pattern, '\0');
    compile(s, pattern.ptr);
    gloss_buf_deinit(&pattern);
}

struct oracle *oracle_new(const struct gloss_catalogs *set)
{
    struct oracle *o = calloc(1, sizeof(*o));
    size_t n = gloss_catalogs_n_entries(set), catalogs = gloss_catalogs_count(set);

    if (!o)
        die("no memory");
    o->set = set;
    o->n_entries = n;
    o->entries = calloc(n + 1, sizeof(*o->entries));
    o->families = calloc(catalogs + 1, sizeof(*o->families));
    o->successes = calloc(catalogs + 1, sizeof(*o->successes));
    o->context = pcre2_match_context_create(NULL);
    if (!o->entries || !o->families || !o->successes || !o->context)
        die("no memory");
    pcre2_set_match_limit(o->context, 1000000);
    for (size_t i = 0; i < n; i++)
        compile_entry(&o->entries[i], gloss_catalogs_entry(set, (uint32_t)i));
    for (size_t i = 0; i < catalogs; i++) {
        compile_bordered(&o->families[i], gloss_catalogs_get(set, i)->family);
        compile_bordered(&o->successes[i], gloss_catalogs_get(set, i)->success);
    }
    return o;
}

static void free_seekers(struct seeker *s, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        pcre2_match_data_free(s[i].data);
        pcre2_code_free(s[i].code);
    }
    free(s);
}

struct oracle *oracle_free(struct oracle *o)
{
    if (!o)
        return NULL;
    free_seekers(o->entries, o->n_entries);
    free_seekers(o->families, gloss_catalogs_count(o->set));
    free_seekers(o->successes, gloss_catalogs_count(o->set));
    pcre2_match_context_free(o->context);
    free(o->taken);
    free(o);
    return NULL;
}

/* The next match that takes a byte and is looked for from a place on. */
static void seek_first(struct oracle *o, struct seeker *s, struct gloss_span line, size_t from)
{
    const size_t *pairs = pcre2_get_ovector_pointer(s->data);

    for (s->known = false; !s->done && !s->known;) {
        int r = from > line.len ? PCRE2_ERROR_NOMATCH
                                : pcre2_match(s->code, (PCRE2_SPTR)line.ptr, line.len, from, 0,
                                              s->data, o->context);

        s->done = r < 0;
        if (s->done)
            break;
        s->known = pairs[1] > pairs[0];
        s->start = pcre2_get_startchar(s->data);
        s->begin = pairs[0];
        s->end = pairs[1];
        from = MAX(pairs[1], pairs[0] + 1);
    }
}

/* As before; but PCRE2 goes by where a match begins to be looked at. An escape sequence before a
 * name or an unknown code may hold one as well ("\x1b[0##m##"): the one that begins first is meant.
 */
static void seek(struct oracle *o, struct seeker *s, struct gloss_span line, size_t from)
{
    struct seeker other = *s;

    seek_first(o, s, line, from);
    other.start = s->start;
    while (!s->done && (!s->entry || !s->entry->pattern) && !other.done && other.start < s->begin) {
        seek_first(o, &other, line, other.start + 1);
        if (!other.done && other.begin < s->begin)
            *s = other;
    }
}

static bool precedes(const struct seeker *a, const struct seeker *b)
{
    if (a->begin != b->begin)
        return a->begin < b->begin;
    if (a->end != b->end)
        return a->end > b->end;
    if (!a->entry->pattern != !b->entry->pattern)
        return !a->entry->pattern;
    return a->entry->id < b->entry->id;
}

static struct seeker *next_hit(struct oracle *o, struct gloss_span line, size_t from)
{
    struct seeker *best = NULL;

    for (size_t i = 0; i < o->n_entries; i++) {
        struct seeker *s = &o->entries[i];

        if (!s->done && (!s->known || s->start < from))
            seek(o, s, line, from);
        if (!s->done && (!best || precedes(s, best)))
            best = s;
    }
    return best;
}

static void add_captures(const struct seeker *s, struct gloss_span line, struct finding *hit)
{
    const size_t *pairs = pcre2_get_ovector_pointer(s->data);
    PCRE2_SPTR row;
    uint32_t n, size;

    pcre2_pattern_info(s->code, PCRE2_INFO_NAMECOUNT, &n);
    pcre2_pattern_info(s->code, PCRE2_INFO_NAMEENTRYSIZE, &size);
    pcre2_pattern_info(s->code, PCRE2_INFO_NAMETABLE, &row);
    for (uint32_t i = 0; i < n; i++, row += size) {
        size_t group = (size_t)row[0] << 8 | row[1];

        if (pairs[2 * group] != PCRE2_UNSET)
            finding_capture(
                hit, (const char *)row + 2,
                gloss_span(line.ptr + pairs[2 * group], pairs[2 * group + 1] - pairs[2 * group]));
    }
}

static void take(struct oracle *o, size_t begin, size_t end)
{
    if (GROW(&o->taken, &o->taken_size, o->n_taken + 1) < 0)
        die("no memory");
    o->taken[o->n_taken++] = (struct taken){.begin = begin, .end = end};
}

static bool overlaps_taken(const struct oracle *o, size_t begin, size_t end)
{
    for (size_t i = 0; i < o->n_taken; i++)
        if (o->taken[i].begin < end && begin < o->taken[i].end)
            return true;
    return false;
}

static bool is_any_name(const struct oracle *o, struct gloss_span word)
{
    for (size_t i = 0; i < o->n_entries; i++)
        if (gloss_span_equal(word, gloss_span_str(o->entries[i].entry->code)))
            return true;
    return false;
}

static void begin_line(struct oracle *o, struct gloss_span line)
{
    o->n_taken = 0;
    for (size_t i = 0; i < o->n_entries; i++) {
        struct seeker *s = &o->entries[i];
        const char *code = s->entry->code;

        s->known = false;
        s->done = !s->entry->pattern && !memmem(line.ptr, line.len, code, strlen(code));
    }
}

static size_t find_hits(struct oracle *o, struct gloss_span line, uint64_t offset,
                        struct findings *f)
{
    struct seeker *s;
    size_t n = 0, from = 0;

    for (; (s = next_hit(o, line, from)); n++) {
        struct finding *hit = findings_add(f, FINDING_HIT, offset + s->begin, offset + s->end);

        hit->entry = s->entry->id;
        hit->first = true;
        for (size_t i = 0; i + 1 < f->n; i++)
            hit->first &= f->items[i].kind != FINDING_HIT || f->items[i].entry != hit->entry;
        if (s->entry->pattern)
            add_captures(s, line, hit);
        take(o, s->begin, s->end);
        from = s->end;
    }
    return n;
}

static void find_unknown(struct oracle *o, size_t catalog, struct gloss_span line, uint64_t offset,
                         struct findings *f)
{
    struct seeker *s = &o->families[catalog];
    size_t from = 0;

    for (s->done = !s->code; !s->done; from = s->end) {
        seek(o, s, line, from);
        if (s->done || overlaps_taken(o, s->begin, s->end) ||
            is_any_name(o, gloss_span(line.ptr + s->begin, s->end - s->begin)))
            continue;
        findings_add(f, FINDING_UNKNOWN, offset + s->begin, offset + s->end)->catalog = catalog;
        take(o, s->begin, s->end);
    }
}

static void scan_line(struct oracle *o, struct gloss_span line, uint64_t offset, uint64_t number,
                      struct findings *f)
{
    bool success = false;

    findings_at(f, number);
    begin_line(o, line);
    if (find_hits(o, line, offset, f))
        findings_add(f, FINDING_MATCHED, 0, 0);
    for (size_t i = 0; i < gloss_catalogs_count(o->set); i++) {
        struct seeker *s = &o->successes[i];

        find_unknown(o, i, line, offset, f);
        s->done = !s->code;
        if (s->code)
            seek(o, s, line, 0);
        success |= !s->done;
    }
    if (success)
        findings_add(f, FINDING_SUCCESS, 0, 0);
}

void oracle_scan(struct oracle *o, struct gloss_span input, struct findings *f)
{
    uint64_t lines = 0;
    size_t end, next;

    for (size_t at = 0; at < input.len; at = next) {
        const char *nl = memchr(input.ptr + at, '\n', input.len - at);

        end = nl ? (size_t)(nl - input.ptr) : input.len;
        next = end + (nl != NULL);
        if (nl && end > at && input.ptr[end - 1] == '\r')
            end--;
        scan_line(o, gloss_span(input.ptr + at, end - at), at, ++lines, f);
    }
    findings_end(f, lines);
}
