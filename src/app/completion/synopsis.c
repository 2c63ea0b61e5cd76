/* The table of commands tells what a word may be. For the value of an option: its list of words, or
 * the name of its argument ("FILE", "CODE", "SOURCE"). For the words behind the options: the
 * synopsis of the command, a list of forms: "list | show NAME-OR-CODE... | check [FILE...]". A form
 * that starts with a small letter starts with a verb.
 *
 * The codes and sources themselves are asked of glossd when the user presses Tab, since catalogs
 * change. */

#include "app/completion/synopsis.h"

#include "core/base/util.h"

#include <ctype.h>

enum synopsis_kind synopsis_kind(const char *name, size_t length)
{
    if (memmem(name, length, "FILE", 4))
        return SYNOPSIS_FILE;
    if (memmem(name, length, "SOURCE", 6))
        return SYNOPSIS_SOURCE;
    return memmem(name, length, "CODE", 4) ? SYNOPSIS_CODE : SYNOPSIS_NONE;
}

const char *synopsis_text(const struct cmd *cmd)
{
    return cmd->args ? cmd->args : "";
}

bool synopsis_next(const char **synopsis, struct synopsis_form *ret_form)
{
    const char *text = *synopsis + strspn(*synopsis, " |");
    size_t length = strcspn(text, "|");

    if (length == 0)
        return false;
    *ret_form = (struct synopsis_form){.verb = text, .kind = synopsis_kind(text, length)};
    while (islower((unsigned char)text[ret_form->verb_length]))
        ret_form->verb_length++;
    *synopsis = text + length;
    return true;
}

bool synopsis_has_verbs(const struct cmd *cmd)
{
    const char *synopsis = synopsis_text(cmd);
    struct synopsis_form form;

    return synopsis_next(&synopsis, &form) && form.verb_length > 0;
}

void synopsis_put_verbs(const struct cmd *cmd, const char *between, struct gloss_buf *out)
{
    const char *synopsis = synopsis_text(cmd);
    struct synopsis_form form;

    for (bool first = true; synopsis_next(&synopsis, &form); first = false) {
        gloss_buf_str(out, first ? "" : between);
        gloss_buf_append(out, form.verb, form.verb_length);
    }
}

void synopsis_put_words(const char *const *words, struct gloss_buf *out)
{
    for (size_t i = 0; words[i]; i++)
        gloss_buf_printf(out, "%s%s", i > 0 ? " " : "", words[i]);
}

bool synopsis_is_short(const struct cmd_option *o)
{
    return o->key < CMD_LONG_ONLY;
}

void synopsis_each_option(const struct cmd *cmd,
                          void (*fn)(const struct cmd *cmd, const struct cmd_option *o,
                                     struct gloss_buf *out),
                          struct gloss_buf *out)
{
    const struct cmd_option *tables[] = {cmd->options, cmd_common_options};

    for (size_t i = 0; i < ARRAY_SIZE(tables); i++)
        for (const struct cmd_option *o = tables[i]; o && o->name; o++)
            if (!cmd->no_catalogs || !STREQ(o->name, "catalog"))
                fn(cmd, o, out);
}

void synopsis_each_command(void (*fn)(const struct cmd *cmd, struct gloss_buf *out),
                           struct gloss_buf *out)
{
    for (size_t i = 0; cmd_table[i]; i++)
        fn(cmd_table[i], out);
}

void synopsis_put_commands(const char *between, struct gloss_buf *out)
{
    for (size_t i = 0; cmd_table[i]; i++)
        gloss_buf_printf(out, "%s%s", i > 0 ? between : "", cmd_table[i]->name);
}
