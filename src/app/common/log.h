#pragma once

/* The log of the service on standard error, a line per message:
 * "COMPONENT: what happened to 'WHICH': why". Where standard error is the journal, a syslog
 * priority stands in front. */

#include <stdint.h>

/** Sets the least important priority that is shown. The log is the only process-wide variable. */
void log_init(int level);

/** @priority  of syslog(3). A component may write 20 lines in 10 s; further lines are only counted,
 * and the component's next line is preceded by their number. Errors are always written. */
void log_message(int priority, const char *component, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
