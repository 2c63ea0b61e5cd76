/* One read brings the bytes that are to be the same as before and those that are new, so nobody can
 * cut the file off between the check and the read:
 *
 *      position.offset       rotation.offset
 *           │  half line that waits  │
 *     ──────┴────────────────────────┼──────────────────────────┐  file
 *                       │    tail    │   new                    │
 *     buffer: [  half, copied from memory  ][ whole lines ][ rest ]
 *
 * Up to the last newline it is one block over the buffer; the rest is copied to memory of its own.
 * So a quiet file holds no more than its half line. Where memory for half lines runs short the
 * longest ones are given back: then the same read brings the half line, too.
 *
 * A line over max_line is not kept: the half line stops growing, new bytes are only searched for
 * the newline, and when that is there the line goes out from the file (overlong_line.c). What was
 * kept is of use where the file is cut off before that.
 *
 * To go back in a compressed file means to decompress it from its start. So there the search does
 * not end with the first newline: it goes on until twice as much was decompressed as stands before
 * the line, or all. Then the file is read again from the line on, and each overlong line that ends
 * before the last newline that was found goes out while it is decompressed. So all the work is in
 * proportion to the file, however many overlong lines it has:
 *
 *      position.offset          newline_end
 *     ─┴────────────┴────────────────┴─────  decompressed bytes
 *      ├──────────────────────────────►      searched, then back to the line
 */

#include "io/tail/followed_file_turn.h"

#include "io/files/file_hole.h"
#include "io/files/fingerprint.h"
#include "io/tail/followed_file_text.h"
#include "io/tail/overlong_line.h"

#include <assert.h>
#include <inttypes.h>

/* What one read brought: `n` new bytes at `bytes`. */
struct peek {
    char *bytes;
    size_t n;
    bool is_same;      /* what stands before them is what stood there */
    bool has_more;     /* it was cut before a hole */
    uint64_t hole_end; /* instead of bytes there is a hole, up to here; 0: there is none */
    bool is_written;   /* what stands behind the new bytes is a hole up to the file's end */
};

/* ---- new bytes ---- */

/* How many bytes before the offset are read: the tail, and a half line that is not in memory,
 * unless it will go out from the file as an overlong line. */
static size_t size_to_read_again(const struct followed_file *file, size_t tail)
{
    bool is_needed = half_line_is_given_back(&file->half) && !file->half.is_overlong;

    return is_needed ? MAX(tail, file->half.n) : tail;
}

/* Returns 0, a positive errno, or -ENOMEM. */
static int peek(struct followed_file *file, struct turn_buffer *buffer, size_t budget,
                struct peek *ret_peek)
{
    uint64_t offset = file->rotation.offset;
    size_t tail = (size_t)MIN(offset, (uint64_t)FINGERPRINT_BYTES);
    size_t lead = MAX(tail, file->half.n), again = size_to_read_again(file, tail);
    ssize_t n;
    int r = turn_buffer_reserve(buffer, lead + budget);

    if (r < 0)
        return r;
    n = followed_file_read(file, buffer->bytes + lead - again, again + budget, offset - again);
    if (n < 0)
        return n == -ENOMEM ? -ENOMEM : (int)-n;
    ret_peek->bytes = buffer->bytes + lead;
    ret_peek->n = (size_t)n > again ? (size_t)n - again : 0;
    ret_peek->is_same =
        (size_t)n >= again &&
        fingerprint_equal(file->tail_print, fingerprint_of(ret_peek->bytes - tail, tail));
    return 0;
}

/* The fingerprint of what stands before bytes[end]; the peek has enough bytes for it. */
static struct fingerprint print_at(const struct followed_file *file, const struct peek *p,
                                   size_t end)
{
    size_t n = (size_t)MIN(file->rotation.offset + end, (uint64_t)FINGERPRINT_BYTES);

    return fingerprint_of(p->bytes + end - n, n);
}

/* ---- holes ---- */

/* Cuts off NULs at the end of the new bytes. */
static void cut_nuls(const struct follow_context *ctx, uint64_t offset, struct peek *p)
{
    size_t width = text_encodings_width(&ctx->encodings), n = p->n;

    assert(p->bytes || n == 0);
    while (p->n > 0 && p->bytes[p->n - 1] == '\0')
        p->n--;
    while (p->n < n && (offset + p->n) % width > 0)
        p->n++;
}

/* Lets the new bytes end before a long hole, and before the NULs that lead to it: what was written
 * ends somewhere in a block. Where they begin with them the hole is told, unless nothing stands
 * behind it: then a writer may still fill it in, and nothing of it is read. NULs at the end of a
 * read are left to the next one, which sees whether they lead to a hole. */
static void look_for_hole(const struct followed_file *file, const struct follow_context *ctx,
                          size_t budget, struct peek *p)
{
    uint64_t offset = file->rotation.offset;
    struct peek cut = *p;
    struct file_hole hole;

    if (!file_hole_may_be(p->bytes, p->n, offset))
        return;
    if (file_hole_find(file->fd, offset, offset + p->n, &hole)) {
        p->n = (size_t)(hole.start - offset);
        cut_nuls(ctx, offset, p);
        p->is_written = hole.is_last;
        p->has_more = p->n > 0 || !hole.is_last;
        if (p->n == 0 && !hole.is_last)
            p->hole_end = hole.end;
        return;
    }
    cut_nuls(ctx, offset, &cut);
    cut.has_more = true;
    if (p->n == budget && cut.n > 0 && cut.n < p->n)
        *p = cut;
}

/* How many NULs at the front of the new bytes are no part of a character behind them. */
static size_t count_nuls(const struct follow_context *ctx, const struct peek *p)
{
    size_t n = 0;

    while (n < p->n && p->bytes[n] == '\0')
        n++;
    n -= n % text_encodings_width(&ctx->encodings);
    if (n == 2 && p->n >= 4 && memcmp(p->bytes + n, "\xfe\xff", 2) == 0)
        n = 0; /* the first half of UTF-32's byte order mark */
    return n;
}

/* Counts NULs at the offset as a hole, or as more of it. */
static void count_hole(struct followed_file *file, uint64_t n)
{
    if (file->hole_bytes == 0)
        file->hole_start = file->rotation.offset;
    file->hole_bytes += n;
}

/* Says, once, that there is a hole; others of the same file are like it. */
static void say_hole(struct followed_file *file, const struct follow_context *ctx)
{
    if (file->hole_bytes > 0 && file->hole_start == 0)
        follow_context_event_detail(ctx, FOLLOW_HOLE, file->position.path,
                                    "%" PRIu64 " NUL bytes at its start", file->hole_bytes);
    else if (file->hole_bytes > 0 && !file->said_hole)
        follow_context_event_detail(ctx, FOLLOW_HOLE, file->position.path,
                                    "%" PRIu64 " bytes from byte %" PRIu64
                                    " on, which nobody wrote; others like it are skipped, too",
                                    file->hole_bytes, file->hole_start);
    file->said_hole |= file->hole_bytes > 0 && file->hole_start > 0;
    file->hole_bytes = 0;
}

/* A writer that does not append leaves a hole where the bytes were that it wrote before. */
static void skip_nuls(struct followed_file *file, const struct follow_context *ctx, struct peek *p)
{
    size_t n = count_nuls(ctx, p);

    if (n > 0) {
        count_hole(file, n);
        followed_file_move(file, file->rotation.offset + n, print_at(file, p, n));
        *p = (struct peek){
            .bytes = p->bytes + n, .n = p->n - n, .is_same = true, .has_more = p->has_more};
    }
    if (p->n == 0)
        return;
    file->may_have_hole = false;
    say_hole(file, ctx);
}

/* Goes on behind a long hole. A half line before it ends there. */
static int pass_hole(struct followed_file *file, struct follow_context *ctx, uint64_t end)
{
    struct fingerprint tail_print;
    int r;

    if (file->half.n > 0)
        return followed_file_flush(file, ctx, /* cut_off= */ false);
    r = followed_file_print_before(file, end, &tail_print);
    if (r != 0)
        return MIN(r, 0);
    count_hole(file, end - file->rotation.offset);
    followed_file_move(file, end, tail_print);
    file->may_have_hole = true; /* up to what stands behind it in its block */
    return 0;
}

/* ---- lines ---- */

/* No newline came: up to `most` bytes of the half line are kept. */
static int grow_half_to(struct followed_file *file, const struct follow_context *ctx,
                        const struct peek *p, size_t most)
{
    int r = half_line_append(&file->half, gloss_span(p->bytes, p->n), most);

    if (r < 0)
        return r;
    file->tail_print = print_at(file, p, p->n);
    rotation_advance(&file->rotation, p->n, ctx->now_ns);
    return 0;
}

static int grow_half(struct followed_file *file, const struct follow_context *ctx,
                     const struct peek *p)
{
    return grow_half_to(file, ctx, p, (size_t)ctx->options.max_line);
}

/* Hands on whole lines, up to bytes[end]; what is behind becomes the half line. */
static int take_lines(struct followed_file *file, struct follow_context *ctx, const struct peek *p,
                      size_t end)
{
    struct fingerprint at_end = print_at(file, p, end), at_rest = print_at(file, p, p->n);
    size_t before = file->half.n, rest = p->n - end;
    CLEANUP(freep) char *bytes = NULL;
    int r;

    if (rest > 0) {
        bytes = malloc(rest);
        if (!bytes)
            return -ENOMEM;
        memcpy(bytes, p->bytes + end, rest);
    }
    r = followed_file_hand_on(file, ctx, gloss_span(p->bytes - before, before + end),
                              /* add_newline= */ false);
    if (r < 0)
        return r;
    followed_file_move(file, file->rotation.offset + end, at_end);
    half_line_set(&file->half, TAKE_PTR(bytes), rest,
                  /* is_overlong= */ rest > ctx->options.max_line);
    file->tail_print = at_rest;
    rotation_advance(&file->rotation, rest, ctx->now_ns);
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

/* ---- overlong lines ---- */

/* Whether the half line is known to be all of the line up to here, and to have an end. */
static bool may_stream(const struct followed_file *file)
{
    return file->decompressed && file->newline_end > file->rotation.offset && file->half.bytes &&
           file->half.n == file->rotation.offset - file->position.offset;
}

/* Whether newlines were looked for, and the line has one. */
static bool has_searched(const struct followed_file *file)
{
    return file->half.is_overlong && file->newline_end > file->position.offset;
}

/* Lets the line be read from its start again. */
static void read_again(struct followed_file *file)
{
    rotation_move(&file->rotation, file->position.offset);
    file->tail_print = file->position.tail_print;
    half_line_clear(&file->half);
    file->half.is_overlong = false;
    file->is_behind = true;
}

static bool may_go_back(const struct followed_file *file)
{
    return file->rotation.offset / 2 >= file->position.offset ||
           decompressed_file_at_end(file->decompressed);
}

static int search(struct followed_file *file, const struct follow_context *ctx,
                  const struct peek *p)
{
    size_t end = find_end(file, p, line_encoding_last_end);
    int r;

    if (end > 0)
        file->newline_end = file->rotation.offset + end;
    r = grow_half(file, ctx, p);
    if (r == 0 && has_searched(file) && may_go_back(file))
        read_again(file);
    return r;
}

static int take_overlong(struct followed_file *file, struct follow_context *ctx,
                         const struct peek *p)
{
    size_t end;

    if (may_stream(file))
        return grow_half_to(file, ctx, p, /* most= */ SIZE_MAX);
    if (file->decompressed)
        return search(file, ctx, p);
    end = find_end(file, p, line_encoding_first_end);
    return end > 0 ? overlong_line_start(ctx, file, file->rotation.offset + end,
                                         /* owes_newline= */ false)
                   : grow_half(file, ctx, p);
}

static int take_whole(struct followed_file *file, struct follow_context *ctx, const struct peek *p)
{
    struct half_line *half = &file->half;
    size_t end = half->is_overlong ? 0 : find_end(file, p, line_encoding_last_end);

    if (end > 0) {
        if (half->bytes) /* else they stand there, read again */
            memcpy(p->bytes - half->n, half->bytes, half->n);
        return take_lines(file, ctx, p, end);
    }
    half->is_overlong = half->is_overlong || half->n + p->n > ctx->options.max_line;
    return half->is_overlong ? take_overlong(file, ctx, p) : grow_half(file, ctx, p);
}

static int take(struct followed_file *file, struct follow_context *ctx, struct peek *p)
{
    int r;

    file->read_ns = ctx->now_ns;
    if (p->hole_end > 0)
        return pass_hole(file, ctx, p->hole_end);
    if (file->may_have_hole && file->half.n == 0)
        skip_nuls(file, ctx, p);
    followed_file_find_text(file, ctx, gloss_span(p->bytes, p->n));
    if (p->n == 0)
        return 0;
    if (!file->text)
        return grow_half(file, ctx, p);
    r = take_whole(file, ctx, p);
    if (r == 0 && file->half.is_overlong && may_stream(file))
        r = overlong_line_start(ctx, file, OVERLONG_LINE_TO_NEWLINE, /* owes_newline= */ false);
    return r;
}

/* ---- compressed files ---- */

/* Finds out whether it is compressed, when it has some bytes. Returns 0, a positive errno, or
 * -ENOMEM. *ret_action is written where nothing of it is to be read now: it has too few bytes, or
 * it is compressed, and was opened as if it were not. */
static int find_kind(struct followed_file *file, const struct follow_context *ctx,
                     const struct stat *st, enum rotation_action *ret_action)
{
    struct decompressed_file *decompressed = NULL;
    int r;

    if (file->kind != KIND_UNKNOWN || st->st_size == 0)
        return 0;
    r = decompressed_file_new(&decompressed, file->fd, &ctx->decompressed_limits);
    if (r < 0)
        return r == -ENOMEM ? r : -r;
    if (r == DECOMPRESSED_FILE_E_SHORT && file->is_at_path &&
        follow_context_silence_ns(ctx, st) > 0) {
        *ret_action = ROTATION_WAIT;
        return 0;
    }
    file->kind = decompressed ? KIND_COMPRESSED : KIND_PLAIN;
    file->decompressed = decompressed;
    if (decompressed)
        *ret_action = ROTATION_IDENTIFY;
    return 0;
}

/* A compressed file that has changed may be in the writing: it is decompressed anew when it was
 * left alone for a while. */
static void find_change(struct followed_file *file, const struct follow_context *ctx,
                        const struct stat *st)
{
    if (file->look.since_open && !followed_file_is_as_looked_at(file, st)) {
        decompressed_file_restart(file->decompressed);
        file->kind = KIND_CHANGING;
        rotation_changed(&file->rotation, ctx->now_ns);
    }
    if (follow_context_silence_ns(ctx, st) == 0 ||
        ctx->now_ns - file->rotation.idle_since_ns >= ctx->options.rotate_wait_ns)
        file->kind = KIND_COMPRESSED;
}

/* Whether its position is its own: else the bytes before it count as changed, so that the turn ends
 * with ROTATION_REWIND. */
static void judge_match(struct followed_file *file, const struct follow_context *ctx,
                        struct peek *p)
{
    switch (match_judge(&file->match, file->rotation.offset, p->is_same, p->n > 0)) {
    case MATCH_UNASKED:
        break;
    case MATCH_WRONG:
        p->is_same = false;
        break;
    case MATCH_ENDS_HERE:
        followed_file_touch(file);
        break;
    case MATCH_READ_ON:
        followed_file_touch(file);
        follow_context_event_detail(ctx, FOLLOW_OPENED, file->position.path,
                                    "from %" PRIu64 ", in a compressed copy of it",
                                    file->position.offset);
        break;
    }
}

/* ---- a turn ---- */

static void remember_look(struct followed_file *file, const struct stat *st, const struct peek *p)
{
    uint64_t size = (uint64_t)st->st_size;

    file->look = (struct file_look){
        .since_open = true,
        .size = size,
        .written = p->is_written ? file->rotation.offset + p->n : size,
        .time_ns = file_time_ns(st),
    };
}

/* Says, once, what is wrong with a compressed file, or why it is not read. */
static void say_problem(struct followed_file *file, const struct follow_context *ctx)
{
    const char *refusal = decompressed_file_refusal(file->decompressed);
    const char *problem = decompressed_file_problem(file->decompressed);

    if (refusal && !file->said_undecodable)
        follow_context_event_detail(ctx, FOLLOW_SKIPPED, file->position.path, "%s", refusal);
    file->said_undecodable |= refusal != NULL;
    if (problem)
        followed_file_say_undecodable(file, ctx, problem);
}

/* What the file has now. Returns 0, a positive errno, or -ENOMEM. */
static int see(struct followed_file *file, const struct follow_context *ctx,
               struct turn_buffer *buffer, const struct stat *st, size_t budget,
               struct rotation_seen *seen, struct peek *p)
{
    uint64_t offset = file->rotation.offset;
    int r = 0;

    seen->size_known = true;
    seen->size = file->decompressed ? offset : (uint64_t)st->st_size;
    if (file->decompressed)
        find_change(file, ctx, st);
    if (!followed_file_is_quiet(file, ctx, st) && seen->size >= offset &&
        file->kind != KIND_CHANGING) {
        r = peek(file, buffer, budget, p);
        if (r == 0 && file->decompressed)
            judge_match(file, ctx, p);
        else if (r == 0 && p->is_same)
            look_for_hole(file, ctx, budget, p);
        seen->tail = r != 0       ? ROTATION_TAIL_UNKNOWN
                     : p->is_same ? ROTATION_TAIL_SAME
                                  : ROTATION_TAIL_DIFFERS;
        seen->size = MAX(offset + p->n, p->hole_end);
    }
    if (file->decompressed)
        say_problem(file, ctx);
    if (r >= 0)
        remember_look(file, st, p);
    return r;
}

/* Lets rotation_step() decide by what was seen, and reads. @error  of the look; 0: none. */
static int decide(struct followed_file *file, struct follow_context *ctx,
                  const struct rotation_seen *seen, int error, struct peek *p, size_t budget,
                  enum rotation_action *ret_action)
{
    bool at_path = seen->path == PATH_SAME;
    enum rotation_action action =
        rotation_step(&file->rotation, seen, ctx->options.rotate_wait_ns, ctx->now_ns);

    *ret_action = action;
    file->is_behind = false;
    if (at_path && action != ROTATION_REWIND && error == 0)
        file->position.file_time_ns = MAX(file->position.file_time_ns, file->look.time_ns);
    if (action == ROTATION_BACK_OFF)
        return error;
    if (action != ROTATION_READ)
        return 0;
    assert(p->bytes);
    file->is_behind = p->n == budget || p->has_more ||
                      !at_path || /* the file that is at the path comes next */
                      (file->decompressed && !decompressed_file_at_end(file->decompressed));
    return take(file, ctx, p);
}

static int look_and_take(struct followed_file *file, struct follow_context *ctx,
                         struct turn_buffer *buffer, enum path_names names, const struct stat *st,
                         size_t budget, enum rotation_action *ret_action)
{
    struct rotation_seen seen = {.path = names, .tail = ROTATION_TAIL_SAME};
    struct peek p = {.is_same = true};
    struct stat own;
    int error = 0;

    *ret_action = ROTATION_WAIT;
    file->is_at_path = names == PATH_SAME;
    if (file->rotation.retry_ns > ctx->now_ns)
        return 0;
    if (names != PATH_SAME) {
        error = fstat(file->fd, &own) < 0 ? errno : 0;
        st = &own;
    }
    *ret_action = ROTATION_READ;
    if (error == 0)
        error = find_kind(file, ctx, st, ret_action);
    if (*ret_action != ROTATION_READ) {
        file->is_behind = false; /* more bytes wake it, or the clock does */
        return 0;
    }
    *ret_action = ROTATION_WAIT;
    if (error == 0)
        error = see(file, ctx, buffer, st, budget, &seen, &p);
    ctx->reads += p.bytes || error != 0;
    if (error == EAGAIN && file->decompressed) {
        file->is_behind = true;
        *ret_action = ROTATION_READ;
        return 0;
    }
    if (error == 0 && p.n == 0 && p.is_same && has_searched(file)) {
        read_again(file);
        *ret_action = ROTATION_READ;
        return 0;
    }
    return error < 0 ? error : decide(file, ctx, &seen, error, &p, budget, ret_action);
}

/* Lets the half line be counted. To read one again from a compressed file takes all that stands
 * before it: so it is not given back as long as there is more to read behind it. */
static void count_half(struct followed_file *file, const struct follow_context *ctx)
{
    struct half_lines *all = ctx->options.half_lines;

    half_lines_count(all, &file->half, !file->decompressed || !file->is_behind);
    if (!all || !all->gave_back || all->said)
        return;
    all->said = true;
    follow_context_event_detail(ctx, FOLLOW_LIMITED, file->position.path,
                                "more than %zu MiB of all files wait for a newline, so the longest "
                                "such lines are not held in memory, but read again when they grow",
                                all->max_bytes >> 20);
}

int followed_file_turn(struct followed_file *file, struct follow_context *ctx,
                       struct turn_buffer *buffer, enum path_names names, const struct stat *st,
                       size_t budget, enum rotation_action *ret_action)
{
    int r = look_and_take(file, ctx, buffer, names, st, budget, ret_action);

    if (file->look.written <= file->rotation.offset)
        file->behind_since_ns = 0;
    else if (file->behind_since_ns == 0)
        file->behind_since_ns = ctx->now_ns;
    count_half(file, ctx);
    return r;
}

/* ---- half lines that nobody will end ---- */

/* Reads a half line again that was given back. Returns 0, also where it cannot be read any more:
 * then it is as it was; 1: the file is not decompressed that far yet; or -ENOMEM. */
static int fetch_half(struct followed_file *file)
{
    size_t n = file->half.n;
    CLEANUP(freep) char *bytes = malloc(n);
    ssize_t got = bytes ? followed_file_read(file, bytes, n, file->position.offset) : -ENOMEM;

    if (got == (ssize_t)n)
        half_line_set(&file->half, TAKE_PTR(bytes), n, file->half.is_overlong);
    return got == -ENOMEM ? -ENOMEM : got == -EAGAIN && file->decompressed;
}

static int hand_on_half(struct followed_file *file, struct follow_context *ctx)
{
    if (!half_line_is_given_back(&file->half))
        return followed_file_hand_on(file, ctx, gloss_span(file->half.bytes, file->half.n),
                                     /* add_newline= */ true);
    follow_context_event_detail(ctx, FOLLOW_GONE, file->position.path,
                                "%zu bytes without a newline, which were not held in memory",
                                file->half.n);
    return 0;
}

int followed_file_flush(struct followed_file *file, struct follow_context *ctx, bool cut_off)
{
    struct half_line *half = &file->half;
    uint64_t end = file->position.offset + half->n;
    int r;

    if (!file->text)
        file->text = &ctx->encodings.plain;
    if (half->is_overlong && !cut_off)
        return overlong_line_start(ctx, file, file->rotation.offset, /* owes_newline= */ true);
    if (half->n == 0)
        return 0;
    r = half_line_is_given_back(half) && !cut_off ? fetch_half(file) : 0;
    if (r == 0)
        r = hand_on_half(file, ctx);
    if (r != 0)
        return r;
    half->is_overlong = false;
    followed_file_move(file, end, file->tail_print);
    return 0;
}
