/* What comes out of packed bytes, held against the packers' own programs. */

#include "core/base/util.h"
#include "helpers/packed.h"
#include "helpers/rng.h"
#include "helpers/run.h"
#include "io/files/decompress.h"
#include "io/files/decompress_codec.h"

#include <criterion/criterion.h>
#include <stdio.h>

TestSuite(decompress, .fini = scratch_remove);

/* The same file with another name in it: tests/CMakeLists.txt. */
extern const struct decompress_method decompress_zlib;

static enum packing packing_by(enum packer packer)
{
    return PACKING_GZIP + (enum packing)packer;
}

static void append_log(struct gloss_buf *log, unsigned lines)
{
    uint32_t random = 1;

    for (unsigned i = 0; i < lines; i++) {
        rng_next(&random);
        gloss_buf_printf(log, "2026-11-23 08:00:01 INFO request %08x took %u ms\n", random,
                         random >> 22);
    }
    cr_assert_not(log->failed);
}

/* Gives the bytes in pieces of n_in, takes them in pieces of n_out. Returns what decompress_step()
 * or decompress_end() returns at last. */
static int unpack(struct gloss_buf *out, enum packing packing, struct gloss_span packed,
                  size_t n_in, size_t n_out)
{
    CLEANUP(decompress_freep) struct decompressor *d = NULL;
    CLEANUP(freep) char *room = malloc(n_out);
    int r = decompress_new(&d, packing, DECOMPRESS_MEMORY_MAX);

    cr_assert(r == 0 && room);
    while (r == 0 && packed.len > 0) {
        struct decompress_io io = {.in = packed.ptr, .n_in = MIN(n_in, packed.len)};
        size_t given = io.n_in;

        do {
            io.out = room;
            io.n_out = n_out;
            r = decompress_step(d, &io);
            gloss_buf_append(out, room, n_out - io.n_out);
        } while (r == 0 && (io.n_out == 0 || io.n_in > 0));
        packed = gloss_span(packed.ptr + given, packed.len - given);
    }
    if (r == 0)
        r = decompress_end(d);
    cr_expect_eq(r == -EBADMSG, decompress_problem(d) != NULL);
    return r;
}

static int unpack_all(struct gloss_buf *out, enum packer packer, const struct gloss_buf *packed)
{
    gloss_buf_clear(out);
    return unpack(out, packing_by(packer), gloss_buf_view(packed), 65536, 65536);
}

static void expect_same(const struct gloss_buf *out, const struct gloss_buf *log, const char *what)
{
    cr_expect(gloss_span_equal(gloss_buf_view(out), gloss_buf_view(log)), "%s: %zu bytes of %zu",
              what, out->len, log->len);
}

Test(decompress, pieces_of_any_size_give_the_same_bytes)
{
    static const size_t pieces[] = {1, 7, 4096, 1 << 20};
    CLEANUP(gloss_buf_deinit) struct gloss_buf log = {0}, packed = {0}, out = {0};

    append_log(&log, 2000);
    for (enum packer p = 0; p < N_PACKERS; p++) {
        gloss_buf_clear(&packed);
        pack(&packed, p, log.ptr, log.len);
        for (size_t i = 0; i < ARRAY_SIZE(pieces); i++)
            for (size_t k = 0; k < ARRAY_SIZE(pieces); k++) {
                gloss_buf_clear(&out);
                cr_expect_eq(
                    unpack(&out, packing_by(p), gloss_buf_view(&packed), pieces[i], pieces[k]), 0);
                expect_same(&out, &log, packer_names[p]);
            }
    }
}

/* Packs the text as members of 1, 2, 4 to 1024 bytes, again and again, with an empty one behind
 * each.
 */
static void pack_members(struct gloss_buf *packed, enum packer packer, const struct gloss_buf *log)
{
    unsigned shift = 0;

    gloss_buf_clear(packed);
    for (size_t at = 0, n = 0; at < log->len; at += n) {
        n = MIN(log->len - at, (size_t)1 << shift++ % 11);
        pack(packed, packer, log->ptr + at, n);
        pack(packed, packer, "", 0);
    }
}

/* The pieces end at every kind of place in a member; the longest one holds all of them. */
Test(decompress, members_one_behind_the_other_are_one_text)
{
    CLEANUP(gloss_buf_deinit) struct gloss_buf log = {0}, packed = {0}, out = {0};

    append_log(&log, 80);
    for (enum packer p = 0; p < N_PACKERS; p++) {
        size_t n_in = 1;

        pack_members(&packed, p, &log);
        do {
            for (size_t n_out = 100; n_out < 100000; n_out *= 600) {
                gloss_buf_clear(&out);
                cr_expect_eq(unpack(&out, packing_by(p), gloss_buf_view(&packed), n_in, n_out), 0);
                expect_same(&out, &log, packer_names[p]);
            }
            n_in = n_in * 3 + 1;
        } while (n_in < 3 * packed.len);
    }
}

Test(decompress, nothing_packed_gives_nothing)
{
    CLEANUP(gloss_buf_deinit) struct gloss_buf packed = {0}, out = {0};

    for (enum packer p = 0; p < N_PACKERS; p++) {
        gloss_buf_clear(&packed);
        pack(&packed, p, "", 0);
        cr_expect_eq(unpack_all(&out, p, &packed), 0, "%s", packer_names[p]);
        cr_expect_eq(out.len, 0u);
    }
}

/* ---- cut off, damaged ---- */

/* At most so many bytes less than its own program gives; and no byte that differs from the text up
 * to the damage. The program gzip goes on behind damage that zlib refuses, with bytes that were
 * never packed: there zlib is asked. */
static void expect_no_less(enum packer p, const struct gloss_buf *packed,
                           const struct gloss_buf *log, size_t spared, bool compare,
                           const char *what, size_t at)
{
    CLEANUP(gloss_buf_deinit) struct gloss_buf out = {0}, wanted = {0};
    int r = unpack_all(&out, p, packed);
    size_t same;

    if (!compare && p == PACKER_GZIP) {
        unpack_by_zlib(&wanted, packed->ptr, packed->len);
    } else if (!unpack_by_its_own(&wanted, p, packed->ptr, packed->len)) {
        cr_log_warn("skipped, %s is not here", packer_names[p]);
        return;
    }
    if (compare)
        cr_expect_eq(r, -EBADMSG, "%s %s at %zu", packer_names[p], what, at);
    cr_expect_geq(out.len + spared, wanted.len, "%s %s at %zu: %zu bytes of %zu", packer_names[p],
                  what, at, out.len, wanted.len);
    same = MIN(out.len, wanted.len);
    cr_expect(same == 0 || memcmp(out.ptr, compare ? log->ptr : wanted.ptr, same) == 0,
              "%s %s at %zu", packer_names[p], what, at);
}

Test(decompress, of_a_stream_that_is_cut_anywhere_comes_what_its_own_program_gives)
{
    CLEANUP(gloss_buf_deinit) struct gloss_buf log = {0}, packed = {0};

    append_log(&log, 8000);
    for (enum packer p = 0; p < N_PACKERS; p++) {
        uint32_t random = 7;
        size_t whole;

        gloss_buf_clear(&packed);
        pack(&packed, p, log.ptr, log.len / 3);
        pack(&packed, p, log.ptr + log.len / 3, log.len - log.len / 3);
        whole = packed.len;
        for (size_t i = 0; i < 24; i++) {
            packed.len = i < 12 ? i + 1 : i < 20 ? whole - i + 11 : rng_next(&random) % whole;
            expect_no_less(p, &packed, &log, p == PACKER_GZIP ? 2 : 0, /* compare= */ true, "cut",
                           packed.len);
        }
        packed.len = whole;
    }
}

Test(decompress, of_a_stream_with_a_wrong_bit_no_byte_is_missing)
{
    CLEANUP(gloss_buf_deinit) struct gloss_buf log = {0}, packed = {0};

    append_log(&log, 8000);
    for (enum packer p = 0; p < N_PACKERS; p++) {
        uint32_t random = 11;

        gloss_buf_clear(&packed);
        pack(&packed, p, log.ptr, log.len / 3);
        pack(&packed, p, log.ptr + log.len / 3, log.len - log.len / 3);
        for (size_t i = 0; i < 24; i++) {
            size_t at = i < 8 ? i + 16 : rng_next(&random) % packed.len;

            packed.ptr[at] ^= (char)(1 << i % 8);
            expect_no_less(p, &packed, &log, 0, /* compare= */ false, "bit", at);
            packed.ptr[at] ^= (char)(1 << i % 8);
        }
    }
}

/* ISA-L keeps up to 32 KiB for which there was no room when it met the damage. */
Test(decompress, damage_takes_nothing_from_what_came_before_however_small_the_room_is)
{
    CLEANUP(gloss_buf_deinit) struct gloss_buf log = {0}, packed = {0}, whole = {0}, out = {0};

    append_log(&log, 5000);
    for (enum packer p = 0; p < N_PACKERS; p++) {
        gloss_buf_clear(&packed);
        pack(&packed, p, log.ptr, log.len);
        memset(packed.ptr + packed.len / 2, 0x55, 16);
        cr_expect_eq(unpack_all(&whole, p, &packed), -EBADMSG);
        for (size_t room = 1; room < 70000; room = room * 10 + 1) {
            gloss_buf_clear(&out);
            cr_expect_eq(unpack(&out, packing_by(p), gloss_buf_view(&packed), 65536, room),
                         -EBADMSG, "%s, room for %zu", packer_names[p], room);
            cr_expect_geq(out.len, whole.len, "%s, room for %zu: %zu", packer_names[p], room,
                          out.len);
        }
    }
}

/* The library copies what stands before its output, and sees then that there is nothing. */
Test(decompress, of_a_gzip_file_with_a_match_that_cannot_be_no_byte_comes_that_nobody_wrote)
{
    static const char too_far_back[] =
        "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xcb\xc9\xcc\x4b\x55\x30\xb4\x52\x70\xf2"
        "\x8c\x8a\xf7\xf3\x8f\xf7\x75\x0d\x0e\x76\x74\x77\xe5\xca\x01\x09\x1b\x61\x17\x36"
        "\xc6\x2e\x6c\x82\x5d\xd8\x76\xb0\xbb\x14\x19\xec\x73\x61\xc2\x16\xd8\x85\x2d\x31"
        "\x84\x01\x9d\x10\x0b\xb5\xcf\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00";
    static const char no_such_distance[] =
        "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x02\xcb\xc9\xcc\x4b\x55\x30\xb4\x52\x70\xf2"
        "\x8c\x3d\x8a\xf7\xf3\x0d\x0e\xf7\x8f\x75\x76\x74\x77\xe5\xca\x01\x00";
    const struct gloss_span files[] = {
        {too_far_back, sizeof(too_far_back) - 1},
        {no_such_distance, sizeof(no_such_distance) - 1},
    };

    for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
        CLEANUP(gloss_buf_deinit) struct gloss_buf out = {0}, wanted = {0};

        unpack_by_zlib(&wanted, files[i].ptr, files[i].len);
        cr_assert_gt(wanted.len, 0u);
        unpack(&out, PACKING_GZIP, files[i], files[i].len, 65536);
        expect_same(&out, &wanted, "gzip");
    }
}

/* What a call has made that fails is not told. */
Test(decompress, whole_blocks_before_damage_in_a_zstd_file_come_out_though_all_of_it_comes_at_once)
{
    CLEANUP(gloss_buf_deinit) struct gloss_buf log = {0}, packed = {0}, out = {0};

    append_log(&log, 20000);
    pack(&packed, PACKER_ZSTD, log.ptr, log.len);
    memset(packed.ptr + packed.len - 200, 0x55, 200);
    cr_expect_eq(unpack(&out, PACKING_ZSTD, gloss_buf_view(&packed), packed.len, 2 * log.len),
                 -EBADMSG);
    cr_expect_geq(out.len, log.len / (128 << 10) * (128 << 10), "%zu of %zu", out.len, log.len);
    cr_expect_eq(memcmp(out.ptr, log.ptr, out.len), 0);
}

/* ---- what stands behind ---- */

Test(decompress, zeros_behind_are_padding_where_the_packer_has_padding)
{
    static const int wanted[N_PACKERS][2] = {[PACKER_GZIP] = {0, 0},
                                             [PACKER_XZ] = {0, -EBADMSG},
                                             [PACKER_ZSTD] = {-EBADMSG, -EBADMSG},
                                             [PACKER_BZIP2] = {-EBADMSG, -EBADMSG}};
    static const char zeros[70001];
    static const size_t n[] = {4, 5};
    CLEANUP(gloss_buf_deinit) struct gloss_buf log = {0}, packed = {0}, out = {0};

    append_log(&log, 10);
    for (enum packer p = 0; p < N_PACKERS; p++)
        for (size_t i = 0; i < 2; i++) {
            gloss_buf_clear(&packed);
            pack(&packed, p, log.ptr, log.len);
            gloss_buf_append(&packed, zeros, n[i]);
            cr_expect_eq(unpack_all(&out, p, &packed), wanted[p][i], "%s, %zu zeros",
                         packer_names[p], n[i]);
            expect_same(&out, &log, packer_names[p]);
            gloss_buf_clear(&packed);
            pack(&packed, p, log.ptr, log.len / 2);
            gloss_buf_append(&packed, zeros, sizeof(zeros) - 5 + n[i]);
            pack(&packed, p, log.ptr + log.len / 2, log.len - log.len / 2);
            cr_expect_eq(unpack_all(&out, p, &packed), wanted[p][i], "%s, %zu zeros between",
                         packer_names[p], sizeof(zeros) - 5 + n[i]);
            cr_expect_eq(out.len, wanted[p][i] == 0 ? log.len : log.len / 2);
        }
}

Test(decompress, zeros_that_nobody_reads_count_as_padding)
{
    CLEANUP(gloss_buf_deinit) struct gloss_buf packed = {0};

    pack(&packed, PACKER_XZ, "1\n", 2);
    for (uint64_t zeros = 0; zeros < 8; zeros++) {
        CLEANUP(decompress_freep) struct decompressor *d = NULL;
        char bytes[16] = "";
        struct decompress_io io = {.in = packed.ptr, .n_in = packed.len, .out = bytes, .n_out = 16};

        cr_assert_eq(decompress_new(&d, PACKING_XZ, DECOMPRESS_MEMORY_MAX), 0);
        cr_assert_eq(decompress_step(d, &io), 0);
        cr_expect_not(decompress_is_padding(d));
        io = (struct decompress_io){.in = "\0\0\0", .n_in = 4, .out = bytes, .n_out = 16};
        cr_assert_eq(decompress_step(d, &io), 0);
        cr_expect(decompress_is_padding(d));
        decompress_skip(d, (UINT64_C(6) << 30) + zeros);
        cr_expect_eq(decompress_end(d), zeros % 4 == 0 ? 0 : -EBADMSG, "%d", (int)zeros);
    }
}

Test(decompress, something_else_behind_is_said_when_all_has_come)
{
    static const struct {
        const char *text, *problem;
    } rows[] = {
        {"rubbish", "something that is not "},
        {"\x04\x22\x4d\x18 lz4", "lz4 follows what is compressed with "},
        {"PK\3\4 zip", "zip follows what is compressed with "},
    };
    CLEANUP(gloss_buf_deinit) struct gloss_buf log = {0}, packed = {0};

    append_log(&log, 10);
    for (enum packer p = 0; p < N_PACKERS; p++)
        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
            CLEANUP(decompress_freep) struct decompressor *d = NULL;
            char bytes[4096];
            struct decompress_io io = {.out = bytes, .n_out = sizeof(bytes)};

            gloss_buf_clear(&packed);
            pack(&packed, p, log.ptr, log.len);
            gloss_buf_str(&packed, rows[i].text);
            io.in = packed.ptr;
            io.n_in = packed.len;
            cr_assert_eq(decompress_new(&d, packing_by(p), DECOMPRESS_MEMORY_MAX), 0);
            cr_expect_eq(decompress_step(d, &io), 0, "first what there is");
            cr_expect_eq(sizeof(bytes) - io.n_out, log.len);
            cr_expect_eq(decompress_step(d, &io), -EBADMSG, "then the error");
            cr_expect_eq(decompress_step(d, &io), -EBADMSG, "which stays");
            cr_expect(strstr(decompress_problem(d), rows[i].problem), "%s: %s", packer_names[p],
                      decompress_problem(d));
        }
}

/* A file that grows is read on behind its last end by a fresh decompressor. */
Test(decompress, the_last_end_is_known_by_bytes_taken_and_made)
{
    CLEANUP(gloss_buf_deinit) struct gloss_buf log = {0}, packed = {0};

    append_log(&log, 1000);
    for (enum packer p = 0; p < N_PACKERS; p++) {
        CLEANUP(decompress_freep) struct decompressor *d = NULL;
        char bytes[4096];
        struct decompress_io io;
        struct decompress_place end;
        size_t first;

        gloss_buf_clear(&packed);
        pack(&packed, p, log.ptr, log.len / 2);
        first = packed.len;
        pack(&packed, p, log.ptr + log.len / 2, log.len - log.len / 2);
        io = (struct decompress_io){.in = packed.ptr, .n_in = packed.len - 1};
        cr_assert_eq(decompress_new(&d, packing_by(p), DECOMPRESS_MEMORY_MAX), 0);
        cr_expect_eq(decompress_last_end(d).in, 0u);
        do {
            io.out = bytes;
            io.n_out = sizeof(bytes);
            cr_assert_eq(decompress_step(d, &io), 0);
        } while (io.n_out < sizeof(bytes));
        end = decompress_last_end(d);
        cr_expect_eq(end.in, first, "%s: %zu", packer_names[p], (size_t)end.in);
        cr_expect_eq(end.out, log.len / 2, "%s: %zu", packer_names[p], (size_t)end.out);
        io = (struct decompress_io){packed.ptr + packed.len - 1, 1, bytes, sizeof(bytes)};
        do {
            io.out = bytes;
            io.n_out = sizeof(bytes);
            cr_assert_eq(decompress_step(d, &io), 0);
        } while (io.n_out < sizeof(bytes));
        end = decompress_last_end(d);
        cr_expect(end.in == packed.len && end.out == log.len, "%s", packer_names[p]);
    }
}

/* ---- memory ---- */

Test(decompress, what_asks_for_more_memory_than_may_be_is_refused_by_its_head)
{
    CLEANUP(gloss_buf_deinit) struct gloss_buf log = {0}, packed = {0}, out = {0};

    append_log(&log, 100);
    pack(&packed, PACKER_XZ, log.ptr, log.len);
    for (int bits = 12; bits < 32; bits++) {
        claim_xz_dictionary(&packed, UINT64_C(1) << bits);
        cr_expect_eq(unpack_all(&out, PACKER_XZ, &packed), bits <= 26 ? 0 : -EBADMSG, "xz, %d",
                     bits);
        cr_expect_eq(out.len, bits <= 26 ? log.len : 0);
    }
    for (int bits = 20; bits <= 27; bits++) {
        gloss_buf_clear(&packed);
        pack_zstd_window(&packed, bits, log.ptr, log.len);
        cr_expect_eq(unpack_all(&out, PACKER_ZSTD, &packed), bits <= 26 ? 0 : -EBADMSG, "zstd, %d",
                     bits);
        cr_expect_eq(out.len, bits <= 26 ? log.len : 0);
    }
}

/* Asked for before it is taken; and where it is not given, the step can be repeated. */
static void expect_needs(enum packing packing, const struct gloss_buf *packed,
                         const struct gloss_buf *log, size_t least, size_t most)
{
    CLEANUP(decompress_freep) struct decompressor *d = NULL;
    CLEANUP(freep) char *bytes = malloc(log->len + 1);
    struct decompress_io io = {
        .in = packed->ptr, .n_in = packed->len, .out = bytes, .n_out = log->len + 1};
    size_t needs;

    cr_assert_eq(decompress_new(&d, packing, DECOMPRESS_MEMORY_MIN), 0);
    for (int i = 0; i < 3; i++)
        cr_assert_eq(decompress_step(d, &io), DECOMPRESS_E_MEMORY);
    cr_expect_eq(io.n_out, log->len + 1);
    needs = decompress_needs(d);
    cr_expect(needs >= least && needs <= most, "%zu bytes, not %zu to %zu", needs, least, most);
    decompress_allow(d, needs - 1);
    cr_assert_eq(decompress_step(d, &io), DECOMPRESS_E_MEMORY);
    decompress_allow(d, needs);
    cr_assert_eq(decompress_step(d, &io), 0);
    cr_expect_eq(log->len + 1 - io.n_out, log->len);
    cr_expect_eq(memcmp(bytes, log->ptr, log->len), 0);
    cr_expect_eq(decompress_end(d), 0);
}

Test(decompress, memory_beyond_the_least_is_asked_for)
{
    CLEANUP(gloss_buf_deinit) struct gloss_buf log = {0}, packed = {0};

    append_log(&log, 100);
    for (int bits = 23; bits <= 26; bits++) {
        size_t dictionary = (size_t)1 << bits;

        gloss_buf_clear(&packed);
        pack(&packed, PACKER_XZ, log.ptr, log.len);
        claim_xz_dictionary(&packed, dictionary);
        expect_needs(PACKING_XZ, &packed, &log, dictionary, dictionary + (1 << 20));
        gloss_buf_clear(&packed);
        pack_zstd_window(&packed, bits, log.ptr, log.len);
        expect_needs(PACKING_ZSTD, &packed, &log, dictionary, dictionary + (1 << 20));
    }
}

/* A head in pieces, and each form that it has: with the size of the content, in one segment. */
Test(decompress, the_window_of_a_zstd_frame_is_known_by_its_head)
{
    static const size_t sizes[] = {1, 255, 256, 65791, 65792, 9 << 20};
    CLEANUP(gloss_buf_deinit) struct gloss_buf log = {0}, packed = {0}, out = {0};

    append_log(&log, 200000);
    for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
        gloss_buf_clear(&packed);
        pack(&packed, PACKER_ZSTD, log.ptr, sizes[i]);
        gloss_buf_clear(&out);
        cr_expect_eq(unpack(&out, PACKING_ZSTD, gloss_buf_view(&packed), 1, 65536), 0);
        cr_expect_eq(out.len, sizes[i]);
    }
}

/* ---- zlib, which takes the place of ISA-L where that is not ---- */

static int decode_all(struct decompress_codec *c, struct gloss_buf *out, const char *packed,
                      size_t n)
{
    struct decompress_io io = {.in = packed, .n_in = n};
    char bytes[1000];
    int r;

    do {
        io.out = bytes;
        io.n_out = sizeof(bytes);
        r = c->decode(c, &io);
        gloss_buf_append(out, bytes, sizeof(bytes) - io.n_out);
    } while (r == 0 && io.n_out == 0);
    return r;
}

Test(decompress, zlib_unpacks_member_by_member_and_stops_at_damage)
{
    CLEANUP(gloss_buf_deinit) struct gloss_buf log = {0}, packed = {0}, out = {0};
    struct decompress_codec *c = NULL;

    append_log(&log, 1000);
    pack(&packed, PACKER_GZIP, log.ptr, log.len);
    cr_assert_eq(decompress_zlib.open(&c), 0);
    for (int i = 0; i < 2; i++) {
        gloss_buf_clear(&out);
        cr_assert_eq(c->begin(c), 0);
        cr_expect_eq(decode_all(c, &out, packed.ptr, packed.len), DECOMPRESS_CODEC_E_ENDED);
        expect_same(&out, &log, "zlib");
    }
    memset(packed.ptr + packed.len / 2, 0x55, 16);
    gloss_buf_clear(&out);
    cr_assert_eq(c->begin(c), 0);
    cr_expect_eq(decode_all(c, &out, packed.ptr, packed.len), -EBADMSG);
    cr_expect(out.len > log.len / 3 && memcmp(out.ptr, log.ptr, log.len / 3) == 0);
    cr_expect_null(c->free(c));
}
