#pragma once

/* Counters and the state that keeps them, for suites that test both. */

#include "helpers/counting.h"
#include "helpers/state.h"

/** The counters of the suite, and their set. */
extern struct gloss_counters *counters;
extern const struct gloss_catalogs *set;

/** Makes the counters, before a test; frees them and removes the state, after a test. */
void counted_state_init(void);
void counted_state_fini(void);

/** Opens the state for writing, and loads the counters from it. */
struct store *counted_state_open(void);
/** Makes a checkpoint of the counters. */
void counted_state_commit(struct store *s, uint64_t now_ns);
