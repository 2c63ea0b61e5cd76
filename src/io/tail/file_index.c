/* A table of buckets that doubles when it holds as many entries as buckets. */

#include "io/tail/file_index.h"

#include <errno.h>
#include <stdlib.h>

void file_index_deinit(struct file_index *index)
{
    free(index->buckets);
    *index = (struct file_index){0};
}

static size_t bucket_number(const struct file_index *index, uint64_t dev, uint64_t ino)
{
    uint64_t hash = (ino ^ dev << 40) * UINT64_C(0x9e3779b97f4a7c15);

    return (hash >> 32) & (index->n_buckets - 1);
}

/* An entry without an inode is searched by nobody: by its address it stands somewhere, and many of
 * them do not stand in one bucket. */
static size_t bucket_of(const struct file_index *index, const struct file_index_entry *entry)
{
    return bucket_number(index, entry->dev, entry->ino != 0 ? entry->ino : (uintptr_t)entry);
}

static void insert(struct file_index *index, struct file_index_entry *entry)
{
    struct file_index_entry **bucket = &index->buckets[bucket_of(index, entry)];

    entry->next = *bucket;
    *bucket = entry;
}

static int grow(struct file_index *index)
{
    size_t n = index->n_buckets, n_new = n > 0 ? 2 * n : 16;
    struct file_index_entry **old = index->buckets, **fresh = calloc(n_new, sizeof(*fresh));

    if (!fresh)
        return -ENOMEM;
    index->buckets = fresh;
    index->n_buckets = n_new;
    for (size_t i = 0; i < n; i++) {
        for (struct file_index_entry *entry = old[i], *next; entry; entry = next) {
            next = entry->next;
            insert(index, entry);
        }
    }
    free(old);
    return 0;
}

int file_index_add(struct file_index *index, struct file_index_entry *entry, uint64_t dev,
                   uint64_t ino)
{
    int r = index->n >= index->n_buckets ? grow(index) : 0;

    if (r < 0)
        return r;
    *entry = (struct file_index_entry){.dev = dev, .ino = ino, .index = index};
    insert(index, entry);
    index->n++;
    return 0;
}

void file_index_remove(struct file_index_entry *entry)
{
    struct file_index *index = entry->index;
    struct file_index_entry **at;

    if (!index)
        return;
    at = &index->buckets[bucket_of(index, entry)];
    while (*at != entry)
        at = &(*at)->next;
    *at = entry->next;
    entry->index = NULL;
    index->n--;
}

struct file_index_entry *file_index_find(const struct file_index *index, uint64_t dev, uint64_t ino,
                                         const struct file_index_entry *after)
{
    struct file_index_entry *entry = after ? after->next : NULL;

    if (!after && index->n_buckets > 0)
        entry = index->buckets[bucket_number(index, dev, ino)];
    while (entry && (entry->dev != dev || entry->ino != ino))
        entry = entry->next;
    return entry;
}

struct file_index_entry *file_index_next(const struct file_index *index,
                                         const struct file_index_entry *after)
{
    size_t i = after ? bucket_of(index, after) + 1 : 0;
    struct file_index_entry *entry = after ? after->next : NULL;

    for (; !entry && i < index->n_buckets; i++)
        entry = index->buckets[i];
    return entry;
}
