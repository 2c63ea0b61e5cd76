#pragma once

/* The configuration of the service, read and checked. It is constant once it is read. */

#include "app/config/config_field.h"

#include <gloss/annotate.h>
#include <gloss/diag.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum config_start { CONFIG_START_BEGINNING, CONFIG_START_END };

struct config_kind;
struct config_kinds;

/** All strings are owned by the configuration. Lists of strings have a count beside them. */
struct config_source {
    const char *name;               /* for people; without one in the file, the kind makes it */
    const struct config_kind *kind; /* files, standard input, the journal, … */
    const void *settings;           /* of that kind; owned by the configuration */
    enum config_start start;
    const char *encoding;    /* NULL: auto */
    uint64_t rotate_wait_ns; /* how long a replaced input must be silent before it is left */
    uint64_t max_line;       /* bytes; a longer line goes through in parts */
    const char *time_zone;   /* of times that name none; NULL: the machine's */
    struct config_texts time_formats; /* forms of times that are tried first */
    unsigned line, column;            /* where it stands in the configuration's file, from 1 */
};

struct config_sink {
    const char *name;               /* for people; without one in the file, the kind makes it */
    const struct config_kind *kind; /* a file, standard output, the journal, … */
    const void *settings;           /* of that kind; owned by the configuration */
    enum gloss_format format;
    enum gloss_emit emit;
    const size_t *sources; /* indexes into the sources */
    size_t n_sources;      /* without a list in the file, all of them */
    unsigned line, column;
};

struct config {
    const char *file;                 /* as named on the command line */
    const struct config_kinds *kinds; /* borrowed */
    const char *state;                /* path of the database, absolute */
    const char *const *catalogs;      /* files, folders or names; none: the built-in catalog */
    size_t n_catalogs;
    const struct config_source *sources;
    size_t n_sources;
    const struct config_sink *sinks;
    size_t n_sinks;
    uint64_t counters_interval_ns;
    const char *counters_file;       /* NULL: none */
    uint64_t checkpoint_interval_ns; /* 0: a checkpoint before each further write */
    uint64_t forget_after_ns;        /* how long a position is kept that nothing uses any more */
    int log_level; /* of syslog(3): LOG_ERR 3, LOG_WARNING 4, LOG_NOTICE 5 (default), LOG_INFO 6,
                      LOG_DEBUG 7 */
};

/** The file that a sink writes; NULL: it writes no file. Owned by the configuration. */
const char *config_sink_path(const struct config_sink *s);

#define CONFIG_E_INVALID 1
#define CONFIG_DEFAULT_FILE "/etc/glossd/glossd.yaml"
#define CONFIG_DEFAULT_STATE "/var/lib/glossd/state.db"

/** Reads a file and reports, in one run, every mistake that the text alone shows, and those that a
 * look at the machine shows: catalogs that cannot be read, folders that cannot be written, a sink
 * inside a followed glob, a file that two sources follow.
 *
 * @kinds  of sources and sinks; borrowed, as long as the configuration.
 * Returns 0 (diags may hold warnings); CONFIG_E_INVALID: diags hold the mistakes; -ENOMEM; another
 * negative errno: the file cannot be read, and diags say why. */
int config_read(struct config **ret_config, const char *file, const struct config_kinds *kinds,
                struct gloss_diags *diags);
/** The same without the look at the machine: for commands that only need the values, and whose user
 * need not be allowed to do what the service does. */
int config_peek(struct config **ret_config, const char *file, const struct config_kinds *kinds,
                struct gloss_diags *diags);
/** Adds an owner, who has to call config_free() too. Returns c. */
struct config *config_ref(struct config *c);
/** Takes one owner away; the last one frees it. Returns NULL. */
struct config *config_free(struct config *c);
static inline void config_freep(struct config **c)
{
    *c = config_free(*c);
}
