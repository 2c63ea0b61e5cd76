#pragma once

/* Following the files of one source: which files there are, which generation of each is open, how
 * far it was read. No event loop and no clock: somebody wakes it, tells the time, and lets it take
 * turns.
 *
 * A lineage is a path and its generations, oldest first; each has its descriptor, its offset, and
 * the prints of its head and of the bytes before its offset. What to do is decided by
 * rotation_step(); this room looks, does it, and hands whole lines on.
 *
 * Time is nanoseconds since 1970. What passes is measured by a clock that does not step: the time
 * of day at the start plus what a steady clock counted since. What files tell of themselves is held
 * against the wall clock, which may be put right meanwhile.
 */

#include "io/files/position.h"
#include "io/tail/follow_options.h"
#include "io/tail/turn_buffer.h"

struct follow;

/** Everything of options is borrowed until follow_free(). Returns 0, -EINVAL (encoding), -ENOMEM.
 */
int follow_new(struct follow **ret_follow, const struct follow_options *options);
/** Closes all; hands nothing on. */
struct follow *follow_free(struct follow *f);
static inline void follow_freep(struct follow **f)
{
    *f = follow_free(*f);
}

/** What a checkpoint remembered, before the first scan; place is copied. Returns 0 or -ENOMEM. */
int follow_remember(struct follow *f, const struct file_position *position);

/** After follow_remember(), before the first scan: takes over the descriptors of a former one, of
 * files whose path is wanted, that are there no more and may be found by nothing else. They are
 * read from where they are remembered, or from 0. Returns 0 or -ENOMEM. */
int follow_inherit(struct follow *f, struct follow *former, uint64_t now_ns);

/** Looks which files there are: new ones, gone ones. The first scan is the start. Returns 0 or
 * -ENOMEM; what cannot be looked at is an event. */
int follow_scan(struct follow *f, uint64_t now_ns);

/** Looks by the clock alone from now on, or no more: watches could not be had, or are back. Before
 * the first call it is as in the options. */
void follow_set_poll(struct follow *f, bool poll);

/** Whether a file with that device and inode is followed or remembered as not read to its end,
 * under a path that is wanted: for ops.taken of others. */
bool follow_owns(const struct follow *f, uint64_t dev, uint64_t ino);

/** Tells ops.folder once more each folder that is to be watched. */
void follow_report_folders(const struct follow *f);

/** Something happened at that name in that folder (name NULL: anything; or it is not told any more
 * what happens there). Only wakes; cheap. */
void follow_wake(struct follow *f, const char *folder, const char *name);
void follow_wake_all(struct follow *f);

/** Takes turns with files that are awake or due by the clock, at most about budget bytes of
 * each before the next one has its turn, and about ten times that in all; buffer is shared by all
 * follows. Returns 1: more can be read at once, call again soon; 0: nothing to do until woken or
 * follow_due_ns(); a negative errno from ops.block or -ENOMEM. */
int follow_turn(struct follow *f, struct turn_buffer *buffer, uint64_t now_ns, size_t budget);

/** When somebody has to call follow_turn() though nothing wakes it. */
uint64_t follow_due_ns(const struct follow *f, uint64_t now_ns);
/** Whether an overlong line is under way: no checkpoint now, no other source's turn. */
bool follow_in_line(const struct follow *f);
/** Whether something ended, shrank or vanished since this was last asked: commit at once. */
bool follow_wants_commit(struct follow *f);
/** At a stop: half lines of generations that have no name left are handed on with a newline of
 * ours; the rest waits for the next start. Returns as follow_turn(). */
int follow_stop(struct follow *f, struct turn_buffer *buffer, uint64_t now_ns);

/** For a checkpoint: every generation whose place changed since follow_commit(). fn's non-zero
 * result ends the walk and is returned. */
int follow_each_changed(struct follow *f,
                        int (*fn)(void *ctx, const struct file_position *position), void *ctx);
/** The places handed out last are in the checkpoint. */
void follow_commit(struct follow *f);
/** Drops what is not read any more and was not met since then, some hundred each time, told by fn
 * before, which returns 0 or a negative errno. What is found to be too old first gets a minute to
 * be met, for clocks jump, and machines sleep.
 * @older_than_ns  by the wall clock. Returns 0; 1: there is more, call again in a minute; or what
 * fn returned. */
int follow_forget(struct follow *f, uint64_t older_than_ns,
                  int (*fn)(void *ctx, const struct file_position *position), void *ctx);

/** For the status sentence. */
struct follow_stats {
    size_t files;          /* open or remembered as live */
    uint64_t behind_bytes; /* not read yet, as last seen */
    size_t unreadable;
};
void follow_stats(const struct follow *f, struct follow_stats *ret);
