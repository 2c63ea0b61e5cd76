/* Compressed logs: whole, in several members, coming in small pieces, cut off, damaged. */

#include "core/base/util.h"
#include "helpers/packed.h"
#include "helpers/run.h"
#include "helpers/service.h"

#include <criterion/criterion.h>
#include <signal.h>
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

static void expect_refused(const char *path, const char *text)
{
    char wanted[256];
    struct run r;

    snprintf(wanted, sizeof(wanted), "%s: %s", path, text);
    for (int i = 0; i < 2; i++) {
        cr_expect_eq(RUN(&r, NULL, "", i == 0 ? "summary" : "annotate", path), 2, "%s", path);
        cr_expect(strstr(r.err_text.ptr, wanted), "%s\n%s", wanted, r.err_text.ptr);
        cr_expect_eq(strchr(r.err_text.ptr, '\n'), r.err_text.ptr + r.err_text.len - 1, "%s",
                     r.err_text.ptr);
        if (i == 1)
            cr_expect_eq(r.out_text.len, 0u, "%s", path);
        run_free(&r);
    }
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

Test(packed, of_any_that_is_cut_off_no_byte_is_missing_that_its_own_program_gives)
{
    CLEANUP(gloss_buf_deinit) struct gloss_buf log = make_noisy_log(50000);

    for (enum packer p = 0; p < N_PACKERS; p++) {
        CLEANUP(gloss_buf_deinit) struct gloss_buf packed = {0}, possible = {0};
        size_t spared = p == PACKER_GZIP ? 2 : 0, n;
        const char *path;
        struct run r;

        pack(&packed, p, log.ptr, log.len);
        n = packed.len * 2 / 3;
        path = scratch_file("cut", packed.ptr, n);
        if (!unpack_by_its_own(&possible, p, packed.ptr, n)) {
            cr_log_warn("skipped, %s is not here", packer_names[p]);
            continue;
        }
        cr_expect_eq(RUN(&r, NULL, "", "annotate", path), 2);
        cr_expect_geq(r.out_text.len + spared, possible.len, "%s: %zu bytes of %zu",
                      packer_names[p], r.out_text.len, possible.len);
        cr_expect_leq(r.out_text.len, log.len);
        cr_expect_arr_eq(r.out_text.ptr, log.ptr, MIN(r.out_text.len, log.len));
        run_free(&r);
    }
}

/* A dictionary of 1.5 GiB in a file of some bytes took as much memory. */
Test(packed, a_dictionary_over_64_MiB_is_refused_and_one_of_64_MiB_is_not)
{
    CLEANUP(gloss_buf_deinit) struct gloss_buf log = make_log(100), packed = {0};
    struct run plain;

    annotated(&plain, &log);
    pack(&packed, PACKER_XZ, log.ptr, log.len);
    claim_xz_dictionary(&packed, UINT64_C(1) << 26);
    expect_annotated(scratch_file("64.xz", packed.ptr, packed.len), &plain, "xz -9");
    claim_xz_dictionary(&packed, UINT64_C(3) << 29);
    expect_refused(
        scratch_file("1536.xz", packed.ptr, packed.len),
        "takes more than 64 MiB of memory to decompress; decompress it first: xz -dc FILE");
    gloss_buf_clear(&packed);
    pack_zstd_window(&packed, 26, log.ptr, log.len);
    expect_annotated(scratch_file("26.zst", packed.ptr, packed.len), &plain, "zstd --long=26");
    gloss_buf_clear(&packed);
    pack_zstd_window(&packed, 27, log.ptr, log.len);
    expect_refused(scratch_file("27.zst", packed.ptr, packed.len),
                   "takes more than 64 MiB of memory to decompress; decompress it first: "
                   "zstd -dc --long=31 FILE");
    run_free(&plain);
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
    scratch_file("liblzma.so.5", "", 0);
    snprintf(path, sizeof(path), "LD_LIBRARY_PATH=%s", scratch());
    cr_expect_eq(RUN(&r, &options, "", "summary", scratch_file("app.xz", packed.ptr, packed.len)),
                 2);
    cr_expect(strstr(r.err_text.ptr, "app.xz: is compressed with xz") &&
                  strstr(r.err_text.ptr, "install liblzma5"),
              "%s", r.err_text.ptr);
    run_free(&r);
    cr_expect_eq(RUN(&r, &options, "", "summary", scratch_file("app.log", log.ptr, log.len)), 0,
                 "%s", r.err_text.ptr);
    run_free(&r);
    gloss_buf_deinit(&packed);
    gloss_buf_deinit(&log);
}

/* ---- what is no packed log ---- */

static void make(const char *format, const char *path)
{
    char command[1024];

    snprintf(command, sizeof(command), format, path, path);
    cr_assert_eq(system(command), 0, "%s", command);
}

Test(packed, an_archive_is_refused_by_its_name_with_the_command_that_reads_it)
{
    static const struct {
        const char *text, *head;
        size_t n;
    } rows[] = {
        {"is compressed with zip, which glossd cannot read; decompress it first: unzip -p FILE",
         "PK\3\4\x14", 5},
        {"is compressed with zip, ", "PK\5\6", 4},
        {"is compressed with 7z, ", "7z\xbc\xaf\x27\x1c", 6},
        {"is compressed with lz4, ", "\x04\x22\x4d\x18", 4},
        {"is compressed with lz4, ", "\x02\x21\x4c\x18", 4},
        {"is compressed with compress, ", "\x1f\x9d\x90", 3},
        {"is compressed with lzip, ", "LZIP\1", 5},
        {"is compressed with lzma, ", "\x5d\0\0\x80\0\xff\xff\xff\xff\xff\xff\xff\xff\0", 14},
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        expect_refused(scratch_file("old.log", rows[i].head, rows[i].n), rows[i].text);
}

Test(packed, a_tar_is_refused_plain_and_packed)
{
    static const char *const formats[] = {"v7", "ustar", "gnu", "posix"};
    static const char text[] = "is a tar archive, not a log; extract it first: tar -xOf FILE";
    CLEANUP(gloss_buf_deinit) struct gloss_buf log = make_log(100);
    char path[256], command[512];

    scratch_file("app.log", log.ptr, log.len);
    for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
        snprintf(path, sizeof(path), "%s/a.tar", scratch());
        snprintf(command, sizeof(command), "tar -C '%s' --format=%s -cf '%%s' app.log", scratch(),
                 formats[i]);
        make(command, path);
        expect_refused(path, text);
        make("gzip -kf '%s'", path);
        strcat(path, ".gz");
        expect_refused(path, text);
    }
}

/* However its bytes come. */
Test(packed, a_tar_that_trickles_in_is_refused)
{
    CLEANUP(gloss_buf_deinit) struct gloss_buf log = make_log(10);
    char command[512], head[600] = {0};
    struct run r;
    FILE *f;

    scratch_file("app.log", log.ptr, log.len);
    snprintf(command, sizeof(command), "tar -C '%s' -cf - app.log", scratch());
    f = popen(command, "r");
    cr_assert_eq(fread(head, 1, sizeof(head), f), sizeof(head));
    pclose(f);
    run_start(&r, NULL, "annotate", NULL);
    for (size_t i = 0; i < 512; i++)
        run_send(&r, head + i, 1);
    cr_expect_eq(run_end(&r), 2);
    cr_expect(strstr(r.err_text.ptr, "is a tar archive"), "%s", r.err_text.ptr);
    cr_expect_eq(r.out_text.len, 0u);
    run_free(&r);
}

/* 344 bytes of zstd in xz were 5 GB, when layer after layer was undone. */
Test(packed, what_is_packed_twice_is_refused)
{
    CLEANUP(gloss_buf_deinit) struct gloss_buf log = make_log(100), once = {0}, twice = {0};

    for (enum packer p = 0; p < N_PACKERS; p++)
        for (enum packer q = 0; q < N_PACKERS; q++) {
            char text[128];

            gloss_buf_clear(&once);
            gloss_buf_clear(&twice);
            pack(&once, p, log.ptr, log.len);
            pack(&twice, q, once.ptr, once.len);
            snprintf(text, sizeof(text),
                     "is compressed twice, with %s and then with %s; decompress it once first: "
                     "%s -dc FILE",
                     packer_names[p], packer_names[q], packer_names[q]);
            expect_refused(scratch_file("twice", twice.ptr, twice.len), text);
        }
}

Test(packed, a_text_of_a_file_name_is_no_tar)
{
    static const char *const texts[] = {"app.log", "x",
                                        "a line without its end, and without a NUL"};

    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        struct run r;

        cr_expect_eq(RUN(&r, NULL, texts[i], "annotate"), 0);
        cr_expect_str_eq(r.out_text.ptr, texts[i]);
        run_free(&r);
    }
}

/* ---- what the service takes for them ---- */

#define N_FILES 60
#define MEMORY_MAX_KIB (256L << 10)

/* A line with a code that tells its file, and 8 MiB that fill a dictionary. */
static void make_large_file(unsigned i, const struct gloss_buf *filling)
{
    CLEANUP(gloss_buf_deinit) struct gloss_buf packed = {0};
    bool is_zstd = i % 3 == 2;
    char line[64], name[16];

    snprintf(line, sizeof(line), "file %02u BIZ_NO_MESSAGE\n", i);
    snprintf(name, sizeof(name), "%02u.log.%s", i, is_zstd ? "zst" : "xz");
    gloss_buf_span(&packed, gloss_buf_view(filling));
    pack(&packed, is_zstd ? PACKER_ZSTD : PACKER_XZ, line, strlen(line));
    scratch_file(name, packed.ptr, packed.len);
}

static void make_large_files(void)
{
    CLEANUP(gloss_buf_deinit) struct gloss_buf text = {0}, xz = {0}, zstd = {0};

    for (unsigned i = 0; text.len < 8 << 20; i++)
        gloss_buf_printf(&text, "line %u of many in a log that nothing is wrong with\n", i);
    pack(&xz, PACKER_XZ, text.ptr, text.len);
    claim_xz_dictionary(&xz, UINT64_C(1) << 26);
    pack_zstd_window(&zstd, 26, text.ptr, text.len);
    for (unsigned i = 0; i < N_FILES; i++)
        make_large_file(i, i % 3 == 2 ? &zstd : &xz);
    claim_xz_dictionary(&xz, UINT64_C(3) << 29);
    scratch_file("1536.log.xz", xz.ptr, xz.len);
    gloss_buf_clear(&zstd);
    pack_zstd_window(&zstd, 27, text.ptr, text.len);
    scratch_file("27.log.zst", zstd.ptr, zstd.len);
}

/* Each of them was given the dictionary that it asked for, all at once. */
Test(packed, files_with_large_dictionaries_are_all_read_in_little_memory)
{
    const char *config = service_config(
        "state: '@/state.db'\n"
        "sources: [{name: app, follow: '@/*.log.*', rotate_wait: 100ms, packed_ratio: 1000000}]\n"
        "sinks: [{file: '@/out'}]\n");
    struct run r;
    char text[16];

    make_large_files();
    service_start(&r, config);
    cr_assert(run_hears_error(&r, "1536.log.xz': takes more than 64 MiB of memory"));
    cr_assert(run_hears_error(&r, "27.log.zst': takes more than 64 MiB of memory"));
    for (unsigned i = 0; i < N_FILES; i++) {
        snprintf(text, sizeof(text), "file %02u BIZ", i);
        cr_assert(service_comes_to("out", text), "%s", text);
    }
    kill(r.pid, SIGTERM);
    cr_assert_eq(run_end(&r), 0, "status %d", r.status);
    if (!run_is_sanitized())
        cr_expect_lt(r.max_rss_kib, MEMORY_MAX_KIB);
    run_free(&r);
}
