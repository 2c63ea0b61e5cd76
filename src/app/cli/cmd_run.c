/* glossd run: the service. */

#include "app/cli/cmds.h"
#include "app/common/message.h"
#include "app/config/config.h"
#include "app/connectors/kinds.h"
#include "app/service/service.h"

enum key { KEY_CONFIG = CMD_LONG_ONLY };

static const struct cmd_option options[] = {
    {"config", KEY_CONFIG, "FILE", NULL,
     "the configuration of the service (default: " CONFIG_DEFAULT_FILE ")"},
    {0},
};

static int run(const struct cmd *cmd, int argc, char **argv)
{
    const char *file = CONFIG_DEFAULT_FILE;
    struct common_options common = {0};
    struct words words;
    int status = cmd_parse(cmd, argc, argv, &common, &file, &words);

    if (status < 0 && words.n > 0)
        status = message_error(
            words.items[0],
            "run takes no names; 'glossd run --config FILE' names another configuration");
    if (status < 0 && common.n_catalogs > 0)
        status = message_error("--catalog",
                               "the configuration names the catalogs; put the catalog there");
    if (status < 0)
        status = service_run(file, &connector_kinds);
    cmd_common_deinit(&common);
    return status;
}

const struct cmd cmd_run = {
    .name = "run",
    .summary = "run the service, which follows logs",
    .details =
        "The service follows the logs that the configuration names and writes annotated lines and "
        "counters to its sinks. Its state remembers how far it has read, so each line is written "
        "exactly once, across restarts, crashes, rotations and full disks.\n\n"
        "SIGHUP reloads the "
        "configuration and its catalogs; when they have a mistake, the old ones stay. SIGUSR1 "
        "makes a checkpoint now. SIGTERM and SIGINT stop the service after a last checkpoint.\n\n",
    .examples = "  glossd check --config ./glossd.yaml\n"
                "  glossd run --config ./glossd.yaml\n",
    .options = options,
    .no_catalogs = true,
    .option = cmd_keep_value,
    .run = run,
};
