#pragma once

/* The encoding of a followed file, as far as lines are concerned: the bytes of a newline, and the
 * decoder that makes UTF-8 of a line. */

#include <gloss/buf.h>
#include <gloss/decode.h>
#include <stdint.h>

struct line_encoding {
    char newline[4];
    size_t width; /* bytes of a newline; its offset in the file is a multiple of them */
    struct gloss_decoder *decoder; /* owned; NULL: bytes are passed on as they are */
};

/** @encoding  a name that iconv(3) knows; NULL: bytes are passed on as they are.
 * Returns 0; -EINVAL: the name is unknown; or -ENOMEM. */
int line_encoding_init(struct line_encoding *e, const char *encoding);
void line_encoding_deinit(struct line_encoding *e);

/** The index behind the last newline among raw bytes, or behind the first one; 0: there is none.
 * @offset  of bytes[0] in the file. */
size_t line_encoding_last_end(const struct line_encoding *e, const char *bytes, size_t n,
                              uint64_t offset);
size_t line_encoding_first_end(const struct line_encoding *e, const char *bytes, size_t n,
                               uint64_t offset);

/** Appends the UTF-8 of raw bytes.
 * @end  true: the bytes end here; false: a character at their end may go on in the next call.
 * Returns at how many places the bytes could not be decoded. */
uint64_t line_encoding_decode(struct line_encoding *e, struct gloss_span raw, bool end,
                              struct gloss_buf *out);
