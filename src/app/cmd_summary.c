/* glossd summary: how many of which. */

#include "app/cmd.h"
#include "app/filter.h"
#include "app/report.h"
#include "app/say.h"
#include "core/util.h"

#include <unistd.h>

enum key { KEY_FORMAT = 'f', KEY_BY = 'b', KEY_ENCODING = CMD_LONG_ONLY, KEY_PROGRESS };

/* In the order of the enums they stand for. */
static const char *const format_words[] = {"table", "json", "csv", "prometheus", NULL};
static const char *const by_words[] = {"code", "source", NULL};

static const struct cmd_option options[] = {
    {"format", KEY_FORMAT, "FORMAT", format_words,
     "table, json, csv or prometheus (default: table)"},
    {"by", KEY_BY, "WHAT", by_words, "a row for each code, or for each source (default: code)"},
    {"encoding", KEY_ENCODING, "NAME", NULL,
     "of the input, any that iconv knows (default: bytes as they are, UTF-16 by its mark)"},
    {"progress", KEY_PROGRESS, NULL, NULL,
     "show how far each file is read, where standard error is a terminal"},
    {0},
};

struct summary {
    struct gloss_summary_options look;
    const char *encoding;
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
    case KEY_ENCODING:
        s->encoding = value;
        return 0;
    default:
        s->progress = true;
        return 0;
    }
}

static int run_parsed(struct summary *s, const struct cmd_common *common,
                      const struct cmd_words *files)
{
    struct selection all = {0};
    struct filter f;
    int status, written;

    if (files->n == 0 && isatty(STDIN_FILENO))
        return say_error("summary", "nothing to count; name files, or pipe a log in");
    status = filter_open(&f, common, &all);
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
    .details = "Files may be compressed (gz, xz, zst, bz2, known by their content); '-' is "
               "standard input, as is no file at all when a log is piped in.\n\n",
    .examples = "  glossd summary app.log\n"
                "  glossd summary --by source /var/log/app/*.log\n"
                "  glossd summary --format json app.log | jq '.codes[0].code'\n"
                "  zcat app.log.*.gz | glossd summary -\n",
    .options = options,
    .option = on_option,
    .run = run,
};
