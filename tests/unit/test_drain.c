/* A sink that fails is tried again at longer and longer intervals, and heals. */

#include "app/drain.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#define SECOND_NS UINT64_C(1000000000)

static void limit(rlim_t bytes)
{
    struct rlimit l;

    signal(SIGXFSZ, SIG_IGN);
    cr_assert_eq(getrlimit(RLIMIT_FSIZE, &l), 0);
    l.rlim_cur = bytes;
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &l), 0);
}

static void write_ten(struct drain *d)
{
    struct gloss_spans spans = {0};

    gloss_spans_add(&spans, gloss_span_str("0123456789"));
    cr_expect_eq(drain_write(d, &spans), 0);
    gloss_spans_deinit(&spans);
}

Test(drain, a_failure_is_retried_at_once_then_in_1_2_4_to_60_seconds)
{
    static const uint64_t waits[] = {1, 2, 4, 8, 16, 32, 60, 60, 60};
    char path[] = "/tmp/drain-XXXXXX";
    int fd = mkstemp(path);
    struct drain *d;
    uint64_t now = 1000 * SECOND_NS;

    cr_assert(fd >= 0);
    cr_assert_eq(drain_new(&d, /* config= */ NULL, path, /* set= */ NULL), 0);
    cr_expect(drain_blocked(d), "it is not open yet");
    cr_expect_eq(drain_due_ns(d), UINT64_MAX);
    cr_assert_eq(outlet_open(d->outlet), 0);
    cr_expect_not(drain_blocked(d));
    limit(4);
    write_ten(d);
    cr_expect(drain_blocked(d));
    cr_expect_leq(drain_due_ns(d), now);
    for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
        drain_retry(d, now);
        cr_expect(drain_blocked(d));
        cr_expect_eq(drain_due_ns(d), now + waits[i] * SECOND_NS, "retry %zu", i);
        now = drain_due_ns(d);
    }
    limit(RLIM_INFINITY);
    drain_retry(d, now - 1);
    cr_expect(drain_blocked(d), "its time has not come");
    drain_retry(d, now);
    cr_expect_not(drain_blocked(d));
    cr_expect_eq(drain_due_ns(d), UINT64_MAX);
    cr_expect_eq(lseek(fd, 0, SEEK_END), 10);
    limit(12);
    write_ten(d);
    drain_retry(d, now);
    cr_expect_eq(drain_due_ns(d), now + SECOND_NS, "it begins anew after it healed");
    limit(RLIM_INFINITY);
    drain_free(d);
    close(fd);
    unlink(path);
}
