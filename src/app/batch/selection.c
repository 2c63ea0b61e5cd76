/* A word of --only selects the code of exactly that name. Where there is none the word is a glob.
 * It must fit at least one code: with a typing mistake in it the output would just be empty. */

#include "app/batch/selection.h"

#include "app/common/exit_status.h"
#include "app/common/message.h"
#include "core/base/util.h"

#include <fnmatch.h>

int selection_add(struct selection *s, const char *only)
{
    const char **grown = realloc(s->only, (s->n_only + 1) * sizeof(*grown));

    if (!grown)
        return message_no_memory();
    s->only = grown;
    s->only[s->n_only++] = only;
    return 0;
}

/* The first code that the word fits when upper and lower case are the same, or NULL. */
static const char *in_another_case(const struct gloss_catalogs *set, const char *word)
{
    for (uint32_t id = 0; id < gloss_catalogs_n_entries(set); id++)
        if (fnmatch(word, gloss_catalogs_entry(set, id)->code, FNM_CASEFOLD) == 0)
            return gloss_catalogs_entry(set, id)->code;
    return NULL;
}

static int no_such_code(const struct gloss_catalogs *set, const char *word)
{
    const struct gloss_entry *near =
        gloss_catalogs_nearest(set, /* catalog= */ NULL, gloss_span_str(word));
    const char *other = in_another_case(set, word);

    if (near)
        return message_error("--only", "there is no code '%s'; did you mean %s?", word, near->code);
    if (other)
        return message_error(
            "--only", "'%s' fits no code; write it in upper and lower case as in %s", word, other);
    return message_error("--only", "'%s' fits no code; 'glossd catalog show' lists them", word);
}

/* Selects the entries that one word of --only fits. */
static int apply_word(const char *word, const struct gloss_catalogs *set, bool *selected)
{
    const struct gloss_entry *exact = gloss_catalogs_find(set, gloss_span_str(word));
    size_t n = 0;

    if (exact) {
        selected[exact->id] = true;
        return 0;
    }
    for (uint32_t id = 0; id < gloss_catalogs_n_entries(set); id++)
        if (fnmatch(word, gloss_catalogs_entry(set, id)->code, 0) == 0) {
            selected[id] = true;
            n++;
        }
    return n > 0 ? 0 : no_such_code(set, word);
}

int selection_apply(const struct selection *s, const struct gloss_catalogs *set,
                    bool **ret_selected)
{
    size_t n = gloss_catalogs_n_entries(set);
    CLEANUP(freep) bool *selected = NULL;

    *ret_selected = NULL;
    if (s->n_only == 0 && s->min_severity == GLOSS_SEVERITY_INFO)
        return 0;
    selected = calloc(n + 1, sizeof(*selected));
    if (!selected)
        return message_no_memory();
    if (s->n_only == 0)
        memset(selected, true, n);
    for (size_t i = 0; i < s->n_only; i++) {
        int r = apply_word(s->only[i], set, selected);

        if (r != 0)
            return r;
    }
    for (uint32_t id = 0; id < n; id++)
        if (gloss_catalogs_entry(set, id)->severity < s->min_severity)
            selected[id] = false;
    *ret_selected = TAKE_PTR(selected);
    return 0;
}

void selection_deinit(struct selection *s)
{
    free(s->only);
    *s = (struct selection){0};
}
