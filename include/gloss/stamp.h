#ifndef GLOSS_STAMP_H
#define GLOSS_STAMP_H

/* The time of a log line, and times written as RFC 3339 has them.
 *
 *     #include <assert.h>
 *     #include <gloss/stamp.h>
 *
 *     int main(void)
 *     {
 *         struct gloss_clock clock = {0}; // without a local time zone: all is UTC
 *         struct gloss_buf text = {0};
 *         uint64_t ns;
 *
 *         assert(gloss_stamp_parse(gloss_span_str("[2026-11-23 08:00:01,5] ERROR"), &clock, &ns));
 *         gloss_stamp_format(ns, &text);
 *         assert(gloss_span_equal(gloss_buf_view(&text),
 *                                 gloss_span_str("2026-11-23T08:00:01.500Z")));
 *         gloss_buf_deinit(&text);
 *     }
 */

#include <gloss/buf.h>
#include <gloss/span.h>
#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The rules of a time zone, as the caller knows them: the library has none. */
struct gloss_zone {
    /** Seconds east of UTC that clocks of the zone show at a moment, and the zone's abbreviation
     * then ("CET"), which lives as long as the zone. ret_name may be NULL. NULL: the zone is UTC.
     */
    int (*offset_s)(void *ctx, int64_t utc_s, const char **ret_name);
    void *ctx;        /* for offset_s */
    const char *name; /* "Europe/Berlin"; NULL: not known */
};

/** The present and the local time zone, as the caller knows them: the library has neither. All
 * times are nanoseconds since 1970-01-01T00:00:00Z. */
struct gloss_clock {
    uint64_t now_ns; /* the caller keeps it current */
    struct gloss_zone zone;
};

/** Reads the time of a line for itself, without what is known of the lines before it. The forms
 * are those of glossd(1), TIMES. <gloss/times.h> reads the times of a stream.
 *
 * A time without a zone is local, one without a year lies at most a day after clock->now_ns. A
 * leap second, 60, counts as 59.
 *
 * Returns whether there is a time of the years 1970 to 2500 that can be told for certain; *ret_ns
 * is written only then. */
bool gloss_stamp_parse(struct gloss_span line, const struct gloss_clock *clock, uint64_t *ret_ns);

/** Appends a time as RFC 3339 has it, in UTC: "2026-11-23T08:00:01Z", with a fraction of 3, 6 or 9
 * digits where the second is not whole. */
void gloss_stamp_format(uint64_t ns, struct gloss_buf *out);

/** The same into memory of at least GLOSS_STAMP_BYTES bytes, without a NUL. Returns the length. */
#define GLOSS_STAMP_BYTES 32
size_t gloss_stamp_write(uint64_t ns, char *out);

/** Writes a time as clocks of a zone show it, "2026-11-23 08:00:01", with a NUL, into memory of at
 * least GLOSS_STAMP_BYTES bytes; for people.
 *
 * @zone  NULL: UTC.
 *
 * Returns the zone's abbreviation at that time. */
const char *gloss_stamp_local(uint64_t ns, const struct gloss_zone *zone, char *out);

#ifdef __cplusplus
}
#endif
#endif
