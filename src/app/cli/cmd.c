/* argp of the C library parses the words and lays out the help; only this file knows argp. Its
 * messages are switched off, because those of argp and getopt take two lines and do not say what to
 * do. When argp fails and no message was written, the words are read once more by the same table,
 * to find the first word that is wrong and what would have been right. */

#include "app/cli/cmd.h"

#include "app/common/message.h"
#include "app/common/terminal.h"
#include "core/base/name_distance.h"
#include "core/base/util.h"

#include <argp.h>
#include <stdio.h>

#define OPTIONS_MAX 64 /* options of one command that a wrong one is compared with */

enum { KEY_CATALOG = 'c', KEY_HELP = 'h', KEY_VERSION = 'V', KEY_COLOR = 0x10000 };

static const char *const color_words[] = {"auto", "always", "never", NULL};

const struct cmd_option cmd_common_options[] = {
    {"catalog", KEY_CATALOG, "FILE", NULL,
     "catalog to use instead of the built-in one: a file, a folder of *.yaml files, or the name of "
     "a shipped one; may be given several times"},
    {"color", KEY_COLOR, "WHEN", color_words,
     "auto, always or never (default: auto, which colours on a terminal unless NO_COLOR is set)"},
    {"help", KEY_HELP, NULL, NULL, "show this help"},
    {"version", KEY_VERSION, NULL, NULL, "show the version, and how this machine searches"},
    {0},
};

/* One run of argp. */
struct parse {
    const struct cmd *cmd;
    struct common_options *common;
    void *state;
    struct words words;
    int status; /* the exit status; -1: nothing is wrong so far */
};

static size_t count_options(const struct cmd_option *table)
{
    size_t n = 0;

    while (table && table[n].name)
        n++;
    return n;
}

static const struct cmd_option *option_by_key(const struct cmd *cmd, int key)
{
    const struct cmd_option *tables[] = {cmd->options, cmd_common_options};

    for (size_t i = 0; i < ARRAY_SIZE(tables); i++)
        for (const struct cmd_option *o = tables[i]; o && o->name; o++)
            if (o->key == key)
                return o;
    return NULL;
}

static int wrong_word(const struct cmd_option *o, const char *value)
{
    char text[512], option[64];
    size_t n = 0;

    for (size_t i = 0; o->words[i] && n < sizeof(text); i++)
        n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s", i ? ", " : "", o->words[i]);
    snprintf(option, sizeof(option), "--%s", o->name);
    return message_error(option, "'%s' is not one of its words; use %s", value, text);
}

/* The index of value in the option's words; 0 when any value is allowed; -1 when it is none of
 * them. */
static int word_index(const struct cmd_option *o, const char *value)
{
    if (!o->words)
        return 0;
    for (int i = 0; o->words[i]; i++)
        if (STREQ(o->words[i], value))
            return i;
    return -1;
}

static int add_catalog(struct common_options *common, const char *name)
{
    const char **grown = realloc(common->catalogs, (common->n_catalogs + 1) * sizeof(*grown));

    if (!grown)
        return message_no_memory();
    common->catalogs = grown;
    common->catalogs[common->n_catalogs++] = name;
    return 0;
}

static int take_common(struct parse *p, const struct cmd_option *o, const char *value, int word)
{
    if (o->key == KEY_CATALOG)
        return add_catalog(p->common, value);
    p->common->color = (enum color_choice)word;
    return 0;
}

static bool is_common(const struct cmd_option *o)
{
    return o >= cmd_common_options && o < cmd_common_options + count_options(cmd_common_options);
}

static int take_option(struct parse *p, const struct cmd_option *o, const char *value)
{
    int word = word_index(o, value);

    if (word < 0)
        return wrong_word(o, value);
    if (is_common(o))
        return take_common(p, o, value, word);
    return p->cmd->option(p->state, o->key, value, word);
}

/* With ARGP_NO_ERRS argp writes no help either, and without a state it does not call the filter
 * that edits the help. So it gets a copy of its state without this flag. */
static int write_help(const struct argp_state *as)
{
    struct argp_state loud = *as;

    loud.flags &= ~(unsigned)ARGP_NO_ERRS;
    argp_state_help(&loud, stdout, ARGP_HELP_SHORT_USAGE | ARGP_HELP_LONG | ARGP_HELP_DOC);
    if (fflush(stdout) == 0 || errno == EPIPE)
        return EXIT_OK;
    return message_error("standard output", "%s", message_reason(-errno));
}

static error_t on_key(int key, char *value, struct argp_state *as)
{
    struct parse *p = as->input;
    const struct cmd_option *o;
    int r;

    switch (key) {
    case ARGP_KEY_ARGS:
        p->words.items = as->argv + as->next;
        p->words.n = (size_t)(as->argc - as->next);
        as->next = as->argc;
        return 0;
    case KEY_HELP:
        p->status = write_help(as);
        return ECANCELED;
    case KEY_VERSION:
        p->status = cmd_version();
        return ECANCELED;
    default:
        o = key > 0 ? option_by_key(p->cmd, key) : NULL;
        if (!o)
            return ARGP_ERR_UNKNOWN;
        r = take_option(p, o, value);
        if (r != 0)
            p->status = r;
        return r != 0 ? ECANCELED : 0;
    }
}

bool cmd_arg_is_optional(const struct cmd_option *o)
{
    return o->arg && o->arg[0] == '=';
}

const char *cmd_arg_name(const struct cmd_option *o)
{
    return cmd_arg_is_optional(o) ? o->arg + 1 : o->arg;
}

static void fill_options(struct argp_option *to, const struct cmd_option *from, int group)
{
    for (; from && from->name; from++, to++) {
        to->name = from->name;
        to->key = from->key;
        to->arg = cmd_arg_name(from);
        to->flags = cmd_arg_is_optional(from) ? OPTION_ARG_OPTIONAL : 0;
        to->doc = from->help;
        to->group = group;
    }
}

static void hide(struct argp_option *options, int key)
{
    for (; options->name; options++)
        if (options->key == key)
            options->flags |= OPTION_HIDDEN;
}

/* The text around the options: argp shows the part behind \v below them. */
static char *make_doc(const struct cmd *cmd)
{
    char *doc;

    if (asprintf(&doc, "%s\v%s%s%s", cmd->summary, cmd->details ? cmd->details : "",
                 cmd->examples ? "Examples:\n" : "", cmd->examples ? cmd->examples : "") < 0)
        return NULL;
    return doc;
}

/* argp shows each line of this text as a usage of its own. */
static char *make_usages(const struct cmd *cmd)
{
    char *usages = strdup(cmd->args ? cmd->args : ""), *bar = usages;

    if (!usages)
        return NULL;
    while ((bar = strstr(bar, " | "))) {
        *bar = '\n';
        memmove(bar + 1, bar + 3, strlen(bar + 3) + 1);
    }
    return usages;
}

/* The footnote about arguments of short options says nothing new, so it is left out. */
static char *edit_help(int key, const char *text, void *input)
{
    (void)input;
    return key == ARGP_KEY_HELP_DUP_ARGS_NOTE ? NULL : (char *)(uintptr_t)text;
}

/* The option that getopt takes the first `length` bytes of name for; *ret_ambiguous when it could
 * be several. */
static const struct cmd_option *option_by_name(const struct cmd *cmd, const char *name,
                                               size_t length, bool *ret_ambiguous)
{
    const struct cmd_option *tables[] = {cmd->options, cmd_common_options}, *found = NULL;

    *ret_ambiguous = false;
    for (size_t i = 0; i < ARRAY_SIZE(tables); i++)
        for (const struct cmd_option *o = tables[i]; o && o->name; o++) {
            if (strncmp(o->name, name, length) != 0)
                continue;
            if (strlen(o->name) == length) {
                *ret_ambiguous = false;
                return o;
            }
            *ret_ambiguous = found != NULL;
            found = o;
        }
    return found;
}

static int unknown_option(const struct cmd *cmd, const char *word)
{
    const struct cmd_option *tables[] = {cmd->options, cmd_common_options};
    const char *names[OPTIONS_MAX], *guess;
    char thing[128];
    size_t n = 0;

    snprintf(thing, sizeof(thing), "--%.*s", (int)MIN(strcspn(word, "="), (size_t)100), word);
    for (size_t i = 0; i < ARRAY_SIZE(tables); i++)
        for (const struct cmd_option *o = tables[i]; o && o->name && n < OPTIONS_MAX; o++)
            names[n++] = o->name;
    guess = name_guess(names, n, gloss_span_str(thing + 2));
    if (guess)
        return message_error(thing, "no such option; did you mean --%s?", guess);
    return message_error(thing, "no such option; 'glossd %s --help' lists them", cmd->name);
}

static bool needs_value(const struct cmd_option *o)
{
    return o->arg && !cmd_arg_is_optional(o);
}

/* Checks one word that begins with "--". Returns how many words it takes, or 0 after it has said
 * what is wrong with it. */
static int check_long(const struct cmd *cmd, const char *word, bool is_last)
{
    size_t length = strcspn(word + 2, "=");
    bool has_value = word[2 + length] == '=', ambiguous;
    const struct cmd_option *o = option_by_name(cmd, word + 2, length, &ambiguous);

    if (!o)
        unknown_option(cmd, word + 2);
    else if (ambiguous)
        message_error(word, "several options begin in this way; write the whole option");
    else if (has_value && !o->arg)
        message_error(word, "this option takes no value; leave the value out");
    else if (needs_value(o) && !has_value && is_last)
        message_error(word, "needs a value: --%s %s", o->name, o->arg);
    else
        return needs_value(o) && !has_value ? 2 : 1;
    return 0;
}

/* Does the same for a word of short options, such as "-eA3". */
static int check_short(const struct cmd *cmd, const char *word, bool is_last)
{
    for (const char *letter = word + 1; *letter; letter++) {
        const struct cmd_option *o = option_by_key(cmd, (unsigned char)*letter);
        char thing[3] = {'-', *letter, '\0'};

        if (!o) {
            message_error(thing, "no such option; 'glossd %s --help' lists them", cmd->name);
            return 0;
        }
        if (!needs_value(o))
            continue;
        if (letter[1] || !is_last)
            return letter[1] ? 1 : 2;
        message_error(thing, "needs a value: -%c %s", *letter, o->arg);
        return 0;
    }
    return 1;
}

/* Says why argp has failed, when no message was written yet. */
static int say_what_is_wrong(const struct cmd *cmd, int argc, char **argv, error_t error)
{
    for (int i = 1, took; i < argc && !STREQ(argv[i], "--"); i += took) {
        bool is_last = i + 1 == argc;

        took = 1;
        if (strncmp(argv[i], "--", 2) == 0)
            took = check_long(cmd, argv[i], is_last);
        else if (argv[i][0] == '-' && argv[i][1])
            took = check_short(cmd, argv[i], is_last);
        if (took == 0)
            return EXIT_TROUBLE;
    }
    return error == ENOMEM ? message_no_memory() : message_error(cmd->name, "%s", strerror(error));
}

static error_t parse_with(struct parse *p, int argc, char **argv)
{
    size_t n = count_options(p->cmd->options), n_common = count_options(cmd_common_options);
    CLEANUP(freep) struct argp_option *options = calloc(n + n_common + 1, sizeof(*options));
    CLEANUP(freep) char *doc = make_doc(p->cmd), *usages = make_usages(p->cmd);
    char name[64], *first = argv[0];
    error_t r;

    if (!options || !doc || !usages)
        return ENOMEM;
    fill_options(options, p->cmd->options, 1);
    fill_options(options + n, cmd_common_options, 2);
    if (p->cmd->no_catalogs)
        hide(options + n, KEY_CATALOG);
    struct argp argp = {.options = options,
                        .parser = on_key,
                        .args_doc = usages[0] ? usages : NULL,
                        .doc = doc,
                        .help_filter = edit_help};

    snprintf(name, sizeof(name), "glossd %s", p->cmd->name);
    argv[0] = name;
    r = argp_parse(&argp, argc, argv, ARGP_NO_HELP | ARGP_NO_ERRS | ARGP_NO_EXIT, NULL, p);
    argv[0] = first;
    return r;
}

int cmd_parse(const struct cmd *cmd, int argc, char **argv, struct common_options *common,
              void *state, struct words *ret_words)
{
    struct parse p = {.cmd = cmd, .common = common, .state = state, .status = -1};
    error_t r = parse_with(&p, argc, argv);

    if (p.status >= 0)
        return p.status;
    if (r != 0)
        return say_what_is_wrong(cmd, argc, argv, r);
    *ret_words = p.words;
    return -1;
}

int cmd_keep_value(void *state, int key, const char *value, int word)
{
    const char **kept = state;

    (void)key;
    (void)word;
    *kept = value;
    return 0;
}

void cmd_common_deinit(struct common_options *common)
{
    free(common->catalogs);
    *common = (struct common_options){0};
}

bool cmd_wants_color(const struct common_options *common, int fd)
{
    return common->color == COLOR_AUTO ? terminal_can_color(fd) : common->color == COLOR_ALWAYS;
}
