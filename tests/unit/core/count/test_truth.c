/* Real logs with codes put into them, against the counts that a slow and simple program found in
 * them, and real logs without codes, against zero. They are read in large pieces, and in small ones
 * with a short max_line. */

#include "core/base/util.h"
#include "helpers/json.h"
#include "helpers/shared_data.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <gloss/counters.h>
#include <gloss/decode.h>
#include <stdio.h>

struct cut {
    size_t chunk, max_line;
};

static const struct cut cuts[] = {{1 << 20, 1 << 20}, {4096, 100}, {1000, 33}};

static const struct gloss_clock clock_stopped = {.now_ns = 1};

struct count {
    struct gloss_scanner *scanner;
    struct gloss_counters *counters;
    struct gloss_source_counts *source;
    struct gloss_stream stream;
    struct gloss_times *times;
};

static int on_line(void *ctx, const struct gloss_line *line)
{
    struct count *c = ctx;

    return gloss_counters_line(c->counters, c->source, line, NULL, c->times);
}

static void scan_blocks(struct count *c, struct gloss_lines *lines)
{
    struct gloss_block block;

    while (gloss_lines_next(lines, &block) == 1) {
        uint64_t before = c->stream.lines;

        gloss_times_begin(c->times, &c->stream.times, &block);
        cr_assert_eq(gloss_scanner_scan(c->scanner, &block, &c->stream, on_line, c), 0);
        cr_assert_eq(gloss_counters_block(c->counters, c->source, &block, c->stream.lines - before,
                                          c->times),
                     0);
        gloss_times_end(c->times);
    }
}

static void scan(struct count *c, struct gloss_span text, struct cut cut)
{
    CLEANUP(gloss_lines_freep) struct gloss_lines *lines = NULL;

    cr_assert_eq(gloss_lines_new(&lines, cut.chunk, cut.max_line, 0), 0);
    while (text.len > 0) {
        char *place;
        size_t size;

        cr_assert_eq(gloss_lines_room(lines, &place, &size), 0);
        size = MIN(size, text.len);
        memcpy(place, text.ptr, size);
        gloss_lines_fill(lines, size);
        text = gloss_span(text.ptr + size, text.len - size);
        scan_blocks(c, lines);
    }
    gloss_lines_end(lines);
    scan_blocks(c, lines);
}

/* A number in the expected counts; 0 where they have none of that name. */
static uint64_t number(struct gloss_span object, const char *key)
{
    struct gloss_span value = json_get(object, key);

    return value.ptr ? strtoull(value.ptr, NULL, 10) : 0;
}

static void compare_codes(const struct count *c, struct gloss_span codes, const char *name)
{
    const struct gloss_catalogs *set = gloss_counters_catalogs(c->counters);

    for (uint32_t id = 0; id < gloss_catalogs_n_entries(set); id++) {
        const char *code = gloss_catalogs_entry(set, id)->code;
        struct gloss_span wanted = json_get(codes, code);
        struct gloss_count none = {0}, *seen = c->source->codes ? &c->source->codes[id] : &none;

        cr_expect_eq(seen->hits, wanted.ptr ? number(wanted, "hits") : 0, "%s: hits of %s: %lu",
                     name, code, seen->hits);
        cr_expect_eq(seen->lines, wanted.ptr ? number(wanted, "lines") : 0, "%s: lines of %s: %lu",
                     name, code, seen->lines);
    }
}

static void compare_unknown(const struct count *c, struct gloss_span unknown, uint64_t hits,
                            const char *name)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < gloss_counters_n_unknown(c->counters); i++) {
        const struct gloss_unknown_count *u = gloss_counters_unknown_at(c->counters, i);

        cr_expect_eq(u->hits, number(unknown, u->code), "%s: unknown %s: %lu", name, u->code,
                     u->hits);
        sum += u->hits;
    }
    cr_expect_eq(sum, hits, "%s: %lu unknown in all, wanted %lu", name, sum, hits);
}

static void compare(const struct count *c, struct gloss_span truth, const char *name)
{
    const struct gloss_source_counts *s = c->source;
    const struct {
        const char *key;
        uint64_t seen;
    } figures[] = {{"lines", s->lines},
                   {"matched_lines", s->matched_lines},
                   {"hits", s->hits},
                   {"successes", s->successes}};

    for (size_t i = 0; i < ARRAY_SIZE(figures); i++)
        cr_expect_eq(figures[i].seen, number(truth, figures[i].key), "%s: %s: %lu, wanted %lu",
                     name, figures[i].key, figures[i].seen, number(truth, figures[i].key));
    compare_codes(c, json_get(truth, "codes"), name);
    compare_unknown(c, json_get(truth, "unknown"), number(truth, "unknown_hits"), name);
}

static struct count count_new(struct gloss_matcher *m)
{
    static const struct gloss_times_options options = {.clock = &clock_stopped};
    struct count c = {0};

    cr_assert_eq(gloss_times_new(&c.times, &options), 0);

    cr_assert_eq(gloss_scanner_new(&c.scanner, m), 0);
    cr_assert_eq(gloss_counters_new(&c.counters, gloss_matcher_catalogs(m)), 0);
    cr_assert_eq(gloss_counters_source(c.counters, "log", &c.source), 0);
    return c;
}

static void count_free(struct count *c)
{
    gloss_stream_deinit(&c->stream);
    gloss_times_free(c->times);
    gloss_counters_free(c->counters);
    gloss_scanner_free(c->scanner);
}

/* Counts a text, cut in each way, and compares the counts. */
static void check(struct gloss_catalogs *set, struct gloss_span text, struct gloss_span truth,
                  const char *name)
{
    CLEANUP(gloss_matcher_freep) struct gloss_matcher *m = NULL;

    cr_assert_eq(gloss_matcher_new(&m, set, &(struct gloss_matcher_options){0}), 0);
    for (size_t i = 0; i < ARRAY_SIZE(cuts); i++) {
        struct count c = count_new(m);

        scan(&c, text, cuts[i]);
        cr_expect_eq(c.source->bytes, text.len);
        compare(&c, truth, name);
        count_free(&c);
    }
}

/* The figures of a kind ("full" or "decoded") in a file of expected counts. *ret_text owns their
 * memory. */
static struct gloss_span truth_of(const char *name, const char *kind, char **ret_text)
{
    char file[256];
    size_t n;
    struct gloss_span all, truth;

    snprintf(file, sizeof(file), "composites/%s.truth.json", name);
    *ret_text = shared_data_read(file, &n);
    while (n > 0 && (*ret_text)[n - 1] == '\n')
        n--;
    all = gloss_span(*ret_text, n);
    cr_assert_null(json_error(all), "%s: %s", file, json_error(all));
    truth = json_get(all, kind);
    cr_assert_not_null(truth.ptr);
    cr_assert_gt(number(truth, "lines"), 0);
    return truth;
}

static char *read_log(const char *name, struct gloss_span *ret_text)
{
    char file[256], *bytes;
    size_t n;

    snprintf(file, sizeof(file), "composites/%s.log", name);
    bytes = shared_data_read(file, &n);
    *ret_text = gloss_span(bytes, n);
    return bytes;
}

static struct gloss_catalogs *builtin(void)
{
    struct gloss_catalogs *set = NULL;

    cr_assert_eq(gloss_catalogs_new(&set), 0);
    cr_assert_eq(gloss_catalogs_read_builtin(set), 0);
    return set;
}

/* This test needs no other file, so that the suite is never empty. */
Test(truth, a_log_of_four_lines_is_counted_by_hand)
{
    static const char log[] = "send failed: BIZ_TOPIC_NOT_FOUND, then BIZ_TOPIC_NOT_FOUND\r\n"
                              "{\"text\":\"a\\nONS_SYSTEM_ERROR\", \"code\": \"BIZ_NO_MESSAGES\"}\n"
                              "ResponseCode=200 XBIZ_NO_MESSAGE\n"
                              "BIZ_NO_MESSAGE";
    static const char truth[] =
        "{\"lines\":4,\"matched_lines\":3,\"hits\":4,\"successes\":1,\"codes\":{"
        "\"BIZ_TOPIC_NOT_FOUND\":{\"hits\":2,\"lines\":1},"
        "\"ONS_SYSTEM_ERROR\":{\"hits\":1,\"lines\":1},"
        "\"BIZ_NO_MESSAGE\":{\"hits\":1,\"lines\":1}},"
        "\"unknown_hits\":1,\"unknown\":{\"BIZ_NO_MESSAGES\":1}}";
    CLEANUP(gloss_catalogs_freep) struct gloss_catalogs *set = builtin();

    check(set, gloss_span_str(log), gloss_span_str(truth), "four lines");
}

Test(truth, the_composites_are_counted_as_their_truth_has_them)
{
    static const char *const names[] = {"dev-1-plain", "dev-2-json",  "dev-3-big5",
                                        "dev-3-gbk",   "dev-3-utf-8", "dev-3-utf-16le"};
    CLEANUP(gloss_catalogs_freep) struct gloss_catalogs *set = builtin();

    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        struct gloss_span text;
        char *truth_text, *bytes = read_log(names[i], &text);

        check(set, text, truth_of(names[i], "full", &truth_text), names[i]);
        free(bytes);
        free(truth_text);
    }
}

Test(truth, a_decoded_log_is_counted_as_its_text)
{
    CLEANUP(gloss_catalogs_freep) struct gloss_catalogs *set = builtin();
    CLEANUP(gloss_decoder_freep) struct gloss_decoder *d = NULL;
    struct gloss_buf decoded = {0};
    struct gloss_span text;
    char *truth_text, *bytes = read_log("dev-3-utf-16le", &text);

    cr_assert_eq(gloss_decoder_new(&d, "utf-16le"), 0);
    gloss_decoder_feed(d, text, &decoded);
    gloss_decoder_finish(d, &decoded);
    cr_assert(!decoded.failed);
    check(set, gloss_buf_view(&decoded), truth_of("dev-3-utf-16le", "decoded", &truth_text),
          "dev-3-utf-16le decoded");
    gloss_buf_deinit(&decoded);
    free(bytes);
    free(truth_text);
}

/* A catalog of the codes in a file with one code on each line; it has no family. */
static struct gloss_catalogs *catalog_of(const char *file)
{
    struct gloss_catalogs *set = NULL;
    struct gloss_diags diags = {0};
    struct gloss_buf yaml = {0};
    size_t n;
    char *codes = shared_data_read(file, &n), *rest = codes, *code;

    gloss_buf_str(&yaml, "catalog: dotted\nsuccess: 'ResponseCode=200'\ncodes:\n");
    while ((code = strsep(&rest, "\n")))
        if (*code)
            gloss_buf_printf(&yaml, "  '%s': {cause: it failed, solution: try again}\n", code);
    cr_assert(!yaml.failed);
    cr_assert_eq(gloss_catalogs_new(&set), 0);
    cr_assert_eq(gloss_catalogs_read(set, file, gloss_buf_view(&yaml), &diags), 0, "%s",
                 diags.n > 0 ? diags.items[0].text : "");
    gloss_diags_deinit(&diags);
    gloss_buf_deinit(&yaml);
    free(codes);
    return set;
}

Test(truth, codes_with_dots_are_counted_as_their_truth_has_them)
{
    CLEANUP(gloss_catalogs_freep)
    struct gloss_catalogs *set = catalog_of("composites/dev-4-dotted.codes");
    struct gloss_span text;
    char *truth_text, *bytes = read_log("dev-4-dotted", &text);

    check(set, text, truth_of("dev-4-dotted", "full", &truth_text), "dev-4-dotted");
    free(bytes);
    free(truth_text);
}

static uint64_t newlines(struct gloss_span text)
{
    uint64_t n = text.len > 0 && text.ptr[text.len - 1] != '\n';

    for (size_t i = 0; i < text.len; i++)
        n += text.ptr[i] == '\n';
    return n;
}

Test(truth, real_logs_have_none_of_the_codes)
{
    CLEANUP(gloss_catalogs_freep) struct gloss_catalogs *set = builtin();
    CLEANUP(freep) char *folder = shared_data_path("logs");
    struct dirent **files;
    int n = scandir(folder, &files, NULL, alphasort), seen = 0;

    if (n < 0) {
        cr_log_warn("%s is not there: SKIPPED", folder);
        cr_skip_test("the real logs are not there");
    }
    for (int i = 0; i < n; free(files[i++])) {
        char name[512], truth[128];
        size_t length;
        char *bytes;

        if (files[i]->d_name[0] == '.')
            continue;
        snprintf(name, sizeof(name), "logs/%s", files[i]->d_name);
        bytes = shared_data_read(name, &length);
        snprintf(truth, sizeof(truth), "{\"lines\":%lu,\"codes\":{},\"unknown\":{}}",
                 newlines(gloss_span(bytes, length)));
        check(set, gloss_span(bytes, length), gloss_span_str(truth), files[i]->d_name);
        free(bytes);
        seen++;
    }
    free(files);
    cr_expect_gt(seen, 70);
}
