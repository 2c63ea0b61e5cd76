/* What a line costs, in units of work and in runs of PCRE2. Both depend on catalog and line alone,
 * so that no clock is needed to see how they grow. */

#include "core/base/util.h"
#include "core/match/line_matcher.h"

#include <criterion/criterion.h>
#include <gloss/buf.h>

/* A line: a head, one piece many times, and a tail. */
struct hostile {
    const char *pattern, *head, *piece, *tail;
};

static const struct hostile hostile_lines[] = {
    {"user (?<u>.*) was denied", "", "user ", ""},
    {"user (?<u>.*) was denied", "", "user ", " was denied"},
    {"user (?<u>.*) was denied", "", "user was denie ", ""},
    {"user (?<u>.*?) was denied", "", "user ", ""},
    {"\"error\": ?\"(?<m>[^\"]*?)!\"", "", "\"error\": \"a\", \"error\": \"b!\", ", ""},
    {"\\w+ failed: (?<m>.*) code=\\d+x", "", "op failed: code=1 ", ""},
    {"[a-z]+\\s.*\\d\\dx", "", "abc 12 ", ""},
    {"a1.*b2.*c3.*d4", "", "a1b2c3", ""},
    {"x(a+)+(a+)+(a+)+y", "x", "a", " y"},
    {"(a+)+$", "", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa! ", ""},
    {"(?:a|aa)+b", "", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaac b", ""},
    {"^(?:\\w+\\s?)*;$", "", "word ", "!"},
    {"=(.*)(.*)(.*)(.*)=x", "", "=", ""},
    {"error.{0,200}timeout", "", "error ", ""},
    {"user.*\\Kdenied!", "", "user denied ", ""},
    {"ab", "", "ab", ""},
    {"ORA-(?<n>\\d{5})", "", "ORA-12345 ", ""},
    {"(?i)deadlock", "", "DeadLoc ", ""},
};

struct bench {
    struct gloss_catalogs *set;
    struct gloss_matcher *matcher;
    struct line_matcher *line_matcher;
    struct candidates candidates;
};

static void bench_init(struct bench *b, struct gloss_span yaml)
{
    struct gloss_diags diags = {0};

    *b = (struct bench){0};
    cr_assert_eq(gloss_catalogs_new(&b->set), 0);
    cr_assert_eq(gloss_catalogs_read(b->set, "test.yaml", yaml, &diags), 0);
    cr_assert_eq(gloss_matcher_new(&b->matcher, b->set, NULL), 0);
    cr_assert_eq(line_matcher_new(&b->line_matcher, b->matcher), 0);
    gloss_diags_deinit(&diags);
}

static void bench_deinit(struct bench *b)
{
    free(b->candidates.items);
    line_matcher_free(b->line_matcher);
    gloss_matcher_free(b->matcher);
    gloss_catalogs_free(b->set);
}

/* What one line costs; *ret_hits is how many it has. */
static struct line_matcher_work cost(struct bench *b, const struct gloss_buf *line,
                                     size_t *ret_hits)
{
    const struct kernel_text text = {.bytes = line->ptr, .end = line->len, .limit = line->len};
    struct line_matcher_work before = line_matcher_work(b->line_matcher), after;
    struct line_findings found;
    struct line_matcher_view view = {
        .subject = {.ptr = line->ptr, .len = line->len, .begins_line = true, .ends_line = true},
        .end = line->len,
    };

    cr_assert_eq(prefilter_find(b->matcher->filter, &text, &b->candidates), 0);
    view.candidates = b->candidates.items;
    view.n_candidates = b->candidates.n;
    cr_assert_eq(line_matcher_line(b->line_matcher, &view, &found), 0);
    after = line_matcher_work(b->line_matcher);
    *ret_hits = found.n_hits;
    return (struct line_matcher_work){after.runs - before.runs, after.work - before.work};
}

static void write_line(struct gloss_buf *out, const struct hostile *h, size_t len)
{
    out->len = 0;
    gloss_buf_str(out, h->head);
    while (out->len < len)
        gloss_buf_str(out, h->piece);
    gloss_buf_str(out, h->tail);
}

Test(line_work, grows_with_the_line_and_no_faster)
{
    for (size_t i = 0; i < ARRAY_SIZE(hostile_lines); i++) {
        const struct hostile *h = &hostile_lines[i];
        CLEANUP(gloss_buf_deinit) struct gloss_buf yaml = {0}, line = {0};
        struct line_matcher_work small, large;
        struct bench b;
        size_t hits;

        gloss_buf_printf(&yaml, "catalog: c\ncodes:\n  P: {cause: c, solution: s, pattern: '%s'}\n",
                         h->pattern);
        bench_init(&b, gloss_buf_view(&yaml));
        write_line(&line, h, 1 << 16);
        cost(&b, &line, &hits); /* the probes of a pattern that explodes are used up */
        for (int k = 0; k < 5; k++)
            small = cost(&b, &line, &hits);
        write_line(&line, h, 1 << 18);
        large = cost(&b, &line, &hits);
        cr_expect_leq(large.work, 6 * small.work, "%s: %zu for 64 KiB, %zu for 256", h->pattern,
                      (size_t)small.work, (size_t)large.work);
        cr_expect_leq(large.work, (uint64_t)200 << 18, "%s: %zu units", h->pattern,
                      (size_t)large.work);
        bench_deinit(&b);
    }
}

/* Each pattern has one match on the line. */
static size_t runs_for(unsigned patterns)
{
    CLEANUP(gloss_buf_deinit) struct gloss_buf yaml = {0}, line = {0};
    struct line_matcher_work work;
    struct bench b;
    size_t hits;

    gloss_buf_str(&yaml, "catalog: c\ncodes:\n");
    for (unsigned i = 0; i < patterns; i++) {
        gloss_buf_printf(
            &yaml, "  P%u: {cause: c, solution: s, pattern: '\\w+ failed with code_%05u'}\n", i, i);
        gloss_buf_printf(&line, "op%05u failed with code_%05u ", i, i);
    }
    bench_init(&b, gloss_buf_view(&yaml));
    work = cost(&b, &line, &hits);
    cr_expect_eq(hits, patterns);
    bench_deinit(&b);
    return work.runs;
}

Test(line_work, a_hit_costs_the_patterns_it_concerns_and_not_all_of_the_line)
{
    cr_expect_leq(runs_for(100), 300);
    cr_expect_leq(runs_for(2000), 6000);
}

/* ---- who waits is told ---- */

static void count_call(void *ctx)
{
    (*(size_t *)ctx)++;
}

static int ignore_line(void *ctx, const struct gloss_line *line)
{
    (void)ctx;
    (void)line;
    return 0;
}

/* How often it is told that lines take long. */
static size_t told(const char *pattern, const struct gloss_buf *log)
{
    CLEANUP(gloss_buf_deinit) struct gloss_buf yaml = {0};
    CLEANUP(gloss_scanner_freep) struct gloss_scanner *scanner = NULL;
    struct gloss_block block = {
        .bytes = gloss_buf_view(log), .begins_line = true, .ends_line = true};
    struct gloss_stream stream = {0};
    struct bench b;
    size_t calls = 0;

    gloss_buf_printf(&yaml, "catalog: c\ncodes:\n  P: {cause: c, solution: s, pattern: '%s'}\n",
                     pattern);
    bench_init(&b, gloss_buf_view(&yaml));
    cr_assert_eq(gloss_scanner_new(&scanner, b.matcher), 0);
    gloss_scanner_on_work(scanner, count_call, &calls);
    cr_assert_eq(gloss_scanner_scan(scanner, &block, &stream, ignore_line, NULL), 0);
    scanner = gloss_scanner_free(scanner);
    gloss_stream_deinit(&stream);
    bench_deinit(&b);
    return calls;
}

Test(line_work, is_told_between_lines_that_take_long)
{
    CLEANUP(gloss_buf_deinit) struct gloss_buf explosive = {0}, plain = {0};

    for (int i = 0; i < 20; i++)
        gloss_buf_str(&explosive, "baaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaac\n");
    for (int i = 0; i < 20; i++)
        gloss_buf_str(&plain, "user alice was denied\n");
    cr_expect_geq(told("b(?=(?:a+)+!)a+c", &explosive), 2);
    cr_expect_eq(told("user (?<u>.*) was denied", &plain), 0);
}
