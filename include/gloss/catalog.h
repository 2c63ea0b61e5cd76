#ifndef GLOSS_CATALOG_H
#define GLOSS_CATALOG_H

/* What is known of error codes: catalogs of entries, read from YAML. The format of a catalog is in
 * gloss-catalog(5). A set of catalogs does not change after it was read.
 *
 *     #include <gloss/catalog.h>
 *     #include <stdio.h>
 *
 *     int main(void)
 *     {
 *         struct gloss_catalogs *set;
 *         const struct gloss_entry *entry;
 *
 *         if (gloss_catalogs_new(&set) < 0 || gloss_catalogs_read_builtin(set) != 0)
 *             return 1;
 *         entry = gloss_catalogs_find(set, gloss_span_str("BIZ_NO_MESSAGE"));
 *         if (entry)
 *             printf("%s (%s): %s\n", entry->code, gloss_severity_name(entry->severity),
 *                    entry->solution);
 *         gloss_catalogs_free(set);
 *         return entry == NULL;
 *     }
 */

#include <gloss/diag.h>
#include <gloss/span.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** How bad it is when a code is seen, from the least to the worst. */
enum gloss_severity {
    GLOSS_SEVERITY_INFO,
    GLOSS_SEVERITY_WARNING,
    GLOSS_SEVERITY_ERROR,
    GLOSS_SEVERITY_CRITICAL,
};

/** "info", "warning", "error" or "critical". */
const char *gloss_severity_name(enum gloss_severity severity);

/** The severity of that name. Returns 0, or -EINVAL where the word is none of the four. */
int gloss_severity_parse(struct gloss_span word, enum gloss_severity *ret_severity);

/** The longest code, in bytes. */
#define GLOSS_CODE_MAX 255

/** What a catalog says about one code. Strings are UTF-8, NUL-terminated and owned by the set. */
struct gloss_entry {
    const struct gloss_catalog *catalog;
    uint32_t id;          /* 0 to n - 1 over the n entries of a set, in the order of its catalogs */
    const char *code;     /* 1 to GLOSS_CODE_MAX bytes, without blanks and control characters */
    const char *pattern;  /* the PCRE2 pattern to look for; NULL: the code itself is looked for */
    const char *cause;    /* on one line; may hold {NAME} of a named group of the pattern */
    const char *solution; /* likewise */
    enum gloss_severity severity; /* GLOSS_SEVERITY_ERROR where the file gives none */
    unsigned line, column;        /* where the entry stands in its file, from 1 */
};

/** A file of entries. Strings are UTF-8, NUL-terminated and owned by the set. */
struct gloss_catalog {
    const char *name;      /* of letters, digits, '.', '_' and '-' */
    const char *file;      /* as it was named to gloss_catalogs_read() */
    const char *title;     /* NULL: none */
    const char *reference; /* where the vendor's documentation is; NULL: not known */
    /* The PCRE2 pattern of the shape that the codes share: a word of this shape that is none of the
     * codes is an unknown code. NULL: they share none. */
    const char *family;
    /* The PCRE2 pattern of a success marker, which stands on lines that say that a call succeeded.
     * NULL: there is none. */
    const char *success;
    const struct gloss_entry *entries;
    size_t n_entries;
    size_t index; /* in the set, from 0 */
};

/** A set of catalogs, in the order in which they were read. */
struct gloss_catalogs;

/** An empty set. Returns 0 or -ENOMEM. */
int gloss_catalogs_new(struct gloss_catalogs **ret_set);
struct gloss_catalogs *gloss_catalogs_free(struct gloss_catalogs *set);
static inline void gloss_catalogs_freep(struct gloss_catalogs **set)
{
    *set = gloss_catalogs_free(*set);
}

#define GLOSS_CATALOG_E_INVALID 1

/** Reads a catalog and adds it to a set.
 *
 * @file   the name of the file in diagnostics; copied.
 * @yaml   the whole text; borrowed for the call.
 * @diags  receives all mistakes of the text in one run. Warnings may come with a result of 0, too.
 *
 * Returns 0; GLOSS_CATALOG_E_INVALID: the text has mistakes; -ENOMEM. In both of the latter cases
 * the set is as before. */
int gloss_catalogs_read(struct gloss_catalogs *set, const char *file, struct gloss_span yaml,
                        struct gloss_diags *diags);

/** Adds the catalog that is compiled into the library. Returns 0; GLOSS_CATALOG_E_INVALID: the set
 * has a catalog of its name or one of its codes; -ENOMEM. */
int gloss_catalogs_read_builtin(struct gloss_catalogs *set);

/** The YAML text that is compiled in, and the name of its catalog. */
struct gloss_span gloss_builtin_yaml(void);
const char *gloss_builtin_name(void);

/** How many catalogs a set has, and the catalog of an index below that. */
size_t gloss_catalogs_count(const struct gloss_catalogs *set);
const struct gloss_catalog *gloss_catalogs_get(const struct gloss_catalogs *set, size_t index);

/** How many entries a set has, and the entry of an id below that. */
size_t gloss_catalogs_n_entries(const struct gloss_catalogs *set);
const struct gloss_entry *gloss_catalogs_entry(const struct gloss_catalogs *set, uint32_t id);

/** The entry of that code, or NULL. Case counts. */
const struct gloss_entry *gloss_catalogs_find(const struct gloss_catalogs *set,
                                              struct gloss_span code);

/** The entry whose code is nearest to a word by edit distance (Levenshtein, over bytes; case
 * counts): at most 2, and at most a quarter of the word's length. Of equally near codes the first
 * one by the order of bytes is taken.
 *
 * @catalog  only entries of this one; NULL: of all.
 *
 * Returns NULL where no code is that near. */
const struct gloss_entry *gloss_catalogs_nearest(const struct gloss_catalogs *set,
                                                 const struct gloss_catalog *catalog,
                                                 struct gloss_span word);

#ifdef __cplusplus
}
#endif
#endif
