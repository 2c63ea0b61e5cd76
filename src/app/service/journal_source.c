/* An entry is a block: its lines go out, and are counted, before the next one is asked for; so a
 * cursor always stands between whole lines, and a full drain stops the reading at once. What the
 * state calls its offset is the number of bytes of text given so far.
 *
 *     not open ──look──► open ──turn──► entries ──► none left: asleep ──told, 5 s──► turn
 *         ▲                │ breaks, sees nothing
 *         └────5 s─────────┘
 *
 * A journal that cannot be seen is no error to libsystemd, so it is opened again now and then:
 * files may come, and rights with them. */

#include "app/service/journal_source.h"

#include "app/common/log.h"
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
    struct source *source;
    struct journal_reader *journal; /* NULL: not open */
    const struct gloss_clock *real; /* borrowed */
    struct gloss_clock clock;
    char *own_unit;
    char *cursor;       /* of the entry read last; while it is open, the journal knows it */
    uint64_t cursor_ns; /* when that entry was written */
    uint64_t offset;
    uint64_t again_ns; /* when it is opened again; UINT64_MAX: it is open, and well */
    uint64_t look_ns;  /* when it is read though nothing was told */
    uint64_t changes, prepared,
        committed; /* of the place: made, in a checkpoint under way, in the last */
    bool awake;
    bool listening; /* the owner's ready_fd knows of it */
    bool troubled;  /* it was said */
    bool gap_said, cut_said;
};

int journal_source_new(struct journal_source **ret_tap, struct source *source)
{
    struct journal_source *t = calloc(1, sizeof(*t));

    if (!t)
        return -ENOMEM;
    t->source = source;
    t->own_unit = journal_reader_own_unit();
    *ret_tap = t;
    return 0;
}

struct journal_source *journal_source_free(struct journal_source *t)
{
    if (!t)
        return NULL;
    journal_reader_free(t->journal);
    free(t->own_unit);
    free(t->cursor);
    free(t);
    return NULL;
}

const struct gloss_clock *journal_source_clock(struct journal_source *t,
                                               const struct gloss_clock *clock)
{
    t->real = clock;
    t->clock = *clock;
    return &t->clock;
}

bool journal_source_is_open(const struct journal_source *t)
{
    return t->journal && !t->troubled;
}

/* ---- what is remembered ---- */

static int set_cursor(struct journal_source *t, const char *cursor)
{
    char *copy = strdup(cursor);

    if (!copy)
        return -ENOMEM;
    free(t->cursor);
    t->cursor = copy;
    return 0;
}

/* Closes the journal and keeps its place. */
static int close_journal(struct journal_source *t)
{
    const char *cursor = t->journal ? journal_reader_cursor(t->journal) : NULL;
    int r = cursor ? set_cursor(t, cursor) : 0;

    if (r < 0)
        return r;
    journal_source_listen(t, false);
    t->journal = journal_reader_free(t->journal);
    return 0;
}

int journal_source_remember(struct journal_source *t, const struct store_journal *row)
{
    t->offset = row->offset;
    t->source->pipeline.stream.lines = row->lines;
    t->cursor_ns = row->time_ns;
    return set_cursor(t, row->cursor);
}

bool journal_source_position(const struct journal_source *t, struct store_journal *ret_row)
{
    if (t->changes == t->committed)
        return false;
    *ret_row = (struct store_journal){
        .source = t->source->name,
        .cursor = t->journal ? journal_reader_cursor(t->journal) : t->cursor,
        .time_ns = t->cursor_ns,
        .offset = t->offset,
        .lines = t->source->pipeline.stream.lines,
    };
    return true;
}

void journal_source_prepare(struct journal_source *t)
{
    t->prepared = t->changes;
}

void journal_source_commit(struct journal_source *t)
{
    t->committed = t->prepared;
}

/* ---- trouble ---- */

/* Says why nothing, or not all, can be seen: libsystemd does not. Returns 0 or -ENOMEM. */
static int say_unseen(struct journal_source *t)
{
    struct journal_files files;
    int r = journal_files_look(&files, t->source->folder);

    if (r == 0 && files.n_denied > 0)
        log_message(LOG_WARNING, "source",
                    "'%s' cannot read all of the journal, '%s' first: permission denied; the "
                    "account that runs glossd must be in the group systemd-journal (under systemd: "
                    "SupplementaryGroups=systemd-journal)",
                    t->source->name, files.denied);
    else if (r == 0 && files.n == 0)
        log_message(LOG_WARNING, "source", "'%s' finds no journal%s%s; looking again every 5 s",
                    t->source->name,
                    t->source->folder ? " in " : " on this machine: does journald run?",
                    t->source->folder ? t->source->folder : "");
    if (r == 0)
        t->troubled = files.n_denied > 0 || files.n == 0;
    journal_files_deinit(&files);
    return r;
}

static void heal(struct journal_source *t)
{
    if (t->troubled)
        log_message(LOG_NOTICE, "source", "'%s' can read the journal", t->source->name);
    t->troubled = false;
    t->again_ns = UINT64_MAX;
}

/* It is opened again later, from where it stands. Returns 0 or -ENOMEM. */
static int break_off(struct journal_source *t, uint64_t now_ns, int error)
{
    if (!t->troubled)
        log_message(LOG_WARNING, "source", "'%s' cannot read the journal: %s%s, retrying every 5 s",
                    t->source->name, strerror(-error),
                    error == -EMFILE ? "; raise fs.inotify.max_user_instances" : "");
    t->troubled = true;
    t->again_ns = now_ns + AGAIN_NS;
    return close_journal(t);
}

static void say_gap(struct journal_source *t, uint64_t next_ns)
{
    char from[GLOSS_STAMP_BYTES], to[GLOSS_STAMP_BYTES];
    int n = (int)gloss_stamp_write(t->cursor_ns, from), m = (int)gloss_stamp_write(next_ns, to);

    t->gap_said = true;
    log_message(LOG_WARNING, "source",
                "'%s': the last entry that was read, of %.*s, is no longer in the journal; the "
                "next entry is of %.*s; entries between them, if there were any, are gone unread",
                t->source->name, n, from, m, to);
}

/* ---- opening ---- */

static int open_journal(struct journal_source *t)
{
    const struct source *f = t->source;
    struct journal_reader_options options = {
        .folder = f->folder,
        .units = (const char *const *)f->units,
        .n_units = f->n_units,
        .matches = (const char *const *)f->matches,
        .n_matches = f->n_matches,
        .cursor = t->cursor,
        .start_at_end = f->start_at_end,
        .own_unit = t->own_unit,
    };
    int r = journal_reader_open(&t->journal, &options);

    if (r < 0)
        return r;
    t->awake = true;
    t->gap_said = !journal_reader_has_gap(t->journal);
    if (!t->cursor && journal_reader_cursor(t->journal)) { /* the end, where it starts */
        t->cursor_ns = journal_reader_cursor_ns(t->journal);
        t->changes++;
    }
    return 0;
}

int journal_source_look(struct journal_source *t, uint64_t now_ns)
{
    int r;

    if (t->journal && now_ns < t->again_ns)
        return 0;
    r = close_journal(t);
    if (r == 0)
        r = open_journal(t);
    if (r == -ENOMEM)
        return r;
    if (r < 0 && r != -ENOENT)
        return break_off(t, now_ns, r);
    if (r < 0 || journal_reader_is_blind(t->journal)) {
        t->again_ns = now_ns + AGAIN_NS;
        return t->troubled ? 0 : say_unseen(t);
    }
    heal(t);
    return say_unseen(t);
}

void journal_source_listen(struct journal_source *t, bool on)
{
    struct epoll_event event = {.events = EPOLLIN};

    on = on && t->journal;
    if (on == t->listening)
        return;
    t->listening = on;
    epoll_ctl(t->source->owner->ready_fd, on ? EPOLL_CTL_ADD : EPOLL_CTL_DEL,
              journal_reader_fd(t->journal), &event);
}

/* Asks the descriptor, and now and then does not rely on it. */
static int hear(struct journal_source *t, uint64_t now_ns)
{
    int r = journal_reader_wake(t->journal);

    if (r > 0 || now_ns >= t->look_ns) {
        t->awake = true;
        t->look_ns = now_ns + LOOK_NS;
    }
    return MIN(r, 0);
}

/* ---- reading ---- */

static int give(struct journal_source *t, const struct journal_entry *e)
{
    const struct gloss_block block = {
        .bytes = e->text, .offset = t->offset, .begins_line = true, .ends_line = true};
    struct source *f = t->source;
    int r;

    if (e->cut && !t->cut_said)
        log_message(LOG_WARNING, "source",
                    "'%s': a message is longer than 16 MiB, the rest of it is left out", f->name);
    t->cut_said |= e->cut;
    t->clock.now_ns = MIN(e->time_ns, t->real->now_ns); /* not of tomorrow */
    r = pipeline_block(&f->pipeline, &f->pipeline.stream, &block);
    t->offset += e->text.len;
    f->bytes += e->text.len;
    return r;
}

static int read_some(struct journal_source *t, size_t budget_bytes)
{
    struct journal_entry e;
    size_t bytes = 0;
    int r = 1;

    for (size_t n = 0; n < TURN_ENTRIES && bytes < budget_bytes && !source_is_blocked(t->source);
         n++) {
        r = journal_reader_next(t->journal, &e);
        if (r <= 0)
            break;
        t->changes++;
        if (!t->gap_said)
            say_gap(t, e.time_ns);
        t->cursor_ns = e.time_ns;
        bytes += e.text.len;
        r = e.text.len > 0 ? give(t, &e) : 0;
        if (r < 0)
            return r;
        r = 1;
    }
    return r;
}

int journal_source_turn(struct journal_source *t, uint64_t now_ns, size_t budget_bytes)
{
    int r = journal_source_look(t, now_ns);

    if (r < 0 || !t->journal)
        return r;
    r = hear(t, now_ns);
    if (r == 0 && t->awake) {
        r = read_some(t, budget_bytes);
        t->awake = r > 0;
    }
    if (r < 0 && r != -ENOMEM)
        r = break_off(t, now_ns, r);
    return r > 0 ? !source_is_blocked(t->source) : r;
}

uint64_t journal_source_due_ns(const struct journal_source *t, uint64_t now_ns)
{
    int ms = t->journal ? journal_reader_due_ms(t->journal) : -1;

    if (t->journal && t->awake)
        return now_ns;
    if (ms >= 0 && now_ns + (uint64_t)ms * MS_NS < t->again_ns)
        return now_ns + (uint64_t)ms * MS_NS;
    return t->journal ? MIN(t->again_ns, t->look_ns) : t->again_ns;
}
