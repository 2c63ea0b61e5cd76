/* What a path names, and who that is.
 *
 *      the path names                        what follows
 *      nothing                               the door stays shut
 *      a generation that is open here        nothing, it is read
 *      a file of another lineage or source   it is theirs, and said where it is odd
 *      a generation that is remembered       it goes on at its offset
 *      a packed file                         unpacked, from where its plain text was read to, when
 *                                            nobody writes to it any more
 *      any other file                        the next generation, from 0; before it what came and
 *                                            went since the last one was seen */

#include "io/tail/identify.h"

#include "core/base/util.h"
#include "io/files/decompressed_file.h"
#include "io/files/fingerprint.h"
#include "io/files/rotated_names.h"
#include "io/tail/compressed_match.h"
#include "io/tail/find_rotated.h"
#include "io/tail/glob_dirs.h"

#include <fcntl.h>
#include <inttypes.h>
#include <unistd.h>

#define LOOK_AGAIN_NS (UINT64_C(1000000000) / 4)

/* A file that was opened at the path. */
struct arrival {
    int fd;
    struct stat st;
    struct decompressed_file *packed; /* owned; NULL: it is plain */
    bool kind_known;
};

struct path_view path_view(const struct followed_path *l)
{
    struct path_view v = {.kind = PATH_OTHER};

    if (stat(l->path, &v.st) == 0)
        return v;
    v.error = errno;
    v.kind = v.error == ENOENT || v.error == ENOTDIR ? PATH_GONE : PATH_UNKNOWN;
    return v;
}

void identify_say_unreadable(struct followed_path *l, const struct follow_context *d, int error)
{
    if (!l->unreadable)
        follow_context_event(d, FOLLOW_UNREADABLE, l->path, "%s", strerror(error));
    l->unreadable = true;
}

void identify_say_readable(struct followed_path *l, const struct follow_context *d)
{
    if (l->unreadable)
        d->options.ops->event(d->options.ctx, FOLLOW_READABLE, l->path, /* detail= */ NULL);
    l->unreadable = false;
}

static void refuse(struct followed_path *l, const struct follow_context *d, const struct stat *st,
                   const char *why)
{
    l->refused_dev = st->st_dev;
    l->refused_ino = st->st_ino;
    l->refused_ns = followed_file_time(st);
    if (why && !l->skipped)
        follow_context_event(d, FOLLOW_SKIPPED, l->path, "%s", why);
    l->skipped = l->skipped || why;
}

/* Whether the file at the path is read already, here or by somebody else. */
static bool is_taken(struct followed_path *l, const struct follow_context *d, const struct stat *st)
{
    const struct followed_file *g = NULL;

    while ((g = follow_context_find(d, st->st_dev, st->st_ino, g))) {
        if (!followed_file_is_live(g))
            continue;
        if (g->position.path == l->path) {
            l->arrival.state = ROTATION_READING;
            return true;
        }
        refuse(l, d, st,
               rotated_names_named(l->path, g->position.path) ? NULL
                                                              : "it is followed by another name");
        return true;
    }
    if (!d->options.ops->taken || !d->options.ops->taken(d->options.ctx, st->st_dev, st->st_ino))
        return false;
    refuse(l, d, st, "another source follows it");
    return true;
}

/* Of two that fit: the one that is not read to its end, the one that was read further, the one of
 * this lineage, the last one. */
static bool is_better(const struct followed_path *l, const struct followed_file *a,
                      const struct followed_file *b)
{
    bool a_here = a->position.path == l->path, b_here = b->position.path == l->path;

    if (a->position.done != b->position.done)
        return !a->position.done;
    if (a->position.offset != b->position.offset)
        return a->position.offset > b->position.offset;
    return a_here != b_here ? a_here : a->position.serial > b->position.serial;
}

/* Somebody knows it and has nothing to read in it. */
static void meet(const struct followed_path *l, const struct follow_context *d,
                 const struct stat *st)
{
    struct followed_file *g = NULL, *best = NULL;

    while ((g = follow_context_find(d, st->st_dev, st->st_ino, g)))
        if (!followed_file_is_live(g) &&
            (!g->position.done || g->position.offset == (uint64_t)st->st_size) &&
            (!best || is_better(l, g, best)))
            best = g;
    if (best)
        followed_file_seen(best, d);
}

/* A generation that is not open and whose file this is. Of one that is done and of which nothing
 * was handed on nothing is known, so any text would fit it. */
static struct followed_file *find_known(const struct followed_path *l,
                                        const struct follow_context *d, int fd,
                                        const struct stat *st, struct decompressed_file *packed)
{
    struct followed_file *g = NULL, *best = NULL;

    while ((g = follow_context_find(d, st->st_dev, st->st_ino, g)))
        if (!followed_file_is_live(g) && (!g->position.done || g->position.offset > 0) &&
            compressed_match_fits(fd, st, packed, &g->position) && (!best || is_better(l, g, best)))
            best = g;
    return best;
}

/* A file that another path's lineage knows: unless it has more than was read there, it is no news.
 */
static int adopt(struct followed_path *l, struct follow_context *d, struct followed_file *known,
                 struct arrival *a, uint64_t now_ns)
{
    bool rotated_name = rotated_names_named(l->path, known->position.path);
    struct followed_file *g;
    bool no_more = !a->packed && (uint64_t)a->st.st_size == known->position.offset;

    if ((rotated_name && !known->position.done) || no_more) {
        refuse(l, d, &a->st, /* why= */ NULL);
        close(a->fd);
        return 0;
    }
    g = find_rotated_insert(l, /* before= */ NULL);
    if (!g)
        return -ENOMEM;
    g->position.offset = known->position.offset;
    g->position.lines = known->position.lines;
    g->position.head_print = known->position.head_print;
    g->position.tail_print = known->position.tail_print;
    g->kind_known = a->kind_known;
    g->guess = g->silent = a->packed != NULL;
    g->packed = TAKE_PTR(a->packed);
    followed_file_close(known, d);
    followed_file_attach(g, a->fd, &a->st, now_ns);
    g->at_path = true;
    l->arrival.state = ROTATION_READING;
    return follow_context_list(d, g);
}

/* The file was in this lineage under the same device and inode, with other text: a writer that does
 * not append may leave a hole. */
static bool was_cut_off(const struct followed_path *l, const struct stat *st)
{
    for (const struct followed_file *g = l->oldest; g; g = g->younger)
        if (g->position.dev == st->st_dev && g->position.ino == st->st_ino)
            return true;
    return false;
}

/* Whether it is a copy, by a sibling's name, of a file that is read under its own: it need not be
 * complete yet. Where its text is cut off, find_rotated_copy() reads the copy's rest. */
static bool is_copy_of_other(const struct followed_path *l, const struct follow_context *d, int fd)
{
    struct fingerprint head;

    if ((l->at_start && !d->remembers) || fingerprint_before(fd, FINGERPRINT_BYTES, &head) != 0 ||
        fingerprint_is_blank(head))
        return false;
    for (size_t i = 0; i < d->n_buckets; i++)
        for (const struct followed_file *g = d->buckets[i]; g; g = g->same_bucket)
            if (fingerprint_equal(g->position.head_print, head) &&
                rotated_names_named(l->path, g->position.path))
                return true;
    return false;
}

/* It was renamed since it was opened, and what came and went was looked for meanwhile: so it is
 * read already, as a sibling. */
static bool was_recovered(struct followed_path *l, const struct follow_context *d,
                          struct arrival *a)
{
    if (!is_taken(l, d, &a->st))
        return false;
    close(a->fd);
    return true;
}

/* How long it has to be left alone yet: by its own time, or, as that may be by another clock, by
 * ours. */
static uint64_t silence_ns(struct followed_path *l, const struct follow_context *d,
                           const struct stat *st, uint64_t now_ns)
{
    uint64_t wait_ns = d->options.rotate_wait_ns, waited_ns;

    if (l->waits_ns != followed_file_time(st))
        l->waits_since_ns = now_ns;
    l->waits_ns = followed_file_time(st);
    waited_ns = MIN(wait_ns, now_ns - l->waits_since_ns);
    return MIN(follow_context_silence_ns(d, st), wait_ns - waited_ns);
}

/* Whether it may become such a copy: it is too short to tell, and somebody may be writing it. */
static bool is_growing(struct followed_path *l, const struct follow_context *d,
                       const struct arrival *a, uint64_t now_ns)
{
    uint64_t wait_ns = silence_ns(l, d, &a->st, now_ns);

    if (!l->beside_another || a->st.st_size >= FINGERPRINT_BYTES || wait_ns == 0)
        return false;
    l->arrival.retry_ns = now_ns + MIN(wait_ns, LOOK_AGAIN_NS);
    return true;
}

/* Nobody has written its first bytes, as the file system tells. A file without any data may have
 * been given its room beforehand. */
static bool begins_with_a_hole(const struct followed_file *g)
{
    return g->position.offset == 0 && lseek(g->fd, 0, SEEK_DATA) > 0;
}

static int begin(struct followed_path *l, struct follow_context *d, struct arrival *a,
                 uint64_t now_ns)
{
    struct followed_file *youngest = find_rotated_youngest(l), *g;
    bool at_end = l->at_start && !youngest && d->options.start_at_end;
    bool cut = was_cut_off(l, &a->st);
    uint64_t history_ns = 0;
    int r = 0;

    if (!youngest)
        history_ns = find_rotated_history_ns(l);
    if (youngest)
        r = find_rotated_younger(l, d, /* before= */ NULL, youngest, now_ns);
    else if (!l->at_start)
        r = find_rotated_unseen(l, d, now_ns);
    if (r != 0 || was_recovered(l, d, a))
        return r;
    g = find_rotated_insert(l, /* before= */ NULL);
    if (!g)
        return -ENOMEM;
    g->position.file_time_ns = MAX(followed_file_time(&a->st), history_ns);
    d->wants_commit = true; /* by what is remembered of it, it is found again after a rename */
    g->kind_known = a->st.st_size > 0 && a->kind_known;
    g->packed = TAKE_PTR(a->packed);
    if (g->packed)
        compressed_match_start(l, d, g);
    if (at_end)
        r = followed_file_attach_at_end(g, a->fd, &a->st, now_ns);
    else
        followed_file_attach(g, a->fd, &a->st, now_ns);
    if (r < 0)
        return r == -ENOMEM ? r : -r;
    g->may_have_hole = (cut || youngest || begins_with_a_hole(g)) && !g->packed;
    g->at_path = true;
    l->arrival.state = ROTATION_READING;
    if (!g->guess)
        follow_context_event(d, FOLLOW_OPENED, l->path, "from %" PRIu64, g->position.offset);
    return follow_context_list(d, g);
}

/* ---- a packed file ---- */

/* Whether it is not to be read now; then its descriptor is closed, or nothing is to come of it. */
static bool has_to_wait(struct followed_path *l, const struct follow_context *d, struct arrival *a,
                        uint64_t now_ns)
{
    uint64_t wait_ns = silence_ns(l, d, &a->st, now_ns);

    if (l->at_start && d->options.start_at_end)
        refuse(l, d, &a->st, /* why= */ NULL);
    else if (wait_ns > 0)
        l->arrival.retry_ns = now_ns + wait_ns;
    else if (compressed_match_is_read(l, d, l->path, /* silent= */ true, a->packed))
        l->arrival.retry_ns = now_ns + d->options.rotate_wait_ns;
    else
        return false;
    close(a->fd);
    return true;
}

/* ---- whose it is ---- */

static void resume(struct followed_path *l, const struct follow_context *d,
                   struct followed_file *known, struct arrival *a, uint64_t now_ns)
{
    known->kind_known = a->st.st_size > 0 && a->kind_known;
    known->guess = known->guess_own = a->packed != NULL;
    known->packed = TAKE_PTR(a->packed);
    followed_file_attach(known, a->fd, &a->st, now_ns);
    known->at_path = true;
    known->may_have_hole = fingerprint_is_blank(known->position.tail_print) && !known->packed;
    l->arrival.state = ROTATION_READING;
    follow_context_event(d, FOLLOW_OPENED, l->path, "from %" PRIu64, known->position.offset);
}

/* Lets the file behind a descriptor in, which stays with the caller where the result is not 0. */
static int let_in(struct followed_path *l, struct follow_context *d, struct arrival *a,
                  uint64_t now_ns)
{
    struct followed_file *known;
    int r;

    if (!l->begun) {
        r = find_rotated_remembered(l, d, a->fd, &a->st, a->packed, now_ns);
        if (r != 0)
            return r == 1 ? EAGAIN : r;
        l->begun = true;
    }
    known = find_known(l, d, a->fd, &a->st, a->packed);
    if (known && known->position.path != l->path)
        return adopt(l, d, known, a, now_ns);
    if (!known && a->packed && has_to_wait(l, d, a, now_ns))
        return 0;
    if (!known && !a->packed && is_copy_of_other(l, d, a->fd)) {
        refuse(l, d, &a->st, "it is a copy of a file that is followed");
        close(a->fd);
        return 0;
    }
    if (!known && !a->packed && is_growing(l, d, a, now_ns)) {
        close(a->fd);
        return 0;
    }
    if (!known)
        return begin(l, d, a, now_ns);
    if (fingerprint_is_blank(
            known->position.tail_print)) { /* it may have had other text, that was copied away */
        r = find_rotated_younger(l, d, known, known, now_ns);
        if (r != 0)
            return r;
        if (was_recovered(l, d, a)) {
            followed_file_close(known, d);
            return 0;
        }
    }
    resume(l, d, known, a, now_ns);
    return 0;
}

void identify_report_target(const struct followed_path *l, const struct follow_context *d)
{
    char *slash = l->target ? strrchr(l->target, '/') : NULL;

    if (!d->options.ops->folder || !slash)
        return;
    *slash = '\0';
    d->options.ops->folder(d->options.ctx, slash == l->target ? "/" : l->target);
    *slash = '/';
}

/* Remembers where a link leads, so that its folder is watched too. */
static void note_target(struct followed_path *l, struct follow_context *d)
{
    char *target = realpath(l->path, NULL);

    d->n_targets -= l->target != NULL;
    free(l->target);
    l->target = NULL;
    if (!target || STREQ(target, l->path)) {
        free(target);
        return;
    }
    l->target = target;
    d->n_targets++;
    identify_report_target(l, d);
}

/* Opens what was seen at the path. Returns 0, a positive errno, or -ENOMEM. */
static int arrive(struct arrival *a, const char *path, const struct stat *seen)
{
    int r;

    a->fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (a->fd < 0 || fstat(a->fd, &a->st) < 0)
        return errno;
    if (a->st.st_dev != seen->st_dev || a->st.st_ino != seen->st_ino)
        return ESTALE;
    r = decompressed_file_new(&a->packed, a->fd);
    a->kind_known = r == 0 || r == DECOMPRESSED_FILE_E_PLAIN;
    return r < 0 && r != -ENOMEM ? -r : MIN(r, 0);
}

/* The path names a file that is not open. Returns 0, a positive errno, or -ENOMEM. */
static int knock(struct followed_path *l, struct follow_context *d, const struct stat *seen,
                 uint64_t now_ns)
{
    struct arrival a = {0};
    int r;

    l->arrival.state = ROTATION_FOUND;
    if (!S_ISREG(seen->st_mode)) {
        refuse(l, d, seen, glob_dirs_oddity(seen->st_mode));
        return 0;
    }
    meet(l, d, seen);
    if (seen->st_dev == l->refused_dev && seen->st_ino == l->refused_ino &&
        followed_file_time(seen) == l->refused_ns)
        return 0;
    if (is_taken(l, d, seen))
        return 0;
    r = arrive(&a, l->path, seen);
    if (r == 0)
        r = let_in(l, d, &a, now_ns);
    decompressed_file_free(a.packed);
    if (r != 0) {
        if (a.fd >= 0)
            close(a.fd);
        return r == ENOENT ? 0 : r;
    }
    note_target(l, d);
    return 0;
}

/* What a checkpoint remembers is looked for even where the path names nothing, and so is what came
 * and went: nobody knows when the next file will be there. */
static int look_without_file(struct followed_path *l, struct follow_context *d, uint64_t now_ns)
{
    const struct followed_file *youngest;
    int r = l->begun ? 0
                     : find_rotated_remembered(l, d, /* fd= */ -1, /* st= */ NULL,
                                               /* packed= */ NULL, now_ns);

    if (r != 0)
        return r == 1 ? 0 : r;
    l->begun = true;
    youngest = find_rotated_youngest(l);
    return youngest ? find_rotated_younger(l, d, /* before= */ NULL, youngest, now_ns) : 0;
}

int identify_open(struct followed_path *l, struct follow_context *d, const struct path_view *v,
                  uint64_t now_ns)
{
    struct rotation_seen seen = {.path = v->kind};
    int error = v->error, r = 0;

    if (l->arrival.state != ROTATION_FOUND || l->arrival.retry_ns > now_ns)
        return 0;
    if (v->kind == PATH_GONE)
        r = look_without_file(l, d, now_ns);
    else if (v->kind == PATH_OTHER)
        r = knock(l, d, &v->st, now_ns);
    if (v->kind == PATH_GONE || l->arrival.state == ROTATION_READING)
        l->at_start = false; /* what comes next was not there */
    if (r < 0)
        return r;
    if (r > 0) {
        error = r;
        seen.path = PATH_UNKNOWN;
    }
    if (seen.path == PATH_OTHER)
        l->arrival.failures = 0;
    else if (rotation_step(&l->arrival, &seen, /* rotate_wait_ns= */ 0, now_ns) ==
             ROTATION_BACK_OFF)
        identify_say_unreadable(l, d, error);
    if (seen.path == PATH_OTHER)
        identify_say_readable(l, d);
    return 0;
}
