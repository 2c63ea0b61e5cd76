/* What a word may be is read from the table too: an option's words, or what its argument is called
 * ("FILE", "CODE", "SOURCE"), and for the words behind the options the command's synopsis, which is
 * a list of alternatives: "list | show NAME-OR-CODE... | check [FILE...]". One that begins with a
 * small letter begins with that word.
 *
 * Which codes and sources there are is asked of glossd itself while a person types, since catalogs
 * change. */

#include "app/complete.h"

#include "app/cmd.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#define ASK_CODES "glossd catalog export --format names 2>/dev/null"
/* No quotes and no globs: each shell reads it in its own way. */
#define ASK_SOURCES                                                                        \
    "glossd state show --format json 2>/dev/null | tr , \\\\n | grep -F \\\"source\\\": |" \
    " cut -d\\\" -f4 | sort -u"
/* What a command is when no subcommand stands there. */
#define DEFAULT_COMMAND "annotate"

enum kind { KIND_NONE, KIND_FILE, KIND_CODE, KIND_SOURCE };

static enum kind kind_of(const char *name, size_t length)
{
    if (memmem(name, length, "FILE", 4))
        return KIND_FILE;
    if (memmem(name, length, "SOURCE", 6))
        return KIND_SOURCE;
    return memmem(name, length, "CODE", 4) ? KIND_CODE : KIND_NONE;
}

/* One alternative of a synopsis. */
struct form {
    const char *verb; /* the word it begins with */
    size_t verb_length;
    enum kind kind; /* of what follows */
};

static const char *synopsis_of(const struct cmd *cmd)
{
    return cmd->args ? cmd->args : "";
}

/* Takes the next alternative off the synopsis. False when there is none. */
static bool next_form(const char **synopsis, struct form *ret_form)
{
    const char *text = *synopsis + strspn(*synopsis, " |");
    size_t length = strcspn(text, "|");

    if (length == 0)
        return false;
    *ret_form = (struct form){.verb = text, .kind = kind_of(text, length)};
    while (islower((unsigned char)text[ret_form->verb_length]))
        ret_form->verb_length++;
    *synopsis = text + length;
    return true;
}

static bool has_verbs(const struct cmd *cmd)
{
    const char *synopsis = synopsis_of(cmd);
    struct form form;

    return next_form(&synopsis, &form) && form.verb_length > 0;
}

static void put_verbs(const struct cmd *cmd, struct gloss_buf *out)
{
    const char *synopsis = synopsis_of(cmd);
    struct form form;

    for (bool first = true; next_form(&synopsis, &form); first = false) {
        gloss_buf_str(out, first ? "" : " ");
        gloss_buf_append(out, form.verb, form.verb_length);
    }
}

static void put_words(const char *const *words, struct gloss_buf *out)
{
    for (size_t i = 0; words[i]; i++)
        gloss_buf_printf(out, "%s%s", i > 0 ? " " : "", words[i]);
}

static bool is_short(const struct cmd_option *o)
{
    return o->key < CMD_LONG_ONLY;
}

/* Calls fn for each option that a command understands. */
static void each_option(const struct cmd *cmd,
                        void (*fn)(const struct cmd *cmd, const struct cmd_option *o,
                                   struct gloss_buf *out),
                        struct gloss_buf *out)
{
    const struct cmd_option *tables[] = {cmd->options, cmd_common_options};

    for (size_t i = 0; i < 2; i++)
        for (const struct cmd_option *o = tables[i]; o && o->name; o++)
            if (!cmd->no_catalogs || strcmp(o->name, "catalog") != 0)
                fn(cmd, o, out);
}

static void each_command(void (*fn)(const struct cmd *cmd, struct gloss_buf *out),
                         struct gloss_buf *out)
{
    for (size_t i = 0; cmd_table[i]; i++)
        fn(cmd_table[i], out);
}

/* "annotate | summary": what a shell's case takes. */
static void put_pattern(struct gloss_buf *out)
{
    for (size_t i = 0; cmd_table[i]; i++)
        gloss_buf_printf(out, "%s%s", i > 0 ? " | " : "", cmd_table[i]->name);
}

static void put_command_name(const struct cmd *cmd, struct gloss_buf *out)
{
    gloss_buf_printf(out, " %s", cmd->name);
}

/* ---- bash ---- */

static const char *bash_kind(enum kind kind)
{
    static const char *const actions[] = {":", "_glossd_files",
                                          "_glossd_words \"$(" ASK_CODES ")\"",
                                          "_glossd_words \"$(" ASK_SOURCES ")\""};

    return actions[kind];
}

static void bash_value(const struct cmd *cmd, const struct cmd_option *o, struct gloss_buf *out)
{
    if (!o->arg || cmd_arg_is_optional(o)) /* the next word is not its value */
        return;
    gloss_buf_printf(out, "    %s:--%s", cmd->name, o->name);
    if (is_short(o))
        gloss_buf_printf(out, " | %s:-%c", cmd->name, o->key);
    gloss_buf_str(out, ") ");
    if (o->words) {
        gloss_buf_str(out, "_glossd_words '");
        put_words(o->words, out);
        gloss_buf_char(out, '\'');
    } else {
        gloss_buf_str(out, bash_kind(kind_of(o->arg, strlen(o->arg))));
    }
    gloss_buf_str(out, "; return ;;\n");
}

static void bash_values(const struct cmd *cmd, struct gloss_buf *out)
{
    each_option(cmd, bash_value, out);
}

static void bash_name(const struct cmd *cmd, const struct cmd_option *o, struct gloss_buf *out)
{
    (void)cmd;
    gloss_buf_printf(out, " --%s", o->name);
}

static void bash_names(const struct cmd *cmd, struct gloss_buf *out)
{
    gloss_buf_printf(out, "    %s:*:-*) _glossd_words '", cmd->name);
    each_option(cmd, bash_name, out);
    gloss_buf_str(out, "' ;;\n");
}

static void bash_forms(const struct cmd *cmd, struct gloss_buf *out)
{
    const char *synopsis = synopsis_of(cmd);
    struct form form;

    while (next_form(&synopsis, &form)) {
        gloss_buf_printf(out, "    %s:", cmd->name);
        gloss_buf_append(out, form.verb, form.verb_length);
        gloss_buf_printf(out, "%s) %s ;;\n", form.verb_length > 0 ? ":*" : "*:*",
                         bash_kind(form.kind));
    }
    if (has_verbs(cmd)) {
        gloss_buf_printf(out, "    %s::*) _glossd_words '", cmd->name);
        put_verbs(cmd, out);
        gloss_buf_str(out, "' ;;\n");
    }
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
                  "    local command=" DEFAULT_COMMAND " verb='' i=1\n\n"
                  "    COMPREPLY=()\n"
                  "    # --option=value comes as three words\n"
                  "    [[ $prev != '=' ]] || prev=${COMP_WORDS[COMP_CWORD - 2]}\n"
                  "    [[ $cur != '=' ]] || cur=''\n"
                  "    case ${COMP_WORDS[1]} in\n    ");
    put_pattern(out);
    gloss_buf_str(out,
                  ") ((COMP_CWORD == 1)) || { command=${COMP_WORDS[1]} i=2; } ;;\n"
                  "    esac\n"
                  "    while ((i < COMP_CWORD)) && [[ ${COMP_WORDS[i]} == -* ]]; do ((i++)); done\n"
                  "    ((i >= COMP_CWORD)) || verb=${COMP_WORDS[i]}\n\n"
                  "    case $command:$prev in\n");
    each_command(bash_values, out);
    gloss_buf_str(out, "    esac\n    case $command:$verb:$cur in\n");
    each_command(bash_names, out);
    each_command(bash_forms, out);
    gloss_buf_str(out, "    esac\n"
                       "    if [[ $COMP_CWORD -eq 1 && $cur != -* ]]; then\n"
                       "        mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -W '");
    each_command(put_command_name, out);
    gloss_buf_str(out, "' -- \"$cur\")\n"
                       "    fi\n"
                       "}\n"
                       "complete -F _glossd glossd\n");
}

/* ---- zsh ---- */

/* Text inside single quotes, where _arguments gives brackets and colons a meaning. */
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

static const char *zsh_kind(enum kind kind)
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
        put_words(o->words, out);
        gloss_buf_char(out, ')');
    } else {
        gloss_buf_str(out, zsh_kind(kind_of(o->arg, strlen(o->arg))));
    }
}

static void zsh_option(const struct cmd *cmd, const struct cmd_option *o, struct gloss_buf *out)
{
    (void)cmd;
    if (is_short(o)) {
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

/* What stands behind the options; after a verb it depends on the verb. */
static void zsh_forms(const struct cmd *cmd, struct gloss_buf *out)
{
    const char *synopsis = synopsis_of(cmd);
    struct form form;

    if (!has_verbs(cmd)) {
        if (next_form(&synopsis, &form))
            gloss_buf_printf(out, " \\\n            '*: :%s'", zsh_kind(form.kind));
        return;
    }
    gloss_buf_str(out, " \\\n            '1: :(");
    put_verbs(cmd, out);
    gloss_buf_str(out, ")' \\\n            '*: :{case $words[2] in");
    while (next_form(&synopsis, &form)) {
        if (form.kind == KIND_NONE)
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
    each_option(cmd, zsh_option, out);
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
                       "    local -a codes=(${(f)\"$(" ASK_CODES ")\"})\n"
                       "    compadd -a codes\n"
                       "}\n"
                       "_glossd_sources()\n"
                       "{\n"
                       "    local -a sources=(${(f)\"$(" ASK_SOURCES ")\"})\n"
                       "    compadd -a sources\n"
                       "}\n\n"
                       "_glossd()\n"
                       "{\n"
                       "    local command=" DEFAULT_COMMAND "\n\n"
                       "    if ((CURRENT == 2)) && [[ $words[2] != -* ]]; then\n"
                       "        local -a commands=(\n");
    each_command(zsh_summary, out);
    gloss_buf_str(out, "        )\n"
                       "        _describe command commands\n"
                       "        _files\n"
                       "        return\n"
                       "    fi\n"
                       "    case $words[2] in\n    ");
    put_pattern(out);
    gloss_buf_str(out, ") command=$words[2]; shift words; ((CURRENT--)) ;;\n"
                       "    esac\n"
                       "    case $command in\n");
    each_command(zsh_command, out);
    gloss_buf_str(out, "    esac\n"
                       "}\n\n"
                       "_glossd \"$@\"\n");
}

/* ---- fish ---- */

static void fish_text(const char *text, struct gloss_buf *out)
{
    for (; *text; text++) {
        if (*text == '\'' || *text == '\\')
            gloss_buf_char(out, '\\');
        gloss_buf_char(out, *text);
    }
}

static const char *fish_kind(enum kind kind)
{
    static const char *const actions[] = {" -f", " -F", " -f -a '(" ASK_CODES ")'",
                                          " -f -a '(" ASK_SOURCES ")'"};

    return actions[kind];
}

static void fish_option(const struct cmd *cmd, const struct cmd_option *o, struct gloss_buf *out)
{
    gloss_buf_printf(out, "complete -c glossd -n '__glossd_is %s'", cmd->name);
    if (is_short(o))
        gloss_buf_printf(out, " -s %c", o->key);
    gloss_buf_printf(out, " -l %s", o->name);
    if (o->words) {
        gloss_buf_str(out, " -x -a '");
        put_words(o->words, out);
        gloss_buf_char(out, '\'');
    } else if (o->arg && !cmd_arg_is_optional(o)) {
        gloss_buf_printf(out, " -r%s", fish_kind(kind_of(o->arg, strlen(o->arg))));
    }
    gloss_buf_str(out, " -d '");
    fish_text(o->help, out);
    gloss_buf_str(out, "'\n");
}

static void fish_forms(const struct cmd *cmd, struct gloss_buf *out)
{
    const char *synopsis = synopsis_of(cmd);
    struct form form;

    if (has_verbs(cmd)) {
        gloss_buf_printf(out, "complete -c glossd -n '__glossd_is %s \"\"' -f -a '", cmd->name);
        put_verbs(cmd, out);
        gloss_buf_str(out, "'\n");
    } else if (!next_form(&synopsis, &form)) {
        gloss_buf_printf(out, "complete -c glossd -n '__glossd_is %s' -f\n", cmd->name);
        return;
    }
    synopsis = synopsis_of(cmd);
    while (next_form(&synopsis, &form)) {
        gloss_buf_printf(out, "complete -c glossd -n '__glossd_is %s ", cmd->name);
        gloss_buf_append(out, form.verb, form.verb_length);
        gloss_buf_printf(out, "'%s\n", fish_kind(form.kind));
    }
}

static void fish_command(const struct cmd *cmd, struct gloss_buf *out)
{
    gloss_buf_printf(out, "complete -c glossd -n __glossd_is_first -a %s -d '", cmd->name);
    fish_text(cmd->summary, out);
    gloss_buf_str(out, "'\n");
    each_option(cmd, fish_option, out);
    fish_forms(cmd, out);
}

void complete_fish(struct gloss_buf *out)
{
    gloss_buf_str(out, "# fish completion for glossd, made from its table of options\n\n"
                       "function __glossd_is_first\n"
                       "    test (count (commandline -opc)) -eq 1\n"
                       "end\n\n"
                       "# __glossd_is COMMAND [VERB]: is that what stands on the line?\n"
                       "function __glossd_is\n"
                       "    set -l words (commandline -opc)\n"
                       "    set -l command " DEFAULT_COMMAND "\n"
                       "    set -l verb $words[2]\n"
                       "    if contains -- \"$words[2]\"");
    each_command(put_command_name, out);
    gloss_buf_str(out, "\n"
                       "        set command $words[2]\n"
                       "        set verb $words[3]\n"
                       "    end\n"
                       "    test $command = $argv[1]; or return 1\n"
                       "    set -q argv[2]; or return 0\n"
                       "    test \"$verb\" = $argv[2]\n"
                       "end\n\n");
    each_command(fish_command, out);
}
