#pragma once

/* A state, opened as the tests need it, and the sqlite3 shell as a second opinion of what it holds.
 */

#include "io/state/store.h"

/** What store_open() is given as now: 2026-11-23 12:00:00 UTC. */
#define STATE_NOW_NS (UINT64_C(1795435200) * 1000000000)

/** Where the tests' state is, in their scratch folder. */
const char *state_path(void);
/** Opens it; the test fails where that does not give 0. */
struct store *state_open(void);
struct store *state_open_reader(void);
/** Opens it and returns the result, and the text of the last diagnosis, "" without any. */
int state_try(bool read_only, struct store **ret_store, char text[1024]);

/** What the shell prints for statements on a database file, without the last newline; good until
 * the 8th call after this one. "" where the shell is killed. */
const char *state_sql(const char *path, const char *sql);
/** Runs the words with the shell (sh); the test fails where it does. */
void state_sh(const char *format, ...) __attribute__((format(printf, 1, 2)));
