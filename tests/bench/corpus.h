#pragma once

/* What benchmarks read: catalogs and logs, the same for the same seed. */

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

/** One entry, and a text that it matches. Strings are NUL-terminated. */
struct code {
    char name[96];
    char pattern[96]; /* empty: the name is what is looked for */
    char sample[96];
};

/** n codes, no name twice; free() them. NULL: no memory. */
struct code *corpus_codes(enum corpus_kind kind, size_t n, uint32_t seed);
/** The catalog as glossd reads it. */
void corpus_write_yaml(FILE *out, const struct code *codes, size_t n);

/** What stands in a log: lines, those with a code, codes in all. */
struct corpus_truth {
    uint64_t lines, matched, hits;
};

/** Writes at least `bytes` of whole lines of about 150 bytes. share: which part of the lines, in
 * thousandths, gets one of the n samples; without samples none does. */
void corpus_write_log(FILE *out, uint64_t bytes, unsigned share, char *const *samples, size_t n,
                      uint32_t seed, struct corpus_truth *ret_truth);
