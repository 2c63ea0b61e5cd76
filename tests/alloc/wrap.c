/* A counter decides which allocation fails: each allocation takes one from it, and the allocation
 * that takes the last one fails. The counter is a process-wide variable, because malloc() and its
 * like have no argument that could carry it; each Criterion test is a process of its own. */

#include "wrap.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *ptr, size_t size);
void *__real_reallocarray(void *ptr, size_t count, size_t size);
char *__real_strdup(const char *text);
char *__real_strndup(const char *text, size_t max);

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *ptr, size_t size);
void *__wrap_reallocarray(void *ptr, size_t count, size_t size);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t max);

static size_t seen, failing;

static bool fails_now(void)
{
    if (++seen != failing)
        return false;
    errno = ENOMEM;
    return true;
}

void *__wrap_malloc(size_t size)
{
    return fails_now() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails_now() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *ptr, size_t size)
{
    return fails_now() ? NULL : __real_realloc(ptr, size);
}

void *__wrap_reallocarray(void *ptr, size_t count, size_t size)
{
    return fails_now() ? NULL : __real_reallocarray(ptr, count, size);
}

char *__wrap_strdup(const char *text)
{
    return fails_now() ? NULL : __real_strdup(text);
}

char *__wrap_strndup(const char *text, size_t max)
{
    return fails_now() ? NULL : __real_strndup(text, max);
}

void alloc_fail_at(size_t nth)
{
    seen = 0;
    failing = nth;
}

size_t alloc_seen(void)
{
    return seen;
}

size_t alloc_fail_each(int (*scenario)(void *ctx), void *ctx)
{
    for (size_t nth = 1;; nth++) {
        alloc_fail_at(nth);
        int r = scenario(ctx);
        size_t needed = alloc_seen();

        alloc_fail_at(0);
        if (needed < nth) {
            cr_expect_eq(r, 0, "undisturbed, the scenario returns %d", r);
            return needed;
        }
        cr_expect_eq(r, -ENOMEM, "allocation %zu failed, and the scenario returns %d", nth, r);
    }
}
