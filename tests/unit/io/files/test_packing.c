/* Packed streams and archives are known by their first bytes, and texts are never taken for them.
 */

#include "core/base/util.h"
#include "helpers/rng.h"
#include "helpers/run.h"
#include "io/files/packing.h"

#include <criterion/criterion.h>
#include <stdio.h>

TestSuite(packing, .fini = scratch_remove);

static enum packing packing_at(const char *head, size_t n)
{
    bool undecided;

    return packing_of(head, n, &undecided);
}

static bool is_undecided(const char *head, size_t n)
{
    bool undecided;

    return packing_of(head, n, &undecided) == PACKING_NONE && undecided;
}

Test(packing, each_is_known_when_its_magic_is_whole_and_undecided_before)
{
    static const struct {
        enum packing packing;
        size_t n;
        const char *head;
    } rows[] = {
        {PACKING_GZIP, 3, "\x1f\x8b\x08"},
        {PACKING_XZ, 6, "\xfd\x37\x7a\x58\x5a\0"},
        {PACKING_ZSTD, 4, "\x28\xb5\x2f\xfd"},
        {PACKING_ZSTD, 4, "\x50\x2a\x4d\x18"},
        {PACKING_ZSTD, 4, "\x5f\x2a\x4d\x18"},
        {PACKING_BZIP2, 10, "BZh9\x31\x41\x59\x26\x53\x59"},
        {PACKING_BZIP2, 10, "BZh1\x17\x72\x45\x38\x50\x90"},
        {PACKING_ZIP, 4, "PK\3\4"},
        {PACKING_ZIP, 4, "PK\5\6"},
        {PACKING_7Z, 6, "7z\xbc\xaf\x27\x1c"},
        {PACKING_LZ4, 4, "\x04\x22\x4d\x18"},
        {PACKING_LZ4, 4, "\x02\x21\x4c\x18"},
        {PACKING_COMPRESS, 3, "\x1f\x9d\x90"},
        {PACKING_LZIP, 5, "LZIP\1"},
        {PACKING_LZMA, 13, "\x5d\0\0\x80\0\xff\xff\xff\xff\xff\xff\xff\xff"},
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        cr_expect_eq(packing_at(rows[i].head, rows[i].n), rows[i].packing, "row %zu", i);
        for (size_t n = 1; n < rows[i].n; n++)
            cr_expect(is_undecided(rows[i].head, n), "row %zu, %zu bytes", i, n);
    }
    cr_expect_not(is_undecided("", 0));
}

Test(packing, what_only_begins_alike_is_none)
{
    static const struct {
        size_t n;
        const char *head;
    } rows[] = {
        {3, "\x1f\x8b\x09"},
        {5, "BZh9 "},
        {5, "BZh0\x31"},
        {3, "\x1f\x9d\xff"},
        {4, "PKZ "},
        {5, "LZIP "},
        {4, "[*M "},
        {13, "\x5d\0\0\x81\0\xff\xff\xff\xff\xff\xff\xff\xff"}, /* no such dictionary */
        {16, "\x5d\0\0\0\x20\0\0\0\x31\0\0\0\x32\0\0\0"},       /* UTF-32 */
        {13, "\x5d\0\0\x80\0\xff\xff\xff\xff\xff\xff\xff\x7f"}, /* no such size */
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        cr_expect_eq(packing_at(rows[i].head, rows[i].n), PACKING_NONE, "row %zu", i);
        cr_expect_not(is_undecided(rows[i].head, rows[i].n), "row %zu", i);
    }
}

/* ---- tar ---- */

static void make_tar(const char *format, char *ret_head)
{
    char command[512];
    FILE *f;

    scratch_file("app.log", "one\ntwo\n", 8);
    snprintf(command, sizeof(command), "tar -C '%s' --format=%s -cf - app.log", scratch(), format);
    f = popen(command, "r");
    cr_assert_not_null(f);
    cr_assert_eq(fread(ret_head, 1, PACKING_HEAD_BYTES, f), (size_t)PACKING_HEAD_BYTES);
    pclose(f);
}

Test(packing, a_tar_of_each_format_is_known_by_its_whole_head)
{
    static const char *const formats[] = {"v7", "ustar", "gnu", "posix"};
    char head[PACKING_HEAD_BYTES];

    for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
        make_tar(formats[i], head);
        cr_expect_eq(packing_at(head, sizeof(head)), PACKING_TAR, "%s", formats[i]);
        for (size_t n = 1; n < sizeof(head); n++) {
            cr_expect_eq(packing_at(head, n), PACKING_NONE, "%s, %zu bytes", formats[i], n);
            cr_expect(packing_may_be_tar(head, n), "%s, %zu bytes", formats[i], n);
        }
    }
}

/* Each byte counts. */
Test(packing, a_head_whose_sum_is_wrong_is_no_tar)
{
    char head[PACKING_HEAD_BYTES];

    make_tar("ustar", head);
    for (size_t i = 0; i < sizeof(head); i++) {
        head[i] ^= 1;
        cr_expect_eq(packing_at(head, sizeof(head)), PACKING_NONE, "byte %zu", i);
        head[i] ^= 1;
    }
    memset(head, 0, sizeof(head));
    cr_expect_eq(packing_at(head, sizeof(head)), PACKING_NONE, "zeros");
}

/* A first line that has ended tells a text. */
Test(packing, nobody_waits_for_a_tar_once_a_line_has_ended)
{
    static const char *const texts[] = {"\n",        "a\n", "2026-11-23 08:00:01 ERROR x\nhalf",
                                        "tab\there", "\t",  "a\0b"};
    static const size_t n[] = {1, 2, 32, 8, 1, 3};
    char line[200];

    for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
        cr_expect_not(packing_may_be_tar(texts[i], n[i]), "text %zu", i);
    cr_expect(packing_may_be_tar("a first line without its end", 28));
    memset(line, 'x', sizeof(line));
    cr_expect_not(packing_may_be_tar(line, sizeof(line)), "it goes on where a tar has numbers");
    cr_expect_not(packing_may_be_tar(line, 0));
}

/* Windows of a text that has all the characters of a tar's numbers. */
Test(packing, no_window_of_a_log_is_a_tar)
{
    size_t n = 1 << 20;
    char *text = malloc(n);
    uint32_t random = 1;

    cr_assert_not_null(text);
    for (size_t i = 0; i < n; i++)
        text[i] = "01234567 \n"[rng_next(&random) % 10];
    for (size_t i = 0; i + PACKING_HEAD_BYTES <= n; i++)
        if (packing_at(text + i, PACKING_HEAD_BYTES) != PACKING_NONE)
            cr_expect_fail("the window at %zu", i);
    free(text);
}
