/* The speed of the scanner alone, over a text in memory, with each kernel.
 *
 *     micro ROUNDS LOG HITS CATALOG
 *
 * It is compared with two loops that it cannot beat: counting line ends, and memchr() from line end
 * to line end, the limit for all programs that go line by line. Blocks are 256 KiB of whole lines,
 * as glossd reads them. In each round all take turns. Prints, with tabs between: the name of the
 * loop, its kernel, and GB (10^9 bytes) per second of CPU, the median of the rounds. A kernel that
 * does not find HITS lines with a hit ends the program. */

#include <gloss/scanner.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BLOCK 262144
#define ROUNDS_MAX 1000
#define WORKS_MAX 8

static const char *const variants[] = {"portable", "avx2", "avx512"};

struct text {
    char *bytes;
    size_t n;
};

struct work {
    const char *name, *variant;
    struct gloss_scanner *scanner; /* NULL: it is one of the two loops */
    size_t (*loop)(const char *bytes, size_t n);
    double gb_per_s[ROUNDS_MAX];
};

struct works {
    struct work items[WORKS_MAX];
    size_t n;
};

static _Noreturn void die(const char *what, const char *why)
{
    fprintf(stderr, "micro: %s: %s\n", what, why);
    exit(2);
}

static struct text read_input(const char *path)
{
    struct text text = {0};
    FILE *f = fopen(path, "r");

    if (!f || fseek(f, 0, SEEK_END) < 0)
        die(path, "cannot be read");
    text.n = (size_t)ftell(f);
    rewind(f);
    text.bytes = malloc(text.n + 1);
    if (!text.bytes || fread(text.bytes, 1, text.n, f) != text.n)
        die(path, "cannot be read");
    fclose(f);
    return text;
}

static double cpu_s(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static size_t loop_memchr(const char *bytes, size_t n)
{
    size_t lines = 0;
    const char *end = bytes + n;

    while (bytes < end && (bytes = memchr(bytes, '\n', (size_t)(end - bytes)))) {
        bytes++;
        lines++;
    }
    return lines;
}

static int count_matched(void *ctx, const struct gloss_line *line)
{
    *(size_t *)ctx += line->n_hits > 0;
    return 0;
}

/* Runs over the text. Returns how many lines have a hit; 0 for the two loops. */
static size_t go_through(const struct work *work, const struct text *text)
{
    struct gloss_stream stream = {0};
    size_t matched = 0, len, ignored;

    for (size_t at = 0; at < text->n; at += len) {
        struct gloss_block block = {.offset = at, .begins_line = true, .ends_line = true};
        const char *from = text->bytes + at, *end;

        len = text->n - at < BLOCK ? text->n - at : BLOCK;
        end = memrchr(from, '\n', len);
        len = end ? (size_t)(end + 1 - from) : len;
        block.bytes = gloss_span(from, len);
        if (!work->scanner)
            ignored = work->loop(from, len);
        else if (gloss_scanner_scan(work->scanner, &block, &stream, count_matched, &matched) < 0)
            die(work->name, "no memory");
    }
    (void)ignored;
    gloss_stream_deinit(&stream);
    return matched;
}

static struct work *add(struct works *works, const char *name, const char *variant)
{
    struct work *work = &works->items[works->n++];

    work->name = name;
    work->variant = variant;
    return work;
}

/* Catalogs and matchers live as long as the program. */
static void add_scanners(struct works *works, const char *path)
{
    struct text yaml = read_input(path);
    struct gloss_catalogs *set;
    struct gloss_diags diags = {0};

    if (gloss_catalogs_new(&set) < 0 ||
        gloss_catalogs_read(set, path, gloss_span(yaml.bytes, yaml.n), &diags) != 0)
        die(path, "is no catalog");
    for (size_t i = 0; i < sizeof(variants) / sizeof(variants[0]); i++) {
        struct gloss_matcher_options options = {.variant = variants[i]};
        struct gloss_matcher *matcher;

        if (gloss_matcher_new(&matcher, set, &options) < 0)
            continue; /* this CPU cannot run it */
        if (gloss_scanner_new(&add(works, "scanner", variants[i])->scanner, matcher) < 0)
            die(path, "no memory");
    }
}

static int compare(const void *a, const void *b)
{
    const double *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

static void measure(struct work *work, const struct text *text, size_t hits, size_t round)
{
    double start = cpu_s();
    size_t matched = go_through(work, text);

    work->gb_per_s[round] = (double)text->n * 1e-9 / (cpu_s() - start);
    if (work->scanner && matched != hits)
        die(work->name, "did not find what is there");
}

int main(int argc, char **argv)
{
    static struct works works;
    size_t rounds = argc > 1 ? strtoul(argv[1], NULL, 10) : 0, hits;
    struct text text;

    if (argc != 5 || rounds == 0 || rounds > ROUNDS_MAX)
        die("usage", "micro ROUNDS LOG HITS CATALOG");
    text = read_input(argv[2]);
    hits = strtoul(argv[3], NULL, 10);
    add(&works, "line ends", gloss_kernel_variant())->loop = gloss_newlines;
    add(&works, "line by line", "memchr")->loop = loop_memchr;
    add_scanners(&works, argv[4]);
    for (size_t round = 0; round < rounds; round++)
        for (size_t i = 0; i < works.n; i++)
            measure(&works.items[i], &text, hits, round);
    for (size_t i = 0; i < works.n; i++) {
        qsort(works.items[i].gb_per_s, rounds, sizeof(double), compare);
        printf("%s\t%s\t%.3f\n", works.items[i].name, works.items[i].variant,
               works.items[i].gb_per_s[rounds / 2]);
    }
    return 0;
}
