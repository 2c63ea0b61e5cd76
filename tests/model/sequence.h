#pragma once

/* What happens to the logs and to the follower, as a list of acts. An act that makes no sense where
 * it stands does nothing, so any part of a sequence is a sequence. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum what {
    ACT_WRITE,  /* n lines */
    ACT_HALF,   /* a piece of a line */
    ACT_ROTATE, /* renamed to number 1, all numbers shift; n odd: a new file is made at once */
    ACT_DATE,   /* renamed to a name that it keeps */
    ACT_COPY,   /* copied to number 1, and cut off; n odd: a line is written between */
    ACT_CUT,    /* cut off to nothing */
    ACT_DELETE,
    ACT_CREATE,   /* empty, if there is none */
    ACT_LATE,     /* a line to the file that was renamed last */
    ACT_BACK,     /* that file gets its first name again, if no file has that */
    ACT_SWITCH,   /* the link leads to the other target */
    ACT_COMPRESS, /* a renamed file, by gzip */
    ACT_LOOK,     /* the follower is woken */
    ACT_WAIT,     /* longer than rotate_wait */
    ACT_COMMIT,
    ACT_RELOAD,
    ACT_FULL, /* the sink takes nothing more */
    ACT_FREE,
    ACT_STOP,
    ACT_KILL,
    ACT_START,
    ACT_KINDS,
};

struct act {
    enum what what;
    unsigned file; /* 0 to 2; the last one is a link to one of two targets */
    unsigned n;
};

#define SEQUENCE_MAX 160

struct sequence {
    struct act acts[SEQUENCE_MAX];
    size_t n;
};

/** The same seed makes the same sequence. */
void sequence_make(struct sequence *s, uint32_t seed);
void sequence_print(const struct sequence *s, FILE *to);

/** Leaves out acts, as many as it can so that the sequence still fails. */
void sequence_shrink(struct sequence *s, bool (*fails)(void *ctx, const struct sequence *s),
                     void *ctx);
