/* Whoever owns a log chooses its bytes and its name, and perhaps what a catalog says. Root reads of
 * it at a terminal, by any command and in any format; the terminal must not obey. */

#include "core/base/util.h"
#include "helpers/service.h"

#include <criterion/criterion.h>
#include <ctype.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>

TestSuite(terminal, .fini = scratch_remove);

/* A title, a cleared screen, hidden text, C1 in UTF-8 and raw, a line end, a carriage return. */
#define HOSTILE                      \
    "\x1b]0;owned\x07\x1b[2J\x1b[8m" \
    "\xC2\x9B"                       \
    "31m\x9b"                        \
    "41m\x0e\r\x7f"
#define NAME "x" HOSTILE "\n.log"

static const char config_text[] = "state: '@/state.db'\n"
                                  "catalogs: ['@/own.yaml']\n"
                                  "sources: [{follow: '@/logs/*.log'}]\n"
                                  "sinks: [{file: '@/out', emit: all}]\n";

static const char catalog_text[] = "catalog: own\n"
                                   "codes:\n"
                                   "  OWN_ERROR:\n"
                                   "    pattern: 'OWN_(?<what>\\S+)'\n"
                                   "    cause: 'cause {what}'\n"
                                   "    solution: 'solution {what}'\n"
                                   "  OWN_PLAIN:\n"
                                   "    cause: c\n"
                                   "    solution: s\n"
                                   "family: 'UNKNOWN\\S+'\n";

static const char bad_text[] = "catalog: bad\n\"k\\e[2Jey\xC2\x9B\": \x01\n";

/* Takes the allowed colours off the beginning: ESC [ numbers m without 8. */
static size_t color_at(const char *p)
{
    size_t n = 2;

    if (p[0] != '\x1b' || p[1] != '[')
        return 0;
    while (isdigit((unsigned char)p[n]) || p[n] == ';')
        n++;
    if (p[n] != 'm' || memmem(p, n, "[8m", 2) || memmem(p, n, ";8", 2))
        return 0;
    return n + 1;
}

/* What a screen that is drawn again and again does itself. */
static size_t drawing_at(const char *p)
{
    static const char *const own[] = {"\x1b[?25l", "\x1b[?25h", "\x1b[?7l", "\x1b[?7h",
                                      "\x1b[H",    "\x1b[K",    "\x1b[J",   "\r"};

    for (size_t i = 0; i < ARRAY_SIZE(own); i++)
        if (strncmp(p, own[i], strlen(own[i])) == 0)
            return strlen(own[i]);
    return 0;
}

/* The length of a character that is no control character; 0: it is one, or no UTF-8. */
static size_t character_at(const char *p)
{
    const unsigned char *u = (const unsigned char *)p;
    size_t n = u[0] < 0x80 ? 1 : u[0] >= 0xf0 ? 4 : u[0] >= 0xe0 ? 3 : u[0] >= 0xc2 ? 2 : 0;

    if (n == 0 || (n == 1 && (u[0] < 0x20 || u[0] == 0x7f)) || (u[0] == 0xc2 && u[1] < 0xa0))
        return 0;
    for (size_t i = 1; i < n; i++)
        if (u[i] < 0x80 || u[i] > 0xbf)
            return 0;
    return n;
}

static void expect_harmless(const struct gloss_buf *text, bool draws, const char *what)
{
    for (size_t at = 0, n; at < text->len; at += n) {
        const char *p = text->ptr + at;

        n = *p == '\n' || *p == '\t' || (*p == '\r' && p[1] == '\n') ? 1 : color_at(p);
        if (n == 0 && draws)
            n = drawing_at(p);
        if (n == 0)
            n = character_at(p);
        cr_expect_gt(n, 0, "%s sends \\x%02x at %zu: %s", what, (unsigned char)*p, at, text->ptr);
        if (n == 0)
            return;
    }
}

struct place {
    const char *config, *log, *catalog, *bad, *state;
};

/* A log of a hostile name that the service has read. */
static struct place a_hostile_place(void)
{
    struct place p;

    cr_assert_eq(mkdir(scratch_path("logs"), 0755), 0);
    p.catalog = scratch_file("own.yaml", catalog_text, strlen(catalog_text));
    p.bad = scratch_file("bad" HOSTILE ".yaml", bad_text, strlen(bad_text));
    service_append("logs/" NAME, "OWN_" HOSTILE " \x1b[31mred " HOSTILE "\n"
                                 "UNKNOWN" HOSTILE "x BIZ_\x1b[1m\nOWN_PLAIN\n");
    p.config = service_config(config_text);
    service_run(p.config, "out", "OWN_PLAIN");
    p.state = scratch_path("state.db");
    p.log = scratch_path("logs/" NAME);
    return p;
}

static void expect_shown(const char *const *words, const char *what)
{
    const struct run_options terminals = {.out_terminal = true, .err_terminal = true};
    static const char input[] = "\x1b]0;in\x07OWN_" HOSTILE "\n";
    struct run r;

    run_all(&r, &terminals, input, strlen(input), words);
    cr_expect_neq(r.status, RUN_HUNG, "%s", what);
    cr_expect_gt(r.out_text.len + r.err_text.len, 0, "%s says something", what);
    expect_harmless(&r.out_text, false, what);
    expect_harmless(&r.err_text, false, what);
    run_free(&r);
}

#define SHOWN(...) expect_shown((const char *const[]){__VA_ARGS__, NULL}, #__VA_ARGS__)

Test(terminal, no_command_sends_a_control_character_of_a_log_or_a_name)
{
    const struct place p = a_hostile_place();
    const char *none = scratch_path("none" HOSTILE);

    SHOWN("annotate", "--format=text", "-c", p.catalog, p.log);
    SHOWN("annotate", "--format=note", "-c", p.catalog, p.log, p.log, "--progress");
    SHOWN("annotate", "--format=json", "-c", p.catalog, p.log);
    SHOWN("annotate", "--format=logfmt", "-c", p.catalog, p.log);
    SHOWN("annotate", "-C2", "--color=always", "-c", p.catalog, "--summary", "-");
    SHOWN("annotate", "-o", "/dev/stdout", "--format=text", "-c", p.catalog, p.log);
    SHOWN("annotate", none);
    SHOWN("annotate", "-o", none, none);
    SHOWN("summary", "--format=table", "-c", p.catalog, p.log);
    SHOWN("summary", "--format=csv", "--by=source", "-c", p.catalog, p.log);
    SHOWN("summary", "--format=json", "-c", p.catalog, p.log);
    SHOWN("summary", "--format=prometheus", "-c", p.catalog, p.log);
    SHOWN("summary", "--by=source", "--config", p.config);
    SHOWN("summary", "--format=csv", "--by=source", "--config", p.config);
    SHOWN("summary", "--format=prometheus", "--config", p.config);
    SHOWN("summary", "--state", none);
    SHOWN("state", "show", "--config", p.config);
    SHOWN("state", "show", "--format=json", "--config", p.config);
    SHOWN("state", "forget", "--config", p.config, HOSTILE);
    SHOWN("state", "rewind", "--config", p.config, "app", "0", none);
    SHOWN("verify", "--config", p.config);
    SHOWN("verify", "--state", none);
    SHOWN("check", "--config", p.config);
    SHOWN("check", "--config", p.bad);
    SHOWN("check", "--config", none);
    SHOWN("explain", "-c", p.catalog, "--config", p.config, "OWN_" HOSTILE);
    SHOWN("explain", "-c", p.catalog, "--config", p.config, "--format=json", "OWN_" HOSTILE);
    SHOWN("explain", "-c", p.catalog, "OWN_", HOSTILE);
    SHOWN("catalog", "list", "-c", p.catalog);
    SHOWN("catalog", "list", p.bad);
    SHOWN("catalog", "show", "-c", p.catalog, "own");
    SHOWN("catalog", "show", "-c", p.catalog, "OWN_ERROR");
    SHOWN("catalog", "show", HOSTILE);
    SHOWN("catalog", "check", p.catalog, p.bad, none);
    SHOWN("catalog", "export", "-c", p.catalog, "--format=journal");
    SHOWN("catalog", "export", "-c", p.catalog);
    SHOWN("run", "--config", p.bad);
    SHOWN(HOSTILE);
    SHOWN("--" HOSTILE);
}

/* The one that draws: what it draws is ours, what it shows is not. */
Test(terminal, the_screen_of_watch_draws_and_shows)
{
    const struct run_options terminals = {.out_terminal = true, .err_terminal = true};
    const struct place p = a_hostile_place();
    struct run r;

    run_start(&r, &terminals, "summary", "--config", p.config, "--watch=100ms", "--by=source",
              NULL);
    cr_assert(run_hears(&r, "\033[J\033[?7h\033[?7l\033[H"), "drawn twice");
    kill(r.pid, SIGINT);
    cr_expect_eq(run_end(&r), 0);
    expect_harmless(&r.out_text, true, "summary --watch");
    run_free(&r);
}

Test(terminal, a_sink_that_is_standard_output_at_a_terminal_shows)
{
    static const char text[] = "state: '@/state.db'\n"
                               "sources: [{name: app, follow: '@/a.log'}]\n"
                               "sinks: [{stdout: true, emit: all}]\n";
    const struct run_options terminals = {.out_terminal = true, .err_terminal = true};
    const char *config = service_config(text);
    struct run r;

    service_append("a.log", "\x1b[31mred " HOSTILE "\nBIZ_NO_MESSAGE last\n");
    run_start(&r, &terminals, "run", "--config", config, NULL);
    cr_assert(run_hears(&r, "last"));
    kill(r.pid, SIGTERM);
    cr_expect_eq(run_end(&r), 0);
    expect_harmless(&r.out_text, false, "run");
    cr_expect(strstr(r.out_text.ptr, "\x1b[31mred ^[]0;owned^G^[[2J^[[8m"), "%s", r.out_text.ptr);
    run_free(&r);
}

/* The names of files may hold line ends, too: a row of a table must not be made by a name. */
Test(terminal, a_name_makes_no_row)
{
    static const char *const verbs[][2] = {{"state", "show"}, {"verify", NULL}};
    const struct place p = a_hostile_place();

    for (size_t i = 0; i < ARRAY_SIZE(verbs); i++) {
        const char *const words[] = {verbs[i][0], verbs[i][1] ? verbs[i][1] : "--config",
                                     verbs[i][1] ? "--config" : p.config,
                                     verbs[i][1] ? p.config : NULL, NULL};
        struct run r;

        run_all(&r, NULL, "", 0, words);
        cr_expect_null(strstr(r.out_text.ptr, "\n.log"), "%s", r.out_text.ptr);
        run_free(&r);
    }
}

Test(terminal, colours_of_a_log_stay_and_end_with_their_line)
{
    const struct run_options terminal = {.out_terminal = true};
    static const char log[] = "\x1b[32mINFO\x1b[0m fine\n\x1b[31mBIZ_NO_MESSAGE\nplain\n";
    struct run r;

    RUN(&r, &terminal, log, "annotate", "--format=text", "--color=never", "--no-summary");
    cr_expect(strstr(r.out_text.ptr, "\x1b[32mINFO\x1b[0m fine\n\x1b[31mBIZ_NO_MESSAGE  # "), "%s",
              r.out_text.ptr);
    cr_expect(strstr(r.out_text.ptr, "\x1b[0m\nplain\n"), "%s", r.out_text.ptr);
    run_free(&r);
}

Test(terminal, a_pipe_gets_the_bytes_as_they_are)
{
    static const char log[] = HOSTILE "\r\n\x1b[31mred\n" HOSTILE;
    struct run r;

    RUN(&r, NULL, log, "annotate", "--format=text");
    cr_expect(r.out_text.len == strlen(log) && memcmp(r.out_text.ptr, log, strlen(log)) == 0, "%s",
              r.out_text.ptr);
    run_free(&r);
}
