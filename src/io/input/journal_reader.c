/* Where reading goes on. A cursor names an entry. To seek a cursor leads before its entry, or,
 * where the entry is gone, before the next one in time. Whether the entry is gone must be asked
 * without matches: an entry that a new configuration's matches leave out is not gone. So the cursor
 * is sought twice, first among all entries, then with the matches.
 *
 * What the text is. The MESSAGE, bytes of any kind. Each field is looked at once, in the journal's
 * order. The MESSAGE is copied at once, since its memory is valid only until the next field is
 * read.
 *
 * Which entries are glossd's own. Those of this process, by pid and boot; those of the unit that
 * this process was started for, since the check before a reload runs in it, too; and those that any
 * glossd wrote as a sink, which have GLOSS_SOURCE: two services that read the journal and write to
 * it would answer to each other without end. A match of the journal cannot exclude entries, so they
 * are passed over here. */

#include "io/input/journal_reader.h"

#include "core/base/nanoseconds.h"
#include "core/base/util.h"

#include <gloss/buf.h>
#include <stdio.h>
#include <systemd/sd-id128.h>
#include <systemd/sd-journal.h>
#include <systemd/sd-login.h>
#include <time.h>

#define MESSAGE "MESSAGE="
#define UNIT_FIELD "_SYSTEMD_UNIT="
#define BOOT_FIELD "_BOOT_ID="
#define KEPT_BYTES ((size_t)1 << 20) /* a larger text buffer is freed before the next entry */

struct journal_reader {
    sd_journal *sd;
    int fd;
    bool blind, gap;
    bool resumed; /* the next entry may be that of the cursor, and is then passed over */
    char *cursor;
    uint64_t cursor_ns;
    struct gloss_buf text;
    char own_pid[32], own_boot[sizeof(BOOT_FIELD) + SD_ID128_STRING_MAX];
    char *own_unit; /* FIELD=VALUE; NULL: none */
};

/* ---- where reading goes on ---- */

static int open_files(sd_journal **ret_sd, const char *folder)
{
    return folder ? sd_journal_open_directory(ret_sd, folder, /* flags= */ 0)
                  : sd_journal_open(ret_sd, SD_JOURNAL_LOCAL_ONLY);
}

/* Whether there is an entry of the cursor that the matches, if any, let through. Returns 1, 0 or a
 * negative errno. */
static int find(sd_journal *sd, const char *cursor)
{
    int r = sd_journal_seek_cursor(sd, cursor);

    if (r >= 0)
        r = sd_journal_next(sd);
    return r > 0 ? sd_journal_test_cursor(sd, cursor) : r;
}

static int remember(struct journal_reader *j, uint64_t time_ns)
{
    char *cursor;
    int r = sd_journal_get_cursor(j->sd, &cursor);

    if (r < 0)
        return r;
    free(j->cursor);
    j->cursor = cursor;
    j->cursor_ns = time_ns;
    return 0;
}

/* Makes the last entry of the journal the one that was read last. */
static int skip_all(struct journal_reader *j)
{
    uint64_t usec = 0;
    int r = sd_journal_seek_tail(j->sd);

    if (r >= 0)
        r = sd_journal_previous(j->sd);
    if (r <= 0)
        return r;
    r = sd_journal_get_realtime_usec(j->sd, &usec);
    return r < 0 ? r : remember(j, usec * US_NS);
}

static int look_for_cursor(struct journal_reader *j, const struct journal_reader_options *o)
{
    int r;

    if (!o->cursor)
        return o->start_at_end ? skip_all(j) : 0;
    j->cursor = strdup(o->cursor);
    if (!j->cursor)
        return -ENOMEM;
    r = find(j->sd, o->cursor);
    j->gap = r == 0 && !j->blind;
    return MIN(r, 0);
}

static int add_matches(sd_journal *sd, const struct journal_reader_options *o)
{
    int r = 0;

    for (size_t i = 0; i < o->n_matches && r >= 0; i++)
        r = sd_journal_add_match(sd, o->matches[i], strlen(o->matches[i]));
    for (size_t i = 0; i < o->n_units && r >= 0; i++) {
        CLEANUP(freep) char *match = NULL;

        if (asprintf(&match, UNIT_FIELD "%s", o->units[i]) < 0) {
            match = NULL;
            return -ENOMEM;
        }
        r = sd_journal_add_match(sd, match, strlen(match));
    }
    return MIN(r, 0);
}

static int seek_start(struct journal_reader *j)
{
    j->resumed = j->cursor != NULL;
    return j->cursor ? sd_journal_seek_cursor(j->sd, j->cursor) : sd_journal_seek_head(j->sd);
}

/* ---- opening ---- */

static int know_own_entries(struct journal_reader *j, const char *unit)
{
    char id[SD_ID128_STRING_MAX];
    sd_id128_t boot;

    snprintf(j->own_pid, sizeof(j->own_pid), "_PID=%ld", (long)getpid());
    if (sd_id128_get_boot(&boot) >= 0)
        snprintf(j->own_boot, sizeof(j->own_boot), BOOT_FIELD "%s", sd_id128_to_string(boot, id));
    if (unit && asprintf(&j->own_unit, UNIT_FIELD "%s", unit) < 0) {
        j->own_unit = NULL;
        return -ENOMEM;
    }
    return 0;
}

/* libsystemd gives the time of the first entry where there is any. */
static bool sees_nothing(sd_journal *sd)
{
    uint64_t from;

    return sd_journal_get_cutoff_realtime_usec(sd, &from, /* to= */ NULL) <= 0;
}

int journal_reader_open(struct journal_reader **ret_reader, const struct journal_reader_options *o)
{
    CLEANUP(journal_reader_freep) struct journal_reader *j = calloc(1, sizeof(*j));
    int r;

    if (!j)
        return -ENOMEM;
    r = open_files(&j->sd, o->folder);
    if (r < 0)
        return r;
    sd_journal_set_data_threshold(j->sd, JOURNAL_MESSAGE_MAX + sizeof(MESSAGE));
    j->fd = sd_journal_get_fd(
        j->sd); /* before the first entry is read, so that no change behind it is missed */
    if (j->fd < 0)
        return j->fd;
    j->blind = sees_nothing(j->sd);
    r = know_own_entries(j, o->own_unit);
    if (r == 0)
        r = look_for_cursor(j, o);
    if (r == 0)
        r = add_matches(j->sd, o);
    if (r == 0)
        r = seek_start(j);
    if (r < 0)
        return r;
    *ret_reader = TAKE_PTR(j);
    return 0;
}

struct journal_reader *journal_reader_free(struct journal_reader *j)
{
    if (!j)
        return NULL;
    sd_journal_close(j->sd);
    gloss_buf_deinit(&j->text);
    free(j->cursor);
    free(j->own_unit);
    free(j);
    return NULL;
}

bool journal_reader_is_blind(const struct journal_reader *j)
{
    return j->blind;
}

bool journal_reader_has_gap(const struct journal_reader *j)
{
    return j->gap;
}

const char *journal_reader_cursor(const struct journal_reader *j)
{
    return j->cursor;
}

uint64_t journal_reader_cursor_ns(const struct journal_reader *j)
{
    return j->cursor_ns;
}

/* ---- waiting ---- */

int journal_reader_fd(const struct journal_reader *j)
{
    return j->fd;
}

int journal_reader_due_ms(const struct journal_reader *j)
{
    struct timespec now;
    uint64_t usec, now_usec;

    if (sd_journal_get_timeout(j->sd, &usec) < 0 || usec == UINT64_MAX)
        return -1;
    clock_gettime(CLOCK_MONOTONIC, &now);
    now_usec = timespec_ns(now) / US_NS;
    return usec <= now_usec ? 0 : (int)MIN((usec - now_usec + 999) / 1000, (uint64_t)60000);
}

int journal_reader_wake(struct journal_reader *j)
{
    int r = sd_journal_process(j->sd);

    return r < 0 ? r : r != SD_JOURNAL_NOP;
}

/* ---- entries ---- */

static bool is_field(const char *field, size_t n, const char *is)
{
    return is && *is && strlen(is) == n && memcmp(field, is, n) == 0;
}

static bool begins(const char *field, size_t n, const char *with)
{
    return n >= strlen(with) && memcmp(field, with, strlen(with)) == 0;
}

static void take_message(struct journal_reader *j, struct gloss_span value, struct journal_entry *e)
{
    e->cut = value.len > JOURNAL_MESSAGE_MAX;
    value.len = MIN(value.len, JOURNAL_MESSAGE_MAX);
    gloss_buf_span(&j->text, value);
    if (value.len == 0 || value.ptr[value.len - 1] != '\n')
        gloss_buf_char(&j->text, '\n');
}

static int read_fields(struct journal_reader *j, struct journal_entry *e)
{
    bool our_pid = false, our_boot = false, is_own = false;
    const void *data;
    size_t n;

    if (j->text.size > KEPT_BYTES)
        gloss_buf_deinit(&j->text);
    gloss_buf_clear(&j->text);
    SD_JOURNAL_FOREACH_DATA(j->sd, data, n)
    {
        if (begins(data, n, MESSAGE) && j->text.len == 0)
            take_message(j, gloss_span((const char *)data + strlen(MESSAGE), n - strlen(MESSAGE)),
                         e);
        our_pid |= is_field(data, n, j->own_pid);
        our_boot |= is_field(data, n, j->own_boot);
        is_own |= is_field(data, n, j->own_unit) || begins(data, n, "GLOSS_SOURCE=");
    }
    if (j->text.failed)
        return -ENOMEM;
    if (!is_own && !(our_pid && our_boot))
        e->text = gloss_buf_view(&j->text);
    return 0;
}

static int step(struct journal_reader *j)
{
    int r = sd_journal_next(j->sd);

    if (r > 0 && j->resumed) {
        j->resumed = false;
        if (sd_journal_test_cursor(j->sd, j->cursor) > 0)
            r = sd_journal_next(j->sd);
    }
    return r;
}

int journal_reader_next(struct journal_reader *j, struct journal_entry *ret_entry)
{
    uint64_t usec = 0;
    int r = step(j);

    if (r <= 0)
        return r;
    *ret_entry = (struct journal_entry){0};
    r = sd_journal_get_realtime_usec(j->sd, &usec);
    ret_entry->time_ns = usec * US_NS;
    if (r >= 0)
        r = read_fields(j, ret_entry);
    if (r >= 0)
        r = remember(j, ret_entry->time_ns);
    return r < 0 ? r : 1;
}

/* ---- without a reader ---- */

char *journal_reader_own_unit(void)
{
    const char *started = getenv("SYSTEMD_EXEC_PID");
    char *unit = NULL;

    if (!started || strtol(started, /* end= */ NULL, 10) != (long)getpid() ||
        sd_pid_get_unit(0, &unit) < 0)
        return NULL;
    return unit;
}

int journal_reader_has(const char *folder, const char *cursor)
{
    sd_journal *sd;
    int r = open_files(&sd, folder);

    if (r < 0)
        return r;
    r = find(sd, cursor);
    sd_journal_close(sd);
    return r;
}
