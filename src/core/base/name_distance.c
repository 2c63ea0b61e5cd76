/* The distance of Levenshtein (1966) by the usual table, of which one row is kept: row[j] is the
 * distance between the bytes of a that were looked at and the first j bytes of b. What two names
 * have in common at both ends costs nothing, so it is taken off before. */

#include "core/base/name_distance.h"

#include "core/base/util.h"

/* Takes off what both begin with, then what both end with. */
static void strip_common_ends(struct gloss_span *a, struct gloss_span *b)
{
    while (a->len > 0 && b->len > 0 && a->ptr[0] == b->ptr[0]) {
        *a = gloss_span(a->ptr + 1, a->len - 1);
        *b = gloss_span(b->ptr + 1, b->len - 1);
    }
    while (a->len > 0 && b->len > 0 && a->ptr[a->len - 1] == b->ptr[b->len - 1]) {
        a->len--;
        b->len--;
    }
}

unsigned name_distance(struct gloss_span a, struct gloss_span b, unsigned limit)
{
    unsigned row[NAME_DISTANCE_MAX + 1];

    if (MAX(a.len, b.len) > NAME_DISTANCE_MAX || MAX(a.len, b.len) - MIN(a.len, b.len) > limit)
        return limit + 1;
    strip_common_ends(&a, &b);
    for (unsigned j = 0; j <= b.len; j++)
        row[j] = j;
    for (unsigned i = 1; i <= a.len; i++) {
        unsigned diagonal = row[0], best = i;

        row[0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            unsigned replaced = diagonal + (a.ptr[i - 1] != b.ptr[j - 1]);
            unsigned skipped = MIN(row[j], row[j - 1]) + 1;

            diagonal = row[j];
            row[j] = MIN(replaced, skipped);
            best = MIN(best, row[j]);
        }
        if (best > limit)
            return limit + 1;
    }
    return MIN(row[b.len], limit + 1);
}

struct gloss_span name_lower(struct gloss_span name, char *place)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];

        place[i] = (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
    }
    return gloss_span(place, name.len);
}

const char *name_guess(const char *const *words, size_t n_words, struct gloss_span typed)
{
    char a[NAME_DISTANCE_MAX], b[NAME_DISTANCE_MAX];
    unsigned limit = 2;
    const char *guess = NULL;

    if (typed.len > NAME_DISTANCE_MAX)
        return NULL;
    typed = name_lower(typed, a);
    for (size_t i = 0; i < n_words; i++) {
        struct gloss_span word = gloss_span_str(words[i]);
        unsigned distance = name_distance(typed, name_lower(word, b), limit);

        if (distance > limit || 2 * distance >= word.len)
            continue;
        guess = words[i];
        if (distance == 0)
            break;
        limit = distance - 1;
    }
    return guess;
}
