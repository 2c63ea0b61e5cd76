#pragma once

/* The one byte class that borders are made of: [A-Za-z0-9_]. */

#include <stdbool.h>

static inline bool byte_is_digit(unsigned char c)
{
    return c >= '0' && c <= '9';
}

static inline bool byte_is_letter(unsigned char c)
{
    return (unsigned char)((c | 0x20) - 'a') < 26;
}

static inline bool byte_is_word(unsigned char c)
{
    return byte_is_letter(c) || byte_is_digit(c) || c == '_';
}

static inline bool byte_is_hex(unsigned char c)
{
    return byte_is_digit(c) || (unsigned char)((c | 0x20) - 'a') < 6;
}
