/* The decoder against iconv(3), which gets the whole text at once, with the input cut at every
 * place. */

#include "core/base/util.h"
#include "helpers/rng.h"
#include "helpers/shared_data.h"

#include <criterion/criterion.h>
#include <gloss/decode.h>
#include <iconv.h>

struct text {
    const char *bytes;
    size_t n;
};
#define TEXT(literal)                  \
    {                                  \
        (literal), sizeof(literal) - 1 \
    }

/* What must come out: what iconv(3) makes of all of the input. Where it stops there is a U+FFFD,
 * and `unit` bytes are left out; bytes left at the end are one U+FFFD more; a byte order mark at
 * the start is dropped. Returns the number of U+FFFD. */
static uint64_t reckon(const char *encoding, const char *bytes, size_t n, size_t unit,
                       struct gloss_buf *out)
{
    iconv_t cd = iconv_open("UTF-8", encoding);
    char *in = (char *)bytes;
    uint64_t errors = 0;
    size_t left = n;

    cr_assert_neq(cd, (iconv_t)-1, "%s", encoding);
    while (left > 0) {
        size_t size = 4 * n + 16, free_bytes = size, skip;
        char *to = gloss_buf_room(out, size);

        skip =
            iconv(cd, &in, &left, &to, &free_bytes) == (size_t)-1 && errno == EINVAL ? left : unit;
        out->len += size - free_bytes;
        if (left == 0)
            break;
        gloss_buf_str(out, "\xef\xbf\xbd");
        errors++;
        skip = MIN(skip, left);
        in += skip;
        left -= skip;
    }
    iconv_close(cd);
    if (out->len >= 3 && memcmp(out->ptr, "\xef\xbb\xbf", 3) == 0) {
        memmove(out->ptr, out->ptr + 3, out->len - 3);
        out->len -= 3;
    }
    return errors;
}

static struct gloss_decoder *decoder(const char *encoding)
{
    struct gloss_decoder *d = NULL;

    cr_assert_eq(gloss_decoder_new(&d, encoding), 0, "%s", encoding);
    return d;
}

/* Feeds a piece from memory of exactly its length, so that a sanitizer sees a read past it. */
static void feed(struct gloss_decoder *d, const char *bytes, size_t n, struct gloss_buf *out)
{
    char *copy = malloc(n + 1);

    cr_assert_not_null(copy);
    copy = realloc(copy, n > 0 ? n : 1);
    memcpy(copy, bytes, n);
    gloss_decoder_feed(d, gloss_span(copy, n), out);
    free(copy);
}

static void check(const char *encoding, size_t unit, const char *bytes, size_t n, size_t step)
{
    CLEANUP(gloss_decoder_freep) struct gloss_decoder *d = decoder(encoding);
    struct gloss_buf seen = {0}, wanted = {0};
    uint64_t errors = reckon(encoding, bytes, n, unit, &wanted);

    for (size_t at = 0; at < n; at += step)
        feed(d, bytes + at, MIN(step, n - at), &seen);
    gloss_decoder_finish(d, &seen);
    cr_expect(gloss_span_equal(gloss_buf_view(&seen), gloss_buf_view(&wanted)),
              "%s, %zu bytes in steps of %zu: %zu bytes, wanted %zu", encoding, n, step, seen.len,
              wanted.len);
    cr_expect_eq(gloss_decoder_errors(d), errors, "%s step %zu", encoding, step);
    cr_expect_eq(gloss_decoder_pending(d), 0);
    gloss_buf_deinit(&seen);
    gloss_buf_deinit(&wanted);
}

static void check_two(const char *encoding, size_t unit, const char *bytes, size_t n, size_t cut)
{
    CLEANUP(gloss_decoder_freep) struct gloss_decoder *d = decoder(encoding);
    struct gloss_buf seen = {0}, wanted = {0};

    reckon(encoding, bytes, n, unit, &wanted);
    feed(d, bytes, cut, &seen);
    feed(d, bytes + cut, n - cut, &seen);
    gloss_decoder_finish(d, &seen);
    cr_expect(gloss_span_equal(gloss_buf_view(&seen), gloss_buf_view(&wanted)),
              "%s, %zu bytes cut at %zu", encoding, n, cut);
    gloss_buf_deinit(&seen);
    gloss_buf_deinit(&wanted);
}

/* Writes units of all kinds: runs of ASCII, characters of two and three bytes of UTF-8, pairs of
 * surrogates, and surrogates alone. */
static size_t scribble_utf16(char *to, size_t units, bool big, uint32_t *seed)
{
    static const uint16_t kinds[] = {0x0000, 0x0041, 0x0041, 0x0061, 0x000a, 0x007f, 0x0080,
                                     0x07ff, 0x0800, 0x4e2d, 0xd7ff, 0xd83d, 0xde00, 0xdbff,
                                     0xdc00, 0xdfff, 0xe000, 0xfeff, 0xffff};

    for (size_t i = 0; i < units; i++) {
        uint32_t x = rng_next(seed);
        uint16_t u = x & 1024 ? 'a' : kinds[x % ARRAY_SIZE(kinds)];

        to[2 * i] = (char)(big ? u >> 8 : u & 0xff);
        to[2 * i + 1] = (char)(big ? u & 0xff : u >> 8);
    }
    return 2 * units;
}

Test(decode, utf16_is_what_iconv_makes_of_it_wherever_it_is_cut)
{
    char bytes[101];
    uint32_t seed = 5;

    for (int round = 0; round < 400; round++) {
        bool big = round % 2;
        const char *encoding = big ? "UTF-16BE" : "UTF-16LE";
        size_t n = scribble_utf16(bytes, rng_next(&seed) % 50, big, &seed);

        if (round % 3 == 0)
            bytes[n++] = 'x';
        for (size_t step = 1; step <= 9; step++)
            check(encoding, 2, bytes, n, step);
        check_two(encoding, 2, bytes, n, rng_next(&seed) % (n + 1));
    }
}

Test(decode, a_cut_at_any_byte_changes_nothing)
{
    static const struct {
        const char *encoding;
        size_t unit;
        struct text text;
    } cases[] = {
        {"utf-16le", 2,
         TEXT("\xff\xfe"
              "a\0\x3d\xd8\x00\xde"
              "b\0\x00\xdc"
              "c\0\x3d\xd8")},
        {"utf-16be", 2, TEXT("\xfe\xff\0a\xd8\x3d\xde\x00\0b\xdc\x00\0c\xd8\x3d\xde")},
        {"UTF-16", 2,
         TEXT("\xff\xfe"
              "a\0\x3d\xd8\x00\xde"
              "b\0\x00\xdc"
              "c\0")},
        {"utf-32le", 4,
         TEXT("\xff\xfe\0\0a\0\0\0\x00\xf6\x01\0\xff\xff\xff\xff"
              "b\0\0\0c\0")},
        {"gbk", 1, TEXT("a\xd6\xd0\xce\xc4 BIZ_X\n\x81\n\xff \xd6")},
        {"gb18030", 1,
         TEXT("a\x81\x30\x81\x30\xd6\xd0"
              "b\x81\x30\x81")},
        {"big5", 1, TEXT("a\xa4\xa4\xa4\xe5\n\xa4\n\xff z\xa4")},
        {"euc-jp", 1, TEXT("a\xc6\xfc\xcb\xdc\x8f\xb0\xa1 b\x8f\xb0")},
        {"shift_jis", 1, TEXT("a\x93\xfa\x96\x7b\xb1 b\x93")},
        {"iso-2022-jp", 1, TEXT("a\x1b$BF|K\\\x1b(Bb\n\x1b$BF|\x1b(B")},
        {"windows-1252", 1, TEXT("caf\xe9 \x80 \x81 end")},
        {"koi8-r", 1, TEXT("\xf0\xd2\xc9\xd7\xc5\xd4")},
        {"utf-8", 1,
         TEXT("\xef\xbb\xbf"
              "a\xe4\xb8\xad\xc0\x80\xed\xa0\x80\xf0\x9f\x98\x80\xe4")},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const struct text *t = &cases[i].text;

        for (size_t cut = 0; cut <= t->n; cut++)
            check_two(cases[i].encoding, cases[i].unit, t->bytes, t->n, cut);
        for (size_t step = 1; step <= t->n; step++)
            check(cases[i].encoding, cases[i].unit, t->bytes, t->n, step);
    }
}

static void expect_text(const char *encoding, struct text in, const char *wanted, uint64_t errors)
{
    CLEANUP(gloss_decoder_freep) struct gloss_decoder *d = decoder(encoding);
    struct gloss_buf out = {0};

    feed(d, in.bytes, in.n, &out);
    gloss_decoder_finish(d, &out);
    cr_expect(gloss_span_equal(gloss_buf_view(&out), gloss_span_str(wanted)), "%s: got %.*s",
              encoding, (int)out.len, out.ptr);
    cr_expect_eq(gloss_decoder_errors(d), errors, "%s", encoding);
    gloss_buf_deinit(&out);
}

Test(decode, what_does_not_decode_is_replaced_and_counted)
{
    static const struct {
        const char *encoding;
        struct text in;
        const char *out;
        uint64_t errors;
    } cases[] = {
        {"utf-16le",
         TEXT("a\0\0\xd8"
              "b\0"),
         "a\xef\xbf\xbd"
         "b",
         1},
        {"utf-16le",
         TEXT("\0\xdc\0\xdc"
              "b\0"),
         "\xef\xbf\xbd\xef\xbf\xbd"
         "b",
         2},
        {"utf-16le", TEXT("\0\xd8\x3d\xd8\0\xde"), "\xef\xbf\xbd\xf0\x9f\x98\x80", 1},
        {"utf-16le", TEXT("a\0b"), "a\xef\xbf\xbd", 1},
        {"utf-16le", TEXT("a\0\x3d\xd8\0"), "a\xef\xbf\xbd", 1},
        {"utf-16be", TEXT("\xfe\xff\0a\xfe\xff"), "a\xef\xbb\xbf", 0},
        {"gbk", TEXT("\x81\nBIZ_NO_MESSAGE\n"), "\xef\xbf\xbd\nBIZ_NO_MESSAGE\n", 1},
        {"GBK", TEXT("\xd6\xd0\xce\xc4"), "\xe4\xb8\xad\xe6\x96\x87", 0},
        {"utf-16le", TEXT("\xff\xfe"), "", 0},
        {"utf-16le", TEXT(""), "", 0},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        expect_text(cases[i].encoding, cases[i].in, cases[i].out, cases[i].errors);
}

/* iconv() holds back a character that may be combined with the next; it must not get lost at the
 * end. */
Test(decode, a_character_that_waits_for_its_accent_comes_out_at_the_end)
{
    expect_text("big5-hkscs", (struct text)TEXT("a\x88\x66"), "a\xc3\x8a", 0);
    expect_text("big5-hkscs", (struct text)TEXT("a\x88\x62"), "a\xc3\x8a\xcc\x84", 0);
}

Test(decode, an_encoding_that_nobody_knows_is_refused)
{
    static const char *const names[] = {"utf-99", "", "gbk//IGNORE", "no such", "//"};

    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        struct gloss_decoder *d = NULL;

        cr_expect_eq(gloss_decoder_new(&d, names[i]), -EINVAL, "'%s'", names[i]);
        cr_expect_null(d);
    }
}

Test(decode, pending_says_how_many_bytes_wait)
{
    CLEANUP(gloss_decoder_freep) struct gloss_decoder *d = decoder("utf-16le");
    struct gloss_buf out = {0};

    feed(d, "a\0\x3d", 3, &out);
    cr_expect_eq(gloss_decoder_pending(d), 1);
    feed(d, "\xd8\0", 2, &out);
    cr_expect_eq(gloss_decoder_pending(d), 3);
    cr_expect(gloss_span_equal(gloss_buf_view(&out), gloss_span_str("a")));
    feed(d, "\xde", 1, &out);
    cr_expect_eq(gloss_decoder_pending(d), 0);
    cr_expect(gloss_span_equal(gloss_buf_view(&out), gloss_span_str("a\xf0\x9f\x98\x80")));
    gloss_buf_deinit(&out);
}

Test(decode, the_first_bytes_say_what_a_stream_is)
{
    static const struct {
        struct text head;
        enum gloss_encoding_guess guess;
    } cases[] = {
        {TEXT(""), GLOSS_ENCODING_BYTES},
        {TEXT("\xff"), GLOSS_ENCODING_BYTES},
        {TEXT("\xff\xfe"), GLOSS_ENCODING_UTF16LE},
        {TEXT("\xff\xfe"
              "a\0"),
         GLOSS_ENCODING_UTF16LE},
        {TEXT("\xfe\xff\0a"), GLOSS_ENCODING_UTF16BE},
        {TEXT("\xef\xbb\xbfhello"), GLOSS_ENCODING_UTF8_MARK},
        {TEXT("\xef\xbbhello"), GLOSS_ENCODING_BYTES},
        {TEXT("plain text, nothing else"), GLOSS_ENCODING_BYTES},
        {TEXT("e\0r\0r\0o\0r\0\n\0"), GLOSS_ENCODING_UTF16_UNMARKED},
        {TEXT("\0e\0r\0r\0o\0r\0\n"), GLOSS_ENCODING_UTF16_UNMARKED},
        {TEXT("e\0r\0\x2d\x4eo\0r\0\n"), GLOSS_ENCODING_UTF16_UNMARKED},
        {TEXT("\0\0\0\0\0\0\0\0\0\0\0\0"), GLOSS_ENCODING_BYTES},
        {TEXT("\0\0\0\0\0\0\0\0then a line of text\n"), GLOSS_ENCODING_BYTES},
        {TEXT("a\0b"), GLOSS_ENCODING_BYTES},
        {TEXT("\xff\xfe\0\0"), GLOSS_ENCODING_UTF32LE},
        {TEXT("\xff\xfe\0a"), GLOSS_ENCODING_UTF16LE},
        {TEXT("\0\0\xfe\xff"), GLOSS_ENCODING_UTF32BE},
        {TEXT("e\0\0\0r\0\0\0\x2d\x4e\0\0"), GLOSS_ENCODING_UTF32_UNMARKED},
        {TEXT("\0\0\0e\0\0\0r\0\0\x4e\x2d"), GLOSS_ENCODING_UTF32_UNMARKED},
        {TEXT("one\0two\0six\0ten\0"), GLOSS_ENCODING_BYTES},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        cr_expect_eq(gloss_encoding_guess(gloss_span(cases[i].head.bytes, cases[i].head.n)),
                     cases[i].guess, "row %zu", i);
}

/* Four letters of ASCII in a text that is all Chinese but for them. */
Test(decode, utf_16_without_a_mark_is_seen_in_text_that_is_mostly_chinese)
{
    struct gloss_buf text = {0};

    for (int i = 0; i < 4; i++) {
        for (int k = 0; k < 20; k++)
            gloss_buf_append(&text, "\x19\x95\xef\x8b\x01\x78\x0a\x4e", 8);
        gloss_buf_append(&text, "\n", 2);
    }
    cr_expect_eq(gloss_encoding_guess(gloss_buf_view(&text)), GLOSS_ENCODING_UTF16_UNMARKED);
    gloss_buf_deinit(&text);
}

Test(decode, what_could_still_become_a_mark_is_undecided)
{
    static const struct {
        struct text head;
        bool undecided;
    } cases[] = {
        {TEXT(""), true},
        {TEXT("\xff"), true},
        {TEXT("\xff\xfe"), true},
        {TEXT("\xff\xfe\0"), true},
        {TEXT("\xff\xfe\0\0"), false},
        {TEXT("\xff\xfe"
              "a"),
         false},
        {TEXT("\0\0"), true},
        {TEXT("\0\n"), false},
        {TEXT("\xef\xbb"), false},
        {TEXT("a"), false},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        cr_expect_eq(gloss_encoding_undecided(gloss_span(cases[i].head.bytes, cases[i].head.n)),
                     cases[i].undecided, "row %zu", i);
}

Test(decode, a_real_log_in_utf16_is_its_text)
{
    size_t n, lines = 0;
    CLEANUP(freep) char *bytes = shared_data_read("composites/dev-3-utf-16le.log", &n);
    struct gloss_buf out = {0};
    CLEANUP(gloss_decoder_freep) struct gloss_decoder *d = decoder("utf-16le");

    cr_expect_eq(gloss_encoding_guess(gloss_span(bytes, n)), GLOSS_ENCODING_UTF16LE);
    cr_expect_eq(gloss_encoding_guess(gloss_span(bytes + 2, n - 2)), GLOSS_ENCODING_UTF16_UNMARKED);
    for (size_t step = 4093; step < 2 * n; step *= 17)
        check("UTF-16LE", 2, bytes, n, step);
    gloss_decoder_feed(d, gloss_span(bytes, n), &out);
    for (size_t i = 0; i < out.len; i++)
        lines += out.ptr[i] == '\n';
    lines += out.len > 0 && out.ptr[out.len - 1] != '\n';
    cr_expect_eq(lines, 3000);
    cr_expect_eq(gloss_decoder_errors(d), 0);
    gloss_buf_deinit(&out);
}

Test(decode, real_logs_in_gbk_and_big5_decode_as_iconv_does)
{
    static const char *const files[][2] = {{"composites/dev-3-gbk.log", "gbk"},
                                           {"composites/dev-3-big5.log", "big5"}};

    for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
        size_t n;
        char *bytes = shared_data_read(files[i][0], &n);

        check(files[i][1], 1, bytes, n, 1001);
        check(files[i][1], 1, bytes, n, n);
        free(bytes);
    }
}
