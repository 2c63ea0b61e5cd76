/* A date is completed to a whole time and then read by the function that reads the times of log
 * lines, so that both mean the same, time zones included. */

#include "app/common/time_argument.h"

#include "app/common/exit_status.h"
#include "app/common/message.h"
#include "app/common/zone.h"
#include "core/base/nanoseconds.h"
#include "core/base/util.h"
#include "core/text/time_names.h"

#include <stdbool.h>
#include <stdio.h>
#include <strings.h>

#define TOO_LARGE UINT64_MAX

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static const char *skip_blanks(const char *p)
{
    while (*p == ' ' || *p == '\t')
        p++;
    return p;
}

/* ---- durations ---- */

/* As systemd.time(7) has them; months and years are of average length. "M" is the only one whose
 * case matters. */
static const struct unit {
    const char *names;
    uint64_t ns;
} units[] = {
    {"usec us ", US_NS},
    {"msec ms ", MS_NS},
    {"seconds second sec s ", SECOND_NS},
    {"minutes minute min m ", MINUTE_NS},
    {"hours hour hr h ", HOUR_NS},
    {"days day d ", DAY_NS},
    {"weeks week w ", 7 * DAY_NS},
    {"months month M ", 2629800 * SECOND_NS},
    {"years year y ", 31557600 * SECOND_NS},
};

static uint64_t unit_ns(const char *word, size_t n)
{
    for (size_t i = 0; i < ARRAY_SIZE(units); i++)
        for (const char *p = units[i].names; *p; p += strcspn(p, " ") + 1)
            if (strcspn(p, " ") == n && memcmp(p, word, n) == 0)
                return units[i].ns;
    return 0;
}

static uint64_t add_up(uint64_t sum, uint64_t n, uint64_t unit)
{
    uint64_t product, result;

    if (sum == TOO_LARGE || __builtin_mul_overflow(n, unit, &product) ||
        __builtin_add_overflow(sum, product, &result))
        return TOO_LARGE;
    return result;
}

/* "1h30m", "2 hours", "90s": the sum in *ret_ns, TOO_LARGE when it does not fit. Returns what is
 * behind it; NULL: it is no duration. *ret_bare: it is a number without a unit. */
static const char *read_duration(const char *p, uint64_t *ret_ns, bool *ret_bare)
{
    *ret_ns = 0;
    *ret_bare = false;
    do {
        uint64_t n = 0, unit;
        const char *word;

        if (!is_digit(*p))
            return NULL;
        for (; is_digit(*p); p++)
            n = n > UINT64_MAX / 100 ? n : n * 10 + (uint64_t)(*p - '0');
        word = skip_blanks(p);
        for (p = word; is_letter(*p);)
            p++;
        unit = unit_ns(word, (size_t)(p - word));
        *ret_bare = p == word && *p == '\0';
        if (unit == 0)
            return NULL;
        *ret_ns = add_up(*ret_ns, n, unit);
        p = skip_blanks(p);
    } while (is_digit(*p));
    return p;
}

/* ---- dates ---- */

/* The length of the shape where the text starts with it, else 0. '0' stands for any digit. */
static size_t shape_length(const char *text, const char *shape)
{
    size_t i = 0;

    for (; shape[i]; i++)
        if (shape[i] == '0' ? !is_digit(text[i]) : text[i] != shape[i])
            return 0;
    return i;
}

/* A text that is read, and the whole time that is made of it. */
struct completion {
    const char *rest;
    char date[16], time[32], zone[48];
};

static void take(struct completion *c, char *to, size_t size, size_t n)
{
    snprintf(to, size, "%.*s", (int)n, c->rest);
    c->rest += n;
}

/* A date, or none: then it is today. Returns whether the text may go on. */
static bool take_date(struct completion *c, const struct gloss_clock *clock)
{
    size_t weekday = time_names_weekday(c->rest, c->rest + strlen(c->rest));
    char today[GLOSS_STAMP_BYTES];

    if (weekday > 0 && c->rest[weekday] == ' ')
        c->rest = skip_blanks(c->rest + weekday);
    gloss_stamp_local(clock->now_ns, &clock->zone, today);
    snprintf(c->date, sizeof(c->date), "%.10s", today);
    if (shape_length(c->rest, "0000-00-00") > 0) {
        take(c, c->date, sizeof(c->date), 10);
    } else if (shape_length(c->rest, "00-00-00") > 0) {
        snprintf(c->date, sizeof(c->date), "20%.8s", c->rest);
        c->rest += 8;
    } else {
        return shape_length(c->rest, "00:00") > 0;
    }
    if ((*c->rest == 'T' || *c->rest == 't') && is_digit(c->rest[1]))
        c->rest++;
    c->rest = skip_blanks(c->rest);
    return true;
}

/* A time of day, or none: then it is 0 o'clock. */
static void take_time(struct completion *c)
{
    size_t n = shape_length(c->rest, "00:00:00");

    snprintf(c->time, sizeof(c->time), "00:00:00");
    if (n > 0) {
        if (c->rest[n] == '.' && is_digit(c->rest[n + 1]))
            for (n++; is_digit(c->rest[n]); n++)
                ;
        if (n < sizeof(c->time))
            take(c, c->time, sizeof(c->time), n);
    } else if (shape_length(c->rest, "00:00") > 0) {
        snprintf(c->time, sizeof(c->time), "%.5s:00", c->rest);
        c->rest += 5;
    }
    c->rest = skip_blanks(c->rest);
}

/* "+01:00", "+0100", "+01". */
static bool is_offset(const char *text, size_t n)
{
    static const char *const shapes[] = {"00:00", "0000", "00"};

    if (*text != '+' && *text != '-')
        return false;
    for (size_t i = 0; i < ARRAY_SIZE(shapes); i++)
        if (strlen(shapes[i]) == n - 1 && shape_length(text + 1, shapes[i]) > 0)
            return true;
    return false;
}

/* A zone, or none. Returns whether the text ends behind it. *ret_named: it is of the system's. */
static bool take_zone(struct completion *c, bool *ret_named)
{
    const char *text = c->rest;
    size_t n = strlen(text);

    *ret_named = strchr(text, '/') && zone_exists(text);
    if (n >= sizeof(c->zone))
        return false;
    take(c, c->zone, sizeof(c->zone), n);
    return n == 0 || *ret_named || STREQ(text, "Z") || STREQ(text, "z") || is_offset(text, n) ||
           time_names_is_zone(gloss_span(text, n));
}

/* Returns 0; 1: the text is no date; 2: no day or time of that name exists. */
static int read_date(const char *text, const struct gloss_clock *clock, uint64_t *ret_ns)
{
    struct completion c = {.rest = text};
    struct gloss_clock there = *clock;
    struct zone zone;
    char whole[128];
    bool named;

    if (!take_date(&c, clock))
        return 1;
    take_time(&c);
    if (!take_zone(&c, &named))
        return 1;
    if (named) {
        zone_init(&zone, c.zone);
        there.zone = zone.base;
    }
    snprintf(whole, sizeof(whole), "%s %s%s%s", c.date, c.time,
             *c.zone && *c.zone != 'Z' && *c.zone != 'z' ? " " : "", named ? "" : c.zone);
    return gloss_stamp_parse(gloss_span_str(whole), &there, ret_ns) ? 0 : 2;
}

/* ---- words ---- */

/* Midnight of today, `days` later. */
static uint64_t midnight(const struct gloss_clock *clock, int days)
{
    char date[GLOSS_STAMP_BYTES];
    uint64_t ns = clock->now_ns;

    gloss_stamp_local(clock->now_ns + (uint64_t)(days * (int64_t)DAY_NS), &clock->zone, date);
    memcpy(date + 10, " 00:00:00", sizeof(" 00:00:00"));
    gloss_stamp_parse(gloss_span_str(date), clock, &ns);
    return ns;
}

static bool read_word(const char *text, const struct gloss_clock *clock, struct time_argument *t)
{
    static const char *const days[] = {"yesterday", "today", "tomorrow"};

    t->at_ns = STREQ(text, "now") ? clock->now_ns : 0;
    for (int i = 0; i < (int)ARRAY_SIZE(days); i++)
        if (STREQ(text, days[i]))
            t->at_ns = midnight(clock, i - 1);
    return t->at_ns > 0;
}

static bool read_epoch(const char *text, struct time_argument *t)
{
    uint64_t n = 0, unit = SECOND_NS;

    if (*text != '@' || !is_digit(text[1]))
        return false;
    for (text++; is_digit(*text) && n < UINT64_C(16725225600); text++)
        n = n * 10 + (uint64_t)(*text - '0');
    t->at_ns = n * SECOND_NS;
    if (*text == '.')
        for (text++; is_digit(*text); text++)
            t->at_ns += (uint64_t)(*text - '0') * (unit /= 10);
    return *text == '\0' && n < UINT64_C(16725225600) && t->at_ns > 0;
}

/* "1h30m", "2 hours ago", "-2h", "+2h". Returns 0; 1: it is none; EXIT_TROUBLE after a message. */
static int read_relative(const char *option, const char *text, const struct gloss_clock *clock,
                         struct time_argument *t)
{
    char sign = *text;
    bool is_signed = sign == '-' || sign == '+', bare;
    uint64_t ns;
    const char *rest = read_duration(text + is_signed, &ns, &bare);

    if (bare)
        return message_error(option, "'%s' has no unit; use %ss, %sm, %sh or %sd", text, text, text,
                             text, text);
    if (!rest || (*rest && (is_signed || !STREQ(rest, "ago"))))
        return 1;
    if (ns == TOO_LARGE)
        return message_error(option, "'%s' is too long ago; use a shorter time, or a date", text);
    if (sign == '+')
        t->at_ns = add_up(clock->now_ns, ns, 1);
    else
        t->ago_ns = ns;
    return 0;
}

int time_argument_read(const char *option, const char *text, const struct gloss_clock *clock,
                       struct time_argument *ret_time)
{
    struct time_argument t = {0};
    int r;

    if (!read_word(text, clock, &t) && !read_epoch(text, &t)) {
        t = (struct time_argument){0};
        r = read_relative(option, text, clock, &t);
        if (r == EXIT_TROUBLE)
            return r;
        r = r == 0 ? 0 : read_date(text, clock, &t.at_ns);
        if (r == 1)
            return message_error(option,
                                 "'%s' is not a time; use 30m, 1h30m, '2 hours ago', yesterday, "
                                 "10:00, or a date: 2026-11-23, '2026-11-23 08:00', "
                                 "2026-11-23T08:00:00Z",
                                 text);
        if (r == 2)
            return message_error(
                option, "'%s' is not in the calendar; use a day and a time that exist", text);
    }
    *ret_time = t;
    return EXIT_OK;
}

uint64_t time_argument_ns(const struct time_argument *t, uint64_t now_ns)
{
    if (t->at_ns > 0)
        return t->at_ns;
    return now_ns > t->ago_ns ? now_ns - t->ago_ns : 1;
}
