/* Files as a whole are made, locked, copied and renamed here, in an order that a crash cannot hurt.
 *
 * A state never stands half made under its name: it is made as PATH.new and renamed. So an empty
 * PATH is damage, not what a crash left of a first start. And a damaged state has its second name
 * before the new one takes the first: there is no instant at which a crash leaves nothing.
 *
 * A journal belongs to the database that it was written for. If it stayed when another database
 * takes that name, SQLite could play it into the wrong one; so the journal goes first.
 *
 * The lock is one of the open file (F_OFD_SETLK). A lock of the process would be gone as soon as
 * this process closed any other descriptor of the lock file. The kernel does not tell who has a
 * lock of an open file, so its holder writes its pid into the file. */

#include "io/state/store_files.h"

#include "core/base/nanoseconds.h"
#include "core/base/util.h"
#include "io/files/folder.h"
#include "io/files/write_all.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define FILE_MODE 0640
#define COPY_BYTES ((size_t)64 * 1024)
/* The bytes that SQLite's readers lock: a documented part of the file format (the lock-byte page).
 */
#define SHARED_LOCK_BEGIN (0x40000000L + 2)
#define SHARED_LOCK_BYTES 510L
#define LOCK_TRIES 200
#define LOCK_PAUSE_NS (10 * MS_NS)

static int take_fd(int *fd)
{
    int taken = *fd;

    *fd = -1;
    return taken;
}

char *store_files_resolve(const char *path)
{
    char *resolved = realpath(path, /* buffer= */ NULL);

    return resolved || errno == ENOMEM ? resolved : strdup(path);
}

char *store_files_name(const char *path, const char *suffix)
{
    char *name;

    return asprintf(&name, "%s%s", path, suffix) < 0 ? NULL : name;
}

/* ---- Whose a file is. */

/* A file in the folder of the state is known by its name, which costs nothing to ask. Another name
 * of it elsewhere can only be a hard link, so no other file is compared by device and inode. */

static bool is_same_file(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

static bool is_linked_to(const char *path, const char *suffix, const struct stat *st)
{
    CLEANUP(freep) char *name = store_files_name(path, suffix);
    struct stat there;

    return name && stat(name, &there) == 0 && is_same_file(&there, st);
}

static bool is_in_folder_of(const char *path, const struct link_target *target)
{
    const char *slash = strrchr(path, '/');
    CLEANUP(freep) char *folder = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
    struct stat ours, theirs;

    return folder && stat(folder, &ours) == 0 && fstat(target->folder, &theirs) == 0 &&
           is_same_file(&ours, &theirs);
}

/* What stands behind PATH in the names of the files of a state. A write-ahead log is made by other
 * programs that open the database. */
static const char *const state_suffixes[] = {"",     "-journal", ".lock", ".backup", ".backup.new",
                                             ".new", "-wal",     "-shm"};
#define N_SUFFIXES (sizeof(state_suffixes) / sizeof(*state_suffixes))
#define ASIDE ".damaged-"

static bool is_name_of(const char *state, const char *name)
{
    size_t len = strlen(state);

    if (strncmp(name, state, len) != 0)
        return false;
    name += len;
    for (size_t i = 0; i < N_SUFFIXES; i++)
        if (STREQ(name, state_suffixes[i]))
            return true;
    return strncmp(name, ASIDE, strlen(ASIDE)) == 0;
}

bool store_files_has(const char *path, const struct link_target *target)
{
    const char *slash = strrchr(path, '/');

    for (size_t i = 0; target->st.st_nlink > 1 && i < N_SUFFIXES; i++)
        if (is_linked_to(path, state_suffixes[i], &target->st))
            return true;
    return is_name_of(slash ? slash + 1 : path, target->name) && is_in_folder_of(path, target);
}

/* ---- The lock. */

/* Makes a file that does not exist yet. fchmod() undoes what the umask took from its mode. */
static int create(const char *path, int flags)
{
    int fd = open(path, flags | O_CREAT | O_EXCL | O_CLOEXEC, FILE_MODE);

    if (fd < 0)
        return -errno;
    if (fchmod(fd, FILE_MODE) < 0) {
        int r = -errno;

        close(fd);
        return r;
    }
    return fd;
}

static struct flock whole_file(short type)
{
    return (struct flock){.l_type = type, .l_whence = SEEK_SET};
}

/* Where the disk is full, the pid is not known to others, and the lock holds all the same. */
static void write_pid(int fd)
{
    char text[32];
    int n = snprintf(text, sizeof(text), "%d\n", (int)getpid());

    if (ftruncate(fd, 0) == 0)
        write_all_bytes(fd, text, (size_t)n);
}

static bool is_regular(int fd)
{
    struct stat st;

    return fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
}

int store_files_lock(const char *path, int *ret_fd)
{
    CLEANUP(freep) char *name = store_files_name(path, ".lock");
    CLEANUP(closep) int fd = -1;
    struct flock lock = whole_file(F_WRLCK);

    if (!name)
        return -ENOMEM;
    fd = create(name, O_RDWR);
    if (fd == -EEXIST) {
        fd = open(name, O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        fd = fd < 0 ? -errno : fd;
    }
    if (fd < 0)
        return fd;
    if (!is_regular(fd))
        return -ENXIO;
    if (fcntl(fd, F_OFD_SETLK, &lock) < 0)
        return errno == EACCES ? -EAGAIN : -errno;
    write_pid(fd);
    *ret_fd = take_fd(&fd);
    return 0;
}

pid_t store_files_holder(const char *path)
{
    CLEANUP(freep) char *name = store_files_name(path, ".lock");
    CLEANUP(closep) int fd = name ? open(name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC) : -1;
    struct flock lock = whole_file(F_WRLCK);
    char text[32] = "";

    if (fd < 0 || fcntl(fd, F_OFD_GETLK, &lock) < 0 || lock.l_type == F_UNLCK ||
        pread(fd, text, sizeof(text) - 1, 0) <= 0)
        return 0;
    return (pid_t)MAX(strtol(text, /* end= */ NULL, 10), 0L);
}

/* ---- Names. */

/* SQLite would wait for the other side of a FIFO. */
int store_files_check_beside(const char *path)
{
    static const char *const suffixes[] = {"-journal", "-wal", "-shm"};

    for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++) {
        CLEANUP(freep) char *name = store_files_name(path, suffixes[i]);
        struct stat st;

        if (!name)
            return -ENOMEM;
        if (stat(name, &st) == 0 && !S_ISREG(st.st_mode))
            return -ENXIO;
    }
    return 0;
}

int store_files_create(const char *path)
{
    int fd;

    if (unlink(path) < 0 && errno != ENOENT)
        return -errno;
    fd = create(path, O_WRONLY);
    if (fd < 0)
        return fd;
    close(fd);
    return 0;
}

static int sync_file(const char *path)
{
    CLEANUP(closep) int fd = open(path, O_RDONLY | O_CLOEXEC);

    return fd < 0 || fsync(fd) < 0 ? -errno : 0;
}

int store_files_replace(const char *from, const char *to)
{
    CLEANUP(freep) char *journal = store_files_name(to, "-journal");
    int r;

    if (!journal)
        return -ENOMEM;
    r = sync_file(from);
    if (r < 0)
        return r;
    if (unlink(journal) < 0 && errno != ENOENT)
        return -errno;
    if (rename(from, to) < 0)
        return -errno;
    return folder_sync_parent(to);
}

/* Adds a second name, so that the first always names a file. A file system without hard links
 * allows only a rename. */
static int link_or_rename(const char *from, const char *to)
{
    if (link(from, to) == 0)
        return 0;
    if (errno != EPERM && errno != EOPNOTSUPP && errno != EMLINK)
        return -errno;
    if (access(to, F_OK) == 0)
        return -EEXIST;
    return rename(from, to) < 0 ? -errno : 0;
}

static int aside_name(const char *path, uint64_t now_ns, int try, char **ret_name)
{
    time_t seconds = (time_t)(now_ns / SECOND_NS);
    char stamp[32], number[16] = "";
    struct tm tm;

    if (!gmtime_r(&seconds, &tm) || strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", &tm) == 0)
        return -EOVERFLOW;
    if (try > 1)
        snprintf(number, sizeof(number), "-%d", try);
    return asprintf(ret_name, "%s" ASIDE "%s%s", path, stamp, number) < 0 ? -ENOMEM : 0;
}

static int set_journal_aside(const char *path, const char *name)
{
    CLEANUP(freep) char *from = store_files_name(path, "-journal");
    CLEANUP(freep) char *to = store_files_name(name, "-journal");

    if (!from || !to)
        return -ENOMEM;
    return rename(from, to) < 0 && errno != ENOENT ? -errno : 0;
}

int store_files_set_aside(const char *path, uint64_t now_ns, char **ret_name)
{
    CLEANUP(freep) char *name = NULL;
    int r = -EEXIST;

    for (int try = 1; r == -EEXIST && try < 100; try++) {
        free(TAKE_PTR(name));
        r = aside_name(path, now_ns, try, &name);
        if (r == 0)
            r = link_or_rename(path, name);
    }
    if (r == 0)
        r = set_journal_aside(path, name);
    if (r == 0)
        *ret_name = TAKE_PTR(name);
    return r;
}

/* ---- A private copy. */

static int copy_bytes(int from, int to)
{
    CLEANUP(freep) char *bytes = malloc(COPY_BYTES);
    ssize_t n;
    int r = 0;

    if (!bytes)
        return -ENOMEM;
    while (r == 0 && (n = read(from, bytes, COPY_BYTES)) != 0) {
        if (n > 0)
            r = write_all_bytes(to, bytes, (size_t)n);
        else if (errno != EINTR)
            r = -errno;
    }
    return r;
}

static int copy_to(int from, const char *to)
{
    CLEANUP(closep) int fd = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    return fd < 0 ? -errno : copy_bytes(from, fd);
}

static int copy_journal(const char *path, const char *copy)
{
    CLEANUP(freep) char *from = store_files_name(path, "-journal");
    CLEANUP(freep) char *to = store_files_name(copy, "-journal");
    CLEANUP(closep) int fd = -1;

    if (!from || !to)
        return -ENOMEM;
    fd = open(from, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? 0 : -errno;
    if (!is_regular(fd))
        return -ENXIO;
    return copy_to(fd, to);
}

/* Locks as a reader within SQLite does: a writer must wait until the descriptor is closed. */
static int lock_out_writers(int fd)
{
    struct flock lock = {.l_type = F_RDLCK,
                         .l_whence = SEEK_SET,
                         .l_start = SHARED_LOCK_BEGIN,
                         .l_len = SHARED_LOCK_BYTES};
    const struct timespec pause = {.tv_nsec = LOCK_PAUSE_NS};

    for (int try = 0; try < LOCK_TRIES; try++) {
        if (fcntl(fd, F_OFD_SETLK, &lock) == 0)
            return 0;
        if (errno != EAGAIN && errno != EACCES)
            return -errno;
        nanosleep(&pause, /* rest= */ NULL);
    }
    return -EBUSY;
}

/* Makes a new folder and returns the name of a file to be made in it; NULL with errno. */
static char *make_private(void)
{
    const char *parent = getenv("TMPDIR");
    CLEANUP(freep)
    char *folder = store_files_name(parent && *parent ? parent : "/tmp", "/glossd-XXXXXX");
    char *path;

    if (!folder || !mkdtemp(folder))
        return NULL;
    path = store_files_name(folder, "/state");
    if (!path) {
        rmdir(folder);
        errno = ENOMEM;
    }
    return path;
}

int store_files_copy_private(const char *path, char **ret_path)
{
    CLEANUP(closep) int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    char *copy;
    int r;

    if (fd < 0)
        return -errno;
    r = lock_out_writers(fd);
    if (r < 0)
        return r;
    copy = make_private();
    if (!copy)
        return -errno;
    r = copy_to(fd, copy);
    if (r == 0)
        r = copy_journal(path, copy);
    if (r < 0) {
        store_files_remove_private(copy);
        free(copy);
        return r;
    }
    *ret_path = copy;
    return 0;
}

void store_files_remove_private(const char *path)
{
    CLEANUP(freep) char *journal = store_files_name(path, "-journal");
    CLEANUP(freep) char *folder = strdup(path);

    unlink(path);
    if (journal)
        unlink(journal);
    if (folder) {
        *strrchr(folder, '/') = '\0';
        rmdir(folder);
    }
}
