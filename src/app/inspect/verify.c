/* Each remembered file is looked for, and it is compared with what is known of it: prints of its
 * head and of the bytes before the offset, and how many lines stand before that. A byte between
 * those is not seen here; the counters see it when it makes or breaks a code, a sink of all lines
 * sees each.
 *
 * What is gone is no difference: logs are deleted every day. But then nobody can tell any more
 * whether the sums are right. */

#include "app/inspect/verify.h"

#include "app/config/config.h"
#include "app/config/config_kind.h"
#include "core/base/display_width.h"
#include "core/base/util.h"
#include "io/files/file_hole.h"
#include "io/files/relocate.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

void verify_say(struct verify *v, enum verdict verdict, const char *what, const char *format, ...)
{
    static const char *const words[] = {[VERDICT_AGREE] = "agrees",
                                        [VERDICT_UNKNOWN] = "cannot tell",
                                        [VERDICT_DIFFER] = "DIFFERS"};
    char text[1024];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    display_width_put_padded(&v->out, gloss_span_str(what), 0);
    gloss_buf_printf(&v->out, ": %s: ", words[verdict]);
    display_width_put_padded(&v->out, gloss_span_str(text), 0);
    gloss_buf_char(&v->out, '\n');
    v->verdicts[verdict]++;
}

void verify_deinit(struct verify *v)
{
    for (size_t i = 0; v->files && i < v->stored.n; i++) {
        if (v->files[i].found)
            relocate_deinit(v->files[i].found);
        free(v->files[i].found);
    }
    free(v->files);
    for (size_t i = 0; i < v->n_sinks; i++)
        free(v->sinks[i].path);
    free(v->sinks);
    state_files_deinit(&v->stored);
    state_cursors_deinit(&v->cursors);
    state_report_close(&v->report);
    gloss_buf_deinit(&v->out);
}

const struct config_source *verify_source(const struct verify *v, const char *name)
{
    for (size_t i = 0; v->config && i < v->config->n_sources; i++)
        if (STREQ(v->config->sources[i].name, name))
            return &v->config->sources[i];
    return NULL;
}

/* ---- one file ---- */

static bool same_path(const struct state_file *a, const struct state_file *b)
{
    return STREQ(a->source, b->source) && STREQ(a->position.path, b->position.path);
}

/* Whether its file was cut off and holds the text of a later followed file by now. */
static bool was_overwritten(const struct verify *v, size_t index)
{
    const struct state_file *f = &v->stored.items[index];

    for (size_t i = index + 1; i < v->stored.n && same_path(f, &v->stored.items[i]); i++)
        if (v->stored.items[i].position.dev == f->position.dev &&
            v->stored.items[i].position.ino == f->position.ino)
            return true;
    return false;
}

/* Whether the service may have skipped NULs at the start of a file: it is not the first file at its
 * path, or it begins with a hole. A copy may have lost its hole. */
static bool may_have_hole(const struct verify *v, size_t index)
{
    const struct state_file *f = &v->stored.items[index];
    const struct relocated_file *found = v->files[index].found;

    return (index > 0 && same_path(f, f - 1)) || found->found == RELOCATE_COPY ||
           lseek(found->fd, 0, SEEK_DATA) > 0;
}

/* Finds the first byte behind the NULs at the start of a file. A writer that does not append leaves
 * such NULs in a file that was cut off, and the service skipped them. */
static int skip_hole(const struct verify *v, size_t index, uint64_t *ret_from)
{
    const struct state_file *f = &v->stored.items[index];
    char bytes[4096];

    *ret_from = 0;
    if (!may_have_hole(v, index))
        return 0;
    while (*ret_from < f->position.offset) {
        size_t n = (size_t)MIN(f->position.offset - *ret_from, (uint64_t)sizeof(bytes)), at = 0;
        int r = relocate_bytes(v->files[index].found->fd, bytes, n, *ret_from);

        if (r < 0)
            return r;
        while (at < n && bytes[at] == '\0')
            at++;
        *ret_from += at;
        if (at < n)
            return 0;
    }
    return 0;
}

/* Compares how many lines stand before the offset with the lines that the state says. When reading
 * started at the end of the file, only the last of these lines were read. */
static int check_lines(struct verify *v, size_t index)
{
    const struct state_file *f = &v->stored.items[index];
    const struct config_source *source = verify_source(v, f->source);
    struct verify_file *file = &v->files[index];
    CLEANUP(line_encoding_deinit) struct line_encoding text = {0};
    struct file_hole hole;
    uint64_t lines = 0;
    int r = relocate_text(file->found->fd, source ? source->encoding : NULL, &text);

    if (r == 0)
        r = skip_hole(v, index, &file->from);
    if (r == 0 && file_hole_find(file->found->fd, file->from, f->position.offset, &hole)) {
        verify_say(v, VERDICT_UNKNOWN, file->found->path,
                   "nobody wrote the bytes from %" PRIu64 " to %" PRIu64
                   ", which the service skipped",
                   hole.start, hole.end);
        return 0;
    }
    if (r == 0)
        r = relocate_count(file->found->fd, &text, file->from, f->position.offset, &lines);
    if (r == 0 && lines > f->position.lines && source && source->start == CONFIG_START_END) {
        r = relocate_skip(file->found->fd, &text, lines - f->position.lines, f->position.offset,
                          &file->from);
        lines = f->position.lines;
    }
    if (r < 0)
        return r;
    file->whole = lines == f->position.lines;
    if (!file->whole)
        verify_say(v, VERDICT_DIFFER, file->found->path,
                   "%" PRIu64 " lines stand before byte %" PRIu64 ", the state says %" PRIu64,
                   lines, f->position.offset, f->position.lines);
    else
        verify_say(v, VERDICT_AGREE, file->found->path, "%" PRIu64 " bytes, %" PRIu64 " lines",
                   f->position.offset, lines);
    return 0;
}

/* Whether the next file at its path begins with all of its text. */
static bool is_copied_to_next(const struct verify *v, size_t index)
{
    const struct state_file *f = &v->stored.items[index], *next = f + 1;
    const struct relocated_file *found = v->files[index].found;

    return found->found == RELOCATE_COPY && index + 1 < v->stored.n && same_path(f, next) &&
           next->position.dev == found->dev && next->position.ino == found->ino;
}

/* A copy that was made before the file was cut off is read on from where the file ended. Another
 * file that begins with the same text, as an editor saves it, was read from its start. When the
 * file that was cut off is gone, a copy under a rotated name may be either. */
static void check_copy(const struct verify *v, size_t index)
{
    struct verify_file *file = &v->files[index];
    bool is_copied = is_copied_to_next(v, index);

    file->goes_on = is_copied && was_overwritten(v, index);
    file->may_go_on = is_copied && !file->goes_on &&
                      !STREQ(file->found->path, v->stored.items[index].position.path);
}

static int check_file(struct verify *v, size_t index)
{
    const struct state_file *f = &v->stored.items[index];
    const struct relocated_file *found = v->files[index].found;

    switch (found->found) {
    case RELOCATE_SAME:
    case RELOCATE_COPY:
        check_copy(v, index);
        return check_lines(v, index);
    case RELOCATE_COMPRESSED:
        verify_say(v, VERDICT_UNKNOWN, f->position.path,
                   "generation %" PRIu64 " is not there; it may be in a compressed file",
                   f->position.serial);
        return 0;
    case RELOCATE_CHANGED:
        if (!f->position.done && !was_overwritten(v, index)) {
            verify_say(v, VERDICT_DIFFER, found->path,
                       "some of its bytes from %" PRIu64 " to %" PRIu64
                       " are missing or not those that were read",
                       found->from, found->until);
            /* Though it has changed, comparing the sinks with it shows which byte differs. */
            v->files[index].whole = found->size >= f->position.offset;
            return 0;
        }
        break;
    case RELOCATE_GONE:
        break;
    }
    verify_say(v, VERDICT_UNKNOWN, f->position.path, "generation %" PRIu64 " is gone",
               f->position.serial);
    return 0;
}

static int check_files(struct verify *v, const char **reterr_what)
{
    CLEANUP(relocate_cache_deinit) struct relocate_cache cache = {0};
    int r = 0;

    v->files = calloc(v->stored.n + 1, sizeof(*v->files));
    if (!v->files)
        return -ENOMEM;
    for (size_t i = 0; i < v->stored.n && r == 0; i++) {
        v->files[i].found = calloc(1, sizeof(*v->files[i].found));
        if (!v->files[i].found)
            return -ENOMEM;
        *reterr_what = v->stored.items[i].position.path;
        v->files[i].found->fd = -1;
        r = relocate_find(v->files[i].found, &cache, &v->stored.items[i].position);
        if (r == 0)
            r = check_file(v, i);
        if (v->files[i].found->fd >= 0)
            close(v->files[i].found->fd);
        v->files[i].found->fd = -1;
    }
    return r;
}

/* Only the cursor can be checked: the text is not kept anywhere to compare it with. */
static int check_cursor(struct verify *v, const struct state_cursor *item)
{
    CLEANUP(gloss_buf_deinit) struct gloss_buf what = {0};
    const char *found = state_cursors_found(item, v->config);

    gloss_buf_printf(&what, "%s %s%c", state_cursors_what(item, v->config), item->source, '\0');
    if (what.failed)
        return -ENOMEM;
    if (STREQ(found, "there"))
        verify_say(v, VERDICT_AGREE, what.ptr, "the entry that was read last is there");
    else
        verify_say(v, VERDICT_UNKNOWN, what.ptr, "the entry that was read last: %s", found);
    return 0;
}

/* ---- a source ---- */

bool verify_is_whole(const struct verify *v, const char *source, const char **ret_why)
{
    const struct state_file *former = NULL;
    const struct config_source *config = verify_source(v, source);

    *ret_why = !config ? "it is not in the configuration" : config->kind->not_read_again;
    for (size_t i = 0; i < v->stored.n && !*ret_why; i++) {
        const struct state_file *f = &v->stored.items[i];
        uint64_t serial = former && same_path(former, f) ? former->position.serial + 1 : 1;

        if (!STREQ(f->source, source))
            continue;
        if (f->position.serial != serial)
            *ret_why = "some of its generations are forgotten";
        else if (!v->files[i].whole)
            *ret_why = "some of its generations are not there as they were";
        else if (v->files[i].may_go_on)
            *ret_why = "one of its generations is gone, and may be the beginning of the next one";
        former = f;
    }
    return !*ret_why;
}

int verify_run(struct verify *v, const char **reterr_what)
{
    int r = check_files(v, reterr_what);

    for (size_t i = 0; i < v->cursors.n && r == 0; i++)
        r = check_cursor(v, &v->cursors.items[i]);
    if (r == 0)
        r = verify_counters(v, reterr_what);
    if (r == 0)
        r = verify_sinks(v, reterr_what);
    return r < 0 || !v->out.failed ? r : -ENOMEM;
}
