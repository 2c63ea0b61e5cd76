/* A packed file read as if it were plain: forwards, back a little, back to the start; while it
 * grows; and a bounded piece of work at a time, whatever it holds. */

#include "core/base/util.h"
#include "helpers/packed.h"
#include "helpers/run.h"
#include "io/files/decompress_pool.h"
#include "io/files/decompressed_file.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#define STEP DECOMPRESSED_FILE_STEP_BYTES
#define BACK DECOMPRESSED_FILE_BACK_BYTES

static struct gloss_buf text, packed;
static int fd = -1;
static const struct decompressed_file_limits *limits;

static void close_all(void)
{
    gloss_buf_deinit(&text);
    gloss_buf_deinit(&packed);
    closep(&fd);
    scratch_remove();
}

TestSuite(decompressed_file, .fini = close_all);

/* Bytes that tell where they stand. */
static void make_text(size_t n)
{
    gloss_buf_clear(&text);
    for (unsigned i = 0; text.len < n; i++)
        gloss_buf_printf(&text, "%08x\n", i * 2654435761u);
    text.len = n;
    cr_assert_not(text.failed);
}

static void append(const char *bytes, size_t n)
{
    cr_assert_eq(pwrite(fd, bytes, n, lseek(fd, 0, SEEK_END)), (ssize_t)n);
}

static struct decompressed_file *open_bytes(const char *bytes, size_t n)
{
    static unsigned n_files;
    struct decompressed_file *p = NULL;
    char name[32];

    closep(&fd);
    snprintf(name, sizeof(name), "packed-%u", n_files++);
    fd = open(scratch_file(name, bytes, n), O_RDWR | O_CLOEXEC);
    cr_assert_geq(fd, 0);
    cr_assert_eq(decompressed_file_new(&p, fd, limits), 0);
    return p;
}

static struct decompressed_file *open_packed(enum packer packer)
{
    gloss_buf_clear(&packed);
    pack(&packed, packer, text.ptr, text.len);
    return open_bytes(packed.ptr, packed.len);
}

/* As a follower reads: again and again until it is there. Counts the calls. */
static ssize_t read_at(struct decompressed_file *p, char *place, size_t size, uint64_t offset,
                       unsigned *calls)
{
    size_t done = 0;

    while (done < size) {
        uint64_t work = decompressed_file_work(p);
        ssize_t n = decompressed_file_read(p, place + done, size - done, offset + done);

        ++*calls;
        cr_assert_leq(decompressed_file_work(p) - work, 2 * STEP + size, "a share of work");
        if (n != -EAGAIN && n <= 0)
            return n < 0 ? n : (ssize_t)done;
        done += n > 0 ? (size_t)n : 0;
    }
    return (ssize_t)done;
}

static void expect_text(struct decompressed_file *p, size_t size, uint64_t offset)
{
    char *place = malloc(size);
    unsigned calls = 0;
    ssize_t n = read_at(p, place, size, offset, &calls);
    uint64_t left = offset < text.len ? text.len - offset : 0;

    cr_assert_eq(n, (ssize_t)MIN((uint64_t)size, left), "%zd bytes at %zu", n, (size_t)offset);
    cr_expect(memcmp(place, text.ptr + offset, (size_t)n) == 0, "at %zu", (size_t)offset);
    free(place);
}

Test(decompressed_file, turns_forwards_unpack_each_byte_once)
{
    make_text(2 << 20);
    for (enum packer p = 0; p < N_PACKERS; p++) {
        CLEANUP(decompressed_file_freep) struct decompressed_file *file = open_packed(p);

        for (uint64_t at = 0; at < text.len; at += 100000)
            expect_text(file, 100000 + MIN(at, (uint64_t)256), at - MIN(at, (uint64_t)256));
        expect_text(file, 256, text.len - 256);
        expect_text(file, 100, text.len);
        cr_expect(decompressed_file_at_end(file));
        cr_expect_null(decompressed_file_problem(file));
        cr_expect_eq(decompressed_file_work(file), text.len, "%s", packer_names[p]);
    }
}

Test(decompressed_file, reading_back_a_little_costs_nothing_and_back_to_the_start_all)
{
    CLEANUP(decompressed_file_freep) struct decompressed_file *file = NULL;

    make_text(3 << 20);
    file = open_packed(PACKER_XZ);
    expect_text(file, 1000, 2 << 20);
    expect_text(file, 1000 + BACK, (2 << 20) - BACK + 1000);
    cr_expect_leq(decompressed_file_work(file), (2u << 20) + 3000);
    expect_text(file, 300, 0);
    cr_expect_leq(decompressed_file_work(file), (2u << 20) + 3000, "the head is kept");
    expect_text(file, 1000, 1000);
    expect_text(file, 70000, text.len - 70000);
    cr_expect_leq(decompressed_file_work(file), (5u << 20) + 5000);
}

Test(decompressed_file, a_far_offset_is_reached_in_shares_of_work)
{
    char byte;

    make_text(4 << 20);
    for (enum packer p = 0; p < N_PACKERS; p++) {
        CLEANUP(decompressed_file_freep) struct decompressed_file *file = open_packed(p);
        unsigned calls = 0;

        cr_expect_eq(read_at(file, &byte, 1, text.len - 1, &calls), 1);
        cr_expect_eq(byte, text.ptr[text.len - 1]);
        cr_expect_geq(calls, 4u, "%s", packer_names[p]);
    }
}

/* ---- a file that grows, or is written anew ---- */

Test(decompressed_file, of_members_that_came_nothing_before_them_is_unpacked_again)
{
    size_t third;

    make_text(3 << 20);
    third = text.len / 3;
    for (enum packer p = 0; p < N_PACKERS; p++) {
        CLEANUP(decompressed_file_freep) struct decompressed_file *file = NULL;

        gloss_buf_clear(&packed);
        pack(&packed, p, text.ptr, third);
        file = open_bytes(packed.ptr, packed.len);
        for (size_t i = 1; i <= 3; i++) {
            size_t whole = text.len;

            text.len = i * third;
            expect_text(file, text.len - (i - 1) * third + 100, (i - 1) * third);
            cr_expect(decompressed_file_at_end(file));
            expect_text(file, 200, text.len - 200);
            text.len = whole;
            gloss_buf_clear(&packed);
            pack(&packed, p, text.ptr + i * third, i < 3 ? third : 0);
            append(packed.ptr, packed.len);
            decompressed_file_restart(file);
            cr_expect_not(decompressed_file_at_end(file));
        }
        expect_text(file, 100, text.len);
        cr_expect_eq(decompressed_file_work(file), 3 * third, "%s", packer_names[p]);
    }
}

Test(decompressed_file, a_cut_off_file_that_is_completed_is_read_on)
{
    make_text(1 << 20);
    for (enum packer p = 0; p < N_PACKERS; p++) {
        CLEANUP(decompressed_file_freep) struct decompressed_file *file = NULL;
        CLEANUP(freep) char *place = malloc(text.len + 1);
        unsigned calls = 0;
        ssize_t n;

        gloss_buf_clear(&packed);
        pack(&packed, p, text.ptr, 1000);
        pack(&packed, p, text.ptr + 1000, text.len - 1000);
        file = open_bytes(packed.ptr, packed.len - 9);
        n = read_at(file, place, text.len + 1, 0, &calls);
        cr_expect_geq(n, 1000);
        cr_expect(strstr(decompressed_file_problem(file), "cut off"));
        cr_expect(decompressed_file_at_end(file));
        append(packed.ptr + packed.len - 9, 9);
        decompressed_file_restart(file);
        cr_expect_null(decompressed_file_problem(file));
        expect_text(file, text.len, (uint64_t)n);
        cr_expect_null(decompressed_file_problem(file));
    }
}

Test(decompressed_file, a_file_that_was_written_anew_is_not_taken_for_one_that_grew)
{
    make_text(100000);
    for (enum packer p = 0; p < N_PACKERS; p++) {
        CLEANUP(decompressed_file_freep) struct decompressed_file *file = open_packed(p);

        expect_text(file, text.len + 1, 0);
        gloss_buf_clear(&packed);
        for (size_t i = 0; i < text.len; i++)
            text.ptr[i] ^= 1;
        pack(&packed, p, text.ptr, text.len);
        cr_assert_eq(ftruncate(fd, 0), 0);
        append(packed.ptr, packed.len);
        decompressed_file_restart(file);
        expect_text(file, 256, text.len - 256);
        expect_text(file, 256, 0);
        for (size_t i = 0; i < text.len; i++)
            text.ptr[i] ^= 1;
    }
}

/* ---- bounded work ---- */

/* A file of nothing and 6 GiB of padding kept all others waiting while it was read. */
Test(decompressed_file, a_hole_of_padding_is_passed_over)
{
    static const enum packer packers[] = {PACKER_GZIP, PACKER_XZ};

    make_text(1000);
    for (size_t i = 0; i < ARRAY_SIZE(packers); i++) {
        CLEANUP(decompressed_file_freep) struct decompressed_file *file = NULL;
        unsigned calls = 0;
        char byte;

        gloss_buf_clear(&packed);
        pack(&packed, packers[i], "", 0);
        file = open_bytes(packed.ptr, packed.len);
        cr_assert_eq(ftruncate(fd, (off_t)6 << 30), 0);
        if (lseek(fd, 1 << 20, SEEK_DATA) == 1 << 20)
            cr_skip_test("holes are not told of here");
        cr_expect_eq(read_at(file, &byte, 1, 0, &calls), 0);
        cr_expect_leq(calls, 2u);
        gloss_buf_clear(&packed);
        pack(&packed, packers[i], text.ptr, text.len);
        append(packed.ptr, packed.len);
        decompressed_file_restart(file);
        expect_text(file, 2000, 0);
        cr_expect_null(decompressed_file_problem(file));
    }
}

/* Nothing comes out, so what goes in has to bound a call. To begin a member takes time as well: a
 * file of empty ones took 4 us for each 20 bytes, and kept all others waiting for seconds. */
Test(decompressed_file, padding_and_empty_members_are_read_in_shares_of_work)
{
    for (int kind = 0; kind < N_PACKERS + 2; kind++) {
        enum packer p = kind < N_PACKERS ? (enum packer)kind : (enum packer)(kind - N_PACKERS);
        CLEANUP(decompressed_file_freep) struct decompressed_file *file = NULL;
        size_t whole = kind < N_PACKERS ? STEP / 4 : 4 * STEP; /* members cost more than bytes */
        unsigned calls = 0;
        char byte;

        gloss_buf_clear(&packed);
        gloss_buf_clear(&text);
        pack(&text, p, "", 0);
        do
            gloss_buf_append(&packed, text.ptr, text.len);
        while (kind < N_PACKERS && packed.len < whole);
        while (packed.len < whole)
            gloss_buf_append(&packed, "\0\0\0", 4);
        file = open_bytes(packed.ptr, packed.len);
        cr_expect_eq(read_at(file, &byte, 1, 0, &calls), 0);
        cr_expect_geq(calls, 4u, "%s", packer_names[p]);
        cr_expect_null(decompressed_file_problem(file));
    }
}

/* ---- limits ---- */

Test(decompressed_file, more_than_the_ratio_allows_is_not_read_and_said)
{
    static const struct decompressed_file_limits ten = {.ratio = 10}, many = {.ratio = 1000000};

    make_text(3 << 20);
    memset(text.ptr, 'x', text.len);
    limits = &ten;
    for (enum packer p = 0; p < N_PACKERS; p++) {
        CLEANUP(decompressed_file_freep) struct decompressed_file *file = open_packed(p);
        size_t most = MAX((size_t)1 << 20, packed.len * 10);
        size_t whole = text.len;

        text.len = most;
        expect_text(file, whole, 0);
        expect_text(file, 300, most - 200);
        text.len = whole;
        cr_expect(decompressed_file_at_end(file));
        cr_expect_str_eq(
            decompressed_file_problem(file),
            "it decompresses to more than 10 times its size (packed_ratio); the rest is "
            "not read");
        decompressed_file_limit(file, &many);
        decompressed_file_restart(file);
        expect_text(file, whole, most);
        cr_expect_null(decompressed_file_problem(file));
    }
}

/* Else the file would only have to be made larger, which costs nothing. */
Test(decompressed_file, a_hole_is_no_size_for_the_ratio)
{
    static const struct decompressed_file_limits thousand = {.ratio = 1000};
    CLEANUP(decompressed_file_freep) struct decompressed_file *file = NULL;
    size_t whole = 8 << 20;

    make_text(whole);
    memset(text.ptr, 'x', text.len);
    limits = &thousand;
    file = open_packed(PACKER_XZ);
    cr_assert_eq(ftruncate(fd, (off_t)packed.len + ((off_t)1 << 30)), 0);
    if (lseek(fd, 1 << 20, SEEK_DATA) == 1 << 20)
        cr_skip_test("holes are not told of here");
    text.len = 4096 * 1000;
    expect_text(file, whole, 0);
    text.len = whole;
    cr_expect(decompressed_file_at_end(file));
    cr_expect_not_null(decompressed_file_problem(file));
}

/* Each reads on when it can, as files do in their turns. */
Test(decompressed_file, many_files_share_few_decompressors_and_all_are_read)
{
    struct decompressed_file *files[40] = {0};
    struct decompressed_file_limits shared = {0};
    int fds[40];
    uint64_t at[40] = {0}, work = 0, now_ns = 1;
    char *place = malloc(100000);
    size_t n_ended = 0;

    make_text(150000);
    cr_assert_eq(decompress_pool_new(&shared.pool), 0);
    limits = &shared;
    for (size_t i = 0; i < 40; i++) {
        gloss_buf_clear(&packed);
        pack(&packed, (enum packer)(i % N_PACKERS), text.ptr, text.len);
        if (i % N_PACKERS == PACKER_XZ)
            claim_xz_dictionary(&packed, UINT64_C(1) << 26);
        fd = -1;
        files[i] = open_bytes(packed.ptr, packed.len);
        fds[i] = fd;
    }
    fd = -1;
    for (unsigned round = 0; n_ended < 40; round++) {
        cr_assert_lt(round, 10000u);
        decompress_pool_set_time(shared.pool, now_ns += 1000000);
        for (size_t i = 0; i < 40; i++) {
            ssize_t n = files[i] ? decompressed_file_read(files[i], place, 100000, at[i]) : -EAGAIN;

            if (n == -EAGAIN)
                continue;
            cr_assert_geq(n, 0);
            cr_expect(memcmp(place, text.ptr + at[i], (size_t)n) == 0);
            at[i] += (uint64_t)n;
            if (n > 0)
                continue;
            cr_expect_eq(at[i], text.len);
            work += decompressed_file_work(files[i]);
            files[i] = decompressed_file_free(files[i]);
            close(fds[i]);
            n_ended++;
        }
    }
    cr_expect_leq(work, 2 * 40 * text.len, "%zu", (size_t)work);
    decompress_pool_free(shared.pool);
    free(place);
}

/* A head is looked at even where all slots are taken, and leaves none taken. */
Test(decompressed_file, heads_are_known_without_a_slot)
{
    struct decompressed_file *files[6] = {0};
    struct decompressed_file_limits shared = {0};
    int fds[6];
    char bytes[1000];

    make_text(100000);
    cr_assert_eq(decompress_pool_new(&shared.pool), 0);
    limits = &shared;
    for (size_t i = 0; i < 6; i++) {
        gloss_buf_clear(&packed);
        pack(&packed, PACKER_XZ, text.ptr, text.len);
        fd = -1;
        files[i] = open_bytes(packed.ptr, packed.len);
        fds[i] = fd;
        cr_expect_eq(decompressed_file_read(files[i], bytes, 256, 0), 256);
        cr_expect(memcmp(bytes, text.ptr, 256) == 0);
    }
    fd = -1;
    for (size_t i = 0; i < 6; i++)
        cr_expect_eq(decompressed_file_read(files[i], bytes, 1000, 2000), i < 3 ? 1000 : -EAGAIN);
    decompress_pool_set_time(shared.pool, DECOMPRESS_POOL_IDLE_NS);
    for (size_t i = 3; i < 6; i++)
        cr_expect_eq(decompressed_file_read(files[i], bytes, 1000, 2000), 1000);
    for (size_t i = 0; i < 6; i++) {
        decompressed_file_free(files[i]);
        close(fds[i]);
    }
    decompress_pool_free(shared.pool);
}

/* ---- what is no log ---- */

static void expect_refusal(struct decompressed_file *file, const char *text_of_it)
{
    char byte;

    cr_expect_eq(decompressed_file_read(file, &byte, 1, 0), 0);
    cr_expect(decompressed_file_at_end(file));
    cr_assert_not_null(decompressed_file_refusal(file));
    cr_expect_str_eq(decompressed_file_refusal(file), text_of_it);
    decompressed_file_restart(file);
    cr_expect(decompressed_file_at_end(file), "it is not asked again");
}

Test(decompressed_file, an_archive_is_refused_plain_or_packed)
{
    char tar[10240] = "", command[256];
    FILE *f;

    scratch_file("app.log", "one\n", 4);
    snprintf(command, sizeof(command), "tar -C '%s' -cf - app.log", scratch());
    f = popen(command, "r");
    cr_assert_eq(fread(tar, 1, sizeof(tar), f), sizeof(tar));
    pclose(f);
    for (int i = 0; i <= N_PACKERS; i++) {
        CLEANUP(decompressed_file_freep) struct decompressed_file *file = NULL;

        gloss_buf_clear(&packed);
        if (i < N_PACKERS)
            pack(&packed, (enum packer)i, tar, sizeof(tar));
        else
            gloss_buf_append(&packed, tar, sizeof(tar));
        file = open_bytes(packed.ptr, packed.len);
        expect_refusal(file, "it is a tar archive, not a log");
    }
    {
        CLEANUP(decompressed_file_freep) struct decompressed_file *file = open_bytes("PK\3\4..", 6);

        expect_refusal(file, "it is compressed with zip, which glossd cannot read");
    }
}

Test(decompressed_file, what_is_packed_twice_is_refused)
{
    CLEANUP(decompressed_file_freep) struct decompressed_file *file = NULL;
    CLEANUP(gloss_buf_deinit) struct gloss_buf twice = {0};

    make_text(1000);
    pack(&packed, PACKER_ZSTD, text.ptr, text.len);
    pack(&twice, PACKER_XZ, packed.ptr, packed.len);
    file = open_bytes(twice.ptr, twice.len);
    expect_refusal(file, "it is compressed twice, with zstd and then with xz");
}

Test(decompressed_file, a_plain_file_is_told_from_one_that_is_too_short)
{
    struct decompressed_file *p = NULL;

    fd = open(scratch_file("f", "\x1f\x8b", 2), O_RDONLY | O_CLOEXEC);
    cr_expect_eq(decompressed_file_new(&p, fd, limits), DECOMPRESSED_FILE_E_SHORT);
    closep(&fd);
    fd = open(scratch_file("f", "text", 4), O_RDONLY | O_CLOEXEC);
    cr_expect_eq(decompressed_file_new(&p, fd, limits), DECOMPRESSED_FILE_E_PLAIN);
    cr_expect_eq(decompressed_file_new(&p, -1, NULL), -EBADF);
}
