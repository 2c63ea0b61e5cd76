/* Many entries in an index, held against a plain array of them. */

#include "io/tail/file_index.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#define N 500

static struct file_index index_;
static struct file_index_entry entries[N];

static void teardown(void)
{
    file_index_deinit(&index_);
}

TestSuite(file_index, .fini = teardown);

/* Few inodes, so that most of them have several entries. */
static void add_all(void)
{
    for (size_t i = 0; i < N; i++)
        cr_assert_eq(file_index_add(&index_, &entries[i], i % 3, 1 + i % 50), 0);
}

static size_t count_found(uint64_t dev, uint64_t ino)
{
    const struct file_index_entry *entry = NULL;
    size_t n = 0;

    while ((entry = file_index_find(&index_, dev, ino, entry))) {
        cr_expect(entry->dev == dev && entry->ino == ino);
        n++;
    }
    return n;
}

static size_t count_in_array(uint64_t dev, uint64_t ino)
{
    size_t n = 0;

    for (size_t i = 0; i < N; i++)
        n += entries[i].index && entries[i].dev == dev && entries[i].ino == ino;
    return n;
}

static size_t count_all(void)
{
    size_t n = 0;

    for (const struct file_index_entry *entry = NULL; (entry = file_index_next(&index_, entry));)
        n++;
    return n;
}

Test(file_index, an_empty_one_finds_nothing)
{
    cr_expect_null(file_index_find(&index_, 1, 1, /* after= */ NULL));
    cr_expect_null(file_index_next(&index_, /* after= */ NULL));
}

Test(file_index, each_entry_of_a_device_and_inode_is_found_once)
{
    add_all();
    for (uint64_t dev = 0; dev < 4; dev++)
        for (uint64_t ino = 0; ino < 52; ino++)
            cr_expect_eq(count_found(dev, ino), count_in_array(dev, ino));
    cr_expect_eq(count_all(), (size_t)N);
}

Test(file_index, what_was_removed_is_not_found_and_removing_it_again_does_nothing)
{
    add_all();
    for (size_t i = 0; i < N; i += 2)
        file_index_remove(&entries[i]);
    file_index_remove(&entries[0]);
    for (uint64_t dev = 0; dev < 3; dev++)
        for (uint64_t ino = 1; ino <= 50; ino++)
            cr_expect_eq(count_found(dev, ino), count_in_array(dev, ino));
    cr_expect_eq(count_all(), (size_t)N / 2);
}

Test(file_index, what_has_no_inode_any_more_is_met_in_a_walk_and_can_be_removed)
{
    for (size_t i = 0; i < N; i++)
        cr_assert_eq(file_index_add(&index_, &entries[i], 1, 0), 0);
    cr_expect_eq(count_all(), (size_t)N);
    for (size_t i = 0; i < N; i++)
        file_index_remove(&entries[i]);
    cr_expect_eq(count_all(), 0u);
}
