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
#include "core/base/util.h"
#include "io/input/journal_files.h"
#include "io/input/journal_reader.h"

#include <gloss/stamp.h>
#include <inttypes.h>
#include <sys/epoll.h>
#include <syslog.h>

#define SECOND_NS UINT64_C(1000000000)
#define AGAIN_NS (5 * SECOND_NS)
#define LOOK_NS (5 * SECOND_NS)
#define TURN_ENTRIES 1024

struct tap {
    struct feed *feed;
    struct journal *journal;        /* NULL: not open */
    const struct gloss_clock *real; /* borrowed */
    struct gloss_clock clock;
    char *own_unit;
    char *cursor;       /* of the entry read last; while it is open, the journal knows it */
    uint64_t cursor_ns; /* when that entry was written */
    uint64_t offset;
    uint64_t again_ns; /* when it is opened again; UINT64_MAX: it is open, and well */
    uint64_t look_ns;  /* when it is read though nothing was told */
    uint64_t changes, told,
        committed; /* of the place: made, in a checkpoint under way, in the last */
    bool awake;
    bool listening; /* the owner's ready_fd knows of it */
    bool troubled;  /* it was said */
    bool gap_said, cut_said;
};

int tap_new(struct tap **ret_tap, struct feed *feed)
{
    struct tap *t = calloc(1, sizeof(*t));

    if (!t)
        return -ENOMEM;
    t->feed = feed;
    t->own_unit = journal_own_unit();
    *ret_tap = t;
    return 0;
}

struct tap *tap_free(struct tap *t)
{
    if (!t)
        return NULL;
    journal_free(t->journal);
    free(t->own_unit);
    free(t->cursor);
    free(t);
    return NULL;
}

const struct gloss_clock *tap_clock(struct tap *t, const struct gloss_clock *clock)
{
    t->real = clock;
    t->clock = *clock;
    return &t->clock;
}

bool tap_is_open(const struct tap *t)
{
    return t->journal && !t->troubled;
}

/* ---- what is remembered ---- */

static int set_cursor(struct tap *t, const char *cursor)
{
    char *copy = strdup(cursor);

    if (!copy)
        return -ENOMEM;
    free(t->cursor);
    t->cursor = copy;
    return 0;
}

/* Closes the journal and keeps its place. */
static int close_journal(struct tap *t)
{
    const char *cursor = t->journal ? journal_cursor(t->journal) : NULL;
    int r = cursor ? set_cursor(t, cursor) : 0;

    if (r < 0)
        return r;
    tap_listen(t, false);
    t->journal = journal_free(t->journal);
    return 0;
}

int tap_remember(struct tap *t, const struct store_journal *row)
{
    t->offset = row->offset;
    t->feed->pipeline.stream.lines = row->lines;
    t->cursor_ns = row->time_ns;
    return set_cursor(t, row->cursor);
}

bool tap_place(const struct tap *t, struct store_journal *ret_row)
{
    if (t->changes == t->committed)
        return false;
    *ret_row = (struct store_journal){
        .source = t->feed->name,
        .cursor = t->journal ? journal_cursor(t->journal) : t->cursor,
        .time_ns = t->cursor_ns,
        .offset = t->offset,
        .lines = t->feed->pipeline.stream.lines,
    };
    return true;
}

void tap_tell(struct tap *t)
{
    t->told = t->changes;
}

void tap_committed(struct tap *t)
{
    t->committed = t->told;
}

/* ---- trouble ---- */

/* Says why nothing, or not all, can be seen: libsystemd does not. Returns 0 or -ENOMEM. */
static int say_unseen(struct tap *t)
{
    struct journal_files files;
    int r = journal_files_look(&files, t->feed->folder);

    if (r == 0 && files.n_denied > 0)
        log_say(LOG_WARNING, "source",
                "'%s' cannot read all of the journal, '%s' first: permission denied; who runs "
                "glossd must be in the group systemd-journal (under systemd: "
                "SupplementaryGroups=systemd-journal)",
                t->feed->name, files.denied);
    else if (r == 0 && files.n == 0)
        log_say(LOG_WARNING, "source", "'%s' finds no journal%s%s; looking again every 5 s",
                t->feed->name, t->feed->folder ? " in " : " on this machine: does journald run?",
                t->feed->folder ? t->feed->folder : "");
    if (r == 0)
        t->troubled = files.n_denied > 0 || files.n == 0;
    journal_files_deinit(&files);
    return r;
}

static void heal(struct tap *t)
{
    if (t->troubled)
        log_say(LOG_NOTICE, "source", "'%s' can read the journal", t->feed->name);
    t->troubled = false;
    t->again_ns = UINT64_MAX;
}

/* It is opened again later, from where it stands. Returns 0 or -ENOMEM. */
static int break_off(struct tap *t, uint64_t now_ns, int error)
{
    if (!t->troubled)
        log_say(LOG_WARNING, "source", "'%s' cannot read the journal: %s%s, retrying every 5 s",
                t->feed->name, strerror(-error),
                error == -EMFILE ? "; raise fs.inotify.max_user_instances" : "");
    t->troubled = true;
    t->again_ns = now_ns + AGAIN_NS;
    return close_journal(t);
}

static void say_gap(struct tap *t, uint64_t next_ns)
{
    char from[GLOSS_STAMP_BYTES], to[GLOSS_STAMP_BYTES];
    int n = (int)gloss_stamp_write(t->cursor_ns, from), m = (int)gloss_stamp_write(next_ns, to);

    t->gap_said = true;
    log_say(
        LOG_WARNING, "source",
        "'%s': the entry of %.*s, which was read last, is not in the journal any more; the "
        "next one there is is of %.*s; what stood between them, if anything did, is gone unread",
        t->feed->name, n, from, m, to);
}

/* ---- opening ---- */

static int open_journal(struct tap *t)
{
    const struct feed *f = t->feed;
    struct journal_options options = {
        .folder = f->folder,
        .units = (const char *const *)f->units,
        .n_units = f->n_units,
        .matches = (const char *const *)f->matches,
        .n_matches = f->n_matches,
        .cursor = t->cursor,
        .start_at_end = f->start_at_end,
        .own_unit = t->own_unit,
    };
    int r = journal_open(&t->journal, &options);

    if (r < 0)
        return r;
    t->awake = true;
    t->gap_said = !journal_has_gap(t->journal);
    if (!t->cursor && journal_cursor(t->journal)) { /* the end, where it starts */
        t->cursor_ns = journal_cursor_ns(t->journal);
        t->changes++;
    }
    return 0;
}

int tap_look(struct tap *t, uint64_t now_ns)
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
    if (r < 0 || journal_is_blind(t->journal)) {
        t->again_ns = now_ns + AGAIN_NS;
        return t->troubled ? 0 : say_unseen(t);
    }
    heal(t);
    return say_unseen(t);
}

void tap_listen(struct tap *t, bool on)
{
    struct epoll_event event = {.events = EPOLLIN};

    on = on && t->journal;
    if (on == t->listening)
        return;
    t->listening = on;
    epoll_ctl(t->feed->owner->ready_fd, on ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, journal_fd(t->journal),
              &event);
}

/* Asks the descriptor, and now and then does not rely on it. */
static int hear(struct tap *t, uint64_t now_ns)
{
    int r = journal_wake(t->journal);

    if (r > 0 || now_ns >= t->look_ns) {
        t->awake = true;
        t->look_ns = now_ns + LOOK_NS;
    }
    return MIN(r, 0);
}

/* ---- reading ---- */

static int give(struct tap *t, const struct journal_entry *e)
{
    const struct gloss_block block = {
        .bytes = e->text, .offset = t->offset, .begins_line = true, .ends_line = true};
    struct feed *f = t->feed;
    int r;

    if (e->cut && !t->cut_said)
        log_say(LOG_WARNING, "source",
                "'%s': a message is longer than 16 MiB, its rest is left out", f->name);
    t->cut_said |= e->cut;
    t->clock.now_ns = MIN(e->time_ns, t->real->now_ns); /* not of tomorrow */
    r = pipeline_block(&f->pipeline, &f->pipeline.stream, &block);
    t->offset += e->text.len;
    f->bytes += e->text.len;
    return r;
}

static int read_some(struct tap *t, size_t budget_bytes)
{
    struct journal_entry e;
    size_t bytes = 0;
    int r = 1;

    for (size_t n = 0; n < TURN_ENTRIES && bytes < budget_bytes && !feed_blocked(t->feed); n++) {
        r = journal_next(t->journal, &e);
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

int tap_turn(struct tap *t, uint64_t now_ns, size_t budget_bytes)
{
    int r = tap_look(t, now_ns);

    if (r < 0 || !t->journal)
        return r;
    r = hear(t, now_ns);
    if (r == 0 && t->awake) {
        r = read_some(t, budget_bytes);
        t->awake = r > 0;
    }
    if (r < 0 && r != -ENOMEM)
        r = break_off(t, now_ns, r);
    return r > 0 ? !feed_blocked(t->feed) : r;
}

uint64_t tap_due_ns(const struct tap *t, uint64_t now_ns)
{
    int ms = t->journal ? journal_due_ms(t->journal) : -1;

    if (t->journal && t->awake)
        return now_ns;
    if (ms >= 0 && now_ns + (uint64_t)ms * 1000000 < t->again_ns)
        return now_ns + (uint64_t)ms * 1000000;
    return t->journal ? MIN(t->again_ns, t->look_ns) : t->again_ns;
}
