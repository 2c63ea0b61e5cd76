/* Two ways to find many strings at the speed of memory.
 *
 * packed: the first two to four bytes of all literals, folded into nibble tables of eight buckets
 *   (Teddy). Finds a literal anywhere. A place that the tables let through is checked against a
 * hash of its first bytes. Best while the literals are few or begin alike: fifteen codes of three
 *   prefixes let nothing else through.
 *
 * runs: names are identifiers, so one begins where a run of identifier bytes does, or behind an
 *   escape sequence whose last byte looks like one. The kernel marks the begins of runs that are
 *   long enough; a bitmap of hashed beginnings throws nearly all of them away. Escapes are found by
 *   their introducers. The cost does not grow with the number of names.
 *
 * Names take the packed way while its tables are expected to stay selective in log text. */

#include "filter.h"

#include "border.h"
#include "bytes.h"
#include "util.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define NAME_LITERAL_BYTES \
    8                    /* of a name that is looked for as a literal: the rest is checked later */
#define PASS_LIMIT 0.002 /* places that packed tables may let through, before runs are better */
#define PASS_ENOUGH 0.00001 /* so few that deeper tables would not pay */
#define BITMAP_BITS 18      /* of hashed beginnings of names: 32 KiB */
#define CHUNK 16384 /* bytes between two turns of a kernel: they and its places stay in L1 */

/* ---- packed ---- */

struct packed_literal {
    uint32_t key;  /* its first key_len bytes */
    uint32_t next; /* literal with the same hash, + 1; 0: none */
    uint32_t tag;
    uint32_t len;
    const char *bytes;
};

struct packed {
    struct kernel_tables tables;
    struct packed_literal *literals; /* sorted */
    char *text;                      /* their bytes */
    size_t n;
    unsigned key_len;
    uint32_t *heads; /* by hash of the key: literal + 1; 0: none */
    unsigned shift;
};

/* ---- runs ---- */

struct runs {
    struct kernel_runs kernel;
    struct kernel_tables introducers; /* what an escape sequence begins with */
    unsigned key_len;                 /* 1 to 8 */
    uint64_t *bitmap;
};

struct filter {
    const struct kernel *kernel;
    struct packed packed; /* n 0: nothing to look for that way */
    struct runs runs;     /* bitmap NULL: names are looked for as literals */
    bool has_names, has_literals;
    uint32_t *places;                     /* CHUNK of them, from a kernel */
    struct candidates by_runs, by_packed; /* before they are merged */
};

static uint32_t hash32(uint32_t key, unsigned shift)
{
    return key * 0x9E3779B1u >> shift;
}

static uint32_t key32(const char *p, unsigned len)
{
    uint32_t key = 0;

    memcpy(&key, p, len);
    return key;
}

/* What share of the places of a log has this byte: roughly, and in all near one. */
static double byte_share(unsigned c)
{
    if (c >= 'a' && c <= 'z')
        return 0.5 / 26;
    if (byte_is_digit((unsigned char)c))
        return 0.2 / 10;
    if (c >= 'A' && c <= 'Z')
        return 0.1 / 26;
    if (c > ' ' && c < 0x7f)
        return 0.1 / 32;
    return c == ' ' ? 0.1 : 0.0002;
}

/* Which share of places the tables let through in a log, if its bytes were independent. */
static double tables_pass(const struct kernel_tables *t)
{
    double pass = 0;

    for (unsigned bucket = 0; bucket < 8; bucket++) {
        double all = 1;

        for (unsigned i = 0; i < t->depth; i++) {
            double share = 0;

            for (unsigned c = 0; c < 256; c++)
                if (t->low[i][c & 15] & t->high[i][c >> 4] & 1u << bucket)
                    share += byte_share(c);
            all *= share;
        }
        pass += all;
    }
    return pass;
}

static void tables_add(struct kernel_tables *t, const char *bytes, unsigned bucket)
{
    for (unsigned i = 0; i < t->depth; i++) {
        unsigned char c = (unsigned char)bytes[i];

        t->low[i][c & 15] |= (uint8_t)(1u << bucket);
        t->high[i][c >> 4] |= (uint8_t)(1u << bucket);
    }
}

static int compare_spans(const void *a, const void *b)
{
    const struct gloss_span *x = a, *y = b;
    int order = memcmp(x->ptr, y->ptr, MIN(x->len, y->len));

    return order ? order : (x->len > y->len) - (x->len < y->len);
}

/* Tables for strings that are sorted, so that those of a bucket begin alike. */
static void tables_of(struct kernel_tables *t, const struct gloss_span *sorted, size_t n,
                      unsigned depth)
{
    memset(t, 0, sizeof(*t));
    t->depth = depth;
    for (size_t i = 0; i < n; i++)
        tables_add(t, sorted[i].ptr, (unsigned)(i * 8 / n));
    kernel_tables_finish(t);
}

static size_t shortest(const struct gloss_span *spans, size_t n, size_t at_most)
{
    for (size_t i = 0; i < n; i++)
        at_most = MIN(at_most, spans[i].len);
    return at_most;
}

static int compare_literals(const void *a, const void *b)
{
    const struct filter_literal *x = a, *y = b;
    int order = compare_spans(&x->bytes, &y->bytes);

    return order ? order : (x->tag > y->tag) - (x->tag < y->tag);
}

static bool same_literal(const struct filter_literal *a, const struct filter_literal *b)
{
    return a->tag == b->tag && gloss_span_equal(a->bytes, b->bytes);
}

/* Sorts, and drops what stands there twice. Returns how many are left. */
static size_t literals_unique(struct filter_literal *l, size_t n)
{
    size_t kept = 0;

    qsort(l, n, sizeof(*l), compare_literals);
    for (size_t i = 0; i < n; i++)
        if (kept == 0 || !same_literal(&l[kept - 1], &l[i]))
            l[kept++] = l[i];
    return kept;
}

static int packed_index(struct packed *p, const struct filter_literal *l)
{
    size_t bytes = 0, at = 0;
    unsigned bits = 8;

    for (size_t i = 0; i < p->n; i++)
        bytes += l[i].bytes.len;
    while (bits < 20 && (size_t)1 << bits < 4 * p->n)
        bits++;
    p->shift = 32 - bits;
    p->text = malloc(bytes);
    p->literals = calloc(p->n, sizeof(*p->literals));
    p->heads = calloc((size_t)1 << bits, sizeof(*p->heads));
    if (!p->text || !p->literals || !p->heads)
        return -ENOMEM;
    for (size_t i = p->n; i-- > 0;) {
        struct packed_literal *q = &p->literals[i];
        uint32_t *head;

        memcpy(p->text + at, l[i].bytes.ptr, l[i].bytes.len);
        *q = (struct packed_literal){.key = key32(p->text + at, p->key_len),
                                     .tag = l[i].tag,
                                     .len = (uint32_t)l[i].bytes.len,
                                     .bytes = p->text + at};
        at += l[i].bytes.len;
        head = &p->heads[hash32(q->key, p->shift)];
        q->next = *head;
        *head = (uint32_t)i + 1;
    }
    return 0;
}

static void packed_fill(struct packed *p, const struct filter_literal *l)
{
    memset(p->tables.low, 0, sizeof(p->tables.low));
    memset(p->tables.high, 0, sizeof(p->tables.high));
    for (size_t i = 0; i < p->n; i++)
        tables_add(&p->tables, l[i].bytes.ptr, (unsigned)(i * 8 / p->n));
    kernel_tables_finish(&p->tables);
}

/* l is sorted and without doubles. */
static int packed_init(struct packed *p, const struct filter_literal *l, size_t n)
{
    size_t len = KERNEL_DEPTH_MAX;

    p->n = n;
    for (size_t i = 0; i < n; i++)
        len = MIN(len, l[i].bytes.len);
    p->key_len = (unsigned)len;
    /* Each place of depth costs time on every byte: no deeper than pays. */
    for (p->tables.depth = (unsigned)MIN(len, (size_t)2);; p->tables.depth++) {
        packed_fill(p, l);
        if (p->tables.depth == len || tables_pass(&p->tables) < PASS_ENOUGH)
            break;
    }
    return packed_index(p, l);
}

/* Which of the literals stand at a place that the tables let through. */
static int packed_check(const struct packed *p, const struct kernel_text *text, uint32_t at,
                        struct candidates *out)
{
    const char *bytes = text->bytes + at;
    size_t left = text->limit - at;
    uint32_t key, i;

    if (left < p->key_len)
        return 0;
    key = key32(bytes, p->key_len);
    for (i = p->heads[hash32(key, p->shift)]; i; i = p->literals[i - 1].next) {
        const struct packed_literal *l = &p->literals[i - 1];

        if (l->key != key || l->len > left || memcmp(l->bytes, bytes, l->len) != 0)
            continue;
        if (GROW(&out->items, &out->size, out->n + 1) < 0)
            return -ENOMEM;
        out->items[out->n++] = (struct candidate){.at = at, .tag = l->tag};
    }
    return 0;
}

/* ---- runs ---- */

static bool upper_word(unsigned char c)
{
    return byte_is_word(c) && !(c >= 'a' && c <= 'z');
}

/* Length of the run of class bytes that a name begins with. */
static size_t run_len(struct gloss_span name, bool upper)
{
    size_t n = 0;

    while (n < name.len && (upper ? upper_word((unsigned char)name.ptr[n])
                                  : byte_is_word((unsigned char)name.ptr[n])))
        n++;
    return n;
}

static bool all_upper(const struct gloss_span *names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (run_len(names[i], true) != names[i].len)
            return false;
    return true;
}

static void class_of(struct kernel_tables *t, const char *members)
{
    memset(t, 0, sizeof(*t));
    t->depth = 1;
    for (; *members; members++) {
        unsigned char c = (unsigned char)*members;

        /* A bucket for each half of the high nibbles: exact for ASCII. */
        t->low[0][c & 15] |= (uint8_t)(1u << (c >> 4));
        t->high[0][c >> 4] |= (uint8_t)(1u << (c >> 4));
    }
    kernel_tables_finish(t);
}

static uint64_t key64(const char *p, unsigned len)
{
    uint64_t key = 0;

    memcpy(&key, p, len);
    return key;
}

static uint32_t hash64(uint64_t key)
{
    return (uint32_t)(key * 0x9E3779B97F4A7C15u >> (64 - BITMAP_BITS));
}

static int runs_init(struct runs *r, const struct gloss_span *sorted, size_t n)
{
    bool upper = all_upper(sorted, n);
    size_t len = 32;

    for (size_t i = 0; i < n; i++)
        len = MIN(len, run_len(sorted[i], upper));
    class_of(&r->kernel.class, upper ? "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_"
                                     : "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_"
                                       "abcdefghijklmnopqrstuvwxyz");
    class_of(&r->introducers, "\x1b\\%#");
    r->kernel.min_len = (unsigned)len;
    tables_of(&r->kernel.first, sorted, n, (unsigned)MIN(len, (size_t)KERNEL_DEPTH_MAX));
    r->key_len = (unsigned)shortest(sorted, n, 8);
    r->bitmap = calloc(1, ((size_t)1 << BITMAP_BITS) / 8);
    if (!r->bitmap)
        return -ENOMEM;
    for (size_t i = 0; i < n; i++) {
        uint32_t h = hash64(key64(sorted[i].ptr, r->key_len));

        r->bitmap[h >> 6] |= (uint64_t)1 << (h & 63);
    }
    return 0;
}

/* In order, and each place once: an escape may end behind the begin of a run that is known already.
 */
static int candidates_add(struct candidates *c, struct candidate candidate)
{
    size_t i;

    if (GROW(&c->items, &c->size, c->n + 1) < 0)
        return -ENOMEM;
    for (i = c->n; i > 0 && c->items[i - 1].at > candidate.at; i--)
        ;
    if (i > 0 && c->items[i - 1].at == candidate.at)
        return 0;
    memmove(&c->items[i + 1], &c->items[i], (c->n - i) * sizeof(*c->items));
    c->items[i] = candidate;
    c->n++;
    return 0;
}

static int runs_check(const struct runs *r, const struct kernel_text *text, size_t at,
                      struct candidates *out)
{
    uint32_t h;

    if (text->limit - at < r->key_len)
        return 0;
    h = hash64(key64(text->bytes + at, r->key_len));
    if (!(r->bitmap[h >> 6] >> (h & 63) & 1))
        return 0;
    return candidates_add(out, (struct candidate){.at = (uint32_t)at, .tag = CANDIDATE_NAME});
}

/* ---- the filter ---- */

/* Which names are looked for as literals, and which literals there are then. */
struct plan {
    struct gloss_span *names; /* sorted; those for runs come first after plan_split() */
    size_t n_runs;
    struct filter_literal *literals;
    size_t n_literals;
};

static void plan_add_name(struct plan *plan, struct gloss_span name)
{
    plan->literals[plan->n_literals++] = (struct filter_literal){
        .bytes = gloss_span(name.ptr, MIN(name.len, (size_t)NAME_LITERAL_BYTES)),
        .tag = CANDIDATE_NAME,
    };
}

/* Would packed tables for all names let too much through? */
static bool names_want_runs(const struct gloss_span *sorted, size_t n)
{
    struct kernel_tables tables;

    if (n == 0)
        return false;
    tables_of(&tables, sorted, n, (unsigned)shortest(sorted, n, KERNEL_DEPTH_MAX));
    return tables_pass(&tables) > PASS_LIMIT;
}

static int plan_init(struct plan *plan, const struct filter_input *input)
{
    size_t n = input->n_names, kept = 0;
    bool want_runs;

    plan->names = calloc(n + 1, sizeof(*plan->names));
    plan->literals = calloc(n + input->n_literals + 1, sizeof(*plan->literals));
    if (!plan->names || !plan->literals)
        return -ENOMEM;
    if (n)
        memcpy(plan->names, input->names, n * sizeof(*plan->names));
    qsort(plan->names, n, sizeof(*plan->names), compare_spans);
    want_runs = names_want_runs(plan->names, n);
    for (size_t i = 0; i < n; i++)
        if (want_runs && run_len(plan->names[i], false) > 0)
            plan->names[kept++] = plan->names[i];
        else
            plan_add_name(plan, plan->names[i]);
    plan->n_runs = kept;
    for (size_t i = 0; i < input->n_literals; i++)
        plan->literals[plan->n_literals++] = input->literals[i];
    plan->n_literals = literals_unique(plan->literals, plan->n_literals);
    return 0;
}

static int filter_init(struct filter *f, const struct plan *plan)
{
    int r = 0;

    f->places = calloc(CHUNK, sizeof(*f->places));
    if (!f->places)
        return -ENOMEM;
    if (plan->n_runs)
        r = runs_init(&f->runs, plan->names, plan->n_runs);
    if (r == 0 && plan->n_literals)
        r = packed_init(&f->packed, plan->literals, plan->n_literals);
    return r;
}

int filter_new(struct filter **ret_filter, const struct filter_input *input,
               const struct kernel *kernel)
{
    CLEANUP(filter_freep) struct filter *f = calloc(1, sizeof(*f));
    struct plan plan = {0};
    int r;

    if (!f)
        return -ENOMEM;
    f->kernel = kernel;
    f->has_names = input->n_names > 0;
    f->has_literals = input->n_literals > 0;
    r = plan_init(&plan, input);
    if (r == 0)
        r = filter_init(f, &plan);
    free(plan.names);
    free(plan.literals);
    if (r == 0)
        *ret_filter = TAKE_PTR(f);
    return r;
}

struct filter *filter_free(struct filter *f)
{
    if (!f)
        return NULL;
    free(f->packed.literals);
    free(f->packed.text);
    free(f->packed.heads);
    free(f->runs.bitmap);
    free(f->places);
    free(f->by_runs.items);
    free(f->by_packed.items);
    free(f);
    return NULL;
}

static int find_packed(struct filter *f, const struct kernel_text *text, struct candidates *out)
{
    size_t n = f->kernel->packed(&f->packed.tables, text, f->places);

    for (size_t i = 0; i < n; i++)
        if (packed_check(&f->packed, text, f->places[i], out) < 0)
            return -ENOMEM;
    return 0;
}

static int find_runs(struct filter *f, const struct kernel_text *text, struct candidates *out)
{
    size_t n = f->kernel->runs(&f->runs.kernel, text, f->places), end;

    for (size_t i = 0; i < n; i++)
        if (runs_check(&f->runs, text, f->places[i], out) < 0)
            return -ENOMEM;
    n = f->kernel->packed(&f->runs.introducers, text, f->places);
    for (size_t i = 0; i < n; i++) {
        end = gloss_escape_end(text->bytes, f->places[i], text->limit);
        if (end && runs_check(&f->runs, text, end, out) < 0)
            return -ENOMEM;
    }
    return 0;
}

static int merge(const struct candidates *a, const struct candidates *b, struct candidates *out)
{
    size_t i = 0, k = 0;

    if (GROW(&out->items, &out->size, out->n + a->n + b->n) < 0)
        return -ENOMEM;
    while (i < a->n || k < b->n)
        out->items[out->n++] = k == b->n || (i < a->n && a->items[i].at <= b->items[k].at)
                                   ? a->items[i++]
                                   : b->items[k++];
    return 0;
}

int filter_find(struct filter *f, const struct kernel_text *text, struct candidates *out)
{
    bool both = f->runs.bitmap && f->packed.n;
    struct candidates *by_runs = both ? &f->by_runs : out;
    struct candidates *by_packed = both ? &f->by_packed : out;
    struct kernel_text turn = *text;

    f->by_runs.n = f->by_packed.n = 0;
    for (; turn.begin < text->end; turn.begin = turn.end) {
        turn.end = MIN(turn.begin + CHUNK, text->end);
        if (f->runs.bitmap && find_runs(f, &turn, by_runs) < 0)
            return -ENOMEM;
        if (f->packed.n && find_packed(f, &turn, by_packed) < 0)
            return -ENOMEM;
    }
    return both ? merge(by_runs, by_packed, out) : 0;
}

const char *filter_names_method(const struct filter *f)
{
    if (!f->has_names)
        return "none";
    return f->runs.bitmap ? "runs" : "packed";
}

const char *filter_literals_method(const struct filter *f)
{
    return f->has_literals ? "packed" : "none";
}
