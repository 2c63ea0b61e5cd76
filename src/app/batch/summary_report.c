/* The table is as wide as the terminal that shows it. */

#include "app/batch/summary_report.h"

#include "app/common/exit_status.h"
#include "app/common/message.h"
#include "app/common/terminal.h"
#include "io/output/terminal_output.h"

#include <errno.h>
#include <unistd.h>

void summary_report_append(struct gloss_counters *counters,
                           const struct gloss_summary_options *options, int fd,
                           struct gloss_buf *out)
{
    struct gloss_summary_options fitted = *options;

    fitted.width = terminal_width(fd);
    gloss_summary_write(counters, &fitted, out);
}

int summary_report_write(struct gloss_counters *counters,
                         const struct gloss_summary_options *options, int fd)
{
    struct gloss_buf text = {0};
    int r = EXIT_OK;

    summary_report_append(counters, options, fd, &text);
    if (text.failed)
        r = message_no_memory();
    else if (fd == STDOUT_FILENO)
        r = message_answer(text.ptr, text.len);
    else
        terminal_output_write(fd, text.ptr,
                              text.len); /* a closed standard error asks for no summary */
    gloss_buf_deinit(&text);
    return r;
}
