/* glossd annotate: logs with the explanation of each code beside its line. */

#include "app/batch/batch.h"
#include "app/batch/summary_report.h"
#include "app/batch/time_options.h"
#include "app/cli/cmd.h"
#include "app/common/message.h"
#include "core/base/util.h"
#include "io/files/write_all.h"
#include "io/output/output_file.h"

#include <unistd.h>

enum key {
    KEY_AFTER = 'A',
    KEY_BEFORE = 'B',
    KEY_CONTEXT = 'C',
    KEY_FORMAT = 'f',
    KEY_EMIT = 'e',
    KEY_MIN_SEVERITY = 'm',
    KEY_OUTPUT = 'o',
    KEY_SUMMARY = 's',
    KEY_ONLY = CMD_LONG_ONLY,
    KEY_ENCODING,
    KEY_EXIT_CODE,
    KEY_NO_SUMMARY,
    KEY_PROGRESS,
    KEY_SINCE,
    KEY_UNTIL,
    KEY_TIME_FORMAT,
    KEY_UTC,
};

/* These words are in the order of the enums that they mean. */
static const char *const format_words[] = {"text", "note", "json", "logfmt", NULL};
static const char *const emit_words[] = {"all", "matched", NULL};
static const char *const severity_words[] = {"info", "warning", "error", "critical", NULL};

static const struct cmd_option options[] = {
    {"format", KEY_FORMAT, "FORMAT", format_words,
     "text: notes behind the line; note: notes below the line, the default on a terminal; json: "
     "one object a line; logfmt: key=value"},
    {"emit", KEY_EMIT, "WHICH", emit_words,
     "all lines, or only those that are matched by a code (default: all)"},
    {"after-context", KEY_AFTER, "N", NULL, "write matched lines, and N lines after each"},
    {"before-context", KEY_BEFORE, "N", NULL, "write matched lines, and N lines before each"},
    {"context", KEY_CONTEXT, "N", NULL, "-A N and -B N together; -A or -B decides for its side"},
    {"only", KEY_ONLY, "CODE|GLOB", NULL,
     "use only this code, or the codes that fit; may be given several times"},
    {"min-severity", KEY_MIN_SEVERITY, "SEVERITY", severity_words,
     "use only codes of this severity or worse: info, warning, error or critical"},
    {"output", KEY_OUTPUT, "FILE", NULL, "write to this file (default: -, standard output)"},
    {"since", KEY_SINCE, "TIME", NULL, "read " TIME_SINCE_HELP},
    {"until", KEY_UNTIL, "TIME", NULL, "read " TIME_UNTIL_HELP},
    {"time-format", KEY_TIME_FORMAT, "FORM", NULL, TIME_FORMAT_HELP},
    {"utc", KEY_UTC, NULL, NULL, TIME_UTC_HELP},
    {"encoding", KEY_ENCODING, "NAME", NULL,
     "the encoding of the input, any that iconv knows (default: bytes as they are; UTF-16 and "
     "UTF-32 by their byte order marks)"},
    {"summary", KEY_SUMMARY, NULL, NULL,
     "write a summary to standard error at the end; the default when that is a terminal"},
    {"no-summary", KEY_NO_SUMMARY, NULL, NULL, "write no summary at the end"},
    {"exit-code", KEY_EXIT_CODE, NULL, NULL, "exit with status 1 when a code was seen"},
    {"progress", KEY_PROGRESS, NULL, NULL,
     "show how far each file is read, when standard error is a terminal"},
    {0},
};

struct annotate {
    struct selection selection;
    struct gloss_annotator_options look;
    bool format_given, emit_given;
    unsigned context; /* the value of -C, for the sides without -A or -B */
    bool after_given, before_given;
    const char *output, *encoding;
    struct time_options times;
    bool summary, exit_code, progress;
};

static int read_number(const char *option, const char *value, unsigned *ret_number)
{
    unsigned n = 0;

    for (const char *p = value; *p; p++) {
        if (*p < '0' || *p > '9' || n > 100000)
            return message_error(
                option, "'%s' is not a number of lines; give one from 0 to 1000000", value);
        n = n * 10 + (unsigned)(*p - '0');
    }
    if (!*value)
        return message_error(option, "the number of lines is empty; give one from 0 to 1000000");
    *ret_number = n;
    return 0;
}

static int read_context(struct annotate *a, int key, const char *value)
{
    unsigned n = 0;
    int r = read_number(key == KEY_AFTER    ? "--after-context"
                        : key == KEY_BEFORE ? "--before-context"
                                            : "--context",
                        value, &n);

    if (r != 0)
        return r;
    a->look.separate = true;
    switch (key) {
    case KEY_AFTER:
        a->look.context_after = n;
        a->after_given = true;
        return 0;
    case KEY_BEFORE:
        a->look.context_before = n;
        a->before_given = true;
        return 0;
    default:
        a->context = n;
        return 0;
    }
}

/* As in grep, -A and -B count more than -C, in any order. Context belongs to matched lines, so
 * asking for it means --emit=matched. */
static void settle_context(struct annotate *a)
{
    if (a->look.separate && !a->emit_given)
        a->look.emit = GLOSS_EMIT_MATCHED;
    if (!a->after_given)
        a->look.context_after = a->context;
    if (!a->before_given)
        a->look.context_before = a->context;
}

static int on_time_option(struct annotate *a, int key, const char *value)
{
    switch (key) {
    case KEY_SINCE:
        a->times.since_text = value;
        return 0;
    case KEY_UNTIL:
        a->times.until_text = value;
        return 0;
    case KEY_TIME_FORMAT:
        return time_options_format(&a->times, value);
    case KEY_UTC:
        a->times.utc = true;
        return 0;
    default:
        a->progress = true;
        return 0;
    }
}

static int on_option(void *state, int key, const char *value, int word)
{
    struct annotate *a = state;

    switch (key) {
    case KEY_FORMAT:
        a->look.format = (enum gloss_format)word;
        a->format_given = true;
        return 0;
    case KEY_EMIT:
        a->look.emit = (enum gloss_emit)word;
        a->emit_given = true;
        return 0;
    case KEY_AFTER:
    case KEY_BEFORE:
    case KEY_CONTEXT:
        return read_context(a, key, value);
    case KEY_ONLY:
        return selection_add(&a->selection, value);
    case KEY_MIN_SEVERITY:
        a->selection.min_severity = (enum gloss_severity)word;
        return 0;
    case KEY_OUTPUT:
        a->output = STREQ(value, "-") ? NULL : value;
        return 0;
    case KEY_ENCODING:
        a->encoding = value;
        return batch_check_encoding(value);
    case KEY_SUMMARY:
    case KEY_NO_SUMMARY:
        a->summary = key == KEY_SUMMARY;
        return 0;
    case KEY_EXIT_CODE:
        a->exit_code = true;
        return 0;
    default:
        return on_time_option(a, key, value);
    }
}

/* Whether all inputs are files that end, so that the output can be written aside until then. A name
 * that leads to nothing is said later, and nothing is written for it. */
static bool all_end(const struct words *files)
{
    for (size_t i = 0; i < files->n; i++) {
        struct stat st;
        int r = STREQ(files->items[i], "-") ? fstat(STDIN_FILENO, &st) : stat(files->items[i], &st);

        if (r == 0 && !S_ISREG(st.st_mode))
            return false;
    }
    return true;
}

/* An output that is also an input must not be emptied: it would be lost before it is read. */
static int check_output(const struct output_file *output, const char *path,
                        const struct words *files)
{
    for (size_t i = 0; i < files->n; i++) {
        struct stat st;
        int r = STREQ(files->items[i], "-") ? fstat(STDIN_FILENO, &st) : stat(files->items[i], &st);

        if (r == 0 && output_file_is(output, &st))
            return message_error(path, "is also an input; write to another file");
    }
    return EXIT_OK;
}

static int open_output(struct output_file **ret_output, const struct annotate *a,
                       const struct words *files)
{
    static char dash[] = "-";
    char *standard_input[] = {dash};
    const struct words implied = {.items = standard_input, .n = 1};
    const struct words *inputs = files->n > 0 ? files : &implied;
    CLEANUP(output_file_freep) struct output_file *output = NULL;
    struct link_refusal refusal;
    int r = output_file_open(&output, a->output, all_end(inputs), &refusal);

    if (r == 0 && a->output && check_output(output, a->output, inputs) != EXIT_OK)
        return EXIT_TROUBLE;
    if (r == OUTPUT_FILE_E_REFUSED)
        return message_error(a->output, "%s; name the file itself, or remove the link",
                             refusal.text);
    if (r == -ENOMEM)
        return message_no_memory();
    if (r == -ENOENT && a->output[0])
        return message_error(a->output,
                             "its folder does not exist; make it, or write to another file");
    if (r < 0)
        return message_error(a->output ? a->output : "standard output", "%s", message_reason(r));
    *ret_output = TAKE_PTR(output);
    return EXIT_OK;
}

static void choose_look(struct annotate *a, const struct common_options *common, int fd,
                        size_t n_files)
{
    bool terminal = isatty(fd);

    if (!a->format_given)
        a->look.format = terminal ? GLOSS_FORMAT_NOTE : GLOSS_FORMAT_TEXT;
    a->look.color = cmd_wants_color(common, fd);
    a->look.show_source = n_files > 1;
}

/* A blank line separates lines and summary when both are on a terminal. */
static void write_summary(struct batch *b, const struct annotate *a,
                          const struct common_options *common, int fd)
{
    const struct gloss_summary_options look = {.color = cmd_wants_color(common, STDERR_FILENO),
                                               .since_ns = b->since_ns,
                                               .counted_from_ns = b->since_ns,
                                               .zone = a->times.utc ? NULL : &b->clock.zone.base};

    if (isatty(fd) && isatty(STDERR_FILENO))
        write_all_bytes(STDERR_FILENO, "\n", 1);
    summary_report_write(b->counters, &look, STDERR_FILENO);
}

static int annotate_to(struct batch *b, struct annotate *a, const struct common_options *common,
                       const struct words *files, struct output_file *output)
{
    int status;

    choose_look(a, common, output_file_fd(output), files->n);
    b->output = output;
    b->output_name = a->output ? a->output : "standard output";
    b->look = a->look;
    batch_set_times(b, &a->times);
    b->is_command = cmd_exists;
    b->encoding = a->encoding;
    b->uncounted = !a->summary && !a->exit_code;
    b->progress.on = a->progress && isatty(STDERR_FILENO);
    status = batch_run(b, files);
    if (a->summary && !b->reader_gone)
        write_summary(b, a, common, output_file_fd(output));
    if (status == EXIT_OK && a->exit_code && batch_saw_code(b))
        return EXIT_SEEN;
    return status;
}

static int run_parsed(struct annotate *a, const struct common_options *common,
                      const struct words *files)
{
    CLEANUP(output_file_freep) struct output_file *output = NULL;
    struct batch batch;
    int status = time_options_read(&a->times);

    if (status != EXIT_OK)
        return status;
    status = batch_open(&batch, common, &a->selection);
    if (status == EXIT_OK)
        status = open_output(&output, a, files);
    if (status == EXIT_OK)
        status = annotate_to(&batch, a, common, files, output);
    batch_close(&batch);
    return status;
}

static int run(const struct cmd *cmd, int argc, char **argv)
{
    struct annotate a = {.summary = isatty(STDERR_FILENO)};
    struct common_options common = {0};
    struct words files;
    int status = cmd_parse(cmd, argc, argv, &common, &a, &files);

    settle_context(&a);
    if (status < 0)
        status = run_parsed(&a, &common, &files);
    selection_deinit(&a.selection);
    time_options_deinit(&a.times);
    cmd_common_deinit(&common);
    return status;
}

const struct cmd cmd_annotate = {
    .name = "annotate",
    .args = "[FILE...]",
    .summary = "write cause and solution beside each error code of a log",
    .details = "Files may be compressed with gzip, xz, zstd or bzip2, whatever their names are. "
               "'-' is standard input, and so is the absence of any file. The bytes of a line are "
               "never changed.\n\n",
    .examples = "  myapp 2>&1 | glossd\n  glossd app.log app.log.1.gz\n  glossd -C 3 app.log       "
                "                codes with three lines around each\n  glossd --only 'BIZ_*' "
                "--min-severity error app.log\n  glossd --format json app.log | jq .codes[]\n  "
                "glossd --exit-code app.log >/dev/null || echo there are codes\n",
    .options = options,
    .option = on_option,
    .run = run,
};
