/* The line that shows how far a file is read, as it stands on standard error. */

#include "app/batch/progress.h"
#include "core/base/util.h"

#include <criterion/criterion.h>
#include <unistd.h>

/* The end of a pipe that has taken the place of standard error. */
static int read_end = -1;

static void capture(void)
{
    int fds[2];

    cr_assert_eq(pipe(fds), 0);
    dup2(fds[1], STDERR_FILENO);
    close(fds[1]);
    read_end = fds[0];
}

/* What was written so far, and a "|" behind it, so that the read does not wait where that is
 * nothing. Good until the next call. */
static const char *captured(void)
{
    static char text[4096];
    ssize_t n;

    cr_assert_eq(write(STDERR_FILENO, "|", 1), 1);
    n = read(read_end, text, sizeof(text) - 1);
    cr_assert_gt(n, 0);
    text[n] = '\0';
    return text;
}

/* A progress whose file was started that long ago. */
static struct progress started_before(uint64_t ns, const char *name)
{
    struct progress p = {.on = true};

    progress_start(&p, name);
    p.started_ns -= ns;
    p.shown_ns -= ns;
    return p;
}

Test(progress, says_how_far_how_fast_and_how_long_still, .init = capture)
{
    struct progress p = started_before(4000000000, "a.log");
    const char *text;

    progress_show(&p, 1 << 20, 4 << 20);
    text = captured();
    cr_expect(strncmp(text, "\r\033[Ka.log: 1.0 MiB, ", 20) == 0, "%s", text);
    cr_expect(strstr(text, " KiB/s  25 %, 12 s left|"), "%s", text);
}

Test(progress, of_a_pipe_it_says_what_it_knows, .init = capture)
{
    struct progress p = started_before(2000000000, "stdin");
    const char *text;

    progress_show(&p, 100, 0);
    text = captured();
    cr_expect_str_eq(text, "\r\033[Kstdin: 100 B, 50 B/s|", "%s", text);
}

Test(progress, is_silent_when_off_when_young_and_between_turns, .init = capture)
{
    struct progress off = {.on = false}, young = {.on = true};
    struct progress shown = started_before(2000000000, "a");

    progress_start(&off, "a");
    progress_show(&off, 1, 2);
    progress_clear(&off);
    progress_start(&young, "a");
    progress_show(&young, 1, 2);
    progress_clear(&young);
    cr_expect_str_eq(captured(), "|");
    progress_show(&shown, 1, 2);
    captured();
    progress_show(&shown, 2, 2);
    cr_expect_str_eq(captured(), "|");
}

Test(progress, leaves_a_clear_line_and_obeys_no_name, .init = capture)
{
    struct progress p = started_before(2000000000, "a\033[2J\n");

    progress_show(&p, 100, 0);
    cr_expect(strstr(captured(), "a?[2J?: 100 B"));
    progress_clear(&p);
    cr_expect_str_eq(captured(), "\r\033[K|");
    progress_clear(&p);
    cr_expect_str_eq(captured(), "|");
}
