/* Dates are completed to the form that most logs have, and read as a line's stamp is: so both mean
 * the same, zone and all. The reader of stamps takes what stands at the begin of a line; that
 * nothing stands behind is seen here, by the shape of the word: '0' is any digit in it. */

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

/* How much of the text has that shape; 'T' is also a blank. */
static size_t shaped(const char *text, const char *shape)
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

/* "", "Z" or "+08:00", behind a fraction. */
static bool is_rest(const char *text)
{
    if (*text == '.' && is_digit(text[1]))
        for (text++; is_digit(*text); text++)
            ;
    if (STREQ(text, "") || STREQ(text, "Z") || STREQ(text, "z"))
        return true;
    return (*text == '+' || *text == '-') && shaped(text + 1, "00:00") == 5 && !text[6];
}

/* What has to be added to a date so that it is a whole time; NULL: it is no date. */
static const char *completion(const char *text)
{
    size_t n = shaped(text, DATE "T00:00:00");

    if (n > 0)
        return is_rest(text + n) ? "" : NULL;
    n = shaped(text, DATE "T00:00");
    if (n > 0)
        return text[n] == '\0' ? ":00" : NULL;
    n = shaped(text, DATE);
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
                             "'%s' is no time; use 30m, 2h, 7d, or a date: 2026-11-23, '2026-11-23 "
                             "08:00', 2026-11-23T08:00:00Z",
                             text);
    if (!gloss_stamp_parse(gloss_span_str(whole), clock, ret_ns))
        return message_error(option,
                             "there is no '%s' in the calendar; use a day and time that are", text);
    if (*ret_ns > clock->now_ns)
        return message_error(
            option,
            "'%s' is still to come; without a zone it is local time, Z behind it is "
            "UTC",
            text);
    return EXIT_OK;
}

int time_argument_read(const char *option, const char *text, const struct gloss_clock *clock,
                       struct time_argument *ret_moment)
{
    struct time_argument m = {0};
    size_t at;
    int r = units_duration(gloss_span_str(text), &m.ago_ns, &at);

    if (r == UNITS_E_TOO_LARGE)
        return message_error(option, "'%s' is too long; use a shorter time, or a date", text);
    if (r == UNITS_E_NO_UNIT)
        return message_error(option, "'%s' lacks its unit; use %ss, %sm, %sh or %sd", text, text,
                             text, text, text);
    r = r == 0 ? EXIT_OK : read_date(option, text, clock, &m.at_ns);
    if (r == EXIT_OK)
        *ret_moment = m;
    return r;
}

uint64_t time_argument_ns(const struct time_argument *m, uint64_t now_ns)
{
    if (m->at_ns > 0)
        return m->at_ns;
    return now_ns > m->ago_ns ? now_ns - m->ago_ns : 1;
}
