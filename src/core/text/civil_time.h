#pragma once

/* A date and a time as they stand in a text, and the language of the forms that are read.
 *
 * A form is a text as strptime(3) has it. These fields are for everybody:
 *
 *     %Y %y      year of 4, of 2 digits            %b %B %h  month by name
 *     %m %d %e   month, day                        %a %A     weekday by name
 *     %H %I %M   hour, hour, minute                %p        AM or PM
 *     %S         second                            %z %Z     zone: an offset, "Z" or a name
 *     %f %L %N   the digits of a fraction          %s        seconds since 1970, ms, us or ns
 *     %j         day of the year, 3 digits         %T %F %R %D  as in strptime(3)
 *     %n %t      blanks                            %%        a percent sign
 *
 * These are for the table of forms:
 *
 *     %~  what stands between a date and a time    %+  what may stand behind a time: a fraction,
 *     %o  a date of digits, in any order               AM or PM, a zone, a year
 *     %q  a day and a month, in any order          %V %u  ISO's week, and the day in it
 *     %?  a word without blanks                    %#  digits
 *     %*  all up to the byte that follows in       %l  a word for a severity
 *         the form                                 %@  all up to "[" and the date of an access log
 *     %c  a letter for a severity                  %k  a letter for a role of Redis
 *     %g  a word that names a log                  %J  the name of a Java logger, and ":"
 *
 * A blank stands for one or more of them. Other bytes stand for themselves. */

#include "core/text/calendar.h"

#include <gloss/span.h>
#include <stdbool.h>
#include <stdint.h>

#define TIME_YEAR_MIN 1970
#define TIME_YEAR_MAX 2500 /* 64 bits of nanoseconds since 1970 end in 2554 */

/** What is left of a text. */
struct reader {
    const char *at, *end;
};

/** In which order the numbers of a date stand, as bits. */
enum date_order {
    DATE_YMD = 1,
    DATE_DMY = 2,
    DATE_MDY = 4,
};

/** A time as it stands in a text. Zero-initialised, nothing is known of it. */
struct civil {
    struct calendar_date date; /* year 0: none is said; month 0: no date is said */
    int hour, minute, second;
    uint32_t fraction_ns;
    int half;               /* 1: AM, 2: PM, 0: not said */
    uint64_t epoch_ns;      /* since 1970, where that is said, else 0 */
    bool zoned;             /* zone_s is said */
    int zone_s;             /* seconds east of UTC */
    struct gloss_span zone; /* the name of a zone; len 0: none */
    int parts[3];           /* of a date in any order; parts[2] -1: a day and a month alone */
    uint8_t orders;         /* in which the parts may be a date; 0: the order is certain */
    bool doubtful;          /* the shape fits, the values are none of a time */
};

enum time_match {
    TIME_ABSENT, /* there is none */
    TIME_UNSURE, /* there is something like one, which cannot be told for certain */
    TIME_FOUND,
};

/** Reads a text by a form. r goes on behind what was read, also where the result is TIME_UNSURE;
 * else it stays. */
enum time_match civil_match(struct reader *r, const char *form, struct civil *c);

/** Reads what stands behind a time of day, as %+ does. */
void civil_tail(struct reader *r, struct civil *c);

/** A number of seconds, milliseconds, micro- or nanoseconds since 1970, told by its size: with a
 * point and with an exponent, too. Returns whether it is one. */
bool civil_epoch(struct reader *r, uint64_t *ret_ns);

/** Whether a word is the name of a severity. */
bool civil_is_level(struct gloss_span word);

static inline bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static inline bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static inline bool is_letter(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static inline size_t digits_ahead(const struct reader *r)
{
    const char *p = r->at;

    while (p < r->end && is_digit(*p))
        p++;
    return (size_t)(p - r->at);
}

static inline bool take_char(struct reader *r, char c)
{
    if (r->at == r->end || *r->at != c)
        return false;
    r->at++;
    return true;
}

static inline bool take_text(struct reader *r, const char *text)
{
    size_t n = strlen(text);

    if ((size_t)(r->end - r->at) < n || memcmp(r->at, text, n) != 0)
        return false;
    r->at += n;
    return true;
}

static inline void skip_blanks(struct reader *r)
{
    while (r->at < r->end && is_blank(*r->at))
        r->at++;
}
