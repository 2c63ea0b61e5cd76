/* Counts the lines with a match by PCRE2, with a single pattern that has all names or patterns of a
 * list as alternatives and is compiled to machine code. It searches whole blocks, and after a match
 * goes on at the end of the line.
 *
 *     pcre2 names|patterns LIST FILE */

#include "blocks.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

struct engine {
    pcre2_code *code;
    pcre2_match_data *data;
};

static int scan_block(void *ctx, struct blocks *b)
{
    struct engine *engine = ctx;
    size_t at = 0;
    int r;

    while ((r = pcre2_jit_match(engine->code, (PCRE2_SPTR)b->bytes, b->n, at, 0, engine->data,
                                NULL)) >= 0)
        at = blocks_count(b, pcre2_get_ovector_pointer(engine->data)[1]);
    return r != PCRE2_ERROR_NOMATCH;
}

/* A group of all alternatives. Names are quoted, so that a dot in them is a dot. */
static char *alternation(char **list, size_t n, bool names)
{
    static const char *const borders[] = {"(?<![A-Za-z0-9_])(?:", ")(?![A-Za-z0-9_])"};
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    if (!out)
        return NULL;
    fputs(names ? borders[0] : "(?:", out);
    for (size_t i = 0; i < n; i++)
        fprintf(out, names ? "%s\\Q%s\\E" : "%s%s", i > 0 ? "|" : "", list[i]);
    fputs(names ? borders[1] : ")", out);
    return fclose(out) == 0 ? text : NULL;
}

static void compile(struct engine *engine, const char *pattern)
{
    PCRE2_UCHAR why[256];
    size_t where;
    int error;

    engine->code =
        pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED, 0, &error, &where, NULL);
    if (!engine->code) {
        pcre2_get_error_message(error, why, sizeof(why));
        blocks_die("pcre2", (const char *)why);
    }
    engine->data = pcre2_match_data_create_from_pattern(engine->code, NULL);
    if (!engine->data || pcre2_jit_compile(engine->code, PCRE2_JIT_COMPLETE) < 0)
        blocks_die("pcre2", "does not compile to machine code");
}

int main(int argc, char **argv)
{
    struct engine engine = {0};
    struct blocks blocks = {0};
    char **list, *pattern;
    size_t n;

    if (argc != 4)
        blocks_die("usage", "pcre2 names|patterns LIST FILE");
    list = blocks_list(argv[2], &n);
    pattern = alternation(list, n, strcmp(argv[1], "names") == 0);
    if (!pattern)
        blocks_die("pcre2", "no memory");
    compile(&engine, pattern);
    blocks_read(argv[3], scan_block, &engine, &blocks);
    printf("%llu\n", (unsigned long long)blocks.matched);
    return 0;
}
