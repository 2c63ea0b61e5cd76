#include "io/tail/opened_file.h"

#include "core/base/util.h"
#include "io/files/fingerprint.h"
#include "io/files/rotated_names.h"
#include "io/tail/follow_context.h"

#include <fcntl.h>
#include <stdio.h>

static int find_kind(struct opened_file *opened, const struct decompressed_file_limits *limits)
{
    int r = decompressed_file_new(&opened->decompressed, opened->fd, limits);

    if (r < 0)
        return r;
    opened->kind = r == 0                           ? KIND_COMPRESSED
                   : r == DECOMPRESSED_FILE_E_PLAIN ? KIND_PLAIN
                                                    : KIND_UNKNOWN;
    return 0;
}

/* ---- what is not to be read ---- */

static int refuse_ours(struct link_refusal *reterr_refusal)
{
    snprintf(reterr_refusal->text, sizeof(reterr_refusal->text), "glossd itself writes it");
    return OPENED_FILE_E_REFUSED;
}

static enum follow_ours ask_owner(const struct follow_context *ctx,
                                  const struct link_target *target)
{
    const struct follow_options *o = &ctx->options;

    return o->ops->ours ? o->ops->ours(o->ctx, target) : FOLLOW_NOT_OURS;
}

/* The first bytes of the file's text. What cannot be read, or not yet, has none. */
static size_t read_head(const struct opened_file *opened, char head[FINGERPRINT_BYTES])
{
    ssize_t n = opened->decompressed
                    ? decompressed_file_read(opened->decompressed, head, FINGERPRINT_BYTES,
                                             /* offset= */ 0)
                    : pread(opened->fd, head, FINGERPRINT_BYTES, /* offset= */ 0);

    return (size_t)MAX(n, 0);
}

static bool begins_as_ours(const struct follow_context *ctx, const struct opened_file *opened)
{
    const struct follow_options *o = &ctx->options;
    char head[FINGERPRINT_BYTES];

    return o->ops->begins_as_ours(o->ctx, gloss_span(head, read_head(opened, head)));
}

/* ---- opening ---- */

/* Opens what was found. Returns 0; OPENED_FILE_E_REFUSED; or a negative errno. */
static int open_target(const struct follow_context *ctx, const struct link_target *target,
                       uint64_t dev, uint64_t ino, int *ret_fd, enum follow_ours *ret_ours,
                       struct link_refusal *reterr_refusal)
{
    int fd;

    if (!S_ISREG(target->st.st_mode) ||
        (ino != 0 && (target->st.st_dev != dev || target->st.st_ino != ino)))
        return -ESTALE;
    *ret_ours = ask_owner(ctx, target);
    if (*ret_ours == FOLLOW_OURS)
        return refuse_ours(reterr_refusal);
    fd = link_target_open(target);
    if (fd >= 0)
        *ret_fd = fd;
    return MIN(fd, 0);
}

static int open_path(const struct follow_context *ctx, const char *path, uint64_t dev, uint64_t ino,
                     int *ret_fd, enum follow_ours *ret_ours, struct link_refusal *reterr_refusal)
{
    CLEANUP(link_target_close) struct link_target target = {.fd = -1, .folder = -1};
    int r = link_resolver_find(AT_FDCWD, path, &ctx->options.links, &target, reterr_refusal);

    if (r != 0)
        return r < 0 ? r : OPENED_FILE_E_REFUSED;
    return open_target(ctx, &target, dev, ino, ret_fd, ret_ours, reterr_refusal);
}

int opened_file_descriptor(const struct follow_context *ctx, const char *path, uint64_t dev,
                           uint64_t ino, int *ret_fd)
{
    struct link_refusal refusal;
    enum follow_ours ours;

    return open_path(ctx, path, dev, ino, ret_fd, &ours, &refusal);
}

int opened_file_open(struct opened_file *opened, const struct follow_context *ctx, const char *path,
                     uint64_t dev, uint64_t ino, struct link_refusal *reterr_refusal)
{
    enum follow_ours ours;
    int r;

    *opened = (struct opened_file){.fd = -1};
    r = open_path(ctx, path, dev, ino, &opened->fd, &ours, reterr_refusal);
    if (r != 0)
        return r;
    r = fstat(opened->fd, &opened->st) < 0 ? -errno : find_kind(opened, &ctx->decompressed_limits);
    if (r == 0 && ours == FOLLOW_MAYBE_OURS && begins_as_ours(ctx, opened))
        r = refuse_ours(reterr_refusal);
    if (r != 0)
        opened_file_close(opened);
    return r;
}

void opened_file_close(struct opened_file *opened)
{
    if (opened->fd >= 0)
        close(opened->fd);
    decompressed_file_free(opened->decompressed);
    *opened = (struct opened_file){.fd = -1};
}

int opened_file_refusal(const struct opened_file *opened, const char **ret_reason)
{
    ssize_t n = 0;
    char first;

    *ret_reason = NULL;
    if (!opened->decompressed)
        return 0;
    n = decompressed_file_read(opened->decompressed, &first, 1, /* offset= */ 0);
    *ret_reason = decompressed_file_refusal(opened->decompressed);
    return n == -ENOMEM ? -ENOMEM : 0;
}

bool opened_file_fits(const struct opened_file *opened, const struct file_position *position)
{
    if (opened->decompressed)
        return position->offset > 0 &&
               decompressed_file_starts_with(opened->decompressed, position->head_print);
    if (position->offset == 0 && rotated_names_birth_ns(opened->fd) > position->file_time_ns)
        return false; /* its inode is another file's now */
    return (uint64_t)opened->st.st_size >= position->offset &&
           fingerprint_fits(opened->fd, position) == 1;
}
