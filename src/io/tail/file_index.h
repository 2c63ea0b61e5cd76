#pragma once

/* Files by device and inode. What is in a file after it was cut off counts as another file, so
 * several entries may have the same device and inode. */

#include <stddef.h>
#include <stdint.h>

/** Embedded in what is to be found. Zero-initialised stands in no index. */
struct file_index_entry {
    uint64_t dev, ino;
    struct file_index *index;      /* in which it stands; NULL: in none */
    struct file_index_entry *next; /* in the same bucket */
};

/** Zero-initialised is empty. */
struct file_index {
    struct file_index_entry **buckets; /* owned; the entries are not */
    size_t n_buckets, n;
};

/** Frees the table; nothing may stand in it that is looked at later. */
void file_index_deinit(struct file_index *index);
/** Enters what stands in no index. @ino  0: the file has no name any more, so its inode will be
 * another file's; file_index_find() does not find it. Returns 0 or -ENOMEM. */
int file_index_add(struct file_index *index, struct file_index_entry *entry, uint64_t dev,
                   uint64_t ino);
/** Does nothing with an entry that stands in no index. */
void file_index_remove(struct file_index_entry *entry);

/** The first entry with that device and inode, or the next one after `after`; NULL: none. */
struct file_index_entry *file_index_find(const struct file_index *index, uint64_t dev, uint64_t ino,
                                         const struct file_index_entry *after);
/** The first entry of all, or the next one after `after`; NULL: none. */
struct file_index_entry *file_index_next(const struct file_index *index,
                                         const struct file_index_entry *after);
