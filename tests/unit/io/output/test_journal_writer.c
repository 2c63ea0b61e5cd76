/* Entries for the journal; a socket of the test takes the place of its daemon. */

#include "core/base/util.h"
#include "helpers/run.h"
#include "io/output/journal_writer.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

TestSuite(journal_writer, .fini = scratch_remove);

static const char *socket_path(void)
{
    return scratch_path("journal.socket");
}

static int listen_at_socket(void)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    snprintf(at.sun_path, sizeof(at.sun_path), "%s", socket_path());
    unlink(at.sun_path);
    cr_assert_eq(bind(fd, (const struct sockaddr *)&at, sizeof(at)), 0);
    return fd;
}

static struct journal_writer *open_writer(void)
{
    struct journal_writer *w;

    cr_assert_eq(journal_writer_new(&w, socket_path()), 0);
    cr_expect_not(journal_writer_is_open(w));
    cr_assert_eq(journal_writer_open(w), 0);
    cr_expect(journal_writer_is_open(w));
    return w;
}

static int write_entry(struct journal_writer *w, const char *text)
{
    struct gloss_spans spans = {0};
    int r;

    gloss_spans_add(&spans, gloss_span_str("MESSAGE="));
    gloss_spans_copy(&spans, gloss_span_str(text));
    gloss_spans_copy(&spans, gloss_span_str("\n"));
    r = journal_writer_write(w, &spans);
    gloss_spans_deinit(&spans);
    return r;
}

static void expect_entry(int fd, const char *text)
{
    char got[256], expected[256];
    ssize_t n = recv(fd, got, sizeof(got) - 1, 0);

    cr_assert_geq(n, 0, "no entry where '%s' should be", text);
    got[n] = '\0';
    snprintf(expected, sizeof(expected), "MESSAGE=%s\n", text);
    cr_expect_str_eq(got, expected);
}

Test(journal_writer, an_entry_is_one_datagram)
{
    int fd = listen_at_socket();
    struct journal_writer *w = open_writer();

    cr_expect_eq(write_entry(w, "one"), 0);
    cr_expect_eq(write_entry(w, "two"), 0);
    cr_expect_not(journal_writer_is_blocked(w));
    expect_entry(fd, "one");
    expect_entry(fd, "two");
    journal_writer_free(w);
    close(fd);
}

Test(journal_writer, where_nobody_listens_entries_wait_and_go_out_in_order)
{
    struct journal_writer *w = open_writer();
    int fd;

    cr_expect_eq(write_entry(w, "one"), JOURNAL_WRITER_BLOCKED);
    cr_expect_eq(journal_writer_failure(w), -ENOENT);
    cr_expect_eq(write_entry(w, "two"), JOURNAL_WRITER_BLOCKED);
    cr_expect_eq(journal_writer_retry(w), JOURNAL_WRITER_BLOCKED);
    fd = listen_at_socket();
    cr_expect_eq(write_entry(w, "three"), JOURNAL_WRITER_BLOCKED, "not before those that wait");
    cr_expect_eq(journal_writer_retry(w), 0);
    cr_expect_not(journal_writer_is_blocked(w));
    cr_expect_eq(journal_writer_failure(w), 0);
    expect_entry(fd, "one");
    expect_entry(fd, "two");
    expect_entry(fd, "three");
    close(fd);
    cr_expect_eq(write_entry(w, "four"), JOURNAL_WRITER_BLOCKED);
    cr_expect_eq(journal_writer_failure(w), -ECONNREFUSED);
    fd = listen_at_socket();
    cr_expect_eq(journal_writer_retry(w), 0, "another socket at the same path");
    expect_entry(fd, "four");
    journal_writer_free(w);
    close(fd);
}

Test(journal_writer, pending_entries_are_sent_by_another_writer)
{
    struct journal_writer *w = open_writer(), *other = open_writer();
    int fd;

    cr_expect_eq(journal_writer_pending(w).len, 0);
    cr_expect_eq(write_entry(w, "one"), JOURNAL_WRITER_BLOCKED);
    cr_expect_eq(write_entry(w, "two"), JOURNAL_WRITER_BLOCKED);
    cr_expect_eq(journal_writer_restore_pending(other, journal_writer_pending(w)), 0);
    cr_expect(journal_writer_is_blocked(other));
    cr_expect_eq(write_entry(other, "three"), JOURNAL_WRITER_BLOCKED);
    fd = listen_at_socket();
    cr_expect_eq(journal_writer_retry(other), 0);
    cr_expect_eq(journal_writer_pending(other).len, 0);
    expect_entry(fd, "one");
    expect_entry(fd, "two");
    expect_entry(fd, "three");
    journal_writer_free(w);
    journal_writer_free(other);
    close(fd);
}

Test(journal_writer, bytes_that_are_no_entries_are_not_pending)
{
    struct journal_writer *w = open_writer(), *other = open_writer();
    struct gloss_span pending;

    cr_expect_eq(write_entry(w, "one"), JOURNAL_WRITER_BLOCKED);
    pending = journal_writer_pending(w);
    for (size_t n = 1; n < pending.len; n++)
        cr_expect_eq(journal_writer_restore_pending(other, gloss_span(pending.ptr, n)), -EUCLEAN);
    cr_expect_not(journal_writer_is_blocked(other));
    journal_writer_free(w);
    journal_writer_free(other);
}

Test(journal_writer, a_journal_that_does_not_read_does_not_block_the_writer)
{
    int fd = listen_at_socket(), n = 0;
    struct journal_writer *w = open_writer();
    char text[32];

    do
        snprintf(text, sizeof(text), "%d", n++);
    while (write_entry(w, text) == 0);
    cr_expect_eq(journal_writer_failure(w), -EAGAIN);
    cr_expect_eq(journal_writer_retry(w), JOURNAL_WRITER_BLOCKED);
    for (int i = 0; i < n; i++) {
        snprintf(text, sizeof(text), "%d", i);
        if (i == n - 1)
            cr_expect_eq(journal_writer_retry(w), 0);
        expect_entry(fd, text);
    }
    journal_writer_free(w);
    close(fd);
}

Test(journal_writer, an_entry_of_the_largest_size_is_taken)
{
    int fd = listen_at_socket();
    struct journal_writer *w = open_writer();
    struct gloss_spans spans = {0};
    CLEANUP(freep) char *bytes = malloc(JOURNAL_WRITER_ENTRY_MAX);

    cr_assert_not_null(bytes);
    memset(bytes, 'x', JOURNAL_WRITER_ENTRY_MAX);
    gloss_spans_add(&spans, gloss_span(bytes, JOURNAL_WRITER_ENTRY_MAX));
    cr_expect_eq(journal_writer_write(w, &spans), 0);
    cr_expect_eq(recv(fd, bytes, JOURNAL_WRITER_ENTRY_MAX, MSG_TRUNC),
                 (ssize_t)JOURNAL_WRITER_ENTRY_MAX);
    gloss_spans_deinit(&spans);
    journal_writer_free(w);
    close(fd);
}
