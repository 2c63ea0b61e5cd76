/* The list of commands, and the help and the version, which are about all of them. */

#include "app/cli/cmds.h"

#include "app/common/message.h"
#include "core/base/name_distance.h"
#include "core/base/util.h"

#include <gloss/matcher.h>
#include <stdio.h>

const struct cmd *const cmd_table[] = {
    &cmd_annotate, &cmd_summary, &cmd_explain, &cmd_catalog, &cmd_check,
    &cmd_run,      &cmd_state,   &cmd_verify,  NULL,
};

const struct cmd *cmd_find(const char *name)
{
    for (size_t i = 0; cmd_table[i]; i++)
        if (STREQ(cmd_table[i]->name, name))
            return cmd_table[i];
    return NULL;
}

bool cmd_exists(const char *name)
{
    return cmd_find(name) != NULL;
}

const struct cmd *cmd_nearest(const char *word)
{
    const char *names[ARRAY_SIZE(cmd_table)], *guess;
    size_t n = 0;

    for (; cmd_table[n]; n++)
        names[n] = cmd_table[n]->name;
    guess = name_guess(names, n, gloss_span_str(word));
    return guess ? cmd_find(guess) : NULL;
}

int cmd_version(void)
{
    char text[256];
    int n = snprintf(text, sizeof(text), "glossd %s (kernels: %s, PCRE2 JIT: %s)\n", GLOSSD_VERSION,
                     gloss_kernel_variant(), gloss_jit_available() ? "yes" : "no");

    return message_answer(text, (size_t)n);
}

int cmd_help(void)
{
    char text[4096];
    size_t n = 0;

#define ADD(...) (n += (size_t)snprintf(text + n, sizeof(text) - n, __VA_ARGS__))
    ADD("glossd reads logs and writes an explanation beside each error code that it "
        "knows.\n\nUsage: COMMAND 2>&1 | glossd     explain what COMMAND prints\n       glossd "
        "FILE...            explain files, also compressed ones\n       glossd SUBCOMMAND "
        "...\n\nSubcommands:\n");
    for (size_t i = 0; cmd_table[i]; i++)
        ADD("  %-10s %s\n", cmd_table[i]->name, cmd_table[i]->summary);
    ADD("\nEach has its own help with examples: glossd SUBCOMMAND --help\nWithout a subcommand, "
        "glossd runs annotate. glossd --version shows the version.\nExit status: 0 done; 1 "
        "--exit-code: a code was seen, explain: a code is unknown,\nverify: something differs; 2 "
        "trouble.\n");
#undef ADD
    return message_answer(text, n);
}
