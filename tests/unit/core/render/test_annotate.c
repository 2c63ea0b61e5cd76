/* From findings to output: each format against golden files; the lines that go out against a model
 * that splits the text, marks lines and prints them; and overlong lines in parts against the same
 * lines whole. */

#include "core/base/util.h"
#include "helpers/feed.h"
#include "helpers/json.h"

#include <criterion/criterion.h>
#include <gloss/annotate.h>
#include <stdio.h>

static const char yaml[] = "catalog: shop\n"
                           "codes:\n"
                           "  BIZ_NO_STOCK:\n"
                           "    cause: Nothing is left.\n"
                           "    solution: Order \"more\".\n"
                           "  BIZ_SLOW:\n"
                           "    cause: It takes long.\n"
                           "    solution: Wait {a} bit.\n"
                           "    severity: warning\n"
                           "  BIZ_FIRE:\n"
                           "    cause: The house burns.\n"
                           "    solution: Run.\n"
                           "    severity: critical\n"
                           "  BIZ_OPEN:\n"
                           "    cause: The shop opened.\n"
                           "    solution: Come in.\n"
                           "    severity: info\n"
                           "  ORA-NNNNN:\n"
                           "    pattern: 'ORA-(?<number>\\d{5})(?<rest>Z)?'\n"
                           "    cause: Error {number}{rest} {of 2}.\n"
                           "    solution: Look {number} up.\n";

static const struct gloss_clock clock_utc = {.now_ns = UINT64_C(1795420801000000000)};

static const enum gloss_format formats[] = {GLOSS_FORMAT_TEXT, GLOSS_FORMAT_NOTE, GLOSS_FORMAT_JSON,
                                            GLOSS_FORMAT_LOGFMT};

static struct annotating annotating_of(const struct gloss_catalogs *set, enum gloss_format format)
{
    return (struct annotating){.set = set,
                               .options = {.format = format, .source = "app.log"},
                               .clock = &clock_utc,
                               .find = feed_find_simply};
}

static void expect_same(const struct gloss_buf *got, struct gloss_span want, const char *what)
{
    const char *difference = feed_difference(gloss_buf_view(got), want);

    cr_expect_str_empty(difference, "%s: %s", what, difference);
}

static void expect_output(const struct annotating *feed, struct gloss_span input, const char *want)
{
    CLEANUP(gloss_buf_deinit) struct gloss_buf out = {0};

    cr_expect_eq(feed_run(feed, input, &out), 0);
    expect_same(&out, gloss_span_str(want), "output");
}

/* Uses the scanner where the other tests use a simple search. */
struct scanning {
    struct gloss_matcher *matcher;
    struct gloss_scanner *scanner;
};

static void scanning_init(struct scanning *s, const struct gloss_catalogs *set)
{
    cr_assert_eq(gloss_matcher_new(&s->matcher, set, &(struct gloss_matcher_options){0}), 0);
    cr_assert_eq(gloss_scanner_new(&s->scanner, s->matcher), 0);
}

static void scanning_deinit(struct scanning *s)
{
    gloss_scanner_free(s->scanner);
    gloss_matcher_free(s->matcher);
}

static void use_scanner(struct annotating *feed, const struct scanning *s)
{
    feed->scanner = s->scanner;
    feed->find = feed_find_scanner;
}

/* ---- golden files ---- */

static const struct golden {
    const char *file;
    struct gloss_annotator_options options;
} goldens[] = {
    {"all.text", {.format = GLOSS_FORMAT_TEXT}},
    {"all.note", {.format = GLOSS_FORMAT_NOTE, .visible_controls = true}},
    {"all.json", {.format = GLOSS_FORMAT_JSON}},
    {"all.logfmt", {.format = GLOSS_FORMAT_LOGFMT}},
    {"color.text", {.format = GLOSS_FORMAT_TEXT, .emit = GLOSS_EMIT_MATCHED, .color = true}},
    {"color.note",
     {.format = GLOSS_FORMAT_NOTE,
      .emit = GLOSS_EMIT_MATCHED,
      .context_before = 1,
      .color = true,
      .show_source = true}},
    {"matched.text",
     {.format = GLOSS_FORMAT_TEXT,
      .emit = GLOSS_EMIT_MATCHED,
      .context_before = 1,
      .context_after = 1}},
    {"matched.json", {.format = GLOSS_FORMAT_JSON, .emit = GLOSS_EMIT_MATCHED}},
};

Test(annotate, every_format_is_that_of_its_golden_file)
{
    CLEANUP(gloss_catalogs_freep) struct gloss_catalogs *set = feed_catalogs(yaml);
    CLEANUP(scanning_deinit) struct scanning scanning = {0};
    CLEANUP(gloss_buf_deinit) struct gloss_buf input = {0};

    cr_assert_not_null(set);
    scanning_init(&scanning, set);
    cr_assert(feed_read_file("tests/data/golden/shop.log", &input));
    for (size_t i = 0; i < ARRAY_SIZE(goldens); i++) {
        CLEANUP(gloss_buf_deinit) struct gloss_buf want = {0}, out = {0};
        struct annotating feed = annotating_of(set, goldens[i].options.format);
        char name[256];

        feed.options = goldens[i].options;
        feed.options.source = "shop \"1\".log";
        feed.clock = &clock_utc;
        snprintf(name, sizeof(name), "tests/data/golden/%s", goldens[i].file);
        cr_assert(feed_read_file(name, &want), "%s", name);
        cr_expect_eq(feed_run(&feed, gloss_buf_view(&input), &out), 0);
        expect_same(&out, gloss_buf_view(&want), name);
        gloss_buf_clear(&out);
        use_scanner(&feed, &scanning);
        cr_expect_eq(feed_run(&feed, gloss_buf_view(&input), &out), 0);
        expect_same(&out, gloss_buf_view(&want), name);
    }
}

/* ---- text ---- */

Test(annotate, a_note_stands_before_the_line_end_whatever_that_is)
{
    CLEANUP(gloss_catalogs_freep) struct gloss_catalogs *set = feed_catalogs(yaml);
    struct annotating feed = annotating_of(set, GLOSS_FORMAT_TEXT);
    static const struct {
        const char *in, *want;
    } rows[] = {
        {"x BIZ_SLOW y\n", "x BIZ_SLOW y  # BIZ_SLOW: It takes long. Fix: Wait {a} bit.\n"},
        {"x BIZ_SLOW\r\n", "x BIZ_SLOW  # BIZ_SLOW: It takes long. Fix: Wait {a} bit.\r\n"},
        {"BIZ_SLOW", "BIZ_SLOW  # BIZ_SLOW: It takes long. Fix: Wait {a} bit."},
        {"BIZ_SLOW\r", "BIZ_SLOW\r  # BIZ_SLOW: It takes long. Fix: Wait {a} bit."},
        {"BIZ_SLOW\r\r\n", "BIZ_SLOW\r  # BIZ_SLOW: It takes long. Fix: Wait {a} bit.\r\n"},
        {"", ""},
        {"\n", "\n"},
        {"nothing\n\nhere", "nothing\n\nhere"},
    };

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        expect_output(&feed, gloss_span_str(rows[i].in), rows[i].want);
}

Test(annotate, each_distinct_code_has_one_note_in_order_of_appearance)
{
    CLEANUP(gloss_catalogs_freep) struct gloss_catalogs *set = feed_catalogs(yaml);
    struct annotating feed = annotating_of(set, GLOSS_FORMAT_TEXT);

    expect_output(
        &feed, gloss_span_str("BIZ_SLOW BIZ_OPEN BIZ_SLOW BIZ_OPEN\n"),
        "BIZ_SLOW BIZ_OPEN BIZ_SLOW BIZ_OPEN  # BIZ_SLOW: It takes long. Fix: Wait {a} bit."
        "  # BIZ_OPEN: The shop opened. Fix: Come in.\n");
}

Test(annotate, captures_are_filled_in_and_other_braces_stay)
{
    CLEANUP(gloss_catalogs_freep) struct gloss_catalogs *set = feed_catalogs(yaml);
    struct annotating feed = annotating_of(set, GLOSS_FORMAT_TEXT);

    expect_output(&feed, gloss_span_str("ORA-00942\nORA-12345 ORA-00001\n"),
                  "ORA-00942  # ORA-NNNNN: Error 00942 {of 2}. Fix: Look 00942 up.\n"
                  "ORA-12345 ORA-00001  # ORA-NNNNN: Error 12345 {of 2}. "
                  "Fix: Look 12345 up.\n");
}

Test(annotate, codes_that_were_not_selected_are_passed_by)
{
    CLEANUP(gloss_catalogs_freep) struct gloss_catalogs *set = feed_catalogs(yaml);
    static const bool only_slow[5] = {[1] = true};
    struct annotating feed = annotating_of(set, GLOSS_FORMAT_TEXT);

    feed.options.selected = only_slow;
    expect_output(&feed, gloss_span_str("BIZ_OPEN BIZ_SLOW\nBIZ_OPEN\n"),
                  "BIZ_OPEN BIZ_SLOW  # BIZ_SLOW: It takes long. Fix: Wait {a} bit.\nBIZ_OPEN\n");
    feed.options.emit = GLOSS_EMIT_MATCHED;
    expect_output(&feed, gloss_span_str("BIZ_OPEN BIZ_SLOW\nBIZ_OPEN\n"),
                  "BIZ_OPEN BIZ_SLOW  # BIZ_SLOW: It takes long. Fix: Wait {a} bit.\n");
}

Test(annotate, a_matched_last_line_gets_the_line_end_it_lacks)
{
    CLEANUP(gloss_catalogs_freep) struct gloss_catalogs *set = feed_catalogs(yaml);
    struct annotating feed = annotating_of(set, GLOSS_FORMAT_TEXT);

    feed.options.emit = GLOSS_EMIT_MATCHED;
    expect_output(&feed, gloss_span_str("a\nBIZ_SLOW"),
                  "BIZ_SLOW  # BIZ_SLOW: It takes long. Fix: Wait {a} bit.\n");
}

/* A line with a hit takes two spans: everything since the last note, and the note. */
Test(annotate, lines_without_a_hit_cost_nothing_in_text)
{
    CLEANUP(gloss_catalogs_freep) struct gloss_catalogs *set = feed_catalogs(yaml);
    CLEANUP(gloss_notes_freep) struct gloss_notes *notes = NULL;
    CLEANUP(gloss_annotator_freep) struct gloss_annotator *a = NULL;
    CLEANUP(gloss_spans_deinit) struct gloss_spans out = {0};
    struct annotating feed = annotating_of(set, GLOSS_FORMAT_TEXT);
    static const char text[] = "one\ntwo\nBIZ_SLOW\nfour\nfive\n";
    struct gloss_block block = {
        .bytes = gloss_span(text, sizeof(text) - 1), .begins_line = true, .ends_line = true};
    struct gloss_hit hit = {
        .entry = gloss_catalogs_entry(set, 1), .text = gloss_span(text + 8, 8), .first = true};
    struct gloss_line line = {.text = hit.text,
                              .end = gloss_span(text + 16, 1),
                              .number = 3,
                              .offset = 8,
                              .begins = true,
                              .ends = true,
                              .hits = &hit,
                              .n_hits = 1};

    cr_assert_eq(gloss_notes_new(&notes, set, GLOSS_FORMAT_TEXT, false), 0);
    cr_assert_eq(gloss_annotator_new(&a, &feed.options, notes), 0);
    cr_assert_eq(gloss_annotator_begin(a, &block, 1, &out), 0);
    cr_assert_eq(gloss_annotator_line(a, &line), 0);
    cr_assert_eq(gloss_annotator_end(a), 0);
    cr_assert_eq(gloss_annotator_finish(a, &out), 0);
    cr_assert_eq(out.n, 3);
    cr_expect_eq(out.items[0].ptr, text);
    cr_expect_eq(out.items[0].len, 16);
    cr_expect_eq(out.items[2].ptr, text + 16);
    cr_expect_eq(out.items[2].len, sizeof(text) - 1 - 16);
    cr_expect_null(out.chunks, "something was copied");
}

/* ---- matched lines and their context, against a model ---- */

#define MODEL_LINES 64

static void model(const char *matched, unsigned before, unsigned after, struct gloss_buf *input,
                  struct gloss_buf *want)
{
    size_t n = strlen(matched), last = SIZE_MAX;

    for (size_t i = 0; i < n; i++) {
        const char *text = matched[i] == 'x' ? "BIZ_OPEN" : "quiet";
        bool out = false;

        gloss_buf_printf(input, "%zu %s\n", i, text);
        for (size_t k = 0; k < n; k++)
            out |= matched[k] == 'x' && k + after >= i && k <= i + before;
        if (!out)
            continue;
        if (last != SIZE_MAX && last + 1 != i && before + after > 0)
            gloss_buf_str(want, "--\n");
        gloss_buf_printf(want, "%zu %s%s\n", i, text,
                         matched[i] == 'x' ? "  # BIZ_OPEN: The shop opened. Fix: Come in." : "");
        last = i;
    }
}

Test(annotate, context_is_that_of_a_model_in_blocks_of_any_size)
{
    static const char *const rows[] = {
        "x",
        "..",
        "x.",
        ".x",
        "x.x",
        "x..x",
        "x...x",
        "x....x",
        "....x....",
        "xxx....xx",
        "...x.....x",
        "x......................x........x",
        ".x.x.x..x..x...x...x....x....x",
    };
    static const size_t cuts[] = {0, 1, 2, 7, 9, 10, 16, 25, 40};
    CLEANUP(gloss_catalogs_freep) struct gloss_catalogs *set = feed_catalogs(yaml);
    struct annotating feed = annotating_of(set, GLOSS_FORMAT_TEXT);

    feed.options.emit = GLOSS_EMIT_MATCHED;
    for (size_t row = 0; row < ARRAY_SIZE(rows); row++)
        for (unsigned context = 0; context < 16; context++) {
            CLEANUP(gloss_buf_deinit) struct gloss_buf input = {0}, want = {0};

            feed.options.context_before = context % 4;
            feed.options.context_after = context / 4;
            model(rows[row], context % 4, context / 4, &input, &want);
            for (size_t cut = 0; cut < ARRAY_SIZE(cuts); cut++) {
                CLEANUP(gloss_buf_deinit) struct gloss_buf out = {0};
                char name[64];

                feed.cut = cuts[cut];
                snprintf(name, sizeof(name), "row %zu, -B %u -A %u, cut %zu", row, context % 4,
                         context / 4, cuts[cut]);
                cr_expect_eq(feed_run(&feed, gloss_buf_view(&input), &out), 0);
                expect_same(&out, gloss_buf_view(&want), name);
            }
        }
}

/* Writes n lines of 1 KiB without a code, and then one with a code. */
static void write_quiet_lines(struct gloss_buf *out, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        gloss_buf_printf(out, "%-1023u\n", i);
    gloss_buf_str(out, "BIZ_OPEN\n");
}

Test(annotate, before_context_has_an_end_in_bytes_wherever_the_input_is_cut)
{
    static const size_t cuts[] = {0, 1000, 333};
    const size_t kept = GLOSS_CONTEXT_BYTES / 1024;
    CLEANUP(gloss_catalogs_freep) struct gloss_catalogs *set = feed_catalogs(yaml);
    CLEANUP(gloss_buf_deinit) struct gloss_buf input = {0};
    struct annotating feed = annotating_of(set, GLOSS_FORMAT_TEXT);

    feed.options.emit = GLOSS_EMIT_MATCHED;
    feed.options.context_before = 1000000;
    write_quiet_lines(&input, (unsigned)kept);
    write_quiet_lines(&input, 2 * (unsigned)kept + 2000);
    for (size_t i = 0; i < ARRAY_SIZE(cuts); i++) {
        CLEANUP(gloss_buf_deinit) struct gloss_buf out = {0};

        uint64_t context_cut = 0;

        feed.cut = cuts[i];
        feed.ret_context_cut = &context_cut;
        cr_expect_eq(feed_run(&feed, gloss_buf_view(&input), &out), 0);
        cr_expect_eq(gloss_newlines(out.ptr, out.len), 2 * (kept + 1) + 1, "cut %zu", cuts[i]);
        cr_expect_eq(context_cut, 1, "the first group is whole");
    }
}

/* ---- the same output however the input is cut ---- */

/* The next number of a linear congruential generator: the same sequence in each run. */
static uint32_t noise(uint32_t *state)
{
    *state = *state * 1664525U + 1013904223U;
    return *state >> 8;
}

/* Writes lines with different line ends and contents, up to about `longest` bytes each. */
static void write_log(struct gloss_buf *out, unsigned lines, unsigned longest, uint32_t seed)
{
    static const char *const words[] = {
        "BIZ_SLOW",
        "BIZ_OPEN",
        "BIZ_FIRE",
        "ORA-00942",
        "x",
        "quite a long run of plain words",
        "\xE4\xB8\x8A\xE6\xB5\xB7",
        "\xF0\x9F\x98\x80\xF0\x9F\x98\x80",
        "\x80\xFF\xE4\xB8",
        "\r",
        "\x1b[31m",
        "\"quoted\\\"",
        "\t",
        "2026-11-23 08:00:01",
    };
    static const char *const ends[] = {"\n", "\n", "\r\n", "\r\r\n"};

    for (unsigned i = 0; i < lines; i++) {
        size_t begin = out->len, length = noise(&seed) % longest;

        while (out->len < begin + length) {
            size_t word = noise(&seed) % ARRAY_SIZE(words);

            if (word < 4 && noise(&seed) % 4 > 0)
                word = 5;
            gloss_buf_str(out, words[word]);
            if (noise(&seed) % 2)
                gloss_buf_char(out, ' ');
        }
        gloss_buf_str(out, ends[noise(&seed) % ARRAY_SIZE(ends)]);
    }
    gloss_buf_str(out, "the last one, BIZ_SLOW, has no end");
}

static void expect_any_cut(const struct annotating *like, struct gloss_span input)
{
    static const size_t cuts[] = {1, 3, 64, 1000, 3000};
    CLEANUP(gloss_buf_deinit) struct gloss_buf want = {0};
    struct annotating feed = *like;

    feed.cut = 0;
    cr_assert_eq(feed_run(&feed, input, &want), 0);
    for (size_t i = 0; i < ARRAY_SIZE(cuts); i++) {
        CLEANUP(gloss_buf_deinit) struct gloss_buf out = {0};
        char name[64];

        feed.cut = cuts[i];
        snprintf(name, sizeof(name), "format %d, emit %d, cut %zu", feed.options.format,
                 feed.options.emit, cuts[i]);
        cr_expect_eq(feed_run(&feed, input, &out), 0);
        expect_same(&out, gloss_buf_view(&want), name);
    }
}

Test(annotate, the_output_is_the_same_however_the_input_is_cut, .timeout = 120)
{
    CLEANUP(gloss_catalogs_freep) struct gloss_catalogs *set = feed_catalogs(yaml);
    CLEANUP(gloss_buf_deinit) struct gloss_buf input = {0};

    write_log(&input, 150, 200, 3);
    for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
        struct annotating feed = annotating_of(set, formats[i]);

        feed.options.visible_controls = true;
        expect_any_cut(&feed, gloss_buf_view(&input));
        feed.options.emit = GLOSS_EMIT_MATCHED;
        feed.options.context_before = 2;
        feed.options.context_after = 1;
        expect_any_cut(&feed, gloss_buf_view(&input));
    }
}

/* ---- overlong lines ---- */

/* Reads the input with a max_line that keeps all lines whole, and with a short one; expects the
 * same output. */
static void expect_parts_like_whole(const struct annotating *like, struct gloss_span input)
{
    static const size_t longest[] = {1024, 1025, 1500, 4096};
    static const size_t cuts[] = {0, 777};
    CLEANUP(gloss_buf_deinit) struct gloss_buf want = {0};
    struct annotating feed = *like;

    feed.max_line = 1 << 20;
    cr_assert_eq(feed_run(&feed, input, &want), 0);
    for (size_t i = 0; i < ARRAY_SIZE(longest) * ARRAY_SIZE(cuts); i++) {
        CLEANUP(gloss_buf_deinit) struct gloss_buf out = {0};
        char name[96];

        feed.max_line = longest[i / ARRAY_SIZE(cuts)];
        feed.cut = cuts[i % ARRAY_SIZE(cuts)];
        snprintf(name, sizeof(name), "format %d, emit %d, max_line %zu, cut %zu",
                 feed.options.format, feed.options.emit, feed.max_line, feed.cut);
        cr_expect_eq(feed_run(&feed, input, &out), 0);
        expect_same(&out, gloss_buf_view(&want), name);
    }
}

Test(annotate, an_overlong_line_reads_as_if_it_had_come_whole, .timeout = 120)
{
    CLEANUP(gloss_catalogs_freep) struct gloss_catalogs *set = feed_catalogs(yaml);

    for (uint32_t seed = 1; seed <= 3; seed++) {
        CLEANUP(gloss_buf_deinit) struct gloss_buf input = {0};

        write_log(&input, 12, 9000, seed);
        for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
            struct annotating feed = annotating_of(set, formats[i]);

            feed.options.visible_controls = true;
            expect_parts_like_whole(&feed, gloss_buf_view(&input));
            feed.options.emit = GLOSS_EMIT_MATCHED;
            feed.options.context_after = 2;
            feed.hold = true;
            expect_parts_like_whole(&feed, gloss_buf_view(&input));
        }
    }
}

Test(annotate, with_the_scanner_an_overlong_line_reads_as_if_it_had_come_whole, .timeout = 120)
{
    CLEANUP(gloss_catalogs_freep) struct gloss_catalogs *set = feed_catalogs(yaml);
    CLEANUP(scanning_deinit) struct scanning scanning = {0};
    CLEANUP(gloss_buf_deinit) struct gloss_buf input = {0};

    scanning_init(&scanning, set);
    write_log(&input, 12, 9000, 5);
    for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
        struct annotating feed = annotating_of(set, formats[i]);

        use_scanner(&feed, &scanning);
        expect_parts_like_whole(&feed, gloss_buf_view(&input));
        expect_any_cut(&feed, gloss_buf_view(&input));
        feed.options.emit = GLOSS_EMIT_MATCHED;
        feed.hold = true;
        expect_parts_like_whole(&feed, gloss_buf_view(&input));
    }
}

/* Appends a line of n bytes and its end, so that the end is cut by a seam in each possible way. */
static void add_filled(struct gloss_buf *b, size_t n, const char *tail)
{
    for (size_t i = strlen(tail); i < n; i++)
        gloss_buf_char(b, (char)('a' + i % 26));
    gloss_buf_str(b, tail);
}

Test(annotate, a_line_end_or_a_character_on_a_seam_stays_whole)
{
    static const char *const tails[] = {"\r\n",         "\n",         "\r\r\n",
                                        "\r",           "",           "\xF0\x9F\x98\x80\r\n",
                                        "\xF0\x9F\x98", "\xE4\xB8\n", "\xE4\xB8\xE4\xB8\x8A\n"};
    CLEANUP(gloss_catalogs_freep) struct gloss_catalogs *set = feed_catalogs(yaml);

    for (size_t tail = 0; tail < ARRAY_SIZE(tails); tail++)
        for (size_t n = 2040; n < 2062; n++) {
            CLEANUP(gloss_buf_deinit) struct gloss_buf input = {0};

            gloss_buf_str(&input, "BIZ_SLOW");
            add_filled(&input, n, tails[tail]);
            for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
                struct annotating feed = annotating_of(set, formats[i]);

                feed.options.visible_controls = true;
                expect_parts_like_whole(&feed, gloss_buf_view(&input));
            }
        }
}

Test(annotate, without_a_hold_a_mark_says_how_much_is_left_out)
{
    CLEANUP(gloss_catalogs_freep) struct gloss_catalogs *set = feed_catalogs(yaml);
    CLEANUP(gloss_buf_deinit) struct gloss_buf input = {0}, want = {0}, out = {0};
    struct annotating feed = annotating_of(set, GLOSS_FORMAT_TEXT);

    feed.max_line = 1024;
    feed.options.emit = GLOSS_EMIT_MATCHED;
    gloss_buf_str(&input, "before\n");
    add_filled(&input, 3000, "");
    gloss_buf_str(&input, " BIZ_SLOW ");
    add_filled(&input, 2000, "\nafter\n");
    gloss_buf_str(&want, "[\xE2\x80\xA6 2048 bytes not shown \xE2\x80\xA6]");
    gloss_buf_append(&want, input.ptr + 7 + 2048, 3010 - 2048 + 2000 - 7);
    gloss_buf_str(&want, "  # BIZ_SLOW: It takes long. Fix: Wait {a} bit.\n");
    cr_expect_eq(feed_run(&feed, gloss_buf_view(&input), &out), 0);
    expect_same(&out, gloss_buf_view(&want), "output");
}

Test(annotate, an_overlong_line_is_after_context_and_never_before_context)
{
    CLEANUP(gloss_catalogs_freep) struct gloss_catalogs *set = feed_catalogs(yaml);
    CLEANUP(gloss_buf_deinit) struct gloss_buf input = {0}, want = {0};
    struct annotating feed = annotating_of(set, GLOSS_FORMAT_TEXT);

    feed.max_line = 1024;
    feed.options.emit = GLOSS_EMIT_MATCHED;
    feed.options.context_before = 2;
    feed.options.context_after = 1;
    gloss_buf_str(&input, "BIZ_OPEN\n");
    add_filled(&input, 5000, "\n");
    add_filled(&input, 5000, "\n");
    gloss_buf_str(&input, "near\nBIZ_OPEN\n");
    gloss_buf_str(&want, "BIZ_OPEN  # BIZ_OPEN: The shop opened. Fix: Come in.\n");
    add_filled(&want, 5000, "\n");
    gloss_buf_str(&want, "--\nnear\nBIZ_OPEN  # BIZ_OPEN: The shop opened. Fix: Come in.\n");
    for (int hold = 0; hold < 2; hold++) {
        CLEANUP(gloss_buf_deinit) struct gloss_buf out = {0};

        feed.hold = hold;
        cr_expect_eq(feed_run(&feed, gloss_buf_view(&input), &out), 0);
        expect_same(&out, gloss_buf_view(&want), hold ? "held" : "not held");
    }
}

/* The heading, the separator and the context before a line that was held and dropped are dropped
 * with it. */
Test(annotate, an_overlong_line_that_was_dropped_leaves_no_trace)
{
    CLEANUP(gloss_catalogs_freep) struct gloss_catalogs *set = feed_catalogs(yaml);
    CLEANUP(gloss_buf_deinit) struct gloss_buf input = {0};
    struct annotating feed = annotating_of(set, GLOSS_FORMAT_NOTE);

    feed.hold = true;
    feed.max_line = 1024;
    feed.options.emit = GLOSS_EMIT_MATCHED;
    feed.options.context_before = 1;
    feed.options.show_source = true;
    gloss_buf_str(&input, "quiet\n");
    add_filled(&input, 5000, "\n");
    gloss_buf_str(&input, "BIZ_FIRE\n");
    expect_output(&feed, gloss_buf_view(&input),
                  "==> app.log <==\nBIZ_FIRE\n    BIZ_FIRE (critical, shop): The house burns.\n"
                  "      Fix: Run.\n");
}

/* ---- json ---- */

Test(annotate, every_json_line_is_json_and_its_message_the_line)
{
    CLEANUP(gloss_catalogs_freep) struct gloss_catalogs *set = feed_catalogs(yaml);
    CLEANUP(gloss_buf_deinit) struct gloss_buf input = {0}, out = {0};
    struct annotating feed = annotating_of(set, GLOSS_FORMAT_JSON);
    const char *line, *end, *in;
    uint64_t number = 0;

    for (unsigned i = 0; i < 500; i++)
        gloss_buf_printf(&input, "%u \"quoted\" \\ \xE4\xB8\x8A\t BIZ_FIRE ORA-%05u\n", i, i);
    cr_assert_eq(feed_run(&feed, gloss_buf_view(&input), &out), 0);
    in = input.ptr;
    for (line = out.ptr; line < out.ptr + out.len; line = end + 1) {
        CLEANUP(gloss_buf_deinit) struct gloss_buf message = {0}, offset = {0};
        struct gloss_span object, codes;

        end = memchr(line, '\n', (size_t)(out.ptr + out.len - line));
        cr_assert_not_null(end);
        object = gloss_span(line, (size_t)(end - line));
        cr_assert_null(json_error(object), "%s: %.*s", json_error(object), (int)object.len, line);
        json_unquote(json_get(object, "message"), &message);
        cr_assert_leq(in + message.len, input.ptr + input.len);
        cr_assert_eq(memcmp(message.ptr, in, message.len), 0);
        gloss_buf_u64(&offset, (uint64_t)(in - input.ptr));
        cr_assert(gloss_span_equal(json_get(object, "offset"), gloss_buf_view(&offset)));
        in += message.len + 1;
        number++;
        codes = json_get(object, "codes");
        cr_assert(gloss_span_equal(json_get(json_get(codes, "0"), "code"),
                                   gloss_span_str("\"BIZ_FIRE\"")));
        cr_assert(
            gloss_span_equal(json_get(json_get(codes, "0"), "captures"), gloss_span_str("{}")));
        cr_assert_not_null(json_get(json_get(json_get(codes, "1"), "captures"), "number").ptr);
    }
    cr_expect_eq(number, 500);
}
