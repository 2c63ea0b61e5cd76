/* The kernels themselves. Included once by each kernel_*.c, which has said before:
 *
 *     struct prepared                          tables in the form its instructions like
 *     prepare(&prepared, tables)
 *     struct matches                           at which of 64 places the tables match
 *     match_tables(p, &prepared, depth, look)  at those from p on; depth <= 4
 *     has_matches(&matches)                    at any
 *     mask_matches(&matches)                   bit i: at p[i]
 *     mask_equal(p, byte)                      bit i: p[i] == byte; reads 64 bytes
 *     count_equal(p, n, byte)                  how many of n bytes, a multiple of 64
 *     KERNEL_NAME, KERNEL_TEXT, KERNEL_COSTS   of the struct kernel
 */

#define BLOCK 64
#define PAD (BLOCK + KERNEL_DEPTH_MAX)

static FORCE_INLINE uint64_t mask_tables(const char *p, const struct prepared *t, unsigned depth,
                                         enum kernel_look look)
{
    struct matches m = match_tables(p, t, depth, look);

    return mask_matches(&m);
}

/* The bytes at text[at ..], or a copy padded with NULs where a block of them would reach past the
 * limit. */
static inline const char *block_at(const struct kernel_text *text, size_t at, char pad[PAD])
{
    if (__builtin_expect(at + PAD <= text->limit, 1))
        return text->bytes + at;
    memset(pad, 0, PAD);
    if (at < text->limit)
        memcpy(pad, text->bytes + at, text->limit - at);
    return pad;
}

/* The first place is written whether there is one or not: one is common, and a branch that nobody
 * can foresee is dear; two are rare. */
static inline size_t put_places(uint64_t mask, size_t at, size_t end, uint32_t *out, size_t n)
{
    if (__builtin_expect(end - at < BLOCK, 0))
        mask &= ((uint64_t)1 << (end - at)) - 1;
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

/* Inlined with constants, so that each depth and look is a loop of its own. */
static FORCE_INLINE size_t packed_loop(const struct kernel_tables *tables,
                                       const struct kernel_text *text, uint32_t *out,
                                       unsigned depth, enum kernel_look look)
{
    struct prepared prepared;
    char pad[PAD];
    size_t n = 0;

    prepare(&prepared, tables);
    for (size_t at = text->begin; at < text->end; at += BLOCK) {
        struct matches m = match_tables(block_at(text, at, pad), &prepared, depth, look);

        if (__builtin_expect(has_matches(&m), 0))
            n = put_places(mask_matches(&m), at, text->end, out, n);
    }
    return n;
}

static FORCE_INLINE size_t packed_depth(const struct kernel_tables *tables,
                                        const struct kernel_text *text, uint32_t *out,
                                        unsigned depth)
{
    switch (tables->look) {
    case KERNEL_ASCII:
        return packed_loop(tables, text, out, depth, KERNEL_ASCII);
    case KERNEL_ROUGH:
        return packed_loop(tables, text, out, depth, KERNEL_ROUGH);
    default:
        return packed_loop(tables, text, out, depth, KERNEL_EXACT);
    }
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

/* Bits that have `more` ones above them: two of them moved onto each other tell of two, four of
 * those of four. Always as many steps, without a branch. */
static inline uint64_t long_runs(uint64_t mask, unsigned more)
{
    unsigned have = 1;

    for (unsigned i = 0; i < KERNEL_RUN_STEPS; i++) {
        unsigned by = more < have ? more : have;

        mask &= mask >> by;
        more -= by;
        have += by;
    }
    return mask;
}

/* Blocks overlap by what is looked at behind a place, so that each tells of its own places alone.
 */
static size_t runs(const struct kernel_runs *runs, const struct kernel_text *text, uint32_t *out)
{
    const unsigned more = runs->min_len - 1, step = BLOCK - more;
    struct prepared class;
    char pad[PAD];
    uint64_t before = 0;
    size_t n = 0;

    prepare(&class, &runs->class);
    if (text->begin > 0) {
        memset(pad, 0, PAD);
        pad[0] = text->bytes[text->begin - 1];
        before = mask_tables(pad, &class, 1, KERNEL_ASCII) & 1;
    }
    for (size_t at = text->begin; at < text->end; at += step) {
        uint64_t here = mask_tables(block_at(text, at, pad), &class, 1, KERNEL_ASCII);
        uint64_t begins = here & ~(here << 1 | before);

        before = here >> (step - 1) & 1;
        begins &= long_runs(here, more) << more >> more;
        n = put_places(begins, at, text->end, out, n);
    }
    return n;
}

const struct kernel KERNEL_NAME = {
    .name = KERNEL_TEXT,
    .costs = {KERNEL_COSTS},
    .newlines = newlines,
    .packed = packed,
    .runs = runs,
};
