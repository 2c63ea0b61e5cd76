#pragma once

/* The verbs of a subcommand, such as list and show of catalog: which one is meant, and which
 * options are none of its. */

#include "app/cli/cmd.h"

#include <gloss/buf.h>

/** The bit of an option by its letter. */
#define VERB_OPTION(key) (1U << ((key)&31))

/** A table of them ends with one whose name is NULL. */
struct verb {
    const char *name;
    /** @words  those behind the verb.
     * Returns an exit status, after it has said why where that is EXIT_TROUBLE. */
    int (*run)(void *state, const struct words *words);
    unsigned options; /* VERB_OPTION of those that only this verb knows */
};

/** Runs the verb that the first word names, then writes what it left in out to standard output.
 *
 * @state  handed to the verb.
 * @given  VERB_OPTION of what was given of the options that only one verb knows.
 * @out    the answer; filled by the verb.
 *
 * Returns an exit status; where it is EXIT_TROUBLE it has been said why. */
int verb_run(const struct cmd *cmd, const struct verb *verbs, void *state, unsigned given,
             const struct words *words, struct gloss_buf *out);
