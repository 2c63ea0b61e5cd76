/* A location with a '/' in it, or ".yaml" at its end, is a path. Any other location is the name of
 * a shipped catalog, or a path where no shipped catalog has that name.
 *
 * A file that cannot be read becomes a diagnosis like a mistake in its text, so that one run shows
 * the mistakes of all files. */

#include "app/common/catalog_loader.h"

#include "app/common/exit_status.h"
#include "app/common/message.h"
#include "app/common/read_file.h"
#include "core/base/util.h"
#include "core/catalog/catalog_set.h"
#include "core/catalog/yaml_limits.h"

#include <dirent.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define ENDING ".yaml"

__attribute__((format(printf, 3, 4))) static void
add_error(struct gloss_diags *diags, const char *file, const char *format, ...)
{
    char text[1024];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    gloss_diags_add(diags, GLOSS_DIAG_ERROR, file, 0, 0, gloss_span(NULL, 0), "%s", text);
}

static bool has_ending(const char *name)
{
    size_t n = strlen(name);

    return n > strlen(ENDING) && STREQ(name + n - strlen(ENDING), ENDING);
}

/* ---- files ---- */

/* Makes a diagnosis of an errno. Returns 0; -ENOMEM is returned, and no diagnosis. */
static int add_errno(struct gloss_diags *diags, const char *file, int error)
{
    switch (error) {
    case -ENOMEM:
        return -ENOMEM;
    case -EACCES:
        add_error(diags, file,
                  "permission denied; the account that runs glossd must be allowed to read it");
        break;
    case -EISDIR:
        add_error(diags, file, "is a folder, not a catalog");
        break;
    case -ENXIO:
        add_error(diags, file,
                  "is a FIFO, a socket or a device, not a file; remove it, or name a file");
        break;
    case -EFBIG:
        add_error(diags, file, "too large to be a catalog: more than %zu MiB", YAML_SIZE_MAX >> 20);
        break;
    default:
        add_error(diags, file, "cannot be read: %s", strerror(-error));
        break;
    }
    return 0;
}

static int read_catalog(struct gloss_catalogs *set, const char *path, struct gloss_diags *diags)
{
    CLEANUP(gloss_buf_deinit) struct gloss_buf text = {0};
    int r = read_file(path, YAML_SIZE_MAX, &text);

    if (r < 0)
        return add_errno(diags, path, r);
    r = gloss_catalogs_read(set, path, gloss_buf_view(&text), diags);
    return r < 0 ? r : 0;
}

/* ---- folders ---- */

static int is_catalog_file(const struct dirent *entry)
{
    return entry->d_name[0] != '.' && has_ending(entry->d_name);
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

/* Calls fn for each *.yaml of a folder, in the order of their names. Returns the number of these
 * files, or a negative errno of the folder or of fn. */
static int each_file(const char *folder, int (*fn)(void *ctx, const char *path), void *ctx)
{
    struct dirent **entries = NULL;
    int n = scandir(folder, &entries, is_catalog_file, by_bytes);
    int r = n < 0 ? -errno : n;

    for (int i = 0; i < n; i++) {
        CLEANUP(freep) char *path = NULL;

        if (r >= 0 && asprintf(&path, "%s/%s", folder, entries[i]->d_name) < 0)
            r = -ENOMEM;
        if (r >= 0) {
            int called = fn(ctx, path);

            r = called < 0 ? called : r;
        }
        free(entries[i]);
    }
    free(entries);
    return r;
}

/* Where the catalogs of a folder go. */
struct target {
    struct gloss_catalogs *set;
    struct gloss_diags *diags;
};

static int read_into(void *ctx, const char *path)
{
    struct target *t = ctx;

    return read_catalog(t->set, path, t->diags);
}

static int read_folder(struct gloss_catalogs *set, const char *folder, struct gloss_diags *diags)
{
    struct target t = {.set = set, .diags = diags};
    size_t length = strlen(folder);
    CLEANUP(freep) char *bare = NULL;
    int r;

    while (length > 1 && folder[length - 1] == '/')
        length--;
    bare = strndup(folder, length);
    if (!bare)
        return -ENOMEM;
    r = each_file(STREQ(bare, "/") ? "" : bare, read_into, &t);
    if (r == 0)
        add_error(diags, folder, "the folder holds no catalog: there is no *.yaml file in it");
    return r < 0 ? add_errno(diags, folder, r) : 0;
}

/* ---- shipped catalogs ---- */

static int shipped_path(const char *name, char **ret_path)
{
    return asprintf(ret_path, "%s/%s%s", GLOSSD_CATALOGS_DIR, name, ENDING) < 0 ? -ENOMEM : 0;
}

/* The caller of catalog_loader_each_shipped(). */
struct shipped {
    int (*fn)(void *ctx, const char *name);
    void *ctx;
    int result;
};

static int call_with_name(void *ctx, const char *path)
{
    struct shipped *s = ctx;
    CLEANUP(freep) char *name = strdup(strrchr(path, '/') + 1);

    if (!name)
        return -ENOMEM;
    name[strlen(name) - strlen(ENDING)] = '\0';
    if (s->result == 0 && !STREQ(name, gloss_builtin_name()))
        s->result = s->fn(s->ctx, name);
    return 0;
}

int catalog_loader_each_shipped(int (*fn)(void *ctx, const char *name), void *ctx)
{
    struct shipped s = {.fn = fn, .ctx = ctx, .result = fn(ctx, gloss_builtin_name())};
    int r = 0;

    if (s.result == 0)
        r = each_file(GLOSSD_CATALOGS_DIR, call_with_name, &s);
    return r == -ENOMEM ? r : s.result;
}

static int add_name(void *ctx, const char *name)
{
    struct gloss_buf *names = ctx;

    if (names->len > 0)
        gloss_buf_str(names, ", ");
    gloss_buf_str(names, name);
    return 0;
}

static int add_missing(const char *location, struct gloss_diags *diags)
{
    CLEANUP(gloss_buf_deinit) struct gloss_buf names = {0};
    int r = catalog_loader_each_shipped(add_name, &names);

    if (r < 0 || names.failed)
        return -ENOMEM;
    if (strchr(location, '/') || has_ending(location))
        add_error(diags, location, "no such file or folder");
    else
        add_error(diags, location,
                  "no such file or folder, and no shipped catalog of that name; shipped are: %.*s",
                  (int)MIN(names.len, (size_t)500), names.ptr);
    return 0;
}

static int read_path(struct gloss_catalogs *set, const char *path, struct gloss_diags *diags)
{
    struct stat st;

    if (stat(path, &st) < 0)
        return errno == ENOENT || errno == ENOTDIR ? add_missing(path, diags)
                                                   : add_errno(diags, path, -errno);
    return S_ISDIR(st.st_mode) ? read_folder(set, path, diags) : read_catalog(set, path, diags);
}

bool catalog_loader_is_location(const char *word)
{
    CLEANUP(freep) char *path = NULL;

    if (strchr(word, '/') || has_ending(word) || STREQ(word, gloss_builtin_name()))
        return true;
    return access(word, F_OK) == 0 || (shipped_path(word, &path) == 0 && access(path, F_OK) == 0);
}

int catalog_loader_read(struct gloss_catalogs *set, const char *location, struct gloss_diags *diags)
{
    CLEANUP(freep) char *path = NULL;
    int r;

    if (strchr(location, '/') || has_ending(location))
        return read_path(set, location, diags);
    if (STREQ(location, gloss_builtin_name())) {
        r = catalogs_read_builtin(set, diags);
        return r < 0 ? r : 0;
    }
    if (shipped_path(location, &path) < 0)
        return -ENOMEM;
    return read_path(set, access(path, F_OK) == 0 ? path : location, diags);
}

/* ---- for subcommands ---- */

static int load_all(struct gloss_catalogs *set, const struct common_options *common,
                    struct gloss_diags *diags)
{
    int r = 0;

    if (common->n_catalogs == 0)
        return gloss_catalogs_read_builtin(set);
    for (size_t i = 0; r == 0 && i < common->n_catalogs; i++)
        r = catalog_loader_read(set, common->catalogs[i], diags);
    return r;
}

int catalog_loader_load(struct gloss_catalogs **ret_set, const struct common_options *common)
{
    CLEANUP(gloss_catalogs_freep) struct gloss_catalogs *set = NULL;
    CLEANUP(gloss_diags_deinit) struct gloss_diags diags = {0};

    if (gloss_catalogs_new(&set) < 0 || load_all(set, common, &diags) < 0)
        return message_no_memory();
    message_diags(&diags);
    if (diags.errors > 0)
        return EXIT_TROUBLE;
    *ret_set = TAKE_PTR(set);
    return EXIT_OK;
}
