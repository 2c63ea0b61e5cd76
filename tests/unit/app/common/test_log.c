/* What a person gets to read on standard error: not all, and nothing forged. */

#include "app/common/log.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

static int fds[2];

static void catch_standard_error(void)
{
    unsetenv("JOURNAL_STREAM");
    cr_assert_eq(pipe(fds), 0);
    cr_assert_eq(fcntl(fds[0], F_SETFL, O_NONBLOCK), 0);
    cr_assert_eq(dup2(fds[1], STDERR_FILENO), STDERR_FILENO);
}

TestSuite(log, .init = catch_standard_error);

/* The lines that were logged since the last call. */
static const char *logged(void)
{
    static char text[65536];
    ssize_t n = read(fds[0], text, sizeof(text) - 1);

    text[n > 0 ? n : 0] = '\0';
    return text;
}

static size_t count_lines(const char *text)
{
    size_t n = 0;

    for (; (text = strchr(text, '\n')); text++)
        n++;
    return n;
}

Test(log, a_line_names_the_program_and_the_component)
{
    log_init(LOG_NOTICE);
    log_message(LOG_NOTICE, "sink", "cannot write to '%s'", "a");
    cr_expect_str_eq(logged(), "glossd: sink: cannot write to 'a'\n");
    log_message(LOG_INFO, "sink", "chatter");
    cr_expect_str_eq(logged(), "");
}

Test(log, a_journal_gets_priorities)
{
    setenv("JOURNAL_STREAM", "8:1", 1);
    log_init(LOG_INFO);
    log_message(LOG_WARNING, "sink", "b");
    cr_expect_str_eq(logged(), "<4>sink: b\n");
}

Test(log, control_characters_cannot_forge_a_line)
{
    log_init(LOG_NOTICE);
    log_message(LOG_ERR, "source", "'%s'", "a\nglossd: b\x1b[31m\x7f");
    cr_expect_str_eq(logged(), "glossd: source: 'a?glossd: b?[31m?'\n");
}

Test(log, a_component_logs_20_lines_at_once_and_every_error)
{
    log_init(LOG_NOTICE);
    for (int i = 0; i < 50; i++)
        log_message(LOG_NOTICE, "source", "%d", i);
    cr_expect_eq(count_lines(logged()), 20);
    log_message(LOG_NOTICE, "sink", "another component");
    log_message(LOG_ERR, "source", "an error");
    cr_expect_eq(count_lines(logged()), 2);
}

Test(log, a_text_that_is_too_long_is_cut_and_still_one_line)
{
    static char text[5000];
    const char *line;

    memset(text, 'x', sizeof(text) - 1);
    log_init(LOG_NOTICE);
    log_message(LOG_NOTICE, "source", "%s", text);
    line = logged();
    cr_expect_eq(count_lines(line), 1);
    cr_expect_gt(strlen(line), 1000);
    cr_expect_eq(line[strlen(line) - 1], '\n');
}
