/* Glushkov's automaton of a pattern, run from the end of a text to its start, its steps remembered
 * as they are met.
 *
 * A state is the set of positions that may take the next byte, going down. Those among them whose
 * bytes hold it do take it; if one of these is a first position a match can start there; and what
 * may come before them is the next state. The step for a set and a byte is worked out once: states
 * have numbers, and a table has the number of the next state for each state and each class of bytes
 * that the pattern treats alike. When the table is full it is emptied, and filled anew. */

#include "core/regex/automaton.h"

#include "core/base/util.h"
#include "core/regex/automaton_parts.h"

#include <assert.h>

static size_t states_memory(const struct states *s)
{
    return sizeof(*s) + s->sets_size * sizeof(*s->sets) + s->cells_size * sizeof(*s->cells) +
           s->links_size * sizeof(*s->links);
}

static void states_free(struct states *s)
{
    free(s->sets);
    free(s->cells);
    free(s->links);
    free(s);
}

struct automaton *automaton_free(struct automaton *a)
{
    if (!a)
        return NULL;
    automaton_forget(a);
    free(a->takes);
    free(a->before);
    free(a->behind);
    free(a);
    return NULL;
}

/* ---- states ---- */

static uint32_t hash(const struct position_set *set)
{
    uint64_t h = 0;

    for (unsigned i = 0; i < ARRAY_SIZE(set->bits); i++)
        h = (h ^ set->bits[i]) * 0x9E3779B97F4A7C15u;
    return (uint32_t)(h >> 58);
}

static_assert(AUTOMATON_HEADS == 1 << (64 - 58), "a hash is an index of heads");

static int states_add(const struct automaton *a, struct states *s, const struct position_set *set,
                      uint32_t *ret)
{
    uint32_t id = s->n, h = hash(set);
    size_t before = states_memory(s);
    int r = 0;

    if (GROW(&s->sets, &s->sets_size, (size_t)id + 1) < 0 ||
        GROW(&s->cells, &s->cells_size, ((size_t)id + 1) * a->n_classes) < 0 ||
        GROW(&s->links, &s->links_size, (size_t)id + 1) < 0)
        r = -ENOMEM;
    *a->memory += states_memory(s) - before;
    if (r < 0)
        return r;
    s->n++;
    s->sets[id] = *set;
    memset(&s->cells[id * a->n_classes], 0, a->n_classes * sizeof(*s->cells));
    s->links[id] = s->heads[h];
    s->heads[h] = id;
    *ret = id;
    return 0;
}

/* Forgets all states but the one in which nothing is under way. */
static int states_clear(const struct automaton *a, struct states *s, enum walk_kind kind)
{
    static const struct position_set empty;
    uint32_t id;

    memset(s->heads, 0, sizeof(s->heads));
    s->n = STATE_IDLE;
    return states_add(a, s, kind == WHOLE ? &a->last : &empty, &id);
}

static int make_behind(struct automaton *a)
{
    unsigned other;

    if (a->behind)
        return 0;
    a->behind = calloc(a->n, sizeof(*a->behind));
    if (!a->behind)
        return -ENOMEM;
    for (unsigned position = 0; position < a->n; position++)
        FOR_EACH(other, &a->before[position])
        {
            position_set_add(&a->behind[other], position);
        }
    return 0;
}

static int states_new(struct automaton *a, enum walk_kind kind)
{
    struct states *s = calloc(1, sizeof(*s));

    if (!s)
        return -ENOMEM;
    *a->memory += states_memory(s);
    a->states[kind] = s;
    for (unsigned c = 0; c < 256; c++)
        s->keeps[c] = !position_set_meets(&a->takes[a->class_of[c]], &a->last);
    return kind == FORWARD ? make_behind(a) : 0;
}

/* The number of a state; it holds until the next call that adds one. Returns 0 or -ENOMEM. */
static int states_find(struct automaton *a, enum walk_kind kind, const struct position_set *set,
                       uint32_t *ret)
{
    struct states *s;

    if (!a->states[kind] && states_new(a, kind) < 0)
        return -ENOMEM;
    s = a->states[kind];
    if ((s->n == 0 || s->n == a->states_max) && states_clear(a, s, kind) < 0)
        return -ENOMEM;
    for (uint32_t id = s->heads[hash(set)]; id; id = s->links[id])
        if (memcmp(&s->sets[id], set, sizeof(*set)) == 0) {
            *ret = id;
            return 0;
        }
    return states_add(a, s, set, ret);
}

/* The positions of a state that take a byte. */
static struct position_set taken(const struct automaton *a, const struct position_set *state,
                                 unsigned class)
{
    struct position_set set;

    for (unsigned i = 0; i < ARRAY_SIZE(set.bits); i++)
        set.bits[i] = state->bits[i] & a->takes[class].bits[i];
    return set;
}

/* Adds what may stand beside one of these. */
static void add_beside(const struct position_set *beside, const struct position_set *set,
                       struct position_set *ret)
{
    unsigned position;

    FOR_EACH(position, set)
    {
        position_set_unite(ret, &beside[position]);
    }
}

/* The cell of a row and a class, which is not known yet. Returns 0 or -ENOMEM. */
static int work_out(struct automaton *a, enum walk_kind kind, uint32_t row, unsigned class,
                    uint32_t *ret_cell)
{
    struct states *s = a->states[kind];
    struct position_set state = s->sets[row / a->n_classes], next = {{0}};
    struct position_set set = taken(a, &state, class);
    uint32_t id;

    a->worked_out++;
    if (kind == WHOLE)
        next = a->last;
    add_beside(kind == FORWARD ? a->behind : a->before, &set, &next);
    if (states_find(a, kind, &next, &id) < 0)
        return -ENOMEM;
    *ret_cell = id * a->n_classes << 1 | (position_set_meets(&set, &a->first) ? MARK : 0);
    /* The table may have been emptied, and the row have become another state's. */
    id = row / a->n_classes;
    if (id < s->n && memcmp(&s->sets[id], &state, sizeof(state)) == 0)
        s->cells[row + class] = *ret_cell;
    return 0;
}

/* ---- walks ---- */

void automaton_start(struct automaton_walk *w, bool ends_subject)
{
    w->state = (struct position_set){{0}};
    if (w->whole)
        w->state = ends_subject ? w->automaton->last_at_end : w->automaton->last;
}

static inline void mark(const struct automaton_walk *w, size_t at)
{
    if (w->marks)
        w->marks[(at - w->marks_at) / 64] |= (uint64_t)1 << (at - w->marks_at) % 64;
}

/* The first byte of the subject, before which nothing is, and where more may start. */
static void read_first(struct automaton_walk *w)
{
    const struct automaton *a = w->automaton;
    struct position_set set = taken(a, &w->state, a->class_of[(unsigned char)w->text[0]]);

    if (position_set_meets(&set, &a->first_at_start))
        mark(w, 0);
    w->state = (struct position_set){{0}};
    w->at = 0;
}

/* Reads down to the place `end`, which is above 0. Most bytes of most texts are read while nothing
 * is under way, and change nothing. */
static int read_down(struct automaton_walk *w, size_t end)
{
    struct automaton *a = w->automaton;
    const enum walk_kind kind = w->whole ? WHOLE : LOCAL;
    const uint32_t idle = STATE_IDLE * a->n_classes;
    uint32_t id, row, cell;
    const struct states *s;
    size_t at = w->at;

    if (states_find(a, kind, &w->state, &id) < 0)
        return -ENOMEM;
    s = a->states[kind];
    for (row = id * a->n_classes;; row = cell >> 1) {
        unsigned class;

        while (row == idle && w->whole && at > end && s->keeps[(unsigned char)w->text[at - 1]])
            at--;
        if (at <= end || (row == idle && !w->whole))
            break;
        class = a->class_of[(unsigned char)w->text[--at]];
        cell = s->cells[row + class];
        if (__builtin_expect(cell == 0, 0) && work_out(a, kind, row, class, &cell) < 0)
            return -ENOMEM;
        if (cell & MARK)
            mark(w, at);
    }
    w->at = at;
    w->state = s->sets[row / a->n_classes];
    return 0;
}

int automaton_read(struct automaton_walk *w, size_t low)
{
    size_t end = MAX(low, (size_t)1);
    bool is_idle = !w->whole && position_set_empty(&w->state);

    if (w->at > end && !is_idle && read_down(w, end) < 0)
        return -ENOMEM;
    if (low == 0 && w->at == 1)
        read_first(w);
    return 0;
}

void automaton_literal(const struct automaton *a, struct gloss_span literal,
                       struct automaton_literal *ret)
{
    struct position_set set, state;

    memset(&state, 0xff, sizeof(state));
    memset(&set, 0, sizeof(set));
    for (size_t i = literal.len; i > 0; i--) {
        set = taken(a, &state, a->class_of[(unsigned char)literal.ptr[i - 1]]);
        state = (struct position_set){{0}};
        add_beside(a->before, &set, &state);
    }
    *ret = (struct automaton_literal){
        .before = state,
        .starts =
            position_set_meets(&set, &a->first) || position_set_meets(&set, &a->first_at_start),
    };
}

void automaton_meet(struct automaton_walk *w, const struct automaton_literal *literal)
{
    position_set_unite(&w->state, &literal->before);
    if (literal->starts)
        mark(w, w->at);
}

int automaton_reach(struct automaton *a, const char *text, size_t from, size_t end,
                    size_t *ret_reach)
{
    const uint32_t idle = STATE_IDLE * a->n_classes;
    size_t at = from;
    uint32_t id, row, cell;

    if (states_find(a, FORWARD, from > 0 ? &a->first : &a->first_at_start, &id) < 0)
        return -ENOMEM;
    for (row = id * a->n_classes; at < end && row != idle; row = cell >> 1) {
        unsigned class = a->class_of[(unsigned char)text[at++]];

        cell = a->states[FORWARD]->cells[row + class];
        if (__builtin_expect(cell == 0, 0) && work_out(a, FORWARD, row, class, &cell) < 0)
            return -ENOMEM;
    }
    *ret_reach = at - from;
    return 0;
}

/* ---- memory ---- */

uint64_t automaton_worked_out(const struct automaton *a)
{
    return a->worked_out;
}

void automaton_forget(struct automaton *a)
{
    for (size_t i = 0; i < ARRAY_SIZE(a->states); i++) {
        if (!a->states[i])
            continue;
        *a->memory -= states_memory(a->states[i]);
        states_free(a->states[i]);
        a->states[i] = NULL;
    }
}
