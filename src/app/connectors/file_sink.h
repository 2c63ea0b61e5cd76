#pragma once

/* A file as a sink, and standard output. */

#include "app/config/config.h"
#include "app/connectors/sink.h"

#include <sys/types.h>

struct file_sink_settings {
    const char *path; /* absolute */
    mode_t mode;      /* of a file that has to be created */
};

extern const struct sink_kind file_sink_kind;
extern const struct sink_kind stdout_sink_kind;
