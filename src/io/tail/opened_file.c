#include "io/tail/opened_file.h"

#include "core/base/util.h"
#include "io/files/fingerprint.h"
#include "io/files/rotated_names.h"

#include <fcntl.h>

static int find_kind(struct opened_file *opened, const struct decompressed_file_limits *limits)
{
    int r = decompressed_file_new(&opened->decompressed, opened->fd, limits);

    if (r < 0)
        return r;
    opened->kind = r == 0                           ? KIND_COMPRESSED
                   : r == DECOMPRESSED_FILE_E_PLAIN ? KIND_PLAIN
                                                    : KIND_UNKNOWN;
    return 0;
}

static int open_fd(const char *path, int flags, uint64_t dev, uint64_t ino, struct stat *ret_stat)
{
    CLEANUP(closep) int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | flags);

    if (fd < 0 || fstat(fd, ret_stat) < 0)
        return -errno;
    if (!S_ISREG(ret_stat->st_mode) || ret_stat->st_dev != dev || ret_stat->st_ino != ino)
        return -ESTALE;
    return TAKE_FD(fd);
}

int opened_file_open(struct opened_file *opened, const char *path, int flags, uint64_t dev,
                     uint64_t ino, const struct decompressed_file_limits *limits)
{
    int r;

    *opened = (struct opened_file){.fd = -1};
    r = open_fd(path, flags, dev, ino, &opened->st);
    if (r < 0)
        return r;
    opened->fd = r;
    r = find_kind(opened, limits);
    if (r < 0)
        opened_file_close(opened);
    return r;
}

void opened_file_close(struct opened_file *opened)
{
    if (opened->fd >= 0)
        close(opened->fd);
    decompressed_file_free(opened->decompressed);
    *opened = (struct opened_file){.fd = -1};
}

int opened_file_refusal(const struct opened_file *opened, const char **ret_reason)
{
    ssize_t n = 0;
    char first;

    *ret_reason = NULL;
    if (!opened->decompressed)
        return 0;
    n = decompressed_file_read(opened->decompressed, &first, 1, /* offset= */ 0);
    *ret_reason = decompressed_file_refusal(opened->decompressed);
    return n == -ENOMEM ? -ENOMEM : 0;
}

bool opened_file_fits(const struct opened_file *opened, const struct file_position *position)
{
    if (opened->decompressed)
        return position->offset > 0 &&
               decompressed_file_starts_with(opened->decompressed, position->head_print);
    if (position->offset == 0 && rotated_names_birth_ns(opened->fd) > position->file_time_ns)
        return false; /* its inode is another file's now */
    return (uint64_t)opened->st.st_size >= position->offset &&
           fingerprint_fits(opened->fd, position) == 1;
}
