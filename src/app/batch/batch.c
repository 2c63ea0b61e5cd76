/* Inputs are read one after the other, each through a pipeline of its own; scanner, counters and
 * output are the same for all inputs. A failure of an input sets the exit status, and the next
 * input is read; a failure of the output ends the run.
 *
 * After an interrupt a pipe is read on for a while: its writer got the same Ctrl-C, and its last
 * lines are often those that matter. Reading goes on until nothing has come for 0.2 s, and for one
 * second at the most, since a writer may ignore the interrupt. A file is not read on. */

#include "app/batch/batch.h"

#include "app/batch/interrupt.h"
#include "app/common/catalog_loader.h"
#include "app/common/exit_status.h"
#include "app/common/message.h"
#include "app/common/pipeline.h"
#include "core/base/nanoseconds.h"
#include "core/base/util.h"
#include "io/files/spool.h"
#include "io/input/input_file.h"
#include "io/output/output_file.h"

#include <gloss/decode.h>
#include <poll.h>
#include <stdio.h>

#define CHUNK_BYTES (256 * 1024)
#define MAX_LINE_BYTES (1024 * 1024)
#define DRAIN_WAIT_MS 200
#define DRAIN_NS SECOND_NS

/* The input that is read now. */
struct input {
    const char *path;  /* as given */
    const char *title; /* for messages */
    const char *name;  /* for counters and output */
    struct input_file *file;
    struct gloss_annotator *annotator;
    struct pipeline_output output;
    struct pipeline pipeline;
    struct since since;
    struct gloss_times *times;
    uint64_t drain_until_ns; /* after an interrupt reading ends then; 0: none came */
};

static void fail(struct batch *b, const char *thing, const char *what)
{
    progress_clear(&b->progress);
    b->status = message_error(thing, "%s", what);
}

static void spool_failure(struct batch *b, int error)
{
    progress_clear(&b->progress);
    b->status =
        message_error("temporary file", "%s; TMPDIR names another folder", message_reason(error));
}

/* The error is that of the output, of the temporary file, or of memory. */
static void pipeline_failed(struct batch *b, int error)
{
    b->finished = true;
    if (error == -EPIPE && !(b->spool && spool_failed(b->spool)))
        b->reader_gone = true;
    else if (error == -ENOMEM)
        b->status = message_no_memory();
    else if (b->spool && spool_failed(b->spool))
        spool_failure(b, error);
    else
        fail(b, b->output_name, message_reason(error));
}

static int write_spans(void *ctx, const struct gloss_spans *spans)
{
    return output_file_write(ctx, spans);
}

static int write_bytes(void *ctx, const char *bytes, size_t n)
{
    return output_file_write_bytes(ctx, bytes, n);
}

static int input_open_file(struct batch *b, struct input *in)
{
    const struct input_file_options options = {.encoding = b->encoding, .wake_fd = b->wake_fd};
    struct stat st;
    int r = input_file_open(&in->file, in->path, &options);

    if (r == -ENOENT && b->is_command && b->is_command(in->path)) {
        fail(b, in->title, "no such file; write a subcommand before all options");
    } else if (r < 0) {
        fail(b, in->title, message_reason(r));
    } else if (b->output && fstat(input_file_fd(in->file), &st) == 0 &&
               output_file_is(b->output, &st)) {
        fail(b, in->title, "is also the output; write to another file");
        r = -ELOOP;
    }
    b->n_opened += r == 0;
    return r;
}

static bool has_range(const struct batch *b)
{
    return b->since_ns > 0 || b->until_ns > 0;
}

/* Whether somebody asks for the times of lines. */
static bool wants_times(const struct batch *b)
{
    return !b->uncounted || has_range(b) || b->look.format == GLOSS_FORMAT_JSON ||
           b->look.format == GLOSS_FORMAT_LOGFMT;
}

/* When a compressed file was written, by its header (RFC 1952); 0: it does not say that. */
static uint64_t time_in_header(int fd)
{
    unsigned char head[8];

    if (pread(fd, head, sizeof(head), 0) != (ssize_t)sizeof(head) || head[0] != 0x1f ||
        head[1] != 0x8b)
        return 0;
    return (head[4] | (uint64_t)head[5] << 8 | (uint64_t)head[6] << 16 | (uint64_t)head[7] << 24) *
           SECOND_NS;
}

/* Makes what reads the times of the input. What is no file is being written now. */
static int input_open_times(struct batch *b, struct input *in)
{
    int fd = input_file_fd(in->file);
    struct stat st;
    bool is_file = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
    struct gloss_times_options options = {.clock = &b->clock.base,
                                          .formats = b->time_formats,
                                          .n_formats = b->n_time_formats,
                                          .kind = is_file ? GLOSS_TIMES_FILE : GLOSS_TIMES_LIVE};
    uint64_t header_ns = is_file ? time_in_header(fd) : 0;

    if (!wants_times(b))
        return 0;
    if (is_file)
        in->pipeline.stream.times.changed_ns = header_ns > 0 ? header_ns : timespec_ns(st.st_mtim);
    return gloss_times_new(&in->times, &options);
}

static int input_open_pipeline(struct batch *b, struct input *in)
{
    int r;

    in->pipeline = (struct pipeline){.scanner = b->scanner,
                                     .lines = b->lines,
                                     .counters = b->uncounted ? NULL : b->counters,
                                     .selected = b->selected};
    r = input_open_times(b, in);
    if (r < 0)
        return r;
    in->pipeline.times = in->times;
    in->since = (struct since){.from_ns = b->since_ns, .until_ns = b->until_ns};
    if (has_range(b))
        in->pipeline.since = &in->since;
    gloss_lines_reset(b->lines, 0);
    r = b->uncounted ? 0 : gloss_counters_source(b->counters, in->name, &in->pipeline.counts);
    if (r < 0 || !b->output)
        return r;
    b->look.source = in->name;
    b->look.times = in->times;
    r = gloss_annotator_new(&in->annotator, &b->look, b->notes);
    in->output = (struct pipeline_output){
        .annotator = in->annotator, .write = write_spans, .ctx = b->output};
    in->pipeline.outputs = &in->output;
    in->pipeline.n_outputs = 1;
    return r;
}

static void input_close(struct batch *b, struct input *in)
{
    /* Inputs in the format "note" are set apart by headings instead. */
    if (in->annotator && b->look.format == GLOSS_FORMAT_TEXT)
        b->look.goes_on |= gloss_annotator_has_begun(in->annotator);
    pipeline_deinit(&in->pipeline);
    gloss_annotator_free(in->annotator);
    gloss_times_free(in->times);
    input_file_free(in->file);
}

/* Called for each read after an interrupt. Whether there is something to read. */
static bool goes_on_draining(struct batch *b, struct input *in)
{
    struct pollfd wait = {.fd = input_file_fd(in->file), .events = POLLIN};
    uint64_t now = clock_steady_ns();

    if (in->drain_until_ns == 0) {
        b->finished = true;
        if (input_file_size(in->file) > 0) {
            fail(b, in->title, "interrupted; its rest was not read");
            return false;
        }
        input_file_ignore_wake(in->file);
        in->drain_until_ns = now + DRAIN_NS;
    }
    return now < in->drain_until_ns && poll(&wait, 1, DRAIN_WAIT_MS) > 0;
}

static void read_failed(struct batch *b, const struct input *in, int error)
{
    const char *problem = input_file_problem(in->file);

    fail(b, in->title, problem ? problem : message_reason(error));
}

/* One read. Returns 1: the input goes on; 0: it has ended, or its failure was reported; or a
 * negative errno of the pipeline. */
static int input_step(struct batch *b, struct input *in)
{
    char *place;
    size_t size;
    ssize_t n;
    int r;

    if (interrupt_came() && !goes_on_draining(b, in))
        return 0;
    r = gloss_lines_room(b->lines, &place, &size);
    if (r < 0)
        return r;
    n = input_file_read(in->file, place, size);
    if (n == -EINTR)
        return 1;
    if (n < 0)
        read_failed(b, in, (int)n);
    if (n <= 0)
        return 0;
    clock_tick(&b->clock);
    progress_show(&b->progress, input_file_position(in->file), input_file_size(in->file));
    r = pipeline_feed(&in->pipeline, (size_t)n);
    return r < 0 ? r : 1;
}

static void warn(struct batch *b, const struct input *in, const char *text)
{
    progress_clear(&b->progress);
    message_warning(in->title, "%s", text);
}

/* What could not be told of the times of an input. */
static void warn_of_times(struct batch *b, struct input *in)
{
    const struct gloss_time_memory *m = &in->pipeline.stream.times;
    char text[160];

    if (m->zone[0] != '\0') {
        snprintf(text, sizeof(text),
                 "'%s' is the name of several time zones, so times with it are not read; set TZ to "
                 "the zone of the log",
                 m->zone);
        warn(b, in, text);
    }
    if (has_range(b) && !in->since.stamped && in->pipeline.stream.lines > 0)
        warn(b, in,
             "no line has a time that can be read, so no line counts; --time-format tells "
             "how times look");
    else if (m->untimed > 0)
        warn(b, in,
             "some of its lines have no time that can be read; --time-format tells how "
             "times look");
}

static void warn_of_input(struct batch *b, struct input *in)
{
    const char *text = input_file_remark(in->file);

    if (text)
        warn(b, in, text);
    if (in->annotator && gloss_annotator_context_cut(in->annotator) > 0)
        warn(b, in,
             "at most 8 MiB of lines are shown before a match, and there were more; give -B fewer "
             "lines");
    warn_of_times(b, in);
}

static void input_read(struct batch *b, struct input *in)
{
    int r;

    progress_start(&b->progress, in->name);
    while ((r = input_step(b, in)) > 0)
        ;
    if (r == 0)
        r = pipeline_end(&in->pipeline);
    if (r < 0)
        pipeline_failed(b, r);
    else
        warn_of_input(b, in);
    progress_clear(&b->progress);
}

static void run_input(struct batch *b, const char *path)
{
    bool is_stdin = STREQ(path, "-");
    struct input in = {.path = path,
                       .title = is_stdin ? "standard input" : path,
                       .name = is_stdin ? "stdin" : path};
    int r = input_open_file(b, &in);

    if (r == 0) {
        r = input_open_pipeline(b, &in);
        if (r < 0)
            pipeline_failed(b, r);
        else
            input_read(b, &in);
    }
    input_close(b, &in);
}

/* Summary has no output and needs none of this. */
static int prepare_output(struct batch *b)
{
    int r = gloss_notes_new(&b->notes, b->set, b->look.format, b->look.color);

    if (r == 0)
        r = spool_new(&b->spool, write_bytes, b->output, getenv("TMPDIR"));
    if (r < 0)
        return r;
    b->look.selected = b->selected;
    b->look.hold = spool_interface(b->spool);
    return 0;
}

static void warn_of_limit(const struct batch *b, const struct gloss_entry *entry)
{
    uint64_t n = gloss_scanner_limit_hits(b->scanner, entry);

    if (n > 0)
        message_warning(
            entry ? entry->code : "family or success",
            "gave up on %llu line%s, which took too much work; make the pattern simpler",
            (unsigned long long)n, n == 1 ? "" : "s");
}

static void warn_of_limits(const struct batch *b)
{
    for (uint32_t id = 0; id < gloss_catalogs_n_entries(b->set); id++)
        warn_of_limit(b, gloss_catalogs_entry(b->set, id));
    warn_of_limit(b, NULL);
}

/* A file is not replaced by what an interrupt, or a failure to write, left unfinished, nor where no
 * input could be opened, as when its name was mistyped. */
static void finish_output(struct batch *b)
{
    bool is_whole = b->n_opened > 0 && !b->finished;
    int r = 0;

    if (b->output && !b->reader_gone && (is_whole || b->status == EXIT_OK))
        r = output_file_finish(b->output, is_whole);
    if (r < 0)
        pipeline_failed(b, r);
}

int batch_run(struct batch *b, const struct words *files)
{
    int r = b->output ? prepare_output(b) : 0;

    if (r == 0)
        r = gloss_lines_new(&b->lines, CHUNK_BYTES, MAX_LINE_BYTES, /* offset= */ 0);
    if (r == 0)
        r = b->wake_fd = interrupt_catch();
    if (r < 0) {
        pipeline_failed(b, r);
        return b->status;
    }
    if (files->n == 0)
        run_input(b, "-");
    for (size_t i = 0; i < files->n && !b->finished; i++) {
        b->look.completes = i + 1 < files->n;
        run_input(b, files->items[i]);
    }
    finish_output(b);
    warn_of_limits(b);
    return b->status;
}

static int open_all(struct batch *b, const struct common_options *common)
{
    int r = catalog_loader_load(&b->set, common);

    if (r != EXIT_OK)
        return r;
    if (gloss_matcher_new(&b->matcher, b->set, &(struct gloss_matcher_options){0}) < 0 ||
        gloss_scanner_new(&b->scanner, b->matcher) < 0 ||
        gloss_counters_new(&b->counters, b->set) < 0)
        return message_no_memory();
    return EXIT_OK;
}

int batch_open(struct batch *b, const struct common_options *common,
               const struct selection *selection)
{
    int r;

    *b = (struct batch){.wake_fd = -1};
    clock_init(&b->clock);
    r = open_all(b, common);
    if (r == EXIT_OK)
        r = selection_apply(selection, b->set, &b->selected);
    return r;
}

void batch_set_times(struct batch *b, const struct time_options *times)
{
    uint64_t now_ns = b->clock.base.now_ns;

    b->since_ns = times->since_text ? time_argument_ns(&times->since, now_ns) : 0;
    b->until_ns = times->until_text ? time_argument_ns(&times->until, now_ns) : 0;
    b->time_formats = times->formats;
    b->n_time_formats = times->n_formats;
}

void batch_close(struct batch *b)
{
    spool_free(b->spool);
    gloss_notes_free(b->notes);
    gloss_lines_free(b->lines);
    gloss_counters_free(b->counters);
    gloss_scanner_free(b->scanner);
    gloss_matcher_free(b->matcher);
    gloss_catalogs_free(b->set);
    free(b->selected);
}

int batch_check_encoding(const char *encoding)
{
    CLEANUP(gloss_decoder_freep) struct gloss_decoder *decoder = NULL;
    int r = gloss_decoder_new(&decoder, encoding);

    if (r == -ENOMEM)
        return message_no_memory();
    if (r < 0)
        return message_error("--encoding", "unknown encoding '%s'; 'iconv -l' lists the encodings",
                             encoding);
    return EXIT_OK;
}

bool batch_saw_code(const struct batch *b)
{
    for (size_t i = 0; i < gloss_counters_n_sources(b->counters); i++)
        if (gloss_counters_source_at(b->counters, i)->hits > 0)
            return true;
    return false;
}
