#pragma once

/* The configuration of the service, read and checked. Const once read. */

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
    const char *name;               /* shown; where the file says none, as the kind says */
    const struct config_kind *kind; /* files, standard input, the journal, … */
    const void *settings;           /* of that kind; owned by the configuration */
    enum config_start start;
    const char *encoding;    /* NULL: auto */
    uint64_t rotate_wait_ns; /* how long something that was replaced must be silent */
    uint64_t max_line;
    unsigned line, column; /* where it stands in its file */
};

struct config_sink {
    const char *name;               /* shown; where the file says none, as the kind says */
    const struct config_kind *kind; /* a file, standard output, the journal, … */
    const void *settings;           /* of that kind; owned by the configuration */
    enum gloss_format format;
    enum gloss_emit emit;
    const size_t *sources; /* indexes into the sources */
    size_t n_sources;      /* all of them where the file says none */
    unsigned line, column;
};

struct config {
    const char *file;                 /* as named on the command line */
    const struct config_kinds *kinds; /* borrowed */
    const char *state;                /* absolute */
    const char *const *catalogs;      /* files or folders; none: the built-in one */
    size_t n_catalogs;
    const struct config_source *sources;
    size_t n_sources;
    const struct config_sink *sinks;
    size_t n_sinks;
    uint64_t counters_interval_ns;
    const char *counters_file;       /* NULL: none */
    uint64_t checkpoint_interval_ns; /* 0: with each write */
    uint64_t forget_after_ns;
    int log_level; /* of syslog(3): LOG_ERR 3, LOG_WARNING 4, LOG_NOTICE 5 (default), LOG_INFO 6,
                      LOG_DEBUG 7 */
};

/** The file that a sink writes; NULL: none. */
const char *config_sink_path(const struct config_sink *s);

#define CONFIG_E_INVALID 1
#define CONFIG_DEFAULT_FILE "/etc/glossd/glossd.yaml"
#define CONFIG_DEFAULT_STATE "/var/lib/glossd/state.db"

/** Reads a file and reports every mistake that the text alone shows, and those that a look at the
 * machine shows (catalogs that cannot be read, folders that cannot be written, a sink inside a
 * followed glob, a file that two sources follow) in one run.
 *
 * @kinds  of sources and sinks; borrowed, as long as the configuration.
 * Returns 0 (warnings may stand in diags); CONFIG_E_INVALID; -ENOMEM; another negative errno where
 * the file cannot be read, which is said in diags too. */
int config_read(struct config **ret_config, const char *file, const struct config_kinds *kinds,
                struct gloss_diags *diags);
/** The same without the look at the machine: for those who only ask what stands there, and need not
 * be allowed to do what the service does. */
int config_peek(struct config **ret_config, const char *file, const struct config_kinds *kinds,
                struct gloss_diags *diags);
/** One more owner, who calls config_free() too. Returns c. */
struct config *config_ref(struct config *c);
/** One owner less; the last one frees it. Returns NULL. */
struct config *config_free(struct config *c);
static inline void config_freep(struct config **c)
{
    *c = config_free(*c);
}
