#pragma once

/* The verbs of a subcommand, such as list and show of catalog: which verb is meant, and which
 * options do not belong to it. */

#include "app/cli/cmd.h"

#include <gloss/buf.h>

/** The bit of an option by its letter. */
#define VERB_OPTION(key) (1U << ((key)&31))

/** A table of them ends with one whose name is NULL. */
struct verb {
    const char *name;
    /** @words  the words behind the verb.
     * Returns an exit status; with EXIT_TROUBLE it has said why. */
    int (*run)(void *state, const struct words *words);
    unsigned options; /* VERB_OPTION of the options that only this verb knows */
};

/** Runs the verb that the first word names, then writes the bytes of `out` to standard output.
 *
 * @state  handed to the verb.
 * @given  VERB_OPTION of each option that was given and that only one verb knows.
 * @out    the answer; the verb fills it.
 *
 * Returns an exit status; with EXIT_TROUBLE a message has said why. */
int verb_run(const struct cmd *cmd, const struct verb *verbs, void *state, unsigned given,
             const struct words *words, struct gloss_buf *out);
