/* Counts the codes of the built-in catalog in standard input:
 *     cc -std=c17 example.c $(pkg-config --cflags --libs gloss) -o example && ./example <app.log */

#include <gloss/scanner.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Called for each line with a finding. What a hit points to dies when this returns. */
static int on_line(void *ctx, const struct gloss_line *line)
{
    uint64_t *counts = ctx; /* by entry id */

    for (size_t i = 0; i < line->n_hits; i++)
        counts[line->hits[i].entry->id]++;
    return 0;
}

int main(void)
{
    struct gloss_catalogs *set;
    struct gloss_matcher *matcher;
    struct gloss_scanner *scanner;
    struct gloss_lines *lines;
    struct gloss_stream stream = {0};
    struct gloss_block block;
    uint64_t *counts;
    char *place;
    size_t size;
    ssize_t n;

    if (gloss_catalogs_new(&set) != 0 || gloss_catalogs_read_builtin(set) != 0 ||
        gloss_matcher_new(&matcher, set, NULL) != 0 || gloss_scanner_new(&scanner, matcher) != 0 ||
        gloss_lines_new(&lines, /* chunk= */ 65536, /* max_line= */ 1 << 20, /* offset= */ 0) != 0)
        return 1;
    counts = calloc(gloss_catalogs_n_entries(set), sizeof(*counts));
    if (!counts)
        return 1;
    do {
        if (gloss_lines_room(lines, &place, &size) != 0)
            return 1;
        n = read(STDIN_FILENO, place, size);
        if (n > 0)
            gloss_lines_fill(lines, (size_t)n);
        else
            gloss_lines_end(lines); /* a last line without newline counts, too */
        while (gloss_lines_next(lines, &block) > 0)
            if (gloss_scanner_scan(scanner, &block, &stream, on_line, counts) != 0)
                return 1;
    } while (n > 0);
    for (uint32_t id = 0; id < gloss_catalogs_n_entries(set); id++)
        if (counts[id] > 0)
            printf("%7llu  %s\n", (unsigned long long)counts[id],
                   gloss_catalogs_entry(set, id)->code);
    free(counts);
    gloss_stream_deinit(&stream);
    gloss_lines_free(lines);
    gloss_scanner_free(scanner);
    gloss_matcher_free(matcher);
    gloss_catalogs_free(set);
    return n < 0;
}
