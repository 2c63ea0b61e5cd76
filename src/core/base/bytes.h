#pragma once

/* Classes of bytes, in ASCII whatever the locale. */

#include <stdbool.h>
#include <stdint.h>

/** [0-9] */
static inline bool byte_is_digit(unsigned char c)
{
    return c >= '0' && c <= '9';
}

/** [A-Za-z] */
static inline bool byte_is_letter(unsigned char c)
{
    return (unsigned char)((c | 0x20) - 'a') < 26;
}

/** [A-Za-z0-9_]: the bytes of identifiers. Where such a byte stands beside another, no name begins
 * or ends between them. A table, since names and logs are walked through byte by byte. */
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

/** [0-9A-Fa-f] */
static inline bool byte_is_hex(unsigned char c)
{
    return byte_is_digit(c) || (unsigned char)((c | 0x20) - 'a') < 6;
}
