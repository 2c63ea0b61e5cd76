#pragma once

/* The logs as they are on disk, and what the sink must therefore hold.
 *
 * A text is what a file holds between two cuts; a copy holds a part of another file's text. All
 * that is written are words, each of which has the numbers of its text and of itself in it. So each
 * line of the sink tells where it is from; the sink must hold the lines of each text from the first
 * on, in their order, each once, and as many of them at least as a look could read. */

#include "model/sequence.h"

#define WORLD_FILES 3
#define WORLD_TEXTS 256
#define WORLD_WORDS 1024
#define WORLD_INODES 512

struct word {
    unsigned when; /* a number that grows with each word of the world */
    bool ends_line;
    bool may_end; /* the follower may have closed the file here */
};

struct text {
    unsigned file; /* that it was written to */
    unsigned n;    /* words */
    struct word words[WORLD_WORDS];
    bool over;  /* nothing is added any more: it was cut off */
    bool early; /* its file had no name at a stop, so it may be out before an older one that has */
};

struct inode {
    char name[32]; /* "": it was deleted */
    unsigned file, text;
    unsigned n;    /* words of the text that are in it */
    uint64_t hole; /* bytes of it before them */
    bool held;     /* the follower has seen it, and has it open */
    bool read;     /* it had a whole line when it was looked at */
    bool kept;     /* a checkpoint has it */
    bool closed;   /* the follower may have closed it: nothing is added any more */
    bool history;  /* renamed before the follower ever saw a file at that path */
    bool is_copy;
    bool is_compressed; /* by gzip */
};

struct world {
    char folder[96];
    struct text *texts;
    struct inode *inodes;
    unsigned n_texts, n_inodes, n_words, n_dates;
    unsigned target; /* of the link */
    bool wide;       /* the glob finds rotated names too */
    bool sparse;     /* the writer does not append */
    bool running, started;
    bool known[WORLD_FILES]; /* the follower has seen a file at that path */
};

/** Makes a folder in `where`. Returns 0; or not: it could not be made. */
int world_init(struct world *w, const char *where, uint32_t seed);
void world_deinit(struct world *w);
/** The glob that a follower of this world has. */
const char *world_pattern(const struct world *w);

/** Does an act on a log; acts on the follower are not for here. */
void world_act(struct world *w, const struct act *act);

/** Notes what the follower did: it was started, has ended, has looked at everything, has made a
 * checkpoint; it waits, and so may close files that are not at their paths; it has waited. */
void world_started(struct world *w);
/** Lets files that are changed from now on have other times than those that were changed before. */
void world_leave_tick(void);
void world_ended(struct world *w, bool in_good_order);
void world_looked(struct world *w);
void world_committed(struct world *w);
void world_waits(struct world *w);
void world_waited(struct world *w);

/** Holds the sink against what was written.
 * @complete  the follower has looked at all that is there, so what it could read must be in it.
 * Returns true, or writes what is wrong. */
bool world_agrees(const struct world *w, const char *sink, size_t n, bool complete, char *problem,
                  size_t size);
