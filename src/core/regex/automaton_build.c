/* Glushkov's automaton: from a pattern's tree to its positions.
 *
 * Each place for a byte in a pattern is a position; repetitions are written out:
 *
 *     [a-z]{1,2}=\d+        positions   0: [a-z]   1: [a-z]   2: =   3: \d
 *                           before      0: -       1: 0       2: 0 1   3: 2 3
 *                           first: 0    last: 3
 *
 * Where there are more positions than an automaton may have, repetitions of many become "any number
 * of times": the automaton then names some places too many. */

#include "core/regex/automaton.h"

#include "core/base/util.h"
#include "core/regex/automaton_parts.h"

#include <assert.h>

#define STATES_MAX 1024
#define TABLE_BYTES_MAX 65536 /* of one kind of walk */

/* What is known of a part of a pattern. Line starts and ends hold at one place each, so there are
 * two answers: anywhere, and there. */
struct part {
    bool empty, empty_at_start, empty_at_end; /* it can take no byte */
    struct position_set first, first_at_start, last, last_at_end;
};

struct builder {
    struct automaton *a;
    size_t copies_max; /* repetitions of more positions become "any number of times" */
    uint64_t members[AUTOMATON_POSITIONS][4];
};

/* How many positions a part has. */
static size_t count(const struct builder *b, const struct syntax_node *node)
{
    size_t n = node->kind == SYNTAX_BYTE || node->kind == SYNTAX_UNKNOWN, copies;

    for (const struct syntax_node *child = node->first; child && node->kind != SYNTAX_LOOK;
         child = child->next)
        n = MIN(n + count(b, child), (size_t)AUTOMATON_POSITIONS + 1);
    if (node->kind != SYNTAX_REPEAT || n == 0)
        return n;
    copies = node->max == SYNTAX_MANY ? MAX(node->min, 1u) : node->max;
    return copies * n > b->copies_max ? n : copies * n;
}

static void part_empty(struct part *ret, bool anywhere, bool at_start, bool at_end)
{
    *ret = (struct part){.empty = anywhere, .empty_at_start = at_start, .empty_at_end = at_end};
}

static void part_byte(struct builder *b, const struct syntax_node *node, struct part *ret)
{
    unsigned position = b->a->n++;

    assert(position < AUTOMATON_POSITIONS);
    memcpy(b->members[position], node->members, sizeof(node->members));
    *ret = (struct part){0};
    position_set_add(&ret->first, position);
    ret->first_at_start = ret->last = ret->last_at_end = ret->first;
}

/* Each of `last` may stand before each of `first`. */
static void connect(struct builder *b, const struct position_set *last,
                    const struct position_set *first)
{
    unsigned position;

    FOR_EACH(position, first)
    {
        position_set_unite(&b->a->before[position], last);
    }
}

/* Makes *a the sequence of itself and other. */
static void part_append(struct builder *b, struct part *a, const struct part *other)
{
    connect(b, &a->last, &other->first);
    if (a->empty)
        position_set_unite(&a->first, &other->first);
    if (a->empty_at_start)
        position_set_unite(&a->first_at_start, &other->first_at_start);
    if (!other->empty)
        a->last = (struct position_set){0};
    if (!other->empty_at_end)
        a->last_at_end = (struct position_set){0};
    position_set_unite(&a->last, &other->last);
    position_set_unite(&a->last_at_end, &other->last_at_end);
    a->empty &= other->empty;
    a->empty_at_start &= other->empty_at_start;
    a->empty_at_end &= other->empty_at_end;
}

/* Makes *a itself or other. */
static void part_join(struct part *a, const struct part *other)
{
    position_set_unite(&a->first, &other->first);
    position_set_unite(&a->first_at_start, &other->first_at_start);
    position_set_unite(&a->last, &other->last);
    position_set_unite(&a->last_at_end, &other->last_at_end);
    a->empty |= other->empty;
    a->empty_at_start |= other->empty_at_start;
    a->empty_at_end |= other->empty_at_end;
}

static void build(struct builder *b, const struct syntax_node *node, struct part *ret);

static void part_any_text(struct builder *b, struct part *ret)
{
    static const struct syntax_node any_byte = {
        .kind = SYNTAX_BYTE, .members = {UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX}};

    part_byte(b, &any_byte, ret);
    connect(b, &ret->last, &ret->first);
    ret->empty = ret->empty_at_start = ret->empty_at_end = true;
}

static void part_repeat(struct builder *b, const struct syntax_node *node, struct part *ret)
{
    bool many = node->max == SYNTAX_MANY;
    uint32_t min = node->min, copies = many ? MAX(min, 1u) : node->max;
    size_t n = count(b, node->first);
    struct part copy;

    if (n == 0)
        copies = MIN(copies, 1u);
    if (copies * n > b->copies_max) {
        many = true;
        min = MIN(min, 1u);
        copies = 1;
    }
    part_empty(ret, true, true, true);
    for (uint32_t i = 0; i < copies; i++) {
        build(b, node->first, &copy);
        if (many && i + 1 == copies)
            connect(b, &copy.last, &copy.first);
        if (i >= min)
            copy.empty = copy.empty_at_start = copy.empty_at_end = true;
        part_append(b, ret, &copy);
    }
}

static void part_children(struct builder *b, const struct syntax_node *node, struct part *ret)
{
    struct part child;

    part_empty(ret, true, true, true);
    for (const struct syntax_node *n = node->first; n; n = n->next) {
        build(b, n, &child);
        if (n == node->first)
            *ret = child;
        else if (node->kind == SYNTAX_CHOICE)
            part_join(ret, &child);
        else
            part_append(b, ret, &child);
    }
}

static void build(struct builder *b, const struct syntax_node *node, struct part *ret)
{
    switch (node->kind) {
    case SYNTAX_BYTE:
        part_byte(b, node, ret);
        break;
    case SYNTAX_SEQUENCE:
    case SYNTAX_CHOICE:
        part_children(b, node, ret);
        break;
    case SYNTAX_REPEAT:
        part_repeat(b, node, ret);
        break;
    case SYNTAX_LINE_START:
        part_empty(ret, false, true, false);
        break;
    case SYNTAX_LINE_END:
        part_empty(ret, false, false, true);
        break;
    case SYNTAX_UNKNOWN:
        part_any_text(b, ret);
        break;
    case SYNTAX_EMPTY:
    case SYNTAX_WORD_EDGE:
    case SYNTAX_LOOK:
    case SYNTAX_RESET:
        part_empty(ret, true, true, true);
    }
}

/* Bytes that all positions treat alike are of one class. */
static void classes_init(struct builder *b)
{
    struct automaton *a = b->a;
    uint16_t split[256][2]; /* of each class: the classes that its bytes become */

    a->n_classes = 1;
    for (unsigned position = 0; position < a->n; position++) {
        unsigned n = 0;

        memset(split, 0, sizeof(split));
        for (unsigned c = 0; c < 256; c++) {
            unsigned in = b->members[position][c / 64] >> c % 64 & 1;
            uint16_t *class = &split[a->class_of[c]][in];

            if (*class == 0)
                *class = (uint16_t)++n;
            a->class_of[c] = (unsigned char)(*class - 1);
        }
        a->n_classes = n;
    }
}

static int tables_init(struct builder *b)
{
    struct automaton *a = b->a;

    classes_init(b);
    a->takes = calloc(a->n_classes, sizeof(*a->takes));
    if (!a->takes)
        return -ENOMEM;
    for (unsigned position = 0; position < a->n; position++)
        for (unsigned c = 0; c < 256; c++)
            if (b->members[position][c / 64] >> c % 64 & 1)
                position_set_add(&a->takes[a->class_of[c]], position);
    a->states_max =
        (uint32_t)MIN((size_t)STATES_MAX, TABLE_BYTES_MAX / (a->n_classes * sizeof(uint32_t) +
                                                             sizeof(struct position_set)));
    return 0;
}

/* Writes out as much of the repetitions as there is room for. False: too large even without. */
static bool choose_copies(struct builder *b, const struct syntax_node *root)
{
    for (b->copies_max = AUTOMATON_POSITIONS; b->copies_max > 0; b->copies_max /= 4)
        if (count(b, root) <= AUTOMATON_POSITIONS)
            return true;
    return false;
}

/* Gives back what was taken in advance; where that fails, nothing is lost. */
static void shrink(struct position_set **sets, size_t bytes)
{
    struct position_set *shrunk = realloc(*sets, bytes);

    if (shrunk)
        *sets = shrunk;
}

static int automaton_build(struct builder *b, const struct syntax_node *root)
{
    struct automaton *a = b->a;
    struct part whole;

    a->before = calloc(AUTOMATON_POSITIONS, sizeof(*a->before));
    if (!a->before)
        return -ENOMEM;
    build(b, root, &whole);
    if (a->n == 0 || whole.empty || whole.empty_at_start || whole.empty_at_end)
        return 1;
    a->first = whole.first;
    a->first_at_start = whole.first_at_start;
    a->last = whole.last;
    a->last_at_end = whole.last_at_end;
    shrink(&a->before, a->n * sizeof(*a->before));
    return tables_init(b);
}

int automaton_new(struct automaton **ret_automaton, const struct syntax_node *root, size_t *memory)
{
    CLEANUP(automaton_freep) struct automaton *a = calloc(1, sizeof(*a));
    CLEANUP(freep) struct builder *b = calloc(1, sizeof(*b));
    int r;

    if (!a || !b)
        return -ENOMEM;
    a->memory = memory;
    b->a = a;
    if (!choose_copies(b, root))
        return 1;
    r = automaton_build(b, root);
    if (r == 0)
        *ret_automaton = TAKE_PTR(a);
    return r;
}
