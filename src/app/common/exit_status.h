#pragma once

/* How the whole program ends, for scripts. */

enum {
    EXIT_OK = 0,
    EXIT_SEEN = 1,    /* only as an answer: --exit-code and a code was seen; explain of an unknown
                         code; verify differs */
    EXIT_TROUBLE = 2, /* usage, configuration, input or output; said on standard error */
};
