#pragma once

/* The subcommands. Each has a file of its own. */

#include "app/cli/cmd.h"

extern const struct cmd cmd_annotate;
extern const struct cmd cmd_summary;
extern const struct cmd cmd_explain;
extern const struct cmd cmd_catalog;
extern const struct cmd cmd_check;
extern const struct cmd cmd_run;
extern const struct cmd cmd_state;
extern const struct cmd cmd_verify;
