#pragma once

/* The journal of systemd as a source: entry by entry, each one a block of lines, as long as its
 * sinks take them; opened again where it broke or could not be seen. */

#include "app/connectors/source.h"

/** Which entries. */
struct journal_source_settings {
    const char *folder;          /* of its files; NULL: the machine's own journal */
    struct config_texts units;   /* whole names, with their type; none: all */
    struct config_texts matches; /* FIELD=VALUE; none: all */
};

extern const struct source_kind journal_source_kind;
