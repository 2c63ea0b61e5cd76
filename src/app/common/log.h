#pragma once

/* What the service tells the person who runs it: one line on standard error, with a syslog priority
 * in front under systemd. "COMPONENT: what happened to 'WHICH': why". */

#include <stdint.h>

/** The one process-wide variable: which priorities are shown, and how. */
void log_init(int level);

/** @priority  of syslog(3). Lines of one component beyond a burst of 20 in 10 s are counted, not
 * shown, and the count is told with the next one that is; errors are always shown. */
void log_message(int priority, const char *component, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
