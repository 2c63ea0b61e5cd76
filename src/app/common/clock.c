#include "app/common/clock.h"

#include "core/base/nanoseconds.h"

#include <time.h>

static uint64_t read_clock(clockid_t id)
{
    struct timespec t;

    clock_gettime(id, &t);
    return timespec_ns(t);
}

void clock_init(struct clock *c)
{
    zone_init(&c->zone, /* name= */ NULL);
    c->base = (struct gloss_clock){.zone = c->zone.base};
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
