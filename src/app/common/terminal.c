#include "app/common/terminal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

unsigned terminal_width(int fd)
{
    const char *columns = getenv("COLUMNS");
    struct winsize size;
    char *end;

    if (!isatty(fd))
        return 0;
    if (columns && *columns) {
        unsigned long n = strtoul(columns, &end, 10);

        if (*end == '\0' && n > 0 && n < 10000)
            return (unsigned)n;
    }
    if (ioctl(fd, TIOCGWINSZ, &size) == 0)
        return size.ws_col;
    return 0;
}

bool terminal_can_color(int fd)
{
    const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

    if (no_color && *no_color)
        return false;
    return isatty(fd) && !(term && strcmp(term, "dumb") == 0);
}
