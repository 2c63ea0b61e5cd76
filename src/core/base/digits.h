#pragma once

/* Decimal digits without printf. */

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/** The most digits of a number of 64 bits. */
#define DIGITS_U64 20

/** Writes n without leading zeros and without a NUL: at most DIGITS_U64 bytes. Returns how many. */
static inline size_t digits_u64(char *out, uint64_t n)
{
    char digits[DIGITS_U64];
    size_t at = sizeof(digits);

    do {
        digits[--at] = (char)('0' + n % 10);
        n /= 10;
    } while (n > 0);
    memcpy(out, digits + at, sizeof(digits) - at);
    return sizeof(digits) - at;
}

/** Writes the last `width` digits of n, with leading zeros. */
static inline void digits_fixed(char *out, uint64_t n, size_t width)
{
    while (width > 0) {
        out[--width] = (char)('0' + n % 10);
        n /= 10;
    }
}
