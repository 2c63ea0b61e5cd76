#pragma once

/* The daemon: one loop in one thread. Events wake the loop; then sources take turns, sinks are
 * retried, and checkpoints are made. */

struct config_kinds;

/** Runs the service until a signal ends it. It writes all messages itself.
 * @config_file  path of the configuration.
 * @kinds  all kinds of sources and sinks.
 * Returns an exit status: 0: stopped in good order; 2: trouble. */
int service_run(const char *config_file, const struct config_kinds *kinds);
