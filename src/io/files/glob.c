/* The file system is walked along the pattern, one part after the other:
 *
 *     /var/log/ ** / app-[0-9] / *.log
 *      plain parts: opened by name, which needs no right to list the folder
 *               "**": this folder, and each folder below that is no link
 *                    a pattern: each name in the folder that fnmatch(3) accepts
 *
 * Each folder is opened relative to the folder above, so a rename during the walk does not mix up
 * two folders. A name that does not exist is no match. Any other failure is told to the caller, as
 * a trouble: a follower that took "could not look" for "gone" would close files that are still
 * written.
 *
 * The caller should watch a folder whose names are held against a pattern, and a folder in which
 * the next plain part does not exist yet. The other folders on the way need no watch: a folder that
 * is replaced ends the watches below it, and the next walk finds the new folder. */

#include "io/files/glob.h"

#include "core/base/util.h"
#include "io/files/folder.h"

#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define ANY_DEPTH "**"

/* ---- parts of a pattern or a path ---- */

struct part {
    const char *ptr;
    size_t len;
};

/* The part at *at; *at moves behind it. At the end of the text the part has the length 0. */
static struct part next_part(const char **at)
{
    struct part p;

    *at += strspn(*at, "/");
    p.ptr = *at;
    p.len = strcspn(*at, "/");
    *at += p.len;
    return p;
}

static bool is_any_depth(struct part p)
{
    return p.len == strlen(ANY_DEPTH) && memcmp(p.ptr, ANY_DEPTH, p.len) == 0;
}

static bool part_is_plain(struct part p)
{
    for (size_t i = 0; i < p.len; i++)
        if (strchr("*?[\\", p.ptr[i]))
            return false;
    return true;
}

/* Copies a part and ends it with a NUL. False: the part is longer than a name can be. */
static bool part_copy(struct part p, char name[NAME_MAX * 4 + 1])
{
    if (p.len > NAME_MAX * 4)
        return false;
    memcpy(name, p.ptr, p.len);
    name[p.len] = '\0';
    return true;
}

static bool part_fits(struct part pattern, struct part name)
{
    char p[NAME_MAX * 4 + 1], n[NAME_MAX * 4 + 1];

    return part_copy(pattern, p) && part_copy(name, n) && fnmatch(p, n, FNM_PERIOD) == 0;
}

/* ---- matching by text ---- */

/* Where a part does not fit, the last "**" takes one name more, and matching goes on behind that.
 * An earlier "**" need not be tried again: each name that it could take more, the last one can
 * take. */
bool glob_match(const char *pattern, const char *path)
{
    const char *retry_pattern = NULL, *retry_path = NULL;

    for (;;) {
        const char *pattern_rest = pattern, *path_rest = path;
        struct part p = next_part(&pattern_rest), name = next_part(&path_rest);

        if (is_any_depth(p)) {
            const char *ahead = pattern_rest;

            pattern = next_part(&ahead).len > 0 ? pattern_rest : "*";
            retry_pattern = pattern;
            retry_path = path;
            continue;
        }
        if (p.len == 0 && name.len == 0)
            return true;
        if (p.len > 0 && name.len > 0 && part_fits(p, name)) {
            pattern = pattern_rest;
            path = path_rest;
            continue;
        }
        if (!retry_path)
            return false;
        name = next_part(&retry_path);
        if (name.len == 0 || name.ptr[0] == '.')
            return false;
        pattern = retry_pattern;
        path = retry_path;
    }
}

bool glob_excludes(const char *const *exclude, size_t n_exclude, const char *path)
{
    const char *slash = strrchr(path, '/'), *last = slash ? slash + 1 : path;

    for (size_t i = 0; i < n_exclude; i++) {
        if (strchr(exclude[i], '/') ? glob_match(exclude[i], path)
                                    : fnmatch(exclude[i], last, /* flags= */ 0) == 0)
            return true;
    }
    return false;
}

bool glob_is_pattern(const char *text)
{
    return strpbrk(text, "*?[\\") != NULL;
}

/* ---- results ---- */

static int add_copy(char ***list, size_t *n, size_t *size, const char *path)
{
    char *copy;

    if (GROW(list, size, *n + 1) < 0)
        return -ENOMEM;
    copy = strdup(path);
    if (!copy)
        return -ENOMEM;
    (*list)[(*n)++] = copy;
    return 0;
}

static int add_trouble(struct glob_found *found, const char *path, int error)
{
    char *copy;

    if (GROW(&found->troubles, &found->troubles_size, found->n_troubles + 1) < 0)
        return -ENOMEM;
    copy = strdup(path);
    if (!copy)
        return -ENOMEM;
    found->troubles[found->n_troubles++] = (struct glob_trouble){.path = copy, .error = error};
    return 0;
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static int by_path(const void *a, const void *b)
{
    const struct glob_trouble *x = a, *y = b;

    return strcmp(x->path, y->path);
}

static size_t sort_unique(char **list, size_t n)
{
    size_t kept = 0;

    if (n > 0)
        qsort(list, n, sizeof(*list), by_bytes);
    for (size_t i = 0; i < n; i++) {
        if (kept > 0 && STREQ(list[kept - 1], list[i]))
            free(list[i]);
        else
            list[kept++] = list[i];
    }
    return kept;
}

static size_t sort_unique_troubles(struct glob_trouble *list, size_t n)
{
    size_t kept = 0;

    if (n > 0)
        qsort(list, n, sizeof(*list), by_path);
    for (size_t i = 0; i < n; i++) {
        if (kept > 0 && STREQ(list[kept - 1].path, list[i].path))
            free(list[i].path);
        else
            list[kept++] = list[i];
    }
    return kept;
}

void glob_found_deinit(struct glob_found *found)
{
    for (size_t i = 0; i < found->n_files; i++)
        free(found->files[i]);
    for (size_t i = 0; i < found->n_folders; i++)
        free(found->folders[i]);
    for (size_t i = 0; i < found->n_skipped; i++)
        free(found->skipped[i]);
    for (size_t i = 0; i < found->n_troubles; i++)
        free(found->troubles[i].path);
    free(found->files);
    free(found->skipped);
    free(found->folders);
    free(found->troubles);
    *found = (struct glob_found){0};
}

/* ---- the walk ---- */

struct walk {
    struct glob_found found;
    const char *const *exclude;
    size_t n_exclude;
    const struct link_policy *links;
    bool any_depth;      /* the pattern has a "**" */
    char path[PATH_MAX]; /* of the current folder, without a '/' at its end */
    size_t length;       /* of path */
};

static int walk_folder(struct walk *w, int fd, const char *rest);

static const char *folder_path(const struct walk *w)
{
    return w->length > 0 ? w->path : "/";
}

/* Appends a name to the path. False: the path would be too long. */
static bool enter(struct walk *w, const char *name)
{
    int n = snprintf(w->path + w->length, sizeof(w->path) - w->length, "/%s", name);

    if (n < 0 || (size_t)n >= sizeof(w->path) - w->length) {
        w->path[w->length] = '\0';
        return false;
    }
    w->length += (size_t)n;
    return true;
}

static void leave(struct walk *w, size_t length)
{
    w->length = length;
    w->path[length] = '\0';
}

static bool is_absent(int error)
{
    return error == ENOENT || error == ENOTDIR;
}

static int add_folder(struct walk *w)
{
    return add_copy(&w->found.folders, &w->found.n_folders, &w->found.folders_size, folder_path(w));
}

static int add_skipped(struct walk *w)
{
    return add_copy(&w->found.skipped, &w->found.n_skipped, &w->found.skipped_size, w->path);
}

/* The name fits the last part of the pattern: adds it to the files, or to what is skipped. */
static int add_match(struct walk *w, int fd, const char *name, unsigned char type)
{
    size_t length = w->length;
    struct stat st = {.st_mode = (mode_t)DTTOIF(type)};
    int r = 0, error = 0;

    if (!enter(w, name))
        return add_trouble(&w->found, folder_path(w), ENAMETOOLONG);
    if ((type == DT_LNK || type == DT_UNKNOWN) && fstatat(fd, name, &st, 0) < 0)
        error = errno;
    if (error != 0 && !is_absent(error))
        r = add_trouble(&w->found, w->path, error);
    else if (glob_excludes(w->exclude, w->n_exclude, w->path))
        r = 0;
    else if (error != 0)
        r = type == DT_LNK ? add_skipped(w) : 0;
    else if (S_ISREG(st.st_mode))
        r = add_copy(&w->found.files, &w->found.n_files, &w->found.files_size, w->path);
    else if (!S_ISDIR(st.st_mode) || !w->any_depth)
        r = add_skipped(w);
    leave(w, length);
    return r;
}

/* Opens a folder by a link to it. Returns as link_resolver_find(). */
static int open_linked(const struct walk *w, int fd, const char *name, int *ret_folder)
{
    CLEANUP(link_target_close) struct link_target target = {.fd = -1, .folder = -1};
    struct link_refusal refusal;
    int r = link_resolver_find(fd, name, w->links, &target, &refusal);

    if (r != 0)
        return r;
    if (!S_ISDIR(target.st.st_mode))
        return -ENOTDIR;
    *ret_folder = TAKE_FD(target.fd);
    return 0;
}

/* Opens a folder in the folder fd, with O_PATH. Returns as link_resolver_find(). */
static int open_folder(const struct walk *w, int fd, const char *name, bool by_links,
                       int *ret_folder)
{
    int sub = openat(fd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

    if (sub < 0 && by_links && (errno == ENOTDIR || errno == ELOOP))
        return open_linked(w, fd, name, ret_folder);
    *ret_folder = sub;
    return sub < 0 ? -errno : 0;
}

/* The name fits a part before the last: goes on in it with the rest of the pattern, if it is a
 * folder.
 * @by_links  a link to a folder is one, too. */
static int walk_into(struct walk *w, int fd, const char *name, const char *rest, bool by_links)
{
    CLEANUP(closep) int sub = -1;
    size_t length = w->length;
    int r;

    if (!enter(w, name))
        return add_trouble(&w->found, folder_path(w), ENAMETOOLONG);
    r = open_folder(w, fd, name, by_links, &sub);
    if (r == 0)
        r = walk_folder(w, sub, rest);
    else if (r == LINK_RESOLVER_E_REFUSED)
        r = add_skipped(w);
    else
        r = is_absent(-r) ? 0 : add_trouble(&w->found, w->path, -r);
    leave(w, length);
    return r;
}

/* Opens a folder for reading that is open with O_PATH. NULL: errno is set. */
static DIR *open_names(int fd)
{
    int own = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), error;
    DIR *dir = own >= 0 ? fdopendir(own) : NULL;

    if (!dir && own >= 0) {
        error = errno;
        close(own);
        errno = error;
    }
    return dir;
}

/* Calls fn for each name of the folder but "." and "..", with the same rest of the pattern. */
static int each_name(struct walk *w, int fd, const char *rest,
                     int (*fn)(struct walk *w, int fd, const struct dirent *entry,
                               const char *rest))
{
    CLEANUP(closedirp) DIR *dir = open_names(fd);
    int error = dir ? 0 : errno, r = add_folder(w);
    const struct dirent *entry;

    if (!dir)
        return r == 0 && !is_absent(error) ? add_trouble(&w->found, folder_path(w), error) : r;
    while (r == 0) {
        errno = 0;
        entry = readdir(dir);
        if (!entry)
            return errno != 0 ? add_trouble(&w->found, folder_path(w), errno) : 0;
        if (!STREQ(entry->d_name, ".") && !STREQ(entry->d_name, ".."))
            r = fn(w, fd, entry, rest);
    }
    return r;
}

/* For a folder and a rest whose next part is a pattern. */
static int on_pattern(struct walk *w, int fd, const struct dirent *entry, const char *rest)
{
    struct part pattern = next_part(&rest);
    struct part name = {.ptr = entry->d_name, .len = strlen(entry->d_name)};
    const char *ahead = rest;

    if (!part_fits(pattern, name))
        return 0;
    if (next_part(&ahead).len == 0)
        return add_match(w, fd, entry->d_name, entry->d_type);
    if (entry->d_type == DT_REG)
        return 0;
    return walk_into(w, fd, entry->d_name, rest, /* by_links= */ true);
}

/* For a folder and a rest that starts with "**": the same rest is walked in each folder below. */
static int on_any_depth(struct walk *w, int fd, const struct dirent *entry, const char *rest)
{
    if (entry->d_name[0] == '.' || (entry->d_type != DT_DIR && entry->d_type != DT_UNKNOWN))
        return 0;
    return walk_into(w, fd, entry->d_name, rest, /* by_links= */ false);
}

static int walk_plain(struct walk *w, int fd, struct part part, const char *rest)
{
    char name[NAME_MAX * 4 + 1];
    const char *ahead = rest;
    bool last = next_part(&ahead).len == 0;
    int r;

    if (!part_copy(part, name))
        return 0;
    if (last || faccessat(fd, name, F_OK, 0) < 0) {
        r = add_folder(w);
        if (r < 0)
            return r;
    }
    return last ? add_match(w, fd, name, DT_UNKNOWN)
                : walk_into(w, fd, name, rest, /* by_links= */ true);
}

/* Walks the rest of the pattern in a folder.
 * @fd    of the folder w->path, opened with O_PATH.
 * @rest  has at least one part. */
static int walk_folder(struct walk *w, int fd, const char *rest)
{
    const char *ahead = rest, *behind;
    struct part part = next_part(&ahead);
    int r;

    if (!is_any_depth(part))
        return part_is_plain(part) ? walk_plain(w, fd, part, ahead)
                                   : each_name(w, fd, rest, on_pattern);
    behind = ahead;
    while (is_any_depth(next_part(&behind)))
        ahead = behind;
    behind = ahead;
    r = walk_folder(w, fd, next_part(&behind).len > 0 ? ahead : "*");
    return r < 0 ? r : each_name(w, fd, rest, on_any_depth);
}

int glob_expand(struct glob_found *ret_found, const char *pattern, const char *const *exclude,
                size_t n_exclude, const struct link_policy *links)
{
    struct walk w = {.exclude = exclude,
                     .links = links,
                     .n_exclude = n_exclude,
                     .any_depth = strstr(pattern, ANY_DEPTH) != NULL};
    CLEANUP(closep) int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    const char *ahead = pattern;
    int r = 0;

    if (root < 0)
        r = add_trouble(&w.found, "/", errno);
    else if (next_part(&ahead).len > 0)
        r = walk_folder(&w, root, pattern);
    if (r < 0) {
        glob_found_deinit(&w.found);
        return r;
    }
    w.found.n_files = sort_unique(w.found.files, w.found.n_files);
    w.found.n_skipped = sort_unique(w.found.skipped, w.found.n_skipped);
    w.found.n_folders = sort_unique(w.found.folders, w.found.n_folders);
    w.found.n_troubles = sort_unique_troubles(w.found.troubles, w.found.n_troubles);
    *ret_found = w.found;
    return 0;
}
