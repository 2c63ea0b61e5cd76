#pragma once

/* The configuration of the service, read and checked. Const once read. */

#include <gloss/annotate.h>
#include <gloss/diag.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum config_start { CONFIG_START_BEGINNING, CONFIG_START_END };
enum config_watch { CONFIG_WATCH_AUTO, CONFIG_WATCH_POLL };

/** Which entries of the journal. */
struct config_journal {
    const char *folder;       /* of its files; NULL: the machine's own journal */
    const char *const *units; /* whole names, with their type; none: all */
    size_t n_units;
    const char *const *matches; /* FIELD=VALUE; none: all */
    size_t n_matches;
};

/** All strings are owned by the configuration. Lists of strings have a count beside them. */
struct config_source {
    const char *name;   /* shown; where the file says none: the path, "stdin", "journal" */
    const char *follow; /* a glob, absolute; NULL: not a file */
    const char *fifo;   /* a path; NULL: not a FIFO */
    bool is_stdin;
    bool is_journal;
    struct config_journal journal;
    const char *const *
        exclude; /* shell patterns; with a '/' against the whole path, else against the last part */
    size_t n_exclude;
    enum config_start start;
    const char *encoding; /* NULL: auto */
    enum config_watch watch;
    uint64_t rotate_wait_ns;
    uint64_t max_line;
    unsigned line, column; /* where it stands in its file */
};

struct config_sink {
    const char *name; /* where the file says none: the path, "stdout", "journal" */
    const char *file; /* absolute; NULL: not a file */
    bool is_stdout;
    bool is_journal; /* format, emit and mode say nothing */
    enum gloss_format format;
    enum gloss_emit emit;
    const size_t *sources; /* indexes into the sources */
    size_t n_sources;      /* all of them where the file says none */
    mode_t mode;
    unsigned line, column;
};

struct config {
    const char *file;            /* as named on the command line */
    const char *state;           /* absolute */
    const char *const *catalogs; /* files or folders; none: the built-in one */
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

#define CONFIG_E_INVALID 1
#define CONFIG_DEFAULT_FILE "/etc/glossd/glossd.yaml"
#define CONFIG_DEFAULT_STATE "/var/lib/glossd/state.db"

/** Reads a file and reports every mistake that the text alone shows, and those that a look at the
 * machine shows (catalogs that cannot be read, folders that cannot be written, a sink inside a
 * followed glob, a file that two sources follow) in one run.
 *
 * Returns 0 (warnings may stand in diags); CONFIG_E_INVALID; -ENOMEM; another negative errno where
 * the file cannot be read, which is said in diags too. */
int config_read(struct config **ret_config, const char *file, struct gloss_diags *diags);
/** The same without the look at the machine: for those who only ask what stands there, and need not
 * be allowed to do what the service does. */
int config_peek(struct config **ret_config, const char *file, struct gloss_diags *diags);
struct config *config_free(struct config *c);
static inline void config_freep(struct config **c)
{
    *c = config_free(*c);
}
