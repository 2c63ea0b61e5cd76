/* The script of bash: one function, which finds command and verb among the words of the line and
 * offers what may come next. */

#include "app/completion/complete.h"

#include "app/completion/synopsis.h"

#include <string.h>

static const char *bash_kind(enum synopsis_kind kind)
{
    static const char *const actions[] = {":", "_glossd_files",
                                          "_glossd_words \"$(" SYNOPSIS_ASK_CODES ")\"",
                                          "_glossd_words \"$(" SYNOPSIS_ASK_SOURCES ")\""};

    return actions[kind];
}

static void bash_value(const struct cmd *cmd, const struct cmd_option *o, struct gloss_buf *out)
{
    if (!o->arg || cmd_arg_is_optional(o)) /* the value is no word of its own */
        return;
    gloss_buf_printf(out, "    %s:--%s", cmd->name, o->name);
    if (synopsis_is_short(o))
        gloss_buf_printf(out, " | %s:-%c", cmd->name, o->key);
    gloss_buf_str(out, ") ");
    if (o->words) {
        gloss_buf_str(out, "_glossd_words '");
        synopsis_put_words(o->words, out);
        gloss_buf_char(out, '\'');
    } else {
        gloss_buf_str(out, bash_kind(synopsis_kind(o->arg, strlen(o->arg))));
    }
    gloss_buf_str(out, "; return ;;\n");
}

static void bash_values(const struct cmd *cmd, struct gloss_buf *out)
{
    synopsis_each_option(cmd, bash_value, out);
}

static void bash_name(const struct cmd *cmd, const struct cmd_option *o, struct gloss_buf *out)
{
    (void)cmd;
    gloss_buf_printf(out, " --%s", o->name);
}

static void bash_names(const struct cmd *cmd, struct gloss_buf *out)
{
    gloss_buf_printf(out, "    %s:*:-*) _glossd_words '", cmd->name);
    synopsis_each_option(cmd, bash_name, out);
    gloss_buf_str(out, "' ;;\n");
}

static void bash_forms(const struct cmd *cmd, struct gloss_buf *out)
{
    const char *synopsis = synopsis_text(cmd);
    struct synopsis_form form;

    while (synopsis_next(&synopsis, &form)) {
        gloss_buf_printf(out, "    %s:", cmd->name);
        gloss_buf_append(out, form.verb, form.verb_length);
        gloss_buf_printf(out, "%s) %s ;;\n", form.verb_length > 0 ? ":*" : "*:*",
                         bash_kind(form.kind));
    }
    if (synopsis_has_verbs(cmd)) {
        gloss_buf_printf(out, "    %s::*) _glossd_words '", cmd->name);
        synopsis_put_verbs(cmd, " ", out);
        gloss_buf_str(out, "' ;;\n");
    }
}

/* The branch of a case that recognises the verbs of a command. Options may stand before the verb,
 * so each word of the line is tried. */
static void bash_verbs(const struct cmd *cmd, struct gloss_buf *out)
{
    const char *synopsis = synopsis_text(cmd);
    struct synopsis_form form;

    if (!synopsis_has_verbs(cmd))
        return;
    for (bool first = true; synopsis_next(&synopsis, &form); first = false) {
        gloss_buf_printf(out, "%s%s:", first ? "        " : " | ", cmd->name);
        gloss_buf_append(out, form.verb, form.verb_length);
    }
    gloss_buf_str(out, ") verb=${COMP_WORDS[i]}; break ;;\n");
}

void complete_bash(struct gloss_buf *out)
{
    gloss_buf_str(out,
                  "# bash completion for glossd, made from its table of options\n\n"
                  "_glossd_words() { mapfile -t COMPREPLY < <(compgen -W \"$1\" -- \"$cur\"); }\n"
                  "_glossd_files()\n"
                  "{\n"
                  "    compopt -o filenames 2>/dev/null\n"
                  "    mapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n"
                  "}\n\n"
                  "_glossd()\n"
                  "{\n"
                  "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}\n"
                  "    local command=" SYNOPSIS_DEFAULT " verb='' i=1\n\n"
                  "    COMPREPLY=()\n"
                  "    # --option=value comes as three words\n"
                  "    [[ $prev != '=' ]] || prev=${COMP_WORDS[COMP_CWORD - 2]}\n"
                  "    [[ $cur != '=' ]] || cur=''\n"
                  "    case ${COMP_WORDS[1]} in\n    ");
    synopsis_put_commands(" | ", out);
    gloss_buf_str(out, ") ((COMP_CWORD == 1)) || { command=${COMP_WORDS[1]} i=2; } ;;\n"
                       "    esac\n"
                       "    for ((; i < COMP_CWORD; i++)); do\n"
                       "        case $command:${COMP_WORDS[i]} in\n");
    synopsis_each_command(bash_verbs, out);
    gloss_buf_str(out, "        esac\n"
                       "    done\n\n"
                       "    case $command:$prev in\n");
    synopsis_each_command(bash_values, out);
    gloss_buf_str(out, "    esac\n    case $command:$verb:$cur in\n");
    synopsis_each_command(bash_names, out);
    synopsis_each_command(bash_forms, out);
    gloss_buf_str(out, "    esac\n"
                       "    if [[ $COMP_CWORD -eq 1 && $cur != -* ]]; then\n"
                       "        mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -W '");
    synopsis_put_commands(" ", out);
    gloss_buf_str(out, "' -- \"$cur\")\n"
                       "    fi\n"
                       "}\n"
                       "complete -F _glossd glossd\n");
}
