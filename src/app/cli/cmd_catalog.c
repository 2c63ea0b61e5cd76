/* glossd catalog: the catalogs themselves. Each verb is one function:
 *
 *     list     lists the catalogs
 *     show     shows all that a catalog says, or what it says about one code
 *     check    reports every mistake in catalog files
 *     export   writes the codes in a form that another program reads */

#include "app/cli/cmds.h"
#include "app/cli/verb.h"
#include "app/common/catalog_loader.h"
#include "app/common/message.h"
#include "app/common/terminal.h"
#include "app/inspect/catalog_export.h"
#include "app/inspect/explain.h"
#include "core/base/util.h"

#include <gloss/lookup.h>
#include <gloss/matcher.h>
#include <stdio.h>
#include <unistd.h>

enum { OPTION_VERBOSE = 'v', OPTION_FORMAT = 'f' };

/* These words are in the order of enum catalog_export_format. */
enum catalog_export_format { CATALOG_EXPORT_JOURNAL, CATALOG_EXPORT_NAMES };
static const char *const format_words[] = {"journal", "names", NULL};

static const struct cmd_option options[] = {
    {"verbose", OPTION_VERBOSE, NULL, NULL, "check: also show how the codes are searched for"},
    {"format", OPTION_FORMAT, "FORMAT", format_words,
     "export: journal, a message catalog for journalctl -x, or names, the codes alone (default: "
     "journal)"},
    {NULL, 0, NULL, NULL, NULL},
};

struct catalog_cmd {
    const struct common_options *common;
    struct explain_style style;
    unsigned given; /* the options given that only one verb knows */
    enum catalog_export_format format;
    struct gloss_buf out;
};

static int on_option(void *state, int key, const char *value, int word)
{
    struct catalog_cmd *c = state;

    (void)value;
    c->given |= VERB_OPTION(key);
    if (key == OPTION_FORMAT)
        c->format = (enum catalog_export_format)word;
    return 0;
}

/* ---- list ---- */

/* The catalogs to list: those of --catalog, else all shipped ones. */
struct shelf {
    struct gloss_catalogs *set;
    struct gloss_diags diags;
};

static void shelf_deinit(struct shelf *s)
{
    gloss_catalogs_free(s->set);
    gloss_diags_deinit(&s->diags);
}

static int shelf_add(void *ctx, const char *name)
{
    struct shelf *s = ctx;

    return catalog_loader_read(s->set, name, &s->diags);
}

static int shelf_fill(struct shelf *s, const struct common_options *common)
{
    int r = gloss_catalogs_new(&s->set);

    if (r < 0)
        return r;
    if (common->n_catalogs == 0)
        return catalog_loader_each_shipped(shelf_add, s);
    for (size_t i = 0; r == 0 && i < common->n_catalogs; i++)
        r = shelf_add(s, common->catalogs[i]);
    return r;
}

static void list_line(struct gloss_buf *out, const size_t *widths, const char *name,
                      const char *codes, const char *file, const char *title)
{
    gloss_buf_printf(out, "%-*s  %5s  %-*s  %s\n", (int)widths[0], name, codes, (int)widths[1],
                     file, title);
}

static void list_catalogs(const struct gloss_catalogs *set, struct gloss_buf *out)
{
    size_t n = gloss_catalogs_count(set), widths[2] = {strlen("CATALOG"), strlen("FILE")};
    char codes[24];

    for (size_t i = 0; i < n; i++) {
        widths[0] = MAX(widths[0], strlen(gloss_catalogs_get(set, i)->name));
        widths[1] = MAX(widths[1], strlen(gloss_catalogs_get(set, i)->file));
    }
    list_line(out, widths, "CATALOG", "CODES", "FILE", "TITLE");
    for (size_t i = 0; i < n; i++) {
        const struct gloss_catalog *catalog = gloss_catalogs_get(set, i);

        snprintf(codes, sizeof(codes), "%zu", catalog->n_entries);
        list_line(out, widths, catalog->name, codes, catalog->file,
                  catalog->title ? catalog->title : "-");
    }
}

static int run_list(void *state, const struct words *words)
{
    struct catalog_cmd *c = state;
    CLEANUP(shelf_deinit) struct shelf s = {0};

    if (words->n > 0)
        return message_error(words->items[0],
                             "'catalog list' takes no names; --catalog FILE adds a catalog");
    if (shelf_fill(&s, c->common) < 0)
        return message_no_memory();
    message_diags(&s.diags);
    list_catalogs(s.set, &c->out);
    return s.diags.errors > 0 ? EXIT_TROUBLE : EXIT_OK;
}

/* ---- show ---- */

static void show_catalog(struct catalog_cmd *c, const struct gloss_catalog *catalog)
{
    const struct {
        const char *label, *text;
    } fields[] = {
        {"catalog", catalog->name}, {"title", catalog->title},   {"reference", catalog->reference},
        {"file", catalog->file},    {"family", catalog->family}, {"success", catalog->success},
    };

    for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
        if (fields[i].text)
            explain_field(fields[i].label, fields[i].text, 13, &c->style, &c->out);
    for (size_t i = 0; i < catalog->n_entries; i++) {
        gloss_buf_char(&c->out, '\n');
        explain_text(&catalog->entries[i], &c->style, &c->out);
    }
}

static bool show_by_name(struct catalog_cmd *c, const struct gloss_catalogs *set, const char *name)
{
    for (size_t i = 0; i < gloss_catalogs_count(set); i++)
        if (STREQ(gloss_catalogs_get(set, i)->name, name)) {
            show_catalog(c, gloss_catalogs_get(set, i));
            return true;
        }
    return false;
}

static int no_such_name(const char *name, const struct gloss_lookup *found)
{
    if (found->n > 0)
        return message_error(name, "neither a catalog nor a code; did you mean %s?",
                             found->entries[0]->code);
    return message_error(name, "neither a catalog nor a code; 'glossd catalog list' lists "
                               "catalogs, --catalog FILE adds a catalog");
}

/* Shows a code of the catalogs in use; else a shipped catalog or a file that is not in use. */
static int show_other(struct catalog_cmd *c, const struct gloss_catalogs *set, const char *name)
{
    CLEANUP(gloss_lookup_deinit) struct gloss_lookup found = {.kind = GLOSS_LOOKUP_NONE};
    CLEANUP(shelf_deinit) struct shelf s = {0};

    if (gloss_lookup(set, /* scanner= */ NULL, gloss_span_str(name), &found) < 0)
        return message_no_memory();
    if (found.kind == GLOSS_LOOKUP_NAME || found.kind == GLOSS_LOOKUP_PREFIX) {
        for (size_t i = 0; i < found.n; i++) {
            gloss_buf_str(&c->out, i > 0 ? "\n" : "");
            explain_text(found.entries[i], &c->style, &c->out);
        }
        return EXIT_OK;
    }
    if (!catalog_loader_is_location(name))
        return no_such_name(name, &found);
    if (gloss_catalogs_new(&s.set) < 0 || catalog_loader_read(s.set, name, &s.diags) < 0)
        return message_no_memory();
    message_diags(&s.diags);
    for (size_t i = 0; i < gloss_catalogs_count(s.set); i++)
        show_catalog(c, gloss_catalogs_get(s.set, i));
    return s.diags.errors > 0 ? EXIT_TROUBLE : EXIT_OK;
}

static int run_show(void *state, const struct words *words)
{
    struct catalog_cmd *c = state;
    CLEANUP(gloss_catalogs_freep) struct gloss_catalogs *set = NULL;
    int status;

    status = catalog_loader_load(&set, c->common);
    for (size_t i = 0; status == EXIT_OK && words->n == 0 && i < gloss_catalogs_count(set); i++) {
        gloss_buf_str(&c->out, i > 0 ? "\n" : "");
        show_catalog(c, gloss_catalogs_get(set, i));
    }
    for (size_t i = 0; status == EXIT_OK && i < words->n; i++) {
        size_t before = c->out.len, blank = before > 0;

        gloss_buf_str(&c->out, blank ? "\n" : "");
        if (!show_by_name(c, set, words->items[i]))
            status = show_other(c, set, words->items[i]);
        if (c->out.len == before + blank)
            c->out.len = before;
    }
    return status;
}

/* ---- check ---- */

static int check_place(struct catalog_cmd *c, struct gloss_catalogs *set, const char *place,
                       size_t *errors)
{
    CLEANUP(gloss_diags_deinit) struct gloss_diags diags = {0};
    size_t before = gloss_catalogs_count(set);

    if (catalog_loader_read(set, place, &diags) < 0)
        return -ENOMEM;
    message_diags(&diags);
    *errors += diags.errors;
    for (size_t i = before; i < gloss_catalogs_count(set); i++) {
        const struct gloss_catalog *catalog = gloss_catalogs_get(set, i);

        gloss_buf_printf(&c->out, "%s: good: catalog %s, %zu code%s\n", catalog->file,
                         catalog->name, catalog->n_entries, catalog->n_entries == 1 ? "" : "s");
    }
    return 0;
}

/* Names the patterns that are tried on every line, because these take the time. */
static void tell_unfiltered(struct catalog_cmd *c, const struct gloss_matcher *m)
{
    struct gloss_unfiltered u;

    for (size_t i = 0; gloss_matcher_unfiltered(m, i, &u); i++)
        gloss_buf_printf(
            &c->out,
            "  %s: %s has no text that each match must contain, so it is tried on every line\n",
            u.catalog->name, u.entry ? u.entry->code : "its family or success pattern");
}

static int tell_plan(struct catalog_cmd *c, const struct gloss_catalogs *set)
{
    CLEANUP(gloss_matcher_freep) struct gloss_matcher *m = NULL;
    struct gloss_matcher_plan plan;
    int r = gloss_matcher_new(&m, set, NULL);

    if (r < 0)
        return r;
    gloss_matcher_plan(m, &plan);
    gloss_buf_printf(&c->out,
                     "how codes are found: kernels %s, PCRE2 %s\n"
                     "  names: %zu, by %s\n  texts of patterns: %zu, by %s\n"
                     "  patterns tried on every line: %zu\n",
                     plan.variant, plan.jit ? "compiled to machine code" : "interpreted",
                     plan.n_names, plan.names, plan.n_literals, plan.literals, plan.n_unfiltered);
    tell_unfiltered(c, m);
    return 0;
}

static int run_check(void *state, const struct words *words)
{
    struct catalog_cmd *c = state;
    CLEANUP(gloss_catalogs_freep) struct gloss_catalogs *set = NULL;
    size_t errors = 0;
    int r = gloss_catalogs_new(&set);

    for (size_t i = 0; r == 0 && i < c->common->n_catalogs; i++)
        r = check_place(c, set, c->common->catalogs[i], &errors);
    for (size_t i = 0; r == 0 && i < words->n; i++)
        r = check_place(c, set, words->items[i], &errors);
    if (r == 0 && c->common->n_catalogs + words->n == 0)
        r = check_place(c, set, gloss_builtin_name(), &errors);
    if (r == 0 && (c->given & VERB_OPTION(OPTION_VERBOSE)) && gloss_catalogs_count(set) > 0)
        r = tell_plan(c, set);
    if (r < 0)
        return message_no_memory();
    return errors > 0 ? EXIT_TROUBLE : EXIT_OK;
}

/* ---- export ---- */

static int run_export(void *state, const struct words *words)
{
    struct catalog_cmd *c = state;
    CLEANUP(gloss_catalogs_freep) struct gloss_catalogs *set = NULL;
    int status;

    if (words->n > 0)
        return message_error(words->items[0],
                             "'catalog export' takes no names; --catalog FILE chooses a catalog");
    status = catalog_loader_load(&set, c->common);
    if (status == EXIT_OK && c->format == CATALOG_EXPORT_JOURNAL)
        catalog_export_journal(set, &c->out);
    else if (status == EXIT_OK)
        catalog_export_names(set, &c->out);
    return status;
}

/* ---- the command ---- */

static const struct verb verbs[] = {
    {"list", run_list, 0},
    {"show", run_show, 0},
    {"check", run_check, VERB_OPTION(OPTION_VERBOSE)},
    {"export", run_export, VERB_OPTION(OPTION_FORMAT)},
    {0},
};

static int run(const struct cmd *cmd, int argc, char **argv)
{
    struct common_options common = {0};
    struct catalog_cmd c = {.common = &common};
    struct words words;
    int status = cmd_parse(cmd, argc, argv, &common, &c, &words);

    if (status < 0) {
        c.style.width = terminal_width(STDOUT_FILENO);
        c.style.color = cmd_wants_color(&common, STDOUT_FILENO);
        status = verb_run(cmd, verbs, &c, c.given, &words, &c.out);
    }
    gloss_buf_deinit(&c.out);
    cmd_common_deinit(&common);
    return status;
}

const struct cmd cmd_catalog = {
    .name = "catalog",
    .args = "list | show [NAME-OR-CODE...] | check [FILE...] | export",
    .summary = "list, show, check and export catalogs",
    .details = "list lists the catalogs. show shows what a catalog or a code says; without a name "
               "it shows all catalogs in use. check reports every mistake of a file, or of all "
               "files of a folder, with line and column. export writes all codes for other "
               "programs; as a message catalog in /usr/lib/systemd/catalog they let journalctl -x "
               "explain messages.\n\n"
               "Exit status: 0, or 2 when there are mistakes.\n\n",
    .examples = "  glossd catalog list\n"
                "  glossd catalog show aliyun-mqtt\n"
                "  glossd catalog check own.yaml\n"
                "  glossd catalog export -c own.yaml >/usr/lib/systemd/catalog/own.catalog\n",
    .options = options,
    .option = on_option,
    .run = run,
};
