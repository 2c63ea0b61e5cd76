/* A terminal that is drawn on: as many rows as it has, nothing blank in between, the cursor back.
 */

#include "app/cli/screen.h"
#include "core/base/util.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

static int master = -1, terminal = -1;

static void setup(void)
{
    struct termios mode;

    master = posix_openpt(O_RDWR | O_NOCTTY);
    cr_assert_geq(master, 0);
    cr_assert_eq(grantpt(master), 0);
    cr_assert_eq(unlockpt(master), 0);
    terminal = open(ptsname(master), O_RDWR | O_NOCTTY);
    cr_assert_geq(terminal, 0);
    cr_assert_eq(tcgetattr(terminal, &mode), 0);
    cfmakeraw(&mode);
    cr_assert_eq(tcsetattr(terminal, TCSANOW, &mode), 0);
    setenv("TERM", "xterm", 1);
}

static void teardown(void)
{
    close(master);
    close(terminal);
}

TestSuite(screen, .init = setup, .fini = teardown);

static void set_rows(unsigned short rows)
{
    struct winsize size = {.ws_row = rows, .ws_col = 80};

    cr_assert_eq(ioctl(terminal, TIOCSWINSZ, &size), 0);
}

/* What came on the terminal. */
static const char *shown(void)
{
    static char text[4096];
    ssize_t n = read(master, text, sizeof(text) - 1);

    cr_assert_gt(n, 0);
    text[n] = '\0';
    return text;
}

static void draw(struct screen *s, const char *text)
{
    cr_assert_eq(screen_draw(s, gloss_span_str(text)), 0);
}

Test(screen, what_stood_there_scrolls_away_and_each_text_takes_the_place_of_the_last)
{
    struct screen s;

    set_rows(4);
    screen_open(&s, terminal);
    cr_assert(s.on);
    cr_expect_str_eq(shown(), "\033[?25l\n\n\n");
    draw(&s, "one\ntwo\nthree\n");
    cr_expect_str_eq(shown(),
                     "\033[?7l\033[Hone\033[K\r\ntwo\033[K\r\nthree\033[K\r\n\033[J\033[?7h");
    draw(&s, "one\n");
    cr_expect_str_eq(shown(), "\033[?7l\033[Hone\033[K\r\n\033[J\033[?7h");
    screen_close(&s);
    cr_expect_str_eq(shown(), "\r\033[K\033[?7h\033[?25h");
    cr_expect_not(s.on);
}

Test(screen, a_text_that_is_too_tall_ends_with_a_word_about_it)
{
    struct screen s;

    set_rows(3);
    screen_open(&s, terminal);
    shown();
    draw(&s, "one\ntwo\nthree\n");
    cr_expect_str_eq(shown(), "\033[?7l\033[Hone\033[K\r\n"
                              "(there are more lines; a taller terminal shows them)\033[K\r\n"
                              "\033[J\033[?7h");
    set_rows(4);
    draw(&s, "one\ntwo\nthree\n");
    cr_expect_not_null(strstr(shown(), "three"), "it grew meanwhile");
}

Test(screen, what_cannot_be_drawn_on_is_left_alone)
{
    struct screen s;
    int pipes[2];

    cr_assert_eq(pipe(pipes), 0);
    screen_open(&s, pipes[1]);
    cr_expect_not(s.on);
    screen_close(&s);
    setenv("TERM", "dumb", 1);
    screen_open(&s, terminal);
    cr_expect_not(s.on);
    unsetenv("TERM");
    screen_open(&s, terminal);
    cr_expect_not(s.on);
    cr_assert_eq(fcntl(pipes[0], F_SETFL, O_NONBLOCK), 0);
    cr_expect_eq(read(pipes[0], &(char){0}, 1), -1, "nothing was written");
    close(pipes[0]);
    close(pipes[1]);
}
