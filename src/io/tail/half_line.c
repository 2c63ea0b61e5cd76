/* Half lines that may be given back stand in lists, one for each power of two. So one of the
 * longest is found at once, however many there are, and a short half line is never given back for
 * the sake of a long one. */

#include "io/tail/half_line.h"

#include "core/base/util.h"

#include <assert.h>

static void unlist(struct half_line *half)
{
    if (!half->at)
        return;
    *half->at = half->next;
    if (half->next)
        half->next->at = half->at;
    half->at = NULL;
}

static void list(struct half_line *half)
{
    size_t size = (size_t)(63 - __builtin_clzll((unsigned long long)half->n));
    struct half_line **first = &half->all->by_size[size];

    half->next = *first;
    half->at = first;
    if (half->next)
        half->next->at = &half->next;
    *first = half;
}

static void uncount(struct half_line *half)
{
    unlist(half);
    if (half->all)
        half->all->bytes -= half->counted;
    half->all = NULL;
    half->counted = 0;
}

static void give_back(struct half_line *half)
{
    assert(half->all);
    half->all->gave_back = true;
    uncount(half);
    free(half->bytes);
    half->bytes = NULL;
}

int half_line_append(struct half_line *half, struct gloss_span bytes, size_t max)
{
    size_t room = max - MIN(half->n, max), n = MIN(bytes.len, room);

    half->is_overlong = half->is_overlong || n < bytes.len;
    if (n == 0)
        return 0;
    if (!half_line_is_given_back(half)) {
        char *grown = realloc(half->bytes, half->n + n);

        if (!grown)
            return -ENOMEM;
        memcpy(grown + half->n, bytes.ptr, n);
        half->bytes = grown;
    }
    half->n += n;
    return 0;
}

void half_line_clear(struct half_line *half)
{
    uncount(half);
    free(half->bytes);
    half->bytes = NULL;
    half->n = 0;
}

void half_line_set(struct half_line *half, char *bytes, size_t n, bool is_overlong)
{
    half_line_clear(half);
    half->bytes = bytes;
    half->n = n;
    half->is_overlong = is_overlong;
}

static struct half_line *find_longest(const struct half_lines *all)
{
    size_t i = HALF_LINE_SIZES;

    while (i-- > 0)
        if (all->by_size[i])
            return all->by_size[i];
    return NULL;
}

void half_lines_count(struct half_lines *all, struct half_line *half, bool may_leave)
{
    struct half_line *longest;

    if (!all || (half->counted == (half->bytes ? half->n : 0) && !half->at == !may_leave))
        return;
    uncount(half);
    if (!half->bytes)
        return;
    half->all = all;
    half->counted = half->n;
    all->bytes += half->n;
    if (may_leave)
        list(half);
    while (all->bytes > all->max_bytes && (longest = find_longest(all)))
        give_back(longest);
}
