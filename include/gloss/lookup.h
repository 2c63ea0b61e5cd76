#ifndef GLOSS_LOOKUP_H
#define GLOSS_LOOKUP_H

/* What a person means by a word: a code, the start of one, a misspelt one, or a whole line of a
 * log.
 *
 *     #include <gloss/lookup.h>
 *     #include <stdio.h>
 *
 *     int main(void)
 *     {
 *         struct gloss_catalogs *set;
 *         struct gloss_lookup found;
 *
 *         if (gloss_catalogs_new(&set) < 0 || gloss_catalogs_read_builtin(set) != 0 ||
 *             gloss_lookup(set, NULL, gloss_span_str("biz_no_mesage"), &found) < 0)
 *             return 1;
 *         if (found.kind == GLOSS_LOOKUP_NEAR)
 *             printf("did you mean %s?\n", found.entries[0]->code);
 *         gloss_lookup_deinit(&found);
 *         gloss_catalogs_free(set);
 *     }
 */

#include <gloss/catalog.h>
#include <gloss/scanner.h>
#include <gloss/span.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/** How the entries were found. These ways are tried in this order until one finds something. */
enum gloss_lookup_kind {
    GLOSS_LOOKUP_NONE,   /* none was found */
    GLOSS_LOOKUP_NAME,   /* by the code; where no entry has it, all that have it in another case */
    GLOSS_LOOKUP_LINE,   /* the word is a line of a log, and these are its hits */
    GLOSS_LOOKUP_PREFIX, /* all whose codes begin with the word; case does not count */
    GLOSS_LOOKUP_NEAR,   /* those with the nearest codes, which may have been meant: at most
                            GLOSS_LOOKUP_NEAREST */
};

#define GLOSS_LOOKUP_NEAREST 5

/** Cause and solution of an entry, with the captures of the line filled in. Owned, NUL-terminated;
 * control characters of the line are shown as ^X. */
struct gloss_lookup_texts {
    char *cause, *solution;
};

/** What was found. Zero-initialised, it is empty. */
struct gloss_lookup {
    enum gloss_lookup_kind kind;
    const struct gloss_entry **entries; /* owned. LINE: in the order of their hits; NEAR: the
                                           nearest first; else in the order of the catalogs */
    size_t n, size;
    struct gloss_lookup_texts *texts; /* owned. LINE: one for each entry; else NULL */
    size_t texts_size;
};

/** Looks a word up.
 *
 * @scanner  its matcher is of this set; NULL: a word is never taken for a line.
 * @word     blanks around it do not count. Where it is a line whose only findings are unknown
 * codes, the first of these is looked up by prefix and nearness.
 *
 * Returns 0, also where nothing was found, or -ENOMEM. */
int gloss_lookup(const struct gloss_catalogs *set, struct gloss_scanner *scanner,
                 struct gloss_span word, struct gloss_lookup *ret_lookup);

/** Frees what was found and empties it. */
void gloss_lookup_deinit(struct gloss_lookup *l);

#ifdef __cplusplus
}
#endif
#endif
