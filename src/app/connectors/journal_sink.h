#pragma once

/* The machine's journal as a sink: an entry for each line and code. */

#include "app/connectors/sink.h"

extern const struct sink_kind journal_sink_kind;

/** The same with another socket to write to, for tests. Copied. Returns 0 or -ENOMEM. */
int journal_sink_make(struct sink **ret_sink, const char *socket);
