#pragma once

/* The person's Ctrl-C: the first one asks for an end in good order, the second one ends. */

#include <stdbool.h>

/** From now on the first SIGINT only sets a flag. Returns a descriptor that can be read once it
 * came, the same at each call, or a negative errno. Who started us with SIGINT ignored, as a script
 * does with what it puts into the background, meant it: then it stays so. */
int interrupt_catch(void);
/** The same for SIGTERM and SIGHUP beside it, for who has a terminal to put in order before the
 * end.
 */
int interrupt_catch_all(void);
/** Whether it came. */
bool interrupt_came(void);
