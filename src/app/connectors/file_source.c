/* The blocks of a follower go to the source's pipeline, its events to the log, and its positions to
 * the checkpoint. */

#include "app/connectors/file_source.h"

#include "app/common/log.h"
#include "app/config/config_probe.h"
#include "core/base/util.h"
#include "io/files/glob.h"
#include "io/tail/follow.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

struct file_source {
    struct source source;
    struct follow *follow;
};

static struct file_source *of(const struct source *s)
{
    return container_of(s, struct file_source, source);
}

static const struct file_source_settings *settings_of(const struct source *s)
{
    return s->config->settings;
}

/* ---- blocks and events of the follower ---- */

static int on_block(void *ctx, const char *path, struct gloss_stream *stream,
                    const struct gloss_block *block)
{
    (void)path;
    return source_block(ctx, stream, block);
}

static void on_event(void *ctx, enum follow_event event, const char *path, const char *detail)
{
    static const struct {
        int priority;
        const char *text;
    } texts[] = {
        [FOLLOW_OPENED] = {LOG_INFO, "follows"},
        [FOLLOW_FINISHED] = {LOG_INFO, "has read to its end"},
        [FOLLOW_TRUNCATED] = {LOG_NOTICE,
                              "was cut off or written anew, reading from its beginning:"},
        [FOLLOW_GONE] = {LOG_WARNING, "is gone before it was read:"},
        [FOLLOW_UNREADABLE] = {LOG_WARNING, "cannot read"},
        [FOLLOW_READABLE] = {LOG_NOTICE, "can read again"},
        [FOLLOW_SKIPPED] = {LOG_NOTICE, "skips"},
        [FOLLOW_HOLE] = {LOG_NOTICE, "skipped a hole in"},
        [FOLLOW_UNDECODED] = {LOG_WARNING, "cannot decode all of"},
        [FOLLOW_LIMITED] = {LOG_WARNING, "has reached a limit at"},
    };
    const struct source *s = ctx;
    /* What a log's owner does may write more messages than are shown: a limit is none of these. */
    const char *component = event == FOLLOW_LIMITED ? "limit" : "source";

    log_message(texts[event].priority, component, "'%s' %s '%s'%s%s", s->name, texts[event].text,
                path, detail ? ": " : "", detail ? detail : "");
}

static bool on_taken(void *ctx, uint64_t dev, uint64_t ino)
{
    const struct source *s = ctx;

    return s->owner->taken(s->owner->ctx, s, dev, ino);
}

static enum follow_ours on_ours(void *ctx, const struct link_target *target)
{
    const struct source *s = ctx;

    return s->owner->ours ? s->owner->ours(s->owner->ctx, target) : FOLLOW_NOT_OURS;
}

static bool on_begins_as_ours(void *ctx, struct gloss_span head)
{
    const struct source *s = ctx;

    return s->owner->begins_as_ours(s->owner->ctx, head);
}

static bool polls(const struct source *s)
{
    return settings_of(s)->watch == FILE_SOURCE_POLL;
}

static void on_folder(void *ctx, const char *folder)
{
    struct source *s = ctx;

    if (!polls(s) && s->owner->watch(s->owner->ctx, folder) < 0)
        follow_set_poll(of(s)->follow, true);
}

static bool is_watched(void *ctx, const char *folder)
{
    const struct source *s = ctx;

    return !polls(s) && s->owner->is_watched(s->owner->ctx, folder);
}

static uint64_t on_wall(void *ctx)
{
    const struct source *s = ctx;

    return s->owner->clock->now_ns;
}

static const struct follow_ops follow_ops = {
    .block = on_block,
    .event = on_event,
    .taken = on_taken,
    .ours = on_ours,
    .begins_as_ours = on_begins_as_ours,
    .folder = on_folder,
    .watched = is_watched,
    .wall = on_wall,
};

/* ---- operations ---- */

static struct source *file_source_alloc(void)
{
    struct file_source *f = calloc(1, sizeof(*f));

    return f ? &f->source : NULL;
}

static int file_source_init(struct source *s)
{
    const struct file_source_settings *settings = settings_of(s);
    struct follow_options options = {
        .name = s->name,
        .pattern = settings->pattern,
        .exclude = settings->exclude.items,
        .n_exclude = settings->exclude.n,
        .links = settings->links,
        .start_at_end = s->config->start == CONFIG_START_END,
        .encoding = s->config->encoding,
        .rotate_wait_ns = s->config->rotate_wait_ns,
        .max_line = s->config->max_line,
        .pool = s->owner->pool,
        .packed_ratio = settings->packed_ratio,
        .poll = polls(s),
        .half_lines = s->owner->half_lines,
        .ops = &follow_ops,
        .ctx = s,
    };

    return follow_new(&of(s)->follow, &options);
}

static void file_source_free(struct source *s)
{
    follow_free(of(s)->follow);
    free(of(s));
}

static int on_row(void *ctx, const struct store_file *row)
{
    struct source *s = ctx;

    return STREQ(row->source, s->name) ? follow_remember(of(s)->follow, &row->position) : 0;
}

static int file_source_restore(struct source *s, struct store *store)
{
    return store_each_file(store, on_row, s);
}

static int file_source_inherit(struct source *s, struct source *former, uint64_t now_ns)
{
    return follow_inherit(of(s)->follow, of(former)->follow, now_ns);
}

static int file_source_look(struct source *s, uint64_t now_ns)
{
    return follow_scan(of(s)->follow, now_ns);
}

static int file_source_turn(struct source *s, uint64_t now_ns, size_t budget)
{
    return follow_turn(of(s)->follow, s->owner->buffer, now_ns, budget);
}

static uint64_t file_source_due_ns(const struct source *s, uint64_t now_ns)
{
    return follow_due_ns(of(s)->follow, now_ns);
}

static void file_source_wake(struct source *s, const char *folder, const char *name)
{
    if (folder)
        follow_wake(of(s)->follow, folder, name);
    else
        follow_wake_all(of(s)->follow);
}

static void file_source_watch_folders(struct source *s)
{
    follow_report_folders(of(s)->follow);
}

static void file_source_set_poll(struct source *s, bool poll)
{
    follow_set_poll(of(s)->follow, poll || polls(s));
}

static bool file_source_owns(const struct source *s, uint64_t dev, uint64_t ino)
{
    return follow_owns(of(s)->follow, dev, ino);
}

static bool file_source_in_line(const struct source *s)
{
    return follow_in_line(of(s)->follow);
}

static bool file_source_wants_commit(struct source *s)
{
    return follow_wants_commit(of(s)->follow);
}

static int file_source_stop(struct source *s, uint64_t now_ns)
{
    return follow_stop(of(s)->follow, s->owner->buffer, now_ns);
}

struct work {
    struct store *store;
    const struct source *source;
};

static int put_position(void *ctx, const struct file_position *p)
{
    const struct work *w = ctx;
    const struct store_file row = {.source = w->source->name, .position = *p};

    return store_put_file(w->store, &row);
}

static int drop_position(void *ctx, const struct file_position *p)
{
    const struct work *w = ctx;

    return store_drop_file(w->store, w->source->name, p->path, p->serial);
}

static int file_source_prepare(struct source *s, struct store *store)
{
    struct work work = {.store = store, .source = s};
    int r = follow_trim(of(s)->follow, drop_position, &work);

    return r < 0 ? r : follow_each_changed(of(s)->follow, put_position, &work);
}

static void file_source_commit(struct source *s)
{
    follow_commit(of(s)->follow);
}

static int file_source_forget(struct source *s, struct store *store, uint64_t older_than_ns)
{
    struct work work = {.store = store, .source = s};

    return follow_forget(of(s)->follow, older_than_ns, drop_position, &work);
}

static void file_source_describe(const struct source *s, struct source_status *ret_status)
{
    struct follow_stats stats;

    follow_stats(of(s)->follow, &stats);
    ret_status->files = stats.files;
    ret_status->unreadable = stats.unreadable;
    ret_status->behind_bytes = stats.behind_bytes;
    ret_status->behind_since_ns = stats.behind_since_ns;
    ret_status->waiting_bytes = stats.waiting_bytes;
}

struct skipped_walk {
    void (*fn)(void *ctx, const struct source_skipped *skipped);
    void *ctx;
};

static void on_skipped(void *ctx, const char *path, const char *why)
{
    const struct skipped_walk *walk = ctx;
    const struct source_skipped skipped = {.path = path, .reason = why};

    walk->fn(walk->ctx, &skipped);
}

static void file_source_each_skipped(const struct source *s,
                                     void (*fn)(void *ctx, const struct source_skipped *skipped),
                                     void *ctx)
{
    struct skipped_walk walk = {.fn = fn, .ctx = ctx};

    follow_each_skipped(of(s)->follow, on_skipped, &walk);
}

static const struct source_ops ops = {
    .alloc = file_source_alloc,
    .init = file_source_init,
    .free = file_source_free,
    .restore = file_source_restore,
    .inherit = file_source_inherit,
    .look = file_source_look,
    .turn = file_source_turn,
    .due_ns = file_source_due_ns,
    .wake = file_source_wake,
    .watch_folders = file_source_watch_folders,
    .set_poll = file_source_set_poll,
    .owns = file_source_owns,
    .in_line = file_source_in_line,
    .wants_commit = file_source_wants_commit,
    .stop = file_source_stop,
    .prepare = file_source_prepare,
    .commit = file_source_commit,
    .forget = file_source_forget,
    .describe = file_source_describe,
    .each_skipped = file_source_each_skipped,
};

/* ---- configuration ---- */

static const char *pattern_of(const void *settings)
{
    return ((const struct file_source_settings *)settings)->pattern;
}

static bool reads_path(const void *settings, const char *path)
{
    const struct file_source_settings *s = settings;

    return s->pattern && glob_match(s->pattern, path) &&
           !glob_excludes(s->exclude.items, s->exclude.n, path);
}

/* Whether links keep the source from the path; counts it, and keeps the first one and the reason.
 */
struct refused {
    size_t n;
    const char *path;
    struct link_refusal refusal;
};

static bool is_refused(struct refused *refused, const struct file_source_settings *s,
                       const char *path)
{
    CLEANUP(link_target_close) struct link_target target = {.fd = -1, .folder = -1};
    struct link_refusal refusal;

    if (link_resolver_find(AT_FDCWD, path, &s->links, &target, &refusal) != LINK_RESOLVER_E_REFUSED)
        return false;
    if (refused->n++ == 0) {
        refused->path = path;
        refused->refusal = refusal;
    }
    return true;
}

static void say_refused(struct config_probe *p, size_t index, const struct refused *refused)
{
    if (refused->n > 0)
        yaml_diag(
            probe_reading(p)->y, probe_source_node(p, index), GLOSS_DIAG_WARNING,
            "%zu of the paths that fit are not read, '%s' first: %s; 'links' says which links "
            "are followed",
            refused->n, refused->path, refused->refusal.text);
}

/* Adds the files that the glob reaches, and warns of those that may not be read. */
static void add_files(struct config_probe *p, size_t index, const struct glob_found *found)
{
    struct refused refused = {0};
    const char *denied = NULL;
    size_t n_denied = 0;

    for (size_t i = 0; i < found->n_files; i++) {
        const char *path = probe_keep(p, found->files[i]);
        struct stat st;

        if (!path || is_refused(&refused, probe_source(p, index)->settings, path) ||
            stat(path, &st) < 0)
            continue;
        probe_add_file(p, index, path, &st);
        if (faccessat(AT_FDCWD, path, R_OK, AT_EACCESS) < 0 && errno == EACCES) {
            denied = denied ? denied : path;
            n_denied++;
        }
    }
    if (n_denied > 0)
        yaml_diag(probe_reading(p)->y, probe_source_node(p, index), GLOSS_DIAG_WARNING,
                  "%zu of %zu files cannot be read, '%s' first: permission denied; the account "
                  "that runs glossd must be allowed to",
                  n_denied, found->n_files, denied);
    for (size_t i = 0; i < found->n_skipped; i++)
        is_refused(&refused, probe_source(p, index)->settings, found->skipped[i]);
    say_refused(p, index, &refused);
    for (size_t i = 0; i < found->n_folders; i++)
        probe_add_folder(p, index, found->folders[i]);
}

static void warn_of_system_log(struct config_probe *p, size_t index, const char *path)
{
    struct yaml *y = probe_reading(p)->y;
    const struct yaml_node *node = probe_source_node(p, index);

    if (probe_goes_to(p, index, "journal"))
        yaml_diag(y, node, GLOSS_DIAG_ERROR,
                  "'%s' is followed and its lines go to the journal, from which a syslog daemon "
                  "writes them to it again: a loop; exclude the file, or leave the source out of "
                  "the journal's 'sources'",
                  path);
    else
        yaml_diag(y, node, GLOSS_DIAG_WARNING,
                  "'%s' is followed, and a syslog daemon may write messages of glossd itself to "
                  "it; exclude it, unless you want them",
                  path);
}

static void look_for_system_logs(struct config_probe *p, size_t index, const void *settings)
{
    /* The files to which syslog daemons write the standard error of services. */
    static const char *const logs[] = {"/var/log/syslog", "/var/log/messages",
                                       "/var/log/daemon.log", "/var/log/user.log"};

    for (size_t i = 0; i < ARRAY_SIZE(logs); i++)
        if (reads_path(settings, logs[i]))
            warn_of_system_log(p, index, logs[i]);
}

static void probe(struct config_probe *p, size_t index)
{
    const struct file_source_settings *s = probe_source(p, index)->settings;
    struct glob_found found = {0};

    if (!s->pattern)
        return;
    if (glob_expand(&found, s->pattern, s->exclude.items, s->exclude.n, &s->links) < 0)
        probe_reading(p)->no_memory = true;
    for (size_t i = 0; i < found.n_troubles; i++)
        yaml_diag(probe_reading(p)->y, probe_source_node(p, index), GLOSS_DIAG_WARNING,
                  "'%s' cannot be looked at, so the files in it that fit are not known: %s%s",
                  found.troubles[i].path, strerror(found.troubles[i].error),
                  probe_mend(found.troubles[i].error));
    add_files(p, index, &found);
    glob_found_deinit(&found);
    look_for_system_logs(p, index, s);
}

#define AT(member) .offset = offsetof(struct file_source_settings, member)
static const struct config_word watch_words[] = {
    {"auto", FILE_SOURCE_WATCH}, {"poll", FILE_SOURCE_POLL}, {0}};
static const struct config_field fields[] = {
    {"follow", CONFIG_GLOB, AT(pattern)},
    {"exclude", CONFIG_EXCLUDES, AT(exclude)},
    {"watch", CONFIG_WORD, AT(watch), .words = watch_words},
    {"links", CONFIG_LINKS, AT(links)},
    {"packed_ratio", CONFIG_NUMBER, AT(packed_ratio), .min = 1, .max = 1000000},
};
#undef AT
static const struct file_source_settings defaults = {.packed_ratio = 1000};

const struct source_kind file_source_kind = {
    .config = {.key = "follow",
               .shown = "'follow'",
               .is = "source follows files",
               .table = {.fields = fields,
                         .n_fields = ARRAY_SIZE(fields),
                         .size = sizeof(struct file_source_settings),
                         .defaults = &defaults},
               .name = pattern_of,
               .identity = pattern_of,
               .identity_name = "the glob",
               .reads_path = reads_path,
               .may_exclude = true,
               .probe = probe},
    .ops = &ops,
};
