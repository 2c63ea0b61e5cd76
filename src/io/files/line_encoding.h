#pragma once

/* How the text of a followed file is written: what its newline looks like in the raw bytes, and who
 * decodes it. */

#include <gloss/buf.h>
#include <gloss/decode.h>
#include <stdint.h>

struct line_encoding {
    char newline[4];
    size_t width;                  /* of a newline, and of what it is aligned to */
    struct gloss_decoder *decoder; /* owned; NULL: bytes are taken as they are */
};

/** @encoding  NULL: bytes. Returns 0, -EINVAL (nobody knows it), -ENOMEM. */
int line_encoding_init(struct line_encoding *t, const char *encoding);
void line_encoding_deinit(struct line_encoding *t);

/** Where the last, the first line of raw bytes ends: behind its newline; 0: nowhere.
 * @offset  of bytes[0] in the file. */
size_t line_encoding_last_end(const struct line_encoding *t, const char *bytes, size_t n,
                              uint64_t offset);
size_t line_encoding_first_end(const struct line_encoding *t, const char *bytes, size_t n,
                               uint64_t offset);

/** Appends the UTF-8 of raw bytes. @end  nothing that belongs to them comes any more. Returns how
 * many places did not decode. */
uint64_t line_encoding_decode(struct line_encoding *t, struct gloss_span raw, bool end,
                              struct gloss_buf *out);
