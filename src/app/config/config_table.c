/* There is one reader for each type of value. A reader puts a good value into the struct; of a bad
 * one it says what is wrong and what would be right, and leaves the struct alone. So one run finds
 * every mistake. When memory runs out, config_reading.no_memory is set and asked for once, at the
 * end. */

#include "app/config/config_table.h"

#include "app/common/units.h"
#include "app/common/zone.h"
#include "app/config/config_kind.h"
#include "app/config/config_path.h"
#include "app/config/config_unit.h"
#include "core/base/name_distance.h"
#include "core/base/util.h"
#include "core/catalog/yaml_keys.h"
#include "io/files/link_resolver.h"

#include <gloss/decode.h>
#include <gloss/times.h>
#include <pwd.h>
#include <stdio.h>
#include <sys/types.h>

#define ENDING ".yaml"

static int shown(const struct yaml_node *n)
{
    return (int)MIN(n->text.len, (size_t)CONFIG_SHOWN_MAX);
}

static void *take_memory(struct config_reading *r, size_t n, size_t size)
{
    void *p = arena_alloc(r->arena, n * size);

    if (!p)
        r->no_memory = true;
    return p;
}

static const char *take_copy(struct config_reading *r, struct gloss_span s)
{
    const char *copy = arena_copy(r->arena, s);

    if (!copy)
        r->no_memory = true;
    return copy;
}

/* Whether a value is text without control characters; reports what it is otherwise. */
static bool is_text(const struct config_reading *r, const struct yaml_node *n, const char *key)
{
    if (n->kind == YAML_BAD)
        return false;
    if (n->kind != YAML_SCALAR) {
        yaml_diag(r->y, n, GLOSS_DIAG_ERROR, "'%s' must be text, not %s", key, yaml_kind_name(n));
        return false;
    }
    if (n->text.len == 0 || yaml_is_null(n)) {
        yaml_diag(r->y, n, GLOSS_DIAG_ERROR, "'%s' is empty; give it a value, or remove the key",
                  key);
        return false;
    }
    for (size_t i = 0; i < n->text.len; i++) {
        unsigned char c = (unsigned char)n->text.ptr[i];

        if (c < 0x20 || c == 0x7f) {
            yaml_diag_at(r->y, n, i, GLOSS_DIAG_ERROR,
                         "'%s' holds the control character 0x%02X; leave it out", key, c);
            return false;
        }
    }
    return true;
}

static bool is_list(const struct config_reading *r, const struct yaml_node *n, const char *key)
{
    if (n->kind == YAML_BAD)
        return false;
    if (n->kind != YAML_SEQUENCE) {
        yaml_diag(r->y, n, GLOSS_DIAG_ERROR, "'%s' must be a list, not %s", key,
                  yaml_is_null(n) ? "empty" : yaml_kind_name(n));
        return false;
    }
    if (!n->first && !n->open) {
        yaml_diag(r->y, n, GLOSS_DIAG_ERROR, "'%s' is an empty list; fill it, or remove the key",
                  key);
        return false;
    }
    return true;
}

/* ---- text and paths ---- */

static void read_text(struct config_reading *r, const struct config_field *f,
                      const struct yaml_node *n, void *to)
{
    const char *copy;

    if (!is_text(r, n, f->key))
        return;
    if (n->text.len > f->max) {
        yaml_diag(r->y, n, GLOSS_DIAG_ERROR, "'%s' has %zu bytes; at most %llu are allowed", f->key,
                  n->text.len, (unsigned long long)f->max);
        return;
    }
    copy = take_copy(r, n->text);
    memcpy(to, &copy, sizeof(copy));
}

static const char *file_path(struct config_reading *r, const struct yaml_node *n, const char *key)
{
    if (!is_text(r, n, key) || !config_is_path(r, n, key))
        return NULL;
    if (n->text.ptr[n->text.len - 1] == '/') {
        yaml_diag(r->y, n, GLOSS_DIAG_ERROR, "'%s' must name a file, not a folder", key);
        return NULL;
    }
    return config_plain_path(r, n->text);
}

static void read_path(struct config_reading *r, const struct config_field *f,
                      const struct yaml_node *n, void *to)
{
    const char *path = file_path(r, n, f->key);

    if (path)
        memcpy(to, &path, sizeof(path));
}

static void read_folder(struct config_reading *r, const struct config_field *f,
                        const struct yaml_node *n, void *to)
{
    const char *path = NULL;

    if (is_text(r, n, f->key) && config_is_path(r, n, f->key))
        path = config_plain_path(r, n->text);
    if (path)
        memcpy(to, &path, sizeof(path));
}

static void read_glob(struct config_reading *r, const struct config_field *f,
                      const struct yaml_node *n, void *to)
{
    const char *path = file_path(r, n, f->key);

    if (path && config_is_pattern(r, n, f->key))
        memcpy(to, &path, sizeof(path));
}

static void read_encoding(struct config_reading *r, const struct config_field *f,
                          const struct yaml_node *n, void *to)
{
    CLEANUP(gloss_decoder_freep) struct gloss_decoder *decoder = NULL;
    const char *name;
    int result;

    if (!is_text(r, n, f->key) || gloss_span_equal(n->text, gloss_span_str("auto")))
        return;
    name = take_copy(r, n->text);
    if (!name)
        return;
    result = gloss_decoder_new(&decoder, name);
    if (result == -ENOMEM)
        r->no_memory = true;
    else if (result < 0)
        yaml_diag(r->y, n, GLOSS_DIAG_ERROR,
                  "unknown encoding '%.*s'; 'iconv -l' lists the encodings", shown(n), n->text.ptr);
    else
        memcpy(to, &name, sizeof(name));
}

static void read_zone(struct config_reading *r, const struct config_field *f,
                      const struct yaml_node *n, void *to)
{
    const char *name = is_text(r, n, f->key) ? take_copy(r, n->text) : NULL;

    if (!name)
        return;
    if (!zone_exists(name))
        yaml_diag(r->y, n, GLOSS_DIAG_ERROR,
                  "unknown time zone '%.*s'; 'timedatectl list-timezones' lists the zones",
                  shown(n), n->text.ptr);
    else
        memcpy(to, &name, sizeof(name));
}

/* ---- lists of text ---- */

static const char *plain_item(struct config_reading *r, const struct yaml_node *n, const char *key)
{
    return is_text(r, n, key) ? take_copy(r, n->text) : NULL;
}

static const char *exclude_item(struct config_reading *r, const struct yaml_node *n,
                                const char *key)
{
    if (!is_text(r, n, key))
        return NULL;
    if (memchr(n->text.ptr, '/', n->text.len) && n->text.ptr[0] != '/' &&
        (n->text.len < 3 || memcmp(n->text.ptr, "**/", 3) != 0)) {
        yaml_diag(r->y, n, GLOSS_DIAG_ERROR,
                  "'%.*s' has a '/', so it is compared with whole paths, which begin with '/'; "
                  "write '**/%.*s'",
                  shown(n), n->text.ptr, shown(n), n->text.ptr);
        return NULL;
    }
    return config_is_pattern(r, n, key) ? take_copy(r, n->text) : NULL;
}

static const char *form_item(struct config_reading *r, const struct yaml_node *n, const char *key)
{
    const char *form = is_text(r, n, key) ? take_copy(r, n->text) : NULL;
    const char *problem = form ? gloss_times_format_problem(form) : NULL;

    if (problem)
        yaml_diag(r->y, n, GLOSS_DIAG_ERROR, "'%.*s' %s", shown(n), n->text.ptr, problem);
    return problem ? NULL : form;
}

static const char *unit_item(struct config_reading *r, const struct yaml_node *n, const char *key)
{
    return is_text(r, n, key) && config_is_unit(r, n) ? take_copy(r, n->text) : NULL;
}

static const char *match_item(struct config_reading *r, const struct yaml_node *n, const char *key)
{
    return is_text(r, n, key) && config_is_match(r, n) ? take_copy(r, n->text) : NULL;
}

static const char *catalog_item(struct config_reading *r, const struct yaml_node *n,
                                const char *key)
{
    const size_t ending = strlen(ENDING);
    struct gloss_span s = n->text;

    if (!is_text(r, n, key))
        return NULL;
    if (!memchr(s.ptr, '/', s.len) &&
        (s.len <= ending || memcmp(s.ptr + s.len - ending, ENDING, ending) != 0))
        return take_copy(r, s);
    return config_is_path(r, n, key) ? config_plain_path(r, s) : NULL;
}

static void read_list(struct config_reading *r, const struct config_field *f,
                      const struct yaml_node *n, struct config_texts *to,
                      const char *(*item)(struct config_reading *r, const struct yaml_node *n,
                                          const char *key))
{
    const struct yaml_node **nodes;
    const char **items;
    size_t count = 0;

    if (!is_list(r, n, f->key))
        return;
    for (const struct yaml_node *i = n->first; i; i = i->next)
        count++;
    items = take_memory(r, count + 1, sizeof(*items));
    nodes = take_memory(r, count + 1, sizeof(*nodes));
    if (!items || !nodes)
        return;
    count = 0;
    for (const struct yaml_node *i = n->first; i; i = i->next) {
        items[count] = item(r, i, f->key);
        nodes[count] = i;
        count += items[count] != NULL;
    }
    *to = (struct config_texts){.items = items, .nodes = nodes, .n = count};
}

static void read_texts(struct config_reading *r, const struct config_field *f,
                       const struct yaml_node *n, void *to)
{
    read_list(r, f, n, to, plain_item);
}

static void read_excludes(struct config_reading *r, const struct config_field *f,
                          const struct yaml_node *n, void *to)
{
    read_list(r, f, n, to, exclude_item);
}

static void read_forms(struct config_reading *r, const struct config_field *f,
                       const struct yaml_node *n, void *to)
{
    read_list(r, f, n, to, form_item);
}

static void read_units(struct config_reading *r, const struct config_field *f,
                       const struct yaml_node *n, void *to)
{
    read_list(r, f, n, to, unit_item);
}

static void read_matches(struct config_reading *r, const struct config_field *f,
                         const struct yaml_node *n, void *to)
{
    read_list(r, f, n, to, match_item);
}

static void read_catalogs(struct config_reading *r, const struct config_field *f,
                          const struct yaml_node *n, void *to)
{
    read_list(r, f, n, to, catalog_item);
}

/* ---- words and numbers ---- */

static void unknown_word(const struct config_reading *r, const struct config_field *f,
                         const struct yaml_node *n)
{
    const char *words[CONFIG_KEYS_MAX], *guess;
    char list[256] = "";
    size_t count = 0, used = 0;

    for (; f->words[count].word; count++) {
        const char *between = count == 0 ? "" : f->words[count + 1].word ? ", " : " and ";

        words[count] = f->words[count].word;
        used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%s", between, words[count]);
    }
    guess = name_guess(words, count, n->text);
    if (guess)
        yaml_diag(r->y, n, GLOSS_DIAG_ERROR, "'%s' cannot be '%.*s', did you mean '%s'?", f->key,
                  shown(n), n->text.ptr, guess);
    else
        yaml_diag(r->y, n, GLOSS_DIAG_ERROR, "'%s' cannot be '%.*s'; the words are %s", f->key,
                  shown(n), n->text.ptr, list);
}

static void read_word(struct config_reading *r, const struct config_field *f,
                      const struct yaml_node *n, void *to)
{
    if (!is_text(r, n, f->key))
        return;
    for (const struct config_word *w = f->words; w->word; w++)
        if (gloss_span_equal(n->text, gloss_span_str(w->word))) {
            memcpy(to, &w->value, sizeof(w->value));
            return;
        }
    unknown_word(r, f, n);
}

static void read_bool(struct config_reading *r, const struct config_field *f,
                      const struct yaml_node *n, void *to)
{
    bool yes;

    if (!is_text(r, n, f->key))
        return;
    yes = gloss_span_equal(n->text, gloss_span_str("true"));
    if (!yes && !gloss_span_equal(n->text, gloss_span_str("false")))
        yaml_diag(r->y, n, GLOSS_DIAG_ERROR, "'%s' must be true or false, not '%.*s'", f->key,
                  shown(n), n->text.ptr);
    else
        memcpy(to, &yes, sizeof(yes));
}

/* What messages call one kind of number, and how it is read and written. */
struct unit_words {
    const char *what, *units, *example;
    int (*read)(struct gloss_span text, uint64_t *ret, size_t *reterr_at);
    const char *(*text)(uint64_t value, char text[UNITS_TEXT_MAX]);
};

static const struct unit_words duration_words = {"a duration such as 500ms, 5s, 2m, 2h or 7d",
                                                 "ms, s, m, h and d", "5s", units_duration,
                                                 units_duration_text};
static const struct unit_words size_words = {
    "a size such as 64KiB, 1MiB, 1GiB or a number of bytes", "KiB, MiB and GiB", "1MiB", units_size,
    units_size_text};

static const struct unit_words number_words = {"a number", NULL, NULL, units_number,
                                               units_number_text};

static void out_of_range(const struct config_reading *r, const struct config_field *f,
                         const struct yaml_node *n, const struct unit_words *words)
{
    char min[UNITS_TEXT_MAX], max[UNITS_TEXT_MAX];

    yaml_diag(r->y, n, GLOSS_DIAG_ERROR, "'%s' must be from %s to %s, not %.*s", f->key,
              words->text(f->min, min), words->text(f->max, max), shown(n), n->text.ptr);
}

static void read_number(struct config_reading *r, const struct config_field *f,
                        const struct yaml_node *n, const struct unit_words *words, void *to)
{
    uint64_t value = 0;
    size_t at = 0;
    int result;

    if (!is_text(r, n, f->key))
        return;
    result = words->read(n->text, &value, &at);
    if (result == UNITS_E_NO_NUMBER)
        yaml_diag(r->y, n, GLOSS_DIAG_ERROR, "'%s' must be %s, not '%.*s'", f->key, words->what,
                  shown(n), n->text.ptr);
    else if (result == UNITS_E_NO_UNIT)
        yaml_diag(r->y, n, GLOSS_DIAG_ERROR, "'%s' needs a unit, as in %s; the units are %s",
                  f->key, words->example, words->units);
    else if (result == UNITS_E_UNIT)
        yaml_diag_at(r->y, n, at, GLOSS_DIAG_ERROR,
                     "'%s' has the unknown unit '%.*s'; the units are %s", f->key,
                     (int)MIN(n->text.len - at, (size_t)CONFIG_SHOWN_MAX), n->text.ptr + at,
                     words->units);
    else if (result != 0 || value < f->min || value > f->max)
        out_of_range(r, f, n, words);
    else
        memcpy(to, &value, sizeof(value));
}

static void read_duration(struct config_reading *r, const struct config_field *f,
                          const struct yaml_node *n, void *to)
{
    read_number(r, f, n, &duration_words, to);
}

static void read_size(struct config_reading *r, const struct config_field *f,
                      const struct yaml_node *n, void *to)
{
    read_number(r, f, n, &size_words, to);
}

static void read_count(struct config_reading *r, const struct config_field *f,
                       const struct yaml_node *n, void *to)
{
    read_number(r, f, n, &number_words, to);
}

static void read_mode(struct config_reading *r, const struct config_field *f,
                      const struct yaml_node *n, void *to)
{
    mode_t mode;

    if (!is_text(r, n, f->key))
        return;
    if (units_mode(n->text, &mode) != 0)
        yaml_diag(r->y, n, GLOSS_DIAG_ERROR,
                  "'%s' must be permissions in octal such as 0640, at most 0777, not '%.*s'",
                  f->key, shown(n), n->text.ptr);
    else if ((mode & 0600) != 0600)
        yaml_diag(r->y, n, GLOSS_DIAG_ERROR,
                  "'%s' must let the owner read and write, as 0640 does: the file is opened again "
                  "at each start",
                  f->key);
    else
        memcpy(to, &mode, sizeof(mode));
}

/* ---- links ---- */

/* Finds the user of that name or number. Returns false after it has said that there is none. */
static bool read_user(struct config_reading *r, const struct yaml_node *n, const char *key,
                      uid_t *ret_user)
{
    const char *name = is_text(r, n, key) ? take_copy(r, n->text) : NULL;
    const struct passwd *user = name ? getpwnam(name) : NULL;
    char *end = NULL;
    unsigned long number = name ? strtoul(name, &end, 10) : 0;

    if (!name)
        return false;
    if (user) {
        *ret_user = user->pw_uid;
        return true;
    }
    if (name[0] >= '0' && name[0] <= '9' && *end == '\0' && number < UINT32_MAX) {
        *ret_user = (uid_t)number;
        return true;
    }
    yaml_diag(r->y, n, GLOSS_DIAG_ERROR,
              "'%s' names the user '%.*s', and there is none of that name here; name another, or a "
              "number",
              key, shown(n), n->text.ptr);
    return false;
}

static void read_link_users(struct config_reading *r, const struct config_field *f,
                            const struct yaml_node *n, struct link_policy *to)
{
    uid_t *users;
    size_t count = 0;

    if (!is_list(r, n, f->key))
        return;
    for (const struct yaml_node *i = n->first; i; i = i->next)
        count++;
    users = take_memory(r, count + 1, sizeof(*users));
    if (!users)
        return;
    count = 0;
    for (const struct yaml_node *i = n->first; i; i = i->next)
        count += read_user(r, i, f->key, &users[count]);
    *to = (struct link_policy){.mode = LINKS_OWNER, .users = users, .n_users = count};
}

static void read_links(struct config_reading *r, const struct config_field *f,
                       const struct yaml_node *n, void *to)
{
    static const struct config_word words[] = {
        {"owner", LINKS_OWNER}, {"all", LINKS_ALL}, {"none", LINKS_NONE}, {0}};
    struct config_field word = *f;
    struct link_policy policy = {.mode = LINKS_OWNER};
    int mode = LINKS_OWNER;

    word.words = words;
    if (n->kind == YAML_SEQUENCE) {
        read_link_users(r, f, n, &policy);
    } else {
        read_word(r, &word, n, &mode);
        policy.mode = (enum link_mode)mode;
    }
    memcpy(to, &policy, sizeof(policy));
}

/* ---- addresses ---- */

static void read_address(struct config_reading *r, const struct config_field *f,
                         const struct yaml_node *n, void *to)
{
    (void)to;
    if (is_text(r, n, f->key) && !config_is_address(n->text))
        yaml_diag(r->y, n, GLOSS_DIAG_ERROR,
                  "'%s' must be an address and a port such as 127.0.0.1:9469 or [::1]:9469, not "
                  "'%.*s'",
                  f->key, shown(n), n->text.ptr);
}

/* ---- mappings ---- */

static bool is_mapping(const struct config_reading *r, const struct yaml_node *n, const char *key)
{
    if (n->kind == YAML_BAD || n->kind == YAML_MAPPING)
        return n->kind == YAML_MAPPING;
    yaml_diag(r->y, n, GLOSS_DIAG_ERROR, "'%s' must be a mapping, not %s", key,
              yaml_is_null(n) ? "empty" : yaml_kind_name(n));
    return false;
}

static void read_mapping(struct config_reading *r, const struct config_field *f,
                         const struct yaml_node *n, void *to)
{
    if (is_mapping(r, n, f->key))
        config_table_read(r, f->table, n, to);
}

void *config_table_new(struct config_reading *r, const struct config_table *table)
{
    void *target = take_memory(r, 1, table->size);

    if (target && table->defaults)
        memcpy(target, table->defaults, table->size);
    else if (target)
        memset(target, 0, table->size);
    return target;
}

/* Adds the keys that are not there yet: several kinds may have one of the same name. */
static size_t add_keys(const struct config_table *table, const char *keys[CONFIG_KEYS_MAX],
                       size_t n)
{
    for (size_t i = 0; i < table->n_fields && n < CONFIG_KEYS_MAX; i++) {
        size_t k = 0;

        while (k < n && !STREQ(keys[k], table->fields[i].key))
            k++;
        if (k == n)
            keys[n++] = table->fields[i].key;
    }
    return n;
}

/* Reports unknown keys of an item. The keys of all kinds are allowed here; config_parse() reports
 * those that do not fit the kind of the item. */
static void check_item_keys(const struct config_reading *r, const struct config_table *table,
                            const struct config_kind *const *kinds, size_t n_kinds,
                            const struct yaml_node *item)
{
    const char *keys[CONFIG_KEYS_MAX];
    size_t n = add_keys(table, keys, 0);

    for (size_t i = 0; i < n_kinds; i++)
        n = add_keys(&kinds[i]->table, keys, n);
    yaml_check_keys(r->y, item, keys, n);
}

static void read_items(struct config_reading *r, const struct config_field *f,
                       const struct yaml_node *n, const struct config_kind *const *kinds,
                       size_t n_kinds, void *to)
{
    const struct yaml_node **nodes;
    size_t count = 0;
    char *items;

    if (!is_list(r, n, f->key))
        return;
    for (const struct yaml_node *i = n->first; i; i = i->next)
        count++;
    items = take_memory(r, count + 1, f->table->size);
    nodes = take_memory(r, count + 1, sizeof(*nodes));
    if (!items || !nodes)
        return;
    count = 0;
    for (const struct yaml_node *i = n->first; i; i = i->next) {
        if (!is_mapping(r, i, f->key))
            continue;
        memcpy(items + count * f->table->size, f->table->defaults, f->table->size);
        check_item_keys(r, f->table, kinds, n_kinds, i);
        config_table_fill(r, f->table, i, items + count * f->table->size);
        nodes[count++] = i;
    }
    *(struct config_items *)to = (struct config_items){.items = items, .nodes = nodes, .n = count};
}

static void read_sources(struct config_reading *r, const struct config_field *f,
                         const struct yaml_node *n, void *to)
{
    read_items(r, f, n, r->kinds->sources, r->kinds->n_sources, to);
}

static void read_sinks(struct config_reading *r, const struct config_field *f,
                       const struct yaml_node *n, void *to)
{
    read_items(r, f, n, r->kinds->sinks, r->kinds->n_sinks, to);
}

typedef void config_reader(struct config_reading *r, const struct config_field *f,
                           const struct yaml_node *n, void *to);

static config_reader *const readers[] = {
    [CONFIG_TEXT] = read_text,         [CONFIG_PATH] = read_path,
    [CONFIG_GLOB] = read_glob,         [CONFIG_ENCODING] = read_encoding,
    [CONFIG_ZONE] = read_zone,         [CONFIG_FORMS] = read_forms,
    [CONFIG_TEXTS] = read_texts,       [CONFIG_EXCLUDES] = read_excludes,
    [CONFIG_FOLDER] = read_folder,     [CONFIG_UNITS] = read_units,
    [CONFIG_MATCHES] = read_matches,   [CONFIG_CATALOGS] = read_catalogs,
    [CONFIG_WORD] = read_word,         [CONFIG_BOOL] = read_bool,
    [CONFIG_DURATION] = read_duration, [CONFIG_SIZE] = read_size,
    [CONFIG_NUMBER] = read_count,      [CONFIG_MODE] = read_mode,
    [CONFIG_LINKS] = read_links,       [CONFIG_ADDRESS] = read_address,
    [CONFIG_MAPPING] = read_mapping,   [CONFIG_SOURCES] = read_sources,
    [CONFIG_SINKS] = read_sinks,
};

void config_table_fill(struct config_reading *r, const struct config_table *table,
                       const struct yaml_node *mapping, void *target)
{
    for (size_t i = 0; i < table->n_fields; i++) {
        const struct config_field *f = &table->fields[i];
        const struct yaml_node *n = yaml_get(mapping, f->key);

        if (n)
            readers[f->type](r, f, n, (char *)target + f->offset);
    }
}

void config_table_read(struct config_reading *r, const struct config_table *table,
                       const struct yaml_node *mapping, void *target)
{
    const char *keys[CONFIG_KEYS_MAX];

    yaml_check_keys(r->y, mapping, keys, add_keys(table, keys, 0));
    config_table_fill(r, table, mapping, target);
}

const struct yaml_node *config_key(const struct yaml_node *mapping, const char *key)
{
    for (const struct yaml_node *k = mapping->first; k; k = k->next)
        if (k->kind == YAML_SCALAR && gloss_span_equal(k->text, gloss_span_str(key)))
            return k;
    return NULL;
}
