#ifndef GLOSS_STAMP_H
#define GLOSS_STAMP_H

/* The time stamp that a log line starts with, and times written as RFC 3339 has them.
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

/** The present and the local time zone, as the caller knows them: the library has neither. All
 * times are nanoseconds since 1970-01-01T00:00:00Z. */
struct gloss_clock {
    uint64_t now_ns; /* the caller keeps it current */
    /** Seconds east of UTC that a local clock showed when it showed this date and time. NULL: local
     * time is UTC. */
    int (*local_offset_s)(void *ctx, int year, int month, int day, int hour, int minute,
                          int second);
    void *ctx; /* for local_offset_s */
};

/** Reads the time stamp at the start of a line. Before it may stand blanks and one opening bracket
 * or quotation mark, or a syslog priority ("<13>", or "<13>1 " of RFC 5424). The forms:
 *
 *     2026-11-23T08:00:01.123456+01:00  RFC 3339 and ISO 8601: 'T' or a blank; a fraction behind
 * '.' or
 *                                       ',' and a zone may be missing
 *     2026/11/23 08:00:01               also with a year of two digits; fraction and zone as above
 *     23/Nov/2026:08:00:01 +0000        access logs
 *     Nov 23 08:00:01                   syslog; the year is the latest that puts the time at most a
 *                                       day after clock->now_ns; fraction as above
 *     Fri Nov 23 08:00:01 2026          ctime(3), Apache; fraction as above
 *     I1123 08:00:01.123456             klog; the year as for syslog
 *     1795420801.5                      seconds since 1970: ten digits and a fraction
 *     1795420801500                     milliseconds since 1970: thirteen digits
 *     {"time":"2026-11-23T08:00:01Z"    a JSON object with the key "ts", "time", "timestamp" or
 *                                       "@timestamp" in its first 256 bytes; the value in any of
 * these forms, and seconds need no fraction
 *
 * A date and time without a zone is local. A leap second, 60, counts as 59.
 *
 * Returns whether there is a time of the years 1970 to 2500; *ret_ns is written only then. */
bool gloss_stamp_parse(struct gloss_span line, const struct gloss_clock *clock, uint64_t *ret_ns);

/** Appends a time as RFC 3339 has it, in UTC: "2026-11-23T08:00:01Z", with a fraction of 3, 6 or 9
 * digits where the second is not whole. */
void gloss_stamp_format(uint64_t ns, struct gloss_buf *out);

/** The same into memory of at least GLOSS_STAMP_BYTES bytes, without a NUL. Returns the length. */
#define GLOSS_STAMP_BYTES 32
size_t gloss_stamp_write(uint64_t ns, char *out);

#ifdef __cplusplus
}
#endif
#endif
