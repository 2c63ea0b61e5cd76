#pragma once

/* Files that are followed, as a source. */

#include "app/connectors/source.h"

enum file_source_watch { FILE_SOURCE_WATCH, FILE_SOURCE_POLL };

struct file_source_settings {
    const char *pattern;         /* a glob or a path, absolute */
    struct config_texts exclude; /* shell patterns; with a '/' against the whole path, else against
                                    the last part */
    enum file_source_watch watch;
};

extern const struct source_kind file_source_kind;
