#pragma once

/* Numbers with units, as people write them. */

#include <gloss/span.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define UNITS_E_NO_NUMBER 1 /* does not begin with a digit */
#define UNITS_E_NO_UNIT 2   /* a number alone, and it needs a unit */
#define UNITS_E_UNIT 3      /* a unit that there is not */
#define UNITS_E_TOO_LARGE 4 /* more than 64 bits hold */

/** "500ms", "5s", "2m", "2h", "7d"; "0" needs no unit. Whole numbers only.
 * @ret_ns  nanoseconds.
 * @reterr_at  where in the text the mistake begins; written on failure only.
 * Returns 0 or one of UNITS_E_*. */
int units_duration(struct gloss_span text, uint64_t *ret_ns, size_t *reterr_at);

/** "64KiB", "1MiB", "1GiB", or a number of bytes. Returns as units_duration(). */
int units_size(struct gloss_span text, uint64_t *ret_bytes, size_t *reterr_at);

/** Permissions in octal as chmod(1) takes them, "0640" or "640", at most 0777.
 * Returns 0, or UNITS_E_NO_NUMBER: it is none. */
int units_mode(struct gloss_span text, mode_t *ret_mode);

/** As a person would write it, in the largest unit that leaves a whole number. */
#define UNITS_TEXT_MAX 32
const char *units_duration_text(uint64_t ns, char text[UNITS_TEXT_MAX]);
const char *units_size_text(uint64_t bytes, char text[UNITS_TEXT_MAX]);
