#pragma once

/* What a subcommand is, and how its words are read. A command is data: a name, a table of options,
 * examples. From that table come the parsing, --help, and whatever else has to know the options. */

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
    const char *arg;  /* what its argument is called in the help; NULL: it takes none; begins with
                         '='  where it may be missing, and stands directly behind the option else */
    const char *const *words; /* the words its argument may be, ends with NULL; NULL: any */
    const char *help;
};

bool cmd_arg_is_optional(const struct cmd_option *o);
/** What its argument is called; NULL: it takes none. */
const char *cmd_arg_name(const struct cmd_option *o);

struct cmd {
    const char *name;
    const char
        *args; /* synopsis behind the options, "[FILE...]", or several: "list | show"; NULL: none */
    const char *summary;  /* what it does, less than a line */
    const char *details;  /* what --help says below the options; paragraphs end with "\n\n" */
    const char *examples; /* whole lines, each begun by two blanks */
    const struct cmd_option *options; /* without the common ones; NULL: none */
    bool no_catalogs;                 /* it refuses --catalog; the help does not offer it */
    /** Called for each option of the table, in the order given; may be NULL when there is none.
     * @value  its argument, lives as long as argv; NULL where it takes none, or none is given.
     * @word   which of option->words it is; 0 where there are none.
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
/** The command whose name is nearest to that word, or NULL. */
const struct cmd *cmd_nearest(const char *word);

/** Reads a command's words.
 *
 * @argv    is put in order: options first.
 * @common  zero-initialised by the caller, who calls cmd_common_deinit() whatever comes back.
 * @state   handed to cmd->option.
 *
 * Returns -1: go on, *ret_words is set; else the exit status to end with: --help or --version was
 * answered, or something was wrong and has been said. */
int cmd_parse(const struct cmd *cmd, int argc, char **argv, struct common_options *common,
              void *state, struct words *ret_words);
/** For cmd->option of a command with a single option: keeps the option's value in *state, which is
 * a const char *. Returns 0. */
int cmd_keep_value(void *state, int key, const char *value, int word);
void cmd_common_deinit(struct common_options *common);

/** Whether output to that descriptor is to be coloured: as --color says, else where it can be. */
bool cmd_wants_color(const struct common_options *common, int fd);

/** What --version and --help say without a command. Return an exit status. */
int cmd_version(void);
int cmd_help(void);
