#pragma once

/* Following the files of one source: which files there are, which of them are open, how far each
 * was read. There is no event loop and no clock in here: somebody wakes a follow, tells it the
 * time, and lets it take turns.
 *
 * A followed path has its files, oldest first: the one that it names, and those that it named
 * before and that were not read to their ends, or are remembered. Each has its descriptor, its
 * offset, and the fingerprints of its first bytes and of those before the offset. What is to be
 * done with a file is decided by rotation_step(); the rest of this folder looks, does it, and hands
 * whole lines on.
 *
 * Time is nanoseconds since 1970, by a clock that does not step: the time of day at the start, plus
 * what a steady clock counted since. Only files' own times are held against the wall clock, which
 * may be put right meanwhile. */

#include "io/files/position.h"
#include "io/tail/follow_options.h"
#include "io/tail/turn_buffer.h"

struct follow;

/** Everything of options is borrowed until follow_free(). Returns 0, -EINVAL (encoding), -ENOMEM.
 */
int follow_new(struct follow **ret_follow, const struct follow_options *options);
/** Closes all files; hands nothing on. */
struct follow *follow_free(struct follow *f);
static inline void follow_freep(struct follow **f)
{
    *f = follow_free(*f);
}

/* ---- before the first scan ---- */

/** Adds a file that a checkpoint remembers; the position is copied. Returns 0 or -ENOMEM. */
int follow_remember(struct follow *f, const struct file_position *position);
/** After follow_remember(): takes over descriptors of a former follow, of files that are not at
 * their paths any more, so that nothing else would find them. They are read on where they are
 * remembered, or from 0. Returns 0 or -ENOMEM. */
int follow_inherit(struct follow *f, struct follow *former, uint64_t now_ns);

/* ---- looking and reading ---- */

/** Looks which files there are. The first scan is the start of the follow. Returns 0 or -ENOMEM;
 * what cannot be looked at is an event. */
int follow_scan(struct follow *f, uint64_t now_ns);
/** Takes turns with paths that are awake or due by the clock, each with at most about `budget`
 * bytes before the next one has its turn, and about ten times that in all.
 *
 * @buffer  shared by all follows.
 *
 * Returns 1: more can be read at once, call again soon; 0: nothing to do until woken or
 * follow_due_ns(); a negative errno from ops.block, or -ENOMEM. */
int follow_turn(struct follow *f, struct turn_buffer *buffer, uint64_t now_ns, size_t budget);
/** When follow_turn() has to be called though nothing wakes the follow. */
uint64_t follow_due_ns(const struct follow *f, uint64_t now_ns);
/** At a stop: hands on the half lines of deleted files, with a newline that is not in the file; all
 * others wait for the next start. Returns as follow_turn(). */
int follow_stop(struct follow *f, struct turn_buffer *buffer, uint64_t now_ns);

/** Something happened to that name in that folder. @name  NULL: to any name; or it is not told any
 * more what happens in the folder. Only wakes; cheap. */
void follow_wake(struct follow *f, const char *folder, const char *name);
void follow_wake_all(struct follow *f);
/** Whether to look by the clock alone, as there are no watches. Before the first call it is as in
 * the options. */
void follow_set_poll(struct follow *f, bool poll);
/** Tells ops.folder once more each folder that is to be watched. */
void follow_report_folders(const struct follow *f);

/** Whether a file with that device and inode is read, or remembered as not read to its end, under a
 * path that is wanted: for ops.taken of other follows. */
bool follow_owns(const struct follow *f, uint64_t dev, uint64_t ino);
/** Whether an overlong line is on its way out: no checkpoint now, no turn of another follow. */
bool follow_in_line(const struct follow *f);
/** Whether a file ended, shrank or vanished since this was last asked: commit at once. */
bool follow_wants_commit(struct follow *f);

/* ---- checkpoints ---- */

/** Gives fn the position of each file that has changed since follow_commit(). A non-zero result of
 * fn ends the walk and is returned. */
int follow_each_changed(struct follow *f,
                        int (*fn)(void *ctx, const struct file_position *position), void *ctx);
/** The positions that were given out last are in the checkpoint. */
void follow_commit(struct follow *f);
/** Forgets files that are not read any more and were not seen since a time, some hundred at each
 * call. A file that is found to be too old has a minute more to be seen, for clocks jump, and
 * machines sleep.
 *
 * @older_than_ns  by the wall clock.
 * @fn  is given each position before it is forgotten; returns 0 or a negative errno.
 *
 * Returns 0; 1: there is more, call again in a minute; or what fn returned. */
int follow_forget(struct follow *f, uint64_t older_than_ns,
                  int (*fn)(void *ctx, const struct file_position *position), void *ctx);
/** Forgets files that were read to their ends and are not there any more, as far as there are too
 * many of them, the oldest first: FOLLOW_GONE_FILES of the follow, FOLLOW_GONE_BYTES of their
 * positions with their paths, FOLLOW_GONE_OF_PATH of a path. To be called before
 * follow_each_changed(). @fn  as for follow_forget(). Returns 0, -ENOMEM or what fn returned. */
int follow_trim(struct follow *f, int (*fn)(void *ctx, const struct file_position *position),
                void *ctx);
#define FOLLOW_GONE_FILES 5000
#define FOLLOW_GONE_BYTES ((size_t)4 << 20)
#define FOLLOW_GONE_OF_PATH 256

/** For the status sentence. */
struct follow_stats {
    size_t files; /* paths with a file that is read, or remembered as not read to its end */
    uint64_t behind_bytes;    /* not read yet, as last seen */
    uint64_t behind_since_ns; /* since when some of them have not been read; 0: there are none */
    uint64_t waiting_bytes;   /* read, and waiting for a newline */
    size_t unreadable;        /* paths and folders that cannot be looked at */
};
void follow_stats(const struct follow *f, struct follow_stats *ret);
/** Calls fn with each path that is left alone, or whose compressed file is not read to its end, and
 * why. Both are borrowed for the call. */
void follow_each_skipped(const struct follow *f,
                         void (*fn)(void *ctx, const char *path, const char *why), void *ctx);
