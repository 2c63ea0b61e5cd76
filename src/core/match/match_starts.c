/* The automaton reads from the end of a line to its start, but starts are asked for in the other
 * order. So a long line is cut into blocks: a first walk notes the automaton's state at the upper
 * end of each, and where starts are asked for in a block, a second walk over this block marks them.
 * Each byte is read twice, however many starts there are, and little has to be remembered.
 *
 *                   low                                                     high
 *     line           |..............|..............|..............|..........|
 *     first walk     <-------------state<---------state<---------state<------state at the end
 *     marks                          <-.1...1.1.1-- state             */

#include "core/match/match_starts.h"

#include "core/base/util.h"
#include "core/regex/required_literals.h"

#include <assert.h>

void match_starts_init(struct match_starts *s, const struct rule *rule,
                       const struct literal_places *places, const struct regex_subject *subject,
                       size_t low, bool whole)
{
    assert(rule->automaton && (whole || rule->n_literals));
    s->rule = rule;
    s->places = places;
    s->text = subject->ptr;
    s->low = low;
    s->high = MAX(subject->len, low);
    s->whole = whole;
    s->is_prepared = false;
    s->block = s->asked = SIZE_MAX;
}

void match_starts_deinit(struct match_starts *s)
{
    free(s->blocks);
    *s = (struct match_starts){0};
}

/* How many places of a literal are below `end`. */
static size_t places_below(const struct literal_places *p, size_t end)
{
    size_t low = 0, high = p->n;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (p->at[middle] < end)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static size_t block_of(const struct match_starts *s, size_t at)
{
    return (at - s->low) / MATCH_STARTS_BLOCK;
}

/* The block of the last place of a literal below `end`; SIZE_MAX: there is none. */
static size_t block_below(const struct match_starts *s, size_t end)
{
    size_t last = SIZE_MAX;

    for (size_t i = 0; i < s->rule->n_literals; i++) {
        const struct literal_places *places = &s->places[s->rule->literals[i].id];
        size_t n = places_below(places, end);

        if (n > 0 && places->at[n - 1] >= s->low && (last == SIZE_MAX || places->at[n - 1] > last))
            last = places->at[n - 1];
    }
    return last == SIZE_MAX ? SIZE_MAX : block_of(s, last);
}

static int read_to(struct match_starts *s, struct automaton_walk *w, size_t low)
{
    size_t at = w->at;
    int r = automaton_read(w, low);

    s->read += at - w->at;
    w->at = low;
    return r;
}

/* Down to `low`, and at each place of a literal on the way the automaton is told of it. */
static int read_by_literals(struct match_starts *s, struct automaton_walk *w, size_t low)
{
    const struct rule *rule = s->rule;
    size_t left[REQUIRED_LITERALS_MAX];
    int r = 0;

    for (size_t i = 0; i < rule->n_literals; i++)
        left[i] = places_below(&s->places[rule->literals[i].id], w->at);
    while (r == 0) {
        size_t nearest = SIZE_MAX, at = low;

        for (size_t i = 0; i < rule->n_literals; i++) {
            const uint32_t *places = s->places[rule->literals[i].id].at;

            if (left[i] > 0 && places[left[i] - 1] >= at) {
                nearest = i;
                at = places[left[i] - 1];
            }
        }
        if (nearest == SIZE_MAX)
            return read_to(s, w, low);
        r = read_to(s, w, at);
        automaton_meet(w, &rule->literals[nearest].meaning);
        left[nearest]--;
    }
    return r;
}

/* Over one block, from its upper end. */
static int read_block(struct match_starts *s, struct automaton_walk *w, size_t block)
{
    size_t low = s->low + block * MATCH_STARTS_BLOCK;

    w->at = MIN(low + MATCH_STARTS_BLOCK, s->high);
    return s->whole ? read_to(s, w, low) : read_by_literals(s, w, low);
}

static struct automaton_walk new_walk(const struct match_starts *s)
{
    return (struct automaton_walk){
        .automaton = s->rule->automaton, .text = s->text, .whole = s->whole};
}

static int add_block(struct match_starts *s, size_t block, const struct position_set *state)
{
    if (GROW(&s->blocks, &s->blocks_size, s->n_blocks + 1) < 0)
        return -ENOMEM;
    s->blocks[s->n_blocks++] = (struct match_starts_block){.block = block, .state = *state};
    return 0;
}

/* The first walk, from the block that the line ends in. One that goes by literals passes over the
 * blocks in which nothing is under way. */
static int prepare(struct match_starts *s)
{
    struct automaton_walk w = new_walk(s);
    int r = 0;

    s->n_blocks = 0;
    automaton_start(&w, true); /* a \z matches there even where the line goes on */
    for (size_t block = block_of(s, s->high); r == 0; block--) {
        if (!s->whole && position_set_empty(&w.state))
            block = block_below(s, s->low + (block + 1) * MATCH_STARTS_BLOCK);
        if (block == SIZE_MAX)
            break;
        r = add_block(s, block, &w.state);
        if (r < 0 || block == 0)
            break;
        r = read_block(s, &w, block);
    }
    s->is_prepared = r == 0;
    return r;
}

/* Marks the starts in a block. */
static int load(struct match_starts *s, const struct match_starts_block *b)
{
    struct automaton_walk w = new_walk(s);
    int r;

    memset(s->marks, 0, sizeof(s->marks));
    s->block = b->block;
    w.state = b->state;
    w.marks = s->marks;
    w.marks_at = s->low + b->block * MATCH_STARTS_BLOCK;
    r = read_block(s, &w, b->block);
    if (r < 0)
        s->block = SIZE_MAX;
    return r;
}

/* The first mark at or behind a bit; SIZE_MAX: none. */
static size_t next_mark(const struct match_starts *s, size_t bit)
{
    size_t word = bit / 64;
    uint64_t bits;

    if (word >= ARRAY_SIZE(s->marks))
        return SIZE_MAX;
    bits = s->marks[word] & UINT64_MAX << bit % 64;
    while (!bits && ++word < ARRAY_SIZE(s->marks))
        bits = s->marks[word];
    return bits ? word * 64 + (size_t)__builtin_ctzll(bits) : SIZE_MAX;
}

/* Those in one block. Returns 1, 0 or -ENOMEM. */
static int next_in_block(struct match_starts *s, const struct match_starts_block *b, size_t from,
                         size_t gap, struct regex_starts *ret_starts)
{
    size_t base = s->low + b->block * MATCH_STARTS_BLOCK, bit, next;
    int r = b->block == s->block ? 0 : load(s, b);

    if (r < 0)
        return r;
    bit = next_mark(s, from > base ? from - base : 0);
    if (bit == SIZE_MAX)
        return 0;
    ret_starts->first = base + bit;
    while ((next = next_mark(s, bit + 1)) != SIZE_MAX && next - bit - 1 <= gap)
        bit = next;
    ret_starts->last = base + bit;
    return 1;
}

/* How many blocks are not before the one of a place: they come first. */
static size_t blocks_from(const struct match_starts *s, size_t from)
{
    size_t block = block_of(s, from), low = 0, high = s->n_blocks;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (s->blocks[middle].block >= block)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static int find_next(struct match_starts *s, size_t from, size_t gap, struct regex_starts *ret)
{
    int r = s->is_prepared ? 0 : prepare(s);

    if (r < 0)
        return r;
    for (size_t i = blocks_from(s, from); i > 0 && r == 0; i--)
        r = next_in_block(s, &s->blocks[i - 1], from, gap, ret);
    return r;
}

int match_starts_next(struct match_starts *s, size_t from, size_t gap,
                      struct regex_starts *ret_starts)
{
    from = MAX(from, s->low);
    if (s->asked > from || s->found.first < from) {
        int r = find_next(s, from, gap, &s->found);

        if (r == 0)
            s->found.first = SIZE_MAX;
        s->asked = r < 0 ? SIZE_MAX : from;
        if (r < 0)
            return r;
    }
    *ret_starts = s->found;
    return s->found.first != SIZE_MAX;
}
