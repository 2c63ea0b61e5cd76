/* A zone is a function from a moment to an offset. The way back, from what a clock showed to a
 * moment, tries the offset of a day before and that of a day after. They differ only around a
 * change of the clocks, and there each is held against the moment that it leads to:
 *
 *     neither is right   the clocks passed over that time: it is read with the offset before it
 *     both are right     the clocks showed it twice: the first, unless times would run backwards */

#include "core/text/time_rules.h"

#include "core/base/nanoseconds.h"
#include "core/base/util.h"
#include "core/text/time_names.h"

#define S_PER_DAY 86400

int time_rules_offset(const struct gloss_zone *zone, int64_t utc_s, const char **ret_name)
{
    if (zone && zone->offset_s)
        return zone->offset_s(zone->ctx, utc_s, ret_name);
    if (ret_name)
        *ret_name = "UTC";
    return 0;
}

static bool is_offset_of(const struct gloss_zone *zone, int64_t local_s, int offset_s,
                         struct gloss_span name)
{
    const char *is;

    return time_rules_offset(zone, local_s - offset_s, &is) == offset_s &&
           (name.len == 0 || gloss_span_equal(name, gloss_span_str(is)));
}

/* The offset of a local time. */
static int local_offset(const struct time_rules *rules, int64_t local_s)
{
    const struct gloss_zone *zone = rules->zone;
    int before = time_rules_offset(zone, local_s - S_PER_DAY, NULL);
    int after = time_rules_offset(zone, local_s + S_PER_DAY, NULL);
    static const struct gloss_span any;

    if (before == after)
        return before;
    if (!is_offset_of(zone, local_s, after, any))
        return before;
    if (!is_offset_of(zone, local_s, before, any))
        return after;
    return local_s - before < (int64_t)(rules->after_ns / SECOND_NS) ? after : before;
}

static void note_zone(const struct time_rules *rules, struct gloss_span name)
{
    if (!rules->doubtful_zone || name.len > 7)
        return;
    memcpy(rules->doubtful_zone, name.ptr, name.len);
    rules->doubtful_zone[name.len] = '\0';
}

/* The offset that an abbreviation means at a local time: what the zone at hand means by it, else
 * what it means everywhere. Returns whether that can be told. */
static bool named_offset(const struct time_rules *rules, struct gloss_span name, int64_t local_s,
                         int *ret_offset_s)
{
    const struct gloss_zone *zone = rules->zone;
    int before = time_rules_offset(zone, local_s - S_PER_DAY, NULL);
    int after = time_rules_offset(zone, local_s + S_PER_DAY, NULL);

    if (zone && zone->name && gloss_span_equal(name, gloss_span_str(zone->name))) {
        *ret_offset_s = local_offset(rules, local_s);
        return true;
    }
    if (is_offset_of(zone, local_s, before, name)) {
        *ret_offset_s = before;
        return true;
    }
    if (is_offset_of(zone, local_s, after, name)) {
        *ret_offset_s = after;
        return true;
    }
    if (time_names_zone(name, ret_offset_s))
        return true;
    note_zone(rules, name);
    return false;
}

/* Whether the date is one of the calendar. The 366th day of a year may stand in January. */
static bool is_possible(const struct civil *c)
{
    int year = c->date.year, month = c->date.month;

    if (year < TIME_YEAR_MIN || year > TIME_YEAR_MAX || c->date.day < 1)
        return false;
    if (month == 1 && c->date.day > 31)
        return c->date.day <= 337 + calendar_month_length(year, 2);
    return c->date.day <= calendar_month_length(year, month);
}

static int hour_of(const struct civil *c)
{
    if (c->half == 0)
        return c->hour;
    return c->hour % 12 + (c->half == 2 ? 12 : 0);
}

/* Applies the rules to a time with a year. One that lies after latest_s in every zone, since no
 * zone is two days from UTC, needs no look at the zone. */
static enum time_match apply_year(const struct time_rules *rules, const struct civil *c,
                                  int64_t latest_s, uint64_t *ret_ns)
{
    int64_t local_s, s;
    int offset_s = c->zoned ? c->zone_s : 0;

    if (!is_possible(c))
        return TIME_UNSURE;
    local_s = calendar_days(c->date) * S_PER_DAY + hour_of(c) * 3600 + c->minute * 60 +
              MIN(c->second, 59);
    if (local_s - 2 * S_PER_DAY > latest_s)
        return TIME_UNSURE;
    if (c->zone.len > 0) {
        if (!named_offset(rules, c->zone, local_s, &offset_s))
            return TIME_UNSURE;
    } else if (!c->zoned && !rules->utc) {
        offset_s = local_offset(rules, local_s);
    }
    s = local_s - offset_s;
    if (s < 0 || s > latest_s)
        return TIME_UNSURE;
    *ret_ns = (uint64_t)s * SECOND_NS + c->fraction_ns;
    return TIME_FOUND;
}

/* A time without a year takes the latest year that does not put it too late. Eight years back are
 * enough, for at least one of eight years has a February 29. */
static enum time_match apply_without_year(const struct time_rules *rules, const struct civil *said,
                                          uint64_t *ret_ns)
{
    uint64_t latest_s = rules->before_ns / SECOND_NS + S_PER_DAY;
    int last_year = calendar_date(latest_s / S_PER_DAY + 1).year;
    struct civil c = *said;

    for (c.date.year = last_year; c.date.year >= last_year - 8; c.date.year--)
        if (apply_year(rules, &c, (int64_t)latest_s, ret_ns) == TIME_FOUND)
            return TIME_FOUND;
    return TIME_UNSURE;
}

/* The date that the parts are in an order. */
static struct calendar_date date_of_parts(const int *p, uint8_t order)
{
    struct calendar_date d = {0};

    if (order == DATE_YMD)
        d = (struct calendar_date){p[0], p[1], p[2]};
    else if (order == DATE_DMY)
        d = (struct calendar_date){p[2], p[1], p[0]};
    else
        d = (struct calendar_date){p[2], p[0], p[1]};
    if (d.year >= 0 && d.year < 100)
        d.year += d.year < 69 ? 2000 : 1900;
    if (d.year < 0)
        d.year = 0;
    return d;
}

static enum time_match apply_date(const struct time_rules *rules, const struct civil *c,
                                  uint64_t *ret_ns)
{
    if (c->date.month == 0 || c->date.day == 0)
        return TIME_UNSURE;
    return c->date.year ? apply_year(rules, c, INT64_MAX, ret_ns)
                        : apply_without_year(rules, c, ret_ns);
}

enum time_match time_rules_apply(const struct time_rules *rules, const struct civil *c,
                                 uint64_t *ret_ns)
{
    uint8_t orders = c->orders & (rules->orders ? rules->orders : c->orders);
    struct civil ordered;

    if (c->epoch_ns > 0) {
        *ret_ns = c->epoch_ns;
        return TIME_FOUND;
    }
    if (!c->orders)
        return apply_date(rules, c, ret_ns);
    if (orders == 0 || (orders & (orders - 1)))
        return TIME_UNSURE;
    ordered = *c;
    ordered.date = date_of_parts(c->parts, orders);
    return apply_date(rules, &ordered, ret_ns);
}
