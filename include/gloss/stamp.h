#ifndef GLOSS_STAMP_H
#define GLOSS_STAMP_H

/* Times at the begin of log lines, and RFC 3339. */

#include <gloss/buf.h>
#include <gloss/span.h>
#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What a line's time is read with: the core has no clock and no time zone of its own. */
struct gloss_clock {
    uint64_t now_ns; /* nanoseconds since 1970-01-01 UTC; the caller keeps it current */
    /** Seconds east of UTC that the local clock showed at that local civil time; NULL: UTC. */
    int (*local_offset_s)(void *ctx, int year, int month, int day, int hour, int minute,
                          int second);
    void *ctx;
};

/** The time that a line begins with (after blanks, one opening bracket, quote, or a syslog priority
 * "<13>" or "<13>1 "), in one of the usual forms: RFC 3339 / ISO 8601 with 'T' or blank, with
 * fraction ('.' or
 * ',') and zone or without; 2026/11/23 08:00:01; 26/11/23 08:00:01; Nov 23 08:00:01 (the year is
 * the one that puts it nearest before now plus a day); Fri Nov 23 08:00:01[.ffffff] 2026;
 * 23/Nov/2026:08:00:01 +0000; I1123 08:00:01.123456 (klog); seconds since 1970 with ten digits and
 * a fraction, or milliseconds with thirteen digits, followed by a non-digit; "ts": or "time": or
 * "timestamp": or "@timestamp": as one of the first keys (within 256 bytes) of a line that begins
 * with '{'; there ten digits need no fraction. Civil times without a zone are local. Returns false
 * when there is none; leap second 60 is taken as 59. Years from 1970 to 2500. */
bool gloss_stamp_parse(struct gloss_span line, const struct gloss_clock *clock, uint64_t *ret_ns);

/** Appends RFC 3339 in UTC: seconds, then a fraction of 3, 6 or 9 digits when it is not zero, then
 * 'Z'. */
void gloss_stamp_format(uint64_t ns, struct gloss_buf *out);
/** The same into memory of at least GLOSS_STAMP_BYTES; returns the length. No NUL. */
#define GLOSS_STAMP_BYTES 32
size_t gloss_stamp_write(uint64_t ns, char *out);

#ifdef __cplusplus
}
#endif
#endif
