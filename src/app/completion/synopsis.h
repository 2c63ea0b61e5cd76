#pragma once

/* What may stand behind a command, as the table of commands says it: for the completions. */

#include "app/cli/cmd.h"

#include <gloss/buf.h>
#include <stdbool.h>
#include <stddef.h>

/** How glossd is asked which codes and which sources there are. */
#define SYNOPSIS_ASK_CODES "glossd catalog export --format names 2>/dev/null"
/* No quotes and no globs: each shell reads it in its own way. */
#define SYNOPSIS_ASK_SOURCES                                                               \
    "glossd state show --format json 2>/dev/null | tr , \\\\n | grep -F \\\"source\\\": |" \
    " cut -d\\\" -f4 | sort -u"
/** What a command is when no subcommand stands there. */
#define SYNOPSIS_DEFAULT "annotate"

/** What a word may be. */
enum synopsis_kind { SYNOPSIS_NONE, SYNOPSIS_FILE, SYNOPSIS_CODE, SYNOPSIS_SOURCE };

/** By what it is called in the help: "FILE", "CODE|GLOB", "[SOURCE...]". */
enum synopsis_kind synopsis_kind(const char *name, size_t length);

/** One alternative of a command's synopsis. */
struct synopsis_form {
    const char *verb; /* the word it begins with */
    size_t verb_length;
    enum synopsis_kind kind; /* of what follows */
};

/** The synopsis behind the options, "" where there is none. */
const char *synopsis_text(const struct cmd *cmd);
/** Takes the next alternative off a synopsis. False when there is none. */
bool synopsis_next(const char **synopsis, struct synopsis_form *ret_form);
bool synopsis_has_verbs(const struct cmd *cmd);
void synopsis_put_verbs(const struct cmd *cmd, const char *between, struct gloss_buf *out);

/** The words that an option's argument may be. */
void synopsis_put_words(const char *const *words, struct gloss_buf *out);
/** Whether an option has a short form, which is its key. */
bool synopsis_is_short(const struct cmd_option *o);
/** Calls fn for each option that a command understands. */
void synopsis_each_option(const struct cmd *cmd,
                          void (*fn)(const struct cmd *cmd, const struct cmd_option *o,
                                     struct gloss_buf *out),
                          struct gloss_buf *out);

void synopsis_each_command(void (*fn)(const struct cmd *cmd, struct gloss_buf *out),
                           struct gloss_buf *out);
/** The names of all commands. */
void synopsis_put_commands(const char *between, struct gloss_buf *out);
