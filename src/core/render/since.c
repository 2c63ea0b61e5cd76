/* A block is a run of whole lines or one part of an overlong line. Of a run each line is asked for
 * its time, and lines beside each other that count go on together. A part goes the way that was
 * decided at the start of its line. A run ends at the first line that does not count, and the next
 * call asks that line again; this changes nothing. */

#include "core/render/since.h"

#include "core/base/first_line.h"
#include "core/base/util.h"

#include <gloss/scanner.h>

/* Decides whether a line counts, if it has a stamp. */
static void ask(struct since *s, struct gloss_span line, struct gloss_times *times)
{
    uint64_t ns;

    if (!gloss_times_own(times, line, &ns))
        return;
    s->stamped = true;
    s->counts = ns >= s->from_ns && (s->until_ns == 0 || ns <= s->until_ns);
}

/* The length of the lines at the start that all count, or that all do not. */
static size_t run_length(struct since *s, struct gloss_span bytes, bool counts,
                         struct gloss_times *times)
{
    size_t n = 0;

    while (n < bytes.len) {
        size_t length = first_line_length(gloss_span(bytes.ptr + n, bytes.len - n));

        ask(s, gloss_span(bytes.ptr + n, length), times);
        if (s->counts != counts)
            break;
        n += length;
    }
    return n;
}

/* Takes n bytes off the front of a block, as a block of their own. */
static struct gloss_block take(struct gloss_block *rest, size_t n)
{
    struct gloss_block taken = *rest;

    taken.bytes.len = n;
    rest->bytes = gloss_span(rest->bytes.ptr + n, rest->bytes.len - n);
    rest->offset += n;
    return taken;
}

/* How many lines end in a block. A last line without a newline is a line, too. */
static uint64_t lines_in(const struct gloss_block *block)
{
    struct gloss_span b = block->bytes;

    if (b.len == 0)
        return 0;
    return gloss_newlines(b.ptr, b.len) + (block->ends_line && b.ptr[b.len - 1] != '\n');
}

/* The same as since_next(), for a part of an overlong line. */
static bool next_part(struct since *s, struct gloss_block *rest, struct gloss_times *times,
                      struct gloss_block *ret_run, uint64_t *ret_skipped)
{
    struct gloss_block part;

    *ret_skipped = 0;
    if (rest->bytes.len == 0)
        return false;
    if (rest->begins_line)
        ask(s, rest->bytes, times);
    part = take(rest, rest->bytes.len);
    if (s->counts)
        *ret_run = part;
    else
        *ret_skipped = lines_in(&part);
    return s->counts;
}

bool since_next(struct since *s, struct gloss_block *rest, struct gloss_times *times,
                struct gloss_block *ret_run, uint64_t *ret_skipped)
{
    struct gloss_block skipped;
    size_t n;

    if (!rest->begins_line || !rest->ends_line)
        return next_part(s, rest, times, ret_run, ret_skipped);
    skipped = take(rest, run_length(s, rest->bytes, false, times));
    *ret_skipped = lines_in(&skipped);
    n = run_length(s, rest->bytes, true, times);
    if (n > 0)
        *ret_run = take(rest, n);
    return n > 0;
}
