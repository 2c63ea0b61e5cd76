/* The scanner against the oracle: the same findings at the same places, for each kind of catalog,
 * with each kernel, and however the stream is cut. */

#include "core/base/util.h"
#include "core/match/matcher_rules.h"
#include "helpers/findings.h"
#include "helpers/oracle.h"
#include "helpers/patterns.h"
#include "helpers/rng.h"
#include "helpers/specimen.h"

#include <criterion/criterion.h>
#include <stdio.h>

/* Each method with each kernel, of which those are used that this CPU runs; and the defaults. */
static const struct gloss_matcher_options variants[] = {
    {.variant = NULL},
    {.variant = "portable", .method = "teddy-rough"},
    {.variant = "portable", .method = "teddy-first"},
    {.variant = "portable", .method = "teddy-rare"},
    {.variant = "portable", .method = "class-runs"},
    {.variant = "avx2", .method = "teddy-rough"},
    {.variant = "avx2", .method = "teddy-first"},
    {.variant = "avx2", .method = "teddy-rare"},
    {.variant = "avx2", .method = "class-runs"},
    {.variant = "avx512", .method = "teddy-rough"},
    {.variant = "avx512", .method = "teddy-first"},
    {.variant = "avx512", .method = "teddy-rare"},
    {.variant = "avx512", .method = "class-runs"},
};

/* How patterns are searched for, whatever the line: as they are usually, where their literals
 * stand, where the automaton says that a match can start, and there only with each step counted. */
static const struct {
    const char *name;
    struct search_bounds bounds; /* line_work 0: the usual ones */
} ways[] = {
    {.name = "as usual"},
    {"in a crowd",
     {.measured_bytes = 1024,
      .trust = 1 << 17,
      .trust_unfiltered = 1 << 17,
      .line_work = (uint64_t)1 << 32}},
    {"by starts",
     {.measured_bytes = 1 << 30,
      .trust = 200,
      .trust_unfiltered = 200,
      .crowd = 1 << 30,
      .line_work = (uint64_t)1 << 32}},
    {"by reach",
     {.trust = 200,
      .trust_unfiltered = 200,
      .crowd = 1 << 30,
      .line_work = (uint64_t)1 << 32,
      .measured_bytes = 1}},
    {"strictly", {.line_work = (uint64_t)1 << 32}},
};

static void set_way(struct gloss_matcher *m, size_t way)
{
    if (ways[way].bounds.line_work)
        m->bounds = ways[way].bounds;
}

static struct gloss_matcher *make_matcher(const struct gloss_catalogs *set,
                                          const struct gloss_matcher_options *options)
{
    const char *variant = options->variant;
    struct gloss_matcher *m = NULL;

    if (gloss_matcher_new(&m, set, options) != 0)
        cr_assert(variant && strncmp(variant, "avx", 3) == 0, "no matcher for %s", variant);
    return m;
}

static struct gloss_catalogs *read_set_span(struct gloss_span yaml)
{
    struct gloss_diags diags = {0};
    struct gloss_catalogs *set;

    cr_assert_eq(gloss_catalogs_new(&set), 0);
    cr_assert_eq(gloss_catalogs_read(set, "test.yaml", yaml, &diags), 0);
    gloss_diags_deinit(&diags);
    return set;
}

/* Prints the first line in which two texts differ. */
static void tell_difference(const struct gloss_buf *got, const struct gloss_buf *want)
{
    size_t i = 0, line = 0;

    while (i < got->len && i < want->len && got->ptr[i] == want->ptr[i])
        if (got->ptr[i++] == '\n')
            line = i;
    fprintf(stderr, "found:   %.*s\nthere is: %.*s\n",
            (int)MIN(got->len - line, strcspn(got->ptr + line, "\n")), got->ptr + line,
            (int)MIN(want->len - line, strcspn(want->ptr + line, "\n")), want->ptr + line);
}

static bool same(struct gloss_matcher *m, struct gloss_span input, struct findings_cut cut,
                 struct gloss_buf *want)
{
    struct findings got = {0};
    bool equal;

    findings_scan(&got, m, input, cut);
    equal = gloss_span_equal(gloss_buf_view(&got.out), gloss_buf_view(want));
    if (!equal) {
        gloss_buf_char(&got.out, '\0');
        gloss_buf_char(want, '\0');
        tell_difference(&got.out, want);
        want->len--;
    }
    findings_deinit(&got);
    return equal;
}

/* Scans a log of a specimen with each kernel and some ways to cut it. Stops at the first
 * difference. */
static bool compare(size_t specimen, struct gloss_catalogs *set, struct oracle *oracle,
                    struct gloss_matcher *const *matchers, uint32_t seed, size_t bytes)
{
    const struct findings_cut cuts[] = {{1 << 16, 0, 0}, {1, 0, 0},    {2, 0, 0},
                                        {3, seed, 0},    {17, 0, 0},   {64, seed, 0},
                                        {100, 0, 0},     {1000, 0, 0}, {4096, seed, 0}};
    CLEANUP(gloss_buf_deinit) struct gloss_buf log = {0};
    struct findings want = {0};
    uint32_t random = seed;
    bool good = true;

    specimen_log(specimen, set, &random, bytes, &log);
    oracle_scan(oracle, gloss_buf_view(&log), &want);
    cr_expect_gt(want.out.len, 100);
    for (size_t v = 0; v < ARRAY_SIZE(variants) && good; v++)
        for (size_t i = 0; matchers[v] && i < ARRAY_SIZE(cuts) && good; i++) {
            good = same(matchers[v], gloss_buf_view(&log), cuts[i], &want.out);
            cr_expect(good, "'%s', kernel %s, names by %s, chunk %zu, seed %u",
                      specimen_name(specimen), variants[v].variant, variants[v].method,
                      cuts[i].chunk, seed);
        }
    findings_deinit(&want);
    return good;
}

/* The same in each way, with few cuts. */
static bool compare_ways(size_t specimen, struct gloss_catalogs *set, struct oracle *oracle,
                         struct gloss_matcher *const *matchers, uint32_t seed, size_t bytes)
{
    const struct findings_cut cuts[] = {{1 << 16, 0, 0}, {17, 0, 0}, {1000, seed, 0}};
    CLEANUP(gloss_buf_deinit) struct gloss_buf log = {0};
    struct findings want = {0};
    uint32_t random = seed + 1;
    bool good = true;

    specimen_log(specimen, set, &random, bytes, &log);
    oracle_scan(oracle, gloss_buf_view(&log), &want);
    for (size_t way = 1; way < ARRAY_SIZE(ways) && good; way++)
        for (size_t i = 0; i < ARRAY_SIZE(cuts) && good; i++) {
            good = same(matchers[way], gloss_buf_view(&log), cuts[i], &want.out);
            cr_expect(good, "'%s', searched for %s, chunk %zu, seed %u", specimen_name(specimen),
                      ways[way].name, cuts[i].chunk, seed);
        }
    findings_deinit(&want);
    return good;
}

static void compare_specimen(size_t specimen, unsigned rounds, size_t bytes)
{
    struct gloss_catalogs *set = specimen_catalogs(specimen);
    struct oracle *oracle = oracle_new(set);
    struct gloss_matcher *matchers[ARRAY_SIZE(variants)], *by_way[ARRAY_SIZE(ways)];

    for (size_t v = 0; v < ARRAY_SIZE(variants); v++)
        matchers[v] = make_matcher(set, &variants[v]);
    for (size_t way = 0; way < ARRAY_SIZE(ways); way++) {
        by_way[way] = make_matcher(set, &variants[0]);
        set_way(by_way[way], way);
    }
    for (uint32_t round = 1; round <= rounds; round++)
        if (!compare(specimen, set, oracle, matchers, round * 2654435761u, bytes) ||
            !compare_ways(specimen, set, oracle, by_way, round * 2654435761u, bytes))
            break;
    for (size_t v = 0; v < ARRAY_SIZE(variants); v++)
        gloss_matcher_free(matchers[v]);
    for (size_t way = 0; way < ARRAY_SIZE(ways); way++)
        gloss_matcher_free(by_way[way]);
    oracle_free(oracle);
    gloss_catalogs_free(set);
}

Test(scanner, finds_what_the_oracle_finds_in_small_catalogs)
{
    for (size_t i = 0; i < SPECIMENS_SMALL; i++)
        compare_specimen(i, 6, 12000);
}

Test(scanner, finds_what_the_oracle_finds_in_large_catalogs)
{
    for (size_t i = SPECIMENS_SMALL; i < SPECIMENS; i++)
        compare_specimen(i, 2, 6000);
}

/* The log of a specimen, what the oracle finds in it, and a matcher. */
struct scene {
    struct gloss_catalogs *set;
    struct gloss_matcher *matcher;
    struct gloss_buf log;
    struct findings want;
};

static void scene_deinit(struct scene *s)
{
    findings_deinit(&s->want);
    gloss_buf_deinit(&s->log);
    gloss_matcher_free(s->matcher);
    gloss_catalogs_free(s->set);
}

static void scene_ask_oracle(struct scene *s)
{
    struct oracle *oracle = oracle_new(s->set);

    oracle_scan(oracle, gloss_buf_view(&s->log), &s->want);
    oracle_free(oracle);
}

static void expect_same(struct scene *s, struct findings_cut cut, const char *what)
{
    cr_expect(same(s->matcher, gloss_buf_view(&s->log), cut, &s->want.out),
              "%s: chunk %zu, seed %u, max_line %zu", what, cut.chunk, cut.seed, cut.max_line);
}

static size_t longest_line(const struct gloss_buf *log)
{
    size_t longest = 0;

    for (size_t at = 0, end; at < log->len; at = end + 1) {
        const char *nl = memchr(log->ptr + at, '\n', log->len - at);

        end = nl ? (size_t)(nl - log->ptr) : log->len;
        longest = MAX(longest, end - at);
    }
    return longest;
}

Test(scanner, finds_the_same_in_blocks_of_every_size)
{
    static const size_t chosen[] = {0, 5, 7, 8, 9};

    for (size_t i = 0; i < ARRAY_SIZE(chosen); i++) {
        CLEANUP(scene_deinit) struct scene s = {.set = specimen_catalogs(chosen[i])};
        uint32_t random = 77 + (uint32_t)i;

        s.matcher = make_matcher(s.set, &variants[i % 5]);
        specimen_log(chosen[i], s.set, &random, 3000, &s.log);
        scene_ask_oracle(&s);
        for (size_t chunk = 1; chunk < longest_line(&s.log) + 3; chunk++)
            expect_same(&s, (struct findings_cut){.chunk = chunk}, specimen_name(chosen[i]));
    }
}

/* ---- overlong lines ---- */

/* Removes most line ends of a log. */
static void join_lines(struct gloss_buf *log, uint32_t *random)
{
    for (size_t i = 0; i < log->len; i++)
        if (log->ptr[i] == '\n' && rng_next(random) % 64)
            log->ptr[i] = ' ';
}

Test(scanner, overlong_lines_have_the_same_findings_as_if_they_were_whole)
{
    static const size_t max_lines[] = {1024, 100, 33};

    for (size_t i = 0; i < SPECIMENS_SMALL; i++) {
        /* A part does not know the hits and unknown codes that begin behind it. */
        if (STREQ(specimen_name(i), "families that quarrel") ||
            STREQ(specimen_name(i), "patterns with nothing to look for"))
            continue;
        CLEANUP(scene_deinit) struct scene s = {.set = specimen_catalogs(i)};
        uint32_t random = 4711 + (uint32_t)i;

        s.matcher = make_matcher(s.set, &variants[i % 5]);
        specimen_log(i, s.set, &random, 20000, &s.log);
        join_lines(&s.log, &random);
        scene_ask_oracle(&s);
        for (size_t k = 0; k < ARRAY_SIZE(max_lines) * ARRAY_SIZE(ways); k++)
            for (uint32_t seed = 0; seed < 2; seed++) {
                set_way(s.matcher, k % ARRAY_SIZE(ways));
                expect_same(&s, (struct findings_cut){4096, seed, max_lines[k / ARRAY_SIZE(ways)]},
                            specimen_name(i));
            }
    }
}

/* ---- many patterns ---- */

/* A catalog of patterns made at random, those among them that catalogs take. */
static struct gloss_catalogs *random_catalog(unsigned n, uint32_t *random, struct gloss_buf *text)
{
    CLEANUP(gloss_buf_deinit) struct gloss_buf yaml = {0};

    gloss_buf_str(&yaml, "catalog: c\nfamily: '[A-C]+a'\nsuccess: '(?:ab|b+)c'\ncodes:\n"
                         "  abc: {cause: c, solution: s}\n  aB: {cause: c, solution: s}\n");
    for (unsigned i = 0; i < n;) {
        CLEANUP(gloss_buf_deinit) struct gloss_buf one = {0}, alone = {0};
        struct gloss_diags diags = {0};
        struct gloss_catalogs *set;
        size_t before = text->len;

        gloss_buf_printf(&one, "  P%u: {cause: c, solution: s, pattern: '", i);
        pattern_at_random(&one, 2, random);
        gloss_buf_span(text, gloss_buf_view(&one));
        gloss_buf_str(&one, "'}\n");
        gloss_buf_str(&alone, "catalog: c\ncodes:\n");
        gloss_buf_span(&alone, gloss_buf_view(&one));
        cr_assert_eq(gloss_catalogs_new(&set), 0);
        if (gloss_catalogs_read(set, "one.yaml", gloss_buf_view(&alone), &diags) == 0) {
            gloss_buf_span(&yaml, gloss_buf_view(&one));
            i++;
        } else {
            text->len = before;
        }
        gloss_diags_deinit(&diags);
        gloss_catalogs_free(set);
    }
    return read_set_span(gloss_buf_view(&yaml));
}

/* Lines of every length, made of pieces of the patterns. */
static void random_lines(const struct gloss_buf *patterns, uint32_t *random, struct gloss_buf *log)
{
    char text[300];

    gloss_buf_char(log, '\n');
    for (unsigned lines = 0; lines < 12; lines++) {
        size_t n = rng_next(random) % 3 ? rng_next(random) % 40 : rng_next(random) % sizeof(text);

        pattern_text(patterns->ptr, text, n, random);
        gloss_buf_append(log, text, n);
        gloss_buf_char(log, '\n');
    }
}

Test(scanner, finds_what_the_oracle_finds_with_patterns_made_at_random)
{
    uint32_t random = 20261;

    for (int round = 0; round < 300; round++) {
        CLEANUP(gloss_buf_deinit) struct gloss_buf text = {0};
        CLEANUP(scene_deinit)
        struct scene s = {.set = random_catalog(1 + rng_next(&random) % 40, &random, &text)};

        gloss_buf_char(&text, '\0');
        s.matcher = make_matcher(s.set, &variants[0]);
        random_lines(&text, &random, &s.log);
        scene_ask_oracle(&s);
        for (size_t way = 0; way < ARRAY_SIZE(ways); way++) {
            set_way(s.matcher, way);
            expect_same(&s, (struct findings_cut){.chunk = 100}, ways[way].name);
        }
    }
}

/* ---- bugs that were found and mended ---- */

static struct gloss_catalogs *read_set(const char *yaml)
{
    return read_set_span(gloss_span_str(yaml));
}

/* Scans one log against the oracle, and expects that many hits. */
static void expect_hits(const char *yaml, const char *log, size_t max_line, size_t hits)
{
    CLEANUP(scene_deinit) struct scene s = {.set = read_set(yaml)};
    size_t seen = 0;

    s.matcher = make_matcher(s.set, &variants[0]);
    gloss_buf_str(&s.log, log);
    scene_ask_oracle(&s);
    expect_same(&s, (struct findings_cut){100, 0, max_line}, log);
    gloss_buf_char(&s.want.out, '\0');
    for (const char *p = s.want.out.ptr; (p = strstr(p, ": hit ")); p++)
        seen++;
    cr_expect_eq(seen, hits, "%zu hits in %s", seen, log);
}

#define YAML(entries) "catalog: c\ncodes:\n" entries
#define ENTRY(name) "  '" name "': {cause: c, solution: s}\n"
#define PATTERN(name, pattern) "  '" name "': {pattern: '" pattern "', cause: c, solution: s}\n"

Test(scanner, an_escape_that_could_end_later_too_does_not_hide_a_name)
{
    expect_hits(YAML(ENTRY("[31mX") ENTRY("XY")), "\\u001b[31mX ........ \\u001b[31mXY\n", 0, 2);
}

Test(scanner, a_pattern_with_an_open_quote_is_a_pattern_all_the_same)
{
    expect_hits(YAML(PATTERN("q", "\\Qa.b*")), "xa.b*x aab\n", 0, 1);
    expect_hits("family: '\\QAB.C'\n" YAML(ENTRY("AB")), "AB.C AB\n", 0, 2);
}

Test(scanner, a_match_is_not_kept_when_what_it_looked_at_was_taken)
{
    expect_hits(YAML(ENTRY("users") PATTERN("r", "users \\Kroot")), "users root\n", 0, 1);
    expect_hits(YAML(PATTERN("r", "users \\Kroot")), "users root\n", 0, 1);
}

Test(scanner, a_literal_behind_a_seam_finds_the_match_that_begins_before_it)
{
    expect_hits(YAML(PATTERN("e", "[a-z]+Exception")), "............nullException.......", 16, 1);
}

Test(scanner, a_success_marker_in_a_hit_that_crosses_a_seam_counts)
{
    expect_hits("success: 'rc=0'\n" YAML(PATTERN("all", "CALL .*")), "....CALL x1234 rc=0 done", 12,
                1);
}

/* Scans one log against the oracle, and expects this unknown code. */
static void expect_unknown(const char *yaml, const char *log, const char *unknown)
{
    CLEANUP(scene_deinit) struct scene s = {.set = read_set(yaml)};

    s.matcher = make_matcher(s.set, &variants[0]);
    gloss_buf_str(&s.log, log);
    scene_ask_oracle(&s);
    expect_same(&s, (struct findings_cut){100, 0, 0}, log);
    gloss_buf_char(&s.want.out, '\0');
    cr_expect(strstr(s.want.out.ptr, unknown), "no %s in %s", unknown, s.want.out.ptr);
}

Test(scanner, an_unknown_code_is_not_cut_by_an_escape_that_ends_within_it)
{
    expect_unknown("family: '[A-Z]{2,}'\n" YAML(ENTRY("x")), "100 %FAULT at\n", "unknown 5-10 ");
    expect_unknown("family: '[A-Z]+'\n" YAML(ENTRY("x")), "100 %FAULT at %FA\n", "unknown 15-17 ");
}

/* ---- limits ---- */

struct tally {
    size_t lines, hits;
    uint64_t last;
};

static int count(void *ctx, const struct gloss_line *line)
{
    struct tally *t = ctx;

    t->lines++;
    t->hits += line->n_hits;
    t->last = line->number;
    return 0;
}

/* Scans a log. limits[i]: on how many lines the pattern of entry i was given up, for the first two
 * entries. */
static void scan_tally(const char *yaml, const struct gloss_buf *log, struct tally *t,
                       uint64_t limits[2])
{
    struct gloss_catalogs *set = read_set(yaml);
    struct gloss_block block = {
        .bytes = gloss_buf_view(log), .begins_line = true, .ends_line = true};
    struct gloss_stream stream = {0};
    struct gloss_matcher *m = make_matcher(set, &variants[0]);
    struct gloss_scanner *s;

    cr_assert_eq(gloss_scanner_new(&s, m), 0);
    cr_expect_eq(gloss_scanner_scan(s, &block, &stream, count, t), 0);
    for (uint32_t id = 0; id < 2; id++)
        limits[id] = gloss_scanner_limit_hits(s, gloss_catalogs_entry(set, id));
    cr_expect_eq(gloss_scanner_limit_hits(s, NULL), 0);
    gloss_scanner_free(s);
    gloss_matcher_free(m);
    gloss_catalogs_free(set);
}

Test(scanner, a_pattern_that_explodes_is_given_up_for_its_line_only)
{
    CLEANUP(gloss_buf_deinit) struct gloss_buf log = {0};
    struct tally t = {0};
    uint64_t limits[2];

    for (int i = 0; i < 40; i++)
        gloss_buf_char(&log, 'a');
    gloss_buf_str(&log, "! E_IO E_IO\nE_IO aaaa\n");
    scan_tally(YAML(PATTERN("bomb", "(a+)+$") ENTRY("E_IO")), &log, &t, limits);
    cr_expect_eq(limits[0], 1);
    cr_expect_eq(limits[1], 0);
    cr_expect_eq(t.lines, 2);
    cr_expect_eq(t.hits, 4);
    cr_expect_eq(t.last, 2);
}

Test(scanner, a_pattern_that_explodes_is_not_tried_again_on_the_same_line)
{
    CLEANUP(gloss_buf_deinit) struct gloss_buf log = {0};
    struct tally t = {0};
    uint64_t limits[2];

    for (int i = 0; i < 100; i++)
        gloss_buf_str(&log, "bomb:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa! ");
    gloss_buf_str(&log, "E_IO\nbomb:aa\n");
    scan_tally(YAML(PATTERN("bomb", "bomb:(a+)+$") ENTRY("E_IO")), &log, &t, limits);
    cr_expect_eq(limits[0], 1);
    cr_expect_eq(limits[1], 0);
    cr_expect_eq(t.hits, 2);
}

Test(scanner, patterns_that_explode_are_counted_each_for_itself)
{
    static const char bombs[] = YAML(PATTERN("one", "(a+)+$") PATTERN("other", "(?:a|aa)+b"));
    CLEANUP(gloss_buf_deinit) struct gloss_buf log = {0};
    struct tally t = {0};
    uint64_t limits[2];

    for (int i = 0; i < 60; i++)
        gloss_buf_char(&log, 'a');
    gloss_buf_str(&log, "! b\n");
    for (int i = 0; i < 60; i++)
        gloss_buf_char(&log, 'a');
    gloss_buf_str(&log, "!\n");
    scan_tally(bombs, &log, &t, limits);
    cr_expect_eq(limits[0], 2);
    cr_expect_eq(limits[1], 1);
}
