/* Compressed logs: whole, in several members, coming in small pieces, cut off, damaged. */

#include "core/base/util.h"
#include "helpers/packed.h"
#include "helpers/run.h"

#include <criterion/criterion.h>
#include <stdio.h>

TestSuite(packed, .fini = scratch_remove);

/* A log of that many lines, each seventh with a code. */
static struct gloss_buf make_log(unsigned lines)
{
    struct gloss_buf log = {0};

    for (unsigned i = 0; i < lines; i++)
        gloss_buf_printf(&log, "2026-11-23 08:00:%02u INFO line %u of the log%s\n", i % 60, i,
                         i % 7 == 3 ? ": BIZ_NO_MESSAGE" : "");
    cr_assert_not(log.failed);
    return log;
}

/* Runs annotate on the same log, uncompressed, from standard input. */
static void annotated(struct run *r, const struct gloss_buf *log)
{
    static const char *const words[] = {"annotate", NULL};

    cr_assert_eq(run_all(r, NULL, log->ptr, log->len, words), 0);
    cr_assert_gt(r->out_text.len, log->len);
}

static void expect_annotated(const char *path, const struct run *wanted, const char *what)
{
    struct run r;

    cr_expect_eq(RUN(&r, NULL, "", "annotate", path), 0, "%s: %s", what, r.err_text.ptr);
    cr_expect(gloss_span_equal(gloss_buf_view(&r.out_text), gloss_buf_view(&wanted->out_text)),
              "%s: %zu bytes of %zu", what, r.out_text.len, wanted->out_text.len);
    run_free(&r);
}

Test(packed, logs_are_known_by_content)
{
    struct gloss_buf log = make_log(20000);
    struct run plain;

    annotated(&plain, &log);
    for (enum packer p = 0; p < N_PACKERS; p++) {
        struct gloss_buf packed = {0};

        pack(&packed, p, log.ptr, log.len);
        expect_annotated(scratch_file("innocent.txt", packed.ptr, packed.len), &plain,
                         packer_names[p]);
        gloss_buf_deinit(&packed);
    }
    expect_annotated(scratch_file("plain.gz", log.ptr, log.len), &plain, "text called gz");
    run_free(&plain);
    gloss_buf_deinit(&log);
}

Test(packed, members_one_behind_the_other_are_one_log)
{
    struct gloss_buf log = make_log(2000);
    size_t third = log.len / 3;
    struct run plain;

    annotated(&plain, &log);
    for (enum packer p = 0; p < N_PACKERS; p++) {
        struct gloss_buf packed = {0};

        pack(&packed, p, log.ptr, third);
        pack(&packed, p, log.ptr + third, third);
        pack(&packed, p, log.ptr + 2 * third, log.len - 2 * third);
        expect_annotated(scratch_file("members", packed.ptr, packed.len), &plain, packer_names[p]);
        gloss_buf_deinit(&packed);
    }
    run_free(&plain);
    gloss_buf_deinit(&log);
}

Test(packed, a_stream_that_trickles_in_is_known)
{
    static const char text[] = "x BIZ_TOPIC_NOT_FOUND y\n";

    for (enum packer p = 0; p < N_PACKERS; p++) {
        struct gloss_buf packed = {0};
        struct run r;

        pack(&packed, p, text, strlen(text));
        run_start(&r, NULL, "annotate", NULL);
        for (size_t i = 0; i < packed.len; i++)
            run_send(&r, packed.ptr + i, 1);
        cr_expect_eq(run_end(&r), 0, "%s: %s", packer_names[p], r.err_text.ptr);
        cr_expect(strstr(r.out_text.ptr, "# BIZ_TOPIC_NOT_FOUND: "), "%s: %s", packer_names[p],
                  r.out_text.ptr);
        run_free(&r);
        gloss_buf_deinit(&packed);
    }
}

/* The number of bytes to which the packer's own program compresses a file; 0: there is no such
 * program. */
static size_t unpacked_by_its_own(enum packer p, const char *path)
{
    char command[1024];
    size_t n = 0;
    FILE *f;

    snprintf(command, sizeof(command), "%s -dc <'%s' 2>/dev/null | wc -c", packer_names[p], path);
    f = popen(command, "r");
    cr_assert_not_null(f);
    cr_assert_eq(fscanf(f, "%zu", &n), 1);
    pclose(f);
    return n;
}

/* A log with random numbers, so that half of the compressed bytes hold about half of the log. */
static struct gloss_buf make_noisy_log(unsigned lines)
{
    struct gloss_buf log = {0};
    uint32_t random = 1;

    for (unsigned i = 0; i < lines; i++) {
        random = random * 1664525u + 1013904223u;
        gloss_buf_printf(&log, "2026-11-23 08:00:01 INFO request %08x took %u ms\n", random,
                         random >> 22);
    }
    cr_assert_not(log.failed);
    return log;
}

Test(packed, of_any_that_is_cut_off_no_whole_block_is_missing)
{
    CLEANUP(gloss_buf_deinit) struct gloss_buf log = make_noisy_log(50000);

    for (enum packer p = 0; p < N_PACKERS; p++) {
        CLEANUP(gloss_buf_deinit) struct gloss_buf packed = {0};
        size_t block = p == PACKER_ZSTD ? 131072 : 65536, possible;
        const char *path;
        struct run r;

        pack(&packed, p, log.ptr, log.len);
        path = scratch_file("cut", packed.ptr, packed.len * 2 / 3);
        possible = unpacked_by_its_own(p, path);
        if (possible == 0) {
            cr_log_warn("skipped, %s is not here", packer_names[p]);
            continue;
        }
        cr_expect_eq(RUN(&r, NULL, "", "annotate", path), 2);
        cr_expect_geq(r.out_text.len, possible / block * block, "%s: %zu bytes of %zu",
                      packer_names[p], r.out_text.len, possible);
        cr_expect_leq(r.out_text.len, log.len);
        cr_expect_arr_eq(r.out_text.ptr, log.ptr, MIN(r.out_text.len, log.len));
        run_free(&r);
    }
}

Test(packed, what_only_begins_like_a_packed_stream_is_text)
{
    static const char *const texts[] = {"B", "BZ", "BZh9 is no packed stream\n", "\x1f\x8b", "("};

    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        struct run r;

        cr_expect_eq(RUN(&r, NULL, texts[i], "annotate"), 0);
        cr_expect_str_eq(r.out_text.ptr, texts[i]);
        run_free(&r);
    }
}

Test(packed, of_a_gz_cut_off_all_that_is_there_comes_out_then_the_error)
{
    struct gloss_buf log = make_log(3000), packed = {0};
    const char *path;
    struct run plain, r;
    size_t same;

    annotated(&plain, &log);
    pack(&packed, PACKER_GZIP, log.ptr, log.len);
    path = scratch_file("cut.gz", packed.ptr, packed.len / 2);
    cr_expect_eq(RUN(&r, NULL, "", "annotate", path), 2);
    cr_expect(strstr(r.err_text.ptr, path) && strstr(r.err_text.ptr, "cut off"), "%s",
              r.err_text.ptr);
    cr_expect_gt(r.out_text.len, plain.out_text.len / 4, "%zu bytes", r.out_text.len);
    /* The last line is cut off, too, and may have lost its code. */
    for (same = r.out_text.len; same > 0 && r.out_text.ptr[same - 1] != '\n';)
        same--;
    cr_expect_arr_eq(r.out_text.ptr, plain.out_text.ptr, same);
    run_free(&r);

    path = scratch_file("headless.gz", packed.ptr, 5);
    cr_expect_eq(RUN(&r, NULL, "", "annotate", path), 2);
    cr_expect(strstr(r.err_text.ptr, "cut off"), "%s", r.err_text.ptr);
    run_free(&r);
    run_free(&plain);
    gloss_buf_deinit(&packed);
    gloss_buf_deinit(&log);
}

static void expect_named(const char *path, const char *text, const char *what)
{
    struct run r;

    cr_expect_eq(RUN(&r, NULL, "", "annotate", path), 2, "%s", what);
    cr_expect(strstr(r.err_text.ptr, path), "%s: %s", what, r.err_text.ptr);
    cr_expect(strstr(r.err_text.ptr, text), "%s: %s", what, r.err_text.ptr);
    run_free(&r);
}

Test(packed, damage_is_said)
{
    struct gloss_buf log = make_log(3000);

    for (enum packer p = 0; p < N_PACKERS; p++) {
        struct gloss_buf packed = {0};

        pack(&packed, p, log.ptr, log.len);
        expect_named(scratch_file("cut", packed.ptr, packed.len - 20), "cut off", packer_names[p]);
        memset(packed.ptr + packed.len / 2, 0x55, 16);
        expect_named(scratch_file("damaged", packed.ptr, packed.len), "damaged", packer_names[p]);
        gloss_buf_deinit(&packed);
    }
    gloss_buf_deinit(&log);
}

Test(packed, padding_behind_a_gz_is_fine_and_rubbish_is_not)
{
    static const char zeros[600], text[] = "x BIZ_TOPIC_NOT_FOUND y\n";
    struct gloss_buf packed = {0};
    struct gloss_buf log = {0};
    struct run plain;

    gloss_buf_str(&log, text);
    annotated(&plain, &log);
    pack(&packed, PACKER_GZIP, text, strlen(text));
    gloss_buf_append(&packed, zeros, sizeof(zeros));
    expect_annotated(scratch_file("padded.gz", packed.ptr, packed.len), &plain, "padded");
    gloss_buf_str(&packed, "rubbish");
    expect_named(scratch_file("rubbish.gz", packed.ptr, packed.len), "not gzip", "rubbish");
    run_free(&plain);
    gloss_buf_deinit(&packed);
    gloss_buf_deinit(&log);
}

Test(packed, text_inside_is_decoded)
{
    static const char gbk[] = "\xb4\xed\xce\xf3 BIZ_NO_MESSAGE\n";
    struct gloss_buf packed = {0};
    struct run r;

    pack(&packed, PACKER_GZIP, gbk, strlen(gbk));
    cr_expect_eq(RUN(&r, NULL, "", "annotate", "--encoding=gbk",
                     scratch_file("gbk.gz", packed.ptr, packed.len)),
                 0);
    cr_expect(strncmp(r.out_text.ptr, "\xe9\x94\x99\xe8\xaf\xaf BIZ_NO_MESSAGE  # ", 25) == 0, "%s",
              r.out_text.ptr);
    run_free(&r);

    gloss_buf_clear(&packed);
    pack(&packed, PACKER_ZSTD,
         "\xff\xfe"
         "O\0K\0\n\0",
         8);
    cr_expect_eq(RUN(&r, NULL, "", "annotate", scratch_file("w.zst", packed.ptr, packed.len)), 0);
    cr_expect_str_eq(r.out_text.ptr, "OK\n");
    run_free(&r);
    gloss_buf_deinit(&packed);
}

/* A broken library is as good as no library. */
Test(packed, a_missing_library_is_named_and_plain_logs_are_read_without_it)
{
    static char path[4200];
    const char *const env[] = {path, NULL};
    struct run_options options = {.env = env};
    struct gloss_buf log = make_log(100), packed = {0};
    struct run r;

    pack(&packed, PACKER_XZ, log.ptr, log.len);
    scratch_file("libarchive.so.13", "", 0);
    snprintf(path, sizeof(path), "LD_LIBRARY_PATH=%s", scratch());
    cr_expect_eq(RUN(&r, &options, "", "summary", scratch_file("app.xz", packed.ptr, packed.len)),
                 2);
    cr_expect(strstr(r.err_text.ptr, "app.xz: is compressed") &&
                  strstr(r.err_text.ptr, "libarchive"),
              "%s", r.err_text.ptr);
    run_free(&r);
    cr_expect_eq(RUN(&r, &options, "", "summary", scratch_file("app.log", log.ptr, log.len)), 0,
                 "%s", r.err_text.ptr);
    run_free(&r);
    gloss_buf_deinit(&packed);
    gloss_buf_deinit(&log);
}

Test(packed, what_nobody_here_unpacks_is_warned_of_by_name)
{
    static const struct {
        const char *packer, *head;
        size_t n;
    } rows[] = {
        {"zip", "PK\3\4\x14", 5},       {"7z", "7z\xbc\xaf\x27\x1c", 6},
        {"lz4", "\x04\x22\x4d\x18", 4}, {"compress", "\x1f\x9d\x90", 3},
        {"lzip", "LZIP\1", 5},          {"lzma", "\x5d\0\0\x80\0", 5},
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const char *path = scratch_file("old.log", rows[i].head, rows[i].n);
        char wanted[128];
        struct run r;

        snprintf(wanted, sizeof(wanted), "old.log: warning: is compressed with %s, ",
                 rows[i].packer);
        cr_expect_eq(RUN(&r, NULL, "", "summary", path), 0);
        cr_expect(strstr(r.err_text.ptr, wanted), "%s", r.err_text.ptr);
        run_free(&r);
    }
}
