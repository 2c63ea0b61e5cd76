/* Acts are the system calls of the programs that do such things: a rotation renames, a copytruncate
 * reads, writes and cuts off, gzip writes another file, gives it the times of the first one, and
 * deletes that. What is on disk is mirrored in `inodes`. */

#include "model/world.h"

#include "core/base/util.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

#define START_BYTES 256 /* by so many a compressed file is known for certain */
#define KEPT 4          /* numbers of rotated files */
#define LINK_FILE 2     /* the file that is a link */

static void fail(const char *what, const char *name)
{
    fprintf(stderr, "model: %s '%s': %s\n", what, name, strerror(errno));
    abort();
}

static const char *path_of(const struct world *w, const char *name)
{
    static char paths[4][160];
    static unsigned next;
    char *path = paths[next++ % 4];

    snprintf(path, sizeof(paths[0]), "%s/%s", w->folder, name);
    return path;
}

static const char *log_name(unsigned file)
{
    static const char *const names[WORLD_FILES] = {"a.log", "b.log", "c.log"};

    return names[file];
}

static const char *target_name(unsigned target)
{
    return target ? "target-1" : "target-0";
}

/* ---- the world ---- */

static void set_link(struct world *w)
{
    const char *fresh = path_of(w, "fresh-link");

    if (symlink(target_name(w->target), fresh) < 0 ||
        rename(fresh, path_of(w, log_name(LINK_FILE))) < 0)
        fail("cannot link", fresh);
}

int world_init(struct world *w, const char *where, uint32_t seed)
{
    *w = (struct world){.wide = seed % 5 == 4, .sparse = seed % 7 == 6 && seed % 5 != 4};
    snprintf(w->folder, sizeof(w->folder), "%s/glossd-model-XXXXXX", where);
    w->texts = calloc(WORLD_TEXTS, sizeof(*w->texts));
    w->inodes = calloc(WORLD_INODES, sizeof(*w->inodes));
    if (!w->texts || !w->inodes || !mkdtemp(w->folder))
        return -1;
    set_link(w);
    return 0;
}

void world_deinit(struct world *w)
{
    DIR *folder = opendir(w->folder);

    for (struct dirent *e; folder && (e = readdir(folder));)
        if (e->d_type != DT_DIR)
            unlinkat(dirfd(folder), e->d_name, 0);
    if (folder)
        closedir(folder);
    rmdir(w->folder);
    free(w->texts);
    free(w->inodes);
}

const char *world_pattern(const struct world *w)
{
    return path_of(w, w->wide ? "*.log*" : "*.log");
}

static struct inode *find(const struct world *w, const char *name)
{
    for (unsigned i = 0; i < w->n_inodes; i++)
        if (STREQ(w->inodes[i].name, name))
            return &w->inodes[i];
    return NULL;
}

/* What the log's path names; NULL: nothing. */
static struct inode *at_path(const struct world *w, unsigned file)
{
    return find(w, file == LINK_FILE ? target_name(w->target) : log_name(file));
}

static unsigned new_text(struct world *w, unsigned file)
{
    if (w->n_texts == WORLD_TEXTS)
        abort();
    w->texts[w->n_texts].file = file;
    return w->n_texts++;
}

static struct inode *new_inode(struct world *w, const char *name, unsigned file)
{
    struct inode *i = &w->inodes[w->n_inodes];

    if (w->n_inodes++ == WORLD_INODES)
        abort();
    snprintf(i->name, sizeof(i->name), "%s", name);
    i->file = file;
    return i;
}

/* Files are told by their times from those that were there before. These times move in steps of the
 * coarse clock; but a file that was looked at since its last change gets the time of the fine
 * clock.
 */
void world_leave_tick(void)
{
    struct timespec began, now;

    clock_gettime(CLOCK_REALTIME, &began);
    do {
        poll(NULL, 0, 1);
        clock_gettime(CLOCK_REALTIME_COARSE, &now);
    } while (now.tv_sec < began.tv_sec ||
             (now.tv_sec == began.tv_sec && now.tv_nsec <= began.tv_nsec));
}

/* ---- writing ---- */

static void put(const struct world *w, const struct inode *i, const char *bytes, size_t n)
{
    const char *path = path_of(w, i->name);
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | (i->hole ? 0 : O_APPEND), 0644);
    struct stat st;

    if (fd < 0 || fstat(fd, &st) < 0)
        fail("cannot open", path);
    if (i->hole && lseek(fd, MAX(st.st_size, (off_t)i->hole), SEEK_SET) < 0)
        fail("cannot seek", path);
    if (n > 0 && write(fd, bytes, n) != (ssize_t)n)
        fail("cannot write", path);
    close(fd);
}

/* Adds a word to what the file holds. */
static void say(struct world *w, struct inode *i, bool ends_line, unsigned pad)
{
    struct text *t = &w->texts[i->text];
    char word[512];
    size_t n;

    if (t->n == WORLD_WORDS)
        return;
    if (t->n == 0 &&
        w->wide) { /* a copy that a glob finds is known by a start of that length only */
        pad = 300;
        ends_line = true;
    }
    n = (size_t)snprintf(word, sizeof(word), "%c%u.%u-", 'a' + (int)i->file, i->text, t->n);
    for (unsigned k = 0; k < pad; k++) /* two texts have no long run of bytes in common */
        word[n + k] = word[k % n];
    n += pad;
    word[n++] = ends_line ? '\n' : ' ';
    put(w, i, word, n);
    t->words[t->n++] = (struct word){.when = w->n_words++, .ends_line = ends_line};
    i->n = t->n;
}

static unsigned pad_of(unsigned n)
{
    return n % 5 == 0 ? n % 400 : n % 20;
}

static struct inode *create(struct world *w, unsigned file)
{
    struct inode *i =
        new_inode(w, file == LINK_FILE ? target_name(w->target) : log_name(file), file);

    i->text = new_text(w, file);
    put(w, i, "", 0);
    return i;
}

static void write_lines(struct world *w, const struct act *a)
{
    struct inode *i = at_path(w, a->file);

    if (!i)
        i = create(w, a->file);
    for (unsigned k = 0; k <= a->n % 4; k++)
        say(w, i, true, pad_of(a->n / 4 + k));
}

static void write_half(struct world *w, const struct act *a)
{
    struct inode *i = at_path(w, a->file);

    say(w, i ? i : create(w, a->file), false, pad_of(a->n));
}

/* ---- names ---- */

static void drop(struct world *w, struct inode *i)
{
    if (unlink(path_of(w, i->name)) < 0)
        fail("cannot delete", i->name);
    i->name[0] = '\0';
    i->closed = i->closed || !i->held;
}

static void move(struct world *w, struct inode *i, const char *name)
{
    if (rename(path_of(w, i->name), path_of(w, name)) < 0)
        fail("cannot rename", i->name);
    snprintf(i->name, sizeof(i->name), "%s", name);
}

static const char *numbered(unsigned file, unsigned number, bool compressed)
{
    static char names[4][32];
    static unsigned next;
    char *name = names[next++ % 4];

    snprintf(name, sizeof(names[0]), "%s.%u%s", log_name(file), number, compressed ? ".gz" : "");
    return name;
}

static struct inode *find_numbered(const struct world *w, unsigned file, unsigned number)
{
    struct inode *i = find(w, numbered(file, number, /* compressed= */ false));

    return i ? i : find(w, numbered(file, number, /* compressed= */ true));
}

/* Makes room for number 1. */
static void shift(struct world *w, unsigned file)
{
    struct inode *last = find_numbered(w, file, KEPT);

    if (last)
        drop(w, last);
    for (unsigned k = KEPT - 1; k > 0; k--) {
        struct inode *i = find_numbered(w, file, k);

        if (i)
            move(w, i, numbered(file, k + 1, i->is_compressed));
    }
}

static void rotate(struct world *w, const struct act *a, bool by_date)
{
    struct inode *i = at_path(w, a->file);
    char name[32];

    if (!i || a->file == LINK_FILE)
        return;
    snprintf(name, sizeof(name), "%s-%03u", log_name(a->file), w->n_dates++);
    if (!by_date)
        shift(w, a->file);
    move(w, i, by_date ? name : numbered(a->file, 1, /* compressed= */ false));
    if (a->n % 2)
        create(w, a->file);
}

/* The file that was renamed last, and is still there. */
static struct inode *renamed(const struct world *w, unsigned file)
{
    for (unsigned k = w->n_inodes; k-- > 0;) {
        struct inode *i = &w->inodes[k];

        if (i->file == file && i->name[0] && !i->is_copy && !i->is_compressed &&
            i != at_path(w, file))
            return i;
    }
    return NULL;
}

/* Of renamed files that no checkpoint has, the one that was written last counts as the youngest. So
 * only a file is written that one has. */
static void write_late(struct world *w, const struct act *a)
{
    struct inode *i = renamed(w, a->file);

    if (i && i->held && !i->closed && i->kept)
        say(w, i, true, pad_of(a->n));
}

/* Where the glob finds the renamed file too, its name is a path of its own, and what comes there
 * next is another file, even if it is a copy. */
static void rename_back(struct world *w, const struct act *a)
{
    struct inode *i = renamed(w, a->file);

    if (i && !w->wide && a->file != LINK_FILE && !at_path(w, a->file) && i->held && !i->closed)
        move(w, i, log_name(a->file));
}

/* ---- cutting ---- */

static void cut(struct world *w, struct inode *i)
{
    const char *path = path_of(w, i->name);
    struct stat st;

    if (stat(path, &st) < 0 || truncate(path, 0) < 0)
        fail("cannot cut", path);
    i->hole = w->sparse && w->known[i->file] ? (uint64_t)st.st_size : 0;
    w->texts[i->text].over = true;
    i->text = new_text(w, i->file);
    i->n = 0;
    i->read = i->kept = false;
}

static void copy_bytes(const struct world *w, const char *from, const char *to)
{
    char bytes[65536];
    int in = open(path_of(w, from), O_RDONLY | O_CLOEXEC);
    int out = open(path_of(w, to), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    ssize_t n;

    if (in < 0 || out < 0)
        fail("cannot copy", from);
    while ((n = read(in, bytes, sizeof(bytes))) > 0)
        if (write(out, bytes, (size_t)n) != n)
            fail("cannot write", to);
    close(in);
    close(out);
}

/* A second file, of that name, that holds what the first one does. */
static struct inode *new_copy(struct world *w, const struct inode *i, const char *name)
{
    struct inode *copy = new_inode(w, name, i->file);

    copy->text = i->text;
    copy->n = i->n;
    copy->history = i->history;
    copy->is_copy = true;
    return copy;
}

static void copy_and_cut(struct world *w, const struct act *a)
{
    struct inode *i = at_path(w, a->file);
    const char *name;

    if (!i || a->file == LINK_FILE)
        return;
    shift(w, a->file);
    name = numbered(a->file, 1, /* compressed= */ false);
    copy_bytes(w, i->name, name);
    new_copy(w, i, name);
    if (a->n % 8 == 1)
        say(w, i, true, 3);
    cut(w, i);
}

static void compress_bytes(const struct world *w, const char *from, const char *to)
{
    char bytes[65536];
    int in = open(path_of(w, from), O_RDONLY | O_CLOEXEC);
    gzFile out = gzopen(path_of(w, to), "wbx");
    ssize_t n;

    if (in < 0 || !out)
        fail("cannot pack", from);
    while ((n = read(in, bytes, sizeof(bytes))) > 0)
        if (gzwrite(out, bytes, (unsigned)n) != n)
            fail("cannot write", to);
    close(in);
    if (gzclose(out) != Z_OK)
        fail("cannot write", to);
}

/* Compresses one of the numbered files, to which nobody writes. A file that no checkpoint has would
 * be known by its times alone. */
static void compress_one(struct world *w, const struct act *a)
{
    unsigned number = 1 + a->n % KEPT;
    struct inode *i = find(w, numbered(a->file, number, /* compressed= */ false));
    const char *name = numbered(a->file, number, /* compressed= */ true);
    struct stat st;

    if (!i || !i->kept || w->wide || w->sparse || stat(path_of(w, i->name), &st) < 0 ||
        st.st_size < START_BYTES)
        return;
    compress_bytes(w, i->name, name);
    utimensat(AT_FDCWD, path_of(w, name), (struct timespec[]){st.st_atim, st.st_mtim}, 0);
    new_copy(w, i, name)->is_compressed = true;
    drop(w, i);
}

static void cut_off(struct world *w, const struct act *a)
{
    struct inode *i = at_path(w, a->file);

    if (i)
        cut(w, i);
}

static void delete (struct world *w, const struct act *a)
{
    struct inode *i = at_path(w, a->file);

    if (i)
        drop(w, i);
}

void world_act(struct world *w, const struct act *a)
{
    switch (a->what) {
    case ACT_WRITE:
        write_lines(w, a);
        break;
    case ACT_HALF:
        write_half(w, a);
        break;
    case ACT_ROTATE:
    case ACT_DATE:
        rotate(w, a, a->what == ACT_DATE);
        break;
    case ACT_COPY:
        copy_and_cut(w, a);
        break;
    case ACT_COMPRESS:
        compress_one(w, a);
        break;
    case ACT_CUT:
        cut_off(w, a);
        break;
    case ACT_DELETE:
        delete (w, a);
        break;
    case ACT_CREATE:
        if (!at_path(w, a->file))
            create(w, a->file);
        break;
    case ACT_LATE:
        write_late(w, a);
        break;
    case ACT_BACK:
        rename_back(w, a);
        break;
    case ACT_SWITCH:
        w->target = !w->target;
        set_link(w);
        break;
    default:
        break;
    }
}

/* ---- the follower ---- */

static bool is_at_path(const struct world *w, const struct inode *i)
{
    return i == at_path(w, i->file);
}

/* The time at which a file was made moves in steps, so within some milliseconds of that nobody can
 * say whose inode it is. */
static void let_a_step_pass(void)
{
    poll(NULL, 0, 12);
}

void world_started(struct world *w)
{
    for (unsigned k = 0; k < w->n_inodes; k++)
        if (!w->wide && !w->known[w->inodes[k].file] && !is_at_path(w, &w->inodes[k]))
            w->inodes[k].history = true;
    world_leave_tick();
    let_a_step_pass();
    w->running = w->started = true;
}

/* Whether a look finds it. */
static bool is_found(const struct world *w, const struct inode *i)
{
    if (!w->running || i->history)
        return false;
    if (i->held || is_at_path(w, i))
        return true;
    return i->name[0] && i->file != LINK_FILE && (w->known[i->file] || w->wide);
}

void world_looked(struct world *w)
{
    for (unsigned file = 0; file < WORLD_FILES; file++)
        w->known[file] = w->known[file] || at_path(w, file);
    for (unsigned k = 0; k < w->n_inodes; k++) {
        struct inode *i = &w->inodes[k];

        i->held = is_found(w, i);
        for (unsigned word = 0; i->held && word < i->n; word++)
            i->read = i->read || w->texts[i->text].words[word].ends_line;
    }
}

void world_committed(struct world *w)
{
    for (unsigned k = 0; k < w->n_inodes; k++)
        w->inodes[k].kept = w->inodes[k].kept || w->inodes[k].read;
}

static bool is_closing(const struct world *w, const struct inode *i)
{
    return w->running && !is_at_path(w, i);
}

void world_waits(struct world *w)
{
    for (unsigned k = 0; k < w->n_inodes; k++) {
        struct inode *i = &w->inodes[k];

        if (!is_closing(w, i))
            continue;
        i->closed = i->file != LINK_FILE || !i->name[0]; /* the link may lead to a target again */
        if (i->n > 0)
            w->texts[i->text].words[i->n - 1].may_end = true;
    }
}

void world_waited(struct world *w)
{
    for (unsigned k = 0; k < w->n_inodes; k++)
        w->inodes[k].held = w->inodes[k].held && !is_closing(w, &w->inodes[k]);
}

void world_ended(struct world *w, bool in_good_order)
{
    for (unsigned k = 0; k < w->n_inodes; k++) {
        struct inode *i = &w->inodes[k];

        if (in_good_order && !i->name[0])
            w->texts[i->text].early = true;
        i->held = false;
        i->closed = i->closed || !i->name[0];
    }
    let_a_step_pass(); /* the inodes that the follower held open are freed */
    w->running = false;
}

/* ---- what the sink must hold ---- */

/* One line of the sink. */
struct found {
    unsigned text, first, n; /* words */
    bool whole;              /* it ends as the text's line does */
};

struct reading {
    const struct world *w;
    unsigned *next; /* of each text: the word that comes next */
    bool *flushed;  /* its last line was a half one */
    unsigned *last; /* of each file: the youngest text, */
    unsigned *when; /* and when the last line of it was written that is out */
    char *problem;
    size_t size;
};

__attribute__((format(printf, 2, 3))) static bool wrong(struct reading *r, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(r->problem, r->size, format, args);
    va_end(args);
    return false;
}

/* Takes a line apart. */
static bool parse(struct reading *r, const char *line, size_t n, struct found *f)
{
    const char *at = line, *end = line + n;
    char letter;
    unsigned text, word;
    int used;

    *f = (struct found){0};
    while (at < end) {
        char copy[64];

        snprintf(copy, sizeof(copy), "%.*s", (int)MIN(end - at, (ptrdiff_t)sizeof(copy) - 1), at);
        if (sscanf(copy, "%c%u.%u-%n", &letter, &text, &word, &used) < 3 || text >= r->w->n_texts ||
            word >= r->w->texts[text].n)
            return wrong(r, "a line that nobody wrote: '%.*s'", (int)n, line);
        if (f->n > 0 && (text != f->text || word != f->first + f->n))
            return wrong(r, "a line of words that do not belong together: '%.*s'", (int)n, line);
        if (f->n == 0)
            f->first = word;
        f->text = text;
        f->n++;
        at += used;
        while (at < end && *at != ' ')
            at++;
        if (at == end)
            f->whole = true;
        else
            at++;
    }
    return f->n > 0 || wrong(r, "an empty line");
}

/* Whether the last line of the text cannot be completed any more. */
static bool may_be_flushed(const struct world *w, unsigned text)
{
    if (w->texts[text].over)
        return true;
    for (unsigned k = 0; k < w->n_inodes; k++) {
        const struct inode *i = &w->inodes[k];

        if (i->text == text && !i->is_copy)
            return i->closed || !i->name[0];
    }
    return true;
}

static bool take_line(struct reading *r, const char *line, size_t n)
{
    const struct text *t;
    unsigned file, when;
    struct found f;

    if (!parse(r, line, n, &f))
        return false;
    t = &r->w->texts[f.text];
    if (f.first < r->next[f.text])
        return wrong(r, "twice: '%.*s'", (int)n, line);
    if (f.first > r->next[f.text] || r->flushed[f.text])
        return wrong(r, "something is missing before '%.*s'", (int)n, line);
    r->next[f.text] = f.first + f.n;
    if (f.whole != t->words[f.first + f.n - 1].ends_line)
        return wrong(r, "it does not end there: '%.*s'", (int)n, line);
    if (!f.whole && !t->words[f.first + f.n - 1].may_end) {
        r->flushed[f.text] = true;
        return may_be_flushed(r->w, f.text) ||
               wrong(r, "half a line that could be completed: '%.*s'", (int)n, line);
    }
    if (!f.whole)
        return true;
    file = t->file;
    when = t->words[f.first + f.n - 1].when;
    if (t->early)
        return true;
    if (f.text >= r->last[file]) {
        r->last[file] = f.text;
        r->when[file] = when;
        return true;
    }
    if (when < r->when[file] && !r->w->wide && file != LINK_FILE)
        return wrong(r, "too late, behind what was written after it: '%.*s'", (int)n, line);
    return true;
}

/* How many words a look could read of each text, in whole lines. */
static unsigned readable(const struct world *w, unsigned text)
{
    unsigned most = 0;

    for (unsigned k = 0; k < w->n_inodes; k++) {
        const struct inode *i = &w->inodes[k];

        if (i->text == text && i->held)
            most = MAX(most, i->n);
    }
    while (most > 0 && !w->texts[text].words[most - 1].ends_line)
        most--;
    return most;
}

static bool take_all(struct reading *r, const char *sink, size_t n, bool complete)
{
    const char *at = sink, *end = sink + n;

    while (at < end) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));

        if (!newline)
            return wrong(r, "a line without an end: '%.*s'", (int)(end - at), at);
        if (!take_line(r, at, (size_t)(newline - at)))
            return false;
        at = newline + 1;
    }
    for (unsigned t = 0; complete && t < r->w->n_texts; t++)
        if (r->next[t] < readable(r->w, t))
            return wrong(r, "lost: from '%c%u.%u' on", 'a' + (int)r->w->texts[t].file, t,
                         r->next[t]);
    return true;
}

bool world_agrees(const struct world *w, const char *sink, size_t n, bool complete, char *problem,
                  size_t size)
{
    unsigned next[WORLD_TEXTS] = {0}, last[WORLD_FILES] = {0}, when[WORLD_FILES] = {0};
    bool flushed[WORLD_TEXTS] = {0};
    struct reading r = {.w = w,
                        .next = next,
                        .flushed = flushed,
                        .last = last,
                        .when = when,
                        .problem = problem,
                        .size = size};

    return take_all(&r, sink, n, complete);
}
