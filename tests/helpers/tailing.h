#pragma once

/* A follow of real files in a folder of its own, with a clock that the test moves and an owner that
 * keeps what it is handed. A restart makes a new follow from what was committed; lines that were
 * handed on but not committed are taken back then, as a sink is cut back. */

#include "core/base/nanoseconds.h"
#include "io/tail/follow.h"

#include <gloss/buf.h>

#define TAILING_POSITIONS_MAX 8192

struct tailing {
    char folder[64];
    char path[96]; /* FOLDER/a.log */
    struct follow_options options;
    struct follow *follow;
    struct turn_buffer *buffer;
    uint64_t now_ns;
    uint64_t ahead_ns; /* the wall clock is that much ahead of now_ns */
    size_t budget;
    struct gloss_buf out;    /* everything handed on */
    struct gloss_buf events; /* "NAME PATH DETAIL\n", of the path its last part */
    size_t committed_len;
    struct file_position positions[TAILING_POSITIONS_MAX]; /* committed; paths owned */
    size_t n_positions;
    uint64_t next_offset; /* where the next part of an overlong line must start */
    bool in_line;
    int block_result; /* what the owner answers from now on */
    size_t n_blocks;
    bool watched; /* what the owner answers when it is asked whether a folder is watched */
    size_t n_asked;
    uint64_t taken_ino; /* another source's file */
};

/** Makes the folder, with nothing in it. The options are of a source that follows FOLDER/a.log. */
void tailing_init(struct tailing *t);
void tailing_deinit(struct tailing *t);
/** Starts a follow from what is committed. */
void tailing_start(struct tailing *t);
/** Ends it as a kill does. */
void tailing_kill(struct tailing *t);
/** Takes turns until there is nothing to do. */
void tailing_settle(struct tailing *t);
/** Wakes everything, and settles. */
void tailing_run(struct tailing *t);
/** Lets time pass, and settles at each step. */
void tailing_wait(struct tailing *t, uint64_t ns);
void tailing_commit(struct tailing *t);
/** Forgets what was committed. */
void tailing_forget(struct tailing *t);

/** Files of the folder. */
void tailing_append(struct tailing *t, const char *name, const char *text);
void tailing_bytes(struct tailing *t, const char *name, const void *bytes, size_t n);
void tailing_rename(struct tailing *t, const char *from, const char *to);
void tailing_copy(struct tailing *t, const char *from, const char *to);
void tailing_truncate(struct tailing *t, const char *name);
void tailing_remove(struct tailing *t, const char *name);

/** Whether exactly that text was handed on. */
bool tailing_has(struct tailing *t, const char *text);
/** How many events there were that start so. */
size_t tailing_events(struct tailing *t, const char *name);
