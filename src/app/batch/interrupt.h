#pragma once

/* Ctrl-C: the first one asks the program to end in good order, the second one kills it. */

#include <stdbool.h>

/** From now on the first SIGINT only sets a flag. A SIGINT that was ignored when the program
 * started, as in the background of a script, stays ignored. Returns a descriptor that becomes
 * readable with the first signal, the same descriptor at each call; or a negative errno. */
int interrupt_catch(void);
/** The same for SIGINT, SIGTERM and SIGHUP, for a command that must restore the terminal before it
 * ends. */
int interrupt_catch_all(void);
/** Whether one of the signals has come. */
bool interrupt_came(void);
