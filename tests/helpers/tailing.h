#pragma once

/* A follow over real files in a folder of its own, with a clock that the test moves and an owner
 * that writes down what it is handed. A restart drops the follow and begins a new one with what was
 * committed; lines that were handed on but not committed are then taken back, as a sink would be.
 */

#include "core/base/nanoseconds.h"
#include "io/tail/follow.h"

#include <gloss/buf.h>

#define TAILING_PLACES_MAX 512

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
    struct file_position places[TAILING_PLACES_MAX]; /* committed; paths owned */
    size_t n_places;
    uint64_t next_offset; /* where the next part of an overlong line has to begin */
    bool in_line;
    int block_result; /* what the owner answers from now on */
    size_t n_blocks;
    bool watched; /* what the owner answers when it is asked whether a folder is watched */
    size_t n_asked;
    uint64_t taken_ino; /* another source's file */
};

/** The folder is made, nothing in it; options are those of a source that follows FOLDER/a.log. */
void tailing_init(struct tailing *t);
void tailing_deinit(struct tailing *t);
/** Begins with what is committed. */
void tailing_start(struct tailing *t);
/** Ends as a killed process does. */
void tailing_kill(struct tailing *t);
/** Takes turns until nothing is to be done. */
void tailing_settle(struct tailing *t);
/** Wakes it, and settles. */
void tailing_run(struct tailing *t);
/** Lets time pass, in steps in which it settles. */
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

/** Whether the text was handed on, all of it, in that order, nothing else. */
bool tailing_has(struct tailing *t, const char *text);
/** How often an event of that name was told. */
size_t tailing_events(struct tailing *t, const char *name);
