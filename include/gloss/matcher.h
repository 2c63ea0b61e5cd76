#ifndef GLOSS_MATCHER_H
#define GLOSS_MATCHER_H

/* Catalogs made ready for the search. PCRE2 decides what matches; a prefilter decides where PCRE2
 * has to look at all.
 *
 *     #include <gloss/matcher.h>
 *     #include <stdio.h>
 *
 *     int main(void)
 *     {
 *         struct gloss_catalogs *set;
 *         struct gloss_matcher *matcher;
 *         struct gloss_matcher_plan plan;
 *
 *         if (gloss_catalogs_new(&set) < 0 || gloss_catalogs_read_builtin(set) != 0 ||
 *             gloss_matcher_new(&matcher, set, NULL) < 0)
 *             return 1;
 *         gloss_matcher_plan(matcher, &plan);
 *         printf("%zu names by %s, kernel %s\n", plan.n_names, plan.names, plan.variant);
 *         gloss_matcher_free(matcher);
 *         gloss_catalogs_free(set);
 *     }
 */

#include <gloss/catalog.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Zero-initialised, these are the defaults. */
struct gloss_matcher_options {
    uint32_t match_limit;    /* PCRE2's match limit for one match (pcre2api(3)); 0: 16,000,000 */
    uint32_t heap_limit_kib; /* PCRE2's heap limit in KiB; 0: 16,384 */
    uint64_t line_work;  /* what all patterns together may do on one line, in units of about half
                            a nanosecond; 0: 3 * 2^28. One pattern may take half of it */
    const char *variant; /* the kernel: "portable", "avx2" or "avx512"; NULL: the best one that this
                            CPU runs */
    const char *method;  /* how names are looked for: "teddy-rough", "teddy-first", "teddy-rare" or
                            "class-runs"; NULL: by the cheapest on the log that is scanned */
};

/** Compiled catalogs. A matcher belongs to one thread: it compiles parts of itself when they are
 * first needed. */
struct gloss_matcher;

/** @set      borrowed; must live as long as the matcher.
 * @options  borrowed for the call; NULL: the defaults.
 *
 * Returns 0; -ENOMEM; -EINVAL: options->variant is unknown or this CPU cannot run it, or
 * options->method is unknown. */
int gloss_matcher_new(struct gloss_matcher **ret_matcher, const struct gloss_catalogs *set,
                      const struct gloss_matcher_options *options);
struct gloss_matcher *gloss_matcher_free(struct gloss_matcher *m);
static inline void gloss_matcher_freep(struct gloss_matcher **m)
{
    *m = gloss_matcher_free(*m);
}

/** The set that a matcher was made from. */
const struct gloss_catalogs *gloss_matcher_catalogs(const struct gloss_matcher *m);

/** How a matcher searches, told for people. Strings are owned by the matcher or static. */
struct gloss_matcher_plan {
    const char *variant;  /* the name of the kernel */
    bool jit;             /* PCRE2 compiles patterns to machine code */
    const char *names;    /* how candidates for names are found, in words */
    const char *literals; /* how candidates for patterns are found, in words */
    size_t n_names;       /* entries without a pattern */
    size_t n_literals;    /* literals, one of which each match of a pattern must contain */
    size_t n_unfiltered;  /* patterns without such a literal: they are tried on every line */
};
void gloss_matcher_plan(const struct gloss_matcher *m, struct gloss_matcher_plan *ret_plan);

/** A pattern that is tried on every line. */
struct gloss_unfiltered {
    const struct gloss_catalog *catalog;
    const struct gloss_entry *entry; /* NULL: it is the catalog's family or success marker */
};

/** The i-th of these patterns, from 0. Returns false where i is past the last; *ret is then not
 * written. */
bool gloss_matcher_unfiltered(const struct gloss_matcher *m, size_t i,
                              struct gloss_unfiltered *ret);

/** Whether PCRE2 can compile to machine code in this process: its JIT compiler is there, and memory
 * may be made executable. */
bool gloss_jit_available(void);

/** The name of the best kernel that this CPU runs. */
const char *gloss_kernel_variant(void);

#ifdef __cplusplus
}
#endif
#endif
