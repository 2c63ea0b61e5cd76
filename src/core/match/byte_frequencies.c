/* To find a text, the crate memchr looks for its rarest bytes first and knows by a table how
 * frequent each byte is (src/memmem/rarebytes.rs of its version 2.5). Here neighbouring bytes are
 * looked for together, so the model also says which bytes follow each other.
 *
 * A log is made of words of one kind of byte each: small letters, digits, capitals, with marks
 * between them. So a byte mostly follows one of its own kind. A change of kind is rare, except for
 * blanks and marks behind a word and a small letter behind a capital. The model is a Markov chain
 * over the kinds; within a kind all bytes are equally likely. The figures are rounded from
 * application logs; an error by a factor of two changes no choice that matters. */

#include "core/match/byte_frequencies.h"

#include "core/base/bytes.h"

#include <stdbool.h>
#include <string.h>

enum kind { UPPER, LOWER, DIGIT, BLANK, MARK, OTHER, KINDS };

static const struct {
    double first;       /* the share of all places that have a byte of this kind */
    double next[KINDS]; /* how likely a byte of each kind is behind one of this kind */
    unsigned n;         /* how many bytes are of this kind */
} kinds[] = {
    [UPPER] = {0.08, {0.50, 0.35, 0.03, 0.04, 0.08, 0.00}, 26},
    [LOWER] = {0.52, {0.04, 0.78, 0.02, 0.07, 0.09, 0.00}, 26},
    [DIGIT] = {0.18, {0.03, 0.06, 0.62, 0.09, 0.20, 0.00}, 10},
    [BLANK] = {0.09, {0.25, 0.40, 0.15, 0.10, 0.10, 0.00}, 1},
    [MARK] = {0.12, {0.12, 0.33, 0.20, 0.15, 0.20, 0.00}, 32},
    [OTHER] = {0.01, {0.02, 0.05, 0.02, 0.03, 0.03, 0.85}, 161},
};

static enum kind kind_of(unsigned char c)
{
    if (byte_is_digit(c))
        return DIGIT;
    if (byte_is_letter(c))
        return c & 0x20 ? LOWER : UPPER;
    if (c == ' ')
        return BLANK;
    return c > ' ' && c < 0x7f ? MARK : OTHER;
}

/* How likely a byte is at a place. `before` is the kind of the byte before it; it is of no meaning
 * where `first` says that this byte is not known. */
static double likely(unsigned char c, bool first, enum kind before)
{
    enum kind kind = kind_of(c);

    return (first ? kinds[kind].first : kinds[before].next[kind]) / kinds[kind].n;
}

/* The buckets that a byte is in, by the roughest look-up that any kernel does. */
static unsigned buckets_of(const struct kernel_tables *t, unsigned place, unsigned char c)
{
    if (t->look == KERNEL_ROUGH && c < 128)
        return t->low[place][c & 15];
    return t->whole[place][c];
}

/* How many bytes of each kind are in each bucket at a place. */
static void count_kinds(const struct kernel_tables *t, unsigned place, unsigned ret[8][KINDS])
{
    memset(ret, 0, 8 * sizeof(ret[0]));
    for (unsigned c = 0; c < 256; c++) {
        enum kind kind = kind_of((unsigned char)c);

        for (unsigned buckets = buckets_of(t, place, (unsigned char)c); buckets;
             buckets &= buckets - 1)
            ret[__builtin_ctz(buckets)][kind]++;
    }
}

/* For each bucket, the share of texts that pass is carried from place to place, separately for each
 * kind that the last byte may be of. */
double byte_frequencies_share(const struct kernel_tables *tables)
{
    double now[8][KINDS] = {0}, pass = 0;
    unsigned counts[8][KINDS];

    for (unsigned i = 0; i < tables->depth; i++) {
        count_kinds(tables, i, counts);
        for (unsigned bucket = 0; bucket < 8; bucket++) {
            double next[KINDS] = {0};

            for (unsigned kind = 0; kind < KINDS; kind++) {
                if (i == 0)
                    next[kind] = kinds[kind].first;
                for (unsigned k = 0; k < KINDS && i > 0; k++)
                    next[kind] += now[bucket][k] * kinds[k].next[kind];
                next[kind] *= (double)counts[bucket][kind] / kinds[kind].n;
            }
            memcpy(now[bucket], next, sizeof(next));
        }
    }
    for (unsigned bucket = 0; bucket < 8; bucket++)
        for (unsigned kind = 0; kind < KINDS; kind++)
            pass += now[bucket][kind];
    return pass;
}

/* How likely `depth` bytes are, one behind the other. */
static double window_likely(const char *p, size_t depth)
{
    double all = likely((unsigned char)p[0], true, OTHER);

    for (size_t i = 1; i < depth; i++)
        all *= likely((unsigned char)p[i], false, kind_of((unsigned char)p[i - 1]));
    return all;
}

size_t byte_frequencies_window(struct gloss_span literal, size_t depth)
{
    size_t best = 0;

    for (size_t at = 1; at + depth <= literal.len; at++)
        if (window_likely(literal.ptr + at, depth) < window_likely(literal.ptr + best, depth))
            best = at;
    return best;
}
