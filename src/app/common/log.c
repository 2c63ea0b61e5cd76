/* Messages go where the service's logs are kept, and that may be a file the service follows: a
 * message for each event would feed itself. So each component may say so much in a time, and then
 * only counts. */

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
    bool priorities; /* standard error is the journal's */
    struct {
        const char *component;
        uint64_t since_ns;
        unsigned said, kept_back;
    } rates[8];
} sink = {.level = LOG_NOTICE};

void log_init(int level)
{
    sink.level = level;
    sink.priorities = getenv("JOURNAL_STREAM") != NULL;
}

/* Whether the component may speak; *kept_back: what it did not say before. */
static bool may_speak(const char *component, unsigned *kept_back)
{
    uint64_t now = clock_steady_ns();
    size_t i = 0;

    while (i < ARRAY_SIZE(sink.rates) - 1 && sink.rates[i].component &&
           !STREQ(sink.rates[i].component, component))
        i++;
    *kept_back = 0;
    if (!sink.rates[i].component || now - sink.rates[i].since_ns > BURST_NS) {
        *kept_back = sink.rates[i].kept_back;
        sink.rates[i].component = component;
        sink.rates[i].since_ns = now;
        sink.rates[i].said = sink.rates[i].kept_back = 0;
    }
    if (sink.rates[i].said == BURST) {
        sink.rates[i].kept_back++;
        return false;
    }
    sink.rates[i].said++;
    return true;
}

static void put_line(int priority, const char *component, const char *text)
{
    char line[LINE_MAX_BYTES + 64];
    char mark[8] = "";
    int n;

    if (sink.priorities)
        snprintf(mark, sizeof(mark), "<%d>", priority);
    n = snprintf(line, sizeof(line), "%s%s%s: %s\n", mark,
                 sink.priorities ? "" : "glossd: ", component, text);
    if (n > 0 && write(STDERR_FILENO, line, MIN((size_t)n, sizeof(line) - 1)) < 0)
        return; /* there is nobody left to tell */
}

void log_message(int priority, const char *component, const char *format, ...)
{
    char text[LINE_MAX_BYTES];
    unsigned kept_back;
    va_list args;

    if (priority > sink.level || (!may_speak(component, &kept_back) && priority > LOG_ERR))
        return;
    if (kept_back > 0) {
        snprintf(text, sizeof(text), "%u messages were not shown", kept_back);
        put_line(priority, component, text);
    }
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    message_mask_controls(text);
    put_line(priority, component, text);
}
