/* A mistake inside the text of a scalar is shown at its place in the source, where quotation marks
 * and escapes may stand before it. So the source is walked through from the opening quotation mark
 * on, counting the bytes of text that it stands for, as far as this can be done without reading
 * YAML a second time. */

#include "core/catalog/yaml_quote.h"

#include <string.h>

/* The length of an escape in a double-quoted scalar; *ret_value: how many bytes of text it stands
 * for. */
static size_t escape_length(const char *source, size_t n, size_t *ret_value)
{
    static const char two[] = "N_", three[] = "LP";

    *ret_value = 1;
    if (n < 2)
        return n;
    switch (source[1]) {
    case 'x':
        *ret_value = n > 2 && strchr("89abcdefABCDEF", source[2]) ? 2 : 1;
        return 4;
    case 'u':
        return 6;
    case 'U':
        return 10;
    default:
        if (strchr(two, source[1]))
            *ret_value = 2;
        if (strchr(three, source[1]))
            *ret_value = 3;
        return 2;
    }
}

bool yaml_source_length(struct gloss_span source, enum yaml_style style, size_t at, size_t *ret)
{
    size_t i = 0, seen = 0;

    if (style == YAML_BLOCK)
        return false;
    while (seen < at && i < source.len) {
        size_t value = 1, length = 1;

        if (source.ptr[i] == '\n' || source.ptr[i] == '\r')
            return false;
        if (style == YAML_SINGLE && source.ptr[i] == '\'')
            length = 2;
        else if (style == YAML_DOUBLE && source.ptr[i] == '\\')
            length = escape_length(source.ptr + i, source.len - i, &value);
        if (length > 4)
            return false;
        i += length;
        seen += value;
    }
    *ret = i;
    return seen == at && i <= source.len;
}
