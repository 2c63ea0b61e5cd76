#pragma once

/* Decides what is to be done with a followed file, and touches nothing. Events only wake; then
 * somebody looks at the file and its path, and hands in here what was seen.
 *
 * A path has one rotation for the file that arrives at it (FOUND, READING), and each file that is
 * open has one of its own. The first row that fits counts; "open" is READING or LINGERING:
 *
 *   state      seen                                   action              next
 *   FOUND      the path could not be looked at        ROTATION_BACK_OFF   FOUND
 *   FOUND      the path names nothing                 ROTATION_WAIT       FOUND
 *   FOUND      the path names a file                  ROTATION_IDENTIFY   READING
 *   open       the size is unknown; or it is not
 *              < offset, and the tail is unknown      ROTATION_BACK_OFF   as it was
 *   open       size < offset, or the tail differs     ROTATION_REWIND     as it was
 *   LINGERING  the path names it again                the rows below      READING
 *   open       size > offset                          ROTATION_READ       as it was
 *   open       the path could not be looked at        ROTATION_BACK_OFF   as it was
 *   READING    the path names it                      ROTATION_WAIT       READING
 *   READING    the path names another file, or none   ROTATION_NEXT       LINGERING
 *   LINGERING  idle for less than rotate_wait         ROTATION_WAIT       LINGERING
 *   LINGERING  idle for rotate_wait                   ROTATION_FINISH     DONE
 *   DONE       anything                               ROTATION_WAIT       DONE
 *
 * The tail is the bytes before the offset, up to FINGERPRINT_BYTES of them. ROTATION_READ and
 * ROTATION_NEXT restart the idle clock, ROTATION_REWIND sets the offset to 0.
 *
 * What else happens to the file is told by a function for each event:
 *
 *   state               event                 next
 *   any                 rotation_expect       FOUND, and nothing has failed
 *   any                 rotation_put_off      as it was, no look before a time
 *   any                 rotation_looked       as it was, no failures in a row
 *   FOUND               rotation_identified   READING
 *   any                 rotation_start        READING at an offset, and nothing has failed
 *   READING, LINGERING  rotation_advance      as it was, bytes further; idle clock restarted
 *   any but FOUND       rotation_changed      as it was; idle clock restarted
 *   any but FOUND       rotation_move         as it was, at another offset
 *   any                 rotation_fail         as it was, no look before 1 s, doubling up to 60 s
 *   any                 rotation_close        DONE
 *
 * Only these functions write a member of struct rotation; everybody may read them. */

#include <stdbool.h>
#include <stdint.h>

enum rotation_state {
    ROTATION_FOUND,     /* it may be there, and is not open */
    ROTATION_READING,   /* it is at its path, as far as is known */
    ROTATION_LINGERING, /* it is not at its path any more, late lines may come */
    ROTATION_DONE,      /* it is not read any more */
};

enum rotation_action {
    ROTATION_WAIT,     /* nothing to do now */
    ROTATION_IDENTIFY, /* open it, find out which file it is, and where to read on */
    ROTATION_READ,     /* read one turn */
    ROTATION_REWIND,   /* it was cut off or written anew: hand on the half line, look for a copy of
                          what was there, read from offset 0 */
    ROTATION_NEXT,     /* open the file that the path names now, if there is one */
    ROTATION_FINISH,   /* hand on the half line, close */
    ROTATION_BACK_OFF, /* keep everything, look again later */
};

struct rotation {
    enum rotation_state state;
    uint64_t offset;        /* the next byte to read */
    uint64_t rewound_from;  /* what offset was before the last ROTATION_REWIND */
    uint64_t idle_since_ns; /* since when nothing came */
    unsigned failures;      /* looks in a row that failed */
    uint64_t retry_ns;      /* no look before this */
};

enum path_names {
    PATH_SAME,    /* the path names the file that is open */
    PATH_OTHER,   /* it names another file */
    PATH_GONE,    /* it names nothing */
    PATH_UNKNOWN, /* could not look */
};

enum rotation_tail {
    ROTATION_TAIL_UNKNOWN, /* the bytes before the offset could not be read */
    ROTATION_TAIL_SAME,    /* they are what they were */
    ROTATION_TAIL_DIFFERS,
};

/** What a look at the path and at the open file showed. */
struct rotation_seen {
    enum path_names path;
    bool size_known; /* the descriptor could be asked */
    uint64_t size;   /* of the open file */
    enum rotation_tail tail;
};

/** Decides by the first table. @rotate_wait_ns  as configured. */
enum rotation_action rotation_step(struct rotation *rotation, const struct rotation_seen *seen,
                                   uint64_t rotate_wait_ns, uint64_t now_ns);

/** The path may name a file that is not open. */
void rotation_expect(struct rotation *rotation);
/** Nothing is to be done with the file before that time. */
void rotation_put_off(struct rotation *rotation, uint64_t until_ns);
/** The file that it names was looked at, and is not to be opened, or not yet. */
void rotation_looked(struct rotation *rotation);
/** The file that it names is open. */
void rotation_identified(struct rotation *rotation);

/** The file was opened, and is read from that offset on. */
void rotation_start(struct rotation *rotation, uint64_t offset, uint64_t now_ns);
/** n bytes were read. */
void rotation_advance(struct rotation *rotation, uint64_t n, uint64_t now_ns);
/** Somebody writes to the file, though nothing of that can be read yet. */
void rotation_changed(struct rotation *rotation, uint64_t now_ns);
/** It is to be read on somewhere else. */
void rotation_move(struct rotation *rotation, uint64_t offset);
/** It could not be looked at. */
void rotation_fail(struct rotation *rotation, uint64_t now_ns);
/** It is not read any more. */
void rotation_close(struct rotation *rotation);
