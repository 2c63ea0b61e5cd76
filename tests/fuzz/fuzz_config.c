/* Any bytes as a configuration. Either it is read, and then it is what config.h promises, or it has
 * mistakes, and these can be shown. Files that it names are not looked at. */

#include "app/config/config_private.h"
#include "app/connectors/kinds.h"
#include "core/base/util.h"

#include <assert.h>
#include <gloss/buf.h>
#include <gloss/diag.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_path(const char *path)
{
    size_t n = strlen(path);

    assert(path[0] == '/' && !strstr(path, "//") && !strstr(path, "/./"));
    assert(n < 3 || strcmp(path + n - 3, "/..") != 0);
    assert(!strstr(path, "/../"));
}

static void check_source(const struct config_source *s)
{
    assert(s->name && s->name[0] && s->line >= 1 && s->column >= 1);
    assert(s->is_stdin + s->is_journal + !!s->follow + !!s->fifo == 1);
    if (s->journal.folder)
        check_path(s->journal.folder);
    for (size_t i = 0; i < s->journal.n_units; i++)
        assert(strchr(s->journal.units[i], '.') && !strpbrk(s->journal.units[i], "*/ ="));
    for (size_t i = 0; i < s->journal.n_matches; i++)
        assert(strchr(s->journal.matches[i], '=') > s->journal.matches[i]);
    if (s->follow)
        check_path(s->follow);
    if (s->fifo)
        check_path(s->fifo);
    for (size_t i = 0; i < s->n_exclude; i++)
        assert(s->exclude[i][0]);
    assert(s->rotate_wait_ns >= 100000000 && s->max_line >= 1024);
}

static void check_sink(const struct config *c, const struct config_sink *s)
{
    assert(s->name && s->name[0] && s->line >= 1 && s->column >= 1);
    assert(s->is_stdout + s->is_journal + !!s->file == 1);
    if (s->file)
        check_path(s->file);
    assert(s->n_sources >= 1 && s->n_sources <= c->n_sources);
    for (size_t i = 0; i < s->n_sources; i++)
        assert(s->sources[i] < c->n_sources);
    assert((s->mode & 0600) == 0600 && s->mode <= 0777);
}

static void check_config(const struct config *c)
{
    check_path(c->state);
    assert(c->n_sources >= 1);
    for (size_t i = 0; i < c->n_sources; i++)
        check_source(&c->sources[i]);
    for (size_t i = 0; i < c->n_sources; i++)
        for (size_t k = 0; k < i; k++)
            assert(strcmp(c->sources[i].name, c->sources[k].name) != 0);
    for (size_t i = 0; i < c->n_sinks; i++)
        check_sink(c, &c->sinks[i]);
}

static void check_diags(const struct gloss_diags *d)
{
    struct gloss_buf text = {0};

    for (size_t i = 0; i < d->n; i++) {
        assert(d->items[i].text[0]);
        assert(i == 0 || d->items[i - 1].line <= d->items[i].line);
        gloss_diag_format(&d->items[i], &text);
    }
    gloss_buf_deinit(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(gloss_diags_deinit) struct gloss_diags d = {0};
    CLEANUP(config_freep) struct config *c = NULL;
    int r = config_read_text(&c, "fuzz.yaml", gloss_span((const char *)data, size),
                             &connector_kinds, &d);

    assert(r == (d.errors > 0 ? CONFIG_E_INVALID : 0));
    assert((r == 0) == (c != NULL));
    if (c)
        check_config(c);
    check_diags(&d);
    return 0;
}
