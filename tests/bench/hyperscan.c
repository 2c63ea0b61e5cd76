/* Counts the lines with a match by Hyperscan, in the way that makes it fastest: names are pure
 * literals, and the callback looks at the bytes around a match.
 *
 *     hyperscan names|patterns LIST FILE */

#include "blocks.h"

#include <hs.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct engine {
    hs_database_t *database;
    hs_scratch_t *scratch;
    size_t *lens; /* of names; NULL: these are patterns, whose surroundings do not matter */
};

struct scan {
    const struct engine *engine;
    struct blocks *blocks;
};

static int on_match(unsigned id, unsigned long long from, unsigned long long to, unsigned flags,
                    void *ctx)
{
    struct scan *scan = ctx;
    size_t end = (size_t)to;

    (void)from;
    (void)flags;
    if (end > scan->blocks->counted &&
        (!scan->engine->lens || blocks_alone(scan->blocks, end - scan->engine->lens[id], end)))
        blocks_count(scan->blocks, end);
    return 0;
}

static int scan_block(void *ctx, struct blocks *b)
{
    struct engine *engine = ctx;
    struct scan scan = {engine, b};

    return hs_scan(engine->database, b->bytes, (unsigned)b->n, 0, engine->scratch, on_match,
                   &scan) != HS_SUCCESS;
}

static void compile(struct engine *engine, char **list, size_t n, bool names)
{
    unsigned *ids = calloc(n, sizeof(*ids)), *flags = calloc(n, sizeof(*flags));
    hs_compile_error_t *error = NULL;
    hs_error_t r;

    engine->lens = names ? calloc(n, sizeof(*engine->lens)) : NULL;
    if (!ids || !flags || (names && !engine->lens))
        blocks_die("hyperscan", "no memory");
    for (size_t i = 0; i < n; i++) {
        ids[i] = (unsigned)i;
        if (names)
            engine->lens[i] = strlen(list[i]);
    }
    if (names)
        r = hs_compile_lit_multi((const char *const *)list, flags, ids, engine->lens, (unsigned)n,
                                 HS_MODE_BLOCK, NULL, &engine->database, &error);
    else
        r = hs_compile_multi((const char *const *)list, flags, ids, (unsigned)n, HS_MODE_BLOCK,
                             NULL, &engine->database, &error);
    if (r != HS_SUCCESS || hs_alloc_scratch(engine->database, &engine->scratch) != HS_SUCCESS)
        blocks_die("hyperscan", error ? error->message : "no memory");
    free(ids);
    free(flags);
}

int main(int argc, char **argv)
{
    struct engine engine = {0};
    struct blocks blocks = {0};
    char **list;
    size_t n;

    if (argc != 4)
        blocks_die("usage", "hyperscan names|patterns LIST FILE");
    list = blocks_list(argv[2], &n);
    compile(&engine, list, n, strcmp(argv[1], "names") == 0);
    blocks_read(argv[3], scan_block, &engine, &blocks);
    printf("%llu\n", (unsigned long long)blocks.matched);
    return 0;
}
