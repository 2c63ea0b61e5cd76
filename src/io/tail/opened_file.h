#pragma once

/* A file that was just opened, and is not followed yet: it may be one that was followed before. */

#include "io/files/decompressed_file.h"
#include "io/files/position.h"

#include <sys/stat.h>

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

/** Opens the path, where it still names the file with that device and inode.
 * @flags  of open(2), beside those for reading.
 * @limits  of what it may decompress to. Returns 0; -ESTALE: it names another file; another
 * negative errno. Then nothing is open. */
int opened_file_open(struct opened_file *opened, const char *path, int flags, uint64_t dev,
                     uint64_t ino, const struct decompressed_file_limits *limits);
/** Closes what is still owned. */
void opened_file_close(struct opened_file *opened);

/** Why nothing of the file is to be read, as its first bytes tell, and of a compressed one those of
 * its text: *ret_reason is a phrase ("it is a tar archive") that lives as long as opened, or NULL.
 * Returns 0 or -ENOMEM. */
int opened_file_refusal(const struct opened_file *opened, const char **ret_reason);

/** Whether the file holds the bytes that the position remembers; of a compressed one only the start
 * is looked at. */
bool opened_file_fits(const struct opened_file *opened, const struct file_position *position);
