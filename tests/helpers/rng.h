#pragma once

/* Numbers that look random and are the same in every run (xorshift, 32 bits). */

#include <stdint.h>

/** The next one; the state begins with anything but 0. */
static inline uint32_t rng_next(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}
