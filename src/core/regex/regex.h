#pragma once

/* The home of PCRE2. Patterns work on bytes, on one line at a time; a line end is a line feed. */

#include <gloss/span.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** What all patterns of one thread share: memory and limits. */
struct regex_env;

/** @match_limit     PCRE2's match limit for one match; 0: 16,000,000.
 *  @heap_limit_kib  PCRE2's heap limit; 0: 16,384.
 *  Returns 0 or -ENOMEM. */
int regex_env_new(struct regex_env **ret_env, uint32_t match_limit, uint32_t heap_limit_kib);
struct regex_env *regex_env_free(struct regex_env *env);
static inline void regex_env_freep(struct regex_env **env)
{
    *env = regex_env_free(*env);
}

struct regex;

/** What PCRE2 has against a pattern. */
struct regex_error {
    size_t offset;  /* byte of the pattern at which it was noticed */
    char text[160]; /* PCRE2's own words */
};

#define REGEX_E_SYNTAX 1
#define REGEX_E_LIMIT 2

/** How a pattern is to be compiled. */
enum regex_flag {
    REGEX_BEHIND_BORDER = 1, /* no byte of [A-Za-z0-9_] before it, none behind it */
    REGEX_BEHIND_ESCAPE = 2, /* an escape sequence ends where it begins, no such byte is behind
                                it; the sequence is looked at, but is not of the match */
    REGEX_BORDERED = 3,      /* either: the borders of a name */
    REGEX_ANCHORED = 4,      /* matches begin (with the escape sequence) where the search
                                starts, nowhere else */
};

/** Compiles a pattern. Machine code is made when the pattern is first run.
 *
 * @env    borrowed; outlives the pattern.
 * @flags  of enum regex_flag; 0: as the user wrote it.
 *
 * Returns 0; REGEX_E_SYNTAX, *reterr_error says what, and where in the pattern given;
 * -ENOMEM. */
int regex_compile(struct regex **ret_regex, struct regex_env *env, struct gloss_span pattern,
                  unsigned flags, struct regex_error *reterr_error);

struct regex *regex_free(struct regex *re);
static inline void regex_freep(struct regex **re)
{
    *re = regex_free(*re);
}

/** Whether a pattern can match without taking a byte. */
bool regex_matches_empty(const struct regex *re);
/** Named groups: how many; the i-th one's name (NUL-terminated, owned by re), by number of the
 * group, and that number. */
size_t regex_n_names(const struct regex *re);
const char *regex_name(const struct regex *re, size_t i, uint32_t *ret_group);
/** Whether some named group has that name. */
bool regex_has_name(const struct regex *re, struct gloss_span name);

/** The text a pattern is tried on. Bytes before ptr and behind ptr + len are not looked at. */
struct regex_subject {
    const char *ptr;
    size_t len;
    bool begins_line; /* ptr is the start of a line: '^' matches there */
    bool ends_line;   /* ptr + len is the end of one: '$' matches there */
};

/** The place of a match in its subject; end is exclusive. */
struct text_range {
    size_t begin, end;
};

/** Looks for the first match that begins at start or later. (With \K in the pattern it is the start
 * before \K that counts for this.)
 *
 * Returns 1 and *ret_match; 0: there is none; REGEX_E_LIMIT: given up at a limit; -ENOMEM. */
int regex_exec(struct regex *re, const struct regex_subject *subject, size_t start,
               struct text_range *ret_match);

/** Where a search may find the start of a match. */
struct regex_starts {
    size_t first, last; /* both belong to it. With REGEX_ANCHORED last says nothing */
};

/** As regex_exec(), within bounds: @limit is the match limit for each start that is tried. */
int regex_try(struct regex *re, const struct regex_subject *subject, struct regex_starts starts,
              uint32_t limit, struct text_range *ret_match);

/** What PCRE2 does, in units of about half a nanosecond: it takes a step, or moves over bytes. */
#define REGEX_STEP_WORK 16
#define REGEX_MOVES_OF_WORK 2

/** As regex_exec(), but what PCRE2 does is counted, which makes it several times slower. The count
 * depends on pattern and subject only.
 *
 * @work  units that it may do; what is left of them afterwards. REGEX_E_LIMIT: it was not
 *        enough, or PCRE2 met another limit. */
int regex_measure(struct regex *re, const struct regex_subject *subject, struct regex_starts starts,
                  uint64_t *work, struct text_range *ret_match);

/** Of the match that was found last with re: where it started, before \K moved its begin. */
size_t regex_began(const struct regex *re);
/** Of the match that was found last with re: the place of a group.
 * Returns false where the group took no part. */
bool regex_group(const struct regex *re, uint32_t group, struct text_range *ret_range);
