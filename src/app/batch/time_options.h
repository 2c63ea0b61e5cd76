#pragma once

/* The options about times that annotate and summary share. */

#include "app/common/time_argument.h"

#include <gloss/stamp.h>
#include <stdbool.h>
#include <stddef.h>

/** All texts are borrowed. Zero-initialised, none was given. */
struct time_options {
    const char *since_text, *until_text; /* NULL: not given */
    struct time_argument since, until;
    const char **formats; /* of --time-format; the array is owned */
    size_t n_formats;
    bool utc;
};

#define TIME_SINCE_HELP                                                                  \
    "only lines of that time or later: a duration ago (90s, 1h30m, '2 hours ago', 7d), " \
    "yesterday, today, 10:00, @SECONDS or a date (2026-11-23, '2026-11-23 08:00', "      \
    "2026-11-23T08:00:00Z)"
#define TIME_UNTIL_HELP "only lines of that time or earlier, in the same forms"
#define TIME_FORMAT_HELP \
    "how times look, as strptime(3) has it: '%d.%m.%Y %H:%M:%S'; may be given several times"
#define TIME_UTC_HELP "show times in UTC instead of local time, in tables"

/** Adds a form of --time-format. Returns 0; or EXIT_TROUBLE after a message. */
int time_options_format(struct time_options *o, const char *format);
/** Reads --since and --until. Returns EXIT_OK; or EXIT_TROUBLE after a message. */
int time_options_read(struct time_options *o);
void time_options_deinit(struct time_options *o);
