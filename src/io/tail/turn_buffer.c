#include "io/tail/turn_buffer.h"

#include <errno.h>
#include <stdlib.h>

int turn_buffer_new(struct turn_buffer **ret_buffer)
{
    struct turn_buffer *buffer = calloc(1, sizeof(*buffer));

    if (!buffer)
        return -ENOMEM;
    *ret_buffer = buffer;
    return 0;
}

struct turn_buffer *turn_buffer_free(struct turn_buffer *buffer)
{
    if (buffer)
        free(buffer->bytes);
    free(buffer);
    return NULL;
}

int turn_buffer_reserve(struct turn_buffer *buffer, size_t size)
{
    char *bytes;

    if (size <= buffer->size)
        return 0;
    bytes = malloc(size); /* realloc() would copy what is not needed any more */
    if (!bytes)
        return -ENOMEM;
    free(buffer->bytes);
    buffer->bytes = bytes;
    buffer->size = size;
    return 0;
}
