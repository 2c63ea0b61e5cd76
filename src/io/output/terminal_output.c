#include "io/output/terminal_output.h"

#include "core/base/terminal_filter.h"
#include "core/base/util.h"
#include "io/files/write_all.h"

#include <errno.h>
#include <unistd.h>

int terminal_output_write(int fd, const char *bytes, size_t n)
{
    CLEANUP(gloss_buf_deinit) struct gloss_buf shown = {0};
    struct terminal_filter filter = {0};

    if (!isatty(fd))
        return write_all_bytes(fd, bytes, n);
    terminal_filter_write(&filter, gloss_span(bytes, n), &shown);
    terminal_filter_end(&filter, &shown);
    return shown.failed ? -ENOMEM : write_all_bytes(fd, shown.ptr, shown.len);
}
