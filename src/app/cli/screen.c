/* Each line is written over the old one, and then the rest of its row is erased. So no row is blank
 * between two texts. Line wrapping is switched off meanwhile: a line that is too long for its row
 * is cut there and does not move the lines below. The last row stays free for the cursor. */

#include "app/cli/screen.h"

#include "core/base/terminal_filter.h"
#include "core/base/util.h"
#include "io/files/write_all.h"

#include <gloss/buf.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define HIDE_CURSOR "\033[?25l"
#define SHOW_CURSOR "\033[?25h"
#define NO_WRAP "\033[?7l"
#define WRAP "\033[?7h"
#define TO_BEGIN "\033[H"
#define ERASE_REST_OF_LINE "\033[K"
#define ERASE_BELOW "\033[J"
/* Written over the "^C" that a terminal shows. */
#define LAST_WORDS "\r" ERASE_REST_OF_LINE WRAP SHOW_CURSOR
#define ROWS_UNKNOWN 24

static unsigned rows_of(int fd)
{
    struct winsize size;

    return ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 ? size.ws_row : ROWS_UNKNOWN;
}

void screen_open(struct screen *s, int fd)
{
    const char *term = getenv("TERM");
    struct gloss_buf out = {0};

    *s = (struct screen){.fd = fd, .on = isatty(fd) && term && !STREQ(term, "dumb")};
    if (!s->on)
        return;
    gloss_buf_str(&out, HIDE_CURSOR);
    for (unsigned i = rows_of(fd); i > 1; i--)
        gloss_buf_char(&out, '\n');
    if (!out.failed)
        write_all_bytes(fd, out.ptr, out.len);
    gloss_buf_deinit(&out);
}

/* Takes the next line off the text, without its line end. */
static struct gloss_span take_line(struct gloss_span *text)
{
    const char *end = memchr(text->ptr, '\n', text->len);
    struct gloss_span line = gloss_span(text->ptr, end ? (size_t)(end - text->ptr) : text->len);
    size_t took = line.len + (end != NULL);

    *text = gloss_span(text->ptr + took, text->len - took);
    return line;
}

static void put_lines(struct gloss_buf *out, struct gloss_span text, unsigned rows)
{
    struct terminal_filter filter = {0};
    unsigned row = 1;

    for (; text.len > 0 && row < rows; row++) {
        struct gloss_span line = take_line(&text);

        if (row + 1 == rows && text.len > 0)
            line = gloss_span_str("(there are more lines; a taller terminal shows them)");
        terminal_filter_write(&filter, line, out);
        terminal_filter_end(&filter, out);
        gloss_buf_str(out, ERASE_REST_OF_LINE "\r\n");
    }
}

int screen_draw(struct screen *s, struct gloss_span text)
{
    struct gloss_buf out = {0};
    int r;

    gloss_buf_str(&out, NO_WRAP TO_BEGIN);
    put_lines(&out, text, rows_of(s->fd));
    gloss_buf_str(&out, ERASE_BELOW WRAP);
    r = out.failed ? -ENOMEM : write_all_bytes(s->fd, out.ptr, out.len);
    gloss_buf_deinit(&out);
    return r;
}

void screen_close(struct screen *s)
{
    if (s->on)
        write_all_bytes(s->fd, LAST_WORDS, strlen(LAST_WORDS));
    s->on = false;
}
