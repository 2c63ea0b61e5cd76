/* Inputs are read one after the other, each through a pipeline of its own; counters, scanner and
 * sink are common to all. What goes wrong with an input is said and remembered, and the next one is
 * read; what goes wrong with the sink ends all.
 *
 * Interrupted at a pipe, it takes what the writer still has to say: both got the same Ctrl-C, and
 * the writer's last words are often the ones that matter. It waits for them a fifth of a second at
 * a time and a second in all, so that a writer that does not listen cannot keep it. */

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

#define CHUNK_BYTES (256 * 1024)
#define MAX_LINE_BYTES (1024 * 1024)
#define DRAIN_WAIT_MS 200
#define DRAIN_NS SECOND_NS

/* One input on its way. */
struct input {
    const char *path;  /* as given */
    const char *title; /* in messages */
    const char *name;  /* in counters and output */
    struct input_file *source;
    struct gloss_annotator *annotator;
    struct pipeline_output output;
    struct pipeline pipeline;
    struct since since;
    uint64_t drain_until_ns; /* 0: nobody interrupted */
};

static void trouble(struct prefilter *f, const char *thing, const char *what)
{
    progress_clear(&f->progress);
    f->status = message_error(thing, "%s", what);
}

static void hold_trouble(struct prefilter *f, int error)
{
    progress_clear(&f->progress);
    f->status =
        message_error("temporary file", "%s; TMPDIR names another folder", message_reason(error));
}

/* A pipeline ended with an error: of the sink, of the temporary file, or of memory. */
static void pipeline_trouble(struct prefilter *f, int error)
{
    f->finished = true;
    if (error == -EPIPE && !(f->hold && spool_failed(f->hold)))
        f->reader_gone = true;
    else if (error == -ENOMEM)
        f->status = message_no_memory();
    else if (f->hold && spool_failed(f->hold))
        hold_trouble(f, error);
    else
        trouble(f, f->sink_name, message_reason(error));
}

static int write_spans(void *ctx, const struct gloss_spans *spans)
{
    return output_file_write(ctx, spans);
}

static int write_bytes(void *ctx, const char *bytes, size_t n)
{
    return output_file_write_bytes(ctx, bytes, n);
}

static int input_open_source(struct prefilter *f, struct input *in)
{
    const struct input_file_options options = {.encoding = f->encoding, .wake_fd = f->wake_fd};
    struct stat st;
    int r = input_file_open(&in->source, in->path, &options);

    if (r == -ENOENT && f->is_command && f->is_command(in->path)) {
        trouble(f, in->title, "no such file; a subcommand stands before all options");
    } else if (r < 0) {
        trouble(f, in->title, message_reason(r));
    } else if (f->sink && fstat(input_file_fd(in->source), &st) == 0 &&
               output_file_is(f->sink, &st)) {
        trouble(f, in->title, "is also what is written to; write to another file");
        r = -ELOOP;
    }
    return r;
}

static int input_open_pipeline(struct prefilter *f, struct input *in)
{
    int r;

    in->pipeline = (struct pipeline){.scanner = f->scanner,
                                     .lines = f->lines,
                                     .counters = f->uncounted ? NULL : f->counters,
                                     .clock = &f->clock.base,
                                     .selected = f->selected};
    in->since = (struct since){.from_ns = f->since_ns};
    if (f->since_ns > 0)
        in->pipeline.since = &in->since;
    gloss_lines_reset(f->lines, 0);
    r = f->uncounted ? 0 : gloss_counters_source(f->counters, in->name, &in->pipeline.counts);
    if (r < 0 || !f->sink)
        return r;
    f->look.source = in->name;
    r = gloss_annotator_new(&in->annotator, &f->look, f->notes);
    in->output =
        (struct pipeline_output){.annotator = in->annotator, .write = write_spans, .ctx = f->sink};
    in->pipeline.outputs = &in->output;
    in->pipeline.n_outputs = 1;
    return r;
}

static void input_close(struct prefilter *f, struct input *in)
{
    /* In note a heading separates. */
    if (in->annotator && f->look.format == GLOSS_FORMAT_TEXT)
        f->look.goes_on |= gloss_annotator_has_begun(in->annotator);
    pipeline_deinit(&in->pipeline);
    gloss_annotator_free(in->annotator);
    input_file_free(in->source);
}

/* An interrupt was seen. Whether reading goes on, until the writer has fallen silent. */
static bool sinks(struct prefilter *f, struct input *in)
{
    struct pollfd wait = {.fd = input_file_fd(in->source), .events = POLLIN};
    uint64_t now = clock_steady_ns();

    if (in->drain_until_ns == 0) {
        f->finished = true;
        if (input_file_size(in->source) > 0) {
            trouble(f, in->title, "interrupted; the rest of it was not read");
            return false;
        }
        input_file_ignore_wake(in->source);
        in->drain_until_ns = now + DRAIN_NS;
    }
    return now < in->drain_until_ns && poll(&wait, 1, DRAIN_WAIT_MS) > 0;
}

static void read_trouble(struct prefilter *f, const struct input *in, int error)
{
    const char *problem = input_file_problem(in->source);

    trouble(f, in->title, problem ? problem : message_reason(error));
}

/* Reads once. Returns 1: go on; 0: the input has ended; or a negative errno of the pipeline. */
static int input_step(struct prefilter *f, struct input *in)
{
    char *place;
    size_t size;
    ssize_t n;
    int r;

    if (interrupt_came() && !sinks(f, in))
        return 0;
    r = gloss_lines_room(f->lines, &place, &size);
    if (r < 0)
        return r;
    n = input_file_read(in->source, place, size);
    if (n == -EINTR)
        return 1;
    if (n < 0)
        read_trouble(f, in, (int)n);
    if (n <= 0)
        return 0;
    clock_tick(&f->clock);
    progress_show(&f->progress, input_file_position(in->source), input_file_size(in->source));
    r = pipeline_feed(&in->pipeline, (size_t)n);
    return r < 0 ? r : 1;
}

static void remark(struct prefilter *f, const struct input *in, const char *text)
{
    progress_clear(&f->progress);
    message_warning(in->title, "%s", text);
}

static void say_remarks(struct prefilter *f, struct input *in)
{
    const char *text = input_file_remark(in->source);

    if (text)
        remark(f, in, text);
    if (in->annotator && gloss_annotator_context_cut(in->annotator) > 0)
        remark(f, in,
               "before a match at most 8 MiB of lines are shown, and there were more; give "
               "-B fewer lines");
    if (f->since_ns > 0 && !in->since.stamped && in->pipeline.stream.lines > 0)
        remark(f, in, "no line begins with a time, so none of them counts; leave --since away");
}

static void input_read(struct prefilter *f, struct input *in)
{
    int r;

    progress_start(&f->progress, in->name);
    while ((r = input_step(f, in)) > 0)
        ;
    if (r == 0)
        r = pipeline_end(&in->pipeline);
    if (r < 0)
        pipeline_trouble(f, r);
    else
        say_remarks(f, in);
    progress_clear(&f->progress);
}

static void run_input(struct prefilter *f, const char *path)
{
    bool is_stdin = STREQ(path, "-");
    struct input in = {.path = path,
                       .title = is_stdin ? "standard input" : path,
                       .name = is_stdin ? "stdin" : path};
    int r = input_open_source(f, &in);

    if (r == 0) {
        r = input_open_pipeline(f, &in);
        if (r < 0)
            pipeline_trouble(f, r);
        else
            input_read(f, &in);
    }
    input_close(f, &in);
}

/* What is needed only where lines go out. */
static int prepare_output(struct prefilter *f)
{
    int r = gloss_notes_new(&f->notes, f->set, f->look.format, f->look.color);

    if (r == 0)
        r = spool_new(&f->hold, write_bytes, f->sink, getenv("TMPDIR"));
    if (r < 0)
        return r;
    f->look.selected = f->selected;
    f->look.clock = &f->clock.base;
    f->look.hold = hold_interface(f->hold);
    return 0;
}

static void say_limit(const struct prefilter *f, const struct gloss_entry *entry)
{
    uint64_t n = gloss_scanner_limit_hits(f->scanner, entry);

    if (n > 0)
        message_warning(entry ? entry->code : "family or success",
                        "gave up on %llu line%s, too much work for PCRE2; make the pattern simpler",
                        (unsigned long long)n, n == 1 ? "" : "s");
}

static void say_limits(const struct prefilter *f)
{
    for (uint32_t id = 0; id < gloss_catalogs_n_entries(f->set); id++)
        say_limit(f, gloss_catalogs_entry(f->set, id));
    say_limit(f, NULL);
}

int batch_run(struct prefilter *f, const struct words *files)
{
    int r = f->sink ? prepare_output(f) : 0;

    if (r == 0)
        r = gloss_lines_new(&f->lines, CHUNK_BYTES, MAX_LINE_BYTES, /* offset= */ 0);
    if (r == 0)
        r = f->wake_fd = interrupt_catch();
    if (r < 0) {
        pipeline_trouble(f, r);
        return f->status;
    }
    if (files->n == 0)
        run_input(f, "-");
    for (size_t i = 0; i < files->n && !f->finished; i++) {
        f->look.completes = i + 1 < files->n;
        run_input(f, files->items[i]);
    }
    r = f->sink && !f->reader_gone && f->status == EXIT_OK ? output_file_finish(f->sink) : 0;
    if (r < 0)
        pipeline_trouble(f, r);
    say_limits(f);
    return f->status;
}

static int open_all(struct prefilter *f, const struct common_options *common)
{
    int r = catalog_loader_load(&f->set, common);

    if (r != EXIT_OK)
        return r;
    if (gloss_matcher_new(&f->matcher, f->set, &(struct gloss_matcher_options){0}) < 0 ||
        gloss_scanner_new(&f->scanner, f->matcher) < 0 ||
        gloss_counters_new(&f->counters, f->set) < 0)
        return message_no_memory();
    return EXIT_OK;
}

int batch_open(struct prefilter *f, const struct common_options *common,
               const struct selection *selection)
{
    int r;

    *f = (struct prefilter){.wake_fd = -1};
    clock_init(&f->clock);
    r = open_all(f, common);
    if (r == EXIT_OK)
        r = selection_apply(selection, f->set, &f->selected);
    return r;
}

void batch_close(struct prefilter *f)
{
    spool_free(f->hold);
    gloss_notes_free(f->notes);
    gloss_lines_free(f->lines);
    gloss_counters_free(f->counters);
    gloss_scanner_free(f->scanner);
    gloss_matcher_free(f->matcher);
    gloss_catalogs_free(f->set);
    free(f->selected);
}

int batch_check_encoding(const char *encoding)
{
    CLEANUP(gloss_decoder_freep) struct gloss_decoder *decoder = NULL;
    int r = gloss_decoder_new(&decoder, encoding);

    if (r == -ENOMEM)
        return message_no_memory();
    if (r < 0)
        return message_error("--encoding", "nobody knows '%s'; 'iconv -l' lists what there is",
                             encoding);
    return EXIT_OK;
}

bool batch_saw_code(const struct prefilter *f)
{
    for (size_t i = 0; i < gloss_counters_n_sources(f->counters); i++)
        if (gloss_counters_source_at(f->counters, i)->hits > 0)
            return true;
    return false;
}
