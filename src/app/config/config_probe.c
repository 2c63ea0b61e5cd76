/* What only the machine can tell: whether catalogs can be read and outputs be written, which files
 * the globs reach now, and whether one of them is reached twice or is an output of ours.
 *
 * Files are compared by device and inode, so that links and other spellings do not hide what is one
 * file. Outputs that do not exist yet are held against the globs by their text, once as written and
 * once with the links of their folder resolved; and in each folder that a glob reaches, which may
 * be theirs by way of a link. What could not be looked at is a warning: it may be right once the
 * service runs as its own user. */

#include "app/common/catalog_loader.h"
#include "app/config/config_draft.h"
#include "core/base/util.h"
#include "io/files/glob.h"
#include "io/input/journal_files.h"
#include "io/output/journal_writer.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* Where a syslog daemon writes what services say on standard error. */
static const char *const system_logs[] = {"/var/log/syslog", "/var/log/messages",
                                          "/var/log/daemon.log", "/var/log/user.log"};

/* A file that a source reaches. */
struct reached {
    dev_t device;
    ino_t inode;
    size_t source;
    const char *path; /* the glob's */
};

struct look {
    struct config_reading *r;
    const struct config_draft *d;
    struct glob_found *found; /* of each source */
    struct reached *files;    /* by device and inode, then by source */
    size_t n_files, files_size;
};

static const struct config_source *source_at(const struct look *l, size_t i)
{
    return &draft_source(l->d, i)->source;
}

static const struct yaml_node *path_node(const struct look *l, size_t i)
{
    return yaml_get(l->d->sources.nodes[i], source_at(l, i)->fifo ? "fifo" : "follow");
}

/* ---- catalogs ---- */

static void look_at_catalogs(struct look *l)
{
    CLEANUP(gloss_catalogs_freep) struct gloss_catalogs *set = NULL;
    int r = gloss_catalogs_new(&set);

    for (size_t i = 0; r == 0 && i < l->d->catalogs.n; i++) {
        const char *place = l->d->catalogs.items[i];
        size_t errors = l->r->diags->errors;

        r = catalog_loader_read(set, place, l->r->diags);
        if (l->r->diags->errors > errors)
            yaml_diag(l->r->y, l->d->catalogs.nodes[i], GLOSS_DIAG_ERROR,
                      "catalog '%s' cannot be used; its mistakes are listed below", place);
    }
    if (r < 0)
        l->r->no_memory = true;
}

/* ---- outputs ---- */

/* The folder of a path; false: memory ran out. */
static bool folder_of(struct look *l, const char *path, char **ret_folder)
{
    const char *slash = strrchr(path, '/');

    *ret_folder = strndup(path, slash > path ? (size_t)(slash - path) : 1);
    l->r->no_memory |= !*ret_folder;
    return *ret_folder != NULL;
}

static const char *access_mend(int error)
{
    if (error == EROFS)
        return "; under systemd, name it in ReadWritePaths= of the unit";
    if (error == EACCES)
        return "; the account that runs glossd must be allowed to";
    return "";
}

static void look_at_folder(struct look *l, const struct config_output *o)
{
    CLEANUP(freep) char *folder = NULL;
    struct stat st;

    if (!folder_of(l, o->path, &folder))
        return;
    if (stat(folder, &st) < 0 && errno == ENOENT)
        yaml_diag(l->r->y, o->node, GLOSS_DIAG_ERROR,
                  "the folder of %s does not exist; make it: mkdir -p '%s'", o->what, folder);
    else if (stat(folder, &st) < 0)
        yaml_diag(l->r->y, o->node, GLOSS_DIAG_ERROR, "the folder of %s, '%s': %s%s", o->what,
                  folder, strerror(errno), access_mend(errno));
    else if (!S_ISDIR(st.st_mode))
        yaml_diag(l->r->y, o->node, GLOSS_DIAG_ERROR,
                  "the folder of %s, '%s', is not a folder; name another", o->what, folder);
    else if (faccessat(AT_FDCWD, folder, W_OK | X_OK, AT_EACCESS) < 0)
        yaml_diag(l->r->y, o->node, GLOSS_DIAG_ERROR,
                  "no file can be created in the folder of %s, '%s': %s%s", o->what, folder,
                  strerror(errno), access_mend(errno));
}

static void look_at_output(struct look *l, const struct config_output *o)
{
    struct stat st;

    if (lstat(o->path, &st) < 0) {
        look_at_folder(l, o);
        return;
    }
    if (S_ISLNK(st.st_mode) && o->no_link) {
        yaml_diag(l->r->y, o->node, GLOSS_DIAG_ERROR,
                  "%s is written to '%s', which is a link, and glossd never writes through a link; "
                  "name the file itself",
                  o->what, o->path);
        return;
    }
    if (stat(o->path, &st) == 0 && !S_ISREG(st.st_mode)) {
        yaml_diag(l->r->y, o->node, GLOSS_DIAG_ERROR,
                  "%s needs a regular file, and '%s' is %s; name another", o->what, o->path,
                  S_ISDIR(st.st_mode) ? "a folder" : "none");
        return;
    }
    if (faccessat(AT_FDCWD, o->path, R_OK | W_OK, AT_EACCESS) < 0 && errno != ENOENT)
        yaml_diag(l->r->y, o->node, GLOSS_DIAG_ERROR, "%s cannot be written to '%s': %s%s", o->what,
                  o->path, strerror(errno), access_mend(errno));
    else
        look_at_folder(l, o);
}

/* ---- globs ---- */

static int by_identity(const void *a, const void *b)
{
    const struct reached *x = a, *y = b;

    if (x->device != y->device)
        return x->device < y->device ? -1 : 1;
    if (x->inode != y->inode)
        return x->inode < y->inode ? -1 : 1;
    if (x->source != y->source)
        return x->source < y->source ? -1 : 1;
    return strcmp(x->path, y->path);
}

static bool is_same_file(const struct reached *a, const struct reached *b)
{
    return a->device == b->device && a->inode == b->inode;
}

/* Adds the files of a source, and says which of them its reader may not read. */
static void add_files(struct look *l, size_t source)
{
    const struct glob_found *found = &l->found[source];
    const char *denied = NULL;
    size_t n_denied = 0;
    struct stat st;

    if (GROW(&l->files, &l->files_size, l->n_files + found->n_files) < 0) {
        l->r->no_memory = true;
        return;
    }
    for (size_t i = 0; i < found->n_files; i++) {
        const char *path = found->files[i];

        if (stat(path, &st) < 0)
            continue;
        l->files[l->n_files++] = (struct reached){
            .device = st.st_dev, .inode = st.st_ino, .source = source, .path = path};
        if (faccessat(AT_FDCWD, path, R_OK, AT_EACCESS) < 0 && errno == EACCES) {
            denied = denied ? denied : path;
            n_denied++;
        }
    }
    if (n_denied > 0)
        yaml_diag(l->r->y, path_node(l, source), GLOSS_DIAG_WARNING,
                  "%zu of %zu files cannot be read, '%s' first: permission denied; the account "
                  "that runs glossd must be allowed to",
                  n_denied, found->n_files, denied);
}

/* One that is not there is waited for. */
static void look_at_fifo(struct look *l, size_t i)
{
    const char *path = source_at(l, i)->fifo;
    struct stat st;

    if (stat(path, &st) < 0) {
        if (errno != ENOENT)
            yaml_diag(l->r->y, path_node(l, i), GLOSS_DIAG_WARNING,
                      "'%s' cannot be looked at: %s%s", path, strerror(errno), access_mend(errno));
        return;
    }
    if (!S_ISFIFO(st.st_mode)) {
        yaml_diag(l->r->y, path_node(l, i), GLOSS_DIAG_ERROR, "'%s' is %s, not a FIFO%s", path,
                  S_ISREG(st.st_mode)   ? "a file"
                  : S_ISDIR(st.st_mode) ? "a folder"
                                        : "something else",
                  S_ISREG(st.st_mode) ? "; 'follow' reads files" : "");
        return;
    }
    if (faccessat(AT_FDCWD, path, R_OK, AT_EACCESS) < 0 && errno == EACCES)
        yaml_diag(l->r->y, path_node(l, i), GLOSS_DIAG_WARNING,
                  "'%s' cannot be read: permission denied; the account that runs glossd must be "
                  "allowed to",
                  path);
    if (GROW(&l->files, &l->files_size, l->n_files + 1) < 0)
        l->r->no_memory = true;
    else
        l->files[l->n_files++] =
            (struct reached){.device = st.st_dev, .inode = st.st_ino, .source = i, .path = path};
}

/* libsystemd passes over what it may not read. */
static void look_at_journal(struct look *l, size_t i)
{
    const struct yaml_node *node = yaml_get(l->d->sources.nodes[i], "journal");
    const char *folder = source_at(l, i)->journal.folder;
    struct journal_files files;

    if (journal_files_look(&files, folder) < 0)
        l->r->no_memory = true;
    else if (files.n_denied > 0)
        yaml_diag(l->r->y, node, GLOSS_DIAG_WARNING,
                  "not all of the journal can be read, '%s' first: permission denied; the account "
                  "that runs glossd must be in the group systemd-journal",
                  files.denied);
    else if (files.n == 0)
        yaml_diag(l->r->y, node, GLOSS_DIAG_WARNING, "there is no journal%s%s",
                  folder ? " in " : " on this machine; does journald run?", folder ? folder : "");
    journal_files_deinit(&files);
}

/* Whether the source's lines go to the journal, from which a syslog daemon takes what it writes. */
static bool feeds_journal(const struct look *l, size_t source)
{
    for (size_t i = 0; i < l->d->sinks.n; i++) {
        const struct config_sink *s = &draft_sink(l->d, i)->sink;

        for (size_t k = 0; k < s->n_sources && s->is_journal; k++)
            if (s->sources[k] == source)
                return true;
    }
    return false;
}

static void warn_of_system_log(struct look *l, size_t i, const char *path)
{
    if (feeds_journal(l, i))
        yaml_diag(l->r->y, path_node(l, i), GLOSS_DIAG_ERROR,
                  "'%s' is followed and its lines go to the journal, from which a syslog daemon "
                  "writes them to it again: a loop; exclude the file, or leave the source out of "
                  "the journal's 'sources'",
                  path);
    else
        yaml_diag(l->r->y, path_node(l, i), GLOSS_DIAG_WARNING,
                  "'%s' is followed, and a syslog daemon may write messages of glossd itself to "
                  "it; exclude it, unless you want them",
                  path);
}

static void look_at_source(struct look *l, size_t i)
{
    const struct config_source *s = source_at(l, i);

    if (s->is_journal)
        look_at_journal(l, i);
    if (s->fifo)
        look_at_fifo(l, i);
    if (!s->follow)
        return;
    if (glob_expand(&l->found[i], s->follow, s->exclude, s->n_exclude) < 0) {
        l->r->no_memory = true;
        return;
    }
    for (size_t k = 0; k < l->found[i].n_troubles; k++) {
        const struct glob_trouble *t = &l->found[i].troubles[k];

        yaml_diag(l->r->y, path_node(l, i), GLOSS_DIAG_WARNING,
                  "'%s' cannot be looked at, so the files in it that fit are not known: %s%s",
                  t->path, strerror(t->error), access_mend(t->error));
    }
    add_files(l, i);
    for (size_t k = 0; k < ARRAY_SIZE(system_logs); k++)
        if (glob_match(s->follow, system_logs[k]) &&
            !glob_excludes(s->exclude, s->n_exclude, system_logs[k]))
            warn_of_system_log(l, i, system_logs[k]);
}

/* Then that was said already. */
static bool is_same_text(const struct config_source *a, const struct config_source *b)
{
    return a->follow && b->follow && STREQ(a->follow, b->follow);
}

/* Says once for each source that one before it has a file of it, and which. */
static int look_for_twice(struct look *l)
{
    CLEANUP(freep) bool *said = calloc(l->d->sources.n + 1, sizeof(*said));

    if (!said)
        return -ENOMEM;
    for (size_t i = 1; i < l->n_files; i++) {
        const struct reached *a = &l->files[i - 1], *b = &l->files[i];
        const struct config_source *first = source_at(l, a->source);

        if (!is_same_file(a, b) || a->source == b->source || said[b->source] ||
            is_same_text(first, source_at(l, b->source)))
            continue;
        said[b->source] = true;
        yaml_diag(l->r->y, path_node(l, b->source), GLOSS_DIAG_ERROR,
                  first->fifo ? "'%s' is read by the source at %u:%u too; remove one of them"
                              : "'%s' is followed by the source at %u:%u too; exclude it from one "
                                "of them",
                  b->path, first->line, first->column);
    }
    return 0;
}

/* ---- loops ---- */

/* The path with the links of its folder resolved; NULL where there is no such folder. */
static char *resolved(struct look *l, const char *path)
{
    CLEANUP(freep) char *folder = NULL, *real = NULL;
    char *whole = NULL;

    if (!folder_of(l, path, &folder))
        return NULL;
    real = realpath(folder, NULL);
    if (!real) {
        l->r->no_memory |= errno == ENOMEM;
        return NULL;
    }
    if (asprintf(&whole, "%s%s", STREQ(real, "/") ? "" : real, strrchr(path, '/')) < 0) {
        l->r->no_memory = true;
        return NULL;
    }
    return whole;
}

static bool fits(const struct config_source *s, const char *path)
{
    if (!s->follow)
        return s->fifo && path && STREQ(s->fifo, path);
    return path && glob_match(s->follow, path) && !glob_excludes(s->exclude, s->n_exclude, path);
}

static bool reaches_file(const struct look *l, size_t source, const char *path)
{
    struct stat st;

    if (stat(path, &st) < 0)
        return false;
    for (size_t i = 0; i < l->n_files; i++)
        if (l->files[i].source == source && l->files[i].device == st.st_dev &&
            l->files[i].inode == st.st_ino)
            return true;
    return false;
}

/* Whether a file of that name, born in the output's folder, would be found by way of a link. */
static bool reaches_folder(struct look *l, size_t source, const char *path)
{
    const struct glob_found *found = &l->found[source];
    const char *name = strrchr(path, '/');
    CLEANUP(freep) char *folder = NULL;
    struct stat ours, theirs;

    if (!folder_of(l, path, &folder) || stat(folder, &ours) < 0)
        return false;
    for (size_t i = 0; i < found->n_folders; i++) {
        CLEANUP(gloss_buf_deinit) struct gloss_buf there = {0};

        if (stat(found->folders[i], &theirs) < 0 || theirs.st_dev != ours.st_dev ||
            theirs.st_ino != ours.st_ino)
            continue;
        gloss_buf_str(&there, STREQ(found->folders[i], "/") ? "" : found->folders[i]);
        gloss_buf_str(&there, name);
        gloss_buf_char(&there, '\0');
        l->r->no_memory |= there.failed;
        if (!there.failed && fits(source_at(l, source), there.ptr))
            return true;
    }
    return false;
}

static void look_for_loop(struct look *l, const struct config_output *o)
{
    CLEANUP(freep) char *real = resolved(l, o->path);

    for (size_t i = 0; i < l->d->sources.n; i++) {
        const struct config_source *s = source_at(l, i);

        if (!fits(s, o->path) && !fits(s, real) && !reaches_file(l, i, o->path) &&
            !reaches_folder(l, i, o->path))
            continue;
        yaml_diag(l->r->y, o->node, GLOSS_DIAG_ERROR,
                  "%s is written to '%s', which the source at %u:%u %s: a loop; move it%s", o->what,
                  o->path, s->line, s->column, s->fifo ? "reads" : "follows",
                  s->fifo ? "" : ", or exclude it there");
        return;
    }
}

/* Who listens may come later. */
static void look_at_journal_sink(struct look *l, size_t i)
{
    const struct yaml_node *node = yaml_get(l->d->sinks.nodes[i], "journal");

    if (draft_sink(l->d, i)->sink.is_journal && access(JOURNAL_WRITER_SOCKET, W_OK) < 0)
        yaml_diag(l->r->y, node, GLOSS_DIAG_WARNING,
                  "the journal does not listen at '" JOURNAL_WRITER_SOCKET
                  "': %s; does journald run?",
                  strerror(errno));
}

/* ---- outputs that are one ---- */

/* One file under two names, of which each may not be there yet. */
static bool is_one_file(struct look *l, const char *a, const char *b)
{
    CLEANUP(freep) char *real_a = resolved(l, a);
    CLEANUP(freep) char *real_b = resolved(l, b);
    struct stat x, y;

    if (real_a && real_b && STREQ(real_a, real_b))
        return true;
    return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

/* The state has files beside it that are replaced and removed. */
static bool is_beside_state(struct look *l, const char *path)
{
    static const char *const ends[] = {".lock", ".backup", ".backup.new", ".new", "-journal"};
    CLEANUP(freep) char *state = resolved(l, l->d->config.state);
    CLEANUP(freep) char *real = resolved(l, path);
    size_t n = state ? strlen(state) : 0;

    for (size_t i = 0; state && real && i < ARRAY_SIZE(ends); i++)
        if (strncmp(real, state, n) == 0 && STREQ(real + n, ends[i]))
            return true;
    return false;
}

static void look_for_same(struct look *l, const struct config_output *outputs, size_t at)
{
    const struct config_output *o = &outputs[at];

    for (size_t i = 0; i < at; i++) {
        if (STREQ(o->path, outputs[i].path))
            return; /* the text showed it */
        if (!is_one_file(l, o->path, outputs[i].path))
            continue;
        yaml_diag(l->r->y, o->node, GLOSS_DIAG_ERROR,
                  "%s cannot use '%s': it is another name of the file that %s uses, at %u:%u",
                  o->what, o->path, outputs[i].what, outputs[i].node->line,
                  outputs[i].node->column);
        return;
    }
    if (is_beside_state(l, o->path))
        yaml_diag(l->r->y, o->node, GLOSS_DIAG_ERROR,
                  "%s cannot use '%s': the state keeps a file of that name beside it; name another",
                  o->what, o->path);
}

static void look_at_outputs(struct look *l)
{
    const struct config_output *outputs;
    size_t n = config_outputs(l->r, l->d, &outputs);

    for (size_t i = 0; i < n && !l->r->no_memory; i++) {
        look_at_output(l, &outputs[i]);
        look_for_loop(l, &outputs[i]);
        look_for_same(l, outputs, i);
    }
    for (size_t i = 0; i < l->d->sinks.n; i++)
        look_at_journal_sink(l, i);
}

static void look_at_all(struct look *l)
{
    look_at_catalogs(l);
    for (size_t i = 0; i < l->d->sources.n && !l->r->no_memory; i++)
        look_at_source(l, i);
    if (l->n_files > 0)
        qsort(l->files, l->n_files, sizeof(*l->files), by_identity);
    if (!l->r->no_memory && look_for_twice(l) < 0)
        l->r->no_memory = true;
    if (!l->r->no_memory)
        look_at_outputs(l);
}

void config_look(struct config_reading *r, const struct config_draft *d)
{
    struct look l = {.r = r, .d = d};

    l.found = calloc(d->sources.n + 1, sizeof(*l.found));
    if (!l.found) {
        r->no_memory = true;
        return;
    }
    look_at_all(&l);
    for (size_t i = 0; i < d->sources.n; i++)
        glob_found_deinit(&l.found[i]);
    free(l.found);
    free(l.files);
}
