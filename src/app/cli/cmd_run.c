/* glossd run: the service. */

#include "app/cli/cmds.h"
#include "app/common/message.h"
#include "app/config/config.h"
#include "app/service/service.h"

enum key { KEY_CONFIG = CMD_LONG_ONLY };

static const struct cmd_option options[] = {
    {"config", KEY_CONFIG, "FILE", NULL,
     "what to follow, and where to write (default: " CONFIG_DEFAULT_FILE ")"},
    {0},
};

static int run(const struct cmd *cmd, int argc, char **argv)
{
    const char *file = CONFIG_DEFAULT_FILE;
    struct common_options common = {0};
    struct words words;
    int status = cmd_parse(cmd, argc, argv, &common, &file, &words);

    if (status < 0 && words.n > 0)
        status = message_error(words.items[0], "a word too many; 'glossd run --config FILE' names "
                                               "another configuration");
    if (status < 0 && common.n_catalogs > 0)
        status = message_error("--catalog", "the configuration names the catalogs; put it there");
    if (status < 0)
        status = service_run(file);
    cmd_common_deinit(&common);
    return status;
}

const struct cmd cmd_run = {
    .name = "run",
    .summary = "follow logs as a service",
    .details =
        "Follows the files that the configuration names, writes annotated lines and counters to "
        "its sinks, and remembers in its state how far it got: each line is out exactly once, "
        "across restarts, crashes, rotations and full disks.\n\n"
        "SIGHUP reloads the configuration and its catalogs (a bad one keeps the old), SIGUSR1 "
        "makes a checkpoint now, SIGTERM and SIGINT stop in good order.\n\n",
    .examples = "  glossd check --config ./glossd.yaml\n"
                "  glossd run --config ./glossd.yaml\n",
    .options = options,
    .no_catalogs = true,
    .option = cmd_keep_value,
    .run = run,
};
