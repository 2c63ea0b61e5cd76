/* The line is shown only after half a second, since most files are read by then. */

#include "app/batch/progress.h"

#include "app/common/clock.h"
#include "app/common/message.h"
#include "core/base/nanoseconds.h"
#include "core/base/util.h"
#include "io/files/write_all.h"

#include <stdio.h>
#include <unistd.h>

#define QUIET_NS (500 * MS_NS)
#define EVERY_NS (100 * MS_NS)
#define CLEAR_LINE "\r\033[K"

static void format_bytes(char *out, size_t size, double bytes)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    size_t unit = 0;

    for (; bytes >= 1024 && unit + 1 < ARRAY_SIZE(units); unit++)
        bytes /= 1024;
    snprintf(out, size, unit ? "%.1f %s" : "%.0f %s", bytes, units[unit]);
}

void progress_start(struct progress *p, const char *name)
{
    p->name = name;
    p->started_ns = p->shown_ns = p->on ? clock_steady_ns() : 0;
}

void progress_show(struct progress *p, uint64_t position, uint64_t size)
{
    char done[32], speed[32], rest[96] = "", line[512];
    uint64_t now;
    double seconds, rate;

    if (!p->on)
        return;
    now = clock_steady_ns();
    if (now - p->started_ns < QUIET_NS || now - p->shown_ns < EVERY_NS)
        return;
    p->shown_ns = now;
    seconds = (double)(now - p->started_ns) / 1e9;
    rate = (double)position / seconds;
    format_bytes(done, sizeof(done), (double)position);
    format_bytes(speed, sizeof(speed), rate);
    if (size > 0 && position <= size && rate > 0)
        snprintf(rest, sizeof(rest), " %3.0f %%, %.0f s left",
                 100 * (double)position / (double)size, (double)(size - position) / rate);
    snprintf(line, sizeof(line), "%.200s: %s, %s/s%s", p->name, done, speed, rest);
    message_mask_controls(line);
    write_all_bytes(STDERR_FILENO, CLEAR_LINE, strlen(CLEAR_LINE));
    write_all_bytes(STDERR_FILENO, line, strlen(line));
    p->visible = true;
}

void progress_clear(struct progress *p)
{
    if (p->visible)
        write_all_bytes(STDERR_FILENO, CLEAR_LINE, strlen(CLEAR_LINE));
    p->visible = false;
}
