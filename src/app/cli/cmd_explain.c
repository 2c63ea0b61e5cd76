/* glossd explain: says what a code means and what to do about it.
 *
 * Each word is looked up by itself. An explanation goes to standard output. An unknown word is
 * reported on standard error, with the names that may have been meant. The exit status tells a
 * script whether every word was known. When the service has a state, the explanation ends with what
 * the service saw of the code. */

#include "app/cli/cmds.h"
#include "app/common/message.h"
#include "app/common/terminal.h"
#include "app/config/config.h"
#include "app/inspect/explain.h"
#include "app/inspect/state_report.h"
#include "core/base/util.h"

#include <gloss/lookup.h>
#include <unistd.h>

/* When a word is the beginning of up to this many names, all are explained in full; more are
 * listed. */
#define EXPLAINED_MAX 5

enum { OPTION_FORMAT = 'f', OPTION_STATE = CMD_LONG_ONLY, OPTION_CONFIG };

static const char *const formats[] = {"text", "json", NULL};

static const struct cmd_option options[] = {
    {"format", OPTION_FORMAT, "FORMAT", formats, "text (the default) or json, one object a line"},
    {"state", OPTION_STATE, "FILE", NULL,
     "the state of the service that says how often it saw the code (default: the state that the "
     "configuration names, else " CONFIG_DEFAULT_STATE ")"},
    {"config", OPTION_CONFIG, "FILE", NULL,
     "the configuration of the service, which names state and catalogs "
     "(default: " CONFIG_DEFAULT_FILE ")"},
    {NULL, 0, NULL, NULL, NULL},
};

struct explain {
    const char *state, *config;
    struct state_report report;
    const struct state_report *seen; /* NULL: there is no state */
    struct gloss_matcher *matcher;
    struct gloss_scanner *scanner;
    struct explain_style style;
    bool json;
    bool unknown; /* a word was neither a code nor the beginning of one */
    struct gloss_buf out;
};

static void explain_deinit(struct explain *e)
{
    gloss_buf_deinit(&e->out);
    gloss_scanner_free(e->scanner);
    gloss_matcher_free(e->matcher);
    state_report_close(&e->report);
}

static int on_option(void *state, int key, const char *value, int word)
{
    struct explain *e = state;

    if (key == OPTION_FORMAT)
        e->json = word == 1;
    else
        *(key == OPTION_STATE ? &e->state : &e->config) = value;
    return 0;
}

static bool is_known(const struct gloss_lookup *found)
{
    return found->kind != GLOSS_LOOKUP_NONE && found->kind != GLOSS_LOOKUP_NEAR;
}

static void say_unknown(const char *word, const struct gloss_lookup *found)
{
    CLEANUP(gloss_buf_deinit) struct gloss_buf names = {0};

    for (size_t i = 0; i < found->n; i++) {
        gloss_buf_str(&names, i == 0 ? "" : i + 1 == found->n ? " or " : ", ");
        gloss_buf_str(&names, found->entries[i]->code);
    }
    if (names.len == 0)
        message_error(word, "unknown code; 'glossd catalog list' lists the catalogs");
    else
        message_error(word, "unknown code; did you mean %.*s?", (int)names.len, names.ptr);
}

/* The i-th entry. Cause and solution have the captures of the line on which it was found. */
static struct gloss_entry entry_of(const struct gloss_lookup *found, size_t i)
{
    struct gloss_entry entry = *found->entries[i];

    if (found->texts) {
        entry.cause = found->texts[i].cause;
        entry.solution = found->texts[i].solution;
    }
    return entry;
}

static void list_entries(struct explain *e, const char *word, const struct gloss_lookup *found)
{
    size_t columns = 0;

    for (size_t i = 0; i < found->n; i++)
        columns = MAX(columns, strlen(found->entries[i]->code));
    gloss_buf_printf(&e->out, "%zu codes begin with %s:\n", found->n, word);
    for (size_t i = 0; i < found->n; i++)
        explain_line(found->entries[i], columns, &e->style, &e->out);
}

static void explain_as_text(struct explain *e, const char *word, const struct gloss_lookup *found)
{
    if (!is_known(found)) {
        say_unknown(word, found);
        return;
    }
    if (e->out.len > 0)
        gloss_buf_char(&e->out, '\n');
    if (found->kind == GLOSS_LOOKUP_PREFIX && found->n > EXPLAINED_MAX) {
        list_entries(e, word, found);
        return;
    }
    for (size_t i = 0; i < found->n; i++) {
        struct gloss_entry entry = entry_of(found, i);

        if (i > 0)
            gloss_buf_char(&e->out, '\n');
        explain_text(&entry, &e->style, &e->out);
        if (e->seen)
            explain_sight(&entry, e->seen, &e->style, &e->out);
    }
}

static void explain_as_json(struct explain *e, const char *word, const struct gloss_lookup *found)
{
    static const char *const kinds[] = {
        [GLOSS_LOOKUP_NONE] = "none", [GLOSS_LOOKUP_NAME] = "name",
        [GLOSS_LOOKUP_LINE] = "line", [GLOSS_LOOKUP_PREFIX] = "prefix",
        [GLOSS_LOOKUP_NEAR] = "none",
    };
    struct gloss_buf *out = &e->out;

    gloss_buf_str(out, "{\"query\":\"");
    gloss_buf_json(out, gloss_span_str(word));
    gloss_buf_printf(out, "\",\"match\":\"%s\",\"codes\":[", kinds[found->kind]);
    for (size_t i = 0; is_known(found) && i < found->n; i++) {
        struct gloss_entry entry = entry_of(found, i);

        gloss_buf_str(out, i > 0 ? "," : "");
        explain_json(&entry, e->seen, out);
    }
    gloss_buf_str(out, "],\"nearest\":[");
    for (size_t i = 0; !is_known(found) && i < found->n; i++) {
        gloss_buf_str(out, i > 0 ? ",\"" : "\"");
        gloss_buf_json(out, gloss_span_str(found->entries[i]->code));
        gloss_buf_char(out, '"');
    }
    gloss_buf_str(out, "]}\n");
}

static int explain_word(struct explain *e, const char *word)
{
    CLEANUP(gloss_lookup_deinit) struct gloss_lookup found = {.kind = GLOSS_LOOKUP_NONE};
    int r = gloss_lookup(e->report.set, e->scanner, gloss_span_str(word), &found);

    if (r < 0)
        return r;
    if (e->json)
        explain_as_json(e, word, &found);
    else
        explain_as_text(e, word, &found);
    e->unknown = e->unknown || !is_known(&found);
    return e->out.failed ? -ENOMEM : 0;
}

static int explain_words(struct explain *e, const struct common_options *common,
                         const struct words *words)
{
    const struct state_report_options asked = {
        .common = common, .state = e->state, .config = e->config, .optional = true};
    int status;

    if (words->n == 0)
        return message_error(NULL, "explain: which code? 'glossd explain CODE...'");
    status = state_report_open(&e->report, &asked);
    if (status != EXIT_OK)
        return status;
    e->seen = e->report.counters ? &e->report : NULL;
    if (gloss_matcher_new(&e->matcher, e->report.set, NULL) < 0 ||
        gloss_scanner_new(&e->scanner, e->matcher) < 0)
        return message_no_memory();
    e->style.width = terminal_width(STDOUT_FILENO);
    e->style.color = cmd_wants_color(common, STDOUT_FILENO);
    for (size_t i = 0; i < words->n; i++)
        if (explain_word(e, words->items[i]) < 0)
            return message_no_memory();
    status = message_answer(e->out.ptr, e->out.len);
    return status == EXIT_OK && e->unknown ? EXIT_SEEN : status;
}

static int run(const struct cmd *cmd, int argc, char **argv)
{
    struct explain e = {.json = false};
    struct common_options common = {0};
    struct words words;
    int status = cmd_parse(cmd, argc, argv, &common, &e, &words);

    if (status < 0)
        status = explain_words(&e, &common, &words);
    explain_deinit(&e);
    cmd_common_deinit(&common);
    return status;
}

const struct cmd cmd_explain = {
    .name = "explain",
    .args = "CODE...",
    .summary = "say what a code means and what to do",
    .details =
        "CODE may be written in any case. It may also be the beginning of a code, or a whole line "
        "of a log, in quotes. Each of several codes is explained.\n\n"
        "When the service has a state, "
        "the answer also says how often the code was seen, since when, and where last.\n\n"
        "Exit "
        "status: 0, or 1 when a code is unknown; then the most similar names are shown.\n\n",
    .examples = "  glossd explain BIZ_TOPIC_NOT_FOUND\n"
                "  glossd explain ons_sys biz_no\n"
                "  glossd explain '08:00:01 ERROR send failed: BIZ_TOPIC_NOT_FOUND'\n",
    .options = options,
    .option = on_option,
    .run = run,
};
