/* A date is completed to a whole time and then read by the function that reads the times of log
 * lines, so that both mean the same, time zones included. That function accepts any text behind a
 * time; so the word is first held against a shape, in which '0' stands for any digit. */

#include "app/common/time_argument.h"

#include "app/common/exit_status.h"
#include "app/common/message.h"
#include "app/common/units.h"
#include "core/base/util.h"

#include <stdbool.h>
#include <stdio.h>

#define DATE "0000-00-00"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The length of the shape where the text starts with it, else 0. 'T' fits a blank, too. */
static size_t shape_length(const char *text, const char *shape)
{
    size_t i = 0;

    for (; shape[i]; i++) {
        bool fits = shape[i] == '0'   ? is_digit(text[i])
                    : shape[i] == 'T' ? strchr("Tt ", text[i]) && text[i]
                                      : text[i] == shape[i];

        if (!fits)
            return 0;
    }
    return i;
}

/* Whether the text is a zone, "", "Z" or "+08:00"; a fraction of a second may stand before it. */
static bool is_zone(const char *text)
{
    if (*text == '.' && is_digit(text[1]))
        for (text++; is_digit(*text); text++)
            ;
    if (STREQ(text, "") || STREQ(text, "Z") || STREQ(text, "z"))
        return true;
    return (*text == '+' || *text == '-') && shape_length(text + 1, "00:00") == 5 && !text[6];
}

/* The text that makes a whole time of the word; NULL: the word is no date. */
static const char *completion(const char *text)
{
    size_t n = shape_length(text, DATE "T00:00:00");

    if (n > 0)
        return is_zone(text + n) ? "" : NULL;
    n = shape_length(text, DATE "T00:00");
    if (n > 0)
        return text[n] == '\0' ? ":00" : NULL;
    n = shape_length(text, DATE);
    return n > 0 && text[n] == '\0' ? " 00:00:00" : NULL;
}

static int read_date(const char *option, const char *text, const struct gloss_clock *clock,
                     uint64_t *ret_ns)
{
    const char *completed = completion(text);
    char whole[64];
    int n = snprintf(whole, sizeof(whole), "%s%s", text, completed ? completed : "");

    if (!completed || n >= (int)sizeof(whole))
        return message_error(option,
                             "'%s' is not a time; use 30m, 2h, 7d, or a date: 2026-11-23, "
                             "'2026-11-23 08:00', 2026-11-23T08:00:00Z",
                             text);
    if (!gloss_stamp_parse(gloss_span_str(whole), clock, ret_ns))
        return message_error(option, "'%s' is not in the calendar; use a day and a time that exist",
                             text);
    if (*ret_ns > clock->now_ns)
        return message_error(
            option,
            "'%s' is in the future; a time without a zone is local time, Z behind it means UTC",
            text);
    return EXIT_OK;
}

int time_argument_read(const char *option, const char *text, const struct gloss_clock *clock,
                       struct time_argument *ret_time)
{
    struct time_argument t = {0};
    size_t at;
    int r = units_duration(gloss_span_str(text), &t.ago_ns, &at);

    if (r == UNITS_E_TOO_LARGE)
        return message_error(option, "'%s' is too long ago; use a shorter time, or a date", text);
    if (r == UNITS_E_NO_UNIT)
        return message_error(option, "'%s' has no unit; use %ss, %sm, %sh or %sd", text, text, text,
                             text, text);
    r = r == 0 ? EXIT_OK : read_date(option, text, clock, &t.at_ns);
    if (r == EXIT_OK)
        *ret_time = t;
    return r;
}

uint64_t time_argument_ns(const struct time_argument *t, uint64_t now_ns)
{
    if (t->at_ns > 0)
        return t->at_ns;
    return now_ns > t->ago_ns ? now_ns - t->ago_ns : 1;
}
