#pragma once

/* The one that decides about a followed file, and touches nothing. Events only wake; then somebody
 * looks, and what was seen is handed in here.
 *
 *   state      seen                                  action         next
 *   FOUND      a file that is not open               TAIL_IDENTIFY  READING
 *   READING    size > offset, mark as it was         TAIL_READ      READING
 *   READING    size < offset, or the mark differs    TAIL_REWIND    READING
 *   READING    at the end, and the path is another
 *              file or gone                          TAIL_NEXT      LINGERING
 *   LINGERING  unread bytes                          TAIL_READ      LINGERING, clock restarted
 *   LINGERING  size < offset, or the mark differs    TAIL_REWIND    LINGERING
 *   LINGERING  at the end, idle for rotate_wait      TAIL_FINISH    DONE
 *   LINGERING  the path names it again               as READING     READING
 *   any        could not look                        TAIL_BACK_OFF  as it was
 *   any        none of these                         TAIL_WAIT      as it was
 */

#include <gloss/span.h>
#include <stdbool.h>
#include <stdint.h>

enum tail_state {
    TAIL_FOUND,
    TAIL_READING,
    TAIL_LINGERING,
    TAIL_DONE,
};

enum tail_action {
    TAIL_WAIT,     /* nothing to do now */
    TAIL_IDENTIFY, /* open it, find out which one it is: resume, or begin */
    TAIL_READ,     /* read one turn */
    TAIL_REWIND,   /* it was cut off or written anew: flush the half line, look for a copy, go to
                      offset 0 */
    TAIL_NEXT,     /* open what the path names now, if anything, as the next generation */
    TAIL_FINISH,   /* flush the half line, close */
    TAIL_BACK_OFF, /* keep everything, look again later */
};

/** What tail_step() remembers of a generation. */
struct tail {
    enum tail_state state;
    uint64_t offset;        /* next byte to read */
    uint64_t idle_since_ns; /* LINGERING: since when nothing came */
    unsigned failures;      /* looks in a row that failed */
    uint64_t retry_ns;      /* no look before this */
};

enum tail_path {
    TAIL_PATH_SAME,    /* the path names the file that is open */
    TAIL_PATH_OTHER,   /* it names another file */
    TAIL_PATH_GONE,    /* it names nothing */
    TAIL_PATH_UNKNOWN, /* could not look */
};

/** What a look at the path and at the descriptor showed. */
struct tail_seen {
    enum tail_path path;
    bool size_known; /* the descriptor could be asked */
    uint64_t size;   /* of the open file */
    bool mark_known; /* the bytes before offset could be read */
    bool mark_same;  /* they are what they were */
};

/** Decides; changes only *tail. @rotate_wait_ns as configured. */
enum tail_action tail_step(struct tail *tail, const struct tail_seen *seen, uint64_t rotate_wait_ns,
                           uint64_t now_ns);
/** Bytes were read, n of them. */
void tail_advance(struct tail *tail, uint64_t n, uint64_t now_ns);
/** How long to wait before the next look that nobody wakes: 1 s doubling to 60 s after failures. */
uint64_t tail_backoff_ns(unsigned failures);
