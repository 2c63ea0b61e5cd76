#ifndef GLOSS_DECODE_H
#define GLOSS_DECODE_H

/* Text in another encoding, decoded to UTF-8 piece by piece.
 *
 *     #include <assert.h>
 *     #include <gloss/decode.h>
 *
 *     int main(void)
 *     {
 *         struct gloss_span head = gloss_span("\xff\xfe" "o\0k\0", 6);
 *         const char *name = gloss_encoding_name(gloss_encoding_guess(head));
 *         struct gloss_decoder *decoder;
 *         struct gloss_buf text = {0};
 *
 *         if (!name || gloss_decoder_new(&decoder, name) < 0)
 *             return 1;
 *         gloss_decoder_feed(decoder, gloss_span(head.ptr, 3), &text); // cut anywhere
 *         gloss_decoder_feed(decoder, gloss_span(head.ptr + 3, 3), &text);
 *         gloss_decoder_finish(decoder, &text);
 *         assert(gloss_span_equal(gloss_buf_view(&text), gloss_span_str("ok")));
 *         gloss_decoder_free(decoder);
 *         gloss_buf_deinit(&text);
 *     }
 */

#include <gloss/buf.h>
#include <gloss/span.h>
#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What the first bytes of a stream say of its encoding. */
enum gloss_encoding_guess {
    GLOSS_ENCODING_BYTES,     /* UTF-8, ASCII, or one byte a character: nothing to decode */
    GLOSS_ENCODING_UTF8_MARK, /* UTF-8 behind a byte order mark: nothing to decode; the mark belongs
                                 to the first line */
    GLOSS_ENCODING_UTF16LE,   /* by the byte order mark FF FE */
    GLOSS_ENCODING_UTF16BE,   /* by the byte order mark FE FF */
    GLOSS_ENCODING_UTF32LE,   /* by the byte order mark FF FE 00 00 */
    GLOSS_ENCODING_UTF32BE,   /* by the byte order mark 00 00 FE FF */
    /* By where NULs stand, without a mark. That is too uncertain to decode the stream: a program
     * passes its bytes on and tells its user. */
    GLOSS_ENCODING_UTF16_UNMARKED,
    GLOSS_ENCODING_UTF32_UNMARKED,
};

/** How many guesses there are. */
#define GLOSS_ENCODING_GUESSES 8

/** Guesses the encoding of a stream by its first bytes. More than 4 KiB of them are of no use. */
enum gloss_encoding_guess gloss_encoding_guess(struct gloss_span head);

/** Whether the bytes that follow these may complete a byte order mark and so change the guess.
 * Where the stream ends here, the guess stands. */
bool gloss_encoding_undecided(struct gloss_span head);

/** The name of an encoding for gloss_decoder_new(); NULL where there is nothing to decode. */
const char *gloss_encoding_name(enum gloss_encoding_guess guess);

/** A decoder of one stream. UTF-16 (RFC 2781) is decoded here, all else by iconv(3). */
struct gloss_decoder;

/** @encoding  "utf-16le", "utf-16be", or any name that iconv_open(3) knows; case does not count.
 *
 * Returns 0; -EINVAL: the encoding is unknown; -ENOMEM; or another negative errno of
 * iconv_open(3). */
int gloss_decoder_new(struct gloss_decoder **ret_decoder, const char *encoding);
struct gloss_decoder *gloss_decoder_free(struct gloss_decoder *d);
static inline void gloss_decoder_freep(struct gloss_decoder **d)
{
    *d = gloss_decoder_free(*d);
}

/** Appends the next bytes of the stream as UTF-8. They may end anywhere: an incomplete character is
 * kept inside until its rest comes. Bytes that do not decode become U+FFFD and are counted. A byte
 * order mark at the start of the stream is dropped. When memory runs out, out->failed is set. */
void gloss_decoder_feed(struct gloss_decoder *d, struct gloss_span in, struct gloss_buf *out);

/** Ends the stream: an incomplete character becomes U+FFFD. */
void gloss_decoder_finish(struct gloss_decoder *d, struct gloss_buf *out);

/** How many times bytes did not decode. */
uint64_t gloss_decoder_errors(const struct gloss_decoder *d);

/** How many bytes of an incomplete character are kept inside, 0 to 15. */
unsigned gloss_decoder_pending(const struct gloss_decoder *d);

#ifdef __cplusplus
}
#endif
#endif
