/* The check of a mapping's keys against a table: a misspelt key is named together with the key that
 * was probably meant. */

#include "core/catalog/yaml_keys.h"

#include "core/base/name_distance.h"
#include "core/base/util.h"

#include <stdio.h>

/* The longest table of keys whose repetitions are noticed. */
#define KEYS_MAX 32

static void report_unknown_key(const struct yaml *y, const struct yaml_node *key,
                               const char *const *keys, size_t n_keys)
{
    const char *guess = name_guess(keys, n_keys, key->text);
    int shown = (int)MIN(key->text.len, (size_t)64);
    char list[512] = "";
    size_t used = 0;

    if (guess) {
        yaml_diag(y, key, GLOSS_DIAG_ERROR, "unknown key '%.*s', did you mean '%s'?", shown,
                  key->text.ptr, guess);
        return;
    }
    for (size_t i = 0; i < n_keys && used < sizeof(list); i++)
        used +=
            (size_t)snprintf(list + used, sizeof(list) - used, "%s%s", i > 0 ? ", " : "", keys[i]);
    yaml_diag(y, key, GLOSS_DIAG_ERROR, "unknown key '%.*s'; the keys are %s", shown, key->text.ptr,
              list);
}

static size_t key_index(struct gloss_span key, const char *const *keys, size_t n_keys)
{
    for (size_t i = 0; i < n_keys; i++)
        if (gloss_span_equal(key, gloss_span_str(keys[i])))
            return i;
    return n_keys;
}

void yaml_check_keys(const struct yaml *y, const struct yaml_node *mapping, const char *const *keys,
                     size_t n_keys)
{
    const struct yaml_node *seen[KEYS_MAX] = {0};

    for (const struct yaml_node *k = mapping->first; k; k = k->next) {
        size_t i = key_index(k->text, keys, n_keys);

        if (k->kind == YAML_BAD)
            continue;
        if (i == n_keys)
            report_unknown_key(y, k, keys, n_keys);
        else if (i < ARRAY_SIZE(seen) && seen[i])
            yaml_diag(y, k, GLOSS_DIAG_ERROR, "key '%s' is already given at %u:%u", keys[i],
                      seen[i]->line, seen[i]->column);
        else if (i < ARRAY_SIZE(seen))
            seen[i] = k;
    }
}
