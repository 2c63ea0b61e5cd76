/* The interpreter of forms. A form is given up at the first byte that does not fit its shape; a
 * value that is out of range does not end it. So "2026-13-01 08:00:00" fits a shape and is no time,
 * which is another thing than a line without a time.
 *
 * Most lines of most logs have the same form, so the interpreter is not asked often for a form that
 * does not fit: whoever goes through the table of forms looks at the first bytes first. */

#include "core/text/civil_time.h"

#include "core/base/nanoseconds.h"
#include "core/base/util.h"
#include "core/text/time_names.h"

#include <string.h>

#define EPOCH_MAX_S 4102444800 /* the year 2100: larger numbers are rather something else */
#define EPOCH_DIGITS 19        /* of a number in 64 bits that are kept; further ones are dropped */

/* ---- numbers ---- */

static bool take_number(struct reader *r, int least, int most, int *ret)
{
    int n = 0, width = 0;

    while (width < most && r->at + width < r->end && is_digit(r->at[width]))
        n = n * 10 + (r->at[width++] - '0');
    if (width < least)
        return false;
    r->at += width;
    *ret = n;
    return true;
}

/* A number that a range of values is known of. */
static bool take_in_range(struct reader *r, struct civil *c, int least, int most, int low, int high,
                          int *ret)
{
    if (!take_number(r, least, most, ret))
        return false;
    c->doubtful |= *ret < low || *ret > high;
    return true;
}

/* The digits of a fraction of a second; those beyond nanoseconds are dropped. */
static bool take_fraction_digits(struct reader *r, struct civil *c)
{
    uint32_t ns = 0, unit = 100000000;

    if (r->at == r->end || !is_digit(*r->at))
        return false;
    for (; r->at < r->end && is_digit(*r->at); r->at++) {
        ns += (uint32_t)(*r->at - '0') * unit;
        unit /= 10;
    }
    c->fraction_ns = ns;
    return true;
}

/* Milliseconds behind a colon, as some of Java's logs have them: not padded. */
static bool take_milliseconds(struct reader *r, struct civil *c)
{
    struct reader t = {r->at + 1, r->end};
    int ms;

    if (digits_ahead(&t) > 3 || !take_number(&t, 1, 3, &ms) || (t.at < t.end && *t.at == ':'))
        return false;
    c->fraction_ns = (uint32_t)(ms * 1000000);
    *r = t;
    return true;
}

/* A fraction behind a point, a comma or a colon. */
static void take_fraction(struct reader *r, struct civil *c)
{
    if (r->end - r->at < 2 || !is_digit(r->at[1]))
        return;
    if (*r->at == ':') {
        take_milliseconds(r, c);
    } else if (*r->at == '.' || *r->at == ',') {
        r->at++;
        take_fraction_digits(r, c);
    }
}

static uint64_t power_of_ten(int n)
{
    uint64_t p = 1;

    while (n-- > 0)
        p *= 10;
    return p;
}

/* The digits of a number as an integer of at most EPOCH_DIGITS; how many of them stand before the
 * point. */
static bool take_decimal(struct reader *r, uint64_t *ret_value, int *ret_digits, int *ret_whole)
{
    uint64_t value = 0;
    int digits = 0, whole = 0;
    bool fraction = false;

    for (; r->at < r->end && (is_digit(*r->at) || (*r->at == '.' && !fraction)); r->at++) {
        if (*r->at == '.') {
            if (r->end - r->at < 2 || !is_digit(r->at[1]))
                return false;
            fraction = true;
            continue;
        }
        whole += !fraction;
        if (digits < EPOCH_DIGITS) {
            value = value * 10 + (uint64_t)(*r->at - '0');
            digits++;
        }
    }
    *ret_value = value;
    *ret_digits = digits;
    *ret_whole = whole;
    return digits > 0;
}

/* "e9", "E+9": adds to the digits before the point. */
static void take_exponent(struct reader *r, int *whole)
{
    struct reader t = *r;
    int n;
    bool minus;

    if (!take_char(&t, 'e') && !take_char(&t, 'E'))
        return;
    minus = take_char(&t, '-');
    if (!minus)
        take_char(&t, '+');
    if (!take_number(&t, 1, 2, &n))
        return;
    *whole += minus ? -n : n;
    *r = t;
}

bool civil_epoch(struct reader *r, uint64_t *ret_ns)
{
    struct reader t = *r;
    uint64_t value;
    int digits, whole, unit, shift;

    if (t.at == t.end || *t.at < '1' || *t.at > '9' || !take_decimal(&t, &value, &digits, &whole))
        return false;
    take_exponent(&t, &whole);
    if (whole < 9 || whole > 19)
        return false;
    unit = whole <= 11 ? 9 : whole <= 14 ? 6 : whole <= 17 ? 3 : 0;
    shift = unit + whole - digits;
    if (shift > 0 && value > UINT64_MAX / power_of_ten(MIN(shift, 19)))
        return false;
    *ret_ns = shift >= 0 ? value * power_of_ten(shift) : value / power_of_ten(MIN(-shift, 19));
    if (*ret_ns / SECOND_NS >= EPOCH_MAX_S || (t.at < t.end && is_letter(*t.at)))
        return false;
    *r = t;
    return true;
}

/* ---- words ---- */

static bool take_month(struct reader *r, struct civil *c)
{
    size_t n = time_names_month(r->at, r->end, &c->date.month);

    r->at += n;
    return n > 0;
}

static bool take_weekday(struct reader *r)
{
    size_t n = time_names_weekday(r->at, r->end);

    r->at += n;
    return n > 0;
}

/* "AM", "p.m.", in Chinese; perhaps behind a blank. */
static bool take_half(struct reader *r, struct civil *c)
{
    struct reader t = *r;
    char first;

    take_char(&t, ' ');
    if (take_text(&t, "上午") || take_text(&t, "下午")) {
        c->half = memcmp(t.at - 6, "上", 3) == 0 ? 1 : 2;
    } else {
        if (t.end - t.at < 2)
            return false;
        first = (char)(*t.at++ | 0x20);
        if (first != 'a' && first != 'p')
            return false;
        take_char(&t, '.');
        if (t.at == t.end || (*t.at | 0x20) != 'm')
            return false;
        t.at++;
        take_char(&t, '.');
        if (t.at < t.end && (is_letter(*t.at) || is_digit(*t.at)))
            return false;
        c->half = first == 'a' ? 1 : 2;
    }
    c->doubtful |= c->hour < 1 || c->hour > 12;
    *r = t;
    return true;
}

static bool take_word(struct reader *r)
{
    const char *begin = r->at;

    while (r->at < r->end && !is_blank(*r->at))
        r->at++;
    return r->at > begin;
}

/* A word that names a log. */
static bool take_log_name(struct reader *r)
{
    const char *begin = r->at;

    return take_word(r) && memmem(begin, (size_t)(r->at - begin), ".log", 4);
}

/* The name of a Java logger with its package, and a colon: log4j's short form, which has the year
 * first. */
static bool take_logger(struct reader *r, struct civil *c)
{
    const char *begin = r->at;
    bool dotted = false;

    if (!take_word(r) || r->at[-1] != ':')
        return false;
    for (const char *p = begin; p + 1 < r->at && !dotted; p++)
        dotted = *p == '.' && p[1] >= 'A' && p[1] <= 'Z';
    c->orders &= DATE_YMD;
    return dotted && c->orders;
}

static bool take_letters(struct reader *r, struct gloss_span *ret)
{
    const char *begin = r->at;

    while (r->at < r->end && is_letter(*r->at))
        r->at++;
    *ret = gloss_span(begin, (size_t)(r->at - begin));
    return ret->len > 0;
}

bool civil_is_level(struct gloss_span word)
{
    return time_names_is_level(word);
}

static bool take_level(struct reader *r)
{
    struct gloss_span word;

    return take_letters(r, &word) && civil_is_level(word);
}

/* ---- zones ---- */

/* An offset from UTC: "+08:00", "+0800", "+08"; "+480" are minutes, as Db2 writes them. */
static bool take_offset(struct reader *r, struct civil *c)
{
    struct reader t = *r;
    int sign = 1, hours = 0, minutes = 0;
    size_t n;

    if (take_char(&t, '-'))
        sign = -1;
    else if (!take_char(&t, '+'))
        return false;
    n = digits_ahead(&t);
    if (n == 3) {
        take_number(&t, 3, 3, &minutes);
    } else if (n == 4) {
        take_number(&t, 2, 2, &hours);
        take_number(&t, 2, 2, &minutes);
    } else if (n == 2) {
        take_number(&t, 2, 2, &hours);
        if (t.end - t.at > 2 && *t.at == ':' && is_digit(t.at[1]) && is_digit(t.at[2])) {
            t.at++;
            take_number(&t, 2, 2, &minutes);
        }
    } else {
        return false;
    }
    if (hours > 14 || (n != 3 && minutes > 59) || minutes > 14 * 60 ||
        (t.at < t.end && (is_digit(*t.at) || is_letter(*t.at))))
        return false;
    c->zoned = true;
    c->zone_s = sign * (hours * 3600 + minutes * 60);
    *r = t;
    return true;
}

/* "UTC", "CET", "Europe/Berlin]"; "UTC+8" is an offset. */
static bool take_zone_name(struct reader *r, struct civil *c)
{
    struct reader t = *r;
    struct gloss_span word;

    if (t.at == t.end || *t.at < 'A' || *t.at > 'Z' || !take_letters(&t, &word))
        return false;
    if (t.at < t.end && *t.at == '/') {
        while (t.at < t.end && (is_letter(*t.at) || is_digit(*t.at) || strchr("/_+-", *t.at)))
            t.at++;
        if (t.at == t.end || *t.at != ']')
            return false;
        c->zone = gloss_span(word.ptr, (size_t)(t.at - word.ptr));
        *r = t;
        return true;
    }
    if (word.len < 2 || !time_names_is_zone(word) ||
        (t.at < t.end && (is_digit(*t.at) || *t.at == '_')))
        return false;
    c->zone = word;
    if (time_names_is_utc(word) && take_offset(&t, c))
        c->zone.len = 0;
    *r = t;
    return true;
}

/* A zone, perhaps behind a blank; "Z" has none before it. */
static bool take_zone(struct reader *r, struct civil *c)
{
    struct reader t = *r;

    if (t.at < t.end && (*t.at | 0x20) == 'z' && (t.end - t.at < 2 || !is_letter(t.at[1]))) {
        r->at++;
        c->zoned = true;
        c->zone_s = 0;
        return true;
    }
    take_char(&t, ' ');
    if (!take_offset(&t, c) && !take_zone_name(&t, c))
        return false;
    *r = t;
    return true;
}

/* A year behind a time that has none. */
static bool take_year_behind(struct reader *r, struct civil *c)
{
    struct reader t = *r;
    int year;

    if (!take_char(&t, ' ') || digits_ahead(&t) != 4 || !take_number(&t, 4, 4, &year) ||
        year < TIME_YEAR_MIN || year > 2099)
        return false;
    c->date.year = year;
    *r = t;
    return true;
}

/* The first byte behind a time, or behind the blank behind it, tells what may follow. Most lines
 * have a word there that is none of these, or a bracket. */
void civil_tail(struct reader *r, struct civil *c)
{
    bool zoned;
    char next;

    take_fraction(r, c);
    if (r->at == r->end)
        return;
    next = *r->at;
    if (next == ' ' && r->end - r->at > 1)
        next = r->at[1];
    if (is_letter(next) || next == '+' || next == '-' || (next & 0x80)) {
        if ((next | 0x20) == 'a' || (next | 0x20) == 'p' || (next & 0x80))
            take_half(r, c);
        zoned = take_zone(r, c);
    } else {
        zoned = false;
    }
    if (c->date.year == 0 && !c->orders && c->date.month > 0 && take_year_behind(r, c) && !zoned)
        take_zone(r, c);
}

/* ---- dates ---- */

/* Which orders of the parts are those of a day. */
static uint8_t orders_of(const int *p, const int *width)
{
    uint8_t orders = 0;
    bool has_year = p[2] >= 0;

    if (has_year && width[0] == 2 && width[2] <= 2 && p[1] >= 1 && p[1] <= 12 && p[2] >= 1 &&
        p[2] <= 31)
        orders |= DATE_YMD;
    if (has_year && width[2] != 2 && width[2] != 4)
        return orders;
    if (p[0] >= 1 && p[0] <= 31 && p[1] >= 1 && p[1] <= 12)
        orders |= DATE_DMY;
    if (p[1] >= 1 && p[1] <= 31 && p[0] >= 1 && p[0] <= 12)
        orders |= DATE_MDY;
    return orders;
}

/* Numbers with the same sign between them: "05/03/24", "3/5/2024"; of a pair, "10.30". Behind dots
 * a year of four digits always follows the month. */
static bool take_parts(struct reader *r, struct civil *c, int n)
{
    int width[3] = {0, 0, 0};
    char sign = 0;

    c->parts[2] = -1;
    for (int i = 0; i < n; i++) {
        const char *begin = r->at;

        if (!take_number(r, 1, i == 2 ? 4 : 2, &c->parts[i]))
            return false;
        width[i] = (int)(r->at - begin);
        if (i == n - 1)
            break;
        if (r->at == r->end || !strchr("/-.", *r->at) || (sign && *r->at != sign))
            return false;
        sign = *r->at++;
    }
    if (n == 3 && width[2] == 3)
        return false;
    c->orders = orders_of(c->parts, width);
    if (sign == '.' && width[2] == 4)
        c->orders &= DATE_DMY;
    c->doubtful |= c->orders == 0;
    return true;
}

/* What stands between a date and a time of day. */
static bool take_separator(struct reader *r)
{
    if (r->at == r->end)
        return false;
    if (take_text(r, "::") || take_text(r, " - "))
        return true;
    if (*r->at == 'T' || *r->at == 't' || *r->at == '_' || *r->at == ':' || *r->at == '-') {
        r->at++;
        return true;
    }
    take_char(r, ',');
    if (r->at == r->end || !is_blank(*r->at))
        return false;
    skip_blanks(r);
    return true;
}

static bool take_time_of_day(struct reader *r, struct civil *c)
{
    return take_in_range(r, c, 1, 2, 0, 23, &c->hour) && take_char(r, ':') &&
           take_in_range(r, c, 2, 2, 0, 59, &c->minute) && take_char(r, ':') &&
           take_in_range(r, c, 2, 2, 0, 60, &c->second);
}

static bool take_short_year(struct reader *r, struct civil *c)
{
    if (!take_number(r, 2, 2, &c->date.year))
        return false;
    c->date.year += c->date.year < 69 ? 2000 : 1900;
    return true;
}

static bool take_day_of_year(struct reader *r, struct civil *c)
{
    int n;

    if (!take_in_range(r, c, 3, 3, 1, 366, &n))
        return false;
    c->date.month = 1;
    c->date.day = n; /* civil_is_possible() knows of it */
    return true;
}

/* ISO's week; %Y stands before it and %u, the day of the week, behind. */
static bool take_week(struct reader *r, struct civil *c)
{
    int week, day;
    int64_t monday;

    if (!take_in_range(r, c, 2, 2, 1, 53, &week) || !take_text(r, "-") ||
        !take_in_range(r, c, 1, 1, 1, 7, &day))
        return false;
    if (c->doubtful)
        return true;
    /* The week with January 4 is the first one; 1970-01-01 was a Thursday. */
    monday = calendar_days((struct calendar_date){c->date.year, 1, 4});
    monday -= (monday + 3) % 7;
    c->date = calendar_date((uint64_t)(monday + (week - 1) * 7 + day - 1));
    return true;
}

/* ---- forms ---- */

static bool take_up_to(struct reader *r, char c)
{
    const char *found = memchr(r->at, c, (size_t)MIN(r->end - r->at, (ptrdiff_t)128));

    if (!found)
        return false;
    r->at = found;
    return true;
}

/* Behind the first "[" that the date of an access log follows; no quotation mark is passed. */
static bool take_access_lead(struct reader *r)
{
    const char *end = r->at + MIN(r->end - r->at, (ptrdiff_t)512);
    const char *quote = memchr(r->at, '"', (size_t)(end - r->at));

    for (end = quote ? quote : end; r->at < end; r->at++) {
        r->at = memchr(r->at, '[', (size_t)(end - r->at));
        if (!r->at)
            return false;
        if (end - r->at > 12 && is_digit(r->at[1]) && is_digit(r->at[2]) && r->at[3] == '/' &&
            is_letter(r->at[4])) {
            r->at++;
            return true;
        }
    }
    return false;
}

static bool take_one_of(struct reader *r, const char *set)
{
    if (r->at == r->end || *r->at == '\0' || !strchr(set, *r->at))
        return false;
    r->at++;
    return true;
}

static bool take_some_digits(struct reader *r)
{
    size_t n;

    take_char(r, '-');
    n = digits_ahead(r);

    r->at += n;
    return n > 0;
}

static bool take_form(struct reader *r, const char *form, struct civil *c);

/* The fields of dates. */
static bool take_date_field(struct reader *r, char field, struct civil *c)
{
    switch (field) {
    case 'Y':
        return take_in_range(r, c, 4, 4, TIME_YEAR_MIN, TIME_YEAR_MAX, &c->date.year);
    case 'y':
        return take_short_year(r, c);
    case 'm':
        return take_in_range(r, c, 1, 2, 1, 12, &c->date.month);
    case 'e':
        skip_blanks(r);
        /* fall through */
    case 'd':
        return take_in_range(r, c, 1, 2, 1, 31, &c->date.day);
    case 'b':
    case 'B':
    case 'h':
        return take_month(r, c);
    case 'a':
    case 'A':
        return take_weekday(r);
    case 'j':
        return take_day_of_year(r, c);
    case 'V':
        return take_week(r, c);
    case 'o':
        return take_parts(r, c, 3);
    case 'q':
        return take_parts(r, c, 2);
    case 'F':
        return take_form(r, "%Y-%m-%d", c);
    case 'D':
        return take_form(r, "%m/%d/%y", c);
    default:
        return false;
    }
}

/* The fields of times of day. */
static bool take_time_field(struct reader *r, char field, struct civil *c)
{
    switch (field) {
    case 'T':
        return take_time_of_day(r, c);
    case 'H':
    case 'I':
        return take_in_range(r, c, 1, 2, 0, 23, &c->hour);
    case 'M':
        return take_in_range(r, c, 1, 2, 0, 59, &c->minute);
    case 'S':
        return take_in_range(r, c, 1, 2, 0, 60, &c->second);
    case 'R':
        return take_form(r, "%H:%M", c);
    case 'f':
    case 'L':
    case 'N':
        return take_fraction_digits(r, c);
    case 'p':
        return take_half(r, c);
    case 'z':
    case 'Z':
        return take_zone(r, c);
    case 's':
        return civil_epoch(r, &c->epoch_ns);
    case '+':
        civil_tail(r, c);
        return true;
    default:
        return take_date_field(r, field, c);
    }
}

/* One field of a form, by its letter; `next` is the byte behind it in the form. */
static bool take_field(struct reader *r, char field, char next, struct civil *c)
{
    switch (field) {
    case '~':
        return take_separator(r);
    case 'n':
    case 't':
        skip_blanks(r);
        return true;
    case '%':
        return take_char(r, '%');
    case '?':
        return take_word(r);
    case '#':
        return take_some_digits(r);
    case '*':
        return take_up_to(r, next);
    case 'g':
        return take_log_name(r);
    case 'J':
        return take_logger(r, c);
    case 'l':
        return take_level(r);
    case 'c':
        return take_one_of(r, "VDIWEF");
    case 'k':
        return take_one_of(r, "CMSX");
    case '@':
        return take_access_lead(r);
    default:
        return take_time_field(r, field, c);
    }
}

static bool take_form(struct reader *r, const char *form, struct civil *c)
{
    for (; *form; form++) {
        if (*form == '%') {
            form++;
            if (!take_field(r, *form, form[1], c))
                return false;
        } else if (*form == ' ') {
            if (r->at == r->end || !is_blank(*r->at))
                return false;
            skip_blanks(r);
        } else if (!take_char(r, *form)) {
            return false;
        }
    }
    return true;
}

/* No digit may follow a time: it would belong to it. */
enum time_match civil_match(struct reader *r, const char *form, struct civil *c)
{
    struct reader t = *r;

    *c = (struct civil){0};
    if (!take_form(&t, form, c) || (t.at < t.end && is_digit(*t.at) && is_digit(t.at[-1])))
        return TIME_ABSENT;
    *r = t;
    return c->doubtful ? TIME_UNSURE : TIME_FOUND;
}
