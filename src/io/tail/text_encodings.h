#pragma once

/* The encodings that the files of a source may have, and which of them a file has. */

#include "io/files/line_encoding.h"

enum text_rule {
    TEXT_BY_CONTENT, /* nothing is configured: a byte order mark tells, else bytes are as they are
                      */
    TEXT_BY_MARK,    /* UTF-16 or UTF-32 without a byte order: each file's mark tells the order */
    TEXT_AS_NAMED,   /* what is configured */
};

struct text_encodings {
    enum text_rule rule;
    struct line_encoding plain, named;
    struct line_encoding marked[GLOSS_ENCODING_GUESSES]; /* by what a mark tells */
};

/** @encoding  as configured; NULL: nothing is. Returns 0, -EINVAL (nobody knows it), -ENOMEM. */
int text_encodings_init(struct text_encodings *encodings, const char *encoding);
void text_encodings_deinit(struct text_encodings *encodings);

/** The encoding of a file that starts with these bytes (a borrowed member of the encodings); NULL:
 * they are too few to tell.
 *
 * *ret_problem: why no code can be found in that file, in words; NULL: there is no such reason. */
struct line_encoding *text_encodings_choose(struct text_encodings *encodings,
                                            struct gloss_span start, const char **ret_problem);
/** Bytes of a character, where that is known without looking at the file; 1: where it is not. */
size_t text_encodings_width(const struct text_encodings *encodings);
