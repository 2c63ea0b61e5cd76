#pragma once

/* Bytes of one input of the filter, read in large blocks and blocking: a file, a pipe, a terminal,
 * a socket; unpacked where they are compressed, decoded to UTF-8 where they are something else. */

#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

struct input_file;

struct input_file_options {
    const char *encoding; /* of the text; NULL: UTF-16 or UTF-32 where a byte order mark says so,
                             else bytes as they are. Borrowed, outlives the source */
    int wake_fd; /* a read that would wait returns -EINTR while this can be read; -1: none */
};

/** @path  "-" is standard input, which stays open afterwards.
 *
 * Returns 0; a negative errno of opening it, -EISDIR when it is a folder; -EINVAL: nobody knows
 * that encoding; -ENOMEM. */
int input_file_open(struct input_file **ret_source, const char *path,
                    const struct input_file_options *options);
struct input_file *input_file_free(struct input_file *s);
static inline void input_file_freep(struct input_file **s)
{
    *s = input_file_free(*s);
}

/** Reads what is there, waiting when nothing is.
 *
 * @size  at least SOURCE_READ_MIN.
 *
 * Returns how many bytes were written to place; 0 at the end; -EINTR: it was woken or a signal
 * came, nothing was read; another negative errno: nothing more can be read, input_file_problem()
 * says why. */
ssize_t input_file_read(struct input_file *s, char *place, size_t size);
#define SOURCE_READ_MIN 4096

/** From now on nothing wakes it. */
void input_file_ignore_wake(struct input_file *s);

/** Why the last read failed, as a phrase owned by the source; NULL: its errno says all. */
const char *input_file_problem(const struct input_file *s);
/** What people should know about the text, or NULL: it is packed in a way nobody here knows; it
 * looks like UTF-16 or UTF-32 without a mark; some of it did not decode. Complete when the end was
 * read; owned by the source. */
const char *input_file_remark(struct input_file *s);

/** The descriptor behind it, to be asked, not to be read. */
int input_file_fd(const struct input_file *s);
/** Bytes read from it so far, packed ones where it is compressed. */
uint64_t input_file_position(const struct input_file *s);
/** Bytes it had when it was opened; 0 where that is not known. */
uint64_t input_file_size(const struct input_file *s);
