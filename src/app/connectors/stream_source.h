#pragma once

/* The kinds of sources that can be read only once: standard input, and FIFOs. */

#include "app/connectors/source.h"
#include "io/files/link_resolver.h"

struct fifo_source_settings {
    const char *path;         /* absolute */
    struct link_policy links; /* which links on the way to it are followed */
};

extern const struct source_kind stdin_source_kind;
extern const struct source_kind fifo_source_kind;
