#include "helpers/state.h"

#include "helpers/run.h"

#include <criterion/criterion.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *state_path(void)
{
    return scratch_path("state.db");
}

int state_try(bool read_only, struct store **ret_store, char text[1024])
{
    struct gloss_diags diags = {0};
    struct store_options options = {
        .path = state_path(), .now_ns = STATE_NOW_NS, .read_only = read_only};
    int r = store_open(ret_store, &options, &diags);

    text[0] = '\0';
    if (diags.n > 0)
        snprintf(text, 1024, "%s: %s", diags.items[diags.n - 1].file,
                 diags.items[diags.n - 1].text);
    cr_expect_eq(r != 0, diags.errors > 0, "an error is said exactly where there is one: %s", text);
    gloss_diags_deinit(&diags);
    return r;
}

static struct store *open_it(bool read_only)
{
    struct store *s = NULL;
    char text[1024];

    cr_assert_eq(state_try(read_only, &s, text), 0, "%s", text);
    return s;
}

struct store *state_open(void)
{
    return open_it(false);
}

struct store *state_open_reader(void)
{
    return open_it(true);
}

const char *state_sql(const char *path, const char *sql)
{
    static char outputs[8][4096];
    static unsigned next;
    char *output = outputs[next++ % 8], command[8192];
    FILE *shell;
    size_t n;

    snprintf(command, sizeof(command), "sqlite3 -batch -bail '%s' 2>&1 <<'EOF'\n%s\nEOF\n", path,
             sql);
    shell = popen(command, "r");
    cr_assert_not_null(shell);
    n = fread(output, 1, sizeof(outputs[0]) - 1, shell);
    pclose(shell);
    while (n > 0 && output[n - 1] == '\n')
        n--;
    output[n] = '\0';
    return output;
}

void state_sh(const char *format, ...)
{
    char command[4096];
    va_list args;

    va_start(args, format);
    vsnprintf(command, sizeof(command), format, args);
    va_end(args);
    cr_assert_eq(system(command), 0, "%s", command);
}
