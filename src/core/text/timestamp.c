/* Times at the start of log lines.
 *
 * Each form of a time is a string in a small language, one letter for each field, and one
 * interpreter reads them all:
 *
 *     Y year, 4 digits    h m s  hour, minute, second     z  zone, may be missing
 *     y year, 2 digits    f  fraction, may be missing     T  'T' or a blank
 *     M month, 2 digits   b  month by name                k  severity letter of klog
 *     D day, 2 digits     e  day, padded with a blank     a  weekday by name
 *     Z zone that must be there
 *     anything else stands for itself
 *
 * The most frequent form, that of RFC 3339 and ISO 8601, has a function of its own, several times
 * as fast.
 *
 * Most lines of most logs begin with the same form or with none. So a form is given up at the first
 * byte that does not fit, and where neither a digit nor a capital letter stands, no form is tried.
 */

#include <gloss/stamp.h>

#include "core/base/nanoseconds.h"
#include "core/base/util.h"
#include "core/text/calendar.h"

#define S_PER_DAY 86400
#define YEAR_MIN 1970
#define YEAR_MAX 2500  /* 64 bits of nanoseconds since 1970 end in 2554 */
#define JSON_REACH 256 /* bytes of a JSON object in which the key of a time is looked for */

/* What is left of a line. */
struct reader {
    const char *at, *end;
};

/* A time as it stands in a line. */
struct civil {
    struct calendar_date date; /* year 0: the form has none */
    int hour, minute, second;
    uint32_t fraction_ns;
    bool zoned; /* the line names the zone */
    int zone_s; /* seconds east of UTC; only where zoned */
};

/* ---- from fields to nanoseconds ---- */

static bool civil_to_ns(const struct civil *c, const struct gloss_clock *clock, uint64_t *ret_ns)
{
    int second = MIN(c->second, 59);
    int zone_s = c->zone_s;
    int64_t s;

    if (c->date.year < YEAR_MIN || c->date.year > YEAR_MAX ||
        c->date.day > calendar_month_length(c->date.year, c->date.month))
        return false;
    if (!c->zoned && clock->local_offset_s)
        zone_s = clock->local_offset_s(clock->ctx, c->date.year, c->date.month, c->date.day,
                                       c->hour, c->minute, second);
    s = calendar_days(c->date) * S_PER_DAY + c->hour * 3600 + c->minute * 60 + second - zone_s;
    if (s < 0)
        return false;
    *ret_ns = (uint64_t)s * SECOND_NS + c->fraction_ns;
    return true;
}

/* Whether a time lies after a second in every zone, since no zone is two days from UTC. Then the
 * zone, which takes time to find out, is not needed. */
static bool is_surely_after(const struct civil *c, uint64_t second)
{
    return calendar_days(c->date) - 2 > (int64_t)(second / S_PER_DAY);
}

/* For forms without a year: the year is the latest that puts the time at most a day after now.
 * Eight years back are enough, for at least one of eight years has a February 29. */
static bool civil_to_ns_by_now(struct civil *c, const struct gloss_clock *clock, uint64_t *ret_ns)
{
    uint64_t latest = clock->now_ns + S_PER_DAY * SECOND_NS;
    struct calendar_date now = calendar_date(latest / SECOND_NS / S_PER_DAY);

    for (c->date.year = now.year + 1; c->date.year >= now.year - 8; c->date.year--)
        if (!is_surely_after(c, latest / SECOND_NS) && civil_to_ns(c, clock, ret_ns) &&
            *ret_ns <= latest)
            return true;
    return false;
}

/* ---- fields ---- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static size_t digits_ahead(const struct reader *r)
{
    const char *p = r->at;

    while (p < r->end && is_digit(*p))
        p++;
    return (size_t)(p - r->at);
}

static bool take_char(struct reader *r, char c)
{
    if (r->at == r->end || *r->at != c)
        return false;
    r->at++;
    return true;
}

static bool take_digits(struct reader *r, int width, int low, int high, int *ret)
{
    int n = 0;

    if (r->end - r->at < width)
        return false;
    for (int i = 0; i < width; i++) {
        if (!is_digit(r->at[i]))
            return false;
        n = n * 10 + (r->at[i] - '0');
    }
    if (n < low || n > high)
        return false;
    r->at += width;
    *ret = n;
    return true;
}

/* One of `count` names of three letters; *ret is its number, from 1. */
static bool take_name(struct reader *r, const char *names, int count, int *ret)
{
    if (r->end - r->at < 3)
        return false;
    for (int i = 0; i < count; i++)
        if (memcmp(names + (ptrdiff_t)i * 3, r->at, 3) == 0) {
            r->at += 3;
            *ret = i + 1;
            return true;
        }
    return false;
}

/* A day of the month: "23", " 3" or "3". */
static bool take_padded_day(struct reader *r, int *ret)
{
    if (take_digits(r, 2, 1, 31, ret))
        return true;
    take_char(r, ' ');
    return take_digits(r, 1, 1, 9, ret);
}

/* A fraction of a second; digits beyond nanoseconds are dropped. Always true, for a fraction may be
 * missing. */
static bool take_fraction(struct reader *r, uint32_t *ret_ns)
{
    uint32_t ns = 0, unit = 100000000;

    if (r->end - r->at < 2 || (r->at[0] != '.' && r->at[0] != ',') || !is_digit(r->at[1]))
        return true;
    for (r->at++; r->at < r->end && is_digit(*r->at); r->at++) {
        ns += (uint32_t)(*r->at - '0') * unit;
        unit /= 10;
    }
    *ret_ns = ns;
    return true;
}

/* An offset from UTC: "+08:00", "+0800"; and "+08" unless a blank stands before it. */
static bool take_offset(struct reader *r, bool spaced, int *ret_s)
{
    struct reader t = *r;
    int sign = 1, hours, minutes = 0;
    bool colon;

    if (take_char(&t, '-'))
        sign = -1;
    else if (!take_char(&t, '+'))
        return false;
    if (!take_digits(&t, 2, 0, 23, &hours))
        return false;
    colon = take_char(&t, ':');
    if (!take_digits(&t, 2, 0, 59, &minutes) && (colon || spaced))
        return false;
    *ret_s = sign * (hours * 3600 + minutes * 60);
    *r = t;
    return true;
}

/* A zone: an offset from UTC, "UTC", "GMT", or "Z" without a blank before it. Returns whether there
 * is one. */
static bool take_zone(struct reader *r, struct civil *c)
{
    struct reader t = *r;
    bool spaced = take_char(&t, ' ');
    int name;

    if (take_offset(&t, spaced, &c->zone_s)) {
        c->zoned = true;
    } else if (take_name(&t, "UTCGMT", 2, &name) ||
               (!spaced && (take_char(&t, 'Z') || take_char(&t, 'z')))) {
        c->zoned = true;
        c->zone_s = 0;
    }
    if (c->zoned)
        *r = t;
    return c->zoned;
}

static bool take_one_of(struct reader *r, const char *set)
{
    if (r->at == r->end || *r->at == '\0' || !strchr(set, *r->at))
        return false;
    r->at++;
    return true;
}

/* One field of a form, by its letter. */
static bool take_field(struct reader *r, char field, struct civil *c)
{
    int ignored;

    switch (field) {
    case 'Y':
        return take_digits(r, 4, YEAR_MIN, YEAR_MAX, &c->date.year);
    case 'y':
        if (!take_digits(r, 2, 0, 99, &c->date.year))
            return false;
        c->date.year += 2000;
        return true;
    case 'M':
        return take_digits(r, 2, 1, 12, &c->date.month);
    case 'b':
        return take_name(r, "JanFebMarAprMayJunJulAugSepOctNovDec", 12, &c->date.month);
    case 'D':
        return take_digits(r, 2, 1, 31, &c->date.day);
    case 'e':
        return take_padded_day(r, &c->date.day);
    case 'a':
        return take_name(r, "MonTueWedThuFriSatSun", 7, &ignored);
    case 'h':
        return take_digits(r, 2, 0, 23, &c->hour);
    case 'm':
        return take_digits(r, 2, 0, 59, &c->minute);
    case 's':
        return take_digits(r, 2, 0, 60, &c->second);
    case 'f':
        return take_fraction(r, &c->fraction_ns);
    case 'z':
        take_zone(r, c);
        return true;
    case 'Z':
        return take_zone(r, c);
    case 'T':
        return take_one_of(r, "Tt ");
    case 'k':
        return take_one_of(r, "IWEF");
    default:
        return take_char(r, field);
    }
}

/* ---- forms ---- */

static const char *const digit_forms[] = {
    "Y/M/D h:m:sfz",
    "y/M/D h:m:sfz",
    "D/b/Y:h:m:s Z",
};
static const char *const letter_forms[] = {
    "b e h:m:sf",
    "a b e h:m:sf Y",
    "kMD h:m:sf",
};

/* A time of that form at the start of r. No digit may follow it: it would belong to the time. */
static bool parse_form(struct reader r, const char *form, const struct gloss_clock *clock,
                       uint64_t *ret_ns)
{
    struct civil c = {0};

    for (; *form; form++)
        if (!take_field(&r, *form, &c))
            return false;
    if (r.at < r.end && is_digit(*r.at))
        return false;
    return c.date.year ? civil_to_ns(&c, clock, ret_ns) : civil_to_ns_by_now(&c, clock, ret_ns);
}

/* Two digits as a number. Where they are none it is so far below zero that no sum of it is in any
 * range. */
static int pair(const char *at)
{
    return is_digit(at[0]) && is_digit(at[1]) ? (at[0] - '0') * 10 + (at[1] - '0') : -10000;
}

static bool is_within(int n, int low, int high)
{
    return n >= low && n <= high;
}

/* The form "Y-M-DTh:m:sfz", read without the interpreter: nearly all logs have it, and each line
 * with a finding is asked for its time. */
static bool parse_iso(struct reader r, const struct gloss_clock *clock, uint64_t *ret_ns)
{
    const char *p = r.at;
    struct civil c = {0};

    if (r.end - p < 19 || p[4] != '-' || p[7] != '-' || p[13] != ':' || p[16] != ':' ||
        (p[10] != ' ' && p[10] != 'T' && p[10] != 't'))
        return false;
    c.date.year = pair(p) * 100 + pair(p + 2);
    c.date.month = pair(p + 5);
    c.date.day = pair(p + 8);
    c.hour = pair(p + 11);
    c.minute = pair(p + 14);
    c.second = pair(p + 17);
    if (!is_within(c.date.year, YEAR_MIN, YEAR_MAX) || !is_within(c.date.month, 1, 12) ||
        !is_within(c.date.day, 1, 31) || !is_within(c.hour, 0, 23) || !is_within(c.minute, 0, 59) ||
        !is_within(c.second, 0, 60))
        return false;
    r.at += 19;
    take_fraction(&r, &c.fraction_ns);
    take_zone(&r, &c);
    return (r.at == r.end || !is_digit(*r.at)) && civil_to_ns(&c, clock, ret_ns);
}

/* Seconds since 1970 as ten digits, or milliseconds as thirteen. Ten digits alone could be any
 * number, so they need a fraction, or bare_seconds: a key says that they are a time. */
static bool parse_epoch(struct reader r, bool bare_seconds, uint64_t *ret_ns)
{
    size_t n = digits_ahead(&r);
    uint64_t value = 0;
    uint32_t fraction_ns = 0;

    if ((n != 10 && n != 13) || *r.at == '0')
        return false;
    for (const char *last = r.at + n; r.at < last; r.at++)
        value = value * 10 + (uint64_t)(*r.at - '0');
    if (n == 13) {
        *ret_ns = value * MS_NS;
        return true;
    }
    if (!bare_seconds && (r.end - r.at < 2 || r.at[0] != '.' || !is_digit(r.at[1])))
        return false;
    take_fraction(&r, &fraction_ns);
    *ret_ns = value * SECOND_NS + fraction_ns;
    return true;
}

/* A time of any form at the start of r. */
static bool parse_value(struct reader r, bool bare_seconds, const struct gloss_clock *clock,
                        uint64_t *ret_ns)
{
    if (r.at == r.end)
        return false;
    if (is_digit(*r.at)) {
        if (parse_iso(r, clock, ret_ns))
            return true;
        for (size_t i = 0; i < ARRAY_SIZE(digit_forms); i++)
            if (parse_form(r, digit_forms[i], clock, ret_ns))
                return true;
        return parse_epoch(r, bare_seconds, ret_ns);
    }
    if (*r.at < 'A' || *r.at > 'W')
        return false;
    for (size_t i = 0; i < ARRAY_SIZE(letter_forms); i++)
        if (parse_form(r, letter_forms[i], clock, ret_ns))
            return true;
    return false;
}

/* ---- what stands before the time ---- */

static void skip_blanks(struct reader *r)
{
    while (r->at < r->end && (*r->at == ' ' || *r->at == '\t'))
        r->at++;
}

/* The priority of syslog, "<13>", and the version "1 " that RFC 5424 puts behind it. */
static bool take_priority(struct reader *r)
{
    struct reader t = *r;
    size_t n;

    if (!take_char(&t, '<'))
        return false;
    n = digits_ahead(&t);
    t.at += n;
    if (n < 1 || n > 3 || !take_char(&t, '>'))
        return false;
    if (t.end - t.at >= 2 && t.at[0] == '1' && t.at[1] == ' ')
        t.at += 2;
    *r = t;
    return true;
}

/* A string of JSON; *ret is what stands between its quotation marks, escapes and all. */
static bool take_string(struct reader *r, struct gloss_span *ret)
{
    const char *begin;

    if (!take_char(r, '"'))
        return false;
    begin = r->at;
    while (r->at < r->end && *r->at != '"')
        r->at += *r->at == '\\' && r->end - r->at > 1 ? 2 : 1;
    *ret = gloss_span(begin, (size_t)(r->at - begin));
    return take_char(r, '"');
}

/* Passes over a value of a JSON object, and the comma behind it. Returns false where the object
 * ends, or the bytes that are searched. */
static bool skip_value(struct reader *r)
{
    struct gloss_span ignored;
    int depth = 0;

    while (r->at < r->end) {
        if (*r->at == '"') {
            if (!take_string(r, &ignored))
                return false;
            continue;
        }
        if (*r->at == '{' || *r->at == '[')
            depth++;
        if ((*r->at == '}' || *r->at == ']') && depth-- == 0)
            return false;
        if (*r->at++ == ',' && depth == 0)
            return true;
    }
    return false;
}

static bool is_time_key(struct gloss_span key)
{
    static const char *const keys[] = {"ts", "time", "timestamp", "@timestamp"};

    for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
        if (gloss_span_equal(key, gloss_span_str(keys[i])))
            return true;
    return false;
}

/* The time of a line that is a JSON object: the value of one of its first keys. */
static bool parse_object(struct reader r, const struct gloss_clock *clock, uint64_t *ret_ns)
{
    const char *line_end = r.end;
    struct gloss_span key;

    r.at++;
    r.end = r.at + MIN(r.end - r.at, (ptrdiff_t)JSON_REACH - 1);
    do {
        skip_blanks(&r);
        if (!take_string(&r, &key))
            return false;
        skip_blanks(&r);
        if (!take_char(&r, ':'))
            return false;
        skip_blanks(&r);
        if (is_time_key(key)) {
            struct reader value = {r.at, line_end};
            bool quoted = take_char(&value, '"');

            if (parse_value(value, !quoted, clock, ret_ns))
                return true;
        }
    } while (skip_value(&r));
    return false;
}

bool gloss_stamp_parse(struct gloss_span line, const struct gloss_clock *clock, uint64_t *ret_ns)
{
    struct reader r;

    if (line.len == 0)
        return false;
    r = (struct reader){line.ptr, line.ptr + line.len};
    skip_blanks(&r);
    if (r.at == r.end)
        return false;
    if (*r.at == '{')
        return parse_object(r, clock, ret_ns);
    if (!is_digit(*r.at) && !take_priority(&r))
        take_one_of(&r, "[(<\"'");
    return parse_value(r, false, clock, ret_ns);
}
