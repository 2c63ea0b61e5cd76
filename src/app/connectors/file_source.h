#pragma once

/* The kind of source that follows files. */

#include "app/connectors/source.h"
#include "io/files/link_resolver.h"

enum file_source_watch { FILE_SOURCE_WATCH, FILE_SOURCE_POLL };

struct file_source_settings {
    const char *pattern;         /* a glob or a path, absolute */
    struct config_texts exclude; /* shell patterns; one with a '/' is matched with the whole path,
                                    others with its last part */
    enum file_source_watch watch;
    struct link_policy links; /* which links on the way to a file are followed */
    uint64_t packed_ratio;    /* decompressed bytes for each byte of a compressed file */
};

extern const struct source_kind file_source_kind;
