/* glossd summary: how many of which.
 *
 * Of files, of what is piped in, or of the service, whose state is asked for by --state or
 * --config, or by nothing at all at a terminal. A script's standard input is never a terminal, so
 * there the option decides, and no script begins to mean something else. */

#include "app/cmd.h"
#include "app/config.h"
#include "app/filter.h"
#include "app/recall.h"
#include "app/report.h"
#include "app/say.h"
#include "core/util.h"

#include <unistd.h>

enum key {
    KEY_FORMAT = 'f',
    KEY_BY = 'b',
    KEY_STATE = CMD_LONG_ONLY,
    KEY_CONFIG,
    KEY_ENCODING,
    KEY_PROGRESS
};

/* In the order of the enums they stand for. */
static const char *const format_words[] = {"table", "json", "csv", "prometheus", NULL};
static const char *const by_words[] = {"code", "source", NULL};

static const struct cmd_option options[] = {
    {"format", KEY_FORMAT, "FORMAT", format_words,
     "table, json, csv or prometheus (default: table)"},
    {"by", KEY_BY, "WHAT", by_words, "a row for each code, or for each source (default: code)"},
    {"state", KEY_STATE, "FILE", NULL,
     "count what the service whose state that is has seen (default: the state that the "
     "configuration names, else " CONFIG_DEFAULT_STATE ")"},
    {"config", KEY_CONFIG, "FILE", NULL,
     "of the service, for its state and catalogs (default: " CONFIG_DEFAULT_FILE ")"},
    {"encoding", KEY_ENCODING, "NAME", NULL,
     "of the input, any that iconv knows (default: bytes as they are, UTF-16 and UTF-32 by their "
     "marks)"},
    {"progress", KEY_PROGRESS, NULL, NULL,
     "show how far each file is read, where standard error is a terminal"},
    {0},
};

struct summary {
    struct gloss_summary_options look;
    const char *encoding;
    const char *state, *config;
    bool progress;
};

static int on_option(void *state, int key, const char *value, int word)
{
    struct summary *s = state;

    switch (key) {
    case KEY_FORMAT:
        s->look.format = (enum gloss_summary_format)word;
        return 0;
    case KEY_BY:
        s->look.by = (enum gloss_summary_by)word;
        return 0;
    case KEY_STATE:
        s->state = value;
        return 0;
    case KEY_CONFIG:
        s->config = value;
        return 0;
    case KEY_ENCODING:
        s->encoding = value;
        return filter_check_encoding(value);
    default:
        s->progress = true;
        return 0;
    }
}

/* ---- of the service ---- */

/* A stopped service looks like a quiet one, unless it is said how old its counters are. */
static int write_age(const struct recall *r)
{
    CLEANUP(gloss_buf_deinit) struct gloss_buf text = {0};
    char since[GLOSS_STAMP_BYTES], committed[GLOSS_STAMP_BYTES];

    gloss_stamp_write(r->since_ns, since);
    gloss_stamp_write(r->committed_ns, committed);
    since[10] = committed[10] = ' ';
    gloss_buf_printf(&text, "counted by the service since %.19s, as of %.19s UTC\n", since,
                     committed);
    return text.failed ? say_no_memory() : say_answer(text.ptr, text.len);
}

static int write_recalled(struct summary *s, const struct recall *r,
                          const struct cmd_common *common)
{
    uint64_t orphans = recall_orphans(r);
    int status;

    s->look.color = cmd_wants_color(common, STDOUT_FILENO);
    status = report_write(r->counters, &s->look, STDOUT_FILENO);
    if (status == CMD_OK && s->look.format == GLOSS_SUMMARY_TABLE)
        status = write_age(r);
    if (orphans > 0)
        say_warning(r->state,
                    "%llu hits are of codes that these catalogs do not have; --catalog names "
                    "others",
                    (unsigned long long)orphans);
    return status;
}

static int run_on_state(struct summary *s, const struct cmd_common *common)
{
    const struct recall_options asked = {.common = common, .state = s->state, .config = s->config};
    struct recall r;
    int status = recall_open(&r, &asked);

    if (status == CMD_OK)
        status = write_recalled(s, &r, common);
    recall_close(&r);
    return status;
}

/* ---- of logs ---- */

static int run_on_logs(struct summary *s, const struct cmd_common *common,
                       const struct cmd_words *files)
{
    struct selection all = {0};
    struct filter f;
    int status = filter_open(&f, common, &all), written;

    if (status == CMD_OK) {
        f.encoding = s->encoding;
        f.progress.on = s->progress && isatty(STDERR_FILENO);
        status = filter_run(&f, files);
        s->look.color = cmd_wants_color(common, STDOUT_FILENO);
        written = report_write(f.counters, &s->look, STDOUT_FILENO);
        if (status == CMD_OK)
            status = written;
    }
    filter_close(&f);
    return status;
}

static int run_parsed(struct summary *s, const struct cmd_common *common,
                      const struct cmd_words *files)
{
    bool asks = s->state || s->config;

    if (asks && files->n > 0)
        return say_error(s->state ? "--state" : "--config",
                         "counts what a service has seen, a FILE is counted itself; give one of "
                         "them");
    if (asks || (files->n == 0 && isatty(STDIN_FILENO)))
        return run_on_state(s, common);
    return run_on_logs(s, common, files);
}

static int run(const struct cmd *cmd, int argc, char **argv)
{
    struct summary s = {0};
    struct cmd_common common = {0};
    struct cmd_words files;
    int status = cmd_parse(cmd, argc, argv, &common, &s, &files);

    if (status < 0)
        status = run_parsed(&s, &common, &files);
    cmd_common_deinit(&common);
    return status;
}

const struct cmd cmd_summary = {
    .name = "summary",
    .args = "[FILE...]",
    .summary = "count the error codes of logs: how many of which, since when",
    .details = "Without a FILE at a terminal, and with --state or --config, it tells what the "
               "service has counted, whether that runs or not.\n\n"
               "Files may be compressed (gz, xz, zst, bz2, known by their content); '-' is "
               "standard input, as is no file at all when a log is piped in.\n\n",
    .examples = "  glossd summary\n"
                "  glossd summary --state /var/lib/glossd/state.db --format json\n"
                "  glossd summary app.log\n"
                "  glossd summary --by source /var/log/app/*.log\n"
                "  glossd summary --format json app.log | jq '.codes[0].code'\n"
                "  zcat app.log.*.gz | glossd summary -\n",
    .options = options,
    .option = on_option,
    .run = run,
};
