/* The journal compares bytes: a name that is nearly right matches nothing and is no error there. So
 * mistakes that the text shows are reported here. The name of a unit needs its type, because no
 * unit is called `app` alone; the name of a field is in capitals, because the journal takes no
 * others. */

#include "app/config/config_unit.h"

#include "core/base/util.h"

#include <ctype.h>

#define FIELD_MAX 64
#define UNIT_MAX 255

static const char unit_letters[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789:-_.\\@";

static int shown(const struct yaml_node *n)
{
    return (int)MIN(n->text.len, (size_t)CONFIG_SHOWN_MAX);
}

static bool ends_in_type(struct gloss_span s)
{
    static const char *const types[] = {".service", ".socket", ".mount", ".automount",
                                        ".scope",   ".timer",  ".swap",  ".path",
                                        ".device",  ".slice",  ".target"};

    for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
        size_t n = strlen(types[i]);

        if (s.len > n && memcmp(s.ptr + s.len - n, types[i], n) == 0)
            return true;
    }
    return false;
}

bool config_is_unit(const struct config_reading *r, const struct yaml_node *n)
{
    struct gloss_span s = n->text;

    for (size_t i = 0; i < s.len; i++)
        if (!memchr(unit_letters, s.ptr[i], sizeof(unit_letters) - 1)) {
            yaml_diag_at(r->y, n, i, GLOSS_DIAG_ERROR,
                         "'%.*s' is not the name of a unit; write one whole name in each item, "
                         "such as app.service or app@1.service",
                         shown(n), s.ptr);
            return false;
        }
    if (s.len <= UNIT_MAX && ends_in_type(s))
        return true;
    if (s.len > UNIT_MAX)
        yaml_diag(r->y, n, GLOSS_DIAG_ERROR, "the name of a unit has at most %d bytes", UNIT_MAX);
    else
        yaml_diag(r->y, n, GLOSS_DIAG_ERROR,
                  "'%.*s' does not name the type of the unit; write '%.*s.service'", shown(n),
                  s.ptr, shown(n), s.ptr);
    return false;
}

bool config_is_match(const struct config_reading *r, const struct yaml_node *n)
{
    struct gloss_span s = n->text;
    const char *equals = memchr(s.ptr, '=', s.len);
    size_t name = equals ? (size_t)(equals - s.ptr) : 0;

    if (!equals) {
        yaml_diag(r->y, n, GLOSS_DIAG_ERROR,
                  "'%.*s' is not a match; write FIELD=VALUE, such as SYSLOG_IDENTIFIER=app",
                  shown(n), s.ptr);
        return false;
    }
    for (size_t i = 0; i < name; i++)
        if (!isupper((unsigned char)s.ptr[i]) && s.ptr[i] != '_' &&
            (i == 0 || !isdigit((unsigned char)s.ptr[i]))) {
            yaml_diag_at(r->y, n, i, GLOSS_DIAG_ERROR,
                         "the name of a journal field consists of capitals, digits and '_', such "
                         "as SYSLOG_IDENTIFIER");
            return false;
        }
    if (name > 0 && name <= FIELD_MAX)
        return true;
    yaml_diag(r->y, n, GLOSS_DIAG_ERROR,
              "the name before '=' has %zu bytes; the name of a field has 1 to %d", name,
              FIELD_MAX);
    return false;
}
