#pragma once

/* The one byte class that borders are made of: [A-Za-z0-9_]. */

#include <stdbool.h>
#include <stdint.h>

static inline bool byte_is_digit(unsigned char c)
{
    return c >= '0' && c <= '9';
}

static inline bool byte_is_letter(unsigned char c)
{
    return (unsigned char)((c | 0x20) - 'a') < 26;
}

/* A table, since names are walked through a byte at a time. */
static inline bool byte_is_word(unsigned char c)
{
    static const char words[256] = {
        ['0'] = 1, 1, 1, 1, 1,         1, 1, 1, 1, 1, ['A'] = 1, 1, 1, 1, 1,         1,
        1,         1, 1, 1, 1,         1, 1, 1, 1, 1, 1,         1, 1, 1, 1,         1,
        1,         1, 1, 1, ['a'] = 1, 1, 1, 1, 1, 1, 1,         1, 1, 1, 1,         1,
        1,         1, 1, 1, 1,         1, 1, 1, 1, 1, 1,         1, 1, 1, ['_'] = 1,
    };

    return words[c];
}

static inline bool byte_is_hex(unsigned char c)
{
    return byte_is_digit(c) || (unsigned char)((c | 0x20) - 'a') < 6;
}
