/* The messages that the service manager gets, at a socket in its place. The tests move the clock.
 */

#include "core/base/nanoseconds.h"
#include "core/base/util.h"
#include "io/os/sd_notify.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define START (100 * SECOND_NS)

static int manager = -1;

/* The address is abstract, so there is no file to remove. */
static void start_manager(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char name[64];
    int n = snprintf(name, sizeof(name), "@glossd-notify-%d", (int)getpid());

    manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    cr_assert_geq(manager, 0);
    memcpy(address.sun_path + 1, name + 1, (size_t)n - 1);
    cr_assert_eq(bind(manager, (struct sockaddr *)&address,
                      (socklen_t)(offsetof(struct sockaddr_un, sun_path) + (size_t)n)),
                 0);
    setenv("NOTIFY_SOCKET", name, 1);
    unsetenv("WATCHDOG_PID");
}

/* The next message; "" when there is none. Good until the next call. */
static const char *received(void)
{
    static char text[2048];
    ssize_t n = recv(manager, text, sizeof(text) - 1, 0);

    text[n > 0 ? n : 0] = '\0';
    return text;
}

Test(sd_notify, without_a_manager_nothing_is_due)
{
    struct sd_notify n;

    unsetenv("NOTIFY_SOCKET");
    setenv("WATCHDOG_USEC", "2000000", 1);
    sd_notify_init(&n);
    cr_expect_not(sd_notify_step(&n, START));
    cr_expect_eq(sd_notify_due_ns(&n), UINT64_MAX);
    sd_notify_ready(&n);
    sd_notify_stopping(&n);
}

Test(sd_notify, each_state_is_a_message)
{
    struct sd_notify n;
    uint64_t usec = 0;

    start_manager();
    sd_notify_init(&n);
    sd_notify_ready(&n);
    cr_expect_str_eq(received(), "READY=1");
    sd_notify_reloading(&n);
    cr_expect_eq(sscanf(received(), "RELOADING=1\nMONOTONIC_USEC=%" SCNu64, &usec), 1);
    cr_expect_gt(usec, 0);
    sd_notify_stopping(&n);
    cr_expect_eq(strncmp(received(), "STOPPING=1\n", 11), 0);
    cr_expect_str_eq(received(), "");
}

Test(sd_notify, a_ping_is_sent_by_a_step_and_twice_in_the_managers_time)
{
    struct sd_notify n;

    start_manager();
    setenv("WATCHDOG_USEC", "10000000", 1);
    sd_notify_init(&n);
    sd_notify_step(&n, START);
    cr_expect_str_eq(received(), "WATCHDOG=1");
    sd_notify_status(&n, START, "");
    cr_expect_eq(sd_notify_due_ns(&n), START + 5 * SECOND_NS);
    sd_notify_step(&n, START + 5 * SECOND_NS - 1);
    cr_expect_str_eq(received(), "", "too early");
    sd_notify_step(&n, START + 5 * SECOND_NS);
    cr_expect_str_eq(received(), "WATCHDOG=1");
    sd_notify_step(&n, START + 6 * SECOND_NS);
    cr_expect_str_eq(received(), "", "no step, no ping; and not with every step");
}

Test(sd_notify, no_ping_where_none_is_asked_for)
{
    struct sd_notify n;

    start_manager();
    unsetenv("WATCHDOG_USEC");
    sd_notify_init(&n);
    sd_notify_step(&n, START);
    cr_expect_str_eq(received(), "");
}

Test(sd_notify, the_sentence_is_sent_when_it_changed_and_once_a_second)
{
    struct sd_notify n;

    start_manager();
    sd_notify_init(&n);
    cr_expect(sd_notify_step(&n, START));
    sd_notify_status(&n, START, "one");
    cr_expect_str_eq(received(), "STATUS=one");
    cr_expect_eq(sd_notify_due_ns(&n), UINT64_MAX, "no step came since the sentence");

    cr_expect_not(sd_notify_step(&n, START + SECOND_NS / 2));
    cr_expect_eq(sd_notify_due_ns(&n), START + SECOND_NS, "the sentence may have changed");
    cr_expect(sd_notify_step(&n, START + SECOND_NS));
    sd_notify_status(&n, START + SECOND_NS, "one");
    cr_expect_str_eq(received(), "");
    cr_expect(sd_notify_step(&n, START + 2 * SECOND_NS));
    sd_notify_status(&n, START + 2 * SECOND_NS, "two");
    cr_expect_str_eq(received(), "STATUS=two");
}

Test(sd_notify, a_long_sentence_is_cut_and_not_sent_again)
{
    struct sd_notify n;
    char text[2 * SD_NOTIFY_STATUS_MAX];

    memset(text, 'x', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    start_manager();
    sd_notify_init(&n);
    sd_notify_status(&n, START, text);
    cr_expect_eq(strlen(received()), strlen("STATUS=") + SD_NOTIFY_STATUS_MAX - 1);
    sd_notify_status(&n, START + SECOND_NS, text);
    cr_expect_str_eq(received(), "");
}

Test(sd_notify, a_stopping_service_sends_no_more_sentences)
{
    struct sd_notify n;

    start_manager();
    sd_notify_init(&n);
    sd_notify_stopping(&n);
    cr_expect_not(sd_notify_step(&n, START));
    cr_expect_eq(sd_notify_due_ns(&n), UINT64_MAX);
}
