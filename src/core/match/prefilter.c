/* Which way is the fastest depends on the names and on the log: packed tables let next to nothing
 * through when fifteen codes have three prefixes, and too much when names are everyday words. No
 * model of logs is as good as a log, so all ways look at the first bytes together, what each lets
 * through is counted, and the cheapest one goes on alone. A log may become another one, so those
 * that came near are tried again later, less and less often. All find the same candidates. */

#include "core/match/prefilter.h"

#include "core/match/class_runs.h"

#include <stdbool.h>
#include <stdlib.h>

/* Of a name that is looked for as a literal; the rest is checked later. Few by its first bytes, so
 * that the names of a family are one literal; more where rare ones are chosen among them. */
#define NAME_FIRST_BYTES 8
#define NAME_RARE_BYTES 24
#define TRIAL_BYTES 65536 /* after which the ways are compared */
#define TRIAL_GROWS 4     /* so many times as many bytes have gone by when the next trial begins */
#define TRIAL_APART_MAX ((uint64_t)64 << 20)
#define HOPELESS 2 /* times the cost of the cheapest way: such a way is not tried again */
/* What a place costs that tables let through, a literal that was compared there, a run, and a
 * candidate; in picoseconds as measured, beside what bytes cost a kernel. */
#define COST_PLACE 25000
#define COST_COMPARED 1000
#define COST_RUN 10000
#define COST_CANDIDATE 60000

/* Ways to find all candidates. */
enum { WAY_ROUGH, WAY_PACKED, WAY_RARE, WAY_RUNS, WAYS };

static const struct {
    const char *name; /* public, as a method */
    enum teddy_window window;
} kinds[WAYS] = {
    [WAY_ROUGH] = {"rough", TEDDY_ROUGH},
    [WAY_PACKED] = {"packed", TEDDY_FIRST},
    [WAY_RARE] = {"rare", TEDDY_RARE},
    [WAY_RUNS] = {"runs", TEDDY_RARE},
};

struct way {
    unsigned kind;
    struct teddy *packed;    /* literals, and names that are looked for as such; NULL: none */
    struct class_runs *runs; /* names; NULL: none */
    unsigned byte_cost;      /* picoseconds */
    uint64_t cost;           /* in all trials */
};

struct prefilter {
    const struct kernel *kernel;
    struct way ways[WAYS]; /* the one that goes on alone first */
    size_t n_ways;
    uint64_t seen;     /* bytes */
    uint64_t trial_at; /* seen, when a trial begins */
    bool has_names, has_literals;
    uint32_t *places;          /* of a kernel */
    struct candidates of_runs; /* before they are merged */
};

static int compare_spans(const void *a, const void *b)
{
    const struct gloss_span *x = a, *y = b;
    int order = memcmp(x->ptr, y->ptr, MIN(x->len, y->len));

    return order ? order : (x->len > y->len) - (x->len < y->len);
}

/* What the ways are made from: names sorted, literals with room for all names behind them. */
struct material {
    struct gloss_span *names;
    struct literal *literals;
    size_t n_names, n_literals;
};

static int material_init(struct material *m, const struct batch_input *input)
{
    m->n_names = input->n_names;
    m->n_literals = input->n_literals;
    m->names = calloc(m->n_names + 1, sizeof(*m->names));
    m->literals = calloc(m->n_literals + m->n_names + 1, sizeof(*m->literals));
    if (!m->names || !m->literals)
        return -ENOMEM;
    if (m->n_names)
        memcpy(m->names, input->names, m->n_names * sizeof(*m->names));
    if (m->n_literals)
        memcpy(m->literals, input->literals, m->n_literals * sizeof(*m->literals));
    qsort(m->names, m->n_names, sizeof(*m->names), compare_spans);
    return 0;
}

static void material_deinit(struct material *m)
{
    free(m->names);
    free(m->literals);
}

static size_t add_name(struct literal *l, size_t n, struct gloss_span name, size_t at_most)
{
    struct literal new = {
        .bytes = gloss_span(name.ptr, MIN(name.len, at_most)),
        .tag = CANDIDATE_NAME,
    };

    if (n > 0 && l[n - 1].tag == new.tag && gloss_span_equal(l[n - 1].bytes, new.bytes))
        return n;
    l[n] = new;
    return n + 1;
}

/* Names among the literals. */
static int way_packed(struct way *way, const struct material *m)
{
    enum teddy_window window = kinds[way->kind].window;
    size_t n = m->n_literals;

    for (size_t i = 0; i < m->n_names; i++)
        n = add_name(m->literals, n, m->names[i],
                     window == TEDDY_RARE ? NAME_RARE_BYTES : NAME_FIRST_BYTES);
    return n ? teddy_new(&way->packed, m->literals, n, window) : 0;
}

/* Names as runs where they can be found so; the others among the literals. */
static int way_runs(struct way *way, const struct material *m)
{
    CLEANUP(freep) struct gloss_span *names = calloc(m->n_names + 1, sizeof(*names));
    size_t n = m->n_literals, n_names = 0;
    int r = 0;

    if (!names)
        return -ENOMEM;
    for (size_t i = 0; i < m->n_names; i++)
        if (class_runs_can_find(m->names[i]))
            names[n_names++] = m->names[i];
        else
            n = add_name(m->literals, n, m->names[i], NAME_RARE_BYTES);
    if (n)
        r = teddy_new(&way->packed, m->literals, n, kinds[way->kind].window);
    if (r == 0 && n_names)
        r = class_runs_new(&way->runs, names, n_names);
    return r;
}

/* All of them, or the one that is asked for. */
static int ways_init(struct prefilter *f, const struct material *m, const char *method)
{
    int r = 0;

    for (unsigned kind = 0; kind < WAYS && r == 0; kind++) {
        struct way *way = &f->ways[f->n_ways];

        if (method && !STREQ(method, kinds[kind].name))
            continue;
        way->kind = kind;
        f->n_ways++;
        r = kind == WAY_RUNS ? way_runs(way, m) : way_packed(way, m);
    }
    return r == 0 && f->n_ways == 0 ? -EINVAL : r;
}

static void set_cost(struct way *way, const struct kernel *kernel)
{
    if (way->packed)
        way->byte_cost += teddy_cost(way->packed, kernel);
    if (way->runs)
        way->byte_cost += kernel->costs.runs;
}

int prefilter_new(struct prefilter **ret_filter, const struct batch_input *input,
                  const struct kernel *kernel)
{
    CLEANUP(prefilter_freep) struct prefilter *f = calloc(1, sizeof(*f));
    struct material m = {0};
    int r;

    if (!f)
        return -ENOMEM;
    f->kernel = kernel;
    f->has_names = input->n_names > 0;
    f->has_literals = input->n_literals > 0;
    f->places = calloc(KERNEL_CHUNK + 1, sizeof(*f->places));
    r = f->places ? material_init(&m, input) : -ENOMEM;
    if (r == 0)
        r = ways_init(f, &m, input->method);
    for (size_t i = 0; i < f->n_ways && r == 0; i++)
        set_cost(&f->ways[i], kernel);
    material_deinit(&m);
    if (r == 0)
        *ret_filter = TAKE_PTR(f);
    return r;
}

static void way_deinit(struct way *way)
{
    teddy_free(way->packed);
    class_runs_free(way->runs);
}

struct prefilter *prefilter_free(struct prefilter *f)
{
    if (!f)
        return NULL;
    for (size_t i = 0; i < f->n_ways; i++)
        way_deinit(&f->ways[i]);
    free(f->places);
    free(f->of_runs.items);
    free(f);
    return NULL;
}

/* Puts those of a among those of out; both are in order. From the back, so that none is in the way.
 */
static int merge(struct candidates *out, const struct candidates *a)
{
    size_t i = out->n, k = a->n;

    if (GROW(&out->items, &out->size, out->n + a->n) < 0)
        return -ENOMEM;
    out->n += a->n;
    for (size_t to = out->n; k > 0; to--)
        out->items[to - 1] =
            i > 0 && out->items[i - 1].at > a->items[k - 1].at ? out->items[--i] : a->items[--k];
    return 0;
}

static int way_find(struct prefilter *f, const struct way *way, const struct kernel_text *text,
                    struct candidates *out, struct batch_work *ret_work)
{
    struct candidates *of_runs = way->packed ? &f->of_runs : out;
    int r = 0;

    out->n = f->of_runs.n = 0;
    if (way->runs)
        r = class_runs_find(way->runs, f->kernel, text, f->places, of_runs, ret_work);
    if (r == 0 && way->packed)
        r = teddy_find(way->packed, f->kernel, text, f->places, out, ret_work);
    if (r == 0 && way->packed && way->runs)
        r = merge(out, &f->of_runs);
    return r;
}

static uint64_t cost_of(const struct way *way, const struct batch_work *work, size_t bytes,
                        size_t n_candidates)
{
    return work->places * COST_PLACE + work->compared * COST_COMPARED + work->runs * COST_RUN +
           n_candidates * COST_CANDIDATE + bytes * way->byte_cost;
}

static int compare_ways(const void *a, const void *b)
{
    const struct way *x = a, *y = b;

    return (x->cost > y->cost) - (x->cost < y->cost);
}

/* A trial ends: the cheapest way goes on alone, and the hopeless ones are gone. */
static void decide(struct prefilter *f)
{
    qsort(f->ways, f->n_ways, sizeof(f->ways[0]), compare_ways);
    while (f->ways[f->n_ways - 1].cost > HOPELESS * f->ways[0].cost)
        way_deinit(&f->ways[--f->n_ways]);
    f->trial_at = f->seen + MIN((TRIAL_GROWS - 1) * f->seen, TRIAL_APART_MAX);
}

int prefilter_find(struct prefilter *f, const struct kernel_text *text, struct candidates *out)
{
    size_t bytes = text->end - text->begin;
    bool trial = f->seen >= f->trial_at;
    int r = 0;

    for (size_t i = trial ? f->n_ways : 1; i-- > 0 && r == 0;) {
        struct batch_work work = {0};

        r = way_find(f, &f->ways[i], text, out, &work);
        if (trial)
            f->ways[i].cost += cost_of(&f->ways[i], &work, bytes, out->n);
    }
    f->seen += bytes;
    if (r == 0 && f->n_ways > 1 && f->seen >= f->trial_at + TRIAL_BYTES)
        decide(f);
    return r;
}

const char *prefilter_names_method(const struct prefilter *f)
{
    if (!f->has_names)
        return "none";
    return f->n_ways > 1 ? "the cheapest of rough, packed, rare and runs"
                         : kinds[f->ways[0].kind].name;
}

const char *prefilter_literals_method(const struct prefilter *f)
{
    return f->has_literals ? "packed" : "none";
}
