/* A terminal obeys the control characters of ASCII (C0 and DEL), and many obey those of ISO 6429
 * that Unicode has at U+0080 to U+009F (C1), two bytes each in UTF-8: U+009B alone begins a control
 * sequence as ESC [ does. Tab is left alone, for it only moves the cursor. */

#include "core/base/terminal_escape.h"

#include "core/base/utf8.h"
#include "core/base/util.h"

#include <stdint.h>

static const char replacement[] = "\xEF\xBF\xBD";

/* How many bytes at the start are text that no terminal obeys. */
static size_t visible_run(const char *bytes, size_t n)
{
    size_t i = 0;

    while (i < n) {
        uint8_t byte = (uint8_t)bytes[i];
        size_t len;

        if ((byte < 0x20 && byte != '\t') || byte == 0x7F)
            break;
        if (byte < 0x80) {
            i++;
            continue;
        }
        len = utf8_sequence(bytes + i, n - i);
        if (len == 0 || (byte == 0xC2 && (uint8_t)bytes[i + 1] < 0xA0))
            break;
        i += len;
    }
    return i;
}

bool terminal_escape_changes(struct gloss_span bytes)
{
    return visible_run(bytes.ptr, bytes.len) < bytes.len;
}

size_t terminal_escape(char *out, const char *bytes, size_t n)
{
    char *to = out;
    size_t i = 0;

    while (i < n) {
        size_t run = visible_run(bytes + i, n - i);

        memcpy(to, bytes + i, run);
        to += run;
        i += run;
        if (i == n)
            break;
        if ((uint8_t)bytes[i] < 0x80) {
            *to++ = '^';
            *to++ = (char)(bytes[i++] ^ 0x40);
            continue;
        }
        memcpy(to, replacement, 3);
        to += 3;
        i += MAX(utf8_sequence(bytes + i, n - i), (size_t)1); /* a C1 control, or a broken byte */
    }
    return (size_t)(to - out);
}
