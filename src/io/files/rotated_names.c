/* The names in a folder are kept, sorted, so that those of one path stand together. They are good
 * as long as the folder has the time that it had before they were read, provided that this time was
 * past by then: the kernel's clock moves in steps, and two changes within one step give the folder
 * one time. For a file that was not changed since they were read, nor moved to its path, they are
 * good whatever others did in the folder: else each of many new files would cost a look at all.
 *
 * Files are sorted by the time of their last write. Their names tell no order, for rotation numbers
 * them upwards or downwards, or by the date; nor does the time at which they were made, for a copy
 * is younger than the file that is cut off after it was made, and has the older text. */

#include "io/files/rotated_names.h"

#include "core/base/nanoseconds.h"
#include "core/base/sorted.h"
#include "core/base/util.h"
#include "io/files/folder.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/sysmacros.h>
#include <time.h>

static bool has_rotated_suffix(const char *name, const char *base, size_t len)
{
    return strncmp(name, base, len) == 0 && (name[len] == '.' || name[len] == '-') &&
           name[len + 1] != '\0';
}

bool rotated_names_named(const char *path, const char *of)
{
    return has_rotated_suffix(path, of, strlen(of)) && !strchr(path + strlen(of), '/');
}

static bool is_compressed(const char *name)
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

uint64_t rotated_names_birth_ns(int fd)
{
    struct statx sx;

    if (statx(fd, "", AT_EMPTY_PATH, STATX_BTIME, &sx) < 0 || !(sx.stx_mask & STATX_BTIME))
        return 0;
    return time_ns(sx.stx_btime);
}

static int add(struct rotated_names *names, int folder, size_t folder_len, const char *path,
               const char *name)
{
    struct statx sx;
    char *full;

    if (statx(folder, name, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS | STATX_BTIME, &sx) < 0)
        return errno == ENOENT ? 0 : -errno;
    if (!S_ISREG(sx.stx_mode))
        return 0;
    if (GROW(&names->items, &names->size, names->n + 1) < 0 ||
        asprintf(&full, "%.*s%s", (int)folder_len, path, name) < 0)
        return -ENOMEM;
    names->items[names->n++] = (struct rotated_name){
        .path = full,
        .dev = makedev(sx.stx_dev_major, sx.stx_dev_minor),
        .ino = sx.stx_ino,
        .born_ns = time_ns(sx.stx_mask & STATX_BTIME ? sx.stx_btime : sx.stx_mtime),
        .mtime_ns = time_ns(sx.stx_mtime),
        .is_compressed = is_compressed(name),
    };
    return 0;
}

static int compare(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static int by_last_write(const void *a, const void *b)
{
    const struct rotated_name *x = a, *y = b;

    if (x->mtime_ns != y->mtime_ns)
        return compare(x->mtime_ns, y->mtime_ns);
    return x->born_ns != y->born_ns ? compare(x->born_ns, y->born_ns) : compare(x->ino, y->ino);
}

/* ---- the folder ---- */

void rotated_names_folder_deinit(struct rotated_names_folder *f)
{
    for (size_t i = 0; i < f->n; i++)
        free(f->names[i]);
    free(f->names);
    free(f->path);
    *f = (struct rotated_names_folder){.work = f->work};
}

/* By the clock that the kernel takes the times of files from. */
static uint64_t file_clock_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME_COARSE, &now);
    return timespec_ns(now);
}

static bool is_current(const struct rotated_names_folder *f, const char *path,
                       struct file_stamp stamp, uint64_t changed_ns)
{
    return f->path && STREQ(f->path, path) &&
           (file_stamp_equal(f->stamp, stamp) || f->read_ns > changed_ns);
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static int read_names(struct rotated_names_folder *f, DIR *dir)
{
    const struct dirent *entry;

    for (;;) {
        errno = 0;
        entry = readdir(dir);
        if (!entry)
            return -errno;
        if (GROW(&f->names, &f->size, f->n + 1) < 0)
            return -ENOMEM;
        f->names[f->n] = strdup(entry->d_name);
        if (!f->names[f->n])
            return -ENOMEM;
        f->n++;
        f->work++;
    }
}

/* Lets f have the names of the open folder. Returns 0 or a negative errno: then it is of no folder.
 */
static int look_into(struct rotated_names_folder *f, const char *path, DIR *dir,
                     uint64_t changed_ns)
{
    struct file_stamp stamp;
    struct stat st;
    uint64_t now_ns;
    int r;

    if (fstat(dirfd(dir), &st) < 0)
        return -errno;
    stamp = file_stamp_of(&st);
    if (is_current(f, path, stamp, changed_ns))
        return 0;
    rotated_names_folder_deinit(f);
    now_ns = file_clock_ns();
    r = read_names(f, dir);
    f->path = strdup(path);
    if (r < 0 || !f->path) {
        rotated_names_folder_deinit(f);
        return r < 0 ? r : -ENOMEM;
    }
    f->stamp = stamp;
    f->read_ns = now_ns;
    if (stamp.time_ns >= now_ns)
        f->stamp.time_ns = 0;
    if (f->n > 0)
        qsort(f->names, f->n, sizeof(*f->names), by_bytes);
    return 0;
}

static const char *name_at(const void *items, size_t i)
{
    return ((char *const *)items)[i];
}

/* ---- the names of one path ---- */

static int add_all(struct rotated_names *names, struct rotated_names_folder *f, int folder,
                   const char *path, size_t folder_len)
{
    const char *base = path + folder_len;
    size_t len = strlen(base);
    bool found;
    int r = 0;

    for (size_t i = sorted_place(f->names, f->n, name_at, base, &found); r == 0 && i < f->n; i++) {
        if (strncmp(f->names[i], base, len) != 0)
            break;
        f->work++;
        if (has_rotated_suffix(f->names[i], base, len))
            r = add(names, folder, folder_len, path, f->names[i]);
    }
    return r;
}

int rotated_names_list_since(struct rotated_names *ret_names, struct rotated_names_folder *folder,
                             const char *path, uint64_t changed_ns)
{
    const char *slash = strrchr(path, '/');
    size_t folder_len = slash ? (size_t)(slash - path) + 1 : 0;
    CLEANUP(rotated_names_deinit) struct rotated_names names = {0};
    CLEANUP(rotated_names_folder_deinit) struct rotated_names_folder own = {0};
    CLEANUP(closedirp) DIR *dir = NULL;
    char name[PATH_MAX];
    int r;

    if (folder_len >= sizeof(name))
        return -ENAMETOOLONG;
    memcpy(name, path, folder_len);
    memcpy(name + folder_len, folder_len > 0 ? "" : ".", folder_len > 0 ? 1 : 2);
    dir = opendir(name);
    *ret_names = names;
    if (!dir)
        return errno == ENOENT || errno == ENOTDIR ? 0 : -errno;
    folder = folder ? folder : &own;
    r = look_into(folder, name, dir, changed_ns);
    if (r == 0)
        r = add_all(&names, folder, dirfd(dir), path, folder_len);
    if (r < 0)
        return r;
    if (names.n > 0)
        qsort(names.items, names.n, sizeof(*names.items), by_last_write);
    *ret_names = names;
    names = (struct rotated_names){0};
    return 0;
}

int rotated_names_list(struct rotated_names *ret_names, struct rotated_names_folder *folder,
                       const char *path)
{
    return rotated_names_list_since(ret_names, folder, path, /* changed_ns= */ UINT64_MAX);
}

void rotated_names_deinit(struct rotated_names *names)
{
    for (size_t i = 0; i < names->n; i++)
        free(names->items[i].path);
    free(names->items);
    *names = (struct rotated_names){0};
}
