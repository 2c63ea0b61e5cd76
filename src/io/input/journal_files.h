#pragma once

/* The files of a journal, and which of them this process may not read: libsystemd passes over those
 * without an error. */

#include <stddef.h>

struct journal_files {
    size_t n, n_denied;
    char *denied; /* owned: the first file or folder of those; NULL: none */
};

/** @folder  of journal files; NULL: both folders of the machine's own journal.
 * Returns 0 or -ENOMEM; journal_files_deinit() is due either way. */
int journal_files_look(struct journal_files *ret_files, const char *folder);
void journal_files_deinit(struct journal_files *f);
