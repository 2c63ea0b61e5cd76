/* Kept bytes come out in order, from memory and then from the file, or are dropped. */

#include "core/base/util.h"
#include "helpers/limits.h"
#include "io/files/spool.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <unistd.h>

#define KIB 1024

static int to_buf(void *ctx, const char *bytes, size_t n)
{
    gloss_buf_append(ctx, bytes, n);
    return 0;
}

static int refuse(void *ctx, const char *bytes, size_t n)
{
    (void)ctx;
    (void)bytes;
    (void)n;
    return -ENOSPC;
}

/* The i-th piece of a pattern that repeats nowhere near. */
static void fill(char *piece, size_t n, size_t i)
{
    for (size_t k = 0; k < n; k++)
        piece[k] = (char)((i * 131 + k * 7 + k / 256) % 251);
}

static int keep(const struct gloss_hold *h, const char *bytes, size_t n)
{
    struct gloss_span items[2] = {gloss_span(bytes, n / 2), gloss_span(bytes + n / 2, n - n / 2)};
    struct gloss_spans spans = {.items = items, .n = 2, .bytes = n};

    return h->keep(h->ctx, &spans);
}

/* Keeps that many pieces and says whether they come out as they went in. */
static bool keeps_and_releases(const struct gloss_hold *h, struct gloss_buf *out, size_t pieces)
{
    static char piece[96 * KIB];
    bool same;

    gloss_buf_clear(out);
    for (size_t i = 0; i < pieces; i++) {
        fill(piece, sizeof(piece), i);
        cr_assert_eq(keep(h, piece, sizeof(piece)), 0);
        cr_assert_eq(out->len, 0, "nothing comes out before it is released");
    }
    cr_assert_eq(h->release(h->ctx), 0);
    same = out->len == pieces * sizeof(piece);
    for (size_t i = 0; i < pieces && same; i++) {
        fill(piece, sizeof(piece), i);
        same = memcmp(out->ptr + i * sizeof(piece), piece, sizeof(piece)) == 0;
    }
    return same;
}

Test(spool, what_is_kept_comes_out_in_order)
{
    static const size_t pieces[] = {0, 1, 10, 11, 12, 40, 3, 25};
    struct gloss_buf out = {0};
    struct spool *spool = NULL;

    cr_assert_eq(spool_new(&spool, to_buf, &out, NULL), 0);
    for (size_t i = 0; i < ARRAY_SIZE(pieces); i++)
        cr_expect(keeps_and_releases(spool_interface(spool), &out, pieces[i]), "%zu pieces",
                  pieces[i]);
    cr_expect_not(spool_failed(spool));
    spool_free(spool);
    gloss_buf_deinit(&out);
}

Test(spool, what_is_dropped_never_comes_out)
{
    static char piece[700 * KIB];
    struct gloss_buf out = {0};
    struct spool *spool = NULL;

    cr_assert_eq(spool_new(&spool, to_buf, &out, "/nonexistent"), 0);
    const struct gloss_hold *h = spool_interface(spool);
    for (int i = 0; i < 3; i++) {
        cr_expect_eq(keep(h, piece, sizeof(piece)), 0);
        cr_expect_eq(keep(h, piece, sizeof(piece)), 0);
        h->drop(h->ctx);
    }
    cr_expect(keeps_and_releases(h, &out, 20));
    spool_free(spool);
    gloss_buf_deinit(&out);
}

Test(spool, the_temporary_file_has_no_name)
{
    static char piece[2048 * KIB];
    char folder[] = "/tmp/glossd-test-XXXXXX";
    struct gloss_buf out = {0};
    struct spool *spool = NULL;

    cr_assert_not_null(mkdtemp(folder));
    cr_assert_eq(spool_new(&spool, to_buf, &out, folder), 0);
    cr_expect_eq(keep(spool_interface(spool), piece, sizeof(piece)), 0);
    cr_expect_eq(rmdir(folder), 0, "the folder is empty while the file is in use");
    spool_free(spool);
}

Test(spool, a_failure_of_its_file_is_told_from_one_of_the_writer)
{
    static char piece[2048 * KIB];
    struct spool *spool = NULL;

    cr_assert_eq(spool_new(&spool, refuse, NULL, NULL), 0);
    const struct gloss_hold *h = spool_interface(spool);
    cr_assert_eq(keep(h, piece, sizeof(piece)), 0);
    cr_expect_eq(h->release(h->ctx), -ENOSPC);
    cr_expect_not(spool_failed(spool));

    limits_file_bytes(512 * KIB);
    cr_expect_eq(keep(h, piece, sizeof(piece)), -EFBIG);
    cr_expect(spool_failed(spool));
    spool_free(spool);
}
