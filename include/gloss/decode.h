#ifndef GLOSS_DECODE_H
#define GLOSS_DECODE_H

/* Text in another encoding, decoded to UTF-8 piece by piece. */

#include <gloss/buf.h>
#include <gloss/span.h>
#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum gloss_encoding_guess {
    GLOSS_ENCODING_BYTES, /* UTF-8, ASCII, or something of one byte a character: nothing to decode
                           */
    GLOSS_ENCODING_UTF8_MARK, /* UTF-8 behind a byte order mark: bytes all the same, the mark is the
                                 first line's */
    GLOSS_ENCODING_UTF16LE,   /* by its mark FF FE */
    GLOSS_ENCODING_UTF16BE,   /* by its mark FE FF */
    GLOSS_ENCODING_UTF32LE,   /* by its mark FF FE 00 00 */
    GLOSS_ENCODING_UTF32BE,   /* by its mark 00 00 FE FF */
    /* By where NULs stand in the first 4 KiB: bytes are passed as they are, and somebody has to be
     * told. */
    GLOSS_ENCODING_UTF16_UNMARKED,
    GLOSS_ENCODING_UTF32_UNMARKED,
};

#define GLOSS_ENCODING_GUESSES 8

/** Looks at the first bytes of a stream; up to 4 KiB are of use. */
enum gloss_encoding_guess gloss_encoding_guess(struct gloss_span head);
/** Whether the bytes behind them may make another mark of these, or a mark at all. */
bool gloss_encoding_undecided(struct gloss_span head);
/** The name of an encoding that a mark tells, for gloss_decoder_new(); NULL: nothing to decode. */
const char *gloss_encoding_name(enum gloss_encoding_guess guess);

/** A decoder: UTF-16 by hand, all else by iconv. Input may be cut anywhere. */
struct gloss_decoder;

/** @encoding  "utf-16le", "utf-16be", or any name iconv knows; case does not count.
 * Returns 0; -EINVAL: nobody knows that encoding; -ENOMEM. */
int gloss_decoder_new(struct gloss_decoder **ret_decoder, const char *encoding);
struct gloss_decoder *gloss_decoder_free(struct gloss_decoder *d);
static inline void gloss_decoder_freep(struct gloss_decoder **d)
{
    *d = gloss_decoder_free(*d);
}

/** Appends the UTF-8 of as much of in as is whole characters; the rest is kept inside for the next
 * call. What does not decode becomes U+FFFD and is counted. A byte order mark at the very begin is
 * dropped. Memory trouble shows in out->failed. */
void gloss_decoder_feed(struct gloss_decoder *d, struct gloss_span in, struct gloss_buf *out);
/** Nothing more comes: half a character left inside becomes U+FFFD. */
void gloss_decoder_finish(struct gloss_decoder *d, struct gloss_buf *out);
/** How many times something did not decode. */
uint64_t gloss_decoder_errors(const struct gloss_decoder *d);
/** Bytes fed that are not in any output yet: half a character. */
unsigned gloss_decoder_pending(const struct gloss_decoder *d);

#ifdef __cplusplus
}
#endif
#endif
