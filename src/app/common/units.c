/* A value is a number with a unit directly behind it. Durations and sizes are read alike, each by
 * its table of units. KB and the like are no units, since they mean 1,000 to some and 1,024 to
 * others. */

#include "app/common/units.h"

#include "core/base/nanoseconds.h"
#include "core/base/util.h"

#include <stdio.h>

/* A table has the smallest unit first, and ends with a NULL. */
struct unit {
    const char *name;
    uint64_t factor;
};

static const struct unit durations[] = {
    {"ms", MS_NS}, {"s", SECOND_NS}, {"m", MINUTE_NS}, {"h", HOUR_NS}, {"d", DAY_NS}, {NULL, 0},
};

static const struct unit sizes[] = {
    {"", 1},   {"KiB", UINT64_C(1) << 10}, {"MiB", UINT64_C(1) << 20}, {"GiB", UINT64_C(1) << 30},
    {NULL, 0},
};

/* Reads the digits that the text starts with. Returns 0 or UNITS_E_*. */
static int read_number(struct gloss_span text, uint64_t *ret_number, size_t *ret_length)
{
    uint64_t n = 0;
    size_t i = 0;

    for (; i < text.len && text.ptr[i] >= '0' && text.ptr[i] <= '9'; i++)
        if (__builtin_mul_overflow(n, (uint64_t)10, &n) ||
            __builtin_add_overflow(n, (uint64_t)(text.ptr[i] - '0'), &n))
            return UNITS_E_TOO_LARGE;
    *ret_number = n;
    *ret_length = i;
    return i > 0 ? 0 : UNITS_E_NO_NUMBER;
}

static int read_unit(const struct unit *table, struct gloss_span unit, uint64_t number,
                     uint64_t *ret)
{
    for (; table->name; table++) {
        if (!gloss_span_equal(unit, gloss_span_str(table->name)))
            continue;
        return __builtin_mul_overflow(number, table->factor, ret) ? UNITS_E_TOO_LARGE : 0;
    }
    if (unit.len > 0)
        return UNITS_E_UNIT;
    *ret = 0;
    return number > 0 ? UNITS_E_NO_UNIT : 0;
}

static int read_with_unit(const struct unit *table, struct gloss_span text, uint64_t *ret,
                          size_t *reterr_at)
{
    uint64_t number = 0, value;
    size_t length = 0;
    int r = read_number(text, &number, &length);

    if (r == 0)
        r = read_unit(table, gloss_span(text.ptr + length, text.len - length), number, &value);
    if (r == 0)
        *ret = value;
    else
        *reterr_at = r == UNITS_E_UNIT ? length : 0;
    return r;
}

int units_duration(struct gloss_span text, uint64_t *ret_ns, size_t *reterr_at)
{
    return read_with_unit(durations, text, ret_ns, reterr_at);
}

int units_size(struct gloss_span text, uint64_t *ret_bytes, size_t *reterr_at)
{
    return read_with_unit(sizes, text, ret_bytes, reterr_at);
}

int units_number(struct gloss_span text, uint64_t *ret_number, size_t *reterr_at)
{
    uint64_t number = 0;
    size_t length = 0;
    int r = read_number(text, &number, &length);

    *reterr_at = 0;
    if (r == 0 && length < text.len)
        r = UNITS_E_NO_NUMBER;
    if (r == 0)
        *ret_number = number;
    return r;
}

int units_mode(struct gloss_span text, mode_t *ret_mode)
{
    mode_t mode = 0;

    if (text.len < 3 || text.len > 4 || (text.len == 4 && text.ptr[0] != '0'))
        return UNITS_E_NO_NUMBER;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '7')
            return UNITS_E_NO_NUMBER;
        mode = mode * 8 + (mode_t)(text.ptr[i] - '0');
    }
    *ret_mode = mode;
    return 0;
}

static const char *to_text(const struct unit *table, uint64_t value, char text[UNITS_TEXT_MAX])
{
    const struct unit *best = table;

    for (; table->name; table++)
        if (value % table->factor == 0)
            best = table;
    if (value == 0)
        return "0";
    snprintf(text, UNITS_TEXT_MAX, "%llu%s", (unsigned long long)(value / best->factor),
             best->name);
    return text;
}

const char *units_duration_text(uint64_t ns, char text[UNITS_TEXT_MAX])
{
    return to_text(durations, ns, text);
}

const char *units_size_text(uint64_t bytes, char text[UNITS_TEXT_MAX])
{
    return to_text(sizes, bytes, text);
}

const char *units_number_text(uint64_t number, char text[UNITS_TEXT_MAX])
{
    snprintf(text, UNITS_TEXT_MAX, "%llu", (unsigned long long)number);
    return text;
}
