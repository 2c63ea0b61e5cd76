/* A code that is spelled like one of these words can only be recognised by what stands around it,
 * and that needs a pattern. The list has the words that loggers and libraries write for their own
 * purposes: levels, outcomes, values, states. It does not have names that a vendor chose for errors
 * (Forbidden, Throttling, NotFound), common as they may be in one log. */

#include "core/catalog/common_words.h"
#include "core/base/util.h"

#include <strings.h>

static const char *const words[] = {
    "abort",     "aborted",   "active",   "alert", "any",     "closed",   "code",      "complete",
    "completed", "connected", "critical", "debug", "default", "disabled", "done",      "down",
    "empty",     "enabled",   "end",      "err",   "error",   "errors",   "exception", "exit",
    "fail",      "failed",    "failure",  "false", "fatal",   "idle",     "info",      "init",
    "invalid",   "message",   "missing",  "nan",   "nil",     "no",       "none",      "notice",
    "null",      "off",       "ok",       "on",    "online",  "offline",  "open",      "panic",
    "pass",      "passed",    "pending",  "ready", "retry",   "running",  "severe",    "skipped",
    "start",     "started",   "status",   "stop",  "stopped", "success",  "timeout",   "trace",
    "true",      "undefined", "unknown",  "up",    "verbose", "warn",     "warning",   "yes",
};

bool common_words_has(struct gloss_span word)
{
    for (size_t i = 0; i < ARRAY_SIZE(words); i++)
        if (strlen(words[i]) == word.len && strncasecmp(words[i], word.ptr, word.len) == 0)
            return true;
    return false;
}
