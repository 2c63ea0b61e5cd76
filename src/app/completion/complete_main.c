/* Writes the script of one shell to standard output. This program is run by the build and not
 * installed. */

#include "app/completion/complete.h"
#include "core/base/util.h"

#include <stdio.h>

static const struct {
    const char *name;
    void (*write)(struct gloss_buf *out);
} shells[] = {
    {"bash", complete_bash},
    {"zsh", complete_zsh},
    {"fish", complete_fish},
};

int main(int argc, char **argv)
{
    CLEANUP(gloss_buf_deinit) struct gloss_buf out = {0};

    for (size_t i = 0; argc == 2 && i < ARRAY_SIZE(shells); i++)
        if (STREQ(argv[1], shells[i].name))
            shells[i].write(&out);
    if (out.len == 0 || out.failed || fwrite(out.ptr, 1, out.len, stdout) != out.len ||
        fflush(stdout) != 0)
        return 2;
    return 0;
}
