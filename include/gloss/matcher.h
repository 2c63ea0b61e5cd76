#ifndef GLOSS_MATCHER_H
#define GLOSS_MATCHER_H

/* Catalogs made ready for finding: PCRE2 decides what matches, filters decide where it has to look.
 */

#include <gloss/catalog.h>
#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What makes a matcher. Zero-initialised is the default. */
struct gloss_matcher_options {
    uint32_t match_limit;    /* PCRE2's match limit for one match; 0: 1,000,000 */
    uint32_t heap_limit_kib; /* PCRE2's heap limit; 0: 16,384 */
    const char *variant; /* which filter kernels: "portable", "avx2", "avx512"; NULL: the best this
                            CPU runs */
    const char *method;  /* how names are looked for: "teddy-rough", "teddy-first", "teddy-rare" or
                            "class-runs"; NULL: the cheapest on the first bytes that are scanned */
};

/** Compiled catalogs. Belongs to one thread: parts of it are compiled when first needed. */
struct gloss_matcher;

/** @set  borrowed; must outlive the matcher.
 * Returns 0; -ENOMEM; -EINVAL: options->variant is unknown or this CPU cannot run it, or
 * options->method is unknown. */
int gloss_matcher_new(struct gloss_matcher **ret_matcher, const struct gloss_catalogs *set,
                      const struct gloss_matcher_options *options);
struct gloss_matcher *gloss_matcher_free(struct gloss_matcher *m);
static inline void gloss_matcher_freep(struct gloss_matcher **m)
{
    *m = gloss_matcher_free(*m);
}

const struct gloss_catalogs *gloss_matcher_catalogs(const struct gloss_matcher *m);

/** How a matcher finds, for people who want to know. */
struct gloss_matcher_plan {
    const char *variant;  /* name of the kernels in use */
    bool jit;             /* PCRE2 compiles to machine code here */
    const char *names;    /* what nominates names, in words */
    const char *literals; /* what nominates required literals of patterns */
    size_t n_names, n_literals;
    size_t n_unfiltered; /* patterns without a required literal: they are run over every line */
};
void gloss_matcher_plan(const struct gloss_matcher *m, struct gloss_matcher_plan *ret_plan);
/** The i-th pattern that is run over every line for lack of a required literal, or NULL when i is
 * past the last. entry is NULL where it is the family or success marker of catalog. */
struct gloss_unfiltered {
    const struct gloss_catalog *catalog;
    const struct gloss_entry *entry;
};
bool gloss_matcher_unfiltered(const struct gloss_matcher *m, size_t i,
                              struct gloss_unfiltered *ret);

/** Whether the JIT of PCRE2 works in this process. */
bool gloss_jit_available(void);
/** Name of the best kernel variant that this CPU runs. */
const char *gloss_kernel_variant(void);

#ifdef __cplusplus
}
#endif
#endif
