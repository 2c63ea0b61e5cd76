/* Two structs of one table are compared by the table's rows. A reload decides with it, for every
 * kind in the same way, whether a source is still the same. */

#include "app/config/config_table.h"

#include "core/base/util.h"
#include "io/files/link_resolver.h"

#include <sys/types.h>

static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && STREQ(a, b));
}

static bool same_texts(const struct config_texts *a, const struct config_texts *b)
{
    bool same = a->n == b->n;

    for (size_t i = 0; same && i < a->n; i++)
        same = STREQ(a->items[i], b->items[i]);
    return same;
}

static bool same_links(const struct link_policy *a, const struct link_policy *b)
{
    bool same = a->mode == b->mode && a->n_users == b->n_users;

    for (size_t i = 0; same && i < a->n_users; i++)
        same = a->users[i] == b->users[i];
    return same;
}

static bool same_field(const struct config_field *f, const void *a, const void *b)
{
    switch (f->type) {
    case CONFIG_TEXT:
    case CONFIG_PATH:
    case CONFIG_FOLDER:
    case CONFIG_GLOB:
    case CONFIG_ENCODING:
    case CONFIG_ZONE:
        return same_text(*(const char *const *)a, *(const char *const *)b);
    case CONFIG_TEXTS:
    case CONFIG_FORMS:
    case CONFIG_EXCLUDES:
    case CONFIG_UNITS:
    case CONFIG_MATCHES:
    case CONFIG_CATALOGS:
        return same_texts(a, b);
    case CONFIG_WORD:
        return *(const int *)a == *(const int *)b;
    case CONFIG_BOOL:
        return *(const bool *)a == *(const bool *)b;
    case CONFIG_DURATION:
    case CONFIG_SIZE:
    case CONFIG_NUMBER:
        return *(const uint64_t *)a == *(const uint64_t *)b;
    case CONFIG_LINKS:
        return same_links(a, b);
    case CONFIG_MODE:
        return *(const mode_t *)a == *(const mode_t *)b;
    case CONFIG_MAPPING: /* its fields are in the same struct */
    case CONFIG_ADDRESS:
    case CONFIG_SOURCES:
    case CONFIG_SINKS:
        break;
    }
    return true;
}

bool config_table_equal(const struct config_table *table, const void *a, const void *b)
{
    for (size_t i = 0; i < table->n_fields; i++) {
        const struct config_field *f = &table->fields[i];

        if (f->type == CONFIG_MAPPING && !config_table_equal(f->table, a, b))
            return false;
        if (!f->is_free && !same_field(f, (const char *)a + f->offset, (const char *)b + f->offset))
            return false;
    }
    return true;
}
