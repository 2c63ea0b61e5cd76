/* Reads backwards the escape sequences that the left border of regex.c allows before a name. Each
 * kind is at most seven bytes long, but for two runs of any length: the parameters of an ANSI
 * escape sequence and the backslashes before a backslash escape. Both kinds of run end where
 * another byte stands, and no two names share one, so a line is walked through at most once,
 * however many names it has. */

#include "core/regex/escape_boundary.h"

#include "core/base/bytes.h"
#include "core/base/util.h"

#include <string.h>

static bool all_hex(const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!byte_is_hex((unsigned char)p[i]))
            return false;
    return true;
}

static bool ends_with(const char *text, size_t from, size_t end, const char *word)
{
    size_t n = strlen(word);

    return end - from >= n && memcmp(text + end - n, word, n) == 0;
}

/* How logs write the ESC of an ANSI escape sequence. */
static const char *const introducers[] = {"\x1b",  "\\u001b", "\\u001B", "\\x1b",
                                          "\\x1B", "\\033",   "#033"};

/* Where an ANSI escape sequence begins that ends before text[at]: ESC, "[", parameters,
 * intermediate bytes and a letter (ECMA-48, section 5.4). Returns false where there is none. */
static bool ansi_begin(const char *text, size_t from, size_t at, size_t *ret_begin)
{
    size_t i = at - 1;

    if (!byte_is_letter((unsigned char)text[i]))
        return false;
    while (i > from && text[i - 1] >= ' ' && text[i - 1] <= '/')
        i--;
    while (i > from && text[i - 1] >= '0' && text[i - 1] <= '?')
        i--;
    if (i == from || text[i - 1] != '[')
        return false;
    i--;
    for (size_t k = 0; k < ARRAY_SIZE(introducers); k++)
        if (ends_with(text, from, i, introducers[k])) {
            *ret_begin = i - strlen(introducers[k]);
            return true;
        }
    return false;
}

/* Where a backslash escape begins whose backslash is text[slash]: at the first of the backslashes
 * that stand there together, since those before the last may be escaped themselves. */
static size_t backslash_begin(const char *text, size_t from, size_t slash)
{
    while (slash > from && text[slash - 1] == '\\')
        slash--;
    return slash;
}

size_t escape_boundary_begins(const char *text, size_t from, size_t at,
                              size_t ret_begin[ESCAPE_MAX])
{
    size_t room = at - from, n = 0;

    if (room < 2)
        return 0;
    if (text[at - 2] == '\\' && strchr("ntrbf", text[at - 1]) && text[at - 1])
        ret_begin[n++] = backslash_begin(text, from, at - 2);
    if (room >= 3 && text[at - 3] == '%' && all_hex(text + at - 2, 2))
        ret_begin[n++] = at - 3;
    if (room >= 6 && text[at - 6] == '\\' && text[at - 5] == 'u' && all_hex(text + at - 4, 4))
        ret_begin[n++] = backslash_begin(text, from, at - 6);
    if (ansi_begin(text, from, at, &ret_begin[n]))
        n++;
    return n;
}
