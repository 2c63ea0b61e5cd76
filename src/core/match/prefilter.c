/* Four ways to find candidates, and the choice between them:
 *
 *     teddy-rough  names and literals by Teddy, over up to six bytes at their start, looked up
 * roughly teddy-first  by Teddy, over the four bytes at their start teddy-rare   by Teddy, over
 * their four rarest bytes class-runs   names where a run of identifier bytes begins; literals as
 * with teddy-rare
 *
 * Which way is the fastest depends on the names and on the log: Teddy over first bytes lets next to
 * nothing through when fifteen codes have three prefixes, and far too much when names are everyday
 * words. No model of logs is as good as the log itself. So at the start all ways search the same
 * bytes, what each of them lets through is counted (a trial), and the cheapest way goes on alone.
 * Since the log may change, the ways that came near are tried again later, in ever longer
 * intervals. No way misses a candidate, so the choice never shows in what is found. */

#include "core/match/prefilter.h"

#include "core/match/class_runs.h"

#include <stdbool.h>
#include <stdlib.h>

/* How many bytes of a name become the literal that Teddy looks for; the others are checked later.
 * For windows at the start they are few, so that the names of a family, which begin alike, share
 * one literal; for rare windows there are more bytes to choose from. */
#define NAME_FIRST_BYTES 8
#define NAME_RARE_BYTES 24
/* The length of a trial. The next one begins when TRIAL_GROWS times as many bytes have been seen as
 * at the end of this one, but at most TRIAL_APART_MAX bytes later. */
#define TRIAL_BYTES 65536
#define TRIAL_GROWS 4
#define TRIAL_APART_MAX ((uint64_t)64 << 20)
/* A way that cost more than this many times as much as the cheapest is not tried again. */
#define HOPELESS 2
/* In picoseconds, as measured, beside what the kernel costs for each byte: a place that Teddy's
 * tables let through, a literal that was compared there, a run of identifier bytes, a candidate. */
#define COST_PLACE 25000
#define COST_COMPARED 1000
#define COST_RUN 10000
#define COST_CANDIDATE 60000

enum { WAY_TEDDY_ROUGH, WAY_TEDDY_FIRST, WAY_TEDDY_RARE, WAY_CLASS_RUNS, WAYS };

static const struct {
    const char *name;         /* the public name of the method */
    enum teddy_window window; /* for what Teddy looks for */
} kinds[WAYS] = {
    [WAY_TEDDY_ROUGH] = {"teddy-rough", TEDDY_ROUGH},
    [WAY_TEDDY_FIRST] = {"teddy-first", TEDDY_FIRST},
    [WAY_TEDDY_RARE] = {"teddy-rare", TEDDY_RARE},
    [WAY_CLASS_RUNS] = {"class-runs", TEDDY_RARE},
};

struct way {
    unsigned kind;
    struct teddy *teddy;           /* literals, and names looked for as literals; NULL: none */
    struct class_runs *class_runs; /* names; NULL: none */
    unsigned byte_cost;            /* picoseconds that its kernels take for a byte */
    uint64_t cost;                 /* picoseconds that it took in all trials */
};

struct prefilter {
    const struct kernel *kernel;
    struct way ways[WAYS]; /* the first is in use; all that are worth a trial */
    size_t n_ways;
    uint64_t seen;     /* bytes searched so far */
    uint64_t trial_at; /* a trial begins when so many have been seen */
    bool has_names, has_literals;
    uint32_t *places;            /* scratch memory for the kernels */
    struct candidates from_runs; /* scratch memory: candidates by class runs, before the merge */
};

static int compare_spans(const void *a, const void *b)
{
    const struct gloss_span *x = a, *y = b;
    int order = memcmp(x->ptr, y->ptr, MIN(x->len, y->len));

    return order ? order : (x->len > y->len) - (x->len < y->len);
}

/* What the ways are made from: the names, sorted, and the literals, with room behind them for all
 * names. */
struct material {
    struct gloss_span *names;
    struct literal *literals;
    size_t n_names, n_literals;
};

static int material_init(struct material *m, const struct prefilter_input *input)
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

/* Adds the first bytes of a name to n literals, unless the name before it left the same literal.
 * Returns how many literals there are now. */
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

/* A way that looks for names as it does for literals. */
static int way_teddy(struct way *way, const struct material *m)
{
    enum teddy_window window = kinds[way->kind].window;
    size_t n = m->n_literals;

    for (size_t i = 0; i < m->n_names; i++)
        n = add_name(m->literals, n, m->names[i],
                     window == TEDDY_RARE ? NAME_RARE_BYTES : NAME_FIRST_BYTES);
    return n ? teddy_new(&way->teddy, m->literals, n, window) : 0;
}

/* A way that looks for names where runs of identifier bytes begin. A name that begins with another
 * byte is looked for as a literal. */
static int way_class_runs(struct way *way, const struct material *m)
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
        r = teddy_new(&way->teddy, m->literals, n, kinds[way->kind].window);
    if (r == 0 && n_names)
        r = class_runs_new(&way->class_runs, names, n_names);
    return r;
}

/* Makes all ways, or the one that is asked for. */
static int ways_init(struct prefilter *f, const struct material *m, const char *method)
{
    int r = 0;

    for (unsigned kind = 0; kind < WAYS && r == 0; kind++) {
        struct way *way = &f->ways[f->n_ways];

        if (method && !STREQ(method, kinds[kind].name))
            continue;
        way->kind = kind;
        f->n_ways++;
        r = kind == WAY_CLASS_RUNS ? way_class_runs(way, m) : way_teddy(way, m);
    }
    return r == 0 && f->n_ways == 0 ? -EINVAL : r;
}

static void set_cost(struct way *way, const struct kernel *kernel)
{
    if (way->teddy)
        way->byte_cost += teddy_cost(way->teddy, kernel);
    if (way->class_runs)
        way->byte_cost += kernel->costs.class_runs;
}

int prefilter_new(struct prefilter **ret_prefilter, const struct prefilter_input *input,
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
        *ret_prefilter = TAKE_PTR(f);
    return r;
}

static void way_deinit(struct way *way)
{
    teddy_free(way->teddy);
    class_runs_free(way->class_runs);
}

struct prefilter *prefilter_free(struct prefilter *f)
{
    if (!f)
        return NULL;
    for (size_t i = 0; i < f->n_ways; i++)
        way_deinit(&f->ways[i]);
    free(f->places);
    free(f->from_runs.items);
    free(f);
    return NULL;
}

/* Merges the candidates of a, which are in order, into those of out, which are too. It goes from
 * the back to the front, so that none is overwritten before it has moved. */
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
                    struct candidates *out, struct prefilter_work *ret_work)
{
    struct candidates *from_runs = way->teddy ? &f->from_runs : out;
    int r = 0;

    out->n = f->from_runs.n = 0;
    if (way->class_runs)
        r = class_runs_find(way->class_runs, f->kernel, text, f->places, from_runs, ret_work);
    if (r == 0 && way->teddy)
        r = teddy_find(way->teddy, f->kernel, text, f->places, out, ret_work);
    if (r == 0 && way->teddy && way->class_runs)
        r = merge(out, &f->from_runs);
    return r;
}

static uint64_t cost_of(const struct way *way, const struct prefilter_work *work, size_t bytes,
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

/* Ends a trial: the cheapest way becomes the first, which goes on alone; hopeless ways are freed.
 */
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
        struct prefilter_work work = {0};

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
    return f->n_ways > 1 ? "the cheapest of teddy-rough, teddy-first, teddy-rare and class-runs"
                         : kinds[f->ways[0].kind].name;
}

const char *prefilter_literals_method(const struct prefilter *f)
{
    return f->has_literals ? "teddy" : "none";
}
