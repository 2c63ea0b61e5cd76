/* A sink that fails is tried again at longer and longer intervals, and heals. */

#include "app/connectors/file_sink.h"
#include "app/connectors/journal_sink.h"
#include "core/base/nanoseconds.h"
#include "core/base/util.h"
#include "helpers/feed.h"
#include "helpers/limits.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static void write_ten(struct sink *s)
{
    struct gloss_spans spans = {0};

    gloss_spans_add(&spans, gloss_span_str("0123456789"));
    cr_expect_eq(sink_write(s, &spans), 0);
    gloss_spans_deinit(&spans);
}

static void commit(struct sink *s)
{
    sink_prepare(s);
    sink_settle(s, /* committed= */ true);
}

Test(sink, a_failure_is_retried_at_once_then_in_1_2_4_to_60_seconds)
{
    static const uint64_t waits[] = {1, 2, 4, 8, 16, 32, 60, 60, 60};
    char path[] = "/tmp/sink-XXXXXX";
    int fd = mkstemp(path);
    struct sink *s;
    uint64_t now = 1000 * SECOND_NS;

    cr_assert(fd >= 0);
    const struct file_sink_settings settings = {.path = path, .mode = 0640};
    const struct config_sink config = {
        .name = "a", .kind = &file_sink_kind.config, .settings = &settings};

    cr_assert_eq(sink_new(&s, &config, /* set= */ NULL), 0);
    cr_expect(sink_is_blocked(s), "it is not open yet");
    cr_expect_eq(sink_due_ns(s), UINT64_MAX);
    cr_assert_eq(sink_open(s), 0);
    cr_expect_not(sink_is_blocked(s));
    commit(s);
    limits_file_bytes(4);
    write_ten(s);
    cr_expect(sink_is_blocked(s));
    cr_expect_leq(sink_due_ns(s), now);
    for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
        sink_retry(s, now);
        cr_expect(sink_is_blocked(s));
        cr_expect_eq(sink_due_ns(s), now + waits[i] * SECOND_NS, "retry %zu", i);
        now = sink_due_ns(s);
    }
    limits_file_bytes(RLIM_INFINITY);
    sink_retry(s, now - 1);
    cr_expect(sink_is_blocked(s), "its time has not come");
    sink_retry(s, now);
    cr_expect_not(sink_is_blocked(s));
    cr_expect_eq(sink_due_ns(s), UINT64_MAX);
    cr_expect_eq(lseek(fd, 0, SEEK_END), 10);
    limits_file_bytes(12);
    write_ten(s);
    sink_retry(s, now);
    cr_expect_eq(sink_due_ns(s), now + SECOND_NS, "it begins anew after it healed");
    limits_file_bytes(RLIM_INFINITY);
    sink_free(s);
    close(fd);
    unlink(path);
}

static struct sink *open_file(const char *path)
{
    const struct file_sink_settings settings = {.path = path, .mode = 0640};
    const struct config_sink config = {
        .name = "a", .kind = &file_sink_kind.config, .settings = &settings};
    struct sink *s;

    cr_assert_eq(sink_new(&s, &config, /* set= */ NULL), 0);
    cr_assert_eq(sink_open(s), 0);
    return s;
}

/* A crash would make a start write the same bytes to that file once more. */
Test(sink, bytes_that_wait_do_not_go_to_a_file_that_the_state_does_not_know)
{
    char path[] = "/tmp/sink-XXXXXX";
    int fd = mkstemp(path);
    struct sink *s = open_file(path);

    commit(s);
    limits_file_bytes(4);
    write_ten(s);
    commit(s);
    close(fd);
    unlink(path); /* as logrotate would */
    limits_file_bytes(RLIM_INFINITY);
    cr_assert_eq(sink_reopen(s, SECOND_NS), 0);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    sink_retry(s, 2 * SECOND_NS);
    cr_expect(sink_is_blocked(s));
    cr_expect_eq(lseek(fd, 0, SEEK_END), 0);
    commit(s);
    sink_retry(s, 3 * SECOND_NS);
    cr_expect_not(sink_is_blocked(s));
    cr_expect_eq(lseek(fd, 0, SEEK_END), 10);
    sink_free(s);
    close(fd);
    unlink(path);
}

static void expect_status(const struct sink *s, bool up, uint64_t since_ns, const char *error)
{
    struct sink_status status;

    sink_describe(s, &status);
    cr_expect_eq(status.up, up);
    cr_expect_eq(status.since_ns, since_ns);
    cr_expect(error ? status.error && STREQ(status.error, error) : !status.error, "%s",
              status.error ? status.error : "");
}

Test(sink, a_reload_does_not_forget_since_when_a_sink_fails_and_why)
{
    char path[] = "/tmp/sink-XXXXXX";
    int fd = mkstemp(path);
    struct sink *s = open_file(path), *next;

    commit(s);
    limits_file_bytes(4);
    write_ten(s);
    sink_retry(s, 5 * SECOND_NS);
    expect_status(s, /* up= */ false, 5 * SECOND_NS, "File too large");
    next = open_file(path);
    cr_assert_eq(next->kind->ops->restore_pending(next, sink_pending(s)), 0);
    sink_inherit(next, s, 6 * SECOND_NS);
    expect_status(next, /* up= */ false, 5 * SECOND_NS, "File too large");
    sink_free(s);
    s = open_file(path); /* nothing waits for it */
    sink_inherit(s, next, 7 * SECOND_NS);
    expect_status(s, /* up= */ true, 7 * SECOND_NS, NULL);
    limits_file_bytes(RLIM_INFINITY);
    sink_free(s);
    sink_free(next);
    close(fd);
    unlink(path);
}

Test(sink, a_sink_that_cannot_be_opened_again_says_why_and_since_when)
{
    char folder[] = "/tmp/sink-XXXXXX", path[64];
    struct sink *s;

    cr_assert_not_null(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/out", folder);
    s = open_file(path);
    unlink(path);
    rmdir(folder);
    cr_expect_eq(sink_reopen(s, 5 * SECOND_NS), -ENOENT);
    cr_expect_eq(sink_reopen(s, 6 * SECOND_NS), -ENOENT);
    expect_status(s, /* up= */ false, 5 * SECOND_NS, "No such file or directory");
    mkdir(folder, 0700);
    cr_expect_eq(sink_reopen(s, 7 * SECOND_NS), 0);
    expect_status(s, /* up= */ true, 7 * SECOND_NS, NULL);
    sink_free(s);
    unlink(path);
    rmdir(folder);
}

/* Opens a journal sink that writes to a socket of the test. */
static struct sink *open_journal(const char *path)
{
    struct sink *s;

    cr_assert_eq(journal_sink_make(&s, path), 0);
    cr_expect_str_eq(s->name, "the journal");
    cr_expect(sink_takes_findings(s));
    cr_assert_eq(sink_open(s), 0);
    return s;
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
    char path[] = "/tmp/sink-socket-XXXXXX", got[4096];
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    struct sink *s;

    close(mkstemp(path));
    unlink(path);
    strcpy(at.sun_path, path);
    cr_assert_eq(bind(fd, (const struct sockaddr *)&at, sizeof(at)), 0);
    for (int i = 0; i < 3; i++)
        hits[i].entry = gloss_catalogs_find(set, hits[i].text);
    s = open_journal(path);
    cr_expect_eq(sink_line(s, "app", &without), 0);
    cr_expect_not(s->dirty);
    cr_expect_eq(sink_line(s, "app", &line), 0);
    cr_expect(s->dirty);
    for (int i = 0; i < 2; i++) {
        ssize_t n = recv(fd, got, sizeof(got) - 1, 0);

        cr_assert_gt(n, 0);
        got[n] = '\0';
        cr_expect_not_null(strstr(got, i == 0 ? "GLOSS_CODE=BIZ_A\n" : "GLOSS_CODE=BIZ_B\n"));
    }
    cr_expect_eq(recv(fd, got, sizeof(got), 0), -1);
    sink_free(s);
    close(fd);
    unlink(path);
}

Test(sink, a_journal_that_takes_nothing_for_5_seconds_is_a_failure)
{
    uint64_t now = 1000 * SECOND_NS;
    char path[] = "/tmp/sink-socket-XXXXXX", got[64];
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    struct sink *s;

    close(mkstemp(path));
    unlink(path);
    strcpy(at.sun_path, path);
    cr_assert_eq(bind(fd, (const struct sockaddr *)&at, sizeof(at)), 0);
    s = open_journal(path);
    while (!sink_is_blocked(s))
        write_ten(s);
    for (uint64_t t = 0; t < 4900 * SECOND_NS / 1000; t = sink_due_ns(s) - now) {
        sink_retry(s, now + t);
        cr_expect_not(s->failing);
    }
    sink_retry(s, now + 6 * SECOND_NS);
    cr_expect(s->failing);
    while (recv(fd, got, sizeof(got), 0) > 0)
        ;
    sink_retry(s, sink_due_ns(s));
    cr_expect_not(s->failing);
    cr_expect_not(sink_is_blocked(s));
    sink_free(s);
    close(fd);
    unlink(path);
}

Test(sink, the_journal_keeps_what_nobody_takes_and_has_no_position)
{
    struct sink *s;

    cr_assert_eq(journal_sink_make(&s, "/nowhere/journal.socket"), 0);
    cr_expect_not(sink_is_open(s));
    cr_assert_eq(sink_open(s), 0);
    write_ten(s);
    cr_expect(sink_is_blocked(s));
    cr_expect_eq(s->kind->ops->failure(s), -ENOENT);
    sink_prepare(s);
    cr_expect_eq(sink_sync(s), 0);
    cr_expect_not(sink_position_is_set(&s->prepared.position));
    cr_expect(s->prepared.has_pending);
    cr_expect_not(sink_was_moved(s));
    sink_look(s);
    cr_expect_not(s->cut);
    sink_free(s);
}
