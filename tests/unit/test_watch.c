/* Watches on folders, with a loop that runs until something is told or a deadline has passed. */

#include "io/watch.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct {
    uv_loop_t loop;
    uv_timer_t deadline;
    struct watches *watches;
    char folder[64], below[80];
    char awaited[16]; /* a name; empty: that anything may have happened */
    bool told, late;
} t;

static void on_change(void *ctx, const char *folder, const char *name)
{
    (void)ctx;
    if (strcmp(folder, t.below) == 0 && (t.awaited[0] ? name && !strcmp(name, t.awaited) : !name))
        t.told = true;
}

static void on_deadline(uv_timer_t *timer)
{
    (void)timer;
    t.late = true;
}

static void set_up(void)
{
    strcpy(t.folder, "/tmp/watch-XXXXXX");
    cr_assert_not_null(mkdtemp(t.folder));
    snprintf(t.below, sizeof(t.below), "%s/below", t.folder);
    cr_assert_eq(uv_loop_init(&t.loop), 0);
    cr_assert_eq(uv_timer_init(&t.loop, &t.deadline), 0);
    cr_assert_eq(watches_new(&t.watches, &t.loop, on_change, NULL), 0);
}

static void tear_down(void)
{
    watches_close(t.watches);
    uv_close((uv_handle_t *)&t.deadline, NULL);
    cr_expect_eq(uv_run(&t.loop, UV_RUN_DEFAULT), 0);
    cr_expect_eq(uv_loop_close(&t.loop), 0);
    rmdir(t.below);
    rmdir(t.folder);
}

TestSuite(watch, .init = set_up, .fini = tear_down);

static void expect_told(const char *name)
{
    char path[128];
    int fd;

    snprintf(path, sizeof(path), "%s/%s", t.below, name);
    strcpy(t.awaited, name);
    t.told = t.late = false;
    fd = open(path, O_WRONLY | O_CREAT, 0600);
    cr_assert(fd >= 0);
    close(fd);
    uv_timer_start(&t.deadline, on_deadline, 10000, 0);
    while (!t.told && !t.late)
        uv_run(&t.loop, UV_RUN_ONCE);
    cr_expect(t.told, "%s", name);
    unlink(path);
}

Test(watch, a_new_file_is_told_by_its_name)
{
    cr_assert_eq(mkdir(t.below, 0700), 0);
    cr_expect_eq(watches_add(t.watches, t.below), 0);
    cr_expect_eq(watches_add(t.watches, t.below), 0, "it may be asked for twice");
    expect_told("one");
    expect_told("two");
    cr_expect_eq(watches_renew(t.watches), 0);
}

Test(watch, a_folder_that_is_not_there_yet_is_watched_by_a_later_look)
{
    cr_expect_eq(watches_add(t.watches, t.below), -ENOENT);
    cr_expect_eq(watches_renew(t.watches), 1);
    cr_assert_eq(mkdir(t.below, 0700), 0);
    t.awaited[0] = '\0';
    t.told = false;
    cr_expect_eq(watches_renew(t.watches), 0);
    cr_expect(t.told, "it may have missed something");
    expect_told("one");
}

Test(watch, a_folder_that_was_made_again_is_watched_again)
{
    cr_assert_eq(mkdir(t.below, 0700), 0);
    cr_expect_eq(watches_add(t.watches, t.below), 0);
    expect_told("one");
    cr_assert_eq(rmdir(t.below), 0);
    cr_expect_eq(watches_renew(t.watches), 1);
    cr_assert_eq(mkdir(t.below, 0700), 0);
    cr_expect_eq(watches_renew(t.watches), 0);
    expect_told("two");
}
