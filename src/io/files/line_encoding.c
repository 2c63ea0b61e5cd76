/* A newline in UTF-16 is two bytes, and the second of one character and the first of the next may
 * look like one: only what stands at a whole number of units from the file's begin counts. What the
 * newline of an encoding is, iconv is asked. */

#include "io/files/line_encoding.h"

#include "core/base/util.h"

#include <iconv.h>
#include <strings.h>

/* The second newline is looked at: a mark may stand before the first. */
static void ask_newline(struct line_encoding *t, const char *encoding)
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
        memcpy(t->newline, second, width);
        t->width = width;
    }
}

int line_encoding_init(struct line_encoding *t, const char *encoding)
{
    *t = (struct line_encoding){.newline = "\n", .width = 1};
    if (!encoding)
        return 0;
    ask_newline(t, encoding);
    return gloss_decoder_new(&t->decoder, encoding);
}

void line_encoding_deinit(struct line_encoding *t)
{
    t->decoder = gloss_decoder_free(t->decoder);
}

static bool is_newline(const struct line_encoding *t, const char *bytes, size_t at, uint64_t offset)
{
    return (offset + at) % t->width == 0 && memcmp(bytes + at, t->newline, t->width) == 0;
}

size_t line_encoding_last_end(const struct line_encoding *t, const char *bytes, size_t n,
                              uint64_t offset)
{
    const char *found;

    if (t->width == 1) {
        found = n > 0 ? memrchr(bytes, t->newline[0], n) : NULL;
        return found ? (size_t)(found - bytes) + 1 : 0;
    }
    for (size_t end = n; end >= t->width; end--)
        if (is_newline(t, bytes, end - t->width, offset))
            return end;
    return 0;
}

size_t line_encoding_first_end(const struct line_encoding *t, const char *bytes, size_t n,
                               uint64_t offset)
{
    const char *found;

    if (t->width == 1) {
        found = n > 0 ? memchr(bytes, t->newline[0], n) : NULL;
        return found ? (size_t)(found - bytes) + 1 : 0;
    }
    for (size_t at = 0; at + t->width <= n; at++)
        if (is_newline(t, bytes, at, offset))
            return at + t->width;
    return 0;
}

uint64_t line_encoding_decode(struct line_encoding *t, struct gloss_span raw, bool end,
                              struct gloss_buf *out)
{
    uint64_t before = gloss_decoder_errors(t->decoder);

    gloss_decoder_feed(t->decoder, raw, out);
    if (end)
        gloss_decoder_finish(t->decoder, out);
    return gloss_decoder_errors(t->decoder) - before;
}
