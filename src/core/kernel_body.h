/* The kernels themselves. Included once by each kernel_*.c, which has said before:
 *
 *     struct prepared                          tables in the form its instructions like
 *     prepare(&prepared, tables)
 *     mask_tables(p, &prepared, depth)         bit i: the tables match at p[i]; depth <= 4
 *     mask_equal(p, byte)                      bit i: p[i] == byte; reads 64 bytes
 *     KERNEL_NAME, KERNEL_TEXT, KERNEL_COSTS   of the struct kernel
 */

#define BLOCK 64
#define PAD (BLOCK + KERNEL_DEPTH_MAX)

/* The bytes at text[at ..], or a copy padded with NULs where a block of them would reach past the
 * limit. */
static inline const char *block_at(const struct kernel_text *text, size_t at, char pad[PAD])
{
    size_t left = text->limit > at ? text->limit - at : 0;

    if (left >= PAD)
        return text->bytes + at;
    memset(pad, 0, PAD);
    if (left)
        memcpy(pad, text->bytes + at, left);
    return pad;
}

static inline size_t put_places(uint64_t mask, size_t at, size_t end, uint32_t *out, size_t n)
{
    if (end - at < BLOCK)
        mask &= ((uint64_t)1 << (end - at)) - 1;
    for (; mask; mask &= mask - 1)
        out[n++] = (uint32_t)(at + (size_t)__builtin_ctzll(mask));
    return n;
}

static size_t newlines(const char *bytes, size_t n)
{
    char pad[BLOCK] = {0};
    size_t count = 0, at = 0;

    for (; n - at >= BLOCK; at += BLOCK)
        count += (size_t)__builtin_popcountll(mask_equal(bytes + at, '\n'));
    if (at == n)
        return count;
    memcpy(pad, bytes + at, n - at);
    return count + (size_t)__builtin_popcountll(mask_equal(pad, '\n'));
}

/* Inlined with a constant depth, so that each depth is a loop of its own. */
static inline __attribute__((always_inline)) size_t packed_depth(const struct kernel_tables *tables,
                                                                 const struct kernel_text *text,
                                                                 uint32_t *out, unsigned depth)
{
    struct prepared prepared;
    char pad[PAD];
    size_t n = 0;

    prepare(&prepared, tables);
    for (size_t at = text->begin; at < text->end; at += BLOCK) {
        uint64_t mask = mask_tables(block_at(text, at, pad), &prepared, depth);

        if (mask)
            n = put_places(mask, at, text->end, out, n);
    }
    return n;
}

static size_t packed(const struct kernel_tables *tables, const struct kernel_text *text,
                     uint32_t *out)
{
    switch (tables->depth) {
    case 1:
        return packed_depth(tables, text, out, 1);
    case 2:
        return packed_depth(tables, text, out, 2);
    case 3:
        return packed_depth(tables, text, out, 3);
    default:
        return packed_depth(tables, text, out, 4);
    }
}

/* How far the bits of a run are moved down onto themselves, step by step, to leave those that have
 * len - 1 others above: 1, 2, 4 for eight of them. Always as many steps, without a branch. */
struct steps {
    unsigned by[KERNEL_RUN_STEPS];
};

static inline struct steps steps_for(unsigned len)
{
    struct steps steps;
    unsigned have = 1;

    for (unsigned i = 0; i < KERNEL_RUN_STEPS; i++) {
        unsigned left = len - have;

        steps.by[i] = left < have ? left : have;
        have += steps.by[i];
    }
    return steps;
}

static inline uint64_t long_runs(uint64_t here, uint64_t next, const struct steps *steps)
{
    for (unsigned i = 0; i < KERNEL_RUN_STEPS; i++) {
        unsigned by = steps->by[i];

        here &= here >> by | next << 1 << (63 - by);
        next &= next >> by;
    }
    return here;
}

static inline __attribute__((always_inline)) size_t runs_depth(const struct kernel_runs *runs,
                                                               const struct kernel_text *text,
                                                               uint32_t *out, unsigned depth)
{
    const struct steps steps = steps_for(runs->min_len);
    struct prepared class, first;
    char pad[PAD];
    uint64_t before = 0, here, next, mask;
    size_t n = 0;

    prepare(&class, &runs->class);
    prepare(&first, &runs->first);
    if (text->begin > 0) {
        memset(pad, 0, PAD);
        pad[0] = text->bytes[text->begin - 1];
        before = mask_tables(pad, &class, 1) & 1;
    }
    here = mask_tables(block_at(text, text->begin, pad), &class, 1);
    for (size_t at = text->begin; at < text->end; at += BLOCK, here = next) {
        next = mask_tables(block_at(text, at + BLOCK, pad), &class, 1);
        mask = here & ~(here << 1 | before);
        before = here >> 63;
        mask &= long_runs(here, next, &steps);
        if (!mask)
            continue;
        mask &= mask_tables(block_at(text, at, pad), &first, depth);
        n = put_places(mask, at, text->end, out, n);
    }
    return n;
}

static size_t runs(const struct kernel_runs *runs, const struct kernel_text *text, uint32_t *out)
{
    switch (runs->first.depth) {
    case 1:
        return runs_depth(runs, text, out, 1);
    case 2:
        return runs_depth(runs, text, out, 2);
    case 3:
        return runs_depth(runs, text, out, 3);
    default:
        return runs_depth(runs, text, out, 4);
    }
}

const struct kernel KERNEL_NAME = {
    .name = KERNEL_TEXT,
    .costs = {KERNEL_COSTS},
    .newlines = newlines,
    .packed = packed,
    .runs = runs,
};
