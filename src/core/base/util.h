#pragma once

/* The few small things that every file needs. Nothing here has state. */

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define STREQ(a, b) (strcmp((a), (b)) == 0)

/* cppcheck cannot read such macros in an initializer; `./dev check` brings plain ones for it. */
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

/** Hands a pointer over: its value, and NULL is left behind for the cleanup to find. */
#define TAKE_PTR(ptr)                   \
    __extension__({                     \
        __typeof__(ptr) taken_ = (ptr); \
        (ptr) = NULL;                   \
        taken_;                         \
    })

#endif

/** The struct of `type` whose `member` stands at `ptr`. */
#define container_of(ptr, type, member) ((type *)(void *)((char *)(ptr)-offsetof(type, member)))

/** Calls fn(&variable) when the variable goes out of scope, on each way out. */
#define CLEANUP(fn) __attribute__((cleanup(fn)))

/** The same for a descriptor; -1 is left behind. */
#define TAKE_FD(fd)           \
    __extension__({           \
        int taken_fd_ = (fd); \
        (fd) = -1;            \
        taken_fd_;            \
    })

/** For CLEANUP(freep) on any pointer that free() takes. */
static inline void freep(void *ptr)
{
    void *p;

    memcpy(&p, ptr, sizeof(p));
    free(p);
}

/** For CLEANUP(closep) on a descriptor; below 0: none. */
static inline void closep(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

/** Makes room in a malloc'd array for `want` elements of `size` bytes; at least doubles it.
 *
 * @array  where the pointer to the array is; NULL inside with *cap 0 is an empty array.
 * @cap    elements there is room for; updated.
 *
 * Returns 0; or -ENOMEM, also where the size in bytes does not fit: array and cap are then as
 * they were. The new elements are not initialised. */
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

/** array_reserve() for a typed pointer: GROW(&list->items, &list->cap, list->count + 1). */
#define GROW(array, cap, want) array_reserve((array), (cap), (want), sizeof(**(array)))
