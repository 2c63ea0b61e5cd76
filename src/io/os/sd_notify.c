/* A ping must mean that the work goes on, so it is sent when the loop has done a round of work,
 * never by a timer of its own. A loop that hangs in a read, a lock or a pattern sends no ping, and
 * the manager restarts the service.
 *
 * The sentence is made at most once a second, and once more a second after the last change, so that
 * `systemctl status` shows the true state of a service that has come to rest. */

#include "io/os/sd_notify.h"

#include "core/base/nanoseconds.h"
#include "core/base/util.h"

#include <inttypes.h>
#include <stdio.h>
#include <systemd/sd-daemon.h>
#include <time.h>

#define STATUS_EVERY_NS SECOND_NS

void sd_notify_init(struct sd_notify *n)
{
    uint64_t usec = 0;

    *n = (struct sd_notify){.has_manager = getenv("NOTIFY_SOCKET") != NULL};
    if (n->has_manager && sd_watchdog_enabled(/* unset_environment= */ 0, &usec) > 0)
        n->ping_every_ns = usec * US_NS / 2;
}

static void send_state(const struct sd_notify *n, const char *state)
{
    if (n->has_manager)
        sd_notify(/* unset_environment= */ 0, state);
}

void sd_notify_ready(struct sd_notify *n)
{
    send_state(n, "READY=1");
}

void sd_notify_reloading(struct sd_notify *n)
{
    struct timespec now;
    char text[64];

    clock_gettime(CLOCK_MONOTONIC, &now);
    snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%" PRIu64, timespec_ns(now) / US_NS);
    send_state(n, text);
}

void sd_notify_stopping(struct sd_notify *n)
{
    n->status_ns = UINT64_MAX; /* no sentence behind this one */
    send_state(n, "STOPPING=1\nSTATUS=Stopping: writing the last checkpoint.");
}

void sd_notify_ping(struct sd_notify *n, uint64_t now_ns)
{
    if (n->ping_every_ns == 0 || now_ns < n->ping_ns)
        return;
    send_state(n, "WATCHDOG=1");
    n->ping_ns = now_ns + n->ping_every_ns;
}

bool sd_notify_step(struct sd_notify *n, uint64_t now_ns)
{
    if (!n->has_manager)
        return false;
    sd_notify_ping(n, now_ns);
    n->stale = true;
    return now_ns >= n->status_ns;
}

void sd_notify_status(struct sd_notify *n, uint64_t now_ns, const char *sentence)
{
    char text[SD_NOTIFY_STATUS_MAX + 16];

    n->stale = false;
    n->status_ns = now_ns + STATUS_EVERY_NS;
    if (strncmp(n->status, sentence, sizeof(n->status) - 1) == 0)
        return;
    snprintf(n->status, sizeof(n->status), "%s", sentence);
    snprintf(text, sizeof(text), "STATUS=%s", n->status);
    send_state(n, text);
}

uint64_t sd_notify_due_ns(const struct sd_notify *n)
{
    uint64_t due = UINT64_MAX;

    if (n->has_manager && n->ping_every_ns > 0)
        due = n->ping_ns;
    if (n->has_manager && n->stale)
        due = MIN(due, n->status_ns);
    return due;
}
