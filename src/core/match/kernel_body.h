/* clang-format off */
/* The loops of a kernel. Each kernel_*.c includes this file once, after it has defined
 *
 *     struct prepared                          tables in the form that its instructions want
 *     prepare(&prepared, tables)               makes that form
 *     struct matches                           at which of 64 places the tables match
 *     match_tables(p, &prepared, depth, look)  these places, from p on; reads 63 + depth bytes
 *     has_matches(&matches)                    whether they match anywhere
 *     mask_matches(&matches)                   a mask: bit i is set where they match at p[i]
 *     mask_equal(p, byte)                      a mask: bit i is set where p[i] == byte; reads 64 bytes
 *     count_equal(p, n, byte)                  how many of n bytes are equal; n is a multiple of 64
 *     KERNEL_NAME, KERNEL_TEXT, KERNEL_COSTS   name, text of the name and costs of its struct kernel
 */
/* clang-format on */

#define BLOCK 64
#define PAD (BLOCK + KERNEL_DEPTH_MAX)

static FORCE_INLINE uint64_t mask_tables(const char *p, const struct prepared *t, unsigned depth,
                                         enum kernel_look look)
{
    struct matches m = match_tables(p, t, depth, look);

    return mask_matches(&m);
}

/* The block of bytes from text[at] on. Where it would reach past the limit it is a copy, in pad,
 * with NULs behind. */
static const char *block_at(const struct kernel_text *text, size_t at, char pad[PAD])
{
    if (at + PAD <= text->limit)
        return text->bytes + at;
    memset(pad, 0, PAD);
    if (at < text->limit)
        memcpy(pad, text->bytes + at, text->limit - at);
    return pad;
}

/* The first n bits of a mask. */
static inline uint64_t first_places(uint64_t mask, size_t n)
{
    return n < BLOCK ? mask & (((uint64_t)1 << n) - 1) : mask;
}

/* Writes the places of a mask behind the n that are there; returns how many there are then. The
 * first one is written whether it exists or not: often it does and often not, so a branch would be
 * mispredicted and cost more. A second one is rare. */
static FORCE_INLINE size_t put_places(uint64_t mask, size_t at, uint32_t *out, size_t n)
{
    out[n] = (uint32_t)(at + (size_t)__builtin_ctzll(mask | (uint64_t)1 << 63));
    n += mask != 0;
    for (mask &= mask - 1; __builtin_expect(mask != 0, 0); mask &= mask - 1)
        out[n++] = (uint32_t)(at + (size_t)__builtin_ctzll(mask));
    return n;
}

static size_t newlines(const char *bytes, size_t n)
{
    char pad[BLOCK] = {0};
    size_t whole = n & ~(size_t)(BLOCK - 1), count = count_equal(bytes, whole, '\n');

    memcpy(pad, bytes + whole, n - whole);
    return count + (size_t)__builtin_popcountll(mask_equal(pad, '\n'));
}

/* Inlined with constant depth and look, so that each pair of them is a loop of its own. The last
 * blocks, which might be read past the limit, have a loop of their own, too. */
static FORCE_INLINE size_t teddy_loop(const struct kernel_tables *tables,
                                      const struct kernel_text *text, uint32_t *out, unsigned depth,
                                      enum kernel_look look)
{
    struct prepared prepared;
    char pad[PAD];
    size_t at = text->begin, n = 0;

    prepare(&prepared, tables);
    for (; at + PAD <= text->end; at += BLOCK) {
        struct matches m = match_tables(text->bytes + at, &prepared, depth, look);

        if (__builtin_expect(has_matches(&m), 0))
            n = put_places(mask_matches(&m), at, out, n);
    }
    for (; at < text->end; at += BLOCK) {
        uint64_t mask = mask_tables(block_at(text, at, pad), &prepared, depth, look);

        n = put_places(first_places(mask, text->end - at), at, out, n);
    }
    return n;
}

static FORCE_INLINE size_t teddy_depth(const struct kernel_tables *tables,
                                       const struct kernel_text *text, uint32_t *out,
                                       unsigned depth)
{
    switch (tables->look) {
    case KERNEL_ASCII:
        return teddy_loop(tables, text, out, depth, KERNEL_ASCII);
    case KERNEL_ROUGH:
        return teddy_loop(tables, text, out, depth, KERNEL_ROUGH);
    default:
        return teddy_loop(tables, text, out, depth, KERNEL_EXACT);
    }
}

static size_t teddy(const struct kernel_tables *tables, const struct kernel_text *text,
                    uint32_t *out)
{
    switch (tables->depth) {
    case 1:
        return teddy_depth(tables, text, out, 1);
    case 2:
        return teddy_depth(tables, text, out, 2);
    case 3:
        return teddy_depth(tables, text, out, 3);
    case 4:
        return teddy_depth(tables, text, out, 4);
    case 5:
        return teddy_depth(tables, text, out, 5);
    default:
        return teddy_depth(tables, text, out, 6);
    }
}

/* How runs are seen in a mask: the mask and itself shifted by one leaves a bit where two ones
 * follow each other; that shifted by two, where four do. There are always as many steps, so that
 * there is no branch; the last ones may shift by nothing. */
struct run_steps {
    unsigned by[KERNEL_RUN_STEPS];
};

/* The steps that leave the places where one byte and `more` behind it are in the class. */
static struct run_steps steps_for(unsigned more)
{
    struct run_steps steps;

    for (unsigned i = 0, have = 1; i < KERNEL_RUN_STEPS; i++) {
        steps.by[i] = more < have ? more : have;
        more -= steps.by[i];
        have += steps.by[i];
    }
    return steps;
}

/* A mask of the bytes of a block where a long enough run begins. The first byte of the block only
 * tells whether the second one continues a run; a run whose last needed byte is behind the block is
 * not seen. */
static FORCE_INLINE uint64_t run_begins(const char *p, const struct prepared *class,
                                        struct run_steps steps)
{
    uint64_t here = mask_tables(p, class, 1, KERNEL_ASCII), more = here;

    more &= more >> steps.by[0];
    more &= more >> steps.by[1];
    more &= more >> steps.by[2];
    return more & ~(here << 1 | 1);
}

/* The block that begins one byte before a place; before the text's first byte stands a NUL. */
static const char *block_before(const struct kernel_text *text, size_t at, char pad[PAD + 1])
{
    const char *first;

    if (at > 0)
        return block_at(text, at - 1, pad);
    pad[0] = '\0';
    first = block_at(text, 0, pad + 1);
    if (first != pad + 1)
        memcpy(pad + 1, first, BLOCK);
    return pad;
}

/* Does the work of class_runs() for a block at the start of the text or near its end. */
static size_t edge_runs(const struct kernel_text *text, size_t at, const struct prepared *class,
                        struct run_steps steps, uint32_t *out, size_t n)
{
    char pad[PAD + 1];
    uint64_t mask = run_begins(block_before(text, at, pad), class, steps);

    return put_places(first_places(mask, text->end - at + 1), at - 1, out, n);
}

/* A block begins one byte before the first place it is for, and is for as many places as it holds
 * the needed bytes of. */
static size_t class_runs(const struct kernel_class_runs *runs, const struct kernel_text *text,
                         uint32_t *out)
{
    const struct run_steps steps = steps_for(runs->min_len - 1);
    const size_t step = BLOCK - runs->min_len;
    struct prepared class;
    size_t at = text->begin, n = 0;

    prepare(&class, &runs->class);
    for (; at < text->end && at == 0; at += step)
        n = edge_runs(text, at, &class, steps, out, n);
    for (; at + BLOCK <= text->end; at += step)
        n = put_places(run_begins(text->bytes + at - 1, &class, steps), at - 1, out, n);
    for (; at < text->end; at += step)
        n = edge_runs(text, at, &class, steps, out, n);
    return n;
}

const struct kernel KERNEL_NAME = {
    .name = KERNEL_TEXT,
    .costs = {KERNEL_COSTS},
    .newlines = newlines,
    .teddy = teddy,
    .class_runs = class_runs,
};
