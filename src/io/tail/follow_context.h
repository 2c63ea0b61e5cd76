#pragma once

/* What all files of one source share. */

#include "io/files/decompressed_file.h"
#include "io/files/rotated_names.h"
#include "io/tail/dirty_list.h"
#include "io/tail/file_index.h"
#include "io/tail/folder_cache.h"
#include "io/tail/follow_options.h"
#include "io/tail/text_encodings.h"

struct overlong_line;

struct follow_context {
    struct follow_options options;
    struct decompressed_file_limits decompressed_limits;
    struct text_encodings encodings;
    struct gloss_buf decoded;   /* of the block that is handed on; good until the next one */
    struct file_index index;    /* all files that are followed or remembered */
    struct dirty_list unsaved;  /* of these: whose position no checkpoint has as it is */
    struct overlong_line *line; /* on its way out (overlong_line.h); NULL: none is */
    struct rotated_names_folder folder_names;
    struct folder_cache folder_cache;
    uint64_t reads;      /* turns so far that have read something, or have more to do */
    uint64_t files_met;  /* files with rotated names that were opened so far */
    size_t n_links;      /* followed paths that are links */
    uint64_t now_ns;     /* when this turn started, by the clock that does not step */
    uint64_t wall_ns;    /* and by the wall clock, which files' times go by */
    uint64_t started_ns; /* what was made up to then was there before the first scan: a time of the
                            watched folders, so that no other clock counts */
    bool is_paused;      /* the owner can take no more blocks in this turn */
    bool has_history;    /* a checkpoint of an earlier run remembers something */
    bool wants_commit;   /* a file ended, shrank or vanished */
};

/** Everything of options stays borrowed. Returns 0, -EINVAL (encoding), -ENOMEM. */
int follow_context_init(struct follow_context *ctx, const struct follow_options *options);
void follow_context_deinit(struct follow_context *ctx);

/** How much of what takes time but no bytes was done so far: names that were read, files that were
 * opened. In units of some microseconds. */
uint64_t follow_context_work(const struct follow_context *ctx);

/** A turn starts. */
void follow_context_tick(struct follow_context *ctx, uint64_t now_ns);

/** Tells the owner. */
void follow_context_event(const struct follow_context *ctx, enum follow_event event,
                          const char *path);
/** The same, with a detail. */
void follow_context_event_detail(const struct follow_context *ctx, enum follow_event event,
                                 const char *path, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/** How much longer a file must be left alone until nobody has changed it for rotate_wait; 0: that
 * is so already. */
uint64_t follow_context_silence_ns(const struct follow_context *ctx, const struct stat *st);

/** As folder_cache_look(), in this turn. */
struct folder_look follow_context_look_at_folder(struct follow_context *ctx, const char *path,
                                                 size_t len);
