/* A message is made whole before it is written, so that lines of several programs on one terminal
 * do not mix, and standard error needs no buffer of stdio that a signal could find half full. */

#include "app/common/message.h"

#include "app/common/exit_status.h"
#include "io/files/write_all.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define MESSAGE_BYTES 4096

void message_mask_controls(char *text)
{
    for (char *p = text; *p; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7f)
            *p = '?';
}

static void say_line(const char *thing, const char *level, const char *format, va_list args)
{
    char line[MESSAGE_BYTES + 1], what[MESSAGE_BYTES];
    int n;

    vsnprintf(what, sizeof(what), format, args);
    if (thing)
        n = snprintf(line, MESSAGE_BYTES,
                     thing[strspn(thing, " ")] ? "glossd: %.1024s: %s%s"
                                               : "glossd: '%.1024s': %s%s",
                     thing, level, what);
    else
        n = snprintf(line, MESSAGE_BYTES, "glossd: %s%s", level, what);
    if (n < 0)
        return;
    message_mask_controls(line);
    strcat(line, "\n");
    write_all_bytes(STDERR_FILENO, line, strlen(line));
}

int message_error(const char *thing, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    say_line(thing, "", format, args);
    va_end(args);
    return EXIT_TROUBLE;
}

void message_warning(const char *thing, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    say_line(thing, "warning: ", format, args);
    va_end(args);
}

int message_no_memory(void)
{
    return message_error(NULL,
                         "out of memory; close other programs or raise the limit (ulimit -v)");
}

const char *message_reason(int error)
{
    switch (-error) {
    case EACCES:
    case EPERM:
        return "permission denied; run as a user who may, or change its mode";
    case ENOENT:
        return "no such file; check the name";
    case ENOTDIR:
        return "a part of its path is no folder; check the name";
    case ELOOP:
        return "its links lead in a circle; name the file itself";
    case ENAMETOOLONG:
        return "the name is too long; check it, or name the file from a folder nearer to it";
    case ENXIO:
        return "cannot be opened as a file; pipe what it gives into standard input";
    case EIO:
        return "its disk cannot be read or written; the system's log has more";
    case EISDIR:
        return "is a folder; name a file in it";
    case EBADF:
        return "is closed; redirect it, to /dev/null where it does not matter";
    case EMFILE:
    case ENFILE:
        return "too many open files; raise the limit (ulimit -n)";
    case EROFS:
        return "the file system is read-only; write elsewhere";
    case ENOSPC:
    case EDQUOT:
        return "no space left; make room and run again";
    case EFBIG:
        return "as large as a file may get; write elsewhere or raise the limit (ulimit -f)";
    default:
        return strerror(-error);
    }
}

int message_answer(const char *bytes, size_t n)
{
    int r = write_all_bytes(STDOUT_FILENO, bytes, n);

    if (r == 0 || r == -EPIPE)
        return EXIT_OK;
    return message_error("standard output", "%s", message_reason(r));
}

unsigned message_width(int fd)
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

bool message_can_color(int fd)
{
    const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

    if (no_color && *no_color)
        return false;
    return isatty(fd) && !(term && strcmp(term, "dumb") == 0);
}
