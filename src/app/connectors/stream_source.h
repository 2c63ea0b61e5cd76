#pragma once

/* The kinds of sources that can be read only once: standard input, and FIFOs. */

#include "app/connectors/source.h"

struct fifo_source_settings {
    const char *path; /* absolute */
};

extern const struct source_kind stdin_source_kind;
extern const struct source_kind fifo_source_kind;
