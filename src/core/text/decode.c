/* Text of any encoding in, UTF-8 out.
 *
 * A converter takes as many whole characters as there are and tells how many bytes they were. What
 * is left is an incomplete character, and is kept. Bytes of the next input are added to it one by
 * one until nothing is kept any more; the rest of that input is converted directly. So the input
 * may be cut anywhere.
 *
 * UTF-16 (RFC 2781) is converted here, because it is the encoding that is met in practice: four
 * characters of ASCII at a time, all others one by one. The other encodings are converted by
 * iconv(3). Where bytes do not decode, one unit of the encoding is given up (a byte of GBK, four of
 * UTF-32) and becomes U+FFFD. So the next character is found again, and the newline behind a broken
 * character is not lost with it. */

#include <gloss/decode.h>

#include "core/base/utf8.h"
#include "core/base/util.h"

#include <endian.h>
#include <iconv.h>
#include <strings.h>

#define NO_ICONV ((iconv_t)-1)
/* More bytes than any incomplete character or escape sequence has that iconv() waits with. */
#define KEPT_MAX 16
#define HEAD_MAX ((size_t)4096)

#define REPLACEMENT "\xef\xbf\xbd"
#define UTF8_MARK "\xef\xbb\xbf"

struct gloss_decoder {
    iconv_t iconv; /* NO_ICONV: the encoding is UTF-16 and is converted here */
    bool big_endian;
    size_t unit; /* bytes that are given up where they do not decode */
    char kept[KEPT_MAX];
    size_t n_kept;
    bool begun; /* the first character, which may be a byte order mark, has gone out */
    uint64_t errors;
};

/* Byte order marks, the longer ones first: a mark of UTF-32 begins with one of UTF-16. */
static const struct {
    enum gloss_encoding_guess guess;
    size_t length;
    const char *bytes;
} marks[] = {
    {GLOSS_ENCODING_UTF32LE, 4, "\xff\xfe\0\0"}, {GLOSS_ENCODING_UTF32BE, 4, "\0\0\xfe\xff"},
    {GLOSS_ENCODING_UTF8_MARK, 3, UTF8_MARK},    {GLOSS_ENCODING_UTF16LE, 2, "\xff\xfe"},
    {GLOSS_ENCODING_UTF16BE, 2, "\xfe\xff"},
};

/* ---- guessing ---- */

/* How many NULs there are in the first 4 KiB, by their place in a group of four bytes. */
struct nuls {
    size_t groups; /* of four bytes */
    size_t at[4];
};

static struct nuls count_nuls(struct gloss_span head)
{
    struct nuls nuls = {.groups = head.len / 4};

    for (size_t i = 0; i < 4 * nuls.groups; i++)
        nuls.at[i % 4] += head.ptr[i] == '\0';
    return nuls;
}

/* Whether the upper two bytes of a character are nearly always NUL, and its lowest byte hardly
 * ever. */
static bool looks_like_utf32(const struct nuls *n)
{
    size_t most = n->groups - n->groups / 4, few = n->groups / 16;

    if (n->groups < 3)
        return false;
    return (MIN(n->at[2], n->at[3]) >= most && n->at[0] <= few) ||
           (MIN(n->at[0], n->at[1]) >= most && n->at[3] <= few);
}

/* How many bytes are not part of well-formed UTF-8. */
static size_t count_bytes_of_no_utf8(struct gloss_span head)
{
    size_t bad = 0, n;

    for (size_t i = 0; i < head.len; i += MAX(n, (size_t)1)) {
        n = utf8_sequence(head.ptr + i, head.len - i);
        bad += n == 0;
    }
    return bad;
}

/* Whether one byte of each pair is mostly NUL and the other hardly ever. A text that is mostly
 * Chinese has few NULs, but all in the same byte of the pair, and it is far from being UTF-8. */
static bool looks_like_utf16(const struct nuls *n, struct gloss_span head)
{
    size_t pairs = 2 * n->groups, even = n->at[0] + n->at[2], odd = n->at[1] + n->at[3];

    if (pairs < 4)
        return false;
    if (MAX(even, odd) > pairs / 2)
        return MIN(even, odd) <= pairs / 16;
    return MAX(even, odd) >= 4 && MIN(even, odd) == 0 && count_bytes_of_no_utf8(head) > pairs / 4;
}

enum gloss_encoding_guess gloss_encoding_guess(struct gloss_span head)
{
    struct nuls nuls;

    for (size_t i = 0; i < ARRAY_SIZE(marks); i++)
        if (head.len >= marks[i].length && memcmp(head.ptr, marks[i].bytes, marks[i].length) == 0)
            return marks[i].guess;
    head.len = MIN(head.len, HEAD_MAX);
    nuls = count_nuls(head);
    if (looks_like_utf32(&nuls))
        return GLOSS_ENCODING_UTF32_UNMARKED;
    return looks_like_utf16(&nuls, head) ? GLOSS_ENCODING_UTF16_UNMARKED : GLOSS_ENCODING_BYTES;
}

bool gloss_encoding_undecided(struct gloss_span head)
{
    for (size_t i = 0; i < ARRAY_SIZE(marks); i++)
        if (head.len < marks[i].length && memcmp(head.ptr, marks[i].bytes, head.len) == 0 &&
            gloss_encoding_name(marks[i].guess))
            return true;
    return false;
}

const char *gloss_encoding_name(enum gloss_encoding_guess guess)
{
    static const char *const names[GLOSS_ENCODING_GUESSES] = {
        [GLOSS_ENCODING_UTF16LE] = "utf-16le",
        [GLOSS_ENCODING_UTF16BE] = "utf-16be",
        [GLOSS_ENCODING_UTF32LE] = "utf-32le",
        [GLOSS_ENCODING_UTF32BE] = "utf-32be",
    };

    return names[guess];
}

/* ---- decoding ---- */

/* How many bytes a unit of the encoding has: as many as iconv() writes for an 'a'. The second one
 * is measured, since a byte order mark may come with the first. */
static size_t unit_of(const char *encoding)
{
    iconv_t to = iconv_open(encoding, "UTF-8");
    char bytes[32], *out = bytes;
    size_t left = sizeof(bytes), first, unit;

    if (to == NO_ICONV)
        return 1;
    for (int i = 0; i < 2; i++) {
        char letter[] = "a", *in = letter;
        size_t n = 1;

        first = left;
        iconv(to, &in, &n, &out, &left);
    }
    unit = first - left;
    iconv_close(to);
    return unit == 2 || unit == 4 ? unit : 1;
}

/* Two kinds of names are refused: the empty name, which means the encoding of the locale, and names
 * with "//", which say how errors are treated. */
static int open_iconv(struct gloss_decoder *d, const char *encoding)
{
    if (encoding[0] == '\0' || strstr(encoding, "//"))
        return -EINVAL;
    d->iconv = iconv_open("UTF-8", encoding);
    if (d->iconv == NO_ICONV)
        return -errno;
    d->unit = unit_of(encoding);
    return 0;
}

int gloss_decoder_new(struct gloss_decoder **ret_decoder, const char *encoding)
{
    CLEANUP(gloss_decoder_freep) struct gloss_decoder *d = calloc(1, sizeof(*d));
    int r;

    if (!d)
        return -ENOMEM;
    d->iconv = NO_ICONV;
    d->big_endian = strcasecmp(encoding, "utf-16be") == 0;
    if (!d->big_endian && strcasecmp(encoding, "utf-16le") != 0) {
        r = open_iconv(d, encoding);
        if (r < 0)
            return r;
    }
    *ret_decoder = TAKE_PTR(d);
    return 0;
}

struct gloss_decoder *gloss_decoder_free(struct gloss_decoder *d)
{
    if (d) {
        if (d->iconv != NO_ICONV)
            iconv_close(d->iconv);
        free(d);
    }
    return NULL;
}

static void replace(struct gloss_decoder *d, struct gloss_buf *out)
{
    gloss_buf_str(out, REPLACEMENT);
    d->errors++;
}

/* Writes four units of UTF-16 as four bytes, if all are ASCII. */
static bool four_ascii(const char *in, bool big_endian, char *out)
{
    uint64_t units;
    uint32_t letters;

    memcpy(&units, in, sizeof(units));
    units = big_endian ? be64toh(units) : le64toh(units);
    if (units & UINT64_C(0xff80ff80ff80ff80))
        return false;
    units = (units | units >> 8) & UINT64_C(0x0000ffff0000ffff);
    letters = (uint32_t)(units | units >> 16);
    letters = big_endian ? htobe32(letters) : htole32(letters);
    memcpy(out, &letters, sizeof(letters));
    return true;
}

static uint32_t utf16_unit(const char *in, bool big_endian)
{
    unsigned char first = (unsigned char)in[0], second = (unsigned char)in[1];

    return big_endian ? (uint32_t)first << 8 | second : (uint32_t)second << 8 | first;
}

/* Writes a character as UTF-8. Returns the number of bytes. */
static size_t put_character(char *out, uint32_t c)
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xc0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3f));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (char)(0xe0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 0x3f));
        out[2] = (char)(0x80 | (c & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | c >> 18);
    out[1] = (char)(0x80 | (c >> 12 & 0x3f));
    out[2] = (char)(0x80 | (c >> 6 & 0x3f));
    out[3] = (char)(0x80 | (c & 0x3f));
    return 4;
}

/* Decodes the character that begins the n units of `in`. Returns how many units it takes; 0: a
 * further one is needed. A surrogate without its partner counts as a U+FFFD of one unit. */
static size_t utf16_character(struct gloss_decoder *d, const char *in, size_t n, uint32_t *ret_c)
{
    uint32_t c = utf16_unit(in, d->big_endian), low;

    *ret_c = c;
    if (c < 0xd800 || c > 0xdfff)
        return 1;
    if (c < 0xdc00) {
        if (n < 2)
            return 0;
        low = utf16_unit(in + 2, d->big_endian);
        if (low >= 0xdc00 && low <= 0xdfff) {
            *ret_c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
            return 2;
        }
    }
    *ret_c = 0xfffd;
    d->errors++;
    return 1;
}

/* Converts whole characters. Returns how many bytes were used; all of them when memory runs out. */
static size_t utf16_convert(struct gloss_decoder *d, const char *in, size_t n,
                            struct gloss_buf *out)
{
    size_t units = n / 2, at = 0, took, len = 0;
    uint32_t c;
    char *to;

    if (units == 0)
        return 0;
    to = gloss_buf_room(out, 3 * units);
    if (!to)
        return n;
    while (at < units) {
        while (units - at >= 4 && four_ascii(in + 2 * at, d->big_endian, to + len)) {
            at += 4;
            len += 4;
        }
        if (at == units)
            break;
        took = utf16_character(d, in + 2 * at, units - at, &c);
        if (took == 0)
            break;
        len += put_character(to + len, c);
        at += took;
    }
    out->len += len;
    return 2 * at;
}

static size_t iconv_convert(struct gloss_decoder *d, const char *bytes, size_t n,
                            struct gloss_buf *out)
{
    char *in = (char *)bytes;
    size_t left = n;

    while (left > 0) {
        size_t size = 2 * left + 64, free_bytes = size, r, skip;
        char *to = gloss_buf_room(out, size);

        if (!to)
            return n;
        r = iconv(d->iconv, &in, &left, &to, &free_bytes);
        out->len += size - free_bytes;
        if (r != (size_t)-1 || (errno == EINVAL && left < KEPT_MAX))
            break;
        if (errno == E2BIG)
            continue;
        skip = MIN(d->unit, left);
        replace(d, out);
        in += skip;
        left -= skip;
    }
    return n - left;
}

/* Converts, and drops a byte order mark from the start of the stream. Returns how many bytes were
 * used. */
static size_t convert(struct gloss_decoder *d, const char *in, size_t n, struct gloss_buf *out)
{
    size_t before = out->len, used, came;

    if (d->iconv == NO_ICONV)
        used = utf16_convert(d, in, n, out);
    else
        used = iconv_convert(d, in, n, out);
    came = out->len - before;
    if (!d->begun && came > 0) {
        char *first = out->ptr + before;

        d->begun = true;
        if (came >= 3 && memcmp(first, UTF8_MARK, 3) == 0) {
            memmove(first, first + 3, came - 3);
            out->len -= 3;
        }
    }
    return used;
}

void gloss_decoder_feed(struct gloss_decoder *d, struct gloss_span in, struct gloss_buf *out)
{
    size_t used;

    while (d->n_kept > 0 && in.len > 0) {
        d->kept[d->n_kept++] = *in.ptr++;
        in.len--;
        used = convert(d, d->kept, d->n_kept, out);
        d->n_kept -= used;
        memmove(d->kept, d->kept + used, d->n_kept);
    }
    if (in.len == 0)
        return;
    used = convert(d, in.ptr, in.len, out);
    d->n_kept = in.len - used;
    memcpy(d->kept, in.ptr + used, d->n_kept);
}

/* In some encodings a character may be combined with the next one: iconv() holds it back until that
 * has come. */
static void flush_iconv(struct gloss_decoder *d, struct gloss_buf *out)
{
    size_t size = 64, left = size;
    char *to = gloss_buf_room(out, size);

    if (!to)
        return;
    iconv(d->iconv, NULL, NULL, &to, &left);
    out->len += size - left;
}

void gloss_decoder_finish(struct gloss_decoder *d, struct gloss_buf *out)
{
    if (d->iconv != NO_ICONV)
        flush_iconv(d, out);
    if (d->n_kept > 0)
        replace(d, out);
    d->n_kept = 0;
}

uint64_t gloss_decoder_errors(const struct gloss_decoder *d)
{
    return d->errors;
}

unsigned gloss_decoder_pending(const struct gloss_decoder *d)
{
    return (unsigned)d->n_kept;
}
