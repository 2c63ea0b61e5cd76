/* Room for the worst case is six times the input, so that a line of a mebibyte would ask for six.
 * The input is therefore escaped in pieces of a few KiB. A piece never ends inside a character of
 * UTF-8: the escape function would take the two halves for broken bytes. */

#include "core/base/escape.h"

#include "core/base/utf8.h"
#include "core/base/util.h"

#include <stdbool.h>

#define PIECE_BYTES 4096

/* Takes the next piece off the front of *rest. Returns false when nothing is left. */
static bool next_piece(struct gloss_span *rest, struct gloss_span *ret_piece)
{
    size_t n = MIN(rest->len, (size_t)PIECE_BYTES);

    if (n == 0)
        return false;
    if (n < rest->len)
        n -= utf8_unfinished(rest->ptr, n);
    *ret_piece = gloss_span(rest->ptr, n);
    *rest = gloss_span(rest->ptr + n, rest->len - n);
    return true;
}

void escape_into_buf(struct gloss_buf *out, struct gloss_span bytes, escape_fn escape)
{
    struct gloss_span piece;

    while (next_piece(&bytes, &piece)) {
        char *room = gloss_buf_room(out, ESCAPE_GROWTH * piece.len);

        if (!room)
            return;
        out->len += escape(room, piece.ptr, piece.len);
    }
}

void escape_into_spans(struct gloss_spans *out, struct gloss_span bytes, escape_fn escape)
{
    struct gloss_span piece;

    while (next_piece(&bytes, &piece)) {
        char *room = gloss_spans_room(out, ESCAPE_GROWTH * piece.len);

        if (!room)
            return;
        gloss_spans_commit(out, escape(room, piece.ptr, piece.len));
    }
}
