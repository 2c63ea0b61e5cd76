/* UTF-8 by the table of RFC 3629, section 4.
 *
 * For each first byte there is a range of second bytes; all others are 80..BF. The range of the
 * second byte keeps out overlong forms (E0, F0), surrogates (ED) and what is behind the end of
 * Unicode (F4):
 *
 *     C2..DF  80..BF            E0  A0..BF 80..BF            F0      90..BF 80..BF 80..BF
 *                           E1..EC  80..BF 80..BF        F1..F3      80..BF 80..BF 80..BF
 *                               ED  80..9F 80..BF            F4      80..8F 80..BF 80..BF
 *                           EE..EF  80..BF 80..BF
 */

#include "core/base/utf8.h"

#include <stdbool.h>
#include <stdint.h>

/* What a first byte says of its sequence. */
struct shape {
    size_t len; /* 0: no sequence begins with this byte */
    uint8_t second_low, second_high;
};

static struct shape shape_of(uint8_t lead)
{
    if (lead < 0x80)
        return (struct shape){1, 0, 0};
    if (lead < 0xC2 || lead > 0xF4)
        return (struct shape){0, 0, 0};
    if (lead < 0xE0)
        return (struct shape){2, 0x80, 0xBF};
    if (lead < 0xF0)
        return (struct shape){3, lead == 0xE0 ? 0xA0 : 0x80, lead == 0xED ? 0x9F : 0xBF};
    return (struct shape){4, lead == 0xF0 ? 0x90 : 0x80, lead == 0xF4 ? 0x8F : 0xBF};
}

/* Whether the bytes from the second on fit the shape, as far as there are any. */
static bool follows(struct shape shape, const char *bytes, size_t n)
{
    for (size_t i = 1; i < n && i < shape.len; i++) {
        uint8_t byte = (uint8_t)bytes[i];
        uint8_t low = i == 1 ? shape.second_low : 0x80;
        uint8_t high = i == 1 ? shape.second_high : 0xBF;

        if (byte < low || byte > high)
            return false;
    }
    return true;
}

size_t utf8_sequence(const char *bytes, size_t n)
{
    struct shape shape = shape_of((uint8_t)bytes[0]);

    if (shape.len > n || !follows(shape, bytes, n))
        return 0;
    return shape.len;
}

size_t utf8_unfinished(const char *bytes, size_t n)
{
    for (size_t back = 1; back <= 3 && back <= n; back++) {
        const char *begin = bytes + n - back;
        struct shape shape = shape_of((uint8_t)*begin);

        if (shape.len > back && follows(shape, begin, back))
            return back;
    }
    return 0;
}
