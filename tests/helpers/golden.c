/* Golden files: read, compared, and on demand written anew. */

#include "helpers/golden.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

static char *golden_path(const char *name)
{
    const char *root = getenv("GLOSSD_ROOT");
    char *path;

    cr_assert_neq(asprintf(&path, "%s/tests/data/golden/%s", root ? root : ".", name), -1);
    return path;
}

static void golden_write(const char *path, struct gloss_span text)
{
    FILE *file = fopen(path, "wb");

    cr_assert_not_null(file, "%s: cannot be written", path);
    cr_assert_eq(fwrite(text.ptr, 1, text.len, file), text.len);
    fclose(file);
    cr_expect(false, "%s: written anew; read it, then run without GOLDEN_WRITE", path);
}

/* The line that the byte at `at` is in. */
static struct gloss_span line_at(struct gloss_span text, size_t at)
{
    size_t from = at, to = at;

    while (from > 0 && text.ptr[from - 1] != '\n')
        from--;
    while (to < text.len && text.ptr[to] != '\n')
        to++;
    return gloss_span(text.ptr + from, to - from);
}

static void golden_compare(const char *path, struct gloss_span text, struct gloss_span wanted)
{
    size_t at = 0;

    while (at < text.len && at < wanted.len && text.ptr[at] == wanted.ptr[at])
        at++;
    if (at < text.len || at < wanted.len) {
        struct gloss_span seen = line_at(text, at), line = line_at(wanted, at);

        cr_expect(false, "%s: differs at byte %zu\nseen:   %.*s\nwanted: %.*s", path, at,
                  (int)seen.len, seen.ptr, (int)line.len, line.ptr);
    }
}

void golden_expect(const char *name, struct gloss_span text)
{
    static char wanted[1 << 20];
    const char *write = getenv("GOLDEN_WRITE");
    char *path = golden_path(name);
    FILE *file;

    if (write && strcmp(write, "1") == 0) {
        golden_write(path, text);
        free(path);
        return;
    }
    file = fopen(path, "rb");
    cr_assert_not_null(file, "%s is not there", path);
    golden_compare(path, text, gloss_span(wanted, fread(wanted, 1, sizeof(wanted), file)));
    fclose(file);
    free(path);
}
