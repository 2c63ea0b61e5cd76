/* glossd check: reports every mistake of the configuration and its catalogs, each with its place.
 * */

#include "app/cli/cmds.h"
#include "app/common/message.h"
#include "app/config/config.h"
#include "app/connectors/kinds.h"
#include "core/base/util.h"

enum key { KEY_CONFIG = CMD_LONG_ONLY };

static const struct cmd_option options[] = {
    {"config", KEY_CONFIG, "FILE", NULL,
     "the configuration to check (default: " CONFIG_DEFAULT_FILE ")"},
    {0},
};

static void append_count(struct gloss_buf *out, size_t n, const char *what)
{
    gloss_buf_printf(out, "%zu %s%s", n, what, n == 1 ? "" : "s");
}

static int answer(const struct config *c, const struct gloss_diags *diags)
{
    CLEANUP(gloss_buf_deinit) struct gloss_buf out = {0};

    gloss_buf_printf(&out, "%s: ok: ", c->file);
    append_count(&out, c->n_sources, "source");
    gloss_buf_str(&out, ", ");
    append_count(&out, c->n_sinks, "sink");
    gloss_buf_printf(&out, ", state %s", c->state);
    if (diags->n > 0) {
        gloss_buf_str(&out, ", ");
        append_count(&out, diags->n, "warning");
    }
    gloss_buf_char(&out, '\n');
    return out.failed ? message_no_memory() : message_answer(out.ptr, out.len);
}

static int check(const char *file)
{
    CLEANUP(gloss_diags_deinit) struct gloss_diags diags = {0};
    CLEANUP(config_freep) struct config *config = NULL;
    int r = config_read(&config, file, &connector_kinds, &diags);

    if (r == -ENOMEM)
        return message_no_memory();
    message_diags(&diags);
    return r == 0 ? answer(config, &diags) : EXIT_TROUBLE;
}

static int run(const struct cmd *cmd, int argc, char **argv)
{
    struct common_options common = {0};
    const char *file = CONFIG_DEFAULT_FILE;
    struct words words;
    int status = cmd_parse(cmd, argc, argv, &common, &file, &words);

    if (status < 0 && words.n > 0)
        status =
            message_error(words.items[0],
                          "check takes no names; 'glossd check --config FILE' checks another file");
    else if (status < 0 && common.n_catalogs > 0)
        status = message_error("--catalog", "the configuration names the catalogs; 'glossd catalog "
                                            "check FILE' checks a catalog alone");
    else if (status < 0)
        status = check(file);
    cmd_common_deinit(&common);
    return status;
}

const struct cmd cmd_check = {
    .name = "check",
    .summary = "check the configuration of the service and its catalogs",
    .details =
        "One run reports every mistake, with line and column and with what would be right. It also "
        "looks at the machine: at the catalogs, the folders, and the files to follow. It changes "
        "nothing.\n\n"
        "Exit status: 0, or 2 when there are mistakes; a warning is not a mistake.\n\n",
    .examples = "  glossd check\n"
                "  glossd check --config /etc/glossd/glossd.yaml && systemctl reload glossd\n",
    .options = options,
    .no_catalogs = true,
    .option = cmd_keep_value,
    .run = run,
};
