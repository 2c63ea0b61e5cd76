#pragma once

/* Catalogs and logs for the benchmarks, the same for the same seed. */

#include "helpers/rng.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum corpus_kind {
    CORPUS_NAMES,    /* BILLING_QUOTA_EXCEEDED */
    CORPUS_DOTTED,   /* DiskQuota.Exceeded */
    CORPUS_LOWER,    /* queue-rate-exceeded, disk_quota_frozen */
    CORPUS_PATTERNS, /* each with a literal of its own */
};

/** An entry, and a text that it matches. Strings are NUL-terminated. */
struct code {
    char name[96];
    char pattern[96]; /* empty: the name is looked for */
    char sample[96];
};

/** n codes with different names, to be freed with free(). Returns NULL when memory runs out. */
struct code *corpus_codes(enum corpus_kind kind, size_t n, uint32_t seed);
/** Writes the catalog as glossd reads it. */
void corpus_write_yaml(FILE *out, const struct code *codes, size_t n);

/** What a log has: lines, lines with a code, codes. */
struct corpus_truth {
    uint64_t lines, matched, hits;
};

/** Writes at least `bytes` bytes of whole lines, each of about 150 bytes.
 *
 * @share  how many thousandths of the lines get one of the n samples; without samples none does. */
void corpus_write_log(FILE *out, uint64_t bytes, unsigned share, char *const *samples, size_t n,
                      uint32_t seed, struct corpus_truth *ret_truth);
