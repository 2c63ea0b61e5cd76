#pragma once

/* What a subcommand is, and how its words are read. A command is data: a name, a table of options,
 * examples. Parsing, --help and the completions of shells are all made from this table. */

#include "app/common/common_options.h"
#include "app/common/exit_status.h"

#include <stdbool.h>
#include <stddef.h>

/** Keys of options without a short form; each command counts up from here. */
#define CMD_LONG_ONLY 256

/** One option. A table of them ends with one whose name is NULL. */
struct cmd_option {
    const char *name; /* long form, without dashes */
    int key;          /* below CMD_LONG_ONLY: the letter of the short form as well; not c, h, V */
    const char
        *arg; /* the name of its argument in the help; NULL: it takes none; a leading '=': the
                 argument may be missing, and must directly follow the option otherwise */
    const char *const *words; /* the words that are allowed, ends with NULL; NULL: any text */
    const char *help;
};

bool cmd_arg_is_optional(const struct cmd_option *o);
/** The name of its argument; NULL: it takes none. */
const char *cmd_arg_name(const struct cmd_option *o);

struct cmd {
    const char *name;
    const char *args;    /* the synopsis behind the options, "[FILE...]", or several: "list | show";
                            NULL: none */
    const char *summary; /* what the command does, in less than a line */
    const char *details; /* the text below the options in --help; paragraphs end with "\n\n" */
    const char *examples;             /* whole lines, each with two blanks before it */
    const struct cmd_option *options; /* without the common ones; NULL: none */
    bool no_catalogs; /* the command refuses --catalog, and its help does not show it */
    /** Called for each option of the table, in the order given; may be NULL when there is none.
     * @value  its argument, lives as long as argv; NULL when there is none.
     * @word   the index of the value in option->words; 0 when the option has none.
     * Returns 0, or EXIT_TROUBLE after it has said why. */
    int (*option)(void *state, int key, const char *value, int word);
    /** argv[0] is the command's name. Returns an exit status. */
    int (*run)(const struct cmd *cmd, int argc, char **argv);
};

extern const struct cmd_option cmd_common_options[];

/** All commands, in the order the help lists them; ends with NULL. */
extern const struct cmd *const cmd_table[];
/** The command of that name, or NULL. */
const struct cmd *cmd_find(const char *name);
bool cmd_exists(const char *name);
/** The command whose name is most similar to the word, or NULL. */
const struct cmd *cmd_nearest(const char *word);

/** Reads a command's words.
 *
 * @argv    is put in order: options first.
 * @common  zero-initialised by the caller, who calls cmd_common_deinit() in any case.
 * @state   handed to cmd->option.
 *
 * Returns -1: go on, *ret_words is set. Else it returns the exit status of the command: --help or
 * --version was answered, or a message has said what is wrong. */
int cmd_parse(const struct cmd *cmd, int argc, char **argv, struct common_options *common,
              void *state, struct words *ret_words);
/** For cmd->option of a command with a single option: keeps the option's value in *state, which is
 * a const char *. Returns 0. */
int cmd_keep_value(void *state, int key, const char *value, int word);
void cmd_common_deinit(struct common_options *common);

/** Whether output to this descriptor gets colours: as --color says, or when a terminal there can
 * show them. */
bool cmd_wants_color(const struct common_options *common, int fd);

/** What --version and --help say without a command. Return an exit status. */
int cmd_version(void);
int cmd_help(void);
