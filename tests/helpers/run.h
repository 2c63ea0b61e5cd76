#pragma once

/* The program as a person meets it: started with words, fed, listened to, and what it ended with.
 * Everything has a deadline; a program that hangs is killed and has the status RUN_HUNG. */

#include <gloss/buf.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/types.h>

#define RUN_HUNG (-1)

/** How it is started. Zero-initialised: three pipes, the environment of the tests without what
 * changes output (NO_COLOR, COLUMNS, TMPDIR). */
struct run_options {
    const char *stdin_path, *stdout_path;         /* files opened there; NULL: pipes */
    int stdin_fd;                                 /* above 2: standard input, closed by the start */
    bool in_closed, out_closed, err_closed;       /* started without that descriptor */
    bool in_terminal, out_terminal, err_terminal; /* a terminal of 80 columns, no translation */
    const char *const *env;                       /* "NAME=VALUE", ends with NULL */
    rlim_t max_file_bytes;                        /* 0: no limit */
    rlim_t max_memory_bytes;                      /* 0: no limit */
    bool ignore_interrupt;                        /* as in the background of a script */
    uid_t user;                                   /* 0: as the tests */
    gid_t group; /* with user: of the same number as its first group, and a member of this one */
};

struct run {
    pid_t pid;
    int in, out, err;                    /* our ends; -1: closed */
    struct gloss_buf out_text, err_text; /* what came so far; each NUL-terminated behind its len */
    int status;                          /* exit status; 128 + number of the signal; RUN_HUNG */
    long max_rss_kib;
};

/** The words end with NULL. options may be NULL. */
void run_start(struct run *r, const struct run_options *options, ...) __attribute__((sentinel));
/** Feeds it, and listens meanwhile. False when it does not read any more. */
bool run_send(struct run *r, const char *bytes, size_t n);
/** Listens until the text has come on standard output, or on standard error. */
bool run_hears(struct run *r, const char *text);
bool run_hears_error(struct run *r, const char *text);
void run_close_in(struct run *r);
/** Closes what is open, listens to the end, and waits. Returns r->status. */
int run_end(struct run *r);
void run_free(struct run *r);

/** All of it at once. */
int run_all(struct run *r, const struct run_options *options, const char *input, size_t n,
            const char *const *words);
/** The same with the input as a string and the words in place. */
#define RUN(r, options, input, ...)                 \
    run_all((r), (options), (input), strlen(input), \
            (const char *const[]){__VA_ARGS__ __VA_OPT__(, ) NULL})

/** A folder for one test, made when first asked for; scratch_remove() as .fini takes it away with
 * all that is in it. */
const char *scratch(void);
/** The path of a file in it; sixteen are kept, each call takes the place of the oldest. */
const char *scratch_path(const char *name);
/** Writes a file there and returns its path, one of the sixteen. */
const char *scratch_file(const char *name, const void *bytes, size_t n);
void scratch_remove(void);

/** Whether the program was built with a sanitizer, which makes it large and slow. */
bool run_is_sanitized(void);
