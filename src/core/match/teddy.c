/* Teddy, the search for many literals of Hyperscan (src/fdr/teddy.c) and of the crate aho-corasick
 * (src/packed/teddy), with a hash table behind it.
 *
 * Each literal has a window: a few neighbouring bytes of it, either its first ones or those that
 * are least likely in a log ("RM0-" of "CRM0-", "id-i" of "invalid-instance"). The windows are
 * sorted and cut into eight buckets of neighbours. A kernel runs the buckets' tables over the text
 * and names the places where a window may stand. The four bytes there are looked up in the hash
 * table, and each literal with this window is compared with the bytes around it. A literal that
 * stands there becomes a candidate at the place of its first byte.
 *
 * Many literals may share a window, as "ORA-00001: " to "ORA-65535: " do. The literals of one
 * length that have it at the same place form a group, struct shape, in the order of their bytes, so
 * that a binary search finds the one that stands there. */

#include "core/match/teddy.h"

#include "core/match/byte_frequencies.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>

/* When the tables let no larger share of all places through, deeper tables are not worth their
 * cost. */
#define SHARE_ENOUGH 0.0001
/* So many literals are compared one by one sooner than by a binary search. */
#define FEW 16
/* What a step of the binary search costs, in comparisons: the CPU cannot predict its branch. */
#define STEP_COMPARISONS 8

/* A literal. */
struct item {
    const char *bytes;
    uint64_t first, mask; /* its first eight bytes as a number, and ones over as many as it has */
    uint32_t len;
    uint32_t window; /* offset of its window */
    uint32_t key;    /* the window's bytes as a number */
    uint32_t tag;
};

/* Items with the same window at the same place and the same length. */
struct shape {
    uint32_t key, window, len; /* as those of each item */
    uint32_t begin, end;       /* the items: indices [begin, end) */
    uint32_t next;             /* index + 1 of the next shape with the same hash; 0: none */
};

struct teddy {
    struct kernel_tables tables;
    struct item *items; /* sorted by key, window, length, bytes and tag */
    char *text;         /* the bytes of all items */
    size_t n;
    unsigned key_len;     /* bytes of a key: 1 to 4, as many as the shortest item has */
    uint32_t last_window; /* the largest offset of a window */
    struct shape *shapes;
    size_t n_shapes;
    uint32_t *heads; /* by hash of the key: index + 1 of its first shape; 0: none */
    unsigned shift;  /* of a hash, to its index in heads */
};

/* Fibonacci hashing: Knuth, The Art of Computer Programming, volume 3, section 6.4. */
static uint32_t hash(uint32_t key, unsigned shift)
{
    return key * 0x9E3779B1u >> shift;
}

/* Eight bytes as a number, of which only `left` may be read; the others count as NUL. */
static inline uint64_t load8(const char *p, size_t left)
{
    uint64_t word = 0;

    if (__builtin_expect(left >= 8, 1))
        memcpy(&word, p, 8);
    else
        memcpy(&word, p, left);
    return word;
}

/* Ones over the first len bytes of a number that load8() returns. */
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

/* Compares two items by what a shape has in common. The key comes first, and its first byte before
 * the others, so that the items of a bucket begin alike. */
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

static void tables_fill(struct teddy *t)
{
    struct kernel_tables *tables = &t->tables;

    memset(tables->low, 0, sizeof(tables->low));
    memset(tables->high, 0, sizeof(tables->high));
    for (size_t i = 0; i < t->n; i++)
        kernel_tables_add(tables, t->items[i].bytes + t->items[i].window, (unsigned)(i * 8 / t->n));
    kernel_tables_finish(tables);
}

/* Chooses how many bytes of a window the kernel looks at. Each costs time on every byte of the
 * text, so the depth stops growing when the tables let little enough through. A rough look-up costs
 * so little that it may look at more bytes than the key has. */
static void tables_init(struct teddy *t, size_t shortest)
{
    unsigned most =
        t->tables.rough ? (unsigned)MIN(shortest, (size_t)KERNEL_DEPTH_MAX) : t->key_len;

    for (t->tables.depth = MIN(t->key_len, 2u);; t->tables.depth++) {
        tables_fill(t);
        if (t->tables.depth == most || byte_frequencies_share(&t->tables) < SHARE_ENOUGH)
            return;
    }
}

static void items_init(struct teddy *t, const struct literal *literals, enum teddy_window which)
{
    char *text = t->text;

    for (size_t i = 0; i < t->n; i++) {
        struct gloss_span bytes = literals[i].bytes;
        size_t window = which == TEDDY_RARE ? byte_frequencies_window(bytes, t->key_len) : 0;

        memcpy(text, bytes.ptr, bytes.len);
        t->items[i] = (struct item){
            .bytes = text,
            .first = load8(text, bytes.len),
            .mask = mask8(bytes.len),
            .len = (uint32_t)bytes.len,
            .window = (uint32_t)window,
            .key = key_at(text + window, bytes.len - window, t->key_len),
            .tag = literals[i].tag,
        };
        t->last_window = MAX(t->last_window, (uint32_t)window);
        text += bytes.len;
    }
    qsort(t->items, t->n, sizeof(*t->items), compare_items);
}

static void shapes_init(struct teddy *t)
{
    for (uint32_t begin = 0, end; begin < t->n; begin = end) {
        const struct item *it = &t->items[begin];
        uint32_t *head = &t->heads[hash(it->key, t->shift)];

        for (end = begin + 1; end < t->n && compare_shapes(it, &t->items[end]) == 0; end++)
            ;
        t->shapes[t->n_shapes++] = (struct shape){
            .key = it->key,
            .window = it->window,
            .len = it->len,
            .begin = begin,
            .end = end,
            .next = *head,
        };
        *head = (uint32_t)t->n_shapes;
    }
}

int teddy_new(struct teddy **ret_teddy, const struct literal *literals, size_t n,
              enum teddy_window window)
{
    CLEANUP(teddy_freep) struct teddy *t = calloc(1, sizeof(*t));
    size_t bytes = 0, shortest = SIZE_MAX;
    unsigned bits = 8;

    if (!t)
        return -ENOMEM;
    t->n = n;
    for (size_t i = 0; i < n; i++) {
        bytes += literals[i].bytes.len;
        shortest = MIN(shortest, literals[i].bytes.len);
    }
    t->key_len = (unsigned)MIN(shortest, sizeof(t->items->key));
    while (bits < 20 && (size_t)1 << bits < 4 * n)
        bits++;
    t->shift = 32 - bits;
    assert(bytes > 0);
    t->text = malloc(bytes);
    t->items = calloc(n, sizeof(*t->items));
    t->shapes = calloc(n, sizeof(*t->shapes));
    t->heads = calloc((size_t)1 << bits, sizeof(*t->heads));
    if (!t->text || !t->items || !t->shapes || !t->heads)
        return -ENOMEM;
    t->tables.rough = window == TEDDY_ROUGH;
    items_init(t, literals, window);
    shapes_init(t);
    tables_init(t, shortest);
    *ret_teddy = TAKE_PTR(t);
    return 0;
}

struct teddy *teddy_free(struct teddy *t)
{
    if (!t)
        return NULL;
    free(t->text);
    free(t->items);
    free(t->shapes);
    free(t->heads);
    free(t);
    return NULL;
}

/* Whether an item stands at p. `left` bytes may be read there, at least the length of the item. */
static bool stands_at(const struct item *it, const char *p, size_t left)
{
    if ((load8(p, left) & it->mask) != it->first)
        return false;
    return it->len <= 8 || memcmp(it->bytes + 8, p + 8, it->len - 8) == 0;
}

/* The index of the first item of a shape that stands at a place; where none does, that of an item
 * that does not. */
static uint32_t find_in_shape(const struct teddy *t, const struct shape *s, const char *at,
                              size_t left, struct prefilter_work *ret_work)
{
    uint32_t low = s->begin, high = s->end - 1;

    while (high - low > FEW) {
        uint32_t middle = low + (high - low) / 2;

        ret_work->compared += STEP_COMPARISONS;
        if (memcmp(t->items[middle].bytes, at, s->len) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    ret_work->compared += high - low;
    while (low < high && !stands_at(&t->items[low], at, left))
        low++;
    return low;
}

/* Adds the literals whose window stands at a place that the tables let through. */
static int check(const struct teddy *t, const struct kernel_text *text, uint32_t place,
                 struct candidates *out, struct prefilter_work *ret_work)
{
    size_t left = text->limit - place, at;
    uint32_t key, i;

    if (left < t->key_len)
        return 0;
    key = key_at(text->bytes + place, left, t->key_len);
    for (i = t->heads[hash(key, t->shift)]; i; i = t->shapes[i - 1].next) {
        const struct shape *s = &t->shapes[i - 1];

        at = place - s->window;
        ret_work->compared++;
        if (s->key != key || place < text->begin + s->window || at >= text->end ||
            s->len > text->limit - at)
            continue;
        left = text->limit - at;
        for (uint32_t k = find_in_shape(t, s, text->bytes + at, left, ret_work);
             k < s->end && stands_at(&t->items[k], text->bytes + at, left); k++)
            if (candidates_add(out, at, t->items[k].tag) < 0)
                return -ENOMEM;
    }
    return 0;
}

int teddy_find(const struct teddy *t, const struct kernel *kernel, const struct kernel_text *text,
               uint32_t *places, struct candidates *out, struct prefilter_work *ret_work)
{
    struct kernel_text turn = *text;
    size_t end = MIN(text->end + t->last_window, text->limit), n;

    for (; turn.begin < end; turn.begin = turn.end) {
        turn.end = MIN(turn.begin + KERNEL_CHUNK, end);
        n = kernel->teddy(&t->tables, &turn, places);
        ret_work->places += n;
        for (size_t i = 0; i < n; i++)
            if (check(t, text, places[i], out, ret_work) < 0)
                return -ENOMEM;
    }
    return 0;
}

unsigned teddy_cost(const struct teddy *t, const struct kernel *kernel)
{
    const struct kernel_costs *c = &kernel->costs;

    return c->loop + t->tables.depth * (t->tables.look == KERNEL_ROUGH ? c->rough : c->teddy);
}
