#include "helpers/service.h"

#include "core/base/util.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define DEADLINE_S 30

const char *service_config(const char *text)
{
    static char path[512];
    struct gloss_buf own = {0};

    for (; *text; text++)
        if (*text == '@')
            gloss_buf_str(&own, scratch());
        else
            gloss_buf_char(&own, *text);
    cr_assert_not(own.failed);
    snprintf(path, sizeof(path), "%s", scratch_file("glossd.yaml", own.ptr, own.len));
    gloss_buf_deinit(&own);
    return path;
}

void service_append(const char *name, const char *text)
{
    int fd = open(scratch_path(name), O_WRONLY | O_CREAT | O_APPEND, 0644);

    cr_assert_geq(fd, 0, "%s", name);
    cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
}

char *service_text(const char *name)
{
    struct gloss_buf out = {0};
    int fd = open(scratch_path(name), O_RDONLY);
    ssize_t n = 0;

    do {
        out.len += (size_t)n;
        cr_assert_not_null(gloss_buf_room(&out, 65536));
        n = fd < 0 ? 0 : read(fd, out.ptr + out.len, 65535);
    } while (n > 0);
    out.ptr[out.len] = '\0';
    if (fd >= 0)
        close(fd);
    return out.ptr;
}

void service_start(struct run *r, const char *config)
{
    run_start(r, NULL, "run", "--config", config, NULL);
    cr_assert(run_hears_error(r, "started with"), "%s", r->err_text.len ? r->err_text.ptr : "");
}

bool service_comes_to(const char *name, const char *text)
{
    for (time_t end = time(NULL) + DEADLINE_S; time(NULL) < end; poll(NULL, 0, 2)) {
        CLEANUP(freep) char *now = service_text(name);

        if (strstr(now, text))
            return true;
    }
    return false;
}

void service_stop(struct run *r)
{
    kill(r->pid, SIGTERM);
    cr_assert_eq(run_end(r), 0, "status %d: %s", r->status, r->err_text.ptr);
    run_free(r);
}

void service_run(const char *config, const char *sink, const char *text)
{
    struct run r;

    service_start(&r, config);
    cr_assert(service_comes_to(sink, text), "'%s' does not come", text);
    service_stop(&r);
}
