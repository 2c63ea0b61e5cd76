#pragma once

/* The exit statuses of the program. */

enum {
    EXIT_OK = 0,
    EXIT_SEEN = 1,    /* an answer, no failure: with --exit-code a code was seen; explain does not
                         know the code; verify found a difference */
    EXIT_TROUBLE = 2, /* a mistake in usage or configuration, or a failure of input or output; a
                         message on standard error says which */
};
