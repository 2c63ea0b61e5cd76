/* The order of generations is the order in which they were written last, not of their names:
 * schemes of names count up, count down, or tell the date. Nor of their births: a copy is younger
 * than the file that was cut off after it was made, and its text is older. */

#include "io/siblings.h"

#include "core/util.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#define SECOND_NS UINT64_C(1000000000)

static bool has_suffix_of_sibling(const char *name, const char *base, size_t len)
{
    return strncmp(name, base, len) == 0 && (name[len] == '.' || name[len] == '-') &&
           name[len + 1] != '\0';
}

bool siblings_named(const char *path, const char *of)
{
    return has_suffix_of_sibling(path, of, strlen(of)) && !strchr(path + strlen(of), '/');
}

static bool is_packed(const char *name)
{
    static const char *const ends[] = {".gz", ".xz", ".zst", ".bz2", ".lz4", ".Z", ".zip"};
    size_t len = strlen(name);

    for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
        if (len > strlen(ends[i]) && STREQ(name + len - strlen(ends[i]), ends[i]))
            return true;
    return false;
}

static uint64_t time_ns(struct statx_timestamp t)
{
    return (uint64_t)t.tv_sec * SECOND_NS + t.tv_nsec;
}

uint64_t siblings_birth_ns(int fd)
{
    struct statx sx;

    if (statx(fd, "", AT_EMPTY_PATH, STATX_BTIME, &sx) < 0 || !(sx.stx_mask & STATX_BTIME))
        return 0;
    return time_ns(sx.stx_btime);
}

static int add(struct siblings *s, int folder, size_t folder_len, const char *path,
               const char *name)
{
    struct statx sx;
    char *full;

    if (statx(folder, name, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS | STATX_BTIME, &sx) < 0)
        return errno == ENOENT ? 0 : -errno;
    if (!S_ISREG(sx.stx_mode))
        return 0;
    if (GROW(&s->items, &s->size, s->n + 1) < 0 ||
        asprintf(&full, "%.*s%s", (int)folder_len, path, name) < 0)
        return -ENOMEM;
    s->items[s->n++] = (struct sibling){
        .path = full,
        .dev = makedev(sx.stx_dev_major, sx.stx_dev_minor),
        .ino = sx.stx_ino,
        .born_ns = time_ns(sx.stx_mask & STATX_BTIME ? sx.stx_btime : sx.stx_mtime),
        .mtime_ns = time_ns(sx.stx_mtime),
        .size = sx.stx_size,
        .packed = is_packed(name),
    };
    return 0;
}

static int compare(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static int by_last_write(const void *a, const void *b)
{
    const struct sibling *x = a, *y = b;

    if (x->mtime_ns != y->mtime_ns)
        return compare(x->mtime_ns, y->mtime_ns);
    return x->born_ns != y->born_ns ? compare(x->born_ns, y->born_ns) : compare(x->ino, y->ino);
}

static int read_folder(struct siblings *s, DIR *dir, const char *path, size_t folder_len)
{
    const char *base = path + folder_len;
    size_t base_len = strlen(base);
    const struct dirent *entry;
    int r = 0;

    while (r == 0) {
        errno = 0;
        entry = readdir(dir);
        if (!entry)
            return -errno;
        if (has_suffix_of_sibling(entry->d_name, base, base_len))
            r = add(s, dirfd(dir), folder_len, path, entry->d_name);
    }
    return r;
}

int siblings_list(struct siblings *ret_siblings, const char *path)
{
    const char *slash = strrchr(path, '/');
    size_t folder_len = slash ? (size_t)(slash - path) + 1 : 0;
    CLEANUP(siblings_deinit) struct siblings s = {0};
    char folder[PATH_MAX];
    DIR *dir;
    int r;

    if (folder_len >= sizeof(folder))
        return -ENAMETOOLONG;
    memcpy(folder, path, folder_len);
    memcpy(folder + folder_len, folder_len > 0 ? "" : ".", folder_len > 0 ? 1 : 2);
    dir = opendir(folder);
    *ret_siblings = s;
    if (!dir)
        return errno == ENOENT || errno == ENOTDIR ? 0 : -errno;
    r = read_folder(&s, dir, path, folder_len);
    closedir(dir);
    if (r < 0)
        return r;
    if (s.n > 0)
        qsort(s.items, s.n, sizeof(*s.items), by_last_write);
    *ret_siblings = s;
    s = (struct siblings){0};
    return 0;
}

void siblings_deinit(struct siblings *s)
{
    for (size_t i = 0; i < s->n; i++)
        free(s->items[i].path);
    free(s->items);
    *s = (struct siblings){0};
}
