/* Tells what to do about each error code in standard input:
 *     cc example.c $(pkg-config --cflags --libs gloss) -o example && ./example <app.log */

#include <gloss/scanner.h>
#include <stdio.h>
#include <stdlib.h>

/* Called for each line with a finding. What a hit points to dies when this returns. */
static int on_line(void *ctx, const struct gloss_line *line)
{
    for (size_t i = 0; i < line->n_hits; i++)
        fprintf(ctx, "%s: %s\n", line->hits[i].entry->code, line->hits[i].entry->solution);
    return 0;
}

int main(void)
{
    struct gloss_catalogs *set;
    struct gloss_matcher *matcher;
    struct gloss_scanner *scanner;
    struct gloss_stream stream = {0};
    struct gloss_block block = {.begins_line = true, .ends_line = true};
    char *text = NULL;
    size_t size = 0;

    if (gloss_catalogs_new(&set) < 0 || gloss_catalogs_read_builtin(set) != 0 ||
        gloss_matcher_new(&matcher, set, NULL) < 0 || gloss_scanner_new(&scanner, matcher) < 0)
        return 1;
    /* A line at a time; where more is at hand, gloss/lines.h makes blocks of many lines of it. */
    for (ssize_t n; (n = getline(&text, &size, stdin)) > 0; block.offset += block.bytes.len) {
        block.bytes = gloss_span(text, (size_t)n);
        if (gloss_scanner_scan(scanner, &block, &stream, on_line, stdout) != 0)
            return 1;
    }
    free(text);
    gloss_stream_deinit(&stream);
    gloss_scanner_free(scanner);
    gloss_matcher_free(matcher);
    gloss_catalogs_free(set);
}
