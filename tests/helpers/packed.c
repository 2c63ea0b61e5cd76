/* Written by libarchive, so that what the program reads was not made by code of its own. */

#include "helpers/packed.h"

#include <archive.h>
#include <archive_entry.h>
#include <criterion/criterion.h>

const char *const packer_names[N_PACKERS] = {"gzip", "xz", "zstd", "bzip2"};

static la_ssize_t on_bytes(struct archive *a, void *ctx, const void *bytes, size_t n)
{
    (void)a;
    gloss_buf_append(ctx, bytes, n);
    return (la_ssize_t)n;
}

void pack(struct gloss_buf *out, enum packer packer, const char *bytes, size_t n)
{
    struct archive *a = archive_write_new();
    struct archive_entry *entry = archive_entry_new();

    archive_write_set_format_raw(a);
    cr_assert_eq(archive_write_add_filter_by_name(a, packer_names[packer]), ARCHIVE_OK);
    archive_write_set_bytes_per_block(a, 0);
    cr_assert_eq(archive_write_open(a, out, NULL, on_bytes, NULL), ARCHIVE_OK);
    archive_entry_set_filetype(entry, AE_IFREG);
    cr_assert_eq(archive_write_header(a, entry), ARCHIVE_OK);
    cr_assert_eq(archive_write_data(a, bytes, n), (la_ssize_t)n);
    archive_entry_free(entry);
    cr_assert_eq(archive_write_close(a), ARCHIVE_OK);
    archive_write_free(a);
    cr_assert_not(out->failed);
}
