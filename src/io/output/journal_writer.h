#pragma once

/* Writes entries into the machine's journal. What its daemon does not take now waits here, in
 * order.
 *
 * Not by libsystemd: its call waits inside the process when the daemon is slow, and says that all
 * is well where there is none. The form of an entry, and the socket, are the journal's published
 * native protocol. */

#include <gloss/spans.h>
#include <stdbool.h>

#define SCRIBE_SOCKET "/run/systemd/journal/socket"

struct scribe;

/** @socket  where the journal listens. Copied. Returns 0 or -ENOMEM. */
int scribe_new(struct scribe **ret_scribe, const char *socket);
struct scribe *scribe_free(struct scribe *s);

/** Returns 0 or a negative errno. That nobody listens is no failure yet. */
int scribe_open(struct scribe *s);
/** What waits is forgotten. */
void scribe_close(struct scribe *s);
bool scribe_is_open(const struct scribe *s);

#define SCRIBE_WAITS 1

/** @entry  one, all of its fields; SCRIBE_ENTRY_MAX bytes at most.
 * Returns 0: the journal has it; SCRIBE_WAITS: a copy waits, behind what waited before; -ENOMEM: it
 * could not be kept. */
int scribe_write(struct scribe *s, const struct gloss_spans *entry);
#define SCRIBE_ENTRY_MAX ((size_t)128 * 1024)
/** Tries again what waits. Returns 0 when nothing does any more, else SCRIBE_WAITS. */
int scribe_retry(struct scribe *s);
bool scribe_waits(const struct scribe *s);
/** What waits, in a form of its own, to be kept for scribe_owe(). Good until the next call. */
struct gloss_span scribe_owed(const struct scribe *s);
/** That is to be sent first. Copied. Returns 0; -EUCLEAN: it is not what scribe_owed() gave, and
 * nothing of it waits; -ENOMEM. */
int scribe_owe(struct scribe *s, struct gloss_span owed);
/** The negative errno of the last failure; 0: none since the last success. -EAGAIN: the journal's
 * queue is full. */
int scribe_failure(const struct scribe *s);
