#pragma once

/* Writes entries into the machine's journal. Entries that its daemon does not take now wait here,
 * in their order.
 *
 * libsystemd is not used for it: its call blocks the process when the daemon is slow, and reports
 * success where there is no daemon. The form of an entry, and the socket, are the journal's
 * published native protocol. */

#include <gloss/spans.h>
#include <stdbool.h>

#define JOURNAL_WRITER_SOCKET "/run/systemd/journal/socket"

struct journal_writer;

/** @socket  where the journal listens. Copied. Returns 0 or -ENOMEM. */
int journal_writer_new(struct journal_writer **ret_writer, const char *socket);
struct journal_writer *journal_writer_free(struct journal_writer *w);

/** Opens a socket of our own. Returns 0 or a negative errno. Whether a daemon listens shows only in
 * journal_writer_write(). */
int journal_writer_open(struct journal_writer *w);
bool journal_writer_is_open(const struct journal_writer *w);

#define JOURNAL_WRITER_BLOCKED 1

/** Sends one entry, or keeps a copy of it behind the entries that wait.
 * @entry  all fields of one entry; JOURNAL_WRITER_ENTRY_MAX bytes at most.
 * Returns 0: the journal has it; JOURNAL_WRITER_BLOCKED: a copy waits; -ENOMEM: it could be neither
 * sent nor kept. */
int journal_writer_write(struct journal_writer *w, const struct gloss_spans *entry);
#define JOURNAL_WRITER_ENTRY_MAX ((size_t)128 * 1024)
/** Sends the entries that wait. Returns 0 when none is left, else JOURNAL_WRITER_BLOCKED. */
int journal_writer_retry(struct journal_writer *w);
bool journal_writer_is_blocked(const struct journal_writer *w);
/** The entries that wait, as bytes that journal_writer_restore_pending() understands. Valid until
 * the next call. */
struct gloss_span journal_writer_pending(const struct journal_writer *w);
/** Lets entries wait that an earlier process could not send. They are copied, and go first.
 * Returns 0; -EUCLEAN: the bytes are not of journal_writer_pending(), and none of them waits;
 * -ENOMEM. */
int journal_writer_restore_pending(struct journal_writer *w, struct gloss_span pending);
/** The negative errno of the last failure; 0: none since the last success. -EAGAIN: the journal's
 * queue is full. */
int journal_writer_failure(const struct journal_writer *w);
