/* glossd summary: counts the codes of files, of what is piped in, or shows what the service has
 * counted.
 *
 * The options --state, --config and --watch mean the service, and so does a call without any word
 * at a terminal. The standard input of a script is not a terminal, so in a script only an option
 * can mean the service. */

#include "app/batch/batch.h"
#include "app/batch/interrupt.h"
#include "app/batch/summary_report.h"
#include "app/batch/time_options.h"
#include "app/cli/cmd.h"
#include "app/cli/screen.h"
#include "app/common/message.h"
#include "app/common/units.h"
#include "app/common/zone.h"
#include "app/config/config.h"
#include "app/inspect/state_report.h"
#include "core/base/nanoseconds.h"
#include "core/base/util.h"

#include <limits.h>
#include <poll.h>
#include <unistd.h>

#define WATCH_DEFAULT "2s"
#define WATCH_MIN_MS 100

enum key {
    KEY_FORMAT = 'f',
    KEY_BY = 'b',
    KEY_STATE = CMD_LONG_ONLY,
    KEY_CONFIG,
    KEY_ENCODING,
    KEY_PROGRESS,
    KEY_SINCE,
    KEY_UNTIL,
    KEY_TIME_FORMAT,
    KEY_UTC,
    KEY_WATCH
};

/* These words are in the order of the enums that they mean. */
static const char *const format_words[] = {"table", "json", "csv", "prometheus", NULL};
static const char *const by_words[] = {"code", "source", NULL};

static const struct cmd_option options[] = {
    {"format", KEY_FORMAT, "FORMAT", format_words,
     "table, json, csv or prometheus (default: table)"},
    {"by", KEY_BY, "WHAT", by_words, "a row for each code, or for each source (default: code)"},
    {"state", KEY_STATE, "FILE", NULL,
     "show the counts of the service with this state (default: the state that the configuration "
     "names, else " CONFIG_DEFAULT_STATE ")"},
    {"config", KEY_CONFIG, "FILE", NULL,
     "the configuration of the service, which names state and catalogs "
     "(default: " CONFIG_DEFAULT_FILE ")"},
    {"encoding", KEY_ENCODING, "NAME", NULL,
     "the encoding of the input, any that iconv knows (default: bytes as they are; UTF-16 and "
     "UTF-32 by their byte order marks)"},
    {"progress", KEY_PROGRESS, NULL, NULL,
     "show how far each file is read, when standard error is a terminal"},
    {"since", KEY_SINCE, "TIME", NULL, "count " TIME_SINCE_HELP},
    {"until", KEY_UNTIL, "TIME", NULL, "of files, count " TIME_UNTIL_HELP},
    {"time-format", KEY_TIME_FORMAT, "FORM", NULL, TIME_FORMAT_HELP},
    {"utc", KEY_UTC, NULL, NULL, TIME_UTC_HELP},
    {"watch", KEY_WATCH, "=INTERVAL", NULL,
     "show the counts of the service again and again, on a terminal in place (default: "
     "each " WATCH_DEFAULT ")"},
    {0},
};

struct summary {
    struct gloss_summary_options look;
    const char *encoding;
    const char *state, *config;
    bool progress;
    const char *watch_text; /* NULL: not asked for */
    struct time_options times;
    struct zone zone; /* of the machine, for tables */
    int interval_ms;
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
        return batch_check_encoding(value);
    case KEY_SINCE:
        s->times.since_text = value;
        return 0;
    case KEY_UNTIL:
        s->times.until_text = value;
        return 0;
    case KEY_TIME_FORMAT:
        return time_options_format(&s->times, value);
    case KEY_UTC:
        s->times.utc = true;
        return 0;
    case KEY_WATCH:
        s->watch_text = value ? value : WATCH_DEFAULT;
        return 0;
    default:
        s->progress = true;
        return 0;
    }
}

/* ---- of the service ---- */

static struct state_report_options options_of(const struct summary *s,
                                              const struct common_options *common)
{
    return (struct state_report_options){.common = common,
                                         .state = s->state,
                                         .config = s->config,
                                         .since = s->times.since_text ? &s->times.since : NULL};
}

/* The counters of a stopped service look like those of a quiet one, so the table says how old they
 * are. */
static void put_age(const struct summary *s, const struct state_report *r, struct gloss_buf *out)
{
    char since[GLOSS_STAMP_BYTES], committed[GLOSS_STAMP_BYTES];
    const char *zone;

    gloss_stamp_local(r->since_ns, s->look.zone, since);
    zone = gloss_stamp_local(r->committed_ns, s->look.zone, committed);
    if (r->asked_ns > 0)
        gloss_buf_printf(out, "counted by the service in whole minutes, and in whole hours when "
                              "more than a day ago,\n");
    else
        gloss_buf_printf(out, "counted by the service since %.19s, ", since);
    gloss_buf_printf(out, "as of %.19s %s\n", committed, zone);
}

static void put_report(struct summary *s, const struct state_report *r,
                       const struct common_options *common, struct gloss_buf *out)
{
    s->look.color = cmd_wants_color(common, STDOUT_FILENO);
    s->look.since_ns = r->asked_ns;
    s->look.counted_from_ns = r->from_ns;
    s->look.whole_from_ns = r->whole_ns > r->from_ns ? r->whole_ns : 0;
    summary_report_append(r->counters, &s->look, STDOUT_FILENO, out);
    if (s->look.format == GLOSS_SUMMARY_TABLE)
        put_age(s, r, out);
}

static int write_report(struct summary *s, const struct state_report *r,
                        const struct common_options *common, struct screen *screen)
{
    CLEANUP(gloss_buf_deinit) struct gloss_buf text = {0};

    put_report(s, r, common, &text);
    if (s->watch_text && !screen->on && s->look.format == GLOSS_SUMMARY_TABLE)
        gloss_buf_char(&text, '\n');
    if (text.failed)
        return message_no_memory();
    if (screen->on)
        return screen_draw(screen, gloss_buf_view(&text)) < 0 ? EXIT_TROUBLE : EXIT_OK;
    return message_answer(text.ptr, text.len);
}

static void warn_about(const struct state_report *r)
{
    uint64_t orphans = state_report_orphans(r);
    char whole[GLOSS_STAMP_BYTES];

    if (orphans > 0)
        message_warning(
            r->state,
            "%llu hits are of codes that are not in these catalogs; --catalog names others",
            (unsigned long long)orphans);
    if (r->asked_ns > 0 && r->whole_ns > r->from_ns) {
        gloss_stamp_write(r->whole_ns, whole);
        whole[10] = ' ';
        message_warning(r->state,
                        "its history is complete only since %.19s UTC; some of what was counted "
                        "before may be missing here",
                        whole);
    }
}

/* Waits for the next look. False: the command was interrupted, or its reader has gone. */
static bool waits(const struct summary *s, int wake_fd)
{
    struct pollfd fds[] = {{.fd = wake_fd, .events = POLLIN}, {.fd = STDOUT_FILENO}};

    if (poll(fds, ARRAY_SIZE(fds), s->interval_ms) < 0)
        return !interrupt_came();
    return fds[0].revents == 0 && fds[1].revents == 0;
}

/* Warnings are written before the first look, because later the table would be drawn over them. */
static int watch(struct summary *s, struct state_report *r, const struct common_options *common)
{
    const struct state_report_options asked = options_of(s, common);
    struct screen screen = {.on = false};
    int wake_fd = interrupt_catch_all(), status;

    if (wake_fd < 0)
        return message_error("--watch", "%s", message_reason(wake_fd));
    if (s->look.format == GLOSS_SUMMARY_TABLE)
        screen_open(&screen, STDOUT_FILENO);
    do
        status = write_report(s, r, common, &screen);
    while (status == EXIT_OK && waits(s, wake_fd) &&
           (status = state_report_again(r, &asked)) == EXIT_OK);
    screen_close(&screen);
    return status;
}

static int answer(struct summary *s, struct state_report *r, const struct common_options *common)
{
    struct screen none = {.on = false};
    int status;

    if (s->watch_text) {
        warn_about(r);
        return watch(s, r, common);
    }
    status = write_report(s, r, common, &none);
    warn_about(r);
    return status;
}

static int run_on_state(struct summary *s, const struct common_options *common)
{
    const struct state_report_options asked = options_of(s, common);
    struct state_report r;
    int status = state_report_open(&r, &asked);

    if (status == EXIT_OK)
        status = answer(s, &r, common);
    state_report_close(&r);
    return status;
}

/* ---- of logs ---- */

static int run_on_logs(struct summary *s, const struct common_options *common,
                       const struct words *files)
{
    struct selection all = {0};
    struct batch batch;
    int status = batch_open(&batch, common, &all), written;

    if (status == EXIT_OK) {
        batch.is_command = cmd_exists;
        batch.encoding = s->encoding;
        batch_set_times(&batch, &s->times);
        s->look.since_ns = s->look.counted_from_ns = batch.since_ns;
        batch.progress.on = s->progress && isatty(STDERR_FILENO);
        status = batch_run(&batch, files);
        s->look.color = cmd_wants_color(common, STDOUT_FILENO);
        written = summary_report_write(batch.counters, &s->look, STDOUT_FILENO);
        if (status == EXIT_OK)
            status = written;
    }
    batch_close(&batch);
    return status;
}

/* ---- the command ---- */

static int read_times(struct summary *s)
{
    zone_init(&s->zone, /* name= */ NULL);
    s->look.zone = s->times.utc ? NULL : &s->zone.base;
    if (s->times.since_text && s->look.format == GLOSS_SUMMARY_PROMETHEUS)
        return message_error("--since", "counters of Prometheus may only grow; use another format, "
                                        "or let Prometheus compute the increase");
    return time_options_read(&s->times);
}

static int read_interval(struct summary *s)
{
    uint64_t ns;
    size_t at;

    if (!s->watch_text)
        return EXIT_OK;
    if (units_duration(gloss_span_str(s->watch_text), &ns, &at) != 0)
        return message_error("--watch", "'%s' is not an interval; use --watch=2s or --watch=500ms",
                             s->watch_text);
    if (ns < WATCH_MIN_MS * MS_NS || ns / MS_NS > INT_MAX)
        return message_error("--watch", "'%s' is out of range; use 100ms to 24d", s->watch_text);
    s->interval_ms = (int)(ns / MS_NS);
    return EXIT_OK;
}

static int run_parsed(struct summary *s, const struct common_options *common,
                      const struct words *files)
{
    bool asks = s->state || s->config || s->watch_text;

    if (asks && files->n > 0)
        return message_error(s->state    ? "--state"
                             : s->config ? "--config"
                                         : "--watch",
                             "shows the counts of a service, and a FILE is counted by itself; give "
                             "only one of them");
    if (read_times(s) != EXIT_OK || read_interval(s) != EXIT_OK)
        return EXIT_TROUBLE;
    if (asks || (files->n == 0 && isatty(STDIN_FILENO))) {
        if (s->times.until_text)
            return message_error("--until", "the history of a service is shown up to now; use "
                                            "--until with files");
        return run_on_state(s, common);
    }
    return run_on_logs(s, common, files);
}

static int run(const struct cmd *cmd, int argc, char **argv)
{
    struct summary s = {0};
    struct common_options common = {0};
    struct words files;
    int status = cmd_parse(cmd, argc, argv, &common, &s, &files);

    if (status < 0)
        status = run_parsed(&s, &common, &files);
    time_options_deinit(&s.times);
    cmd_common_deinit(&common);
    return status;
}

const struct cmd cmd_summary = {
    .name = "summary",
    .args = "[FILE...]",
    .summary = "count the error codes of logs: how many of which, since when",
    .details =
        "With --state, --config or --watch, or without a FILE at a terminal, it shows what the "
        "service has counted. The service may run or not.\n\n"
        "With --since it counts what happened "
        "since then. The service has kept that by the minute for a day and by the hour for 30 "
        "days. In a file, the lines count whose own time is not before that time.\n\n"
        "Files may be "
        "compressed with gzip, xz, zstd or bzip2, whatever their names are. '-' is standard input, "
        "and so is the absence of any file when a log is piped in.\n\n",
    .examples = "  glossd summary\n"
                "  glossd summary --state /var/lib/glossd/state.db --format json\n"
                "  glossd summary --watch --since 15m\n"
                "  glossd summary app.log\n"
                "  glossd summary --since 2h app.log\n"
                "  glossd summary --by source /var/log/app/*.log\n"
                "  glossd summary --format json app.log | jq '.codes[0].code'\n"
                "  zcat app.log.*.gz | glossd summary -\n",
    .options = options,
    .option = on_option,
    .run = run,
};
