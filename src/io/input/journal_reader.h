#pragma once

/* Reads a journal, the machine's own or the files of a folder, entry by entry from a cursor on.
 * Entries that glossd itself wrote have an empty text, so that glossd does not answer to itself.
 *
 * The owner has the loop. It waits until journal_reader_fd() is readable or journal_reader_due_ms()
 * has passed, then calls journal_reader_wake(), and journal_reader_next() until that returns 0. */

#include <gloss/span.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Borrowed for the call, with all it points to. */
struct journal_reader_options {
    const char *folder;       /* of journal files; NULL: the machine's own journal */
    const char *const *units; /* only entries of these units; none: of all units */
    size_t n_units;
    const char *const *matches; /* FIELD=VALUE; an entry must have, for each FIELD that is named,
                                   one of its VALUEs */
    size_t n_matches;
    const char *cursor;   /* of the last entry that was read; NULL: none was read */
    bool start_at_end;    /* without a cursor: only entries that are written later */
    const char *own_unit; /* entries of this unit count as glossd's own; NULL: no unit's do */
};

struct journal_reader;

/** Opens a journal at the entry behind the cursor. A journal without a readable entry is no error,
 * see journal_reader_is_blind(). Returns 0 or a negative errno (-EMFILE, -ENFILE: a limit of
 * inotify instances or of descriptors is reached). */
int journal_reader_open(struct journal_reader **ret_reader,
                        const struct journal_reader_options *options);
struct journal_reader *journal_reader_free(struct journal_reader *j);
static inline void journal_reader_freep(struct journal_reader **j)
{
    *j = journal_reader_free(*j);
}

/** Whether no entry could be seen when the journal was opened, since there were no files, no rights
 * or no entries. Later entries may stay unseen until it is opened again. */
bool journal_reader_is_blind(const struct journal_reader *j);
/** Whether the entry of the cursor is gone. Then the first entry behind the gap comes first. */
bool journal_reader_has_gap(const struct journal_reader *j);

int journal_reader_fd(const struct journal_reader *j);
/** In how many milliseconds journal_reader_wake() has to be called where the descriptor does not
 * become readable; -1: never. */
int journal_reader_due_ms(const struct journal_reader *j);
/** Lets libsystemd see files that came, went or grew. Returns 1: something changed; 0: nothing did;
 * or a negative errno: the journal has to be opened again. */
int journal_reader_wake(struct journal_reader *j);

/** An entry. Its text is valid until the next call with this reader. */
struct journal_entry {
    struct gloss_span text; /* the MESSAGE, one or several lines, with a newline at its end. Empty:
                               the entry has no MESSAGE, or is glossd's own */
    uint64_t time_ns;       /* when the journal received it */
    bool cut; /* the MESSAGE was longer than JOURNAL_MESSAGE_MAX, and text is its start */
};

#define JOURNAL_MESSAGE_MAX ((size_t)16 << 20)

/** Returns 1 and the next entry; 0: there is none now; or a negative errno: -ENOMEM, or the journal
 * has to be opened again. */
int journal_reader_next(struct journal_reader *j, struct journal_entry *ret_entry);
/** The cursor of the last entry that journal_reader_next() gave, before the first one that of the
 * options. NULL: there is none. */
const char *journal_reader_cursor(const struct journal_reader *j);
/** When the journal received that entry; 0: not known. */
uint64_t journal_reader_cursor_ns(const struct journal_reader *j);

/** The unit that the service manager started this process for; owned by the caller. NULL: the
 * process was started in another way, for example by a shell that runs in a unit. */
char *journal_reader_own_unit(void);

/** Whether a journal has the entry of a cursor: 1, 0 or a negative errno (-EINVAL: no cursor). */
int journal_reader_has(const char *folder, const char *cursor);
