#pragma once

/* The few small things that every file needs. */

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define STREQ(a, b) (strcmp((a), (b)) == 0)

/* cppcheck cannot read these macros in an initialiser; `./dev check` defines simpler ones for it.
 */
#ifndef MIN

/* Each argument is evaluated once. */
#define MIN(a, b)                          \
    __extension__({                        \
        __typeof__(a) min_a_ = (a);        \
        __typeof__(b) min_b_ = (b);        \
        min_a_ < min_b_ ? min_a_ : min_b_; \
    })
#define MAX(a, b)                          \
    __extension__({                        \
        __typeof__(a) max_a_ = (a);        \
        __typeof__(b) max_b_ = (b);        \
        max_a_ > max_b_ ? max_a_ : max_b_; \
    })

/** Hands over what a pointer points to: yields its value and sets it to NULL, so that CLEANUP does
 * not free it. */
#define TAKE_PTR(ptr)                   \
    __extension__({                     \
        __typeof__(ptr) taken_ = (ptr); \
        (ptr) = NULL;                   \
        taken_;                         \
    })

#endif

/** The struct of that type whose member stands at ptr. */
#define container_of(ptr, type, member) ((type *)(void *)((char *)(ptr)-offsetof(type, member)))

/** Calls fn(&variable) whenever the variable goes out of scope. */
#define CLEANUP(fn) __attribute__((cleanup(fn)))

/** TAKE_PTR() for a descriptor, which becomes -1. */
#define TAKE_FD(fd)           \
    __extension__({           \
        int taken_fd_ = (fd); \
        (fd) = -1;            \
        taken_fd_;            \
    })

/** CLEANUP(freep) frees a pointer that malloc() returned. */
static inline void freep(void *ptr)
{
    void *p;

    memcpy(&p, ptr, sizeof(p));
    free(p);
}

/** CLEANUP(closep) closes a descriptor unless it is negative. */
static inline void closep(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

/** Makes room for `want` elements of `size` bytes each in an array from malloc(). An array that
 * grows at least doubles. The new elements are not initialised.
 *
 * @array  the address of the pointer to the array; NULL there and 0 in *cap are an empty array.
 * @cap    for how many elements there is room; updated.
 *
 * Returns 0; or -ENOMEM, also where the size in bytes would overflow; array and cap are then as
 * before. */
static inline int array_reserve(void *array, size_t *cap, size_t want, size_t size)
{
    size_t grown, bytes;
    void *p, *moved;

    if (want <= *cap)
        return 0;
    if (__builtin_mul_overflow(*cap, (size_t)2, &grown) || grown < want)
        grown = want;
    if (grown < 8)
        grown = 8;
    if (__builtin_mul_overflow(grown, size, &bytes) || bytes > PTRDIFF_MAX)
        return -ENOMEM;
    memcpy(&p, array, sizeof(p));
    moved = realloc(p, bytes);
    if (!moved)
        return -ENOMEM;
    memcpy(array, &moved, sizeof(moved));
    *cap = grown;
    return 0;
}

/** array_reserve() of a typed pointer, as in GROW(&list->items, &list->cap, list->count + 1). */
#define GROW(array, cap, want) array_reserve((array), (cap), (want), sizeof(**(array)))
