/* A program of somebody else: the installed headers, the installed library, nothing of this tree.
 * Prints the blocks that its standard input is cut into, as JSON strings. */

#include <gloss/buf.h>
#include <gloss/lines.h>
#include <stdio.h>
#include <unistd.h>

static int feed(struct gloss_lines *lines)
{
    char *place;
    size_t size;

    if (gloss_lines_room(lines, &place, &size) < 0)
        return -1;
    ssize_t n = read(STDIN_FILENO, place, size);
    if (n > 0)
        gloss_lines_fill(lines, (size_t)n);
    else
        gloss_lines_end(lines);
    return n > 0;
}

int main(void)
{
    struct gloss_lines *lines;
    struct gloss_block block;
    struct gloss_buf text = {0};
    int more;

    if (gloss_lines_new(&lines, /* chunk= */ 4096, /* max_line= */ 4096, /* offset= */ 0) < 0)
        return 1;
    do {
        more = feed(lines);
        while (gloss_lines_next(lines, &block) > 0)
            gloss_buf_json(&text, block.bytes);
    } while (more > 0);
    printf("%.*s\n", (int)text.len, text.ptr);
    gloss_buf_deinit(&text);
    gloss_lines_free(lines);
    return more < 0;
}
