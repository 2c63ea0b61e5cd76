/* The journal takes findings and no text, because an entry consists of fields. An entry that the
 * journal has cannot be removed, so entries may come twice after a crash. */

#include "app/connectors/journal_sink.h"

#include "app/config/config_probe.h"
#include "core/base/nanoseconds.h"
#include "core/base/util.h"
#include "core/render/journal_entry.h"
#include "io/output/journal_writer.h"

#include <errno.h>
#include <unistd.h>

#define HANGING_NS (5 * SECOND_NS)

struct journal_sink {
    struct sink sink;
    struct journal_writer *writer;
};

static struct journal_sink *of(const struct sink *s)
{
    return container_of(s, struct journal_sink, sink);
}

/* ---- operations ---- */

int journal_sink_make(struct sink **ret_sink, const char *socket)
{
    struct journal_sink *j = calloc(1, sizeof(*j));
    int r;

    if (!j)
        return -ENOMEM;
    r = journal_writer_new(&j->writer, socket);
    if (r < 0) {
        free(j);
        return r;
    }
    j->sink.kind = &journal_sink_kind;
    j->sink.name = "the journal";
    *ret_sink = &j->sink;
    return 0;
}

static int make(struct sink **ret_sink, const struct config_sink *config)
{
    (void)config;
    return journal_sink_make(ret_sink, JOURNAL_WRITER_SOCKET);
}

static void journal_sink_free(struct sink *s)
{
    journal_writer_free(of(s)->writer);
    free(of(s));
}

static int journal_sink_open(struct sink *s)
{
    return journal_writer_open(of(s)->writer);
}

static bool journal_sink_is_open(const struct sink *s)
{
    return journal_writer_is_open(of(s)->writer);
}

static int journal_sink_write(struct sink *s, const struct gloss_spans *entry)
{
    return journal_writer_write(of(s)->writer, entry);
}

static int write_hit(struct sink *s, const char *source, const struct gloss_line *line,
                     const struct gloss_hit *hit)
{
    CLEANUP(gloss_buf_deinit) struct gloss_buf entry = {0};
    struct gloss_spans spans = {0};
    int r;

    journal_entry_write(&entry, source, line, hit);
    gloss_spans_add(&spans, gloss_buf_view(&entry));
    r = entry.failed || spans.failed ? -ENOMEM : journal_sink_write(s, &spans);
    gloss_spans_deinit(&spans);
    return r;
}

/* Writes an entry for each different code of the line. */
static int journal_sink_line(struct sink *s, const char *source, const struct gloss_line *line)
{
    int r = 0;

    for (size_t i = 0; i < line->n_hits && r >= 0; i++)
        if (line->hits[i].first)
            r = write_hit(s, source, line, &line->hits[i]);
    return r < 0 ? r : journal_writer_is_blocked(of(s)->writer) ? SINK_BLOCKED : 0;
}

static bool journal_sink_is_blocked(const struct sink *s)
{
    return journal_writer_is_blocked(of(s)->writer);
}

static int journal_sink_retry(struct sink *s)
{
    return journal_writer_retry(of(s)->writer);
}

static int journal_sink_failure(const struct sink *s)
{
    return journal_writer_failure(of(s)->writer);
}

static const char *journal_sink_mend(int error)
{
    (void)error;
    return "; does systemd-journald run?";
}

static struct gloss_span journal_sink_pending(const struct sink *s)
{
    return journal_writer_pending(of(s)->writer);
}

static int journal_sink_restore_pending(struct sink *s, struct gloss_span bytes)
{
    return journal_writer_restore_pending(of(s)->writer, bytes);
}

static const struct sink_ops ops = {
    .make = make,
    .free = journal_sink_free,
    .open = journal_sink_open,
    .is_open = journal_sink_is_open,
    .write = journal_sink_write,
    .line = journal_sink_line,
    .is_blocked = journal_sink_is_blocked,
    .retry = journal_sink_retry,
    .failure = journal_sink_failure,
    .mend = journal_sink_mend,
    .pending = journal_sink_pending,
    .restore_pending = journal_sink_restore_pending,
    .hanging_ns = HANGING_NS,
};

/* ---- configuration ---- */

static const char *name(const void *settings)
{
    (void)settings;
    return "journal";
}

/* A missing socket is a warning only, because the daemon may start later. */
static void probe(struct config_probe *p, size_t index)
{
    if (access(JOURNAL_WRITER_SOCKET, W_OK) < 0)
        yaml_diag(probe_reading(p)->y, probe_sink_node(p, index), GLOSS_DIAG_WARNING,
                  "the journal does not listen at '" JOURNAL_WRITER_SOCKET
                  "': %s; does journald run?",
                  strerror(errno));
}

static const struct config_field fields[] = {{"journal", CONFIG_BOOL, .offset = 0}};
static const char *const refuses[] = {"format", "emit", NULL};

const struct sink_kind journal_sink_kind = {
    .config = {.key = "journal",
               .shown = "'journal: true'",
               .is = "sink is the journal",
               .refuses = refuses,
               .table = {.fields = fields, .n_fields = ARRAY_SIZE(fields), .size = sizeof(bool)},
               .name = name,
               .probe = probe},
    .ops = &ops,
};
