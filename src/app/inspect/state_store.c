/* Opening a state for writing would also create a missing one, and restore a damaged one. Only the
 * service may do both. So a command opens the state for reading first, and leaves a state alone
 * that it cannot read. */

#include "app/inspect/state_store.h"

#include "app/common/clock.h"
#include "app/common/exit_status.h"
#include "app/common/message.h"
#include "app/config/config.h"
#include "app/inspect/state_report.h"
#include "core/base/util.h"

int state_store_find(const char *config, const char *state, struct config **ret_config,
                     char **ret_path)
{
    const struct state_report_options options = {.state = state, .config = config};
    int status = state_report_config(&options, ret_config);

    if (status != EXIT_OK)
        return status;
    *ret_path = strdup(state ? state : *ret_config ? (*ret_config)->state : CONFIG_DEFAULT_STATE);
    return *ret_path ? EXIT_OK : message_no_memory();
}

static int open_as(const char *path, bool reads_only, struct store **ret_store)
{
    CLEANUP(gloss_diags_deinit) struct gloss_diags diags = {0};
    struct clock clock;
    struct store_options options = {.path = path, .read_only = reads_only};
    int r;

    clock_init(&clock);
    options.now_ns = clock.base.now_ns;
    r = store_open(ret_store, &options, &diags);
    if (r == -ENOMEM)
        return message_no_memory();
    if (r == STORE_E_ABSENT)
        return message_error(path,
                             "there is no state of a service here; --state FILE names another");
    if (r != 0)
        message_diags(&diags);
    return r == 0 ? EXIT_OK : EXIT_TROUBLE;
}

int state_store_open(const char *path, bool writes, struct store **ret_store)
{
    int status = open_as(path, /* reads_only= */ true, ret_store);

    if (status != EXIT_OK || !writes)
        return status;
    *ret_store = store_free(*ret_store);
    return open_as(path, /* reads_only= */ false, ret_store);
}
