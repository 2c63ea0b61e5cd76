#pragma once

/* The journal read entry by entry, from the one that a cursor names: the machine's own, or the
 * files of a folder. What glossd itself wrote is passed over, so that nothing answers itself.
 *
 * No clock and no loop: the owner waits until journal_reader_fd() can be read or
 * journal_reader_due_ms() has passed, and then calls journal_reader_wake() and
 * journal_reader_next() until that gives 0. */

#include <gloss/span.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** All of it borrowed for the call. */
struct journal_reader_options {
    const char *folder;       /* of journal files; NULL: the machine's own journal */
    const char *const *units; /* entries of one of these; none: of all */
    size_t n_units;
    const char *const *matches; /* FIELD=VALUE: for each field that is named, one of its values */
    size_t n_matches;
    const char *cursor;   /* of the entry that was read last; NULL: none was */
    bool start_at_end;    /* without a cursor: what is there already is passed over */
    const char *own_unit; /* whose entries are our own, as those of this process are; NULL: none */
};

struct journal_reader;

/** Opens it where it is to go on. That nothing can be read is no error: journal_reader_is_blind()
 * tells. Returns 0 or a negative errno (-EMFILE, -ENFILE: no inotify or descriptor is to be had).
 */
int journal_reader_open(struct journal_reader **ret_journal,
                        const struct journal_reader_options *options);
struct journal_reader *journal_reader_free(struct journal_reader *j);
static inline void journal_reader_freep(struct journal_reader **j)
{
    *j = journal_reader_free(*j);
}

/** Whether there was not a single entry to be seen when it was opened: for lack of files, of
 * rights, or of entries. What comes later may stay unseen until it is opened anew. */
bool journal_reader_is_blind(const struct journal_reader *j);
/** Whether the entry of the cursor is there no more; the next one that is comes first. */
bool journal_reader_has_gap(const struct journal_reader *j);

int journal_reader_fd(const struct journal_reader *j);
/** In how many milliseconds journal_reader_wake() has to be called though the descriptor is silent;
 * -1: not before it can be read. */
int journal_reader_due_ms(const struct journal_reader *j);
/** Takes notice of what the descriptor tells: files that came, went or grew. Returns 1:
 * there was something; 0; or a negative errno, then it has to be opened anew. */
int journal_reader_wake(struct journal_reader *j);

/** One entry. Its text lives until the next call of anything here. */
struct journal_entry {
    struct gloss_span text; /* its MESSAGE, which may be several lines, and a newline where it had
                               none. Longer than JOURNAL_MESSAGE_MAX: its begin. Empty: nothing to
                               read, it is our own or has no MESSAGE */
    uint64_t time_ns;       /* when the journal got it */
    bool cut;
};

#define JOURNAL_MESSAGE_MAX ((size_t)16 << 20)

/** Returns 1 and the next entry; 0: there is none now; a negative errno: -ENOMEM, or it has to be
 * opened anew. */
int journal_reader_next(struct journal_reader *j, struct journal_entry *ret_entry);
/** Names the entry that journal_reader_next() gave last, or from which it begins; NULL: none yet.
 */
const char *journal_reader_cursor(const struct journal_reader *j);
/** When that entry was written; 0: not known. */
uint64_t journal_reader_cursor_ns(const struct journal_reader *j);

/** The unit that the service manager started this process as; owned by the caller. NULL: none, it
 * was started by hand, be it in a shell that a unit holds. */
char *journal_reader_own_unit(void);

/** Whether the entry of that cursor is there: 1 or 0, or a negative errno (-EINVAL: no cursor). */
int journal_reader_has(const char *folder, const char *cursor);
