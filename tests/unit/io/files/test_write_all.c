/* All bytes arrive in order, however few the kernel takes at once; a failure is told. */

#include "core/base/util.h"
#include "io/files/write_all.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>

#define BYTES ((size_t)3 << 20)

struct reader {
    int fd;
    char *bytes; /* BYTES + 1 */
    size_t n;
};

/* Reads to the end, in steps that fit neither a page nor a pipe. */
static void *read_all(void *ctx)
{
    struct reader *r = ctx;
    ssize_t n;

    while ((n = read(r->fd, r->bytes + r->n, MIN(BYTES + 1 - r->n, (size_t)997))) > 0)
        r->n += (size_t)n;
    return NULL;
}

static char *some_bytes(void)
{
    char *bytes = malloc(BYTES);

    cr_assert_not_null(bytes);
    for (size_t i = 0; i < BYTES; i++)
        bytes[i] = (char)(i * 7 + i / 251);
    return bytes;
}

static int in_one(int fd, const char *bytes)
{
    return write_all_bytes(fd, bytes, BYTES);
}

/* 1,024 pieces, some of them empty. */
static int in_pieces(int fd, const char *bytes)
{
    struct iovec pieces[WRITE_ALL_VECTORS_MAX];
    size_t used = 0;

    for (size_t i = 0; i < ARRAY_SIZE(pieces); i++) {
        size_t n = i + 1 == ARRAY_SIZE(pieces) ? BYTES - used : i % 5 * 1021;

        pieces[i] = (struct iovec){(void *)(uintptr_t)(bytes + used), n};
        used += n;
    }
    return write_all_vectors(fd, pieces, ARRAY_SIZE(pieces));
}

static void expect_all(int (*fn)(int fd, const char *bytes), int flags)
{
    CLEANUP(freep) char *bytes = some_bytes();
    struct reader reader = {.bytes = malloc(BYTES + 1)};
    pthread_t thread;
    int ends[2];

    cr_assert_not_null(reader.bytes);
    cr_assert_eq(pipe(ends), 0);
    cr_assert_eq(fcntl(ends[1], F_SETFL, flags), 0);
    cr_assert_gt(fcntl(ends[1], F_SETPIPE_SZ, 4096), 0);
    reader.fd = ends[0];
    cr_assert_eq(pthread_create(&thread, NULL, read_all, &reader), 0);
    cr_expect_eq(fn(ends[1], bytes), 0);
    close(ends[1]);
    pthread_join(thread, NULL);
    close(ends[0]);
    cr_expect_eq(reader.n, BYTES);
    cr_expect(reader.n == BYTES && memcmp(reader.bytes, bytes, BYTES) == 0);
    free(reader.bytes);
}

Test(write_all, bytes_arrive_whole_through_a_narrow_pipe_that_blocks_or_does_not)
{
    expect_all(in_one, 0);
    expect_all(in_one, O_NONBLOCK);
    expect_all(in_pieces, 0);
    expect_all(in_pieces, O_NONBLOCK);
}

Test(write_all, a_place_in_a_file_is_written_and_nothing_beside_it)
{
    char path[] = "/tmp/write-all-XXXXXX", found[9] = "";
    int fd = mkstemp(path);

    cr_assert_geq(fd, 0);
    unlink(path);
    cr_expect_eq(write_all_bytes(fd, "abcdefgh", 8), 0);
    cr_expect_eq(write_all_at(fd, "XY", 2, 3), 0);
    cr_expect_eq(write_all_at(fd, "", 0, 100), 0);
    cr_expect_eq(lseek(fd, 0, SEEK_CUR), 8);
    cr_expect_eq(pread(fd, found, sizeof(found), 0), 8);
    cr_expect_str_eq(found, "abcXYfgh");
    close(fd);
}

Test(write_all, a_failure_is_the_errno_of_the_write)
{
    struct iovec piece = {.iov_base = "x", .iov_len = 1};
    int full = open("/dev/full", O_WRONLY | O_CLOEXEC), ends[2];

    cr_assert_geq(full, 0);
    cr_expect_eq(write_all_bytes(full, "x", 1), -ENOSPC);
    cr_expect_eq(write_all_at(full, "x", 1, 0), -ENOSPC);
    cr_expect_eq(write_all_vectors(full, &piece, 1), -ENOSPC);
    cr_expect_eq(write_all_bytes(full, "", 0), 0);
    close(full);
    signal(SIGPIPE, SIG_IGN);
    cr_assert_eq(pipe(ends), 0);
    close(ends[0]);
    cr_expect_eq(write_all_bytes(ends[1], "x", 1), -EPIPE);
    close(ends[1]);
}
