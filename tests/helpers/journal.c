#include "helpers/journal.h"

#include "core/base/util.h"
#include "helpers/run.h"

#include <criterion/criterion.h>
#include <endian.h>
#include <stdarg.h>
#include <stdio.h>

#define REMOTE "/lib/systemd/systemd-journal-remote"
#define BOOT "0123456789abcdef0123456789abcdef"

static void append(struct journal_draft *d, const void *bytes, size_t n)
{
    d->text = realloc(d->text, d->len + n + 1);
    cr_assert_not_null(d->text);
    memcpy(d->text + d->len, bytes, n);
    d->len += n;
}

static void append_format(struct journal_draft *d, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void append_format(struct journal_draft *d, const char *format, ...)
{
    char text[4096];
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    cr_assert(n >= 0 && (size_t)n < sizeof(text));
    append(d, text, (size_t)n);
}

static void begin(struct journal_draft *d)
{
    d->n++;
    append_format(d, "__REALTIME_TIMESTAMP=%ld\n__MONOTONIC_TIMESTAMP=%ld\n_BOOT_ID=" BOOT "\n",
                  (JOURNAL_BEGIN_S + (long)d->n) * 1000000, (long)d->n * 1000000);
}

void journal_add(struct journal_draft *d, const char *unit, const char *message, const char *more)
{
    begin(d);
    if (unit)
        append_format(d, "_SYSTEMD_UNIT=%s\n", unit);
    append_format(d, "MESSAGE=%s\n%s\n", message, more ? more : "");
}

void journal_add_bytes(struct journal_draft *d, const void *bytes, size_t n)
{
    uint64_t length = htole64(n);

    begin(d);
    append_format(d, "MESSAGE\n");
    append(d, &length, sizeof(length));
    append(d, bytes, n);
    append_format(d, "\n\n");
}

void journal_write(struct journal_draft *d, const char *path)
{
    char command[8192];
    FILE *pipe;

    snprintf(command, sizeof(command), REMOTE " --output='%s' - 2>'%s.said'", path, path);
    pipe = popen(command, "w");
    cr_assert_not_null(pipe);
    cr_assert_eq(fwrite(d->text, 1, d->len, pipe), d->len);
    cr_assert_eq(pclose(pipe), 0, "is systemd-journal-remote installed?");
    free(d->text);
    d->text = NULL;
    d->len = 0;
}

void journal_write_numbered(const char *name, unsigned first, unsigned last)
{
    struct journal_draft d = {.n = first - 1};
    char text[32];

    while (d.n < last) {
        snprintf(text, sizeof(text), "line %u", d.n + 1);
        journal_add(&d, "a.service", text, NULL);
    }
    journal_write(&d, scratch_path(name));
}
