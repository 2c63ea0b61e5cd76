#pragma once

/* What the parts of the reader of patterns share. */

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct arena;
struct syntax_node;

struct parser {
    const char *p, *end;
    struct arena *arena;
    unsigned depth;
    bool ignore_case, spaced; /* (?i), (?x) */
    bool failed;              /* something that is not understood */
    bool no_memory;
};

/* Siblings under construction. */
struct list {
    struct syntax_node *first, **last, **end; /* last: the link to the last one; NULL: none */
};

static inline bool parser_at_end(const struct parser *ps)
{
    return ps->p == ps->end;
}

static inline bool parser_take(struct parser *ps, const char *word)
{
    size_t n = strlen(word);

    if ((size_t)(ps->end - ps->p) < n || memcmp(ps->p, word, n) != 0)
        return false;
    ps->p += n;
    return true;
}

static inline bool parser_next_is(const struct parser *ps, const char *bytes)
{
    return !parser_at_end(ps) && *ps->p && strchr(bytes, *ps->p);
}

/** Takes a byte that is written as an escape, behind its backslash. Returns the byte; -1: the
 * escape stands for something else, and is still to be taken. */
int parser_byte_escape(struct parser *ps);

/* ---- sets of bytes, a bit each ---- */

void members_add_range(uint64_t members[4], unsigned from, unsigned to);
/** The bytes of a shorthand such as \d, by its letter. False: it is none. */
bool members_add_shorthand(uint64_t members[4], char c);
/** Where a letter is a member its other case becomes one. */
void members_fold_case(uint64_t members[4]);

/** Takes a class, behind its '['. *ret_spelled: each byte of it stands in the pattern. */
void parser_class(struct parser *ps, uint64_t ret_members[4], bool *ret_spelled);
