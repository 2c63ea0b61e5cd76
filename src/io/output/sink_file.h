#pragma once

/* A file that a service appends to for months: what it was given last may wait in memory while the
 * disk is full, its length is told to a checkpoint, and after a death it is cut back to the length
 * committed. Or standard output, or the machine's journal, of which only the waiting is true. */

#include "io/files/fingerprint.h"

#include <gloss/spans.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct outlet;

/** @path  absolute; NULL: standard output. Copied. Nothing is opened yet.
 *  @mode  of a file that has to be made.
 *  Returns 0 or -ENOMEM. */
int outlet_new(struct outlet **ret_outlet, const char *path, mode_t mode);
/** The journal that listens at that socket; each outlet_write() is one entry of it. */
int outlet_new_journal(struct outlet **ret_outlet, const char *socket);
struct outlet *outlet_free(struct outlet *o);
static inline void outlet_freep(struct outlet **o)
{
    *o = outlet_free(*o);
}

/** Opens the file that the path names, or makes it. The last part of the path is not followed when
 * it is a link (-ELOOP). Returns 0 or a negative errno. */
int outlet_open(struct outlet *o);

/** Somebody cut the file or wrote it anew: what is committed of it does not stand there. */
#define OUTLET_CHANGED 1

/** Cuts the file that a checkpoint speaks of back to its committed length: the one at the path, or,
 * when that is another one, the sibling PATH.* or PATH-* with that identity. No file is ever
 * lengthened, and none is cut in which what is committed does not stand.
 *
 * Returns 0 also where no such file is there any more; OUTLET_CHANGED: it is left as it is; or a
 * negative errno. */
int outlet_cut_back(const char *path, const struct outlet_place *place);

/** Something could not be written and waits: take nothing more until outlet_retry() says so. */
#define OUTLET_WAITS 1

/** Writes all of it, or keeps a copy of what could not be, behind what waits already. Returns 0;
 * OUTLET_WAITS; -ENOMEM: not even a copy could be kept, its content has a gap from here on. */
int outlet_write(struct outlet *o, const struct gloss_spans *spans);
/** Tries again what waits. Returns 0 when nothing does any more, else OUTLET_WAITS. */
int outlet_retry(struct outlet *o);
bool outlet_waits(const struct outlet *o);
/** The negative errno of the last failure; 0: none since the last success. */
int outlet_failure(const struct outlet *o);

/** Brings all that was written to the disk. Returns 0; or a negative errno: what was written since
 * the last success may be lost though it can be read, and another try that succeeds says nothing of
 * it. */
int outlet_sync(struct outlet *o);
/** What waits, from the begin of a line on if that can be; of the journal's, whole entries. Good
 * until the next call of any kind. */
struct gloss_span outlet_owed(const struct outlet *o);
/** After outlet_open(): that is to be written first. Copied. Returns 0; -EUCLEAN: it is no entries
 * of the journal; -ENOMEM. */
int outlet_owe(struct outlet *o, struct gloss_span bytes);
/** Which file it is now and how long, whoever wrote it. Where something waits, the half line that
 * was written of it is taken back before. False for what is no file, and when none is open. */
bool outlet_place(struct outlet *o, struct outlet_place *ret_place);
/** Whether somebody cut it, so that it is shorter than when it was last written or its place was
 * asked for, or deleted its last name. */
bool outlet_was_cut(const struct outlet *o);
/** Whether the path names another file than the open one, or none: it was rotated away. */
bool outlet_was_moved(const struct outlet *o);
/** Closes the file, to open another with outlet_open(). What waits is forgotten. */
void outlet_close(struct outlet *o);
bool outlet_is_open(const struct outlet *o);

/** For messages: the path, or "standard output". */
const char *outlet_name(const struct outlet *o);
