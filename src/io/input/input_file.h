#pragma once

/* An input of annotate and summary: a file, pipe, terminal or socket, read in large blocks with
 * reads that wait. Compressed bytes are decompressed, and text in another encoding is decoded to
 * UTF-8. */

#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

struct input_file;

struct input_file_options {
    const char *encoding; /* of the text; borrowed for as long as the input is open. NULL: UTF-16 or
                             UTF-32 where there is a byte order mark, else bytes are not decoded */
    int wake_fd; /* while this descriptor is readable, a read that would wait returns -EINTR; -1:
                    none */
};

/** @path  "-" is standard input, which is not closed with the input.
 *
 * Returns 0; -EISDIR; -EINVAL: the encoding is unknown; -ENOMEM; or another negative errno of
 * open(2). */
int input_file_open(struct input_file **ret_file, const char *path,
                    const struct input_file_options *options);
struct input_file *input_file_free(struct input_file *f);
static inline void input_file_freep(struct input_file **f)
{
    *f = input_file_free(*f);
}

/** Reads the bytes that are there; where there are none, waits for some.
 *
 * @size  at least INPUT_FILE_READ_MIN.
 *
 * Returns how many bytes were written to place; 0 at the end; -EINTR: nothing was read, since
 * wake_fd is readable or a signal came; another negative errno: the input cannot be read any
 * further, see input_file_problem(). */
ssize_t input_file_read(struct input_file *f, char *place, size_t size);
#define INPUT_FILE_READ_MIN 4096

/** From now on reads do not look at wake_fd. */
void input_file_ignore_wake(struct input_file *f);

/** Why the last read failed, as a phrase that lives as long as the input; NULL: only the errno is
 * known. */
const char *input_file_problem(const struct input_file *f);
/** A warning about the text, to be asked for after its end: it looks like UTF-16 or UTF-32 without
 * a mark, or some of its bytes could not be decoded. NULL: there is none. Lives as long as the
 * input. */
const char *input_file_remark(struct input_file *f);

/** The descriptor of the input, for poll(2) and fstat(2), not for reads. */
int input_file_fd(const struct input_file *f);
/** Bytes read from the descriptor so far; of a compressed input these are compressed bytes. */
uint64_t input_file_position(const struct input_file *f);
/** The size of the file when it was opened; 0: the input is no regular file. */
uint64_t input_file_size(const struct input_file *f);
