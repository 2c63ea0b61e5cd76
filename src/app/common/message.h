#pragma once

/* The two voices of a command: what it answers, on standard output, and what went wrong, one line
 * on standard error: "glossd: THING: WHAT; MEND". */

#include <stdbool.h>
#include <stddef.h>

/** Says what ended the command or left a part of it undone.
 * @thing  a file, an option, a code; shown with '?' for control characters; may be NULL.
 * Returns EXIT_TROUBLE, so that it can be returned. */
int message_error(const char *thing, const char *format, ...) __attribute__((format(printf, 2, 3)));
/** Says what the person should know though all goes on: "glossd: THING: warning: WHAT". */
void message_warning(const char *thing, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/** Says that memory ran out. Returns EXIT_TROUBLE. */
int message_no_memory(void);

/** What a negative errno of a file means to a person, with the mend where there is one. */
const char *message_reason(int error);

/** Puts '?' in the place of each control character: what a file is called must not move a cursor.
 */
void message_mask_controls(char *text);

/** Writes all of it to standard output. A reader that went away is no error.
 * Returns EXIT_OK, or EXIT_TROUBLE after it has said why. */
int message_answer(const char *bytes, size_t n);

/** Columns to fill at that descriptor: where it is a terminal, COLUMNS of the environment if that
 * is a number from 1 to 9999, else what the terminal says, which may be 0: not known. 0 where it is
 * none, whatever COLUMNS holds. */
unsigned message_width(int fd);
/** Whether a terminal at that descriptor can show colours and NO_COLOR does not forbid it. */
bool message_can_color(int fd);
