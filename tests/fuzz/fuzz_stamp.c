/* Any bytes as the start of a line: nothing behind them is read, and a time that is found is found
 * again in its form of RFC 3339. */

#include "core/base/nanoseconds.h"

#include <assert.h>
#include <gloss/stamp.h>

#define YEAR_2500_S UINT64_C(16725225600)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct gloss_clock clock_utc = {.now_ns = UINT64_C(1795420801000000000)};
    char text[GLOSS_STAMP_BYTES];
    uint64_t ns, again;
    size_t n;

    if (!gloss_stamp_parse(gloss_span((const char *)data, size), &clock_utc, &ns))
        return 0;
    n = gloss_stamp_write(ns, text);
    assert(n <= sizeof(text));
    if (ns >= YEAR_2500_S * SECOND_NS)
        return 0; /* the zone leads to a year that is not read any more */
    assert(gloss_stamp_parse(gloss_span(text, n), &clock_utc, &again));
    assert(again == ns);
    return 0;
}
