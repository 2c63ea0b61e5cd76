#pragma once

/* Which files a journal has, and whether they may be read: libsystemd passes over what it may not
 * read, and says nothing. */

#include <stddef.h>

struct journal_files {
    size_t n, n_denied;
    char *denied; /* owned: the first file or folder that may not be read; NULL: none */
};

/** @folder  of journal files; NULL: the folders of the machine's own journal.
 * Returns 0 or -ENOMEM; journal_files_deinit() is due either way. */
int journal_files_look(struct journal_files *ret_files, const char *folder);
void journal_files_deinit(struct journal_files *f);
