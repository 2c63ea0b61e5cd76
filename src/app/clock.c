/* What a local time means is asked of the C library once per local hour: it may look at
 * /etc/localtime each time, and lines of one log nearly always fall into the same hour. Zones
 * change at full hours. */

#include "app/clock.h"

#include "core/util.h"

#include <time.h>

static uint64_t read_clock(clockid_t id)
{
    struct timespec t;

    clock_gettime(id, &t);
    return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static int local_offset_s(void *ctx, int year, int month, int day, int hour, int minute, int second)
{
    struct clock *c = ctx;
    const int asked[4] = {year, month, day, hour};
    struct tm tm = {.tm_year = year - 1900,
                    .tm_mon = month - 1,
                    .tm_mday = day,
                    .tm_hour = hour,
                    .tm_min = minute,
                    .tm_sec = second,
                    .tm_isdst = -1};

    if (memcmp(asked, c->hour, sizeof(asked)) == 0)
        return c->offset_s;
    if (mktime(&tm) == (time_t)-1)
        return 0;
    memcpy(c->hour, asked, sizeof(asked));
    c->offset_s = (int)tm.tm_gmtoff;
    return c->offset_s;
}

void clock_init(struct clock *c)
{
    *c = (struct clock){.base = {.local_offset_s = local_offset_s, .ctx = c}};
    clock_tick(c);
}

void clock_tick(struct clock *c)
{
    c->base.now_ns = read_clock(CLOCK_REALTIME);
}

uint64_t clock_steady_ns(void)
{
    return read_clock(CLOCK_MONOTONIC);
}
