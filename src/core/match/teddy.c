/* Teddy, of Hyperscan, and a hash behind it.
 *
 * Of each literal the four neighbouring bytes are taken that are least likely in a log (its window:
 * "RM0-" of "CRM0-", "id-i" of "invalid-instance"). The windows are sorted and cut into eight
 * buckets, whose tables a kernel runs over the text. A place that it lets through is looked up by
 * its window's bytes; a literal that has them, and all the others around, is a candidate where it
 * begins.
 *
 * Many literals may share a window, as "ORA-00001: " to "ORA-65535: " do. Those that have it at the
 * same place and are as long are neighbours, in the order of their bytes (a shape), so that one
 * search among them tells which of them stands there. */

#include "core/match/teddy.h"

#include "core/match/byte_frequencies.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>

#define PASS_ENOUGH 0.0001 /* so few that deeper tables would not pay */
#define FEW 16             /* literals that are sooner tried one by one */
#define WORK_OF_STEP 8     /* of a search, in comparisons: nobody foresees which way it goes */

struct item {
    const char *bytes;
    uint64_t first, mask; /* its first eight bytes, fewer where it is shorter */
    uint32_t len;
    uint32_t window; /* where its window begins in it */
    uint32_t key;    /* the window's bytes */
    uint32_t tag;
};

/* Items that are alike in all but their bytes around the window, and tags. */
struct shape {
    uint32_t key, window, len; /* as of each of them */
    uint32_t begin, end;       /* of items; end is exclusive */
    uint32_t next;             /* shape with the same hash, + 1; 0: none */
};

struct teddy {
    struct kernel_tables tables;
    struct item *items; /* by key, window, length, bytes and tag */
    char *text;         /* their bytes */
    size_t n;
    unsigned key_len;     /* 1 to 4 */
    uint32_t last_window; /* the largest window of all */
    struct shape *shapes;
    size_t n_shapes;
    uint32_t *heads; /* by hash of the key: shape + 1; 0: none */
    unsigned shift;
};

static uint32_t hash(uint32_t key, unsigned shift)
{
    return key * 0x9E3779B1u >> shift;
}

/* The first eight bytes, of which `left` may be read; the others are NUL. */
static inline uint64_t load8(const char *p, size_t left)
{
    uint64_t word = 0;

    if (__builtin_expect(left >= 8, 1))
        memcpy(&word, p, 8);
    else
        memcpy(&word, p, left);
    return word;
}

/* Ones over the first len bytes. */
static uint64_t mask8(size_t len)
{
    return len >= 8 ? ~(uint64_t)0 : ((uint64_t)1 << 8 * len) - 1;
}

static uint32_t key_at(const char *p, size_t left, unsigned len)
{
    return (uint32_t)(load8(p, left) & mask8(len));
}

static int compare_numbers(uint32_t a, uint32_t b)
{
    return (a > b) - (a < b);
}

/* Keys first, so that buckets are of neighbours. */
static int compare_shapes(const struct item *x, const struct item *y)
{
    int order = compare_numbers(__builtin_bswap32(x->key), __builtin_bswap32(y->key));

    if (order == 0)
        order = compare_numbers(x->window, y->window);
    return order ? order : compare_numbers(x->len, y->len);
}

static int compare_items(const void *a, const void *b)
{
    const struct item *x = a, *y = b;
    int order = compare_shapes(x, y);

    if (order == 0)
        order = memcmp(x->bytes, y->bytes, x->len);
    return order ? order : compare_numbers(x->tag, y->tag);
}

static void tables_fill(struct teddy *p)
{
    struct kernel_tables *t = &p->tables;

    memset(t->low, 0, sizeof(t->low));
    memset(t->high, 0, sizeof(t->high));
    for (size_t i = 0; i < p->n; i++)
        kernel_tables_add(t, p->items[i].bytes + p->items[i].window, (unsigned)(i * 8 / p->n));
    kernel_tables_finish(t);
}

/* Each place of depth costs time on every byte: no deeper than pays. Rough ones cost so little that
 * they may see more than the window. */
static void tables_init(struct teddy *p, size_t shortest)
{
    unsigned most =
        p->tables.rough ? (unsigned)MIN(shortest, (size_t)KERNEL_DEPTH_MAX) : p->key_len;

    for (p->tables.depth = MIN(p->key_len, 2u);; p->tables.depth++) {
        tables_fill(p);
        if (p->tables.depth == most || byte_frequencies_tables(&p->tables) < PASS_ENOUGH)
            return;
    }
}

static void items_init(struct teddy *p, const struct literal *literals, enum teddy_window which)
{
    char *text = p->text;

    for (size_t i = 0; i < p->n; i++) {
        struct gloss_span bytes = literals[i].bytes;
        size_t window = which == TEDDY_RARE ? rarity_window(bytes, p->key_len) : 0;

        memcpy(text, bytes.ptr, bytes.len);
        p->items[i] = (struct item){
            .bytes = text,
            .first = load8(text, bytes.len),
            .mask = mask8(bytes.len),
            .len = (uint32_t)bytes.len,
            .window = (uint32_t)window,
            .key = key_at(text + window, bytes.len - window, p->key_len),
            .tag = literals[i].tag,
        };
        p->last_window = MAX(p->last_window, (uint32_t)window);
        text += bytes.len;
    }
    qsort(p->items, p->n, sizeof(*p->items), compare_items);
}

static void shapes_init(struct teddy *p)
{
    for (uint32_t begin = 0, end; begin < p->n; begin = end) {
        const struct item *it = &p->items[begin];
        uint32_t *head = &p->heads[hash(it->key, p->shift)];

        for (end = begin + 1; end < p->n && compare_shapes(it, &p->items[end]) == 0; end++)
            ;
        p->shapes[p->n_shapes++] = (struct shape){
            .key = it->key,
            .window = it->window,
            .len = it->len,
            .begin = begin,
            .end = end,
            .next = *head,
        };
        *head = (uint32_t)p->n_shapes;
    }
}

int teddy_new(struct teddy **ret_packed, const struct literal *literals, size_t n,
              enum teddy_window window)
{
    CLEANUP(teddy_freep) struct teddy *p = calloc(1, sizeof(*p));
    size_t bytes = 0, shortest = SIZE_MAX;
    unsigned bits = 8;

    if (!p)
        return -ENOMEM;
    p->n = n;
    for (size_t i = 0; i < n; i++) {
        bytes += literals[i].bytes.len;
        shortest = MIN(shortest, literals[i].bytes.len);
    }
    p->key_len = (unsigned)MIN(shortest, sizeof(p->items->key));
    while (bits < 20 && (size_t)1 << bits < 4 * n)
        bits++;
    p->shift = 32 - bits;
    assert(bytes > 0);
    p->text = malloc(bytes);
    p->items = calloc(n, sizeof(*p->items));
    p->shapes = calloc(n, sizeof(*p->shapes));
    p->heads = calloc((size_t)1 << bits, sizeof(*p->heads));
    if (!p->text || !p->items || !p->shapes || !p->heads)
        return -ENOMEM;
    p->tables.rough = window == TEDDY_ROUGH;
    items_init(p, literals, window);
    shapes_init(p);
    tables_init(p, shortest);
    *ret_packed = TAKE_PTR(p);
    return 0;
}

struct teddy *teddy_free(struct teddy *p)
{
    if (!p)
        return NULL;
    free(p->text);
    free(p->items);
    free(p->shapes);
    free(p->heads);
    free(p);
    return NULL;
}

/* Whether it stands at a place, of which `left` bytes may be read, its length or more. */
static bool stands_at(const struct item *it, const char *p, size_t left)
{
    if ((load8(p, left) & it->mask) != it->first)
        return false;
    return it->len <= 8 || memcmp(it->bytes + 8, p + 8, it->len - 8) == 0;
}

/* The first item of a shape that stands at a place, or one that does not. */
static uint32_t find_in_shape(const struct teddy *p, const struct shape *s, const char *at,
                              size_t left, struct batch_work *ret_work)
{
    uint32_t low = s->begin, high = s->end - 1;

    while (high - low > FEW) {
        uint32_t middle = low + (high - low) / 2;

        ret_work->compared += WORK_OF_STEP;
        if (memcmp(p->items[middle].bytes, at, s->len) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    ret_work->compared += high - low;
    while (low < high && !stands_at(&p->items[low], at, left))
        low++;
    return low;
}

/* The literals whose window stands at a place that the tables let through. */
static int check(const struct teddy *p, const struct kernel_text *text, uint32_t place,
                 struct candidates *out, struct batch_work *ret_work)
{
    size_t left = text->limit - place, at;
    uint32_t key, i;

    if (left < p->key_len)
        return 0;
    key = key_at(text->bytes + place, left, p->key_len);
    for (i = p->heads[hash(key, p->shift)]; i; i = p->shapes[i - 1].next) {
        const struct shape *s = &p->shapes[i - 1];

        at = place - s->window;
        ret_work->compared++;
        if (s->key != key || place < text->begin + s->window || at >= text->end ||
            s->len > text->limit - at)
            continue;
        left = text->limit - at;
        for (uint32_t k = find_in_shape(p, s, text->bytes + at, left, ret_work);
             k < s->end && stands_at(&p->items[k], text->bytes + at, left); k++)
            if (candidates_add(out, at, p->items[k].tag) < 0)
                return -ENOMEM;
    }
    return 0;
}

int teddy_find(const struct teddy *p, const struct kernel *kernel, const struct kernel_text *text,
               uint32_t *places, struct candidates *out, struct batch_work *ret_work)
{
    struct kernel_text turn = *text;
    size_t end = MIN(text->end + p->last_window, text->limit), n;

    for (; turn.begin < end; turn.begin = turn.end) {
        turn.end = MIN(turn.begin + KERNEL_CHUNK, end);
        n = kernel->packed(&p->tables, &turn, places);
        ret_work->places += n;
        for (size_t i = 0; i < n; i++)
            if (check(p, text, places[i], out, ret_work) < 0)
                return -ENOMEM;
    }
    return 0;
}

unsigned teddy_cost(const struct teddy *p, const struct kernel *kernel)
{
    const struct kernel_costs *c = &kernel->costs;

    return c->loop + p->tables.depth * (p->tables.look == KERNEL_ROUGH ? c->rough : c->packed);
}
