/* A writer for store_kill.sh: it makes a state, a checkpoint or a backup.
 *
 *     store_commit PATH NUMBER    puts that number into a row of each kind, in one checkpoint
 *     store_commit PATH backup
 *
 * It prints in which condition the state was found. Exit status 0: done; 1: a call failed. */

#include "io/state/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define N_FILES 200
#define NOW_NS UINT64_C(1795435200000000000)

static int put_rows(struct store *s, uint64_t number)
{
    char path[32];
    struct store_file file = {.source = "app",
                              .position.path = path,
                              .position.offset = number,
                              .position.lines = number};
    struct store_sink sink = {.path = "out", .position.length = number};
    int r = store_put_sink(s, &sink);

    for (int i = 0; i < N_FILES && r == 0; i++) {
        snprintf(path, sizeof(path), "/var/log/%d", i);
        r = store_put_file(s, &file);
    }
    return r;
}

static int checkpoint(struct store *s, uint64_t number)
{
    int r = store_begin(s);

    if (r == 0)
        r = put_rows(s, number);
    return r < 0 ? r : store_commit(s, NOW_NS + number);
}

int main(int argc, char **argv)
{
    static const char *const origins[] = {"fresh", "resumed", "restored", "lost"};
    struct store_options options = {.path = argc == 3 ? argv[1] : "", .now_ns = NOW_NS};
    struct gloss_diags diags = {0};
    struct store *s = NULL;
    int r;

    if (argc != 3)
        return 2;
    r = store_open(&s, &options, &diags);
    for (size_t i = 0; i < diags.n; i++)
        fprintf(stderr, "%s\n", diags.items[i].text);
    gloss_diags_deinit(&diags);
    if (r != 0)
        return 1;
    puts(origins[store_origin(s)]);
    r = strcmp(argv[2], "backup") == 0 ? store_backup(s)
                                       : checkpoint(s, strtoull(argv[2], NULL, 10));
    store_free(s);
    return r < 0;
}
