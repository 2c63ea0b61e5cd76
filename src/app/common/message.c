/* A message is written by one call: lines of several programs at one terminal do not mix, and there
 * is no buffer that could be half full when the program is killed. */

#include "app/common/message.h"

#include "app/common/exit_status.h"
#include "core/base/utf8.h"
#include "core/base/util.h"
#include "io/files/write_all.h"
#include "io/output/terminal_output.h"

#include <stdarg.h>
#include <stdio.h>

#define MESSAGE_BYTES 4096

void message_mask_controls(char *text)
{
    size_t n = strlen(text), at = 0;
    char *to = text;

    while (at < n) {
        size_t len = utf8_sequence(text + at, n - at);
        uint8_t first = (uint8_t)text[at], second = (uint8_t)text[at + 1];

        if (len == 0 || first < 0x20 || first == 0x7F || (first == 0xC2 && second < 0xA0)) {
            *to++ = '?';
        } else {
            memmove(to, text + at, len);
            to += len;
        }
        at += MAX(len, (size_t)1);
    }
    *to = '\0';
}

/* @level  "" or "warning: ". */
static void write_message(const char *thing, const char *level, const char *format, va_list args)
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
    write_message(thing, "", format, args);
    va_end(args);
    return EXIT_TROUBLE;
}

void message_warning(const char *thing, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    write_message(thing, "warning: ", format, args);
    va_end(args);
}

int message_no_memory(void)
{
    return message_error(NULL,
                         "out of memory; close other programs or raise the limit (ulimit -v)");
}

void message_diags(const struct gloss_diags *diags)
{
    CLEANUP(gloss_buf_deinit) struct gloss_buf text = {0};
    size_t errors = 0;

    for (size_t i = 0; i < diags->n; i++) {
        gloss_diag_format(&diags->items[i], &text);
        errors += diags->items[i].level == GLOSS_DIAG_ERROR;
    }
    if (diags->errors > errors)
        gloss_buf_printf(&text, "… and %zu errors more\n", diags->errors - errors);
    write_all_bytes(STDERR_FILENO, text.ptr, text.len);
}

const char *message_reason(int error)
{
    switch (-error) {
    case EACCES:
    case EPERM:
        return "permission denied; run glossd as a user who may, or change the mode of the file";
    case ENOENT:
        return "no such file; check the name";
    case ENOTDIR:
        return "a part of its path is not a folder; check the name";
    case ELOOP:
        return "its links lead in a circle; name the file itself";
    case ENAMETOOLONG:
        return "the name is too long; check it, or start glossd in a folder nearer to the file";
    case ENXIO:
        return "cannot be opened as a file; pipe its text into standard input";
    case EIO:
        return "its disk cannot be read or written; the log of the system says more";
    case EISDIR:
        return "is a folder; name a file in it";
    case EBADF:
        return "is closed; redirect it, for example to /dev/null";
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
    int r = terminal_output_write(STDOUT_FILENO, bytes, n);

    if (r == 0 || r == -EPIPE)
        return EXIT_OK;
    return message_error("standard output", "%s", message_reason(r));
}
