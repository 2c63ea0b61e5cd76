/* A newline in UTF-16 is two bytes. The same two bytes may also be the second byte of a character
 * and the first byte of the next, so a newline counts only at an offset that is a multiple of its
 * width. The bytes of an encoding's newline are learned from iconv(3). */

#include "io/files/line_encoding.h"

#include "core/base/util.h"

#include <iconv.h>
#include <strings.h>

/* Two newlines are converted and the second is taken, since a byte order mark may come first. */
static void learn_newline(struct line_encoding *e, const char *encoding)
{
    iconv_t to = iconv_open(encoding, "UTF-8");
    char bytes[32], *out = bytes, *second = bytes;
    size_t left = sizeof(bytes), width = 0;

    if (to == (iconv_t)-1)
        return;
    for (int i = 0; i < 2; i++) {
        char newline[] = "\n", *in = newline;
        size_t n = 1;

        second = out;
        iconv(to, &in, &n, &out, &left);
        width = (size_t)(out - second);
    }
    iconv_close(to);
    if (width == 1 || width == 2 || width == 4) {
        memcpy(e->newline, second, width);
        e->width = width;
    }
}

int line_encoding_init(struct line_encoding *e, const char *encoding)
{
    *e = (struct line_encoding){.newline = "\n", .width = 1};
    if (!encoding)
        return 0;
    learn_newline(e, encoding);
    return gloss_decoder_new(&e->decoder, encoding);
}

void line_encoding_deinit(struct line_encoding *e)
{
    e->decoder = gloss_decoder_free(e->decoder);
}

static bool is_newline(const struct line_encoding *e, const char *bytes, size_t at, uint64_t offset)
{
    return (offset + at) % e->width == 0 && memcmp(bytes + at, e->newline, e->width) == 0;
}

size_t line_encoding_last_end(const struct line_encoding *e, const char *bytes, size_t n,
                              uint64_t offset)
{
    const char *found;

    if (e->width == 1) {
        found = n > 0 ? memrchr(bytes, e->newline[0], n) : NULL;
        return found ? (size_t)(found - bytes) + 1 : 0;
    }
    for (size_t end = n; end >= e->width; end--)
        if (is_newline(e, bytes, end - e->width, offset))
            return end;
    return 0;
}

size_t line_encoding_first_end(const struct line_encoding *e, const char *bytes, size_t n,
                               uint64_t offset)
{
    const char *found;

    if (e->width == 1) {
        found = n > 0 ? memchr(bytes, e->newline[0], n) : NULL;
        return found ? (size_t)(found - bytes) + 1 : 0;
    }
    for (size_t at = 0; at + e->width <= n; at++)
        if (is_newline(e, bytes, at, offset))
            return at + e->width;
    return 0;
}

uint64_t line_encoding_decode(struct line_encoding *e, struct gloss_span raw, bool end,
                              struct gloss_buf *out)
{
    uint64_t before = gloss_decoder_errors(e->decoder);

    gloss_decoder_feed(e->decoder, raw, out);
    if (end)
        gloss_decoder_finish(e->decoder, out);
    return gloss_decoder_errors(e->decoder) - before;
}
