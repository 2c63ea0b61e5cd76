#ifndef GLOSS_LOOKUP_H
#define GLOSS_LOOKUP_H

/* What a person means by a word: a code, a part of one, or a whole line of a log. */

#include <gloss/catalog.h>
#include <gloss/scanner.h>
#include <gloss/span.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

enum gloss_lookup_kind {
    GLOSS_LOOKUP_NONE,   /* nothing is like it */
    GLOSS_LOOKUP_NAME,   /* its name; where none has it, all that have it in another case */
    GLOSS_LOOKUP_LINE,   /* all that are found in it as in a line of a log */
    GLOSS_LOOKUP_PREFIX, /* all whose names begin with it, in whatever case */
    GLOSS_LOOKUP_NEAR, /* what may have been meant: the nearest names, at most GLOSS_LOOKUP_NEAREST
                        */
};

#define GLOSS_LOOKUP_NEAREST 5

/** Cause and solution of an entry as its place on a line fills them in; control characters of the
 * line are shown as ^X. Owned. */
struct gloss_lookup_texts {
    char *cause, *solution;
};

/** Zero-initialised is empty. */
struct gloss_lookup {
    enum gloss_lookup_kind kind;
    const struct gloss_entry **entries; /* owned; LINE: by first appearance, NEAR: the nearest
                                           first, else in the catalogs' order */
    size_t n, size;
    struct gloss_lookup_texts *texts; /* owned; LINE: of each entry, else NULL */
    size_t texts_size;
};

/** Looks a word up, by the first of the ways above that finds something.
 *
 * @scanner  of a matcher of that very set; NULL: words are not taken for lines.
 * @word     blanks around it do not count. Where it is a line with nothing but unknown codes, what
 * is near to the first of them is offered.
 *
 * Returns 0 or -ENOMEM. */
int gloss_lookup(const struct gloss_catalogs *set, struct gloss_scanner *scanner,
                 struct gloss_span word, struct gloss_lookup *ret_lookup);
void gloss_lookup_deinit(struct gloss_lookup *l);

#ifdef __cplusplus
}
#endif
#endif
