/* Where output goes, and what happens when it cannot be written. */

#include "core/base/util.h"
#include "helpers/run.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

TestSuite(output, .fini = scratch_remove);

static struct gloss_buf file_text(const char *path)
{
    struct gloss_buf text = {0};
    FILE *file = fopen(path, "rb");
    char piece[4096];
    size_t n;

    cr_assert_not_null(file, "%s opens", path);
    while ((n = fread(piece, 1, sizeof(piece), file)) > 0)
        gloss_buf_append(&text, piece, n);
    fclose(file);
    gloss_buf_char(&text, '\0');
    return text;
}

static void expect_file(const char *path, const char *wanted)
{
    struct gloss_buf text = file_text(path);

    cr_expect_str_eq(text.ptr, wanted);
    gloss_buf_deinit(&text);
}

Test(output, a_full_disk_ends_with_2_and_is_named)
{
    const struct run_options full = {.stdout_path = "/dev/full"};
    static const char *const cases[][4] = {
        {"annotate"}, {"summary"}, {"annotate", "--output", "/dev/full"}, {"--help"}};

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const char *thing = i == 2 ? "/dev/full: " : "standard output: ";
        struct run r;

        cr_expect_eq(run_all(&r, &full, "BIZ_NO_MESSAGE\n", 15, cases[i]), 2, "case %zu", i);
        cr_expect(strstr(r.err_text.ptr, thing), "case %zu: %s", i, r.err_text.ptr);
        run_free(&r);
    }
}

Test(output, a_file_at_its_limit_ends_with_2_and_is_named)
{
    const struct run_options small = {.max_file_bytes = 10};
    struct run r;

    cr_expect_eq(RUN(&r, &small, "a line of more than ten bytes\n", "annotate", "-o",
                     scratch_path("limited")),
                 2);
    cr_expect(strstr(r.err_text.ptr, "limited: "), "%s", r.err_text.ptr);
    run_free(&r);
    expect_file(scratch_path("limited"), "a line of ");
}

Test(output, a_reader_that_leaves_ends_it_quietly)
{
    struct run r;

    run_start(&r, NULL, "annotate", "--summary", NULL);
    run_send(&r, "one\n", 4);
    cr_assert(run_hears(&r, "one\n"));
    close(r.out);
    r.out = -1;
    while (run_send(&r, "BIZ_NO_MESSAGE\n", 15))
        ;
    cr_expect_eq(run_end(&r), 0, "status %d", r.status);
    cr_expect_eq(r.err_text.len, 0, "%s", r.err_text.ptr);
    run_free(&r);
}

Test(output, a_file_is_replaced_only_when_it_is_no_input)
{
    const char *log = scratch_file("log", "ONE\n", 4);
    const char *out = scratch_file("out", "older and longer than what comes\n", 33);
    const char *link = scratch_path("link");
    struct run r;

    cr_expect_eq(RUN(&r, NULL, "", "annotate", "--output", out, log), 0);
    cr_expect_eq(r.out_text.len, 0);
    run_free(&r);
    expect_file(out, "ONE\n");

    cr_assert_eq(symlink(log, link), 0);
    cr_expect_eq(RUN(&r, NULL, "", "annotate", "-o", link, out, log), 2);
    cr_expect(strstr(r.err_text.ptr, "is also an input"), "%s", r.err_text.ptr);
    run_free(&r);
    expect_file(log, "ONE\n");

    cr_expect_eq(RUN(&r, (&(struct run_options){.stdin_path = log}), "", "annotate", "-o", log), 2);
    run_free(&r);
    expect_file(log, "ONE\n");
}

Test(output, a_file_that_cannot_be_made_is_named)
{
    const char *path = scratch_path("no/such/folder");
    struct run r;

    cr_expect_eq(RUN(&r, NULL, "", "annotate", "--output", path), 2);
    cr_expect(strstr(r.err_text.ptr, path), "%s", r.err_text.ptr);
    run_free(&r);
}

Test(output, what_is_appended_to_is_not_read)
{
    const char *log = scratch_file("log", "ONE\n", 4);
    const struct run_options append = {.stdout_path = log};
    struct run r;

    cr_expect_eq(RUN(&r, &append, "", "annotate", log), 2);
    cr_expect(strstr(r.err_text.ptr, "is also the output"), "%s", r.err_text.ptr);
    run_free(&r);
    expect_file(log, "ONE\n");
}

/* The first file that is opened would get the number of the closed descriptor. */
Test(output, closed_descriptors_do_not_let_messages_into_files)
{
    static const struct run_options closed[] = {
        {.err_closed = true},
        {.out_closed = true},
        {.in_closed = true, .out_closed = true, .err_closed = true},
    };

    for (size_t i = 0; i < ARRAY_SIZE(closed); i++) {
        const char *log = scratch_file("log", "x BIZ_NO_MESSAGE\n", 17);
        const char *out = scratch_path("out");
        struct run r;

        RUN(&r, &closed[i], "", "annotate", "--summary", "-femit", log);
        cr_expect_eq(r.status, 2, "case %zu", i);
        run_free(&r);
        cr_expect_eq(RUN(&r, &closed[i], "", "annotate", "--summary", "--format=text", "--only",
                         "ONS_SYSTEM_ERROR", "--output", out, log),
                     0, "case %zu", i);
        run_free(&r);
        expect_file(out, "x BIZ_NO_MESSAGE\n");
        expect_file(log, "x BIZ_NO_MESSAGE\n");
    }
}

Test(output, a_terminal_gets_notes_in_colour_and_a_pipe_gets_text)
{
    static const char *const no_color[] = {"NO_COLOR=1", NULL}, *const dumb[] = {"TERM=dumb", NULL};
    static const struct {
        bool terminal;
        const char *const *env;
        const char *words[4];
        bool color, note;
    } cases[] = {
        {false, NULL, {"annotate"}, false, false},
        {true, NULL, {"annotate"}, true, true},
        {true, no_color, {"annotate"}, false, true},
        {true, dumb, {"annotate"}, false, true},
        {true, no_color, {"annotate", "--color=always"}, true, true},
        {true, NULL, {"annotate", "--color=never"}, false, true},
        {true, NULL, {"annotate", "--format=text", "--color=never"}, false, false},
        {false, NULL, {"annotate", "--color=always"}, true, false},
        {false, NULL, {"annotate", "--format=note"}, false, true},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const struct run_options options = {.out_terminal = cases[i].terminal, .env = cases[i].env};
        struct run r;

        cr_expect_eq(run_all(&r, &options, "BIZ_NO_MESSAGE x\n", 17, cases[i].words), 0);
        cr_expect_eq(strstr(r.out_text.ptr, "\033[") != NULL, cases[i].color, "case %zu: %s", i,
                     r.out_text.ptr);
        cr_expect_eq(strstr(r.out_text.ptr, " x\n") != NULL, cases[i].note, "case %zu: %s", i,
                     r.out_text.ptr);
        run_free(&r);
    }
}

Test(output, control_characters_do_not_reach_a_terminal)
{
    const struct run_options terminal = {.out_terminal = true};
    static const char log[] = "\033]0;owned\007 BIZ_NO_MESSAGE\n";
    struct run r;

    cr_expect_eq(RUN(&r, &terminal, log, "annotate", "--color=never"), 0);
    cr_expect_null(strchr(r.out_text.ptr, '\033'));
    cr_expect(strstr(r.out_text.ptr, "^[]0;owned^G"), "%s", r.out_text.ptr);
    run_free(&r);
}

Test(output, a_summary_stands_on_standard_error_where_that_is_a_terminal_or_asked_for)
{
    static const struct {
        bool terminal;
        const char *option;
        bool wanted;
    } cases[] = {{true, NULL, true},
                 {false, NULL, false},
                 {false, "--summary", true},
                 {true, "--no-summary", false},
                 {true, "--summary", true}};

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const struct run_options options = {.err_terminal = cases[i].terminal};
        struct run r;

        cr_expect_eq(RUN(&r, &options, "BIZ_NO_MESSAGE\n", "annotate", cases[i].option), 0);
        cr_expect_eq(strstr(r.err_text.ptr, "BIZ_NO_MESSAGE") != NULL, cases[i].wanted,
                     "case %zu: %s", i, r.err_text.ptr);
        cr_expect_null(strstr(r.out_text.ptr, "1 hit"));
        run_free(&r);
    }
}

Test(output, a_blank_line_parts_lines_from_counters_where_both_are_on_a_terminal)
{
    const struct run_options both = {.out_terminal = true, .err_terminal = true};
    const struct run_options one = {.err_terminal = true};
    struct run r;

    cr_expect_eq(RUN(&r, &both, "BIZ_NO_MESSAGE\n", "annotate", "--color=never"), 0);
    cr_expect_eq(strncmp(r.err_text.ptr, "\nCODE ", 6), 0, "%s", r.err_text.ptr);
    run_free(&r);
    cr_expect_eq(RUN(&r, &one, "BIZ_NO_MESSAGE\n", "annotate", "--color=never"), 0);
    cr_expect_eq(strncmp(r.err_text.ptr, "CODE ", 5), 0, "%s", r.err_text.ptr);
    run_free(&r);
}

Test(output, a_severity_has_one_colour_in_notes_tables_and_explanations)
{
    static const char *const commands[] = {"annotate", "summary", "explain"};
    static const struct {
        const char *code, *colour;
    } rows[] = {{"BIZ_NO_MESSAGE", "\x1b[36m"},
                {"BIZ_TOPIC_EXISTED", "\x1b[33m"},
                {"BIZ_TOPIC_NOT_FOUND", "\x1b[31m"},
                {"ONS_SYSTEM_ERROR", "\x1b[1;31m"}};

    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        for (size_t k = 0; k < ARRAY_SIZE(commands); k++) {
            const char *word = k == 2 ? rows[i].code : "-";
            struct run r;

            cr_expect_eq(RUN(&r, NULL, rows[i].code, commands[k], "--color=always", word), 0);
            cr_expect(strstr(r.out_text.ptr, rows[i].colour), "%s: %s", commands[k],
                      r.out_text.ptr);
            run_free(&r);
        }
}

Test(output, what_is_closed_is_neither_an_empty_log_nor_a_place_for_an_answer)
{
    static const struct run_options no_input = {.in_closed = true};
    static const struct run_options no_output = {.out_closed = true};
    static const char *const commands[] = {"annotate", "summary"};

    for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
        struct run r;

        cr_expect_eq(RUN(&r, &no_input, "", commands[i]), 2);
        cr_expect(strstr(r.err_text.ptr, "standard input: is closed; "), "%s", r.err_text.ptr);
        run_free(&r);
        cr_expect_eq(RUN(&r, &no_output, "BIZ_NO_MESSAGE\n", commands[i]), 2);
        cr_expect(strstr(r.err_text.ptr, "standard output: is closed; "), "%s", r.err_text.ptr);
        run_free(&r);
    }
}

Test(output, a_dash_is_standard_output)
{
    struct run r;

    cr_expect_eq(RUN(&r, NULL, "one\n", "annotate", "-o", "-"), 0);
    cr_expect_str_eq(r.out_text.ptr, "one\n");
    run_free(&r);
}

/* ---- the file of --output ---- */

#define LOG_LINE "x BIZ_NO_MESSAGE\n"

static struct stat stat_of(const char *path)
{
    struct stat st;

    cr_assert_eq(lstat(path, &st), 0, "%s", path);
    return st;
}

/* What the folder holds, hidden files too. */
static size_t names_in(const char *folder)
{
    size_t n = 0;
    DIR *dir = opendir(folder);

    cr_assert_not_null(dir);
    for (const struct dirent *e; (e = readdir(dir));)
        n += !STREQ(e->d_name, ".") && !STREQ(e->d_name, "..");
    closedir(dir);
    return n;
}

static int annotate_into(const char *out, const char *const *inputs, struct run *r)
{
    const char *words[8] = {"annotate", "--format=text", "--only=ONS_SYSTEM_ERROR", "-o", out};

    for (size_t i = 0; inputs[i]; i++)
        words[5 + i] = inputs[i];
    return run_all(r, NULL, LOG_LINE, strlen(LOG_LINE), words);
}
#define INTO(r, out, ...) annotate_into((out), (const char *const[]){__VA_ARGS__, NULL}, (r))

Test(output, a_file_is_replaced_at_the_end_and_keeps_its_mode)
{
    const char *log = scratch_file("log", LOG_LINE, strlen(LOG_LINE));
    const char *out = scratch_file("out", "OLD\n", 4), *old = scratch_path("old");
    ino_t former = stat_of(out).st_ino;
    struct run r;

    cr_assert_eq(chmod(out, 0604), 0);
    cr_assert_eq(link(out, old), 0);
    cr_expect_eq(INTO(&r, out, log), 0, "%s", r.err_text.ptr);
    run_free(&r);
    expect_file(out, LOG_LINE);
    expect_file(old, "OLD\n");
    cr_expect_eq(stat_of(out).st_mode & 07777, 0604);
    cr_expect_neq(stat_of(out).st_ino, former);
    cr_expect_eq(names_in(scratch()), 3);
}

Test(output, a_mistyped_input_leaves_the_file_as_it_was)
{
    const char *out = scratch_file("out", "OLD\n", 4), *none = scratch_path("none");
    const char *log = scratch_file("log", LOG_LINE, strlen(LOG_LINE)), *new = scratch_path("new");
    struct run r;

    cr_expect_eq(INTO(&r, out, none), 2);
    cr_expect(strstr(r.err_text.ptr, "none: no such file"), "%s", r.err_text.ptr);
    run_free(&r);
    expect_file(out, "OLD\n");
    cr_expect_eq(INTO(&r, new, none), 2);
    run_free(&r);
    cr_expect_eq(access(new, F_OK), -1, "nothing is made");
    cr_expect_eq(INTO(&r, out, none, log), 2, "what can be read is written");
    run_free(&r);
    expect_file(out, LOG_LINE);
    cr_expect_eq(names_in(scratch()), 2);
}

Test(output, of_a_pipe_is_written_as_it_comes)
{
    const char *out = scratch_file("out", "OLD AND LONGER THAN THE NEW\n", 28);
    ino_t former = stat_of(out).st_ino;
    struct run r;

    cr_expect_eq(INTO(&r, out, "-"), 0, "%s", r.err_text.ptr);
    run_free(&r);
    expect_file(out, LOG_LINE);
    cr_expect_eq(stat_of(out).st_ino, former);
    cr_expect_eq(RUN(&r, NULL, "", "annotate", "-o", out), 0);
    run_free(&r);
    expect_file(out, "");
}

Test(output, a_device_and_a_fifo_are_written_as_they_are)
{
    const char *log = scratch_file("log", LOG_LINE, strlen(LOG_LINE));
    const char *fifo = scratch_path("fifo");
    char text[64] = "";
    struct run r;
    int fd;

    cr_expect_eq(INTO(&r, "/dev/null", log), 0, "%s", r.err_text.ptr);
    run_free(&r);
    cr_expect(S_ISCHR(stat_of("/dev/null").st_mode));
    cr_expect_eq(INTO(&r, "/dev/full", log), 2);
    run_free(&r);
    cr_expect_eq(INTO(&r, "/dev/stdout", log), 0, "%s", r.err_text.ptr);
    cr_expect_str_eq(r.out_text.ptr, LOG_LINE);
    run_free(&r);
    cr_assert_eq(mkfifo(fifo, 0600), 0);
    fd = open(fifo, O_RDWR | O_CLOEXEC);
    cr_expect_eq(INTO(&r, fifo, log), 0, "%s", r.err_text.ptr);
    run_free(&r);
    cr_expect_eq(read(fd, text, sizeof(text) - 1), (ssize_t)strlen(LOG_LINE));
    cr_expect_str_eq(text, LOG_LINE);
    close(fd);
    cr_expect(S_ISFIFO(stat_of(fifo).st_mode));
}

Test(output, a_link_of_ones_own_stays_and_its_file_is_replaced)
{
    const char *log = scratch_file("log", LOG_LINE, strlen(LOG_LINE));
    const char *out = scratch_file("out", "OLD\n", 4), *path = scratch_path("link");
    struct run r;

    cr_assert_eq(symlink("out", path), 0);
    cr_expect_eq(INTO(&r, path, log), 0, "%s", r.err_text.ptr);
    run_free(&r);
    cr_expect(S_ISLNK(stat_of(path).st_mode));
    expect_file(out, LOG_LINE);
    cr_assert_eq(unlink(out), 0);
    cr_expect_eq(INTO(&r, path, log), 2);
    cr_expect(strstr(r.err_text.ptr, "'link' is a link that leads to nothing; name the file"), "%s",
              r.err_text.ptr);
    run_free(&r);
}

/* app/ belongs to user 1000, who waits for root to write there. */
Test(output, root_writes_through_no_link_of_a_stranger)
{
    static const char *const attacks[][3] = {
        {"app/x.out", "../secret", "app/x.out"}, /* the file */
        {"app/x.out", "../none", "app/x.out"},   /* a file that does not exist */
        {"app/sub", "..", "app/sub/secret"},     /* a folder on the way */
        {"app/new", "..", "app/new/none"},       /* to a new file */
        {"tmp/x.out", "../secret", "tmp/x.out"}, /* in a sticky folder of root */
        {"app/x.out", "/dev/null", "app/x.out"}, /* a device */
    };

    scratch_file("log", LOG_LINE, strlen(LOG_LINE));
    scratch_file("secret", "SECRET\n", 7);
    if (geteuid() != 0)
        cr_skip("it takes root to be robbed");
    cr_assert_eq(mkdir(scratch_path("app"), 0755) | mkdir(scratch_path("tmp"), 0755), 0);
    cr_assert_eq(chown(scratch_path("app"), 1000, 1000), 0);
    cr_assert_eq(chmod(scratch_path("tmp"), 01777), 0);
    for (size_t i = 0; i < ARRAY_SIZE(attacks); i++) {
        const char *place = scratch_path(attacks[i][0]), *out = scratch_path(attacks[i][2]);
        const char *log = scratch_path("log"), *secret = scratch_path("secret");
        struct run r;

        cr_assert_eq(symlink(attacks[i][1], place), 0);
        cr_assert_eq(lchown(place, 1000, 1000), 0);
        cr_expect_eq(INTO(&r, out, log), 2, "attack %zu: %s", i, r.err_text.ptr);
        cr_expect(strstr(r.err_text.ptr, "link"), "attack %zu: %s", i, r.err_text.ptr);
        run_free(&r);
        cr_expect_eq(INTO(&r, out, "-"), 2, "attack %zu: %s", i, r.err_text.ptr);
        run_free(&r);
        expect_file(secret, "SECRET\n");
        cr_expect_eq(access(scratch_path("none"), F_OK), -1, "attack %zu", i);
        cr_assert_eq(unlink(place), 0);
    }
}

/* A file in a folder where this user may make nothing. */
Test(output, a_file_that_may_be_written_and_not_replaced_is_written_in_place)
{
    const struct run_options nobody = {.user = 65534, .group = 65534};
    const char *out = scratch_path("sub/out"), *log;
    struct run r;

    if (geteuid() != 0)
        cr_skip("it takes root to become another user");
    cr_assert_eq(mkdir(scratch_path("sub"), 0755), 0);
    scratch_file("sub/out", "OLD\n", 4);
    log = scratch_file("log", LOG_LINE, strlen(LOG_LINE));
    cr_assert_eq(chmod(scratch(), 0755) | chmod(out, 0666) | chmod(log, 0644), 0);
    cr_expect_eq(RUN(&r, &nobody, "", "annotate", "--only=ONS_SYSTEM_ERROR", "-o", out, log), 0,
                 "%s", r.err_text.ptr);
    run_free(&r);
    expect_file(out, LOG_LINE);
    cr_expect_eq(stat_of(out).st_uid, 0);
    cr_assert_eq(chmod(out, 0444), 0);
    cr_expect_eq(RUN(&r, &nobody, "", "annotate", "-o", out, log), 2);
    run_free(&r);
    expect_file(out, LOG_LINE);
}
