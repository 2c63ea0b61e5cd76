/* From a path to an open state, whatever stands there.
 *
 *     for writing                                 for reading
 *     lock PATH.lock ── held ──► STORE_E_HELD     none ──► STORE_E_ABSENT
 *       │                                           │
 *     look at PATH: whose, which version,         look at PATH: whose, which version
 *       │           every page                      │
 *       ├─ fine ────► migrate ──► RESUMED           ├─ fine
 *       ├─ newer, another's, no right ──► refused   ├─ a crash left it half written ──► a private
 *       └─ missing, damaged                         │    copy is finished and read
 *            │  make PATH.new of PATH.backup,       └─ older ──► migrated in memory
 *            │  or empty
 *            └► PATH gets its second name, PATH.new the first
 *               ──► RESTORED, LOST or FRESH
 *
 * Only a state that is certainly damaged is set aside. A file that does not look as if it ever was
 * a state, and has no copy beside it, is somebody's file and is refused. A file that could not be
 * looked at (no permission, an I/O error, no memory) is an error, and nothing is touched, because a
 * state that took over in its place would be an older one, or an empty one. The same goes for the
 * copy. */

#include "core/base/util.h"
#include "io/state/store_files.h"
#include "io/state/store_private.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define READER_PATIENCE_MS 2000
#define WRITER_PATIENCE_MS 1000

/* One call of store_open(). */
struct opening {
    struct store *s;
    uint64_t now_ns;
    struct gloss_diags *diags;
    char problem[256]; /* the last failure in SQLite's words; empty: there was none */
};

/* ---- What is wrong, and what to do. */

#define SAY(o, level, file, ...) \
    gloss_diags_add((o)->diags, (level), (file), 0, 0, (struct gloss_span){0}, __VA_ARGS__)

enum begin { BEGINS_EMPTY, BEGINS_ZERO, BEGINS_AS_DATABASE, BEGINS_OTHERWISE };

/* How a file begins; a file that cannot be read counts as BEGINS_OTHERWISE. */
static enum begin begin_of(const char *path)
{
    static const char begin[] = "SQLite format 3"; /* and its NUL */
    CLEANUP(closep) int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    char bytes[sizeof(begin)];
    ssize_t n = fd < 0 ? -1 : read(fd, bytes, sizeof(bytes));

    if (n == 0)
        return BEGINS_EMPTY;
    if (n > 0 && bytes[0] == '\0')
        return BEGINS_ZERO;
    return n == (ssize_t)sizeof(bytes) && memcmp(bytes, begin, sizeof(begin)) == 0
               ? BEGINS_AS_DATABASE
               : BEGINS_OTHERWISE;
}

static const char *remedy(const struct store *s, int r)
{
    switch (r) {
    case -EACCES:
    case -EPERM:
        return s->read_only ? "become a member of the file's group (often adm), or root"
                            : "let the user of the service write the file and its folder";
    case -EROFS:
        return "mount it writable; in a systemd unit name the folder in ReadWritePaths=";
    case -ENOSPC:
    case -EDQUOT:
        return "free some room there; nothing is lost";
    case -EISDIR:
        return "name a file in it";
    case -ENOENT:
        return "make the folder, or name another file";
    case -ENOTDIR:
        return "name another file";
    case -EBUSY:
        return "another program holds it; try again when that program has ended";
    case -EUCLEAN:
        return begin_of(s->path) == BEGINS_AS_DATABASE
                   ? "start the service: it sets a damaged state aside and takes its last good copy"
                   : "it is not a state; name another file (to count a log, leave out --state)";
    case -ENXIO:
        return "remove that, and start again";
    case -EINVAL:
        return "it is not a state of glossd; name another file";
    default:
        return "look at the disk and the log of the system";
    }
}

static void say_held(struct opening *o)
{
    int pid = (int)store_files_holder(o->s->path);
    char who[32] = "another process";

    if (pid > 0)
        snprintf(who, sizeof(who), "process %d", pid);
    SAY(o, GLOSS_DIAG_ERROR, o->s->path,
        "the state is in use by %s; stop that process first, or name another state", who);
}

static void say_failure(struct opening *o, int r)
{
    const char *what = o->s->path, *reason = strerror(-r);
    bool words = o->problem[0] != '\0' && r != -EACCES && r != -EROFS && r != -ENOSPC;

    if (r == -ENXIO)
        reason = "its lock or its journal, beside it, is a FIFO, a socket or a device";
    if (r == -EINVAL && words) {
        reason = o->problem;
        words = false;
    }
    if (r == -EUCLEAN) { /* the C library's text, "Structure needs cleaning", helps nobody */
        reason = words ? o->problem : "the file is empty";
        words = false;
    }
    switch (r) {
    case STORE_E_HELD:
        say_held(o);
        return;
    case STORE_E_NEWER:
        SAY(o, GLOSS_DIAG_ERROR, what,
            "the state was written by a newer glossd; install the newer one, or name another "
            "state");
        return;
    case STORE_E_ABSENT:
        SAY(o, GLOSS_DIAG_ERROR, what,
            "there is no state; name the state of the service with --state, or start the service "
            "first");
        return;
    default:
        SAY(o, GLOSS_DIAG_ERROR, what, "the state cannot be opened (%s%s%s): %s", reason,
            words ? "; " : "", words ? o->problem : "", remedy(o->s, r));
    }
}

/* ---- Looking. */

static int fail_with(struct opening *o, const struct db *db, int r)
{
    if (r < 0 && db)
        snprintf(o->problem, sizeof(o->problem), "%s", db_problem(db));
    return r;
}

/* An empty file is damage (-EUCLEAN), because no state is ever left like that: see store_files.c.
 */
static int look_at_file(const char *path)
{
    struct stat st;

    if (stat(path, &st) < 0)
        return -errno;
    if (S_ISDIR(st.st_mode))
        return -EISDIR;
    if (!S_ISREG(st.st_mode))
        return -EINVAL;
    return st.st_size == 0 ? -EUCLEAN : 0;
}

/* Checks all that can be checked of a database before it is trusted. */
static int look_at_content(struct db *db, uint64_t *ret_version)
{
    uint64_t version;
    int r = store_schema_version(db, &version);

    if (r != 0)
        return r;
    r = store_schema_check(db, version);
    if (r == 0)
        r = db_check(db);
    if (r == 0)
        *ret_version = version;
    return r;
}

/* SQLite opens a file that it may not write for reading only, and does not say why. */
static int demand_writable(const struct db *db, const char *path)
{
    if (!db_is_read_only(db))
        return 0;
    return faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) < 0 ? -errno : -EACCES;
}

static int open_checked(struct opening *o, const char *path, enum db_mode mode, struct db **ret_db,
                        uint64_t *ret_version)
{
    CLEANUP(db_freep) struct db *db = NULL;
    int r;

    o->problem[0] = '\0';
    r = look_at_file(path);
    if (r == 0)
        r = store_files_check_beside(path);
    if (r == 0)
        r = db_open(&db, path, mode, WRITER_PATIENCE_MS);
    if (r == 0 && mode == DB_WRITE)
        r = demand_writable(db, path);
    if (r == 0)
        r = fail_with(o, db, look_at_content(db, ret_version));
    if (r == 0)
        *ret_db = TAKE_PTR(db);
    return r;
}

/* ---- For writing. */

static int open_state(struct opening *o)
{
    static const char settings[] = "PRAGMA journal_mode = PERSIST;"
                                   "PRAGMA journal_size_limit = 1048576;"
                                   "PRAGMA synchronous = FULL;"
                                   "PRAGMA cache_spill = OFF;" /* a put never waits for the disk */
                                   "PRAGMA temp_store = MEMORY";
    uint64_t version;
    int r;

    r = open_checked(o, o->s->path, DB_WRITE, &o->s->db, &version);
    if (r == 0)
        r = fail_with(o, o->s->db, db_exec(o->s->db, settings));
    if (r == 0)
        r = fail_with(o, o->s->db, store_schema_migrate(o->s->db, version, o->now_ns));
    return r;
}

/* Opens the last good copy and checks it. *ret_copy is NULL when there is no copy, or a damaged
 * one. */
static int open_backup(struct opening *o, const char *path, struct db **ret_copy, bool *ret_damaged)
{
    CLEANUP(db_freep) struct db *copy = NULL;
    char problem[sizeof(o->problem)];
    uint64_t version;
    int r;

    memcpy(problem, o->problem, sizeof(problem));
    r = open_checked(o, path, DB_READ, &copy, &version);
    *ret_damaged = r == -EUCLEAN;
    if (r != 0 && r != -ENOENT && r != -EUCLEAN)
        return r;
    memcpy(o->problem, problem, sizeof(problem));
    *ret_copy = TAKE_PTR(copy);
    return 0;
}

/* Makes a whole state under another name: a copy of `copy`, or an empty one (NULL). */
static int make_state(struct opening *o, const char *path, struct db *copy)
{
    CLEANUP(db_freep) struct db *db = NULL;
    int r;

    r = store_files_create(path);
    if (r == 0)
        r = db_open(&db, path, DB_WRITE, /* patience_ms= */ 0);
    if (r == 0)
        r = db_exec(db, "PRAGMA journal_mode = OFF");
    if (r == 0)
        r = copy ? db_copy(db, copy) : store_schema_migrate(db, 0, o->now_ns);
    return fail_with(o, db, r);
}

static void say_taken_over(struct opening *o, const char *aside, bool copy_damaged)
{
    const char *path = o->s->path;
    const char *why = o->problem[0] ? o->problem : "the file is empty";

    if (aside && o->s->origin == STORE_RESTORED)
        SAY(o, GLOSS_DIAG_WARNING, path,
            "the state is damaged (%s); it was set aside as %s, its last good copy took over", why,
            aside);
    else if (aside)
        SAY(o, GLOSS_DIAG_WARNING, path,
            "the state is damaged (%s) and %s; it was set aside as %s, a new one begins", why,
            copy_damaged ? "so is its copy" : "has no copy", aside);
    else if (o->s->origin == STORE_RESTORED)
        SAY(o, GLOSS_DIAG_WARNING, path,
            "the state is missing; its last good copy took over (to begin anew, remove %s.backup "
            "too)",
            path);
    else if (copy_damaged)
        SAY(o, GLOSS_DIAG_WARNING, path,
            "the state is missing and its copy %s.backup is damaged; a new one begins", path);
}

/* Replaces the state at PATH, which is damaged or missing, by the copy or an empty state. */
static int take_over(struct opening *o, bool damaged, const char *made, struct db *copy,
                     bool copy_damaged)
{
    CLEANUP(freep) char *aside = NULL;
    char problem[sizeof(o->problem)];
    int r;

    memcpy(problem, o->problem, sizeof(problem));
    r = make_state(o, made, copy);
    if (r == 0 && damaged)
        r = store_files_set_aside(o->s->path, o->now_ns, &aside);
    if (r == 0)
        r = store_files_replace(made, o->s->path);
    if (r < 0)
        return r;
    memcpy(o->problem, problem, sizeof(problem));
    o->s->origin = copy ? STORE_RESTORED : damaged || copy_damaged ? STORE_LOST : STORE_FRESH;
    say_taken_over(o, aside, copy_damaged);
    return open_state(o);
}

static int begin_anew(struct opening *o, bool damaged)
{
    CLEANUP(freep) char *made = store_files_name(o->s->path, ".new");
    CLEANUP(freep) char *backup = store_files_name(o->s->path, ".backup");
    CLEANUP(db_freep) struct db *copy = NULL;
    bool copy_damaged;
    int r;

    if (!made || !backup)
        return -ENOMEM;
    r = open_backup(o, backup, &copy, &copy_damaged);
    if (r != 0) {
        SAY(o, GLOSS_DIAG_WARNING, backup, "the state is %s, and this copy of it cannot be read",
            damaged ? "damaged" : "missing");
        return r;
    }
    if (damaged && !copy && !copy_damaged && begin_of(o->s->path) == BEGINS_OTHERWISE)
        return -EINVAL;
    r = take_over(o, damaged, made, copy, copy_damaged);
    if (r < 0)
        unlink(made);
    return r;
}

static int open_for_writing(struct opening *o)
{
    int r;

    r = store_files_lock(o->s->path, &o->s->lock_fd);
    if (r < 0)
        return r == -EAGAIN ? STORE_E_HELD : r;
    r = open_state(o);
    if (r == -ENOENT || r == -EUCLEAN) {
        o->s->db = db_free(o->s->db);
        r = begin_anew(o, r == -EUCLEAN);
    }
    return r;
}

/* ---- For reading. */

/* Brings an older state to the present schema, in memory, because a reader must not change the
 * file. */
static int migrate_in_memory(struct opening *o, uint64_t version)
{
    CLEANUP(db_freep) struct db *memory = NULL;
    int r;

    r = db_open(&memory, /* path= */ NULL, DB_MEMORY, /* patience_ms= */ 0);
    if (r == 0)
        r = fail_with(o, memory, db_copy(memory, o->s->db));
    if (r == 0)
        r = fail_with(o, memory, store_schema_migrate(memory, version, o->now_ns));
    if (r < 0)
        return r;
    db_free(o->s->db);
    o->s->db = TAKE_PTR(memory);
    return 0;
}

static int look_as_reader(struct opening *o)
{
    uint64_t version;
    int r = store_schema_version(o->s->db, &version);

    if (r == 0)
        r = store_schema_check(o->s->db, version);
    if (r == 0 && version < STORE_SCHEMA_VERSION)
        return migrate_in_memory(o, version);
    return fail_with(o, o->s->db, r);
}

/* The first read of the copy finishes what the crash left half done; then the copy needs no name
 * any more. */
static int open_private_copy(struct opening *o)
{
    CLEANUP(freep) char *copy = NULL;
    int r;

    o->problem[0] = '\0';
    o->s->db = db_free(o->s->db);
    r = store_files_copy_private(o->s->path, &copy);
    if (r < 0)
        return r;
    r = db_open(&o->s->db, copy, DB_WRITE, /* patience_ms= */ 0);
    if (r == 0)
        r = look_as_reader(o);
    store_files_remove_private(copy);
    return r;
}

static int open_for_reading(struct opening *o)
{
    int r;

    r = look_at_file(o->s->path);
    if (r < 0)
        return r == -ENOENT ? STORE_E_ABSENT : r;
    r = store_files_check_beside(o->s->path);
    if (r < 0)
        return r;
    r = db_open(&o->s->db, o->s->path, DB_READ, READER_PATIENCE_MS);
    if (r < 0)
        return r;
    r = look_as_reader(o);
    return r == -EROFS && db_needs_recovery(o->s->db) ? open_private_copy(o) : r;
}

int store_open(struct store **ret_store, const struct store_options *options,
               struct gloss_diags *diags)
{
    CLEANUP(store_freep) struct store *s = calloc(1, sizeof(*s));
    struct opening o = {.s = s, .now_ns = options->now_ns, .diags = diags};
    int r;

    if (!s)
        return -ENOMEM;
    s->lock_fd = -1;
    s->opened_ns = options->now_ns;
    s->read_only = options->read_only;
    s->origin = STORE_RESUMED;
    s->path = store_files_resolve(options->path);
    if (!s->path)
        return -ENOMEM;
    r = s->read_only ? open_for_reading(&o) : open_for_writing(&o);
    if (r == 0)
        r = fail_with(&o, s->db, store_read_times(s));
    if (r != 0) {
        say_failure(&o, r);
        return r;
    }
    *ret_store = TAKE_PTR(s);
    return 0;
}
