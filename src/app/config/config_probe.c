/* A look at the machine shows whether catalogs can be read and outputs be written, which files the
 * globs reach now, and whether one of these files is reached by two sources or is an output of
 * ours.
 *
 * Files are compared by device and inode, so that links and other spellings do not hide that two
 * names mean one file. The path of an output that does not exist yet is matched against the globs,
 * once as it is written and once with the links of its folder resolved; and its name is matched in
 * each folder that a glob reaches, because that may be the same folder by way of a link. A file
 * that cannot be looked at gives a warning only: the user of the service may be allowed to. */

#include "app/config/config_probe.h"

#include "app/common/catalog_loader.h"
#include "app/config/config_kind.h"
#include "app/config/config_private.h"
#include "core/base/util.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

/* A file that a source would read now. */
struct reached {
    dev_t device;
    ino_t inode;
    size_t source;
    const char *path;
};

/* A folder in which a file may appear that a source would read. */
struct folder {
    size_t source;
    const char *path;
};

struct config_probe {
    struct config_reading *r;
    const struct config_draft *d;
    struct reached *files; /* by device and inode, then by source */
    size_t n_files, files_size;
    struct folder *folders;
    size_t n_folders, folders_size;
    struct arena arena; /* holds the paths of both */
};

/* ---- for kinds ---- */

struct config_reading *probe_reading(struct config_probe *p)
{
    return p->r;
}

const struct config_source *probe_source(const struct config_probe *p, size_t source)
{
    return draft_source(p->d, source);
}

const struct yaml_node *probe_source_node(const struct config_probe *p, size_t source)
{
    return yaml_get(p->d->sources.nodes[source], probe_source(p, source)->kind->key);
}

const struct yaml_node *probe_sink_node(const struct config_probe *p, size_t sink)
{
    return yaml_get(p->d->sinks.nodes[sink], draft_sink(p->d, sink)->sink.kind->key);
}

const char *probe_keep(struct config_probe *p, const char *text)
{
    const char *copy = arena_copy(&p->arena, gloss_span_str(text));

    p->r->no_memory |= !copy;
    return copy;
}

void probe_add_file(struct config_probe *p, size_t source, const char *path, const struct stat *st)
{
    if (GROW(&p->files, &p->files_size, p->n_files + 1) < 0)
        p->r->no_memory = true;
    else
        p->files[p->n_files++] = (struct reached){
            .device = st->st_dev, .inode = st->st_ino, .source = source, .path = path};
}

void probe_add_folder(struct config_probe *p, size_t source, const char *folder)
{
    const char *copy = probe_keep(p, folder);

    if (!copy)
        return;
    if (GROW(&p->folders, &p->folders_size, p->n_folders + 1) < 0)
        p->r->no_memory = true;
    else
        p->folders[p->n_folders++] = (struct folder){.source = source, .path = copy};
}

bool probe_goes_to(const struct config_probe *p, size_t source, const char *sink_key)
{
    for (size_t i = 0; i < p->d->sinks.n; i++) {
        const struct config_sink *s = &draft_sink(p->d, i)->sink;

        for (size_t k = 0; k < s->n_sources && s->kind && STREQ(s->kind->key, sink_key); k++)
            if (s->sources[k] == source)
                return true;
    }
    return false;
}

const char *probe_mend(int error)
{
    if (error == EROFS)
        return "; under systemd, name it in ReadWritePaths= of the unit";
    if (error == EACCES)
        return "; the account that runs glossd must be allowed to";
    return "";
}

/* ---- catalogs ---- */

static void look_at_catalogs(struct config_probe *p)
{
    CLEANUP(gloss_catalogs_freep) struct gloss_catalogs *set = NULL;
    int r = gloss_catalogs_new(&set);

    for (size_t i = 0; r == 0 && i < p->d->catalogs.n; i++) {
        const char *name = p->d->catalogs.items[i];
        size_t errors = p->r->diags->errors;

        r = catalog_loader_read(set, name, p->r->diags);
        if (p->r->diags->errors > errors)
            yaml_diag(p->r->y, p->d->catalogs.nodes[i], GLOSS_DIAG_ERROR,
                      "catalog '%s' cannot be used; its mistakes are listed below", name);
    }
    if (r < 0)
        p->r->no_memory = true;
}

/* ---- outputs ---- */

/* Copies the folder of a path. Returns false when memory ran out. */
static bool folder_of(struct config_probe *p, const char *path, char **ret_folder)
{
    const char *slash = strrchr(path, '/');

    *ret_folder = strndup(path, slash > path ? (size_t)(slash - path) : 1);
    p->r->no_memory |= !*ret_folder;
    return *ret_folder != NULL;
}

static void look_at_folder(struct config_probe *p, const struct config_output *o)
{
    CLEANUP(freep) char *folder = NULL;
    struct stat st;

    if (!folder_of(p, o->path, &folder))
        return;
    if (stat(folder, &st) < 0 && errno == ENOENT)
        yaml_diag(p->r->y, o->node, GLOSS_DIAG_ERROR,
                  "the folder of %s does not exist; make it: mkdir -p '%s'", o->what, folder);
    else if (stat(folder, &st) < 0)
        yaml_diag(p->r->y, o->node, GLOSS_DIAG_ERROR, "the folder of %s, '%s': %s%s", o->what,
                  folder, strerror(errno), probe_mend(errno));
    else if (!S_ISDIR(st.st_mode))
        yaml_diag(p->r->y, o->node, GLOSS_DIAG_ERROR,
                  "the folder of %s, '%s', is not a folder; name another", o->what, folder);
    else if (faccessat(AT_FDCWD, folder, W_OK | X_OK, AT_EACCESS) < 0)
        yaml_diag(p->r->y, o->node, GLOSS_DIAG_ERROR,
                  "no file can be created in the folder of %s, '%s': %s%s", o->what, folder,
                  strerror(errno), probe_mend(errno));
}

static void look_at_output(struct config_probe *p, const struct config_output *o)
{
    struct stat st;

    if (lstat(o->path, &st) < 0) {
        look_at_folder(p, o);
        return;
    }
    if (S_ISLNK(st.st_mode) && o->no_link) {
        yaml_diag(p->r->y, o->node, GLOSS_DIAG_ERROR,
                  "%s is written to '%s', which is a link, and glossd never writes through a link; "
                  "name the file itself",
                  o->what, o->path);
        return;
    }
    if (stat(o->path, &st) == 0 && !S_ISREG(st.st_mode)) {
        yaml_diag(p->r->y, o->node, GLOSS_DIAG_ERROR,
                  "%s needs a regular file, and '%s' is %s; name another", o->what, o->path,
                  S_ISDIR(st.st_mode) ? "a folder" : "none");
        return;
    }
    if (faccessat(AT_FDCWD, o->path, R_OK | W_OK, AT_EACCESS) < 0 && errno != ENOENT)
        yaml_diag(p->r->y, o->node, GLOSS_DIAG_ERROR, "%s cannot be written to '%s': %s%s", o->what,
                  o->path, strerror(errno), probe_mend(errno));
    else
        look_at_folder(p, o);
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

/* Whether the text alone showed that both sources read the same thing. */
static bool is_said_already(const struct config_source *a, const struct config_source *b)
{
    const char *x = a->kind->identity ? a->kind->identity(a->settings) : NULL;
    const char *y = b->kind->identity ? b->kind->identity(b->settings) : NULL;

    return a->kind == b->kind && x && y && STREQ(x, y);
}

static void say_two_names(struct config_probe *p, const struct reached *a, const struct reached *b)
{
    yaml_diag(p->r->y, probe_source_node(p, b->source), GLOSS_DIAG_WARNING,
              "'%s' and '%s' are one file; each of its lines is read once", a->path, b->path);
}

static void say_two_sources(struct config_probe *p, const struct reached *a,
                            const struct reached *b)
{
    const struct config_source *first = probe_source(p, a->source);

    yaml_diag(
        p->r->y, probe_source_node(p, b->source), GLOSS_DIAG_WARNING,
        first->kind->may_exclude
            ? "'%s' is followed by the source at %u:%u too; each of its lines is read once, "
              "by that source"
            : "'%s' is read by the source at %u:%u too; each of its lines goes to one of them",
        b->path, first->line, first->column);
}

/* Tells, once for each source, of a file that a source before it reads too, and of one that has two
 * names. That is no mistake: who owns a followed folder can put a link there. */
static int look_for_twice(struct config_probe *p)
{
    CLEANUP(freep) bool *said = calloc(p->d->sources.n + 1, sizeof(*said));

    if (!said)
        return -ENOMEM;
    for (size_t i = 1; i < p->n_files; i++) {
        const struct reached *a = &p->files[i - 1], *b = &p->files[i];

        if (!is_same_file(a, b) || said[b->source] ||
            (a->source != b->source &&
             is_said_already(probe_source(p, a->source), probe_source(p, b->source))))
            continue;
        said[b->source] = true;
        if (a->source == b->source)
            say_two_names(p, a, b);
        else
            say_two_sources(p, a, b);
    }
    return 0;
}

/* ---- loops ---- */

/* The path with the links of its folder resolved; NULL: there is no such folder, or memory ran
 * out. */
static char *resolved(struct config_probe *p, const char *path)
{
    CLEANUP(freep) char *folder = NULL, *real = NULL;
    char *whole = NULL;

    if (!folder_of(p, path, &folder))
        return NULL;
    real = realpath(folder, NULL);
    if (!real) {
        p->r->no_memory |= errno == ENOMEM;
        return NULL;
    }
    if (asprintf(&whole, "%s%s", STREQ(real, "/") ? "" : real, strrchr(path, '/')) < 0) {
        p->r->no_memory = true;
        return NULL;
    }
    return whole;
}

static bool fits(const struct config_source *s, const char *path)
{
    return path && s->settings && s->kind->reads_path && s->kind->reads_path(s->settings, path);
}

static bool reaches_file(const struct config_probe *p, size_t source, const char *path)
{
    struct stat st;

    if (stat(path, &st) < 0)
        return false;
    for (size_t i = 0; i < p->n_files; i++)
        if (p->files[i].source == source && p->files[i].device == st.st_dev &&
            p->files[i].inode == st.st_ino)
            return true;
    return false;
}

/* Whether the source would find a file at that path by way of a link to the path's folder. */
static bool reaches_folder(struct config_probe *p, size_t source, const char *path)
{
    const char *name = strrchr(path, '/');
    CLEANUP(freep) char *folder = NULL;
    struct stat ours, theirs;

    if (!folder_of(p, path, &folder) || stat(folder, &ours) < 0)
        return false;
    for (size_t i = 0; i < p->n_folders; i++) {
        const struct folder *f = &p->folders[i];
        CLEANUP(gloss_buf_deinit) struct gloss_buf there = {0};

        if (f->source != source || stat(f->path, &theirs) < 0 || theirs.st_dev != ours.st_dev ||
            theirs.st_ino != ours.st_ino)
            continue;
        gloss_buf_str(&there, STREQ(f->path, "/") ? "" : f->path);
        gloss_buf_str(&there, name);
        gloss_buf_char(&there, '\0');
        p->r->no_memory |= there.failed;
        if (!there.failed && fits(probe_source(p, source), there.ptr))
            return true;
    }
    return false;
}

/* A followed file that is an output is no mistake, since the service does not read it. */
static void say_loop(struct config_probe *p, const struct config_output *o,
                     const struct config_source *s)
{
    if (s->kind->may_exclude)
        yaml_diag(
            p->r->y, o->node, GLOSS_DIAG_WARNING,
            "%s is written to '%s', which the source at %u:%u follows; that file is not read, "
            "because glossd never reads what it has written",
            o->what, o->path, s->line, s->column);
    else
        yaml_diag(p->r->y, o->node, GLOSS_DIAG_ERROR,
                  "%s is written to '%s', which the source at %u:%u reads: a loop; move it",
                  o->what, o->path, s->line, s->column);
}

static void look_for_loop(struct config_probe *p, const struct config_output *o)
{
    CLEANUP(freep) char *real = resolved(p, o->path);

    for (size_t i = 0; i < p->d->sources.n; i++) {
        const struct config_source *s = probe_source(p, i);

        if (!fits(s, o->path) && !fits(s, real) && !reaches_file(p, i, o->path) &&
            !reaches_folder(p, i, o->path))
            continue;
        say_loop(p, o, s);
        return;
    }
}

/* ---- outputs that are one ---- */

/* Whether two paths name one file. Neither file need exist yet. */
static bool is_one_file(struct config_probe *p, const char *a, const char *b)
{
    CLEANUP(freep) char *real_a = resolved(p, a);
    CLEANUP(freep) char *real_b = resolved(p, b);
    struct stat x, y;

    if (real_a && real_b && STREQ(real_a, real_b))
        return true;
    return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

/* Whether a path is that of a file which the state keeps beside it, and replaces or removes. */
static bool is_beside_state(struct config_probe *p, const char *path)
{
    static const char *const ends[] = {".lock", ".backup", ".backup.new", ".new", "-journal"};
    CLEANUP(freep) char *state = resolved(p, p->d->config.state);
    CLEANUP(freep) char *real = resolved(p, path);
    size_t n = state ? strlen(state) : 0;

    for (size_t i = 0; state && real && i < ARRAY_SIZE(ends); i++)
        if (strncmp(real, state, n) == 0 && STREQ(real + n, ends[i]))
            return true;
    return false;
}

static void look_for_same(struct config_probe *p, const struct config_output *outputs, size_t at)
{
    const struct config_output *o = &outputs[at];

    for (size_t i = 0; i < at; i++) {
        if (STREQ(o->path, outputs[i].path))
            return; /* config_parse() reported it */
        if (!is_one_file(p, o->path, outputs[i].path))
            continue;
        yaml_diag(p->r->y, o->node, GLOSS_DIAG_ERROR,
                  "%s cannot use '%s': it is another name of the file that %s uses, at %u:%u",
                  o->what, o->path, outputs[i].what, outputs[i].node->line,
                  outputs[i].node->column);
        return;
    }
    if (is_beside_state(p, o->path))
        yaml_diag(p->r->y, o->node, GLOSS_DIAG_ERROR,
                  "%s cannot use '%s': the state keeps a file of that name beside it; name another",
                  o->what, o->path);
}

static void look_at_outputs(struct config_probe *p)
{
    const struct config_output *outputs;
    size_t n = config_outputs(p->r, p->d, &outputs);

    for (size_t i = 0; i < n && !p->r->no_memory; i++) {
        look_at_output(p, &outputs[i]);
        look_for_loop(p, &outputs[i]);
        look_for_same(p, outputs, i);
    }
}

static void look_at_source(struct config_probe *p, size_t i)
{
    const struct config_source *s = probe_source(p, i);

    if (s->settings && s->kind->probe)
        s->kind->probe(p, i);
}

static void look_at_sink(struct config_probe *p, size_t i)
{
    const struct config_sink *s = &draft_sink(p->d, i)->sink;

    if (s->settings && s->kind->probe)
        s->kind->probe(p, i);
}

static void look_at_all(struct config_probe *p)
{
    look_at_catalogs(p);
    for (size_t i = 0; i < p->d->sources.n && !p->r->no_memory; i++)
        look_at_source(p, i);
    if (p->n_files > 0)
        qsort(p->files, p->n_files, sizeof(*p->files), by_identity);
    if (!p->r->no_memory && look_for_twice(p) < 0)
        p->r->no_memory = true;
    if (!p->r->no_memory)
        look_at_outputs(p);
    for (size_t i = 0; i < p->d->sinks.n && !p->r->no_memory; i++)
        look_at_sink(p, i);
}

void config_probe(struct config_reading *r, const struct config_draft *d)
{
    struct config_probe probe = {.r = r, .d = d};

    look_at_all(&probe);
    free(probe.folders);
    free(probe.files);
    arena_deinit(&probe.arena);
}
