#pragma once

/* The logs as they are on disk, and what whoever reads the sink may therefore expect.
 *
 * A text is what a file holds between two cuts; a copy holds a part of another file's text. All
 * that is written are words, each of which names its text and its place in it. So each line of the
 * sink tells where it is from, and the sink holds of each text its lines from the first on, in
 * their order, each once. How many there must be at least is what a look could read. */

#include "model/sequence.h"

#define WORLD_FILES 3
#define WORLD_TEXTS 256
#define WORLD_WORDS 1024
#define WORLD_INODES 512

struct word {
    unsigned when; /* all words of the world are counted */
    bool ends_line;
    bool may_end; /* the follower may have closed the file here */
};

struct line_encoding {
    unsigned file; /* whose it was first */
    unsigned n;    /* words */
    struct word words[WORLD_WORDS];
    bool over;  /* nothing is added any more: it was cut off */
    bool early; /* it had no name at a stop, so it may be out before what is older and has one */
};

struct inode {
    char name[32]; /* "": it was deleted */
    unsigned file, text;
    unsigned n;    /* words of the text that are in it */
    uint64_t hole; /* bytes before them */
    bool held;     /* the follower has seen it, and has it open */
    bool read;     /* it had a whole line when it was looked at */
    bool kept;     /* a checkpoint has that */
    bool closed;   /* the follower may have closed it: nothing is added any more */
    bool history;  /* renamed before the follower ever saw a file at that path */
    bool is_copy;
    bool packed; /* what it holds is, by gzip */
};

struct world {
    char folder[96];
    struct line_encoding *texts;
    struct inode *inodes;
    unsigned n_texts, n_inodes, n_words, n_dates;
    unsigned target; /* of the link */
    bool wide;       /* the glob finds rotated names too */
    bool sparse;     /* the writer does not append */
    bool running, started;
    bool known[WORLD_FILES]; /* the follower has seen a file at that path */
};

/** A folder is made in `where`. Not zero: it could not be. */
int world_init(struct world *w, const char *where, uint32_t seed);
void world_deinit(struct world *w);
/** The glob that a follower of this world has. */
const char *world_pattern(const struct world *w);

/** What somebody does to a log; acts on the follower are not its business. */
void world_act(struct world *w, const struct act *act);

/** The follower was started, has ended, has looked at everything, has made a checkpoint; waits, so
 * that it may close what is not at its path; has waited. */
void world_started(struct world *w);
/** What happens from now on has other times than what happened. */
void world_leave_tick(void);
void world_ended(struct world *w, bool in_good_order);
void world_looked(struct world *w);
void world_committed(struct world *w);
void world_waits(struct world *w);
void world_waited(struct world *w);

/** Holds the sink against what was written.
 * @complete  it has looked at all that is there, so what it could read must be there.
 * Returns true, or writes what is wrong. */
bool world_agrees(const struct world *w, const char *sink, size_t n, bool complete, char *problem,
                  size_t size);
