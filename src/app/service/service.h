#pragma once

/* The daemon: one loop, one thread. Events wake it; then sources take turns, sinks are retried,
 * checkpoints made. */

struct config_kinds;

/** Follows what the configuration says until a signal ends it. Says everything itself.
 * @kinds  of sources and sinks that there are.
 * Returns an exit status: 0 stopped in good order; 2 trouble. */
int service_run(const char *config_file, const struct config_kinds *kinds);
