#pragma once

/* The words that may follow a command, as the table of commands has them. */

#include "app/cli/cmd.h"

#include <gloss/buf.h>
#include <stdbool.h>
#include <stddef.h>

/** Shell commands that list the codes and the sources there are. */
#define SYNOPSIS_ASK_CODES "glossd catalog export --format names 2>/dev/null"
/* Without quotes and globs, which the three shells read in different ways. */
#define SYNOPSIS_ASK_SOURCES                                                               \
    "glossd state show --format json 2>/dev/null | tr , \\\\n | grep -F \\\"source\\\": |" \
    " cut -d\\\" -f4 | sort -u"
/** The command of a line without a subcommand. */
#define SYNOPSIS_DEFAULT "annotate"

/** The kind of a word. */
enum synopsis_kind { SYNOPSIS_NONE, SYNOPSIS_FILE, SYNOPSIS_CODE, SYNOPSIS_SOURCE };

/** The kind of the word that the help calls by this name: "FILE", "CODE|GLOB", "[SOURCE...]". */
enum synopsis_kind synopsis_kind(const char *name, size_t length);

/** One form of a command's synopsis. */
struct synopsis_form {
    const char *verb;        /* the start of the form; not NUL-terminated */
    size_t verb_length;      /* 0: the form has no verb */
    enum synopsis_kind kind; /* of the words behind the verb */
};

/** The synopsis of the words behind the options; "" where there is none. */
const char *synopsis_text(const struct cmd *cmd);
/** Takes the next form off a synopsis. False: there is none left. */
bool synopsis_next(const char **synopsis, struct synopsis_form *ret_form);
bool synopsis_has_verbs(const struct cmd *cmd);
/** Appends the verbs of a command, with a text between each two. */
void synopsis_put_verbs(const struct cmd *cmd, const char *between, struct gloss_buf *out);

/** Appends the words that an option's value may be. */
void synopsis_put_words(const char *const *words, struct gloss_buf *out);
/** Whether an option has a short form; it is the option's key. */
bool synopsis_is_short(const struct cmd_option *o);
/** Calls fn for each option of a command, the common ones included. */
void synopsis_each_option(const struct cmd *cmd,
                          void (*fn)(const struct cmd *cmd, const struct cmd_option *o,
                                     struct gloss_buf *out),
                          struct gloss_buf *out);

/** Calls fn for each command. */
void synopsis_each_command(void (*fn)(const struct cmd *cmd, struct gloss_buf *out),
                           struct gloss_buf *out);
/** Appends the names of all commands, with a text between each two. */
void synopsis_put_commands(const char *between, struct gloss_buf *out);
