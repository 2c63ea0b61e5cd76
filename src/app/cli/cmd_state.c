/* glossd state: how far each followed file and the journal was read, and two ways to change that by
 * hand:
 *
 *     show      shows what is remembered, beside what is on disk now
 *     forget    drops the positions of a source: its files are new to the next start
 *     rewind    moves one position back: the next start reads a part of the file again
 *
 * show does not disturb the service. The others write to the state, which has one writer, so the
 * service must be stopped; the lock of the state shows whether it is. Counters and sinks stay as
 * they are: they say what was read, and that remains true. */

#include "app/cli/cmds.h"
#include "app/cli/verb.h"
#include "app/common/message.h"
#include "app/common/state_files.h"
#include "app/config/config.h"
#include "app/config/config_kind.h"
#include "app/inspect/state_cursors.h"
#include "app/inspect/state_skipped.h"
#include "app/inspect/state_store.h"
#include "core/base/display_width.h"
#include "core/base/util.h"
#include "io/files/fingerprint.h"
#include "io/files/relocate.h"

#include <gloss/stamp.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

enum key { KEY_FORMAT = 'f', KEY_STATE = CMD_LONG_ONLY, KEY_CONFIG };
enum format { FORMAT_TABLE, FORMAT_JSON };

static const char *const format_words[] = {"table", "json", NULL};

static const struct cmd_option options[] = {
    {"state", KEY_STATE, "FILE", NULL,
     "the state (default: the one that the configuration names, else " CONFIG_DEFAULT_STATE ")"},
    {"config", KEY_CONFIG, "FILE", NULL,
     "the configuration of the service, which names state and encodings "
     "(default: " CONFIG_DEFAULT_FILE ")"},
    {"format", KEY_FORMAT, "FORMAT", format_words, "show: table or json (default: table)"},
    {0},
};

struct state_cmd {
    const char *config_file, *state_file;
    unsigned given; /* the options given that only one verb knows */
    enum format format;
    struct config *config; /* NULL: there is no configuration */
    char *path;            /* the path of the state */
    struct store *store;
    struct state_files files;
    struct state_cursors cursors;
    struct gloss_buf out;
};

static int on_option(void *state, int key, const char *value, int word)
{
    struct state_cmd *c = state;

    switch (key) {
    case KEY_FORMAT:
        c->given |= VERB_OPTION(key);
        c->format = (enum format)word;
        return 0;
    case KEY_STATE:
        c->state_file = value;
        return 0;
    default:
        c->config_file = value;
        return 0;
    }
}

/* Opens the state and loads all that it remembers. */
static int open_state(struct state_cmd *c, bool writes)
{
    int status = state_store_find(c->config_file, c->state_file, &c->config, &c->path), r;

    if (status == EXIT_OK)
        status = state_store_open(c->path, writes, &c->store);
    if (status != EXIT_OK)
        return status;
    r = state_files_load(&c->files, c->store);
    if (r == 0)
        r = state_cursors_load(&c->cursors, c->store);
    if (r == -ENOMEM)
        return message_no_memory();
    return r < 0 ? message_error(c->path, "the state cannot be read: %s", store_problem(c->store))
                 : EXIT_OK;
}

static bool knows_file(const struct state_cmd *c, const char *source)
{
    for (size_t i = 0; i < c->files.n; i++)
        if (STREQ(c->files.items[i].source, source))
            return true;
    return false;
}

static bool knows(const struct state_cmd *c, const char *source)
{
    return knows_file(c, source) || state_cursors_know(&c->cursors, source);
}

static bool shows(const struct state_cmd *c, const char *source)
{
    return knows(c, source) || state_skipped_know(c->store, source) > 0;
}

/* A source that is read only once has no position in the state. */
static bool is_read_once(const struct state_cmd *c, const char *source)
{
    for (size_t i = 0; c->config && i < c->config->n_sources; i++)
        if (STREQ(c->config->sources[i].name, source))
            return c->config->sources[i].kind->reads_once;
    return false;
}

static int say_unknown(const struct state_cmd *c, const char *source)
{
    if (is_read_once(c, source))
        return message_error(source, "it is read only once, so nothing of it is remembered; name a "
                                     "source that follows files or the journal");
    return message_error(source,
                         "the state remembers nothing of this source; 'glossd state show --state "
                         "%s' lists what it remembers",
                         c->path);
}

/* ---- show ---- */

static const char *const found_words[] = {
    [RELOCATE_SAME] = "there",        [RELOCATE_COPY] = "copied", [RELOCATE_CHANGED] = "changed",
    [RELOCATE_COMPRESSED] = "packed", [RELOCATE_GONE] = "gone",
};

/* One row of the table: what is remembered of a file, and what was found of it. error: the file
 * could not be looked at. */
struct row {
    const struct state_file *file;
    struct relocated_file now;
    int error;
    char offset[48], serial[24], lines[24], seen[GLOSS_STAMP_BYTES];
    const char *word;
};

static void make_row(struct row *row, struct relocate_cache *cache, const struct state_file *file)
{
    const struct file_position *p = &file->position;

    *row = (struct row){.file = file};
    row->error = relocate_find(&row->now, cache, p);
    row->word = row->error < 0 ? "unreadable" : found_words[row->now.found];
    if (row->error == 0 && row->now.fd >= 0)
        snprintf(row->offset, sizeof(row->offset), "%" PRIu64 "/%" PRIu64, p->offset,
                 row->now.size);
    else
        snprintf(row->offset, sizeof(row->offset), "%" PRIu64 "/-", p->offset);
    snprintf(row->serial, sizeof(row->serial), "%" PRIu64, p->serial);
    snprintf(row->lines, sizeof(row->lines), "%" PRIu64, p->lines);
    gloss_stamp_write(p->file_time_ns, row->seen);
}

/* One long name must not make every row long. */
#define NAME_COLUMNS_MAX 256

static void show_table(struct state_cmd *c, struct row *rows, size_t n)
{
    size_t source = strlen("SOURCE"), path = strlen("PATH"), offset = strlen("READ/SIZE");

    for (size_t i = 0; i < n; i++) {
        source = MAX(source, display_width_of(gloss_span_str(rows[i].file->source)));
        path = MAX(path, display_width_of(gloss_span_str(rows[i].file->position.path)));
        offset = MAX(offset, strlen(rows[i].offset));
    }
    source = MIN(source, (size_t)NAME_COLUMNS_MAX);
    path = MIN(path, (size_t)NAME_COLUMNS_MAX);
    if (n > 0 || c->cursors.n == 0)
        gloss_buf_printf(&c->out, "%-*s  %-*s  %3s  %*s  %10s  %-20s  %s\n", (int)source, "SOURCE",
                         (int)path, "PATH", "GEN", (int)offset, "READ/SIZE", "LINES",
                         "LAST CHANGED", "FILE");
    for (size_t i = 0; i < n; i++) {
        struct row *r = &rows[i];

        r->seen[10] = ' ';
        display_width_put_padded(&c->out, gloss_span_str(r->file->source), source);
        gloss_buf_str(&c->out, "  ");
        display_width_put_padded(&c->out, gloss_span_str(r->file->position.path), path);
        gloss_buf_printf(&c->out, "  %3s  %*s  %10s  %.19sZ  %s%s\n", r->serial, (int)offset,
                         r->offset, r->lines, r->seen, r->word,
                         r->file->position.done ? ", done" : "");
    }
    if (n == 0 && c->cursors.n == 0)
        gloss_buf_str(&c->out, "no file is remembered\n");
}

static void json_text(struct gloss_buf *out, const char *key, const char *text)
{
    gloss_buf_printf(out, "\"%s\": \"", key);
    gloss_buf_json(out, gloss_span_str(text));
    gloss_buf_str(out, "\", ");
}

static void json_time(struct gloss_buf *out, const char *key, uint64_t ns)
{
    gloss_buf_printf(out, "\"%s\": \"", key);
    gloss_stamp_format(ns, out);
    gloss_buf_str(out, "\", ");
}

static void show_json_row(struct gloss_buf *out, const struct row *r)
{
    const struct file_position *p = &r->file->position;

    gloss_buf_char(out, '{');
    json_text(out, "source", r->file->source);
    json_text(out, "path", p->path);
    gloss_buf_printf(out,
                     "\"generation\": %" PRIu64 ", \"device\": %" PRIu64 ", \"inode\": %" PRIu64
                     ", \"offset\": %" PRIu64 ", \"lines\": %" PRIu64 ", ",
                     p->serial, p->dev, p->ino, p->offset, p->lines);
    json_time(out, "last_changed", p->file_time_ns);
    json_text(out, "file", r->word);
    if (r->error == 0 && r->now.fd >= 0) {
        json_text(out, "found_at", r->now.path);
        gloss_buf_printf(out, "\"size\": %" PRIu64 ", ", r->now.size);
    }
    gloss_buf_printf(out, "\"done\": %s}", p->done ? "true" : "false");
}

static int show_json(struct state_cmd *c, const struct words *words, const struct row *rows,
                     size_t n)
{
    size_t skipped;
    int r;

    gloss_buf_str(&c->out, "{\"schema\": 1, ");
    json_text(&c->out, "state", c->path);
    json_time(&c->out, "committed", store_committed_ns(c->store));
    gloss_buf_str(&c->out, "\"files\": [");
    for (size_t i = 0; i < n; i++) {
        gloss_buf_str(&c->out, i > 0 ? ",\n  " : "\n  ");
        show_json_row(&c->out, &rows[i]);
    }
    gloss_buf_str(&c->out, n > 0 ? "\n], \"journals\": [" : "], \"journals\": [");
    state_cursors_json(&c->cursors, words, c->config, &c->out);
    gloss_buf_str(&c->out, "], \"skipped\": [");
    skipped = c->out.len;
    r = state_skipped_json(c->store, words, &c->out);
    gloss_buf_str(&c->out, c->out.len > skipped ? "\n]}\n" : "]}\n");
    return r;
}

static bool is_named(const struct words *words, const char *source)
{
    for (size_t i = 0; i < words->n; i++)
        if (STREQ(words->items[i], source))
            return true;
    return words->n == 0;
}

static int run_show(void *state, const struct words *words)
{
    struct state_cmd *c = state;
    CLEANUP(relocate_cache_deinit) struct relocate_cache cache = {0};
    CLEANUP(freep) struct row *rows = NULL;
    size_t n = 0;
    int status = open_state(c, /* writes= */ false), r;

    for (size_t i = 0; i < words->n && status == EXIT_OK; i++)
        if (!shows(c, words->items[i]))
            status = say_unknown(c, words->items[i]);
    if (status != EXIT_OK)
        return status;
    rows = calloc(c->files.n + 1, sizeof(*rows));
    if (!rows)
        return message_no_memory();
    for (size_t i = 0; i < c->files.n; i++)
        if (is_named(words, c->files.items[i].source)) {
            struct row *row = &rows[n++];

            make_row(row, &cache, &c->files.items[i]);
            if (row->now.fd >= 0)
                close(row->now.fd);
            if (row->error < 0)
                message_warning(row->file->position.path, "%s", message_reason(row->error));
        }
    if (c->format == FORMAT_JSON) {
        r = show_json(c, words, rows, n);
    } else {
        show_table(c, rows, n);
        state_cursors_table(&c->cursors, words, c->config, &c->out);
        r = state_skipped_table(c->store, words, &c->out);
    }
    for (size_t i = 0; i < n; i++)
        free(rows[i].now.path);
    return r < 0 ? message_error(c->path, "the state cannot be read: %s", store_problem(c->store))
                 : EXIT_OK;
}

/* ---- changing ---- */

static int commit(struct state_cmd *c, int r)
{
    uint64_t now_ns = store_committed_ns(c->store);

    if (r == 0)
        r = store_commit(c->store, now_ns);
    if (r == 0)
        return EXIT_OK;
    store_rollback(c->store);
    return message_error(c->path, "cannot commit: %s; nothing was changed",
                         store_problem(c->store));
}

static int run_forget(void *state, const struct words *words)
{
    struct state_cmd *c = state;
    size_t n = 0;
    int status, r;

    if (words->n != 1)
        return message_error(NULL, "state forget: which source? 'glossd state forget SOURCE'");
    status = open_state(c, /* writes= */ true);
    if (status == EXIT_OK && !knows(c, words->items[0]))
        status = say_unknown(c, words->items[0]);
    if (status != EXIT_OK)
        return status;
    r = store_begin(c->store);
    for (size_t i = 0; i < c->files.n && r == 0; i++) {
        const struct state_file *f = &c->files.items[i];

        if (!STREQ(f->source, words->items[0]))
            continue;
        r = store_drop_file(c->store, f->source, f->position.path, f->position.serial);
        n++;
    }
    if (r == 0)
        r = store_drop_cursors(c->store, words->items[0]);
    status = commit(c, r);
    if (status == EXIT_OK && n == 0)
        gloss_buf_printf(&c->out,
                         "%s: forgot how far the journal was read; the next start reads it from "
                         "where 'start' says. Counters and sinks stay as they are.\n",
                         words->items[0]);
    else if (status == EXIT_OK)
        gloss_buf_printf(&c->out,
                         "%s: forgot %zu file%s; the next start reads its files from where 'start' "
                         "says. Counters and sinks stay as they are.\n",
                         words->items[0], n, n == 1 ? "" : "s");
    return status;
}

/* The newest file of the path, or of the only path that the source has. NULL: there is none, and a
 * message says why. */
static struct state_file *find_place(struct state_cmd *c, const char *source, const char *path)
{
    struct state_file *found = NULL;

    if (!knows(c, source)) {
        say_unknown(c, source);
        return NULL;
    }
    if (!knows_file(c, source)) {
        message_error(source, "it reads the journal, which cannot be rewound; after 'glossd state "
                              "forget' it is read from where 'start' says");
        return NULL;
    }
    for (size_t i = 0; i < c->files.n; i++) {
        struct state_file *f = &c->files.items[i];

        if (!STREQ(f->source, source) || (path && !STREQ(f->position.path, path)))
            continue;
        if (found && !STREQ(found->position.path, f->position.path)) {
            message_error(source,
                          "it has several files, such as '%s' and '%s'; name one behind the offset",
                          found->position.path, f->position.path);
            return NULL;
        }
        found = f;
    }
    if (!found)
        message_error(path,
                      "source '%s' has no file of that path; 'glossd state show' lists its files",
                      source);
    return found;
}

static bool read_number(const char *word, uint64_t *ret_number)
{
    char *end;

    errno = 0;
    *ret_number = strtoull(word, &end, 10);
    return word[0] >= '0' && word[0] <= '9' && *end == '\0' && errno == 0;
}

static const char *encoding_of(const struct state_cmd *c, const char *source)
{
    for (size_t i = 0; c->config && i < c->config->n_sources; i++)
        if (STREQ(c->config->sources[i].name, source))
            return c->config->sources[i].encoding;
    return NULL;
}

/* Moves the position to the beginning of the line that holds `offset`. The fingerprints are taken
 * again before this place, because the service knows the file by them. */
static int move_back(struct file_position *p, int fd, const struct line_encoding *text,
                     uint64_t offset)
{
    uint64_t begin = 0, lines = 0;
    int r = relocate_line_start(fd, text, offset, &begin);

    if (r == 0)
        r = relocate_count(fd, text, begin, p->offset, &lines);
    if (r == 0)
        r = fingerprint_before(fd, MIN(begin, (uint64_t)FINGERPRINT_BYTES), &p->head_print);
    if (r == 0)
        r = fingerprint_before(fd, begin, &p->tail_print);
    if (r != 0)
        return r < 0 ? r : -ENODATA;
    p->offset = begin;
    p->lines -= MIN(p->lines, lines);
    p->done = false;
    return 0;
}

/* Returns EXIT_OK when the position can be moved, else EXIT_TROUBLE after a message that says why
 * not. */
static int check_rewind(const struct state_file *f, const struct relocated_file *now,
                        uint64_t offset)
{
    if (offset > f->position.offset)
        return message_error(f->position.path,
                             "it was read to byte %" PRIu64
                             ", and rewind only goes back; give a smaller offset",
                             f->position.offset);
    switch (now->found) {
    case RELOCATE_SAME:
        return EXIT_OK;
    case RELOCATE_COPY:
        return message_error(f->position.path,
                             "it was cut off, and its text is in '%s' now; what is no longer at "
                             "its path cannot be read again",
                             now->path);
    case RELOCATE_CHANGED:
        return message_error(
            now->path,
            "its bytes %" PRIu64 " to %" PRIu64
            " are not those that were read; after 'glossd state forget' it is read as a new file",
            now->from, now->until);
    default:
        return message_error(f->position.path, "the file that was read is no longer there");
    }
}

static int rewind_in(struct state_cmd *c, struct state_file *f, const struct relocated_file *now,
                     uint64_t offset)
{
    CLEANUP(line_encoding_deinit) struct line_encoding text = {0};
    int r = relocate_text(now->fd, encoding_of(c, f->source), &text);

    if (r == 0)
        r = move_back(&f->position, now->fd, &text, offset);
    if (r == -ENOMEM)
        return message_no_memory();
    if (r < 0)
        return message_error(now->path, "%s", message_reason(r));
    r = store_begin(c->store);
    if (r == 0)
        r = state_files_put(c->store, f);
    return commit(c, r);
}

static int run_rewind(void *state, const struct words *words)
{
    struct state_cmd *c = state;
    CLEANUP(relocate_cache_deinit) struct relocate_cache cache = {0};
    CLEANUP(relocate_deinit) struct relocated_file now = {.fd = -1};
    struct state_file *f;
    uint64_t offset, before;
    int status, r;

    if (words->n < 2 || words->n > 3)
        return message_error(NULL, "state rewind: of which source, to which offset? 'glossd state "
                                   "rewind SOURCE OFFSET [PATH]'");
    if (!read_number(words->items[1], &offset))
        return message_error(words->items[1], "not an offset; write a number of bytes, such as 0");
    status = open_state(c, /* writes= */ true);
    if (status != EXIT_OK)
        return status;
    f = find_place(c, words->items[0], words->n > 2 ? words->items[2] : NULL);
    if (!f)
        return EXIT_TROUBLE;
    r = relocate_find(&now, &cache, &f->position);
    if (r < 0)
        return message_error(f->position.path, "%s", message_reason(r));
    before = f->position.offset;
    status = check_rewind(f, &now, offset);
    if (status == EXIT_OK)
        status = rewind_in(c, f, &now, offset);
    if (status == EXIT_OK)
        gloss_buf_printf(&c->out,
                         "%s: %s goes on at byte %" PRIu64 ", behind line %" PRIu64
                         " (it was read to byte %" PRIu64 "). What is read again comes out again "
                         "and is counted again: counters and sinks are not rewound.\n",
                         f->source, f->position.path, f->position.offset, f->position.lines,
                         before);
    return status;
}

/* ---- the command ---- */

static const struct verb verbs[] = {
    {"show", run_show, VERB_OPTION(KEY_FORMAT)},
    {"forget", run_forget, 0},
    {"rewind", run_rewind, 0},
    {0},
};

static int run(const struct cmd *cmd, int argc, char **argv)
{
    struct common_options common = {0};
    struct state_cmd c = {0};
    struct words words;
    int status = cmd_parse(cmd, argc, argv, &common, &c, &words);

    if (status < 0)
        status = verb_run(cmd, verbs, &c, c.given, &words, &c.out);
    gloss_buf_deinit(&c.out);
    state_files_deinit(&c.files);
    state_cursors_deinit(&c.cursors);
    store_free(c.store);
    free(c.path);
    config_free(c.config);
    cmd_common_deinit(&common);
    return status;
}

const struct cmd cmd_state = {
    .name = "state",
    .args = "show [SOURCE...] | forget SOURCE | rewind SOURCE OFFSET [PATH]",
    .summary = "show what is remembered of each source, and change it by hand",
    .details =
        "show shows how far each file and the journal was read, and whether it is still there. "
        "forget makes the next start read the files of a source as new ones. rewind makes it read "
        "a file again from the line that holds the byte at OFFSET; PATH names the file when the "
        "source has several.\n\n"
        "forget and rewind work only while the service is stopped. Counters "
        "and sinks are not rewound: what is read twice is counted twice.\n\n",
    .examples = "  glossd state show\n"
                "  glossd state show --format json --state /var/lib/glossd/state.db\n"
                "  glossd state rewind app 0 /var/log/app/a.log\n",
    .options = options,
    .no_catalogs = true,
    .option = on_option,
    .run = run,
};
