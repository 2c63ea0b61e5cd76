/* The decoding of UTF-16 against a reference that goes through the whole input unit by unit. The
 * first byte of the input chooses the byte order and the places where the input is cut. */

#include <assert.h>
#include <gloss/decode.h>
#include <stdlib.h>

static uint32_t unit_at(const uint8_t *bytes, size_t i, bool big)
{
    return (uint32_t)bytes[2 * i + !big] << 8 | bytes[2 * i + big];
}

static void put(struct gloss_buf *out, uint32_t c)
{
    static const uint32_t first[] = {0, 0xc0, 0xe0, 0xf0};
    int more = (c >= 0x80) + (c >= 0x800) + (c >= 0x10000);

    gloss_buf_char(out, (char)(first[more] | c >> 6 * more));
    while (more-- > 0)
        gloss_buf_char(out, (char)(0x80 | (c >> 6 * more & 0x3f)));
}

/* The reference. A surrogate without its partner becomes U+FFFD, and so does an incomplete
 * character at the end. Returns the number of U+FFFD. */
static uint64_t reckon(const uint8_t *bytes, size_t n, bool big, struct gloss_buf *out)
{
    uint64_t errors = 0;
    size_t units = n / 2, i = 0;

    for (; i < units; i++) {
        uint32_t c = unit_at(bytes, i, big);

        if (c >= 0xd800 && c < 0xdc00 && i + 1 == units)
            break;
        if (c >= 0xd800 && c < 0xdc00 && unit_at(bytes, i + 1, big) >> 10 == 0xdc00 >> 10) {
            put(out, 0x10000 + ((c & 0x3ff) << 10 | (unit_at(bytes, ++i, big) & 0x3ff)));
        } else if (c >= 0xd800 && c < 0xe000) {
            put(out, 0xfffd);
            errors++;
        } else if (i > 0 || c != 0xfeff) {
            put(out, c);
        }
    }
    if (2 * i < n) {
        put(out, 0xfffd);
        errors++;
    }
    return errors;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct gloss_buf seen = {0}, wanted = {0};
    struct gloss_decoder *d;
    size_t step, n;
    bool big;

    if (size == 0)
        return 0;
    big = data[0] & 1;
    step = 1 + (data[0] >> 1);
    n = size - 1;
    if (gloss_decoder_new(&d, big ? "utf-16be" : "utf-16le") < 0)
        abort();
    for (size_t at = 0; at < n; at += step)
        gloss_decoder_feed(
            d, gloss_span((const char *)data + 1 + at, n - at < step ? n - at : step), &seen);
    gloss_decoder_finish(d, &seen);
    assert(gloss_decoder_errors(d) == reckon(data + 1, n, big, &wanted));
    assert(gloss_span_equal(gloss_buf_view(&seen), gloss_buf_view(&wanted)));
    gloss_decoder_free(d);
    gloss_buf_deinit(&seen);
    gloss_buf_deinit(&wanted);
    return 0;
}
