/* Messages may end up in a file that the service follows, such as the system's log. A message about
 * each line of it would then cause the next message, without end. So the number of lines that a
 * component may write in a time is limited. */

#include "app/common/log.h"

#include "app/common/clock.h"
#include "app/common/message.h"
#include "core/base/nanoseconds.h"
#include "core/base/util.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <syslog.h>
#include <unistd.h>

#define BURST 20
#define BURST_NS (10 * SECOND_NS)
#define LINE_MAX_BYTES 1024

static struct {
    int level;
    bool priorities; /* standard error is the journal */
    struct {
        const char *component;
        uint64_t since_ns;
        unsigned written, suppressed; /* since since_ns */
    } rates[8];
} logger = {.level = LOG_NOTICE};

void log_init(int level)
{
    logger.level = level;
    logger.priorities = getenv("JOURNAL_STREAM") != NULL;
}

/* Whether the component may write a line now. *ret_suppressed: its lines not written before. */
static bool may_write(const char *component, unsigned *ret_suppressed)
{
    uint64_t now = clock_steady_ns();
    size_t i = 0;

    while (i < ARRAY_SIZE(logger.rates) - 1 && logger.rates[i].component &&
           !STREQ(logger.rates[i].component, component))
        i++;
    *ret_suppressed = 0;
    if (!logger.rates[i].component || now - logger.rates[i].since_ns > BURST_NS) {
        *ret_suppressed = logger.rates[i].suppressed;
        logger.rates[i].component = component;
        logger.rates[i].since_ns = now;
        logger.rates[i].written = logger.rates[i].suppressed = 0;
    }
    if (logger.rates[i].written == BURST) {
        logger.rates[i].suppressed++;
        return false;
    }
    logger.rates[i].written++;
    return true;
}

static void put_line(int priority, const char *component, const char *text)
{
    char line[LINE_MAX_BYTES + 64];
    char prefix[8] = "";
    int n;

    if (logger.priorities)
        snprintf(prefix, sizeof(prefix), "<%d>", priority);
    n = snprintf(line, sizeof(line), "%s%s%s: %s\n", prefix,
                 logger.priorities ? "" : "glossd: ", component, text);
    if (n > 0 && write(STDERR_FILENO, line, MIN((size_t)n, sizeof(line) - 1)) < 0)
        return; /* nothing is left where a failure could be reported */
}

void log_message(int priority, const char *component, const char *format, ...)
{
    char text[LINE_MAX_BYTES];
    unsigned suppressed;
    va_list args;

    if (priority > logger.level || (!may_write(component, &suppressed) && priority > LOG_ERR))
        return;
    if (suppressed > 0) {
        snprintf(text, sizeof(text), "%u messages were not shown", suppressed);
        put_line(priority, component, text);
    }
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    message_mask_controls(text);
    put_line(priority, component, text);
}
