#pragma once

/* A file that was just opened, and is not followed yet: it may be one that was followed before. */

#include "io/files/decompressed_file.h"
#include "io/files/link_resolver.h"
#include "io/files/position.h"

#include <sys/stat.h>

struct follow_context;

enum file_kind {
    KIND_UNKNOWN, /* too few bytes to tell whether it is compressed */
    KIND_PLAIN,
    KIND_COMPRESSED,
    KIND_CHANGING, /* compressed, and somebody may be writing to it: nothing is read of it */
};

struct opened_file {
    int fd; /* owned; -1: none */
    struct stat st;
    enum file_kind kind;
    struct decompressed_file *decompressed; /* COMPRESSED: owned; else NULL */
};

/** Nothing of the file is to be read: it is reached by a link that is not followed, or the owner of
 * the follow writes it itself. Such a file is not even opened for reading, since closing it would
 * loosen the locks that SQLite has of the state. */
#define OPENED_FILE_E_REFUSED 1

/** Opens the path, where it still names the file with that device and inode. This and
 * opened_file_descriptor() are the only places where files of a source are opened.
 * @reterr_refusal  written only with OPENED_FILE_E_REFUSED.
 * Returns 0; OPENED_FILE_E_REFUSED; -ESTALE: it names another file; another negative errno. Where
 * it is not 0, nothing is open. */
int opened_file_open(struct opened_file *opened, const struct follow_context *ctx, const char *path,
                     uint64_t dev, uint64_t ino, struct link_refusal *reterr_refusal);
/** The same, but opens no more than the descriptor; of a file that was read before.
 * @ino  0: any file. */
int opened_file_descriptor(const struct follow_context *ctx, const char *path, uint64_t dev,
                           uint64_t ino, int *ret_fd);
/** Closes what is still owned. */
void opened_file_close(struct opened_file *opened);

/** Why nothing of the file is to be read, as its first bytes tell, and of a compressed one those of
 * its text: *ret_reason is a phrase ("it is a tar archive") that lives as long as opened, or NULL.
 * Returns 0 or -ENOMEM. */
int opened_file_refusal(const struct opened_file *opened, const char **ret_reason);

/** Whether the file holds the bytes that the position remembers; of a compressed one only the start
 * is looked at. */
bool opened_file_fits(const struct opened_file *opened, const struct file_position *position);
