/* A hit as an entry of the journal, byte by byte. */

#include "core/base/util.h"
#include "core/render/journal_entry.h"
#include "helpers/feed.h"

#include <criterion/criterion.h>

static const char yaml[] = "catalog: shop\n"
                           "codes:\n"
                           "  BIZ_FIRE: {cause: It burns., solution: Run., severity: critical}\n"
                           "  BIZ_SLOW: {cause: Slow., solution: Wait., severity: warning}\n"
                           "  BIZ_OPEN: {cause: Open., solution: Enter., severity: info}\n"
                           "  ORA-N:\n"
                           "    pattern: 'ORA-(?<number>\\d{5})'\n"
                           "    cause: 'Error {number}.'\n"
                           "    solution: 'Look {number} up.'\n";

static struct gloss_buf entry_of(const struct gloss_catalogs *set, const char *code,
                                 struct gloss_span text, size_t at,
                                 const struct gloss_capture *capture)
{
    struct gloss_hit hit = {.entry = gloss_catalogs_find(set, gloss_span_str(code)),
                            .text = gloss_span(text.ptr + at, 8),
                            .captures = capture,
                            .n_captures = capture != NULL};
    struct gloss_line line = {.text = text, .number = 7, .offset = 4096, .hits = &hit, .n_hits = 1};
    struct gloss_buf out = {0};

    journal_entry_write(&out, "app", &line, &hit);
    cr_assert_not(out.failed);
    return out;
}

Test(journal_entry, has_the_line_what_explains_it_and_where_it_stood)
{
    CLEANUP(gloss_catalogs_freep) struct gloss_catalogs *set = feed_catalogs(yaml);
    CLEANUP(gloss_buf_deinit)
    struct gloss_buf out = entry_of(set, "BIZ_FIRE", gloss_span_str("a BIZ_FIRE\tb\r"), 2, NULL);

    gloss_buf_char(&out, '\0');
    cr_expect_str_eq(out.ptr, "MESSAGE=a BIZ_FIRE\tb\r\n"
                              "MESSAGE_ID=233723d66ef88a73a5c45ce677db4915\n"
                              "PRIORITY=2\n"
                              "SYSLOG_IDENTIFIER=glossd\n"
                              "GLOSS_CODE=BIZ_FIRE\n"
                              "GLOSS_CATALOG=shop\n"
                              "GLOSS_SEVERITY=critical\n"
                              "GLOSS_CAUSE=It burns.\n"
                              "GLOSS_SOLUTION=Run.\n"
                              "GLOSS_SOURCE=app\n"
                              "GLOSS_LINE=7\n"
                              "GLOSS_OFFSET=4096\n");
}

Test(journal_entry, its_priority_is_that_of_the_severity)
{
    static const struct {
        const char *code, *priority;
    } rows[] = {{"BIZ_FIRE", "\nPRIORITY=2\n"},
                {"ORA-N", "\nPRIORITY=3\n"},
                {"BIZ_SLOW", "\nPRIORITY=4\n"},
                {"BIZ_OPEN", "\nPRIORITY=6\n"}};
    CLEANUP(gloss_catalogs_freep) struct gloss_catalogs *set = feed_catalogs(yaml);

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        CLEANUP(gloss_buf_deinit)
        struct gloss_buf out = entry_of(set, rows[i].code, gloss_span_str("a BIZ_FIRE"), 2, NULL);

        cr_expect_not_null(memmem(out.ptr, out.len, rows[i].priority, strlen(rows[i].priority)),
                           "%s", rows[i].code);
    }
}

Test(journal_entry, captures_stand_in_cause_and_solution)
{
    static const struct gloss_capture capture = {.name = "number",
                                                 .value = {.ptr = "12345", .len = 5}};
    CLEANUP(gloss_catalogs_freep) struct gloss_catalogs *set = feed_catalogs(yaml);
    CLEANUP(gloss_buf_deinit)
    struct gloss_buf out = entry_of(set, "ORA-N", gloss_span_str("a ORA-12345"), 2, &capture);
    static const char expected[] = "GLOSS_CAUSE=Error 12345.\nGLOSS_SOLUTION=Look 12345 up.\n";

    cr_expect_not_null(memmem(out.ptr, out.len, expected, strlen(expected)));
}

Test(journal_entry, of_a_line_that_is_too_long_the_part_with_the_hit_is_shown)
{
    CLEANUP(gloss_catalogs_freep) struct gloss_catalogs *set = feed_catalogs(yaml);
    static char text[3 * JOURNAL_ENTRY_TEXT_MAX];

    memset(text, 'x', sizeof(text));
    memcpy(text + 100, "BIZ_FIRE", 8);
    memcpy(text + 2 * JOURNAL_ENTRY_TEXT_MAX, "BIZ_FIRE", 8);
    for (int i = 0; i < 2; i++) {
        size_t at = i == 0 ? 100 : 2 * JOURNAL_ENTRY_TEXT_MAX;
        CLEANUP(gloss_buf_deinit)
        struct gloss_buf out = entry_of(set, "BIZ_FIRE", gloss_span(text, sizeof(text)), at, NULL);
        const char *end = memchr(out.ptr, '\n', out.len);

        cr_expect_eq(end - out.ptr, (long)(strlen("MESSAGE=") + JOURNAL_ENTRY_TEXT_MAX));
        cr_expect_not_null(memmem(out.ptr, (size_t)(end - out.ptr), "BIZ_FIRE", 8), "%d", i);
    }
}

Test(journal_entry, what_holds_a_newline_has_its_length_before_it)
{
    CLEANUP(gloss_catalogs_freep) struct gloss_catalogs *set = feed_catalogs(yaml);
    CLEANUP(gloss_buf_deinit)
    struct gloss_buf out = entry_of(set, "BIZ_FIRE", gloss_span("a\nBIZ_FIRE", 10), 2, NULL);
    static const char expected[] = "MESSAGE\n\x0a\0\0\0\0\0\0\0a\nBIZ_FIRE\nMESSAGE_ID=";

    cr_expect_eq(memcmp(out.ptr, expected, sizeof(expected) - 1), 0);
}
