/* Standard input and FIFOs are both read through stream_lines, which keep the lines that no
 * checkpoint has. The state has no position of them, because they cannot be read again. */

#include "app/connectors/stream_source.h"

#include "app/config/config_probe.h"
#include "app/connectors/stream_lines.h"
#include "core/base/util.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

struct stream_source {
    struct source source;
    struct stream_lines *lines;
};

static struct stream_source *of(const struct source *s)
{
    return container_of(s, struct stream_source, source);
}

/* NULL: standard input. */
static const char *path_of(const struct source *s)
{
    return s->kind == &fifo_source_kind
               ? ((const struct fifo_source_settings *)s->config->settings)->path
               : NULL;
}

static const struct link_policy *links_of(const struct source *s)
{
    static const struct link_policy none = {0};

    return s->kind == &fifo_source_kind
               ? &((const struct fifo_source_settings *)s->config->settings)->links
               : &none;
}

static bool is_blocked(void *ctx)
{
    return source_is_blocked(ctx);
}

static struct stream_lines_output output_of(struct source *s)
{
    return (struct stream_lines_output){
        .pipeline = &s->pipeline, .blocked = is_blocked, .ctx = s, .bytes = &s->bytes};
}

/* ---- operations ---- */

static struct source *stream_source_alloc(void)
{
    struct stream_source *t = calloc(1, sizeof(*t));

    return t ? &t->source : NULL;
}

static void stream_source_watch_folders(struct source *s)
{
    char *path = path_of(s) ? strdup(path_of(s)) : NULL;
    char *slash = path ? strrchr(path, '/') : NULL;

    if (slash) {
        slash[slash == path] = '\0';
        s->owner->watch(s->owner->ctx, path); /* without a watch it looks every second */
    }
    free(path);
}

static int stream_source_init(struct source *s)
{
    const struct config_source *c = s->config;
    int r = stream_lines_new(&of(s)->lines, s->name, path_of(s), links_of(s), s->owner->ready_fd,
                             c->encoding, c->max_line, c->rotate_wait_ns);

    if (r == 0)
        stream_source_watch_folders(s);
    return r;
}

static void stream_source_free(struct source *s)
{
    stream_lines_free(of(s)->lines);
    free(of(s));
}

static bool is_same_text(const char *a, const char *b)
{
    return (!a && !b) || (a && b && STREQ(a, b));
}

/* Goes on with the open input of the former source and its kept lines, under the new name and
 * limits. */
static int stream_source_inherit(struct source *s, struct source *former, uint64_t now_ns)
{
    struct stream_lines *made = of(s)->lines;

    (void)now_ns;
    if (!source_goes_on_in(former, s->config))
        return 0;
    stream_lines_adapt(of(former)->lines, made,
                       is_same_text(s->config->encoding, former->config->encoding));
    of(s)->lines = of(former)->lines;
    of(former)->lines = made;
    stream_lines_go_back(of(s)->lines, &s->pipeline);
    return 0;
}

static int stream_source_turn(struct source *s, uint64_t now_ns, size_t budget)
{
    const struct stream_lines_output output = output_of(s);

    (void)budget;
    return stream_lines_turn(of(s)->lines, &output, now_ns);
}

static uint64_t stream_source_due_ns(const struct source *s, uint64_t now_ns)
{
    (void)now_ns;
    return stream_lines_due_ns(of(s)->lines, &s->pipeline);
}

static void stream_source_wake(struct source *s, const char *folder, const char *name)
{
    if (folder) /* it looks every second anyway */
        stream_lines_wake(of(s)->lines, folder, name);
}

static void stream_source_listen(struct source *s, bool on)
{
    stream_lines_listen(of(s)->lines, on);
}

static bool stream_source_wants_commit(struct source *s)
{
    return stream_lines_is_full(of(s)->lines);
}

static bool stream_source_holds_bytes(const struct source *s)
{
    return stream_lines_holds_bytes(of(s)->lines);
}

static int stream_source_stop(struct source *s, uint64_t now_ns)
{
    const struct stream_lines_output output = output_of(s);

    return stream_lines_stop(of(s)->lines, &output, now_ns);
}

static int stream_source_prepare(struct source *s, struct store *store)
{
    (void)store;
    stream_lines_prepare(of(s)->lines, &s->pipeline);
    return 0;
}

static void stream_source_commit(struct source *s)
{
    stream_lines_commit(of(s)->lines);
}

static void stream_source_describe(const struct source *s, struct source_status *ret_status)
{
    ret_status->waiting_bytes = stream_lines_waiting(of(s)->lines);
}

static void stream_source_each_skipped(const struct source *s,
                                       void (*fn)(void *ctx, const struct source_skipped *skipped),
                                       void *ctx)
{
    const struct source_skipped skipped = {.path = path_of(s),
                                           .reason = stream_lines_skipped(of(s)->lines)};

    if (skipped.reason)
        fn(ctx, &skipped);
}

static const struct source_ops ops = {
    .alloc = stream_source_alloc,
    .init = stream_source_init,
    .free = stream_source_free,
    .inherit = stream_source_inherit,
    .turn = stream_source_turn,
    .due_ns = stream_source_due_ns,
    .wake = stream_source_wake,
    .listen = stream_source_listen,
    .watch_folders = stream_source_watch_folders,
    .wants_commit = stream_source_wants_commit,
    .holds_bytes = stream_source_holds_bytes,
    .stop = stream_source_stop,
    .prepare = stream_source_prepare,
    .commit = stream_source_commit,
    .describe = stream_source_describe,
    .each_skipped = stream_source_each_skipped,
};

/* ---- configuration ---- */

static const char *stdin_name(const void *settings)
{
    (void)settings;
    return "stdin";
}

static const char *fifo_path(const void *settings)
{
    return ((const struct fifo_source_settings *)settings)->path;
}

static bool fifo_reads_path(const void *settings, const char *path)
{
    return fifo_path(settings) && STREQ(fifo_path(settings), path);
}

/* A missing FIFO is no mistake: the service waits for it. So it does where something else is at the
 * path, as who owns its folder may put there. */
static void fifo_probe(struct config_probe *p, size_t index)
{
    const struct fifo_source_settings *settings = probe_source(p, index)->settings;
    const char *path = fifo_path(settings);
    const struct yaml_node *node = probe_source_node(p, index);
    struct yaml *y = probe_reading(p)->y;
    CLEANUP(link_target_close) struct link_target target = {.fd = -1, .folder = -1};
    struct link_refusal refusal;
    int r;

    if (!path)
        return;
    r = link_resolver_find(AT_FDCWD, path, &settings->links, &target, &refusal);
    if (r == LINK_RESOLVER_E_REFUSED)
        yaml_diag(y, node, GLOSS_DIAG_WARNING,
                  "'%s' is not read: %s; 'links' says which links are followed", path,
                  refusal.text);
    else if (r < 0 && r != -ENOENT)
        yaml_diag(y, node, GLOSS_DIAG_WARNING, "'%s' cannot be looked at: %s%s", path, strerror(-r),
                  probe_mend(-r));
    if (r != 0)
        return;
    if (!S_ISFIFO(target.st.st_mode)) {
        yaml_diag(y, node, GLOSS_DIAG_WARNING, "'%s' is %s, not a FIFO, and is not read%s", path,
                  S_ISREG(target.st.st_mode)   ? "a file"
                  : S_ISDIR(target.st.st_mode) ? "a folder"
                                               : "something else",
                  S_ISREG(target.st.st_mode) ? "; 'follow' reads files" : "");
        return;
    }
    if (faccessat(AT_FDCWD, path, R_OK, AT_EACCESS) < 0 && errno == EACCES)
        yaml_diag(y, node, GLOSS_DIAG_WARNING,
                  "'%s' cannot be read: permission denied; the account that runs glossd must be "
                  "allowed to",
                  path);
    probe_add_file(p, index, path, &target.st);
}

static const struct config_field stdin_fields[] = {{"stdin", CONFIG_BOOL, .offset = 0}};
static const char *const stdin_refuses[] = {"start", "rotate_wait", NULL};
static const struct config_field fifo_fields[] = {
    {"fifo", CONFIG_PATH, .offset = offsetof(struct fifo_source_settings, path)},
    {"links", CONFIG_LINKS, .offset = offsetof(struct fifo_source_settings, links)}};
static const char *const fifo_refuses[] = {"start", NULL};

const struct source_kind stdin_source_kind = {
    .config = {.key = "stdin",
               .shown = "'stdin: true'",
               .is = "source is standard input",
               .refuses = stdin_refuses,
               .table = {.fields = stdin_fields,
                         .n_fields = ARRAY_SIZE(stdin_fields),
                         .size = sizeof(bool)},
               .name = stdin_name,
               .only_one = "standard input",
               .not_read_again = "standard input cannot be read again",
               .reads_once = true},
    .ops = &ops,
};

const struct source_kind fifo_source_kind = {
    .config = {.key = "fifo",
               .shown = "'fifo'",
               .is = "source is a FIFO",
               .refuses = fifo_refuses,
               .table = {.fields = fifo_fields,
                         .n_fields = ARRAY_SIZE(fifo_fields),
                         .size = sizeof(struct fifo_source_settings)},
               .name = fifo_path,
               .identity = fifo_path,
               .identity_name = "the FIFO",
               .not_read_again = "a FIFO cannot be read again",
               .reads_once = true,
               .reads_path = fifo_reads_path,
               .probe = fifo_probe},
    .ops = &ops,
};
