/* Any bytes as a configuration. Either it is read, and then it is what config.h promises, or it has
 * mistakes, and these can be shown. Files that it names are not looked at. */

#include "app/config/config_private.h"
#include "app/connectors/file_sink.h"
#include "app/connectors/file_source.h"
#include "app/connectors/journal_source.h"
#include "app/connectors/kinds.h"
#include "app/connectors/stream_source.h"
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

static void check_followed(const struct file_source_settings *s)
{
    check_path(s->pattern);
    for (size_t i = 0; i < s->exclude.n; i++)
        assert(s->exclude.items[i][0]);
    assert(s->packed_ratio >= 1);
}

static void check_fifo(const struct fifo_source_settings *s)
{
    check_path(s->path);
}

static void check_journal(const struct journal_source_settings *s)
{
    if (s->folder)
        check_path(s->folder);
    for (size_t i = 0; i < s->units.n; i++)
        assert(strchr(s->units.items[i], '.') && !strpbrk(s->units.items[i], "*/ ="));
    for (size_t i = 0; i < s->matches.n; i++)
        assert(strchr(s->matches.items[i], '=') > s->matches.items[i]);
}

static bool is_one_of(const struct config_kind *kind, const struct config_kind *const *kinds,
                      size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (kinds[i] == kind)
            return true;
    return false;
}

static void check_source(const struct config_source *s)
{
    assert(s->name && s->name[0] && s->line >= 1 && s->column >= 1);
    assert(is_one_of(s->kind, connector_kinds.sources, connector_kinds.n_sources));
    if (s->kind == &file_source_kind.config)
        check_followed(s->settings);
    if (s->kind == &fifo_source_kind.config)
        check_fifo(s->settings);
    if (s->kind == &journal_source_kind.config)
        check_journal(s->settings);
    assert(s->rotate_wait_ns >= 100000000 && s->max_line >= 1024);
}

static void check_sink_file(const struct file_sink_settings *s)
{
    check_path(s->path);
    assert((s->mode & 0600) == 0600 && s->mode <= 0777);
}

static void check_sink(const struct config *c, const struct config_sink *s)
{
    assert(s->name && s->name[0] && s->line >= 1 && s->column >= 1);
    assert(is_one_of(s->kind, connector_kinds.sinks, connector_kinds.n_sinks));
    assert(!config_sink_path(s) == (s->kind != &file_sink_kind.config));
    if (s->kind == &file_sink_kind.config)
        check_sink_file(s->settings);
    assert(s->n_sources >= 1 && s->n_sources <= c->n_sources);
    for (size_t i = 0; i < s->n_sources; i++)
        assert(s->sources[i] < c->n_sources);
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
