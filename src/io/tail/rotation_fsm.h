#pragma once

/* The one that decides about a followed file, and touches nothing. Events only wake; then somebody
 * looks, and what was seen is handed in here.
 *
 *   state      seen                                  action         next
 *   FOUND      a file that is not open               ROTATION_IDENTIFY  READING
 *   READING    size > offset, mark as it was         ROTATION_READ      READING
 *   READING    size < offset, or the mark differs    ROTATION_REWIND    READING
 *   READING    at the end, and the path is another
 *              file or gone                          ROTATION_NEXT      LINGERING
 *   LINGERING  unread bytes                          ROTATION_READ      LINGERING, clock restarted
 *   LINGERING  size < offset, or the mark differs    ROTATION_REWIND    LINGERING
 *   LINGERING  at the end, idle for rotate_wait      ROTATION_FINISH    DONE
 *   LINGERING  the path names it again               as READING     READING
 *   any        could not look                        ROTATION_BACK_OFF  as it was
 *   any        none of these                         ROTATION_WAIT      as it was
 */

#include <gloss/span.h>
#include <stdbool.h>
#include <stdint.h>

enum rotation_state {
    ROTATION_FOUND,
    ROTATION_READING,
    ROTATION_LINGERING,
    ROTATION_DONE,
};

enum rotation_action {
    ROTATION_WAIT,     /* nothing to do now */
    ROTATION_IDENTIFY, /* open it, find out which one it is: resume, or begin */
    ROTATION_READ,     /* read one turn */
    ROTATION_REWIND, /* it was cut off or written anew: flush the half line, look for a copy, go to
                    offset 0 */
    ROTATION_NEXT,   /* open what the path names now, if anything, as the next generation */
    ROTATION_FINISH, /* flush the half line, close */
    ROTATION_BACK_OFF, /* keep everything, look again later */
};

/** What rotation_step() remembers of a generation. */
struct rotation {
    enum rotation_state state;
    uint64_t offset;        /* next byte to read */
    uint64_t idle_since_ns; /* LINGERING: since when nothing came */
    unsigned failures;      /* looks in a row that failed */
    uint64_t retry_ns;      /* no look before this */
};

enum path_names {
    PATH_SAME,    /* the path names the file that is open */
    PATH_OTHER,   /* it names another file */
    PATH_GONE,    /* it names nothing */
    PATH_UNKNOWN, /* could not look */
};

/** What a look at the path and at the descriptor showed. */
struct rotation_seen {
    enum path_names path;
    bool size_known; /* the descriptor could be asked */
    uint64_t size;   /* of the open file */
    bool mark_known; /* the bytes before offset could be read */
    bool mark_same;  /* they are what they were */
};

/** Decides; changes only *tail. @rotate_wait_ns as configured. */
enum rotation_action rotation_step(struct rotation *rotation, const struct rotation_seen *seen,
                                   uint64_t rotate_wait_ns, uint64_t now_ns);
/** Bytes were read, n of them. */
void rotation_advance(struct rotation *rotation, uint64_t n, uint64_t now_ns);
