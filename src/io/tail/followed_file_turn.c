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

#include "io/tail/followed_file_turn.h"

#include "core/base/nanoseconds.h"
#include "core/base/util.h"
#include "io/files/fingerprint.h"
#include "io/tail/followed_file_text.h"
#include "io/tail/overlong_line.h"

#include <inttypes.h>

/* What one read brought: `n` new bytes at `bytes`. */
struct peek {
    char *bytes;
    size_t n;
    bool same; /* what stands before them is what stood there */
};

/* Returns 0, a positive errno, or -ENOMEM. */
static int peek(struct followed_file *file, struct turn_buffer *buffer, size_t budget,
                struct peek *ret_peek)
{
    size_t mark = (size_t)MIN(file->rotation.offset, (uint64_t)FINGERPRINT_BYTES);
    size_t lead = MAX(mark, file->n_half);
    ssize_t n;
    int r = turn_buffer_reserve(buffer, lead + budget);

    if (r < 0)
        return r;
    n = followed_file_read(file, buffer->bytes + lead - mark, mark + budget,
                           file->rotation.offset - mark);
    if (n < 0)
        return n == -ENOMEM ? -ENOMEM : (int)-n;
    ret_peek->bytes = buffer->bytes + lead;
    ret_peek->n = (size_t)n > mark ? (size_t)n - mark : 0;
    ret_peek->same = (size_t)n >= mark &&
                     fingerprint_equal(file->mark, fingerprint_of(ret_peek->bytes - mark, mark));
    return 0;
}

/* The print of what stands before bytes[end]; behind a read there is always enough. */
static struct fingerprint mark_at(const struct followed_file *file, const struct peek *p,
                                  size_t end)
{
    size_t n = (size_t)MIN(file->rotation.offset + end, (uint64_t)FINGERPRINT_BYTES);

    return fingerprint_of(p->bytes + end - n, n);
}

/* A writer that does not append left a hole where the bytes were that it wrote before. */
static void skip_hole(struct followed_file *file, struct follow_context *ctx, struct peek *p)
{
    size_t width = text_encodings_width(&ctx->encodings), n = 0;

    while (n < p->n && p->bytes[n] == '\0')
        n++;
    n -= n % width; /* a NUL may be the first half of a character, */
    if (n == 2 && p->n >= 4 && memcmp(p->bytes + n, "\xfe\xff", 2) == 0)
        n = 0; /* or two of them the first half of a mark */
    if (n > 0) {
        followed_file_moved(file, file->rotation.offset + n, mark_at(file, p, n));
        file->hole += n;
        *p = (struct peek){.bytes = p->bytes + n, .n = p->n - n, .same = true};
    }
    if (p->n == 0)
        return;
    file->may_have_hole = false;
    if (file->hole > 0)
        follow_context_event_detail(ctx, FOLLOW_HOLE, file->position.path,
                                    "%" PRIu64 " NUL bytes at its head", file->hole);
}

/* No newline came: the half line grows, or it is overlong and only its length is remembered. */
static int grow_half(struct followed_file *file, const struct follow_context *ctx,
                     const struct peek *p)
{
    size_t room = (size_t)ctx->options.max_line - MIN(file->n_half, (size_t)ctx->options.max_line);
    size_t n = MIN(p->n, room);
    char *half;

    if (n > 0) {
        half = realloc(file->half, file->n_half + n);
        if (!half)
            return -ENOMEM;
        memcpy(half + file->n_half, p->bytes, n);
        file->half = half;
        file->n_half += n;
    }
    file->overlong = file->overlong || n < p->n;
    file->mark = mark_at(file, p, p->n);
    file->rotation.offset += p->n;
    return 0;
}

/* Whole lines up to bytes[end]; what is behind becomes the half line. */
static int take_lines(struct followed_file *file, struct follow_context *ctx, const struct peek *p,
                      size_t end)
{
    struct fingerprint at_end = mark_at(file, p, end), at_rest = mark_at(file, p, p->n);
    size_t before = file->n_half, rest = p->n - end;
    uint64_t offset = file->rotation.offset;
    CLEANUP(freep) char *half = NULL;
    int r;

    if (rest > 0) {
        half = malloc(rest);
        if (!half)
            return -ENOMEM;
        memcpy(half, p->bytes + end, rest);
    }
    r = followed_file_hand_on(file, ctx, gloss_span(p->bytes - before, before + end),
                              /* own_newline= */ false);
    if (r < 0)
        return r;
    followed_file_moved(file, offset + end, at_end);
    file->half = TAKE_PTR(half);
    file->n_half = rest;
    file->rotation.offset = offset + p->n;
    file->mark = at_rest;
    file->overlong = rest > ctx->options.max_line;
    return 0;
}

/* Where a line ends in the new bytes. A newline of several bytes may have begun before them. */
static size_t find_end(const struct followed_file *file, const struct peek *p,
                       size_t (*find)(const struct line_encoding *, const char *, size_t, uint64_t))
{
    size_t back = (size_t)(file->rotation.offset % file->text->width);
    size_t end = find(file->text, p->bytes - back, p->n + back, file->rotation.offset - back);

    return end > back ? end - back : 0;
}

static int take(struct followed_file *file, struct follow_context *ctx, struct peek *p,
                uint64_t now_ns)
{
    size_t end;

    file->active_ns = file->rotation.idle_since_ns = now_ns;
    if (file->may_have_hole && file->n_half == 0)
        skip_hole(file, ctx, p);
    followed_file_find_text(file, ctx, gloss_span(p->bytes, p->n));
    if (p->n == 0)
        return 0;
    if (!file->text)
        return grow_half(file, ctx, p);
    if (file->overlong) {
        end = find_end(file, p, line_encoding_first_end);
        return end > 0 ? overlong_line_start(ctx, file, file->rotation.offset + end,
                                             /* owes_newline= */ false)
                       : grow_half(file, ctx, p);
    }
    end = find_end(file, p, line_encoding_last_end);
    if (end == 0)
        return grow_half(file, ctx, p);
    if (file->n_half > 0)
        memcpy(p->bytes - file->n_half, file->half, file->n_half);
    return take_lines(file, ctx, p, end);
}

static void remember_look(struct followed_file *file, const struct stat *st)
{
    file->size = (uint64_t)st->st_size;
    file->looked_at = true;
    file->changed_ns = file_time_ns(st);
}

/* Whether it is packed shows when it has some bytes. Returns 0, a positive errno, or -ENOMEM.
 * *ret_action is written where it is not to be read now: it has too few bytes yet, or it is packed
 * and was taken for a plain one. */
static int find_kind(struct followed_file *file, const struct follow_context *ctx,
                     const struct stat *st, enum rotation_action *ret_action)
{
    int r;

    if (file->kind_known || st->st_size == 0)
        return 0;
    r = decompressed_file_new(&file->packed, file->fd);
    if (r < 0)
        return r == -ENOMEM ? r : -r;
    if (r == DECOMPRESSED_FILE_E_SHORT && file->at_path && follow_context_silence_ns(ctx, st) > 0) {
        *ret_action = ROTATION_WAIT;
        return 0;
    }
    file->kind_known = true;
    if (r == 0)
        *ret_action = ROTATION_IDENTIFY;
    return 0;
}

/* A packed file that has changed is being written, perhaps: it is unpacked again when it was left
 * alone for a while. */
static void settle(struct followed_file *file, const struct follow_context *ctx,
                   const struct stat *st, uint64_t now_ns)
{
    if (file->looked_at && !followed_file_is_as_looked_at(file, st)) {
        decompressed_file_restart(file->packed);
        file->unsettled = true;
        file->rotation.idle_since_ns = now_ns;
    }
    if (follow_context_silence_ns(ctx, st) == 0 ||
        now_ns - file->rotation.idle_since_ns >= ctx->options.rotate_wait_ns)
        file->unsettled = false;
}

/* What was guessed is true when the same bytes stand before its offset, and it ends there where it
 * has to. Where there is more behind, a larger offset may be true as well. */
static void judge_guess(struct followed_file *file, const struct follow_context *ctx,
                        struct peek *p)
{
    if (!file->guess)
        return;
    if (file->guess_exact && p->n > 0)
        p->same = false;
    if (p->same && p->n > 0 && file->guess_more) {
        file->guess_fit = file->rotation.offset;
        p->same = false;
    }
    file->guess = !p->same;
    if (p->same)
        followed_file_changed(file);
    if (p->same && p->n > 0) {
        file->silent = false;
        follow_context_event_detail(ctx, FOLLOW_OPENED, file->position.path,
                                    "from %" PRIu64 ", in a packed copy of it",
                                    file->position.offset);
    }
}

/* What its file has now. Returns 0, a positive errno, -ENOMEM. */
static int see(struct followed_file *file, struct follow_context *ctx, struct turn_buffer *buffer,
               const struct stat *st, uint64_t now_ns, size_t budget, struct rotation_seen *seen,
               struct peek *p)
{
    int r = 0;

    seen->size_known = true;
    seen->size = file->packed ? file->rotation.offset : (uint64_t)st->st_size;
    if (file->packed)
        settle(file, ctx, st, now_ns);
    if (!followed_file_is_quiet(file, ctx, st) && seen->size >= file->rotation.offset &&
        !file->unsettled) {
        r = peek(file, buffer, budget, p);
        if (r != 0)
            p->same = true;
        else if (file->packed)
            judge_guess(file, ctx, p);
        seen->mark_known = r == 0;
        seen->mark_same = p->same;
        seen->size = file->rotation.offset + p->n;
    }
    if (file->packed && decompressed_file_problem(file->packed))
        followed_file_say_undecoded(file, ctx, decompressed_file_problem(file->packed));
    if (r >= 0)
        remember_look(file, st);
    return r;
}

int followed_file_turn(struct followed_file *file, struct follow_context *ctx,
                       struct turn_buffer *buffer, enum path_names path, const struct stat *st,
                       uint64_t now_ns, size_t budget, enum rotation_action *ret_action)
{
    struct rotation_seen seen = {.path = path, .mark_known = true, .mark_same = true};
    uint64_t rotate_wait_ns = ctx->options.rotate_wait_ns;
    struct peek p = {.same = true};
    struct stat own;
    int error = 0;

    *ret_action = ROTATION_WAIT;
    file->at_path = path == PATH_SAME;
    if (file->rotation.retry_ns > now_ns)
        return 0;
    if (path != PATH_SAME) {
        error = fstat(file->fd, &own) < 0 ? errno : 0;
        st = &own;
    }
    *ret_action = ROTATION_READ;
    if (error == 0)
        error = find_kind(file, ctx, st, ret_action);
    if (*ret_action != ROTATION_READ)
        return 0;
    *ret_action = ROTATION_WAIT;
    if (error == 0)
        error = see(file, ctx, buffer, st, now_ns, budget, &seen, &p);
    if (error == EAGAIN && file->packed)
        file->unread = true;
    if (error < 0 || (error == EAGAIN && file->packed))
        return MIN(error, 0);
    file->read_to = file->rotation.offset;
    *ret_action = rotation_step(&file->rotation, &seen, rotate_wait_ns, now_ns);
    file->unread = false;
    if (path == PATH_SAME && *ret_action != ROTATION_REWIND && error == 0)
        file->position.file_time_ns = MAX(file->position.file_time_ns, file->changed_ns);
    if (*ret_action == ROTATION_BACK_OFF)
        return error > 0 ? error : 0;
    if (*ret_action != ROTATION_READ)
        return 0;
    file->unread = p.n == budget || path != PATH_SAME; /* what is at the path comes next */
    return take(file, ctx, &p, now_ns);
}

int followed_file_flush(struct followed_file *file, struct follow_context *ctx, bool cut_off)
{
    uint64_t end = file->position.offset + file->n_half;
    int r;

    if (!file->text)
        file->text = &ctx->encodings.plain;
    if (file->overlong && !cut_off)
        return overlong_line_start(ctx, file, file->rotation.offset, /* owes_newline= */ true);
    if (file->n_half == 0)
        return 0;
    r = followed_file_hand_on(file, ctx, gloss_span(file->half, file->n_half),
                              /* own_newline= */ true);
    if (r < 0)
        return r;
    file->overlong = false;
    followed_file_moved(file, end, file->mark);
    return 0;
}
