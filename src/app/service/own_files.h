#pragma once

/* The files that glossd writes itself, so that no source reads them: what it has written would come
 * back as input, annotated again, without end.
 *
 * The state and the files beside it, and the files that sinks write now, are known by device and
 * inode. A sink that was rotated away, copied or compressed is known by its first bytes: the state
 * keeps those of the files that each sink has written. */

#include "app/service/topology.h"
#include "io/files/link_resolver.h"
#include "io/state/store.h"
#include "io/tail/follow_options.h"

/** How many files of one sink are remembered; the oldest ones go. */
#define OWN_FILES_MAX 500

/** A file that a sink writes or has written. */
struct own_file {
    char *path; /* of the sink; owned */
    uint64_t serial, dev, ino;
    char head[FINGERPRINT_BYTES]; /* how it begins */
    size_t head_len;
    bool is_saved; /* the state has it as it is */
};

/** Zero-initialised is empty. */
struct own_files {
    struct own_file *items; /* by the path of the sink, the oldest first */
    size_t n, size;
};
void own_files_deinit(struct own_files *own);

/** Reads what the state has of them. Returns 0 or a negative errno. */
int own_files_load(struct own_files *own, struct store *store);
/** Notes which files the sinks write now, and how those begin. To be called before a file is opened
 * in place of another, or is known to be cut. Returns 0 or -ENOMEM. */
int own_files_look(struct own_files *own, const struct topology *t);
/** Puts what changed into a checkpoint that has begun. Returns 0 or a negative errno. */
int own_files_put(struct own_files *own, struct store *store);
/** The checkpoint into which that was put was committed, or was not. */
void own_files_settle(struct own_files *own, bool committed);

/** Whether the file is one of them, or of the state: FOLLOW_MAYBE_OURS where its first bytes
 * decide. */
enum follow_ours own_files_has(const struct own_files *own, const struct topology *t,
                               const struct store *store, const struct link_target *target);
/** Whether one of them begins with these bytes, or these with all that is known of one. */
bool own_files_begin_with(const struct own_files *own, struct gloss_span head);
