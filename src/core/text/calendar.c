/* The arithmetic counts years from March, so that the leap day is the last day of its year, in eras
 * of 400 years = 146097 days, after which the calendar repeats. It is Howard Hinnant's
 * ("chrono-compatible low-level date algorithms", days_from_civil and civil_from_days), written
 * anew. */

#include "core/text/calendar.h"

#include <stdbool.h>

#define DAYS_PER_ERA 146097
#define DAYS_TO_1970 719468 /* from March 1 of the year 0 */

int64_t calendar_days(struct calendar_date date)
{
    int64_t y = date.month <= 2 ? date.year - 1 : date.year; /* years begin in March */
    int64_t era = y / 400, year_of_era = y % 400;
    int64_t march_month = (date.month + 9) % 12;
    int64_t day_of_year = (153 * march_month + 2) / 5 + date.day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

    return era * DAYS_PER_ERA + day_of_era - DAYS_TO_1970;
}

struct calendar_date calendar_date(uint64_t days)
{
    uint64_t since = days + DAYS_TO_1970;
    uint64_t era = since / DAYS_PER_ERA, day_of_era = since % DAYS_PER_ERA;
    uint64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    uint64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    uint64_t march_month = (5 * day_of_year + 2) / 153;
    bool next_year = march_month >= 10; /* January and February */

    return (struct calendar_date){
        .year = (int)(era * 400 + year_of_era + next_year),
        .month = (int)(next_year ? march_month - 9 : march_month + 3),
        .day = (int)(day_of_year - (153 * march_month + 2) / 5 + 1),
    };
}

int calendar_month_length(int year, int month)
{
    static const int8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return days[month - 1] + (month == 2 && leap);
}
