#pragma once

/* Writes entries into the machine's journal. What its daemon does not take now waits here, in
 * order.
 *
 * Not by libsystemd: its call waits inside the process when the daemon is slow, and says that all
 * is well where there is none. The form of an entry, and the socket, are the journal's published
 * native protocol. */

#include <gloss/spans.h>
#include <stdbool.h>

#define JOURNAL_WRITER_SOCKET "/run/systemd/journal/socket"

struct journal_writer;

/** @socket  where the journal listens. Copied. Returns 0 or -ENOMEM. */
int journal_writer_new(struct journal_writer **ret_scribe, const char *socket);
struct journal_writer *journal_writer_free(struct journal_writer *s);

/** Returns 0 or a negative errno. That nobody listens is no failure yet. */
int journal_writer_open(struct journal_writer *s);
/** What waits is forgotten. */
void journal_writer_close(struct journal_writer *s);
bool journal_writer_is_open(const struct journal_writer *s);

#define JOURNAL_WRITER_BLOCKED 1

/** @entry  one, all of its fields; JOURNAL_WRITER_ENTRY_MAX bytes at most.
 * Returns 0: the journal has it; JOURNAL_WRITER_BLOCKED: a copy waits, behind what waited before;
 * -ENOMEM: it could not be kept. */
int journal_writer_write(struct journal_writer *s, const struct gloss_spans *entry);
#define JOURNAL_WRITER_ENTRY_MAX ((size_t)128 * 1024)
/** Tries again what waits. Returns 0 when nothing does any more, else JOURNAL_WRITER_BLOCKED. */
int journal_writer_retry(struct journal_writer *s);
bool journal_writer_is_blocked(const struct journal_writer *s);
/** What waits, in a form of its own, to be kept for journal_writer_restore_pending(). Good until
 * the next call. */
struct gloss_span journal_writer_pending(const struct journal_writer *s);
/** That is to be sent first. Copied. Returns 0; -EUCLEAN: it is not what journal_writer_pending()
 * gave, and nothing of it waits; -ENOMEM. */
int journal_writer_restore_pending(struct journal_writer *s, struct gloss_span pending);
/** The negative errno of the last failure; 0: none since the last success. -EAGAIN: the journal's
 * queue is full. */
int journal_writer_failure(const struct journal_writer *s);
