/* An option that belongs to another verb is refused, not ignored, because a person who gives it
 * expects an effect. */

#include "app/cli/verb.h"

#include "app/common/message.h"
#include "core/base/util.h"

#include <stdio.h>

/* "list, show and check" */
static void list_names(const struct verb *verbs, const char *last, struct gloss_buf *out)
{
    for (size_t i = 0; verbs[i].name; i++)
        gloss_buf_printf(out, "%s%s", i == 0 ? "" : verbs[i + 1].name ? ", " : last, verbs[i].name);
    gloss_buf_char(out, '\0');
}

static int which(const struct cmd *cmd, const struct verb *verbs, const char *word)
{
    CLEANUP(gloss_buf_deinit) struct gloss_buf names = {0};

    list_names(verbs, word ? " and " : " or ", &names);
    if (names.failed)
        return message_no_memory();
    if (word)
        return message_error(word, "unknown verb of '%s'; the verbs are %s", cmd->name, names.ptr);
    return message_error(NULL, "%s: %s? 'glossd %s --help' says more", cmd->name, names.ptr,
                         cmd->name);
}

/* Says to which verb an option belongs. */
static int not_its_option(const struct cmd *cmd, const struct verb *verbs,
                          const struct cmd_option *option)
{
    const struct verb *owner = verbs;
    char thing[64];

    while (owner->name && !(owner->options & VERB_OPTION(option->key)))
        owner++;
    snprintf(thing, sizeof(thing), "--%s", option->name);
    return message_error(thing, "is only for 'glossd %s %s'; leave it out", cmd->name, owner->name);
}

static const struct verb *find(const struct verb *verbs, const char *word)
{
    while (verbs->name && !STREQ(verbs->name, word))
        verbs++;
    return verbs->name ? verbs : NULL;
}

int verb_run(const struct cmd *cmd, const struct verb *verbs, void *state, unsigned given,
             const struct words *words, struct gloss_buf *out)
{
    const struct verb *verb = words->n > 0 ? find(verbs, words->items[0]) : NULL;
    struct words rest = {.items = words->items + 1, .n = words->n - 1};
    int status;

    if (!verb)
        return which(cmd, verbs, words->n > 0 ? words->items[0] : NULL);
    for (const struct cmd_option *o = cmd->options; o->name; o++)
        if (o->key < CMD_LONG_ONLY && (given & ~verb->options & VERB_OPTION(o->key)))
            return not_its_option(cmd, verbs, o);
    status = verb->run(state, &rest);
    if (out->failed)
        return message_no_memory();
    return MAX(status, message_answer(out->ptr, out->len));
}
