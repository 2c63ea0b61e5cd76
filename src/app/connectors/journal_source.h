#pragma once

/* The kind of source that is the journal of systemd. Each entry is a block of lines. */

#include "app/connectors/source.h"

/** Which entries are read. */
struct journal_source_settings {
    const char *folder;          /* of the journal's files; NULL: the machine's own journal */
    struct config_texts units;   /* whole names, with their type; empty: those of all units */
    struct config_texts matches; /* FIELD=VALUE; empty: all */
};

extern const struct source_kind journal_source_kind;
