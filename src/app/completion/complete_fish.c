/* The script of fish: a line for each option and each word, with the condition under which fish
 * offers it. */

#include "app/completion/complete.h"

#include "app/completion/synopsis.h"

#include <string.h>

static void fish_text(const char *text, struct gloss_buf *out)
{
    for (; *text; text++) {
        if (*text == '\'' || *text == '\\')
            gloss_buf_char(out, '\\');
        gloss_buf_char(out, *text);
    }
}

static const char *fish_kind(enum synopsis_kind kind)
{
    static const char *const actions[] = {" -f", " -F", " -f -a '(" SYNOPSIS_ASK_CODES ")'",
                                          " -f -a '(" SYNOPSIS_ASK_SOURCES ")'"};

    return actions[kind];
}

static void fish_option(const struct cmd *cmd, const struct cmd_option *o, struct gloss_buf *out)
{
    gloss_buf_printf(out, "complete -c glossd -n '__glossd_is %s'", cmd->name);
    if (synopsis_is_short(o))
        gloss_buf_printf(out, " -s %c", o->key);
    gloss_buf_printf(out, " -l %s", o->name);
    if (o->words) {
        gloss_buf_str(out, " -x -a '");
        synopsis_put_words(o->words, out);
        gloss_buf_char(out, '\'');
    } else if (o->arg && !cmd_arg_is_optional(o)) {
        gloss_buf_printf(out, " -r%s", fish_kind(synopsis_kind(o->arg, strlen(o->arg))));
    }
    gloss_buf_str(out, " -d '");
    fish_text(o->help, out);
    gloss_buf_str(out, "'\n");
}

static void fish_forms(const struct cmd *cmd, struct gloss_buf *out)
{
    const char *synopsis = synopsis_text(cmd);
    struct synopsis_form form;

    if (synopsis_has_verbs(cmd)) {
        gloss_buf_printf(out,
                         "complete -c glossd -n '__glossd_is %s; and "
                         "not __fish_seen_subcommand_from ",
                         cmd->name);
        synopsis_put_verbs(cmd, " ", out);
        gloss_buf_str(out, "' -f -a '");
        synopsis_put_verbs(cmd, " ", out);
        gloss_buf_str(out, "'\n");
    } else if (!synopsis_next(&synopsis, &form)) {
        gloss_buf_printf(out, "complete -c glossd -n '__glossd_is %s' -f\n", cmd->name);
        return;
    }
    synopsis = synopsis_text(cmd);
    while (synopsis_next(&synopsis, &form)) {
        gloss_buf_printf(out, "complete -c glossd -n '__glossd_is %s", cmd->name);
        if (form.verb_length > 0)
            gloss_buf_str(out, "; and __fish_seen_subcommand_from ");
        gloss_buf_append(out, form.verb, form.verb_length);
        gloss_buf_printf(out, "'%s\n", fish_kind(form.kind));
    }
}

static void fish_command(const struct cmd *cmd, struct gloss_buf *out)
{
    gloss_buf_printf(out, "complete -c glossd -n __glossd_is_first -a %s -d '", cmd->name);
    fish_text(cmd->summary, out);
    gloss_buf_str(out, "'\n");
    synopsis_each_option(cmd, fish_option, out);
    fish_forms(cmd, out);
}

void complete_fish(struct gloss_buf *out)
{
    gloss_buf_str(out, "# fish completion for glossd, made from its table of options\n\n"
                       "function __glossd_is_first\n"
                       "    test (count (commandline -opc)) -eq 1\n"
                       "end\n\n"
                       "# __glossd_is COMMAND: is that what stands on the line?\n"
                       "function __glossd_is\n"
                       "    set -l words (commandline -opc)\n"
                       "    set -l command " SYNOPSIS_DEFAULT "\n"
                       "    if contains -- \"$words[2]\" ");
    synopsis_put_commands(" ", out);
    gloss_buf_str(out, "\n"
                       "        set command $words[2]\n"
                       "    end\n"
                       "    test $command = $argv[1]\n"
                       "end\n\n");
    synopsis_each_command(fish_command, out);
}
