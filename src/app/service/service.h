#pragma once

/* The daemon: one loop, one thread. Events wake it; then files take turns, sinks are retried,
 * checkpoints made. */

/** Follows what the configuration says until a signal ends it. Says everything itself.
 * Returns an exit status: 0 stopped in good order; 2 trouble. */
int service_run(const char *config_file);
