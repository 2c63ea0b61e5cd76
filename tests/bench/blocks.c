/* The compared engines read a file as glossd does, so that only the engine makes a difference. */

#include "blocks.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BLOCK 262144

_Noreturn void blocks_die(const char *what, const char *why)
{
    fprintf(stderr, "%s: %s\n", what, why);
    exit(2);
}

static void scan_block(struct blocks *b, const char *bytes, size_t n,
                       int (*scan)(void *, struct blocks *), void *ctx)
{
    b->bytes = bytes;
    b->n = n;
    b->counted = 0;
    if (n > 0 && scan(ctx, b) != 0)
        blocks_die("scan", "the engine failed");
}

void blocks_read(const char *path, int (*scan)(void *ctx, struct blocks *b), void *ctx,
                 struct blocks *b)
{
    size_t have = 0, size = 2 * BLOCK, whole;
    char *bytes = malloc(size), *end;
    int fd = open(path, O_RDONLY);
    ssize_t n;

    if (fd < 0 || !bytes)
        blocks_die(path, "cannot be read");
    while ((n = read(fd, bytes + have, BLOCK)) > 0) {
        have += (size_t)n;
        end = memrchr(bytes, '\n', have);
        whole = end ? (size_t)(end + 1 - bytes) : 0;
        scan_block(b, bytes, whole, scan, ctx);
        have -= whole;
        memmove(bytes, bytes + whole, have);
        if (size - have < BLOCK && !(bytes = realloc(bytes, size *= 2)))
            blocks_die(path, "no memory");
    }
    scan_block(b, bytes, have, scan, ctx);
    free(bytes);
    close(fd);
}

size_t blocks_count(struct blocks *b, size_t end)
{
    const char *line_end;

    if (end <= b->counted)
        return b->counted;
    line_end = memchr(b->bytes + end, '\n', b->n - end);
    b->counted = line_end ? (size_t)(line_end - b->bytes) : b->n;
    b->matched++;
    return b->counted;
}

static int is_name_byte(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
}

int blocks_alone(const struct blocks *b, size_t begin, size_t end)
{
    return (begin == 0 || !is_name_byte(b->bytes[begin - 1])) &&
           (end == b->n || !is_name_byte(b->bytes[end]));
}

char **blocks_list(const char *path, size_t *ret_n)
{
    FILE *f = fopen(path, "r");
    char **lines = NULL, *line = NULL;
    size_t n = 0, size = 0;
    ssize_t len;

    if (!f)
        blocks_die(path, "cannot be read");
    while ((len = getline(&line, &size, f)) > 0) {
        line[len - 1] = '\0';
        lines = realloc(lines, (n + 1) * sizeof(*lines));
        if (!lines || !(lines[n++] = strdup(line)))
            blocks_die(path, "no memory");
    }
    free(line);
    fclose(f);
    *ret_n = n;
    return lines;
}
