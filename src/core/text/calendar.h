#pragma once

/* Dates of the Gregorian calendar as days since 1970-01-01, and back. */

#include <stdint.h>

/** A date. */
struct calendar_date {
    int year, month, day; /* month and day from 1 */
};

/** Days from 1970-01-01 to a date; negative before it. Years from 1 on. */
int64_t calendar_days(struct calendar_date date);

/** The date that lies so many days after 1970-01-01. */
struct calendar_date calendar_date(uint64_t days);

/** How many days a month has, 28 to 31. */
int calendar_month_length(int year, int month);
