/* Any bytes as the start of a line: nothing behind them is read, and a time that is found is found
 * again in its form of RFC 3339. */

#include "core/base/first_line.h"
#include "core/base/nanoseconds.h"

#include <assert.h>
#include <gloss/times.h>

#define YEAR_2500_S UINT64_C(16725225600)

/* The same bytes as a stream: every line is asked for its time. */
static void ask_each_line(const struct gloss_clock *clock, struct gloss_span bytes)
{
    const struct gloss_times_options options = {.clock = clock};
    struct gloss_block block = {.bytes = bytes, .begins_line = true, .ends_line = true};
    struct gloss_time_memory memory = {0};
    struct gloss_times *times;

    if (gloss_times_new(&times, &options) < 0)
        return;
    gloss_times_begin(times, &memory, &block);
    while (bytes.len > 0) {
        size_t n = first_line_length(bytes);
        struct gloss_time time = gloss_times_of(times, gloss_span(bytes.ptr, n), true);

        assert(time.source != GLOSS_TIME_NONE || time.ns == 0);
        bytes = gloss_span(bytes.ptr + n, bytes.len - n);
    }
    gloss_times_end(times);
    gloss_times_free(times);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct gloss_clock clock_utc = {.now_ns = UINT64_C(1795420801000000000)};
    char text[GLOSS_STAMP_BYTES];
    uint64_t ns, again;
    size_t n;

    ask_each_line(&clock_utc, gloss_span((const char *)data, size));
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
