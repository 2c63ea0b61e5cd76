#pragma once

/* Durations, sizes and permissions as configuration files and options have them. */

#include <gloss/span.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define UNITS_E_NO_NUMBER 1 /* the text does not start with a digit */
#define UNITS_E_NO_UNIT 2   /* the number has no unit and needs one */
#define UNITS_E_UNIT 3      /* the unit is unknown */
#define UNITS_E_TOO_LARGE 4 /* the value does not fit into 64 bits */

/** Reads a duration: "500ms", "5s", "2m", "2h", "7d", or "0". Fractions are not read.
 * @reterr_at  the index of the first wrong character; written on failure only.
 * Returns 0 or one of UNITS_E_*. */
int units_duration(struct gloss_span text, uint64_t *ret_ns, size_t *reterr_at);

/** Reads a size: "64KiB", "1MiB", "1GiB", or a number of bytes. Returns as units_duration(). */
int units_size(struct gloss_span text, uint64_t *ret_bytes, size_t *reterr_at);

/** Reads a number without a unit. Returns 0, UNITS_E_NO_NUMBER or UNITS_E_TOO_LARGE. */
int units_number(struct gloss_span text, uint64_t *ret_number, size_t *reterr_at);

/** Reads permissions in octal, "0640" or "640", at most 0777. Returns 0 or UNITS_E_NO_NUMBER. */
int units_mode(struct gloss_span text, mode_t *ret_mode);

/** The text of a value, in the largest unit that gives a whole number. */
#define UNITS_TEXT_MAX 32
const char *units_duration_text(uint64_t ns, char text[UNITS_TEXT_MAX]);
const char *units_size_text(uint64_t bytes, char text[UNITS_TEXT_MAX]);
const char *units_number_text(uint64_t number, char text[UNITS_TEXT_MAX]);
