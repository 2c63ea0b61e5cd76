/* Asks each part of a pattern one question: which text must be there?
 *
 * The answer for a part is a struct info. The part is exact when it matches a handful of strings
 * and nothing else; a sequence of exact parts multiplies their strings. At the first part that is
 * not exact the strings gathered so far are closed, and gathering starts anew behind it; each
 * closed set could be the answer for the whole pattern:
 *
 *     (?:ONS|BIZ)_[A-Z]+ failed      {ONS_, BIZ_} closes at [A-Z]+, then {" failed"}
 *
 * A choice is as good as its worst branch. Of the closed sets that one is best whose shortest
 * string is the longest. A set at the very start of the pattern is preferred, because PCRE2 then
 * need not search. A set that many other patterns of the catalogs have as well is avoided, because
 * all these patterns would be tried wherever one of its strings stands. The idea is that of the
 * prefilters in RE2 and ripgrep. */

#include "core/regex/required_literals.h"

#include "core/base/util.h"
#include "core/regex/syntax.h"

#include <stdint.h>
#include <string.h>

#define DEPTH_MAX 24  /* of nodes in the tree */
#define MEMBERS_MAX 8 /* a set of more bytes makes no strings */
#define CROWD 4 /* so many patterns may share a literal, and it is as good as one of its own */

struct info {
    bool exact; /* it matches the strings of lead, nothing else */
    struct required_literals
        lead; /* else: every match begins with one of them; n 0: nothing known */
    struct required_literals best; /* not exact: the best candidate inside; n 0: none */
};

/* What the answer depends on beside the pattern. */
struct asking {
    const struct literal_census *census; /* NULL: nothing is known of other patterns */
    struct literal_census *counting;     /* to be added to; NULL: nothing is */
};

static void ask(const struct asking *q, const struct syntax_node *node, unsigned depth,
                struct info *ret);

/* ---- sets of strings ---- */

static const struct required_literals set_of_empty = {.n = 1};

static size_t shortest(const struct required_literals *set)
{
    size_t len = set->n ? REQUIRED_LITERAL_BYTES : 0;

    for (size_t i = 0; i < set->n; i++)
        len = MIN(len, (size_t)set->items[i].len);
    return len;
}

static bool set_add(struct required_literals *set, const struct required_literal *literal)
{
    for (size_t i = 0; i < set->n; i++)
        if (memcmp(&set->items[i], literal, sizeof(*literal)) == 0)
            return true;
    if (set->n == REQUIRED_LITERALS_MAX)
        return false;
    set->items[set->n++] = *literal;
    return true;
}

static bool set_union(struct required_literals *a, const struct required_literals *b)
{
    for (size_t i = 0; i < b->n; i++)
        if (!set_add(a, &b->items[i]))
            return false;
    a->prefix = a->prefix && b->prefix;
    return true;
}

/* Every string of a followed by every one of b. False, and a as it was, where that is too much. */
static bool set_product(struct required_literals *a, const struct required_literals *b)
{
    struct required_literals product = {.prefix = a->prefix};

    for (size_t i = 0; i < a->n; i++)
        for (size_t k = 0; k < b->n; k++) {
            struct required_literal l = a->items[i];

            if (l.len + b->items[k].len > REQUIRED_LITERAL_BYTES)
                return false;
            memcpy(l.bytes + l.len, b->items[k].bytes, b->items[k].len);
            l.len = (unsigned char)(l.len + b->items[k].len);
            if (!set_add(&product, &l))
                return false;
        }
    *a = product;
    return true;
}

/* FNV-1a. */
static size_t census_place(const struct required_literal *l)
{
    uint32_t hash = 2166136261U;

    for (size_t i = 0; i < l->len; i++)
        hash = (hash ^ (unsigned char)l->bytes[i]) * 16777619U;
    return hash % LITERAL_CENSUS_SIZE;
}

static size_t score(const struct asking *q, const struct required_literals *set)
{
    size_t len = shortest(set), crowd = CROWD, base;

    if (len < 2)
        return 0;
    base = 64 * len + (set->prefix && len >= 3 ? 1024 : 0) + REQUIRED_LITERALS_MAX - set->n;
    for (size_t i = 0; q->census && i < set->n; i++)
        crowd = MAX(crowd, (size_t)q->census->counts[census_place(&set->items[i])]);
    return (base << 16) / crowd;
}

static void consider(const struct asking *q, struct required_literals *best,
                     const struct required_literals *set)
{
    if (score(q, set) > score(q, best))
        *best = *set;
    for (size_t i = 0; q->counting && i < set->n; i++)
        q->counting->counts[census_place(&set->items[i])]++;
}

/* ---- parts ---- */

static void info_nothing(struct info *ret) /* could be anything */
{
    memset(ret, 0, sizeof(*ret));
}

static void info_empty(struct info *ret) /* takes no byte */
{
    info_nothing(ret);
    ret->exact = true;
    ret->lead = set_of_empty;
}

static void info_byte(const struct syntax_node *node, struct info *ret)
{
    info_nothing(ret);
    for (unsigned c = 0; c < 256 && node->spelled; c++) {
        struct required_literal l = {.len = 1, .bytes = {(char)c}};

        if (!syntax_has(node, (unsigned char)c))
            continue;
        if (ret->lead.n == MEMBERS_MAX) {
            info_nothing(ret);
            return;
        }
        ret->lead.items[ret->lead.n++] = l;
    }
    ret->exact = ret->lead.n > 0;
}

static void info_repeat(const struct asking *q, const struct syntax_node *node, unsigned depth,
                        struct info *ret)
{
    if (node->min == 0) {
        info_nothing(ret);
        return;
    }
    ask(q, node->first, depth, ret);
    if (ret->exact) { /* at least once, then who knows */
        ret->exact = false;
        ret->best = ret->lead;
        ret->best.prefix = false;
    }
}

/* Closes the strings gathered so far. Those at the start of a sequence become its lead. */
static void close_run(const struct asking *q, struct info *ret, struct required_literals *run,
                      bool *first)
{
    if (*first)
        ret->lead = *run;
    consider(q, &ret->best, run);
    *first = false;
    *run = set_of_empty;
}

static void info_sequence(const struct asking *q, const struct syntax_node *node, unsigned depth,
                          struct info *ret)
{
    struct required_literals run = {.n = 1, .prefix = true};
    bool first = true;
    struct info it;

    info_nothing(ret);
    for (const struct syntax_node *n = node->first; n; n = n->next) {
        ask(q, n, depth, &it);
        if (it.exact && set_product(&run, &it.lead))
            continue;
        if (it.exact) { /* too long or too many: a new run begins with it */
            close_run(q, ret, &run, &first);
            run = it.lead;
            run.prefix = false;
            continue;
        }
        if (it.lead.n)
            set_product(&run, &it.lead);
        close_run(q, ret, &run, &first);
        it.best.prefix = false;
        consider(q, &ret->best, &it.best);
    }
    if (first) {
        ret->exact = true;
        ret->lead = run;
    } else {
        consider(q, &ret->best, &run);
    }
}

/* The best that is known of a branch, whether it is exact or not. */
static void branch_best(const struct asking *q, const struct info *branch,
                        struct required_literals *ret)
{
    memset(ret, 0, sizeof(*ret));
    consider(q, ret, branch->exact ? &branch->lead : &branch->best);
}

static void info_join(const struct asking *q, struct info *a, const struct info *b)
{
    struct required_literals best_a, best_b;

    branch_best(q, a, &best_a);
    branch_best(q, b, &best_b);
    a->exact = a->exact && b->exact;
    if (!a->lead.n || !b->lead.n || !set_union(&a->lead, &b->lead)) {
        a->exact = false;
        a->lead.n = 0;
    }
    if (!best_a.n || !best_b.n || !set_union(&best_a, &best_b))
        best_a.n = 0;
    a->best = best_a;
}

static void info_choice(const struct asking *q, const struct syntax_node *node, unsigned depth,
                        struct info *ret)
{
    struct info branch;

    ask(q, node->first, depth, ret);
    for (const struct syntax_node *n = node->first->next; n; n = n->next) {
        ask(q, n, depth, &branch);
        info_join(q, ret, &branch);
    }
}

/* What is too deep could be anything: an answer takes room on the stack. */
static void ask(const struct asking *q, const struct syntax_node *node, unsigned depth,
                struct info *ret)
{
    if (node->kind == SYNTAX_UNKNOWN || depth == DEPTH_MAX)
        info_nothing(ret);
    else if (node->kind == SYNTAX_BYTE)
        info_byte(node, ret);
    else if (node->kind == SYNTAX_REPEAT)
        info_repeat(q, node, depth + 1, ret);
    else if (node->kind == SYNTAX_SEQUENCE)
        info_sequence(q, node, depth + 1, ret);
    else if (node->kind == SYNTAX_CHOICE)
        info_choice(q, node, depth + 1, ret);
    else
        info_empty(ret);
}

/* Whether a literal is one that stands wherever the other one does. */
static bool stands_with(const struct required_literal *l, const struct required_literal *other,
                        bool at_start)
{
    if (at_start)
        return l->len <= other->len && memcmp(l->bytes, other->bytes, l->len) == 0;
    return memmem(other->bytes, other->len, l->bytes, l->len) != NULL;
}

/* Drops literals that are of no use because a shorter one stands where they do. */
static void drop_covered(struct required_literals *set)
{
    size_t kept = 0;

    for (size_t i = 0; i < set->n; i++) {
        size_t k = 0;

        while (k < set->n && (k == i || !stands_with(&set->items[k], &set->items[i], set->prefix)))
            k++;
        if (k == set->n)
            set->items[kept++] = set->items[i];
    }
    set->n = kept;
}

static int ask_whole(const struct asking *q, struct gloss_span pattern,
                     struct required_literals *ret_required)
{
    CLEANUP(arena_deinit) struct arena arena = {0};
    struct syntax_node *root;
    struct info whole;
    int r = syntax_read(&root, pattern, &arena);

    memset(ret_required, 0, sizeof(*ret_required));
    if (r != 0)
        return MIN(r, 0);
    ask(q, root, 0, &whole);
    branch_best(q, &whole, ret_required);
    if (syntax_resets(root)) /* where a match begins says nothing any more */
        ret_required->prefix = false;
    drop_covered(ret_required);
    return 0;
}

int required_literals_of(struct gloss_span pattern, const struct literal_census *census,
                         struct required_literals *ret_required)
{
    return ask_whole(&(struct asking){.census = census}, pattern, ret_required);
}

int required_literals_count(struct gloss_span pattern, struct literal_census *census)
{
    struct required_literals ignored;

    return ask_whole(&(struct asking){.counting = census}, pattern, &ignored);
}
