/* The script of zsh, whose function _arguments does most of the work. */

#include "app/completion/complete.h"

#include "app/completion/synopsis.h"

#include <string.h>

/* Text inside single quotes; a backslash stands before what _arguments would interpret. */
static void zsh_text(const char *text, struct gloss_buf *out)
{
    for (; *text; text++) {
        if (*text == '\'') {
            gloss_buf_str(out, "'\\''");
            continue;
        }
        if (strchr("[]:\\", *text))
            gloss_buf_char(out, '\\');
        gloss_buf_char(out, *text);
    }
}

static const char *zsh_kind(enum synopsis_kind kind)
{
    static const char *const actions[] = {" ", "_files", "_glossd_codes", "_glossd_sources"};

    return actions[kind];
}

static void zsh_value(const struct cmd_option *o, struct gloss_buf *out)
{
    gloss_buf_char(out, '[');
    zsh_text(o->help, out);
    gloss_buf_char(out, ']');
    if (!o->arg)
        return;
    gloss_buf_printf(out, "%s:%s:", cmd_arg_is_optional(o) ? ":" : "", cmd_arg_name(o));
    if (o->words) {
        gloss_buf_char(out, '(');
        synopsis_put_words(o->words, out);
        gloss_buf_char(out, ')');
    } else {
        gloss_buf_str(out, zsh_kind(synopsis_kind(o->arg, strlen(o->arg))));
    }
}

static void zsh_option(const struct cmd *cmd, const struct cmd_option *o, struct gloss_buf *out)
{
    (void)cmd;
    if (synopsis_is_short(o)) {
        gloss_buf_printf(out, " \\\n            '*-%c%s", o->key, o->arg ? "+" : "");
        zsh_value(o, out);
        gloss_buf_char(out, '\'');
    }
    gloss_buf_printf(out, " \\\n            '*--%s%s", o->name,
                     cmd_arg_is_optional(o) ? "=-"
                     : o->arg               ? "="
                                            : "");
    zsh_value(o, out);
    gloss_buf_char(out, '\'');
}

/* The words that are no options: a verb first where the command has verbs, then words of a kind
 * that depends on the verb. */
static void zsh_forms(const struct cmd *cmd, struct gloss_buf *out)
{
    const char *synopsis = synopsis_text(cmd);
    struct synopsis_form form;

    if (!synopsis_has_verbs(cmd)) {
        if (synopsis_next(&synopsis, &form))
            gloss_buf_printf(out, " \\\n            '*: :%s'", zsh_kind(form.kind));
        return;
    }
    gloss_buf_str(out, " \\\n            '1: :(");
    synopsis_put_verbs(cmd, " ", out);
    gloss_buf_str(out, ")' \\\n            '*: :{case ${words[(r)(");
    synopsis_put_verbs(cmd, "|", out);
    gloss_buf_str(out, ")]} in");
    while (synopsis_next(&synopsis, &form)) {
        if (form.kind == SYNOPSIS_NONE)
            continue;
        gloss_buf_char(out, ' ');
        gloss_buf_append(out, form.verb, form.verb_length);
        gloss_buf_printf(out, ") %s ;;", zsh_kind(form.kind));
    }
    gloss_buf_str(out, " esac}'");
}

static void zsh_command(const struct cmd *cmd, struct gloss_buf *out)
{
    gloss_buf_printf(out, "    %s)\n        _arguments -s", cmd->name);
    synopsis_each_option(cmd, zsh_option, out);
    zsh_forms(cmd, out);
    gloss_buf_str(out, " ;;\n");
}

static void zsh_summary(const struct cmd *cmd, struct gloss_buf *out)
{
    gloss_buf_printf(out, "            '%s:", cmd->name);
    zsh_text(cmd->summary, out);
    gloss_buf_str(out, "'\n");
}

void complete_zsh(struct gloss_buf *out)
{
    gloss_buf_str(out, "#compdef glossd\n"
                       "# zsh completion for glossd, made from its table of options\n\n"
                       "_glossd_codes()\n"
                       "{\n"
                       "    local -a codes=(${(f)\"$(" SYNOPSIS_ASK_CODES ")\"})\n"
                       "    compadd -a codes\n"
                       "}\n"
                       "_glossd_sources()\n"
                       "{\n"
                       "    local -a sources=(${(f)\"$(" SYNOPSIS_ASK_SOURCES ")\"})\n"
                       "    compadd -a sources\n"
                       "}\n\n"
                       "_glossd()\n"
                       "{\n"
                       "    local command=" SYNOPSIS_DEFAULT "\n\n"
                       "    if ((CURRENT == 2)) && [[ $words[2] != -* ]]; then\n"
                       "        local -a commands=(\n");
    synopsis_each_command(zsh_summary, out);
    gloss_buf_str(out, "        )\n"
                       "        _describe command commands\n"
                       "        _files\n"
                       "        return\n"
                       "    fi\n"
                       "    case $words[2] in\n    ");
    synopsis_put_commands(" | ", out);
    gloss_buf_str(out, ") command=$words[2]; shift words; ((CURRENT--)) ;;\n"
                       "    esac\n"
                       "    case $command in\n");
    synopsis_each_command(zsh_command, out);
    gloss_buf_str(out, "    esac\n"
                       "}\n\n"
                       "_glossd \"$@\"\n");
}
