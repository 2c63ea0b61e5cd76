#ifndef GLOSS_CATALOG_H
#define GLOSS_CATALOG_H

/* What is known of error codes: entries, grouped in catalogs, read from YAML. Const once read. */

#include <gloss/diag.h>
#include <gloss/span.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum gloss_severity {
    GLOSS_SEVERITY_INFO,
    GLOSS_SEVERITY_WARNING,
    GLOSS_SEVERITY_ERROR,
    GLOSS_SEVERITY_CRITICAL,
};

/** "info", "warning", "error", "critical". */
const char *gloss_severity_name(enum gloss_severity severity);
/** Returns 0, or -EINVAL for a word that is none of the four. */
int gloss_severity_parse(struct gloss_span word, enum gloss_severity *ret_severity);

/** What a catalog says about one code. All strings are UTF-8, NUL-terminated, owned by the
 * catalogs. */
struct gloss_entry {
    const struct gloss_catalog *catalog;
    uint32_t id;         /* 0 .. n_entries - 1 over all catalogs of the set, in their order */
    const char *code;    /* its name, 1 to GLOSS_CODE_MAX bytes, no control character, no blank */
    const char *pattern; /* PCRE2 pattern it stands for; NULL: it stands for its name */
    const char
        *cause; /* one line: line ends of the YAML became blanks; may hold {name} of a capture */
    const char *solution;
    enum gloss_severity severity; /* GLOSS_SEVERITY_ERROR where the file says nothing */
    unsigned line, column;        /* where the entry begins in its file */
};

#define GLOSS_CODE_MAX 255

/** A file of entries. */
struct gloss_catalog {
    const char *name;      /* letters, digits, '.', '_', '-' */
    const char *file;      /* where it was read from, for diagnostics */
    const char *title;     /* NULL: none given */
    const char *reference; /* where the vendor's page is; NULL: none given */
    const char *family;    /* PCRE2 pattern of the codes' shape; NULL: no unknown codes */
    const char *success;   /* PCRE2 pattern of a line that says the call succeeded; NULL: none */
    const struct gloss_entry *entries;
    size_t n_entries;
    size_t index; /* its place in the set */
};

/** A set of catalogs, in the order read. */
struct gloss_catalogs;

/** Returns 0 or -ENOMEM. */
int gloss_catalogs_new(struct gloss_catalogs **ret_set);
struct gloss_catalogs *gloss_catalogs_free(struct gloss_catalogs *set);
static inline void gloss_catalogs_freep(struct gloss_catalogs **set)
{
    *set = gloss_catalogs_free(*set);
}

#define GLOSS_CATALOG_E_INVALID 1

/** Reads one catalog and adds it to the set.
 *
 * @file   what diagnostics call it; copied.
 * @yaml   the whole text; borrowed for the call.
 * @diags  receives every mistake of the text, in one run; warnings also where 0 is returned.
 *
 * Returns 0; GLOSS_CATALOG_E_INVALID: mistakes were found, the set is as before; -ENOMEM. */
int gloss_catalogs_read(struct gloss_catalogs *set, const char *file, struct gloss_span yaml,
                        struct gloss_diags *diags);

/** Adds the catalog that is compiled in. Returns 0; GLOSS_CATALOG_E_INVALID: the set has its name
 * or one of its codes already; -ENOMEM. */
int gloss_catalogs_read_builtin(struct gloss_catalogs *set);
/** The YAML text that is compiled in, and its catalog's name. */
struct gloss_span gloss_builtin_yaml(void);
const char *gloss_builtin_name(void);

size_t gloss_catalogs_count(const struct gloss_catalogs *set);
const struct gloss_catalog *gloss_catalogs_get(const struct gloss_catalogs *set, size_t index);
size_t gloss_catalogs_n_entries(const struct gloss_catalogs *set);
/** The entry of that id. */
const struct gloss_entry *gloss_catalogs_entry(const struct gloss_catalogs *set, uint32_t id);
/** The entry of that very name, or NULL. */
const struct gloss_entry *gloss_catalogs_find(const struct gloss_catalogs *set,
                                              struct gloss_span code);

/** The entry whose name is nearest by edit distance (Levenshtein over bytes, case counts): at most
 * 2 and at most a quarter of the word's length; ties by distance, then by name. NULL: none is near.
 * catalog: only its entries; NULL: all. */
const struct gloss_entry *gloss_catalogs_nearest(const struct gloss_catalogs *set,
                                                 const struct gloss_catalog *catalog,
                                                 struct gloss_span word);

#ifdef __cplusplus
}
#endif
#endif
