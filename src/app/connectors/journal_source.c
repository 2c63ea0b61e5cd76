/* An entry is a block: its lines go out, and are counted, before the next entry is asked for. So a
 * cursor always stands between whole lines, and a full sink stops the reading at once. The offset
 * of a journal source in the state is the number of bytes of text that it has given so far.
 *
 *     not open ──look──► open ──turn──► entries ──► none left: asleep ──woken, 5 s──► turn
 *         ▲                │ breaks, sees nothing
 *         └────5 s─────────┘
 *
 * libsystemd gives no error when it may not read the journal, or when there is none. So the journal
 * is opened again every 5 s: its files may appear, or become readable. */

#include "app/connectors/journal_source.h"

#include "app/common/log.h"
#include "app/config/config_probe.h"
#include "core/base/nanoseconds.h"
#include "core/base/util.h"
#include "io/input/journal_files.h"
#include "io/input/journal_reader.h"

#include <gloss/stamp.h>
#include <inttypes.h>
#include <sys/epoll.h>
#include <syslog.h>

#define AGAIN_NS (5 * SECOND_NS)
#define LOOK_NS (5 * SECOND_NS)
#define TURN_ENTRIES 1024

struct journal_source {
    struct source source;
    struct journal_reader *journal; /* NULL: not open */
    const struct gloss_clock *real; /* borrowed */
    struct gloss_clock clock;
    char *own_unit;
    char *cursor;       /* of the entry read last; while the journal is open, the journal has it */
    uint64_t cursor_ns; /* when that entry was written */
    uint64_t offset;
    uint64_t again_ns; /* when it is opened again; UINT64_MAX: it is open and can be read */
    uint64_t look_ns;  /* when it is read though its descriptor was silent */
    /* How often the cursor changed: so far, up to the checkpoint under way, up to the last one. */
    uint64_t changes, prepared, committed;
    bool awake;              /* there may be entries that are not read yet */
    bool listening;          /* its descriptor is in the owner's ready_fd */
    bool troubled;           /* a message said that it cannot be read */
    bool gap_said, cut_said; /* messages about a missing entry and a cut one were written */
};

static struct journal_source *of(const struct source *s)
{
    return container_of(s, struct journal_source, source);
}

static const struct journal_source_settings *settings_of(const struct journal_source *j)
{
    return j->source.config->settings;
}

static struct source *journal_source_alloc(void)
{
    struct journal_source *j = calloc(1, sizeof(*j));

    return j ? &j->source : NULL;
}

static int journal_source_init(struct source *s)
{
    of(s)->own_unit = journal_reader_own_unit();
    return 0;
}

static void journal_source_free(struct source *s)
{
    struct journal_source *j = of(s);

    journal_reader_free(j->journal);
    free(j->own_unit);
    free(j->cursor);
    free(j);
}

/* Lines are timed by their entry, not by when they are read. */
static const struct gloss_clock *journal_source_clock(struct source *s,
                                                      const struct gloss_clock *clock)
{
    struct journal_source *j = of(s);

    j->real = clock;
    j->clock = *clock;
    return &j->clock;
}

static void listen_to(struct journal_source *j, bool on)
{
    struct epoll_event event = {.events = EPOLLIN};

    on = on && j->journal;
    if (on == j->listening)
        return;
    j->listening = on;
    epoll_ctl(j->source.owner->ready_fd, on ? EPOLL_CTL_ADD : EPOLL_CTL_DEL,
              journal_reader_fd(j->journal), &event);
}

static void journal_source_listen(struct source *s, bool on)
{
    listen_to(of(s), on);
}

/* ---- what is remembered ---- */

static int set_cursor(struct journal_source *j, const char *cursor)
{
    char *copy = strdup(cursor);

    if (!copy)
        return -ENOMEM;
    free(j->cursor);
    j->cursor = copy;
    return 0;
}

/* Closes the journal and keeps the cursor. */
static int close_journal(struct journal_source *j)
{
    const char *cursor = j->journal ? journal_reader_cursor(j->journal) : NULL;
    int r = cursor ? set_cursor(j, cursor) : 0;

    if (r < 0)
        return r;
    listen_to(j, false);
    j->journal = journal_reader_free(j->journal);
    return 0;
}

static int on_row(void *ctx, const struct store_cursor *row)
{
    struct journal_source *j = ctx;

    if (!STREQ(row->source, j->source.name))
        return 0;
    j->offset = row->offset;
    j->source.pipeline.stream.lines = row->lines;
    j->cursor_ns = row->time_ns;
    return set_cursor(j, row->cursor);
}

static int journal_source_restore(struct source *s, struct store *store)
{
    return store_each_cursor(store, on_row, of(s));
}

static int journal_source_prepare(struct source *s, struct store *store)
{
    struct journal_source *j = of(s);
    const struct store_cursor row = {
        .source = s->name,
        .key = "",
        .cursor = j->journal ? journal_reader_cursor(j->journal) : j->cursor,
        .time_ns = j->cursor_ns,
        .offset = j->offset,
        .lines = s->pipeline.stream.lines,
    };

    j->prepared = j->changes;
    return j->changes == j->committed ? 0 : store_put_cursor(store, &row);
}

static void journal_source_commit(struct source *s)
{
    of(s)->committed = of(s)->prepared;
}

/* ---- trouble ---- */

/* Logs why the journal cannot be read, or not all of it, because libsystemd does not say so.
 * Returns 0 or -ENOMEM. */
static int say_unseen(struct journal_source *j)
{
    struct journal_files files;
    int r = journal_files_look(&files, settings_of(j)->folder);

    if (r == 0 && files.n_denied > 0)
        log_message(LOG_WARNING, "source",
                    "'%s' cannot read all of the journal, '%s' first: permission denied; the "
                    "account that runs glossd must be in the group systemd-journal (under systemd: "
                    "SupplementaryGroups=systemd-journal)",
                    j->source.name, files.denied);
    else if (r == 0 && files.n == 0)
        log_message(LOG_WARNING, "source", "'%s' finds no journal%s%s; looking again every 5 s",
                    j->source.name,
                    settings_of(j)->folder ? " in " : " on this machine: does journald run?",
                    settings_of(j)->folder ? settings_of(j)->folder : "");
    if (r == 0)
        j->troubled = files.n_denied > 0 || files.n == 0;
    journal_files_deinit(&files);
    return r;
}

static void heal(struct journal_source *j)
{
    if (j->troubled)
        log_message(LOG_NOTICE, "source", "'%s' can read the journal", j->source.name);
    j->troubled = false;
    j->again_ns = UINT64_MAX;
}

/* Closes the journal after an error, to be opened again later at the same entry. Returns 0 or
 * -ENOMEM. */
static int break_off(struct journal_source *j, uint64_t now_ns, int error)
{
    if (!j->troubled)
        log_message(LOG_WARNING, "source", "'%s' cannot read the journal: %s%s, retrying every 5 s",
                    j->source.name, strerror(-error),
                    error == -EMFILE ? "; raise fs.inotify.max_user_instances" : "");
    j->troubled = true;
    j->again_ns = now_ns + AGAIN_NS;
    return close_journal(j);
}

static void say_gap(struct journal_source *j, uint64_t next_ns)
{
    char from[GLOSS_STAMP_BYTES], to[GLOSS_STAMP_BYTES];
    int n = (int)gloss_stamp_write(j->cursor_ns, from), m = (int)gloss_stamp_write(next_ns, to);

    j->gap_said = true;
    log_message(LOG_WARNING, "source",
                "'%s': the last entry that was read, of %.*s, is no longer in the journal; the "
                "next entry is of %.*s; entries between them, if there were any, are gone unread",
                j->source.name, n, from, m, to);
}

/* ---- opening ---- */

static int open_journal(struct journal_source *j)
{
    const struct journal_source_settings *settings = settings_of(j);
    struct journal_reader_options options = {
        .folder = settings->folder,
        .units = settings->units.items,
        .n_units = settings->units.n,
        .matches = settings->matches.items,
        .n_matches = settings->matches.n,
        .cursor = j->cursor,
        .start_at_end = j->source.config->start == CONFIG_START_END,
        .own_unit = j->own_unit,
    };
    int r = journal_reader_open(&j->journal, &options);

    if (r < 0)
        return r;
    j->awake = true;
    j->gap_said = !journal_reader_has_gap(j->journal);
    if (!j->cursor && journal_reader_cursor(j->journal)) { /* it starts at the end */
        j->cursor_ns = journal_reader_cursor_ns(j->journal);
        j->changes++;
    }
    return 0;
}

static int look(struct journal_source *j, uint64_t now_ns)
{
    int r;

    if (j->journal && now_ns < j->again_ns)
        return 0;
    r = close_journal(j);
    if (r == 0)
        r = open_journal(j);
    if (r == -ENOMEM)
        return r;
    if (r < 0 && r != -ENOENT)
        return break_off(j, now_ns, r);
    if (r < 0 || journal_reader_is_blind(j->journal)) {
        j->again_ns = now_ns + AGAIN_NS;
        return j->troubled ? 0 : say_unseen(j);
    }
    heal(j);
    return say_unseen(j);
}

static int journal_source_look(struct source *s, uint64_t now_ns)
{
    return look(of(s), now_ns);
}

/* Asks the descriptor whether there are new entries. Every LOOK_NS they are looked for anyway. */
static int hear(struct journal_source *j, uint64_t now_ns)
{
    int r = journal_reader_wake(j->journal);

    if (r > 0 || now_ns >= j->look_ns) {
        j->awake = true;
        j->look_ns = now_ns + LOOK_NS;
    }
    return MIN(r, 0);
}

/* ---- reading ---- */

static int give(struct journal_source *j, const struct journal_entry *e)
{
    const struct gloss_block block = {
        .bytes = e->text, .offset = j->offset, .begins_line = true, .ends_line = true};
    int r;

    if (e->cut && !j->cut_said)
        log_message(LOG_WARNING, "source",
                    "'%s': a message is longer than 16 MiB, the rest of it is left out",
                    j->source.name);
    j->cut_said |= e->cut;
    j->clock.now_ns = MIN(e->time_ns, j->real->now_ns); /* an entry may be dated in the future */
    r = source_block(&j->source, /* stream= */ NULL, &block);
    j->offset += e->text.len;
    return MIN(r, 0);
}

static int read_some(struct journal_source *j, size_t budget_bytes)
{
    struct journal_entry e;
    size_t bytes = 0;
    int r = 1;

    for (size_t n = 0; n < TURN_ENTRIES && bytes < budget_bytes && !source_is_blocked(&j->source);
         n++) {
        r = journal_reader_next(j->journal, &e);
        if (r <= 0)
            break;
        j->changes++;
        if (!j->gap_said)
            say_gap(j, e.time_ns);
        j->cursor_ns = e.time_ns;
        bytes += e.text.len;
        r = e.text.len > 0 ? give(j, &e) : 0;
        if (r < 0)
            return r;
        r = 1;
    }
    return r;
}

static int journal_source_turn(struct source *s, uint64_t now_ns, size_t budget_bytes)
{
    struct journal_source *j = of(s);
    int r = look(j, now_ns);

    if (r < 0 || !j->journal)
        return r;
    r = hear(j, now_ns);
    if (r == 0 && j->awake) {
        r = read_some(j, budget_bytes);
        j->awake = r > 0;
    }
    if (r < 0 && r != -ENOMEM)
        r = break_off(j, now_ns, r);
    return r > 0 ? !source_is_blocked(&j->source) : r;
}

static uint64_t journal_source_due_ns(const struct source *s, uint64_t now_ns)
{
    const struct journal_source *j = of(s);
    int ms = j->journal ? journal_reader_due_ms(j->journal) : -1;

    if (j->journal && j->awake)
        return now_ns;
    if (ms >= 0 && now_ns + (uint64_t)ms * MS_NS < j->again_ns)
        return now_ns + (uint64_t)ms * MS_NS;
    return j->journal ? MIN(j->again_ns, j->look_ns) : j->again_ns;
}

static void journal_source_describe(const struct source *s, struct source_status *ret_status)
{
    if (!of(s)->journal || of(s)->troubled)
        ret_status->error = "cannot read all of the journal";
}

static const struct source_ops ops = {
    .alloc = journal_source_alloc,
    .init = journal_source_init,
    .free = journal_source_free,
    .restore = journal_source_restore,
    .look = journal_source_look,
    .turn = journal_source_turn,
    .due_ns = journal_source_due_ns,
    .listen = journal_source_listen,
    .prepare = journal_source_prepare,
    .commit = journal_source_commit,
    .describe = journal_source_describe,
    .clock = journal_source_clock,
};

/* ---- configuration ---- */

static const char *name(const void *settings)
{
    (void)settings;
    return "journal";
}

#define UNIT_FIELD "_SYSTEMD_UNIT="

static void check(struct config_reading *r, const struct yaml_node *item, const void *settings)
{
    const struct journal_source_settings *s = settings;

    (void)item;
    for (size_t i = 0; i < s->matches.n && s->units.n > 0; i++)
        if (strncmp(s->matches.items[i], UNIT_FIELD, strlen(UNIT_FIELD)) == 0)
            yaml_diag(r->y, s->matches.nodes[i], GLOSS_DIAG_ERROR,
                      "'units' already says which units to read; put this unit there");
}

static const char *find_cursor(const void *settings, const char *cursor)
{
    int r = journal_reader_has(
        settings ? ((const struct journal_source_settings *)settings)->folder : NULL, cursor);

    return r < 0 ? strerror(-r) : r > 0 ? "there" : "gone";
}

/* Looks at the files of the journal, because libsystemd skips those that it may not read. */
static void probe(struct config_probe *p, size_t index)
{
    const char *folder =
        ((const struct journal_source_settings *)probe_source(p, index)->settings)->folder;
    const struct yaml_node *node = probe_source_node(p, index);
    struct config_reading *r = probe_reading(p);
    struct journal_files files;

    if (journal_files_look(&files, folder) < 0)
        r->no_memory = true;
    else if (files.n_denied > 0)
        yaml_diag(r->y, node, GLOSS_DIAG_WARNING,
                  "not all of the journal can be read, '%s' first: permission denied; the account "
                  "that runs glossd must be in the group systemd-journal",
                  files.denied);
    else if (files.n == 0)
        yaml_diag(r->y, node, GLOSS_DIAG_WARNING, "there is no journal%s%s",
                  folder ? " in " : " on this machine; does journald run?", folder ? folder : "");
    journal_files_deinit(&files);
}

#define AT(member) .offset = offsetof(struct journal_source_settings, member)
static const struct config_field journal_fields[] = {
    {"units", CONFIG_UNITS, AT(units)},
    {"matches", CONFIG_MATCHES, AT(matches)},
    {"folder", CONFIG_FOLDER, AT(folder)},
};
#undef AT
static const struct config_table journal_table = {.fields = journal_fields,
                                                  .n_fields = ARRAY_SIZE(journal_fields)};
static const struct config_field fields[] = {
    {"journal", CONFIG_MAPPING, .offset = 0, .table = &journal_table}};
static const char *const refuses[] = {"encoding",  "rotate_wait", "max_line",
                                      "time_zone", "time_format", NULL};

const struct source_kind journal_source_kind = {
    .config = {.key = "journal",
               .shown = "'journal'",
               .is = "source is the journal",
               .refuses = refuses,
               .table = {.fields = fields,
                         .n_fields = ARRAY_SIZE(fields),
                         .size = sizeof(struct journal_source_settings)},
               .check = check,
               .name = name,
               .not_read_again = "the journal is not read again",
               .one = "the journal",
               .many = "views of the journal",
               .find_cursor = find_cursor,
               .cursor_of = "journal of",
               .probe = probe},
    .ops = &ops,
};
