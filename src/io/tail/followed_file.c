/* A turn with one file. One read brings the bytes that are to be the same as before and those that
 * are new, so nobody can cut the file between the check and the read:
 *
 *      place.offset             tail.offset
 *           │  half line that waits  │
 *     ──────┴────────────────────────┼──────────────────────────┐  file
 *                        │   mark    │   new                    │
 *     buffer: [  half, copied from memory  ][ whole lines ][ rest ]
 *
 * Up to the last newline it is one block over the buffer; the rest is copied to memory of its own.
 * So a quiet file holds no more than its half line.
 *
 * A line over max_line is not stored: `half` stops growing, new bytes are only searched for the
 * newline, and when it is there the line goes out from the file (longline.c). What is kept is of
 * use when the file is cut off before that. */

#include "io/tail/followed_file.h"

#include "core/base/util.h"
#include "io/files/fingerprint.h"
#include "io/tail/overlong_line.h"

#include <inttypes.h>
#include <unistd.h>

#define SECOND_NS UINT64_C(1000000000)
#define HOUR_NS (3600 * SECOND_NS)
#define END_LOOK_BYTES 65536

/* What one read brought: `n` new bytes at `bytes`. */
struct peek {
    char *bytes;
    size_t n;
    bool same; /* what stands before them is what stood there */
};

static uint64_t time_ns(struct timespec t)
{
    return (uint64_t)t.tv_sec * SECOND_NS + (uint64_t)t.tv_nsec;
}

uint64_t followed_file_time(const struct stat *st)
{
    return MAX(time_ns(st->st_mtim), time_ns(st->st_ctim));
}

struct followed_file *followed_file_new(const char *path, uint64_t serial)
{
    struct followed_file *g = calloc(1, sizeof(*g));

    if (!g)
        return NULL;
    g->position.path = path;
    g->position.serial = serial;
    g->fd = -1;
    return g;
}

struct followed_file *followed_file_free(struct followed_file *g)
{
    if (!g)
        return NULL;
    if (g->fd >= 0)
        close(g->fd);
    decompressed_file_free(g->packed);
    gloss_stream_deinit(&g->stream);
    free(g->half);
    free(g);
    return NULL;
}

void followed_file_changed(struct followed_file *g)
{
    g->dirty = true;
    g->prepared = false;
    if (g->context)
        follow_context_changed(g->context, g);
}

bool followed_file_is_at_path(const struct followed_file *g, struct stat *ret_stat)
{
    return stat(g->position.path, ret_stat) == 0 && ret_stat->st_dev == g->position.dev &&
           ret_stat->st_ino == g->position.ino;
}

void followed_file_attach(struct followed_file *g, int fd, const struct stat *st, uint64_t now_ns)
{
    g->fd = fd;
    g->parked = false;
    g->position.dev = st->st_dev;
    g->position.ino = st->st_ino;
    if (g->position.file_time_ns == 0)
        g->position.file_time_ns = followed_file_time(st);
    g->position.done = false;
    g->position.last_seen_ns = g->too_old_ns = 0;
    g->stream.lines = g->position.lines;
    g->rotation = (struct rotation){
        .state = ROTATION_READING, .offset = g->position.offset, .idle_since_ns = now_ns};
    g->mark = g->position.tail_print;
    g->size = (uint64_t)st->st_size;
    g->changed_ns = followed_file_time(st);
    g->looked_at = false;
    g->unread = true;
    followed_file_changed(g);
}

ssize_t followed_file_read(struct followed_file *g, char *position, size_t size, uint64_t offset)
{
    ssize_t n;

    if (g->packed)
        return decompressed_file_read(g->packed, position, size, offset);
    do
        n = pread(g->fd, position, size, (off_t)offset);
    while (n < 0 && errno == EINTR);
    return n < 0 ? -errno : n;
}

int followed_file_print_before(struct followed_file *g, uint64_t offset,
                               struct fingerprint *ret_print)
{
    size_t want = (size_t)MIN(offset, (uint64_t)FINGERPRINT_BYTES);
    char bytes[FINGERPRINT_BYTES];
    ssize_t n;

    if (!g->packed)
        return fingerprint_before(g->fd, offset, ret_print);
    n = decompressed_file_read(g->packed, bytes, want, offset - want);
    if (n < 0 || (size_t)n < want)
        return n < 0 ? (int)n : 1;
    *ret_print = fingerprint_of(bytes, want);
    return 0;
}

/* The begin of the last line, if it is no further than END_LOOK_BYTES before the end. */
static int find_last_line(int fd, const struct line_encoding *text, uint64_t size,
                          uint64_t *ret_offset)
{
    size_t n = (size_t)MIN(size, (uint64_t)END_LOOK_BYTES), end;
    CLEANUP(freep) char *bytes = malloc(MAX(n, (size_t)1));
    ssize_t got;

    if (!bytes)
        return -ENOMEM;
    got = pread(fd, bytes, n, (off_t)(size - n));
    if (got < 0)
        return -errno;
    end = line_encoding_last_end(text, bytes, (size_t)got, size - n);
    if (end > 0)
        *ret_offset = size - n + end;
    else
        *ret_offset = n < size ? size : 0;
    return 0;
}

int followed_file_attach_at_end(struct followed_file *g, int fd, const struct stat *st,
                                uint64_t now_ns)
{
    static const struct line_encoding plain = {.newline = "\n", .width = 1};
    struct file_position *p = &g->position;
    int r = find_last_line(fd, g->text ? g->text : &plain, (uint64_t)st->st_size, &p->offset);

    if (r == 0)
        r = fingerprint_before(fd, MIN(p->offset, (uint64_t)FINGERPRINT_BYTES), &p->head_print);
    if (r == 0)
        r = fingerprint_before(fd, p->offset, &p->tail_print);
    if (r != 0)
        return r < 0 ? r : -ESTALE;
    followed_file_attach(g, fd, st, now_ns);
    return 0;
}

void followed_file_moved(struct followed_file *g, uint64_t offset, struct fingerprint mark)
{
    g->position.offset = g->rotation.offset = offset;
    g->position.tail_print = g->mark = mark;
    g->position.lines = g->stream.lines;
    g->stream.resume = g->stream.unknown_resume = 0;
    g->n_half = 0;
    free(g->half);
    g->half = NULL;
    if (g->position.head_print.len < FINGERPRINT_BYTES && offset <= FINGERPRINT_BYTES)
        g->position.head_print = mark;
    else if (g->position.head_print.len < FINGERPRINT_BYTES)
        followed_file_print_before(g, FINGERPRINT_BYTES, &g->position.head_print);
    followed_file_changed(g);
}

void followed_file_renumber(struct followed_file *g, uint64_t serial)
{
    g->position.serial = serial;
    followed_file_changed(g);
}

/* Each time would be written to the state; an hour's difference is not worth that. */
void followed_file_seen(struct followed_file *g, const struct follow_context *d)
{
    g->last_seen_ns = d->wall_ns;
    g->too_old_ns = 0;
    if (g->last_seen_ns - g->position.last_seen_ns < HOUR_NS)
        return;
    g->position.last_seen_ns = g->last_seen_ns;
    followed_file_changed(g);
}

void followed_file_close(struct followed_file *g, const struct follow_context *d)
{
    g->rotation.state = ROTATION_DONE;
    g->position.done = true;
    if (g->fd >= 0)
        close(g->fd);
    g->fd = -1;
    g->packed = decompressed_file_free(g->packed);
    g->parked = false;
    g->unread = false;
    g->position.last_seen_ns = 0;
    followed_file_seen(g, d);
}

/* ---- reading ---- */

/* Returns 0, a positive errno, or -ENOMEM. */
static int peek(struct followed_file *g, struct follow_buffer *b, size_t budget,
                struct peek *ret_peek)
{
    size_t mark = (size_t)MIN(g->rotation.offset, (uint64_t)FINGERPRINT_BYTES);
    size_t lead = MAX(mark, g->n_half);
    ssize_t n;
    int r = follow_buffer_reserve(b, lead + budget);

    if (r < 0)
        return r;
    n = followed_file_read(g, b->bytes + lead - mark, mark + budget, g->rotation.offset - mark);
    if (n < 0)
        return n == -ENOMEM ? -ENOMEM : (int)-n;
    ret_peek->bytes = b->bytes + lead;
    ret_peek->n = (size_t)n > mark ? (size_t)n - mark : 0;
    ret_peek->same = (size_t)n >= mark &&
                     fingerprint_equal(g->mark, fingerprint_of(ret_peek->bytes - mark, mark));
    return 0;
}

/* The print of what stands before bytes[end]; behind a read there is always enough. */
static struct fingerprint mark_at(const struct followed_file *g, const struct peek *p, size_t end)
{
    size_t n = (size_t)MIN(g->rotation.offset + end, (uint64_t)FINGERPRINT_BYTES);

    return fingerprint_of(p->bytes + end - n, n);
}

/* A writer that does not append left a hole where the bytes were that it wrote before. */
static void skip_hole(struct followed_file *g, struct follow_context *d, struct peek *p)
{
    size_t width = d->options.encoding ? d->named.width : 1, n = 0;

    while (n < p->n && p->bytes[n] == '\0')
        n++;
    n -= n % MAX(width, (size_t)1); /* a NUL may be the first half of a character, */
    if (n == 2 && p->n >= 4 && memcmp(p->bytes + n, "\xfe\xff", 2) == 0)
        n = 0; /* or two of them the first half of a mark */
    if (n > 0) {
        followed_file_moved(g, g->rotation.offset + n, mark_at(g, p, n));
        g->hole += n;
        *p = (struct peek){.bytes = p->bytes + n, .n = p->n - n, .same = true};
    }
    if (p->n == 0)
        return;
    g->may_have_hole = false;
    if (g->hole > 0)
        follow_context_event(d, FOLLOW_HOLE, g->position.path, "%" PRIu64 " NUL bytes at its head",
                             g->hole);
}

/* No newline came: the half line grows, or it is overlong and only its length is remembered. */
static int grow_half(struct followed_file *g, const struct follow_context *d, const struct peek *p)
{
    size_t room = (size_t)d->options.max_line - MIN(g->n_half, (size_t)d->options.max_line);
    size_t n = MIN(p->n, room);
    char *half;

    if (n > 0) {
        half = realloc(g->half, g->n_half + n);
        if (!half)
            return -ENOMEM;
        memcpy(half + g->n_half, p->bytes, n);
        g->half = half;
        g->n_half += n;
    }
    g->overlong = g->overlong || n < p->n;
    g->mark = mark_at(g, p, p->n);
    g->rotation.offset += p->n;
    return 0;
}

/* Whole lines up to bytes[end]; what is behind becomes the half line. */
static int take_lines(struct followed_file *g, struct follow_context *d, const struct peek *p,
                      size_t end)
{
    struct fingerprint at_end = mark_at(g, p, end), at_rest = mark_at(g, p, p->n);
    size_t before = g->n_half, rest = p->n - end;
    uint64_t offset = g->rotation.offset;
    CLEANUP(freep) char *half = NULL;
    int r;

    if (rest > 0) {
        half = malloc(rest);
        if (!half)
            return -ENOMEM;
        memcpy(half, p->bytes + end, rest);
    }
    r = followed_file_hand_on(g, d, gloss_span(p->bytes - before, before + end),
                              /* own_newline= */ false);
    if (r < 0)
        return r;
    followed_file_moved(g, offset + end, at_end);
    g->half = TAKE_PTR(half);
    g->n_half = rest;
    g->rotation.offset = offset + p->n;
    g->mark = at_rest;
    g->overlong = rest > d->options.max_line;
    return 0;
}

/* Where a line ends in the new bytes. A newline of several bytes may have begun before them. */
static size_t find_end(const struct followed_file *g, const struct peek *p,
                       size_t (*find)(const struct line_encoding *, const char *, size_t, uint64_t))
{
    size_t back = (size_t)(g->rotation.offset % g->text->width);
    size_t end = find(g->text, p->bytes - back, p->n + back, g->rotation.offset - back);

    return end > back ? end - back : 0;
}

static int take(struct followed_file *g, struct follow_context *d, struct peek *p, uint64_t now_ns)
{
    size_t end;

    g->active_ns = g->rotation.idle_since_ns = now_ns;
    if (g->may_have_hole && g->n_half == 0)
        skip_hole(g, d, p);
    followed_file_find_text(g, d, gloss_span(p->bytes, p->n));
    if (p->n == 0)
        return 0;
    if (!g->text)
        return grow_half(g, d, p);
    if (g->overlong) {
        end = find_end(g, p, line_encoding_first_end);
        return end > 0
                   ? overlong_line_start(d, g, g->rotation.offset + end, /* owes_newline= */ false)
                   : grow_half(g, d, p);
    }
    end = find_end(g, p, line_encoding_last_end);
    if (end == 0)
        return grow_half(g, d, p);
    if (g->n_half > 0)
        memcpy(p->bytes - g->n_half, g->half, g->n_half);
    return take_lines(g, d, p, end);
}

/* ---- a turn ---- */

/* Times of a file move in steps of some milliseconds: within such a step it may have been changed
 * twice, and we have seen it in between. */
static bool is_fresh(const struct followed_file *g, const struct follow_context *d)
{
    return g->changed_ns + SECOND_NS > d->wall_ns;
}

static bool is_as_looked_at(const struct followed_file *g, const struct stat *st)
{
    return g->looked_at && (uint64_t)st->st_size == g->size &&
           followed_file_time(st) == g->changed_ns;
}

bool followed_file_is_quiet(const struct followed_file *g, const struct follow_context *d,
                            const struct stat *st)
{
    if (g->packed)
        return is_as_looked_at(g, st) && !g->unsettled && decompressed_file_at_end(g->packed);
    return is_as_looked_at(g, st) && g->size == g->rotation.offset && !is_fresh(g, d);
}

static void remember_look(struct followed_file *g, const struct stat *st)
{
    g->size = (uint64_t)st->st_size;
    g->looked_at = true;
    g->changed_ns = followed_file_time(st);
}

/* ---- packed ones ---- */

/* Whether it is packed shows when it has some bytes. Returns 0, a positive errno, or -ENOMEM.
 * *ret_action is written where it is not to be read now: it has too few bytes yet, or it is packed
 * and was taken for a plain one. */
static int find_kind(struct followed_file *g, const struct follow_context *d, const struct stat *st,
                     enum rotation_action *ret_action)
{
    int r;

    if (g->kind_known || st->st_size == 0)
        return 0;
    r = decompressed_file_new(&g->packed, g->fd);
    if (r < 0)
        return r == -ENOMEM ? r : -r;
    if (r == DECOMPRESSED_FILE_E_SHORT && g->at_path && follow_context_silence_ns(d, st) > 0) {
        *ret_action = ROTATION_WAIT;
        return 0;
    }
    g->kind_known = true;
    if (r == 0)
        *ret_action = ROTATION_IDENTIFY;
    return 0;
}

/* A packed file that has changed is being written, perhaps: it is unpacked again when it was left
 * alone for a while. */
static void settle(struct followed_file *g, const struct follow_context *d, const struct stat *st,
                   uint64_t now_ns)
{
    if (g->looked_at && !is_as_looked_at(g, st)) {
        decompressed_file_restart(g->packed);
        g->unsettled = true;
        g->rotation.idle_since_ns = now_ns;
    }
    if (follow_context_silence_ns(d, st) == 0 ||
        now_ns - g->rotation.idle_since_ns >= d->options.rotate_wait_ns)
        g->unsettled = false;
}

/* What was guessed is true when the same bytes stand before its offset, and it ends there where it
 * has to. Where there is more behind, a larger offset may be true as well. */
static void judge_guess(struct followed_file *g, const struct follow_context *d, struct peek *p)
{
    if (!g->guess)
        return;
    if (g->guess_exact && p->n > 0)
        p->same = false;
    if (p->same && p->n > 0 && g->guess_more) {
        g->guess_fit = g->rotation.offset;
        p->same = false;
    }
    g->guess = !p->same;
    if (p->same)
        followed_file_changed(g);
    if (p->same && p->n > 0) {
        g->silent = false;
        follow_context_event(d, FOLLOW_OPENED, g->position.path,
                             "from %" PRIu64 ", in a packed copy of it", g->position.offset);
    }
}

/* What its file has now. Returns 0, a positive errno, -ENOMEM. */
static int see(struct followed_file *g, struct follow_context *d, struct follow_buffer *b,
               const struct stat *st, uint64_t now_ns, size_t budget, struct rotation_seen *seen,
               struct peek *p)
{
    int r = 0;

    seen->size_known = true;
    seen->size = g->packed ? g->rotation.offset : (uint64_t)st->st_size;
    if (g->packed)
        settle(g, d, st, now_ns);
    if (!followed_file_is_quiet(g, d, st) && seen->size >= g->rotation.offset && !g->unsettled) {
        r = peek(g, b, budget, p);
        if (r != 0)
            p->same = true;
        else if (g->packed)
            judge_guess(g, d, p);
        seen->mark_known = r == 0;
        seen->mark_same = p->same;
        seen->size = g->rotation.offset + p->n;
    }
    if (g->packed && decompressed_file_problem(g->packed))
        followed_file_say_undecoded(g, d, decompressed_file_problem(g->packed));
    if (r >= 0)
        remember_look(g, st);
    return r;
}

int followed_file_turn(struct followed_file *g, struct follow_context *d, struct follow_buffer *b,
                       enum path_names path, const struct stat *st, uint64_t now_ns, size_t budget,
                       enum rotation_action *ret_action)
{
    struct rotation_seen seen = {.path = path, .mark_known = true, .mark_same = true};
    uint64_t rotate_wait_ns = d->options.rotate_wait_ns;
    struct peek p = {.same = true};
    struct stat own;
    int error = 0;

    *ret_action = ROTATION_WAIT;
    g->at_path = path == PATH_SAME;
    if (g->rotation.retry_ns > now_ns)
        return 0;
    if (path != PATH_SAME) {
        error = fstat(g->fd, &own) < 0 ? errno : 0;
        st = &own;
    }
    *ret_action = ROTATION_READ;
    if (error == 0)
        error = find_kind(g, d, st, ret_action);
    if (*ret_action != ROTATION_READ)
        return 0;
    *ret_action = ROTATION_WAIT;
    if (error == 0)
        error = see(g, d, b, st, now_ns, budget, &seen, &p);
    if (error == EAGAIN && g->packed)
        g->unread = true;
    if (error < 0 || (error == EAGAIN && g->packed))
        return MIN(error, 0);
    g->read_to = g->rotation.offset;
    *ret_action = rotation_step(&g->rotation, &seen, rotate_wait_ns, now_ns);
    g->unread = false;
    if (path == PATH_SAME && *ret_action != ROTATION_REWIND && error == 0)
        g->position.file_time_ns = MAX(g->position.file_time_ns, g->changed_ns);
    if (*ret_action == ROTATION_BACK_OFF)
        return error > 0 ? error : 0;
    if (*ret_action != ROTATION_READ)
        return 0;
    g->unread = p.n == budget || path != PATH_SAME; /* what is at the path comes next */
    return take(g, d, &p, now_ns);
}
