/* mktime(3) may look at /etc/localtime at each call, so the offset of a local hour from UTC is
 * kept. That is exact, since zones change at full hours. The table has room for more hours than a
 * day has: a log whose lines come from several zones, or in no order, still asks once per hour. */

#include "app/common/clock.h"

#include "core/base/nanoseconds.h"
#include "core/base/util.h"

#include <time.h>

static uint64_t read_clock(clockid_t id)
{
    struct timespec t;

    clock_gettime(id, &t);
    return timespec_ns(t);
}

static int local_offset_s(void *ctx, int year, int month, int day, int hour, int minute, int second)
{
    struct clock *c = ctx;
    int64_t number = (((int64_t)year * 12 + month) * 32 + day) * 24 + hour;
    struct clock_hour *known = &c->hours[(uint64_t)number % ARRAY_SIZE(c->hours)];
    struct tm tm = {.tm_year = year - 1900,
                    .tm_mon = month - 1,
                    .tm_mday = day,
                    .tm_hour = hour,
                    .tm_min = minute,
                    .tm_sec = second,
                    .tm_isdst = -1};

    if (known->number == number)
        return known->offset_s;
    if (mktime(&tm) == (time_t)-1)
        return 0;
    *known = (struct clock_hour){.number = number, .offset_s = (int)tm.tm_gmtoff};
    return known->offset_s;
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
    return read_clock(CLOCK_BOOTTIME);
}
