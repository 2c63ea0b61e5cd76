#pragma once

/* An input whose bytes can be read only once: standard input, or a FIFO. A FIFO may be absent or
 * replaced, and its writers come and go. No function waits. */

#include "io/files/link_resolver.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct stream_input;

/** @path      of a FIFO, copied; NULL: standard input, which is open from the start.
 *  @links     which links on the way to the FIFO are followed; copied, its users are borrowed.
 *  @ready_fd  of epoll(7), borrowed; becomes readable when the input does, see
 * stream_input_listen(). Returns 0 or -ENOMEM. */
int stream_input_new(struct stream_input **ret_input, const char *path,
                     const struct link_policy *links, int ready_fd);
struct stream_input *stream_input_free(struct stream_input *in);

/** Results of stream_input_look(). */
#define STREAM_INPUT_ABSENT 1   /* no FIFO is open: nothing is at the path */
#define STREAM_INPUT_NO_FIFO 2  /* no FIFO is open: the file at the path is no FIFO */
#define STREAM_INPUT_REPLACED 3 /* a FIFO is open, and the path names another FIFO now */

#define STREAM_INPUT_REFUSED 4 /* no FIFO is open: a link on the way to it is not followed */

/** From now on as another input has it, which is of the same path. */
void stream_input_set_links(struct stream_input *in, const struct stream_input *as);
/** After STREAM_INPUT_REFUSED: why. */
const char *stream_input_refusal(const struct stream_input *in);

/** Looks at the path, and opens the FIFO where none is open. Returns 0: a FIFO is open, and it is
 * the one at the path; one of the above; or a negative errno: the path could not be looked at or
 * opened. */
int stream_input_look(struct stream_input *in);
/** Closes the FIFO. The rest of a line of which a part was read will not come. */
void stream_input_leave(struct stream_input *in);
/** Whether bytes may come without another stream_input_look(). */
bool stream_input_is_open(const struct stream_input *in);

/** Reads the bytes that are there. Returns how many; -EAGAIN: none are there now; 0: standard input
 * is at its end, or the last writer has closed the FIFO, which waits for the next writer; or
 * another negative errno. */
ssize_t stream_input_read(struct stream_input *in, char *bytes, size_t size);
/** Whether there are bytes that would be lost with the end of this process. A file's are not. */
bool stream_input_holds_bytes(const struct stream_input *in);
/** Adds the input to ready_fd or takes it out. A file at standard input is never added: it is
 * always readable. */
void stream_input_listen(struct stream_input *in, bool on);

/** For messages: the path, or "standard input". */
const char *stream_input_name(const struct stream_input *in);
