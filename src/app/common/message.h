#pragma once

/* What a subcommand writes for its user: failures on standard error, each a line
 * "glossd: THING: WHAT; MEND", and the answer on standard output. */

#include <gloss/diag.h>
#include <stddef.h>

/** A failure that ended the command, or that left a part of its work undone.
 * @thing  the file, option or code concerned; may be NULL.
 * Returns EXIT_TROUBLE, so that a caller can return it. */
int message_error(const char *thing, const char *format, ...) __attribute__((format(printf, 2, 3)));
/** Something to know though the command goes on: "glossd: THING: warning: WHAT". */
void message_warning(const char *thing, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/** The failure that memory ran out. Returns EXIT_TROUBLE. */
int message_no_memory(void);
/** Each diagnosis, with the line of the file concerned; behind those that were kept, how many more
 * errors there are. */
void message_diags(const struct gloss_diags *diags);

/** The meaning of a negative errno of a file as WHAT; with a MEND where there is one. */
const char *message_reason(int error);
/** Replaces each control character, and each byte that is not UTF-8, by '?', so that a file's name
 * can neither drive a terminal nor start a new line. */
void message_mask_controls(char *text);

/** Writes the answer to standard output; to a terminal, with control characters shown. Returns
 * EXIT_OK, also where the reader has closed it; or EXIT_TROUBLE after a message. */
int message_answer(const char *bytes, size_t n);
