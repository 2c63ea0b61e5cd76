/* Writes the catalogs and logs that the benchmarks read.
 *
 *     corpus catalog KIND COUNT SEED FOLDER
 *         writes FOLDER/catalog.yaml; FOLDER/list, names or patterns for grep and other programs,
 *         one on a line; and FOLDER/samples, for each of them a text that it matches
 *     corpus log BYTES SHARE SEED SAMPLES FILE
 *         writes a log of at least BYTES bytes, in which SHARE thousandths of the lines have one of
 *         the samples; prints how many lines it has, how many of them have a code, and how many
 *         codes they have
 *
 * The same SEED makes the same files. */

#include "corpus.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static FILE *must_open(const char *path, const char *mode)
{
    FILE *f = fopen(path, mode);

    if (!f) {
        perror(path);
        exit(2);
    }
    return f;
}

static FILE *open_in(const char *folder, const char *name)
{
    char path[4096];

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    return must_open(path, "w");
}

static void must_close(FILE *f)
{
    if (fclose(f) != 0) {
        perror("corpus: writing");
        exit(2);
    }
}

static enum corpus_kind kind_of(const char *word)
{
    static const char *const kinds[] = {"names", "dotted", "lower", "patterns"};

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (strcmp(word, kinds[i]) == 0)
            return (enum corpus_kind)i;
    fprintf(stderr, "corpus: no kind '%s'\n", word);
    exit(2);
}

static int make_catalog(char **argv)
{
    size_t n = strtoul(argv[1], NULL, 10);
    struct code *codes = corpus_codes(kind_of(argv[0]), n, (uint32_t)strtoul(argv[2], NULL, 10));
    FILE *yaml = open_in(argv[3], "catalog.yaml"), *list = open_in(argv[3], "list"),
         *samples = open_in(argv[3], "samples");

    if (!codes)
        return 2;
    corpus_write_yaml(yaml, codes, n);
    for (size_t i = 0; i < n; i++) {
        fprintf(list, "%s\n", *codes[i].pattern ? codes[i].pattern : codes[i].name);
        fprintf(samples, "%s\n", codes[i].sample);
    }
    must_close(yaml);
    must_close(list);
    must_close(samples);
    free(codes);
    return 0;
}

/* The lines of a file, each NUL-terminated. They live as long as the program. */
static char **read_lines(const char *path, size_t *ret_n)
{
    FILE *f = must_open(path, "r");
    char **lines = NULL, *line = NULL;
    size_t n = 0, size = 0;
    ssize_t len;

    while ((len = getline(&line, &size, f)) > 0) {
        line[len - 1] = '\0';
        lines = realloc(lines, (n + 1) * sizeof(*lines));
        if (!lines || !(lines[n++] = strdup(line)))
            exit(2);
    }
    free(line);
    fclose(f);
    *ret_n = n;
    return lines;
}

static int make_log(char **argv)
{
    size_t n;
    char **samples = read_lines(argv[3], &n);
    FILE *out = must_open(argv[4], "w");
    struct corpus_truth truth;

    corpus_write_log(out, strtoull(argv[0], NULL, 10), (unsigned)strtoul(argv[1], NULL, 10),
                     samples, n, (uint32_t)strtoul(argv[2], NULL, 10), &truth);
    must_close(out);
    printf("%" PRIu64 " %" PRIu64 " %" PRIu64 "\n", truth.lines, truth.matched, truth.hits);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 6 && strcmp(argv[1], "catalog") == 0)
        return make_catalog(argv + 2);
    if (argc == 7 && strcmp(argv[1], "log") == 0)
        return make_log(argv + 2);
    fprintf(stderr, "Usage: corpus catalog KIND COUNT SEED FOLDER\n"
                    "       corpus log BYTES SHARE SEED SAMPLES FILE\n");
    return 2;
}
