/* From a file to a configuration:
 *
 *     bytes ──► yaml.c ──► tree ──► config_parse: the tables, ──► config_probe: catalogs, ──►
 * config parts against each other      folders, globs
 *
 * All of a configuration lives in one arena, the defaults are constants, and nothing points into
 * the text. A mistake never ends the reading: the next key is looked at, so that one run names all
 * mistakes. Messages come in the order of the file's lines, whichever check found the mistake;
 * those about catalogs come last. */

#include "app/config/config.h"

#include "app/common/read_file.h"
#include "app/config/config_kind.h"
#include "app/config/config_private.h"
#include "core/base/util.h"

/* No configuration is that large; a larger file was named by mistake. */
#define CONFIG_BYTES_MAX ((size_t)4 << 20)

/* ---- the file ---- */

static int say_unreadable(struct gloss_diags *diags, const char *file, int error)
{
    const char *text = strerror(-error);

    if (error == -ENOMEM)
        return error;
    if (error == -ENOENT)
        text = "no such file; --config names another, glossd.yaml(5) describes its keys";
    if (error == -EACCES)
        text = "permission denied; the account that runs glossd must be allowed to read it";
    if (error == -EISDIR)
        text = "is a folder, not a configuration";
    if (error == -ENXIO)
        text = "is a FIFO, a socket or a device, not a file; name a file, or hand its text over as "
               "/dev/stdin";
    if (error == -EFBIG)
        text = "too large to be a configuration: more than 4 MiB";
    gloss_diags_add(diags, GLOSS_DIAG_ERROR, file, 0, 0, gloss_span(NULL, 0), "%s", text);
    return error;
}

/* ---- reading ---- */

static bool is_config(struct gloss_diags *diags, const char *file, const struct yaml *y, int broken)
{
    const struct yaml_node *root = yaml_root(y);

    if (!root || yaml_is_null(root)) {
        if (!broken)
            gloss_diags_add(diags, GLOSS_DIAG_ERROR, file, 0, 0, gloss_span(NULL, 0),
                            "the file configures nothing; glossd.yaml(5) describes its keys");
        return false;
    }
    if (root->kind != YAML_MAPPING && root->kind != YAML_BAD)
        yaml_diag(y, root, GLOSS_DIAG_ERROR,
                  "not a configuration: it must begin with keys such as 'sources' and 'sinks', not "
                  "with %s",
                  yaml_kind_name(root));
    return root->kind == YAML_MAPPING;
}

static int read_text(struct config **ret_config, const char *file, struct gloss_span text,
                     const struct config_kinds *kinds, struct gloss_diags *diags, bool look)
{
    CLEANUP(yaml_freep) struct yaml *y = NULL;
    CLEANUP(config_freep) struct config *config = NULL;
    struct config_draft *d = calloc(1, sizeof(*d));
    struct config_reading r = {.diags = diags, .kinds = kinds};
    size_t first = diags->n, errors = diags->errors;
    int broken;

    if (!d)
        return -ENOMEM;
    d->owners = 1;
    config = &d->config;
    broken = yaml_read(&y, file, text, diags);
    if (broken < 0)
        return broken;
    r.y = y;
    r.arena = &d->arena;
    d->root = yaml_root(y);
    if (is_config(diags, file, y, broken)) {
        config_parse(&r, d);
        if (look && !r.no_memory)
            config_probe(&r, d);
    }
    d->config.kinds = kinds;
    d->config.file = arena_copy(&d->arena, gloss_span_str(file));
    if (r.no_memory || diags->failed || !d->config.file)
        return -ENOMEM;
    gloss_diags_sort(diags, first, file);
    if (diags->errors > errors)
        return CONFIG_E_INVALID;
    *ret_config = TAKE_PTR(config);
    return 0;
}

int config_read_text(struct config **ret_config, const char *file, struct gloss_span text,
                     const struct config_kinds *kinds, struct gloss_diags *diags)
{
    return read_text(ret_config, file, text, kinds, diags, /* look= */ false);
}

static int read_path(struct config **ret_config, const char *file, const struct config_kinds *kinds,
                     struct gloss_diags *diags, bool look)
{
    CLEANUP(gloss_buf_deinit) struct gloss_buf text = {0};
    int r = read_file(file, CONFIG_BYTES_MAX, &text);

    if (r < 0)
        return say_unreadable(diags, file, r);
    return read_text(ret_config, file, gloss_buf_view(&text), kinds, diags, look);
}

int config_read(struct config **ret_config, const char *file, const struct config_kinds *kinds,
                struct gloss_diags *diags)
{
    return read_path(ret_config, file, kinds, diags, /* look= */ true);
}

int config_peek(struct config **ret_config, const char *file, const struct config_kinds *kinds,
                struct gloss_diags *diags)
{
    return read_path(ret_config, file, kinds, diags, /* look= */ false);
}

struct config *config_ref(struct config *c)
{
    container_of(c, struct config_draft, config)->owners++;
    return c;
}

struct config *config_free(struct config *c)
{
    struct config_draft *d;

    if (!c)
        return NULL;
    d = container_of(c, struct config_draft, config);
    if (--d->owners > 0)
        return NULL;
    arena_deinit(&d->arena);
    free(d);
    return NULL;
}

const char *config_sink_path(const struct config_sink *s)
{
    return s->kind && s->settings && s->kind->path ? s->kind->path(s->settings) : NULL;
}
