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

uint64_t generation_time(const struct stat *st)
{
    return MAX(time_ns(st->st_mtim), time_ns(st->st_ctim));
}

struct generation *generation_new(const char *path, uint64_t serial)
{
    struct generation *g = calloc(1, sizeof(*g));

    if (!g)
        return NULL;
    g->place.path = path;
    g->place.serial = serial;
    g->fd = -1;
    return g;
}

struct generation *generation_free(struct generation *g)
{
    if (!g)
        return NULL;
    if (g->fd >= 0)
        close(g->fd);
    unpacked_free(g->packed);
    gloss_stream_deinit(&g->stream);
    free(g->half);
    free(g);
    return NULL;
}

void generation_changed(struct generation *g)
{
    g->dirty = true;
    g->told = false;
    if (g->desk)
        desk_changed(g->desk, g);
}

bool generation_is_at_path(const struct generation *g, struct stat *ret_stat)
{
    return stat(g->place.path, ret_stat) == 0 && ret_stat->st_dev == g->place.dev &&
           ret_stat->st_ino == g->place.ino;
}

void generation_attach(struct generation *g, int fd, const struct stat *st, uint64_t now_ns)
{
    g->fd = fd;
    g->parked = false;
    g->place.dev = st->st_dev;
    g->place.ino = st->st_ino;
    if (g->place.seen_ns == 0)
        g->place.seen_ns = generation_time(st);
    g->place.done = false;
    g->place.met_ns = g->too_old_ns = 0;
    g->stream.lines = g->place.lines;
    g->tail =
        (struct tail){.state = TAIL_READING, .offset = g->place.offset, .idle_since_ns = now_ns};
    g->mark = g->place.mark;
    g->size = (uint64_t)st->st_size;
    g->changed_ns = generation_time(st);
    g->looked_at = false;
    g->unread = true;
    generation_changed(g);
}

ssize_t generation_read(struct generation *g, char *place, size_t size, uint64_t offset)
{
    ssize_t n;

    if (g->packed)
        return unpacked_read(g->packed, place, size, offset);
    do
        n = pread(g->fd, place, size, (off_t)offset);
    while (n < 0 && errno == EINTR);
    return n < 0 ? -errno : n;
}

int generation_print_before(struct generation *g, uint64_t offset, struct follow_print *ret_print)
{
    size_t want = (size_t)MIN(offset, (uint64_t)FOLLOW_PRINT_BYTES);
    char bytes[FOLLOW_PRINT_BYTES];
    ssize_t n;

    if (!g->packed)
        return print_before(g->fd, offset, ret_print);
    n = unpacked_read(g->packed, bytes, want, offset - want);
    if (n < 0 || (size_t)n < want)
        return n < 0 ? (int)n : 1;
    *ret_print = print_of(bytes, want);
    return 0;
}

/* The begin of the last line, if it is no further than END_LOOK_BYTES before the end. */
static int find_last_line(int fd, const struct text *text, uint64_t size, uint64_t *ret_offset)
{
    size_t n = (size_t)MIN(size, (uint64_t)END_LOOK_BYTES), end;
    CLEANUP(freep) char *bytes = malloc(MAX(n, (size_t)1));
    ssize_t got;

    if (!bytes)
        return -ENOMEM;
    got = pread(fd, bytes, n, (off_t)(size - n));
    if (got < 0)
        return -errno;
    end = text_last_end(text, bytes, (size_t)got, size - n);
    if (end > 0)
        *ret_offset = size - n + end;
    else
        *ret_offset = n < size ? size : 0;
    return 0;
}

int generation_attach_at_end(struct generation *g, int fd, const struct stat *st, uint64_t now_ns)
{
    static const struct text plain = {.newline = "\n", .width = 1};
    struct follow_place *p = &g->place;
    int r = find_last_line(fd, g->text ? g->text : &plain, (uint64_t)st->st_size, &p->offset);

    if (r == 0)
        r = print_before(fd, MIN(p->offset, (uint64_t)FOLLOW_PRINT_BYTES), &p->head);
    if (r == 0)
        r = print_before(fd, p->offset, &p->mark);
    if (r != 0)
        return r < 0 ? r : -ESTALE;
    generation_attach(g, fd, st, now_ns);
    return 0;
}

void generation_moved(struct generation *g, uint64_t offset, struct follow_print mark)
{
    g->place.offset = g->tail.offset = offset;
    g->place.mark = g->mark = mark;
    g->place.lines = g->stream.lines;
    g->stream.resume = g->stream.unknown_resume = 0;
    g->n_half = 0;
    free(g->half);
    g->half = NULL;
    if (g->place.head.len < FOLLOW_PRINT_BYTES && offset <= FOLLOW_PRINT_BYTES)
        g->place.head = mark;
    else if (g->place.head.len < FOLLOW_PRINT_BYTES)
        generation_print_before(g, FOLLOW_PRINT_BYTES, &g->place.head);
    generation_changed(g);
}

void generation_renumber(struct generation *g, uint64_t serial)
{
    g->place.serial = serial;
    generation_changed(g);
}

/* Each time would be written to the state; an hour's difference is not worth that. */
void generation_met(struct generation *g, const struct desk *d)
{
    g->met_ns = d->wall_ns;
    g->too_old_ns = 0;
    if (g->met_ns - g->place.met_ns < HOUR_NS)
        return;
    g->place.met_ns = g->met_ns;
    generation_changed(g);
}

void generation_close(struct generation *g, const struct desk *d)
{
    g->tail.state = TAIL_DONE;
    g->place.done = true;
    if (g->fd >= 0)
        close(g->fd);
    g->fd = -1;
    g->packed = unpacked_free(g->packed);
    g->parked = false;
    g->unread = false;
    g->place.met_ns = 0;
    generation_met(g, d);
}

/* ---- reading ---- */

/* Returns 0, a positive errno, or -ENOMEM. */
static int peek(struct generation *g, struct follow_buffer *b, size_t budget, struct peek *ret_peek)
{
    size_t mark = (size_t)MIN(g->tail.offset, (uint64_t)FOLLOW_PRINT_BYTES);
    size_t lead = MAX(mark, g->n_half);
    ssize_t n;
    int r = follow_buffer_reserve(b, lead + budget);

    if (r < 0)
        return r;
    n = generation_read(g, b->bytes + lead - mark, mark + budget, g->tail.offset - mark);
    if (n < 0)
        return n == -ENOMEM ? -ENOMEM : (int)-n;
    ret_peek->bytes = b->bytes + lead;
    ret_peek->n = (size_t)n > mark ? (size_t)n - mark : 0;
    ret_peek->same =
        (size_t)n >= mark && print_equal(g->mark, print_of(ret_peek->bytes - mark, mark));
    return 0;
}

/* The print of what stands before bytes[end]; behind a read there is always enough. */
static struct follow_print mark_at(const struct generation *g, const struct peek *p, size_t end)
{
    size_t n = (size_t)MIN(g->tail.offset + end, (uint64_t)FOLLOW_PRINT_BYTES);

    return print_of(p->bytes + end - n, n);
}

/* A writer that does not append left a hole where the bytes were that it wrote before. */
static void skip_hole(struct generation *g, struct desk *d, struct peek *p)
{
    size_t width = d->options.encoding ? d->named.width : 1, n = 0;

    while (n < p->n && p->bytes[n] == '\0')
        n++;
    n -= n % MAX(width, (size_t)1); /* a NUL may be the first half of a character, */
    if (n == 2 && p->n >= 4 && memcmp(p->bytes + n, "\xfe\xff", 2) == 0)
        n = 0; /* or two of them the first half of a mark */
    if (n > 0) {
        generation_moved(g, g->tail.offset + n, mark_at(g, p, n));
        g->hole += n;
        *p = (struct peek){.bytes = p->bytes + n, .n = p->n - n, .same = true};
    }
    if (p->n == 0)
        return;
    g->may_have_hole = false;
    if (g->hole > 0)
        desk_event(d, FOLLOW_HOLE, g->place.path, "%" PRIu64 " NUL bytes at its head", g->hole);
}

/* No newline came: the half line grows, or it is overlong and only its length is remembered. */
static int grow_half(struct generation *g, const struct desk *d, const struct peek *p)
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
    g->tail.offset += p->n;
    return 0;
}

/* Whole lines up to bytes[end]; what is behind becomes the half line. */
static int take_lines(struct generation *g, struct desk *d, const struct peek *p, size_t end)
{
    struct follow_print at_end = mark_at(g, p, end), at_rest = mark_at(g, p, p->n);
    size_t before = g->n_half, rest = p->n - end;
    uint64_t offset = g->tail.offset;
    CLEANUP(freep) char *half = NULL;
    int r;

    if (rest > 0) {
        half = malloc(rest);
        if (!half)
            return -ENOMEM;
        memcpy(half, p->bytes + end, rest);
    }
    r = generation_hand_on(g, d, gloss_span(p->bytes - before, before + end),
                           /* own_newline= */ false);
    if (r < 0)
        return r;
    generation_moved(g, offset + end, at_end);
    g->half = TAKE_PTR(half);
    g->n_half = rest;
    g->tail.offset = offset + p->n;
    g->mark = at_rest;
    g->overlong = rest > d->options.max_line;
    return 0;
}

/* Where a line ends in the new bytes. A newline of several bytes may have begun before them. */
static size_t find_end(const struct generation *g, const struct peek *p,
                       size_t (*find)(const struct text *, const char *, size_t, uint64_t))
{
    size_t back = (size_t)(g->tail.offset % g->text->width);
    size_t end = find(g->text, p->bytes - back, p->n + back, g->tail.offset - back);

    return end > back ? end - back : 0;
}

static int take(struct generation *g, struct desk *d, struct peek *p, uint64_t now_ns)
{
    size_t end;

    g->active_ns = g->tail.idle_since_ns = now_ns;
    if (g->may_have_hole && g->n_half == 0)
        skip_hole(g, d, p);
    generation_find_text(g, d, gloss_span(p->bytes, p->n));
    if (p->n == 0)
        return 0;
    if (!g->text)
        return grow_half(g, d, p);
    if (g->overlong) {
        end = find_end(g, p, text_first_end);
        return end > 0 ? longline_begin(d, g, g->tail.offset + end, /* owes_newline= */ false)
                       : grow_half(g, d, p);
    }
    end = find_end(g, p, text_last_end);
    if (end == 0)
        return grow_half(g, d, p);
    if (g->n_half > 0)
        memcpy(p->bytes - g->n_half, g->half, g->n_half);
    return take_lines(g, d, p, end);
}

/* ---- a turn ---- */

/* Times of a file move in steps of some milliseconds: within such a step it may have been changed
 * twice, and we have seen it in between. */
static bool is_fresh(const struct generation *g, const struct desk *d)
{
    return g->changed_ns + SECOND_NS > d->wall_ns;
}

static bool is_as_looked_at(const struct generation *g, const struct stat *st)
{
    return g->looked_at && (uint64_t)st->st_size == g->size && generation_time(st) == g->changed_ns;
}

bool generation_is_quiet(const struct generation *g, const struct desk *d, const struct stat *st)
{
    if (g->packed)
        return is_as_looked_at(g, st) && !g->unsettled && unpacked_at_end(g->packed);
    return is_as_looked_at(g, st) && g->size == g->tail.offset && !is_fresh(g, d);
}

static void remember_look(struct generation *g, const struct stat *st)
{
    g->size = (uint64_t)st->st_size;
    g->looked_at = true;
    g->changed_ns = generation_time(st);
}

/* ---- packed ones ---- */

/* Whether it is packed shows when it has some bytes. Returns 0, a positive errno, or -ENOMEM.
 * *ret_action is written where it is not to be read now: it has too few bytes yet, or it is packed
 * and was taken for a plain one. */
static int find_kind(struct generation *g, const struct desk *d, const struct stat *st,
                     enum tail_action *ret_action)
{
    int r;

    if (g->kind_known || st->st_size == 0)
        return 0;
    r = unpacked_new(&g->packed, g->fd);
    if (r < 0)
        return r == -ENOMEM ? r : -r;
    if (r == UNPACKED_E_SHORT && g->at_path && desk_silence_ns(d, st) > 0) {
        *ret_action = TAIL_WAIT;
        return 0;
    }
    g->kind_known = true;
    if (r == 0)
        *ret_action = TAIL_IDENTIFY;
    return 0;
}

/* A packed file that has changed is being written, perhaps: it is unpacked again when it was left
 * alone for a while. */
static void settle(struct generation *g, const struct desk *d, const struct stat *st,
                   uint64_t now_ns)
{
    if (g->looked_at && !is_as_looked_at(g, st)) {
        unpacked_restart(g->packed);
        g->unsettled = true;
        g->tail.idle_since_ns = now_ns;
    }
    if (desk_silence_ns(d, st) == 0 || now_ns - g->tail.idle_since_ns >= d->options.rotate_wait_ns)
        g->unsettled = false;
}

/* What was guessed is true when the same bytes stand before its offset, and it ends there where it
 * has to. Where there is more behind, a larger offset may be true as well. */
static void judge_guess(struct generation *g, const struct desk *d, struct peek *p)
{
    if (!g->guess)
        return;
    if (g->guess_exact && p->n > 0)
        p->same = false;
    if (p->same && p->n > 0 && g->guess_more) {
        g->guess_fit = g->tail.offset;
        p->same = false;
    }
    g->guess = !p->same;
    if (p->same)
        generation_changed(g);
    if (p->same && p->n > 0) {
        g->silent = false;
        desk_event(d, FOLLOW_OPENED, g->place.path, "from %" PRIu64 ", in a packed copy of it",
                   g->place.offset);
    }
}

/* What its file has now. Returns 0, a positive errno, -ENOMEM. */
static int see(struct generation *g, struct desk *d, struct follow_buffer *b, const struct stat *st,
               uint64_t now_ns, size_t budget, struct tail_seen *seen, struct peek *p)
{
    int r = 0;

    seen->size_known = true;
    seen->size = g->packed ? g->tail.offset : (uint64_t)st->st_size;
    if (g->packed)
        settle(g, d, st, now_ns);
    if (!generation_is_quiet(g, d, st) && seen->size >= g->tail.offset && !g->unsettled) {
        r = peek(g, b, budget, p);
        if (r != 0)
            p->same = true;
        else if (g->packed)
            judge_guess(g, d, p);
        seen->mark_known = r == 0;
        seen->mark_same = p->same;
        seen->size = g->tail.offset + p->n;
    }
    if (g->packed && unpacked_problem(g->packed))
        generation_say_undecoded(g, d, unpacked_problem(g->packed));
    if (r >= 0)
        remember_look(g, st);
    return r;
}

int generation_turn(struct generation *g, struct desk *d, struct follow_buffer *b,
                    enum tail_path path, const struct stat *st, uint64_t now_ns, size_t budget,
                    enum tail_action *ret_action)
{
    struct tail_seen seen = {.path = path, .mark_known = true, .mark_same = true};
    uint64_t rotate_wait_ns = d->options.rotate_wait_ns;
    struct peek p = {.same = true};
    struct stat own;
    int error = 0;

    *ret_action = TAIL_WAIT;
    g->at_path = path == TAIL_PATH_SAME;
    if (g->tail.retry_ns > now_ns)
        return 0;
    if (path != TAIL_PATH_SAME) {
        error = fstat(g->fd, &own) < 0 ? errno : 0;
        st = &own;
    }
    *ret_action = TAIL_READ;
    if (error == 0)
        error = find_kind(g, d, st, ret_action);
    if (*ret_action != TAIL_READ)
        return 0;
    *ret_action = TAIL_WAIT;
    if (error == 0)
        error = see(g, d, b, st, now_ns, budget, &seen, &p);
    if (error == EAGAIN && g->packed)
        g->unread = true;
    if (error < 0 || (error == EAGAIN && g->packed))
        return MIN(error, 0);
    g->read_to = g->tail.offset;
    *ret_action = tail_step(&g->tail, &seen, rotate_wait_ns, now_ns);
    g->unread = false;
    if (path == TAIL_PATH_SAME && *ret_action != TAIL_REWIND && error == 0)
        g->place.seen_ns = MAX(g->place.seen_ns, g->changed_ns);
    if (*ret_action == TAIL_BACK_OFF)
        return error > 0 ? error : 0;
    if (*ret_action != TAIL_READ)
        return 0;
    g->unread = p.n == budget || path != TAIL_PATH_SAME; /* what is at the path comes next */
    return take(g, d, &p, now_ns);
}
