/* A sink that fails is tried again at longer and longer intervals, and heals. */

#include "app/service/sink.h"
#include "core/base/nanoseconds.h"
#include "core/base/util.h"
#include "helpers/feed.h"
#include "helpers/limits.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static void write_ten(struct sink *d)
{
    struct gloss_spans spans = {0};

    gloss_spans_add(&spans, gloss_span_str("0123456789"));
    cr_expect_eq(sink_write(d, &spans), 0);
    gloss_spans_deinit(&spans);
}

Test(sink, a_failure_is_retried_at_once_then_in_1_2_4_to_60_seconds)
{
    static const uint64_t waits[] = {1, 2, 4, 8, 16, 32, 60, 60, 60};
    char path[] = "/tmp/drain-XXXXXX";
    int fd = mkstemp(path);
    struct sink *d;
    uint64_t now = 1000 * SECOND_NS;

    cr_assert(fd >= 0);
    cr_assert_eq(sink_new(&d, /* config= */ NULL, path, /* set= */ NULL), 0);
    cr_expect(sink_is_blocked(d), "it is not open yet");
    cr_expect_eq(sink_due_ns(d), UINT64_MAX);
    cr_assert_eq(sink_file_open(d->file), 0);
    cr_expect_not(sink_is_blocked(d));
    limits_file_bytes(4);
    write_ten(d);
    cr_expect(sink_is_blocked(d));
    cr_expect_leq(sink_due_ns(d), now);
    for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
        sink_retry(d, now);
        cr_expect(sink_is_blocked(d));
        cr_expect_eq(sink_due_ns(d), now + waits[i] * SECOND_NS, "retry %zu", i);
        now = sink_due_ns(d);
    }
    limits_file_bytes(RLIM_INFINITY);
    sink_retry(d, now - 1);
    cr_expect(sink_is_blocked(d), "its time has not come");
    sink_retry(d, now);
    cr_expect_not(sink_is_blocked(d));
    cr_expect_eq(sink_due_ns(d), UINT64_MAX);
    cr_expect_eq(lseek(fd, 0, SEEK_END), 10);
    limits_file_bytes(12);
    write_ten(d);
    sink_retry(d, now);
    cr_expect_eq(sink_due_ns(d), now + SECOND_NS, "it begins anew after it healed");
    limits_file_bytes(RLIM_INFINITY);
    sink_free(d);
    close(fd);
    unlink(path);
}

static void set_up_journal(struct sink **ret_sink)
{
    static const struct config_sink sink = {.name = "journal", .is_journal = true};

    cr_assert_eq(sink_new(ret_sink, &sink, /* path= */ NULL, /* set= */ NULL), 0);
    cr_expect_str_eq(sink_file_name((*ret_sink)->file), "the journal");
    cr_expect_null((*ret_sink)->notes);
    cr_assert_eq(sink_file_open((*ret_sink)->file), 0);
}

Test(sink, a_line_is_an_entry_for_each_of_its_codes)
{
    CLEANUP(gloss_catalogs_freep)
    struct gloss_catalogs *set =
        feed_catalogs("catalog: shop\ncodes:\n  BIZ_A: {cause: a, solution: b}\n"
                      "  BIZ_B: {cause: a, solution: b}\n");
    struct gloss_hit hits[] = {{.text = gloss_span_str("BIZ_A"), .first = true},
                               {.text = gloss_span_str("BIZ_B"), .first = true},
                               {.text = gloss_span_str("BIZ_A"), .first = false}};
    const struct gloss_line line = {.text = gloss_span_str("BIZ_A"), .hits = hits, .n_hits = 3};
    const struct gloss_line without = {.text = gloss_span_str("BIZ_X")};
    char path[] = "/tmp/drain-socket-XXXXXX", got[4096];
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    struct sink d = {.is_journal = true};

    close(mkstemp(path));
    unlink(path);
    strcpy(at.sun_path, path);
    cr_assert_eq(bind(fd, (const struct sockaddr *)&at, sizeof(at)), 0);
    for (int i = 0; i < 3; i++)
        hits[i].entry = gloss_catalogs_find(set, hits[i].text);
    cr_assert_eq(sink_file_new_journal(&d.file, path), 0);
    cr_assert_eq(sink_file_open(d.file), 0);
    cr_expect_eq(sink_enter(&d, "app", &without), 0);
    cr_expect_eq(sink_enter(&d, "app", &line), 0);
    cr_expect(d.dirty);
    for (int i = 0; i < 2; i++) {
        ssize_t n = recv(fd, got, sizeof(got) - 1, 0);

        cr_assert_gt(n, 0);
        got[n] = '\0';
        cr_expect_not_null(strstr(got, i == 0 ? "GLOSS_CODE=BIZ_A\n" : "GLOSS_CODE=BIZ_B\n"));
    }
    cr_expect_eq(recv(fd, got, sizeof(got), 0), -1);
    sink_file_free(d.file);
    close(fd);
    unlink(path);
}

Test(sink, a_journal_that_takes_nothing_for_5_seconds_has_trouble)
{
    uint64_t now = 1000 * SECOND_NS;
    char path[] = "/tmp/drain-socket-XXXXXX", got[64];
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    struct sink *d;

    set_up_journal(&d);
    sink_file_free(d->file);
    close(mkstemp(path));
    unlink(path);
    strcpy(at.sun_path, path);
    cr_assert_eq(bind(fd, (const struct sockaddr *)&at, sizeof(at)), 0);
    cr_assert_eq(sink_file_new_journal(&d->file, path), 0);
    cr_assert_eq(sink_file_open(d->file), 0);
    while (!sink_is_blocked(d))
        write_ten(d);
    for (uint64_t t = 0; t < 4900 * SECOND_NS / 1000; t = sink_due_ns(d) - now) {
        sink_retry(d, now + t);
        cr_expect_not(d->failing);
    }
    sink_retry(d, now + 6 * SECOND_NS);
    cr_expect(d->failing);
    while (recv(fd, got, sizeof(got), 0) > 0)
        ;
    sink_retry(d, sink_due_ns(d));
    cr_expect_not(d->failing);
    cr_expect_not(sink_is_blocked(d));
    sink_free(d);
    close(fd);
    unlink(path);
}
