#pragma once

/* The kind of sink that is the machine's journal. A line gives an entry for each of its codes. */

#include "app/connectors/sink.h"

extern const struct sink_kind journal_sink_kind;

/** Makes such a sink with another socket, for tests. @socket  copied. Returns 0 or -ENOMEM. */
int journal_sink_make(struct sink **ret_sink, const char *socket);
