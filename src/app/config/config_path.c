/* Paths lose their "//" and "/./", because they are compared later. A ".." is refused: where links
 * are involved, only the file system knows where it leads. An address must be numbers, because a
 * name would have to be resolved over the network, and could mean another machine tomorrow. */

#include "app/config/config_path.h"

#include "core/base/util.h"

#include <arpa/inet.h>
#include <limits.h>

bool config_is_path(const struct config_reading *r, const struct yaml_node *n, const char *key)
{
    struct gloss_span s = n->text;

    if (s.ptr[0] != '/') {
        yaml_diag(r->y, n, GLOSS_DIAG_ERROR,
                  "'%s' is the relative path '%.*s'; write the whole path, from '/' on", key,
                  (int)MIN(n->text.len, (size_t)CONFIG_SHOWN_MAX), s.ptr);
        return false;
    }
    if (s.len >= PATH_MAX) {
        yaml_diag(r->y, n, GLOSS_DIAG_ERROR, "'%s' has %zu bytes; a path has at most %d", key,
                  s.len, PATH_MAX - 1);
        return false;
    }
    for (size_t i = 0; i + 2 < s.len; i++)
        if (memcmp(s.ptr + i, "/..", 3) == 0 && (i + 3 == s.len || s.ptr[i + 3] == '/')) {
            yaml_diag_at(r->y, n, i + 1, GLOSS_DIAG_ERROR,
                         "'%s' holds '..'; write the path without it", key);
            return false;
        }
    return true;
}

const char *config_plain_path(struct config_reading *r, struct gloss_span s)
{
    char *copy = arena_alloc(r->arena, s.len + 1);
    size_t n = 0;

    if (!copy) {
        r->no_memory = true;
        return NULL;
    }
    for (size_t i = 0; i < s.len; i++) {
        bool end = i + 1 == s.len || s.ptr[i + 1] == '/';

        if (s.ptr[i] == '/' &&
            (end || (s.ptr[i + 1] == '.' && (i + 2 == s.len || s.ptr[i + 2] == '/')))) {
            i += !end;
            continue;
        }
        copy[n++] = s.ptr[i];
    }
    if (n == 0)
        copy[n++] = '/';
    copy[n] = '\0';
    return copy;
}

bool config_is_pattern(const struct config_reading *r, const struct yaml_node *n, const char *key)
{
    struct gloss_span s = n->text;

    for (size_t i = 0; i + 1 < s.len; i++) {
        if (s.ptr[i] != '*' || s.ptr[i + 1] != '*')
            continue;
        if ((i == 0 || s.ptr[i - 1] == '/') && (i + 2 == s.len || s.ptr[i + 2] == '/'))
            continue;
        yaml_diag_at(r->y, n, i, GLOSS_DIAG_ERROR,
                     "'%s' has '**' beside other characters; '**' means any number of folders and "
                     "must stand alone between two '/'",
                     key);
        return false;
    }
    return true;
}

/* ---- addresses ---- */

static bool is_port(const char *text)
{
    unsigned long port = 0;
    size_t n = strlen(text);

    if (n == 0 || n > 5 || strspn(text, "0123456789") != n)
        return false;
    port = strtoul(text, NULL, 10);
    return port >= 1 && port <= 65535;
}

static bool is_host(char *host)
{
    unsigned char address[sizeof(struct in6_addr)];
    size_t n = strlen(host);

    if (n < 2 || host[0] != '[' || host[n - 1] != ']')
        return inet_pton(AF_INET, host, address) == 1;
    host[n - 1] = '\0';
    return inet_pton(AF_INET6, host + 1, address) == 1;
}

bool config_is_address(struct gloss_span s)
{
    char text[128], *colon;

    if (s.len >= sizeof(text))
        return false;
    memcpy(text, s.ptr, s.len);
    text[s.len] = '\0';
    colon = strrchr(text, ':');
    if (!colon)
        return false;
    *colon = '\0';
    return is_host(text) && is_port(colon + 1);
}
