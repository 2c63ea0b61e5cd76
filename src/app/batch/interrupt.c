/* The handler serves one signal of each kind; a second one has its default effect and ends the
 * program. A flag alone is not enough: a signal that comes after the flag was asked and before a
 * wait starts would not end the wait. So the handler also makes a descriptor readable. */

#include "app/batch/interrupt.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

static volatile sig_atomic_t came;
static int event_fd = -1;

static void on_signal(int number)
{
    const uint64_t one = 1;
    int kept = errno;

    (void)number;
    came = 1;
    if (write(event_fd, &one, sizeof(one)) < 0)
        came = 2; /* the counter of event_fd is full, so it is readable */
    errno = kept;
}

static int catch_one(int number)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND}, inherited;

    if (event_fd < 0)
        event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (event_fd < 0)
        return -errno;
    if (sigaction(number, NULL, &inherited) < 0)
        return -errno;
    if (inherited.sa_handler == SIG_IGN)
        return event_fd;
    sigemptyset(&action.sa_mask);
    return sigaction(number, &action, NULL) < 0 ? -errno : event_fd;
}

int interrupt_catch(void)
{
    return catch_one(SIGINT);
}

int interrupt_catch_all(void)
{
    int r = catch_one(SIGTERM);

    if (r >= 0)
        r = catch_one(SIGHUP);
    return r < 0 ? r : catch_one(SIGINT);
}

bool interrupt_came(void)
{
    return came != 0;
}
