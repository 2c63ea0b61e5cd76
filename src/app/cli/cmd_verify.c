/* glossd verify: do sources, sinks and counters agree? */

#include "app/cli/cmds.h"
#include "app/common/message.h"
#include "app/config/config.h"
#include "app/inspect/state_store.h"
#include "app/inspect/verify.h"
#include "core/base/util.h"

enum { SNAPSHOT_TRIES = 20 };
enum key { KEY_STATE = CMD_LONG_ONLY, KEY_CONFIG };

static const struct cmd_option options[] = {
    {"state", KEY_STATE, "FILE", NULL,
     "the state (default: the one that the configuration names, else " CONFIG_DEFAULT_STATE ")"},
    {"config", KEY_CONFIG, "FILE", NULL,
     "the configuration of the service: its sources, sinks and catalogs "
     "(default: " CONFIG_DEFAULT_FILE ")"},
    {0},
};

struct verify_cmd {
    const char *config_file, *state_file;
    struct config *config;
    char *path;
};

static int on_option(void *state, int key, const char *value, int word)
{
    struct verify_cmd *c = state;

    (void)word;
    if (key == KEY_STATE)
        c->state_file = value;
    else
        c->config_file = value;
    return 0;
}

/* ---- one moment of the state ---- */

static int on_sink(void *ctx, const struct store_sink *sink)
{
    struct verify *v = ctx;
    char *path = strdup(sink->path);

    if (!path || GROW(&v->sinks, &v->sinks_size, v->n_sinks + 1) < 0) {
        free(path);
        return -ENOMEM;
    }
    v->sinks[v->n_sinks++] = (struct verify_sink){
        .path = path, .position = sink->position, .pending = sink->pending.len};
    return 0;
}

static void forget(struct verify *v)
{
    for (size_t i = 0; i < v->n_sinks; i++)
        free(v->sinks[i].path);
    v->n_sinks = 0;
    state_files_deinit(&v->stored);
    state_cursors_deinit(&v->cursors);
    v->report.counters = gloss_counters_free(v->report.counters);
}

/* Loads what one checkpoint says. Returns 0 or a negative errno. */
static int load_once(struct verify *v, struct store *store)
{
    uint64_t before;
    int r;

    forget(v);
    r = gloss_counters_new(&v->report.counters, v->report.set);
    if (r == 0)
        r = store_load_counters(store, v->report.counters);
    before = store_committed_ns(store);
    if (r == 0)
        r = store_orphans(store, v->report.set, &v->orphans);
    if (r == 0)
        r = state_files_load(&v->stored, store);
    if (r == 0)
        r = state_cursors_load(&v->cursors, store);
    if (r == 0)
        r = store_each_sink(store, on_sink, v);
    if (r < 0)
        return r;
    v->report.since_ns = store_since_ns(store);
    v->report.committed_ns = before;
    return 0;
}

/* Loads the state again and again, until no checkpoint came in between. */
static int load_state(struct verify_cmd *c, struct verify *v)
{
    int r = 1;

    for (int i = 0; r == 1 && i < SNAPSHOT_TRIES; i++) {
        CLEANUP(store_freep) struct store *store = NULL, *after = NULL;
        int status = state_store_open(c->path, /* writes= */ false, &store);

        if (status != EXIT_OK)
            return status;
        r = load_once(v, store);
        if (r == -ENOMEM)
            return message_no_memory();
        if (r < 0)
            return message_error(c->path, "the state cannot be read: %s", store_problem(store));
        status = state_store_open(c->path, /* writes= */ false, &after);
        if (status != EXIT_OK)
            return status;
        r = store_committed_ns(after) != v->report.committed_ns;
    }
    return r == 0 ? EXIT_OK
                  : message_error(c->path, "the service makes checkpoints too often to read the "
                                           "state in between; stop it, or try again");
}

/* ---- the command ---- */

static int answer(struct verify *v)
{
    int status;

    gloss_buf_printf(&v->out, "%zu agree, %zu differ, %zu cannot be told\n",
                     v->verdicts[VERDICT_AGREE], v->verdicts[VERDICT_DIFFER],
                     v->verdicts[VERDICT_UNKNOWN]);
    if (v->out.failed)
        return message_no_memory();
    status = message_answer(v->out.ptr, v->out.len);
    return status == EXIT_OK && v->verdicts[VERDICT_DIFFER] > 0 ? EXIT_SEEN : status;
}

static int run_parsed(struct verify_cmd *c, const struct common_options *common, struct verify *v)
{
    const struct state_report_options asked = {
        .common = common, .state = c->state_file, .config = c->config_file};
    const char *what = NULL;
    int status = state_store_find(c->config_file, c->state_file, &c->config, &c->path), r;

    if (status == EXIT_OK)
        status = state_report_catalogs(&v->report, &asked, c->config);
    if (status == EXIT_OK)
        status = load_state(c, v);
    if (status != EXIT_OK)
        return status;
    v->config = c->config;
    r = verify_run(v, &what);
    if (r == -ENOMEM)
        return message_no_memory();
    return r < 0 ? message_error(what, "%s", message_reason(r)) : answer(v);
}

static int run(const struct cmd *cmd, int argc, char **argv)
{
    struct common_options common = {0};
    struct verify_cmd c = {0};
    struct verify v = {0};
    struct words words;
    int status = cmd_parse(cmd, argc, argv, &common, &c, &words);

    if (status < 0 && words.n > 0)
        status = message_error(words.items[0],
                               "verify takes no names; --config and --state say what to verify");
    if (status < 0)
        status = run_parsed(&c, &common, &v);
    verify_deinit(&v);
    free(c.path);
    config_free(c.config);
    cmd_common_deinit(&common);
    return status;
}

const struct cmd cmd_verify = {
    .name = "verify",
    .args = "",
    .summary = "compare logs, sinks and counters with the state",
    .details =
        "It reads again what is still on disk: each followed file as far as it was read, and each "
        "sink as far as it is committed. It scans the sources again and compares the counters, and "
        "it makes text sinks again and compares each byte. Where something differs, it names the "
        "first byte. When logs are gone and it cannot tell, it says so. The service may "
        "run.\n\n"
        "Exit status: 0 nothing differs, 1 something differs, 2 trouble.\n\n",
    .examples = "  glossd verify\n"
                "  glossd verify --config /etc/glossd/glossd.yaml\n",
    .options = options,
    .option = on_option,
    .run = run,
};
