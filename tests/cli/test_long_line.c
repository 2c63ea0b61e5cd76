/* A line that never ends: memory stays bounded, and each code on it is found once, wherever the
 * seams are. */

#include "core/base/util.h"
#include "helpers/run.h"

#include <criterion/criterion.h>
#include <stdio.h>

#define MIB ((size_t)1 << 20)

TestSuite(long_line, .fini = scratch_remove);

/* Sends one line of that many MiB. At each boundary between two MiB a code lies across it, each
 * time a few bytes further on. Returns the number of codes. */
static unsigned send_line(struct run *r, size_t mib)
{
    static const char code[] = " BIZ_TOPIC_NOT_FOUND ";
    char *block = malloc(MIB);
    size_t pending = 0;

    cr_assert_not_null(block);
    for (size_t i = 0; i < mib; i++) {
        size_t cut = i % (sizeof(code) - 1);

        memset(block, 'x', MIB);
        memcpy(block, code + sizeof(code) - 1 - pending, pending);
        memcpy(block + MIB - cut, code, cut);
        pending = sizeof(code) - 1 - cut;
        cr_assert(run_send(r, block, MIB));
    }
    cr_assert(run_send(r, code + sizeof(code) - 1 - pending, pending));
    cr_assert(run_send(r, "\n", 1));
    free(block);
    return (unsigned)mib;
}

static void expect_small(const struct run *r)
{
    if (!run_is_sanitized())
        cr_expect_lt(r->max_rss_kib, 64 * 1024, "%ld KiB", r->max_rss_kib);
}

Test(long_line, counts_each_code_once_across_every_seam)
{
    char wanted[64];
    struct run r;

    run_start(&r, NULL, "summary", "--format=json", NULL);
    snprintf(wanted, sizeof(wanted), "\"lines\": 1, \"matched_lines\": 1, \"hits\": %u,",
             send_line(&r, run_is_sanitized() ? 64 : 1024));
    cr_expect_eq(run_end(&r), 0);
    cr_expect(strstr(r.out_text.ptr, wanted), "%s: %s", wanted, r.out_text.ptr);
    expect_small(&r);
    run_free(&r);
}

Test(long_line, passes_whole_with_one_note)
{
    const struct run_options to_null = {.stdout_path = "/dev/null"};
    const char *out = scratch_path("out");
    const struct run_options to_file = {.stdout_path = out};
    const size_t mib = 20;
    struct run r;
    FILE *file;

    run_start(&r, &to_null, "annotate", NULL);
    send_line(&r, run_is_sanitized() ? 64 : 1024);
    cr_expect_eq(run_end(&r), 0);
    expect_small(&r);
    run_free(&r);

    run_start(&r, &to_file, "annotate", NULL);
    send_line(&r, mib);
    cr_expect_eq(run_end(&r), 0);
    run_free(&r);
    file = fopen(out, "rb");
    cr_assert_not_null(file);
    fseek(file, 0, SEEK_END);
    cr_expect_gt((size_t)ftell(file), mib * MIB + 60);
    cr_expect_lt((size_t)ftell(file), mib * MIB + 400);
    fclose(file);
}

/* Whether the line is written is known only at its end, so it waits in a temporary file. */
Test(long_line, waits_for_its_first_code_outside_memory)
{
    const size_t mib = 80;
    char *block = malloc(MIB), tail[64] = {0};
    const struct run_options to_file = {.stdout_path = scratch_path("out")};
    struct run r;
    FILE *file;

    cr_assert_not_null(block);
    memset(block, 'x', MIB);
    run_start(&r, &to_file, "annotate", "--emit=matched", "--format=text", NULL);
    for (int line = 0; line < 2; line++) {
        for (size_t i = 0; i < mib; i++)
            cr_assert(run_send(&r, block, MIB));
        cr_assert(run_send(&r, line == 0 ? "\n" : " BIZ_NO_MESSAGE\n", line == 0 ? 1 : 16));
    }
    cr_expect_eq(run_end(&r), 0);
    expect_small(&r);
    file = fopen(to_file.stdout_path, "rb");
    cr_assert_not_null(file);
    cr_assert_eq(fseek(file, (long)(mib * MIB), SEEK_SET), 0);
    cr_assert_gt(fread(tail, 1, sizeof(tail) - 1, file), 0);
    cr_expect(strncmp(tail, " BIZ_NO_MESSAGE  # BIZ_NO_MESSAGE: ", 35) == 0, "%s", tail);
    fclose(file);
    run_free(&r);
    free(block);
}

Test(long_line, a_temporary_file_that_cannot_grow_is_named_with_the_way_out)
{
    const struct run_options small = {.max_file_bytes = 4096};
    char *block = malloc(MIB);
    struct run r;

    cr_assert_not_null(block);
    memset(block, 'x', MIB);
    run_start(&r, &small, "annotate", "--emit=matched", NULL);
    for (size_t i = 0; i < 8 && run_send(&r, block, MIB); i++)
        ;
    cr_expect_eq(run_end(&r), 2);
    cr_expect(strstr(r.err_text.ptr, "temporary file: ") && strstr(r.err_text.ptr, "TMPDIR"), "%s",
              r.err_text.ptr);
    run_free(&r);
    free(block);
}
