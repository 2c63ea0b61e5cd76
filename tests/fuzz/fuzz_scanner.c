/* The scanner against the oracle. The first byte of the input chooses the catalogs, the second how
 * the stream is cut, the third max_line; the rest is the stream.
 *
 * Each catalog, oracle and matcher is made once, since that takes long. */

#include "helpers/oracle.h"
#include "helpers/specimen.h"

#include <stdio.h>
#include <stdlib.h>

#define KERNELS 3
#define METHODS 4

struct bench {
    struct gloss_catalogs *set;
    struct oracle *oracle;
    struct gloss_matcher *matchers[KERNELS][METHODS]; /* NULL: this CPU cannot run the kernel */
};

static const char *const kernels[KERNELS] = {"portable", "avx2", "avx512"};
static const char *const methods[METHODS] = {"teddy-rough", "teddy-first", "teddy-rare",
                                             "class-runs"};

static struct bench *bench_for(size_t specimen)
{
    static struct bench benches[SPECIMENS_SMALL];
    struct bench *b = &benches[specimen];

    if (b->set)
        return b;
    b->set = specimen_catalogs(specimen);
    b->oracle = oracle_new(b->set);
    for (size_t i = 0; i < KERNELS * METHODS; i++) {
        struct gloss_matcher **m = &b->matchers[i / METHODS][i % METHODS];
        struct gloss_matcher_options options = {.variant = kernels[i / METHODS],
                                                .method = methods[i % METHODS]};

        if (gloss_matcher_new(m, b->set, &options) != 0)
            *m = NULL;
    }
    return b;
}

static void expect_same(const struct findings *got, const struct findings *want, size_t specimen,
                        const char *kernel, const char *method)
{
    if (gloss_span_equal(gloss_buf_view(&got->out), gloss_buf_view(&want->out)))
        return;
    fprintf(stderr, "specimen '%s', kernel %s, names by %s\n--- found\n%.*s--- there is\n%.*s",
            specimen_name(specimen), kernel, method, (int)got->out.len, got->out.ptr,
            (int)want->out.len, want->out.ptr);
    abort();
}

/* In parts an overlong line has the findings that it has as a whole, with two exceptions, for which
 * all lines are kept whole: patterns that ask for the end of the line ('$', in specimen 6), and
 * unknown codes across a seam that overlap hits or unknown codes of other families (specimens 8 and
 * 9). */
static size_t max_line_of(size_t specimen, uint8_t choice)
{
    return choice < 128 || specimen == 6 || specimen == 8 || specimen == 9 ? 0 : 16 + choice;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t specimen;
    struct findings want = {0};
    struct gloss_span input;
    struct bench *b;

    if (size < 3 || size > 4096)
        return 0;
    specimen = data[0] % SPECIMENS_SMALL;
    b = bench_for(specimen);
    input = gloss_span((const char *)data + 3, size - 3);
    oracle_scan(b->oracle, input, &want);
    for (size_t i = 0; i < KERNELS * METHODS; i++) {
        struct gloss_matcher *m = b->matchers[i / METHODS][i % METHODS];
        struct findings_cut cut = {.chunk = (size_t)data[1] + 1 + (data[1] % 3 ? 0u : 1000u),
                                   .seed = data[1] % 2 ? data[1] : 0,
                                   .max_line = max_line_of(specimen, data[2])};
        struct findings got = {0};

        if (!m)
            continue;
        findings_scan(&got, m, input, cut);
        expect_same(&got, &want, specimen, kernels[i / METHODS], methods[i % METHODS]);
        findings_deinit(&got);
    }
    findings_deinit(&want);
    return 0;
}
