/* Files and standard output both write through a sink_file. Standard output has no path, so it
 * cannot be cut back. A reload may come in the middle of one of its lines, so the sink_file with
 * the bytes that wait passes from one configuration to the next. */

#include "app/connectors/file_sink.h"

#include "core/base/util.h"
#include "io/output/sink_file.h"

struct file_sink {
    struct sink sink;
    struct sink_file *file;
};

static struct file_sink *of(const struct sink *s)
{
    return container_of(s, struct file_sink, sink);
}

/* ---- operations ---- */

static int make(struct sink **ret_sink, const char *path, mode_t mode)
{
    struct file_sink *f = calloc(1, sizeof(*f));
    int r;

    if (!f)
        return -ENOMEM;
    r = sink_file_new(&f->file, path, mode);
    if (r < 0) {
        free(f);
        return r;
    }
    f->sink.name = sink_file_name(f->file);
    *ret_sink = &f->sink;
    return 0;
}

static int make_file(struct sink **ret_sink, const struct config_sink *config)
{
    const struct file_sink_settings *settings = config->settings;

    return make(ret_sink, settings->path, settings->mode);
}

static int make_stdout(struct sink **ret_sink, const struct config_sink *config)
{
    (void)config;
    return make(ret_sink, /* path= */ NULL, /* mode= */ 0);
}

static void file_sink_free(struct sink *s)
{
    sink_file_free(of(s)->file);
    free(of(s));
}

static int file_sink_open(struct sink *s)
{
    return sink_file_open(of(s)->file);
}

static bool file_sink_is_open(const struct sink *s)
{
    return sink_file_is_open(of(s)->file);
}

static bool file_sink_identity(const struct sink *s, struct sink_file_identity *ret_identity)
{
    return sink_file_identity(of(s)->file, ret_identity);
}

static int file_sink_write(struct sink *s, const struct gloss_spans *spans)
{
    return sink_file_write(of(s)->file, spans);
}

static bool file_sink_is_blocked(const struct sink *s)
{
    return sink_file_is_blocked(of(s)->file);
}

static int file_sink_retry(struct sink *s)
{
    return sink_file_retry(of(s)->file);
}

static int file_sink_failure(const struct sink *s)
{
    return sink_file_failure(of(s)->file);
}

static const char *file_sink_mend(int error)
{
    return error == -EROFS   ? "; under systemd name its folder in ReadWritePaths="
           : error == -ELOOP ? "; it is a link, name the file itself"
                             : NULL;
}

static struct gloss_span file_sink_pending(const struct sink *s)
{
    return sink_file_pending(of(s)->file);
}

static int file_sink_restore_pending(struct sink *s, struct gloss_span bytes)
{
    return sink_file_restore_pending(of(s)->file, bytes);
}

static bool file_sink_position(struct sink *s, struct sink_position *ret_position)
{
    return sink_file_position(of(s)->file, ret_position);
}

static int file_sink_cut_back(struct sink *s, const struct sink_position *position)
{
    return sink_file_cut_back(s->name, position);
}

static int file_sink_sync(struct sink *s)
{
    return sink_file_sync(of(s)->file);
}

static bool file_sink_was_cut(const struct sink *s)
{
    return sink_file_was_cut(of(s)->file);
}

static bool file_sink_was_moved(const struct sink *s)
{
    return sink_file_was_moved(of(s)->file);
}

/* Swaps the sink_files. The pending bytes of the state are whole lines, but the start of the first
 * one may be written already, which only the former sink_file knows. */
static void stdout_sink_inherit(struct sink *s, struct sink *former)
{
    struct sink_file *opened = of(s)->file;

    of(s)->file = of(former)->file;
    of(former)->file = opened;
    s->name = sink_file_name(of(s)->file);
    former->name = sink_file_name(of(former)->file);
}

static const struct sink_ops file_ops = {
    .make = make_file,
    .free = file_sink_free,
    .open = file_sink_open,
    .is_open = file_sink_is_open,
    .identity = file_sink_identity,
    .write = file_sink_write,
    .is_blocked = file_sink_is_blocked,
    .retry = file_sink_retry,
    .failure = file_sink_failure,
    .mend = file_sink_mend,
    .pending = file_sink_pending,
    .restore_pending = file_sink_restore_pending,
    .position = file_sink_position,
    .cut_back = file_sink_cut_back,
    .sync = file_sink_sync,
    .was_cut = file_sink_was_cut,
    .was_moved = file_sink_was_moved,
};

static const struct sink_ops stdout_ops = {
    .make = make_stdout,
    .free = file_sink_free,
    .open = file_sink_open,
    .is_open = file_sink_is_open,
    .identity = file_sink_identity,
    .write = file_sink_write,
    .is_blocked = file_sink_is_blocked,
    .retry = file_sink_retry,
    .failure = file_sink_failure,
    .pending = file_sink_pending,
    .restore_pending = file_sink_restore_pending,
    .inherit = stdout_sink_inherit,
};

/* ---- configuration ---- */

static const char *file_path(const void *settings)
{
    return ((const struct file_sink_settings *)settings)->path;
}

static const char *stdout_name(const void *settings)
{
    (void)settings;
    return "stdout";
}

#define AT(member) .offset = offsetof(struct file_sink_settings, member)
static const struct file_sink_settings file_defaults = {.mode = 0640};
static const struct config_field file_fields[] = {
    {"file", CONFIG_PATH, AT(path)},
    {"mode", CONFIG_MODE, AT(mode)},
};
#undef AT

static const struct config_field stdout_fields[] = {{"stdout", CONFIG_BOOL, .offset = 0}};

const struct sink_kind file_sink_kind = {
    .config = {.key = "file",
               .shown = "'file'",
               .is = "sink is a file",
               .table = {.fields = file_fields,
                         .n_fields = ARRAY_SIZE(file_fields),
                         .size = sizeof(struct file_sink_settings),
                         .defaults = &file_defaults},
               .name = file_path,
               .identity = file_path,
               .path = file_path},
    .ops = &file_ops,
};

const struct sink_kind stdout_sink_kind = {
    .config = {.key = "stdout",
               .shown = "'stdout: true'",
               .is = "sink is standard output",
               .table = {.fields = stdout_fields,
                         .n_fields = ARRAY_SIZE(stdout_fields),
                         .size = sizeof(bool)},
               .name = stdout_name,
               .only_one = "standard output"},
    .ops = &stdout_ops,
};
