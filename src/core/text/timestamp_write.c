/* Times as RFC 3339 has them, in UTC. */

#include <gloss/stamp.h>

#include "core/base/digits.h"
#include "core/base/nanoseconds.h"
#include "core/text/calendar.h"
#include "core/text/time_rules.h"

#define S_PER_DAY 86400

/* A point and 3, 6 or 9 digits, the fewest that lose nothing; nothing for 0. Returns the length. */
static size_t write_fraction(uint64_t ns, char *out)
{
    size_t width = 9;

    if (ns == 0)
        return 0;
    while (ns % 1000 == 0) {
        ns /= 1000;
        width -= 3;
    }
    out[0] = '.';
    digits_fixed(out + 1, ns, width);
    return 1 + width;
}

size_t gloss_stamp_write(uint64_t ns, char *out)
{
    uint64_t s = ns / SECOND_NS, of_day = s % S_PER_DAY;
    struct calendar_date date = calendar_date(s / S_PER_DAY);
    size_t n = sizeof("2026-11-23T08:00:01") - 1;

    memcpy(out, "0000-00-00T00:00:00", n);
    digits_fixed(out, (uint64_t)date.year, 4);
    digits_fixed(out + 5, (uint64_t)date.month, 2);
    digits_fixed(out + 8, (uint64_t)date.day, 2);
    digits_fixed(out + 11, of_day / 3600, 2);
    digits_fixed(out + 14, of_day / 60 % 60, 2);
    digits_fixed(out + 17, of_day % 60, 2);
    n += write_fraction(ns % SECOND_NS, out + n);
    out[n++] = 'Z';
    return n;
}

void gloss_stamp_format(uint64_t ns, struct gloss_buf *out)
{
    char *room = gloss_buf_room(out, GLOSS_STAMP_BYTES);

    if (room)
        out->len += gloss_stamp_write(ns, room);
}

const char *gloss_stamp_local(uint64_t ns, const struct gloss_zone *zone, char *out)
{
    const char *name;
    int64_t utc_s = (int64_t)(ns / SECOND_NS);
    int64_t local_s = utc_s + time_rules_offset(zone, utc_s, &name);
    size_t n = gloss_stamp_write(local_s > 0 ? (uint64_t)local_s * SECOND_NS : 0, out);

    out[10] = ' ';
    out[n - 1] = '\0'; /* in place of the Z */
    return name;
}
