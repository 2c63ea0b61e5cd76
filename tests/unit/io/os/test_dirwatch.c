/* Watches on folders, with a loop that runs until an event has come or a deadline has passed. */

#include "io/os/dirwatch.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

static struct {
    uv_loop_t loop;
    uv_timer_t deadline;
    struct dirwatch *watch;
    char folder[64], below[80], moved[96];
    char awaited[16]; /* the name of an event; empty: an event without a name */
    bool came;        /* that event, in the folder below */
    bool late, lost;  /* the deadline has passed; events were lost */
} t;

static bool is_on_disk_or_memory(const char *folder)
{
    struct statfs fs;

    cr_assert_eq(statfs(folder, &fs), 0);
    return fs.f_type == EXT4_SUPER_MAGIC || fs.f_type == TMPFS_MAGIC ||
           fs.f_type == XFS_SUPER_MAGIC || fs.f_type == BTRFS_SUPER_MAGIC;
}

static void on_change(void *ctx, const char *folder, const char *name)
{
    (void)ctx;
    if (!folder)
        t.lost = true;
    else if (strcmp(folder, t.below) == 0 &&
             (t.awaited[0] ? name && !strcmp(name, t.awaited) : !name))
        t.came = true;
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
    cr_assert_eq(dirwatch_new(&t.watch, &t.loop, on_change, NULL), 0);
}

static void tear_down(void)
{
    dirwatch_close(t.watch);
    uv_close((uv_handle_t *)&t.deadline, NULL);
    cr_expect_eq(uv_run(&t.loop, UV_RUN_DEFAULT), 0);
    cr_expect_eq(uv_loop_close(&t.loop), 0);
    rmdir(t.below);
    rmdir(t.folder);
}

static size_t refused; /* of the last dirwatch_renew() */

TestSuite(dirwatch, .init = set_up, .fini = tear_down);

static void run_until(const bool *happened)
{
    t.late = false;
    uv_timer_start(&t.deadline, on_deadline, 10000, 0);
    while (!*happened && !t.late)
        uv_run(&t.loop, UV_RUN_ONCE);
}

static void touch(const char *name)
{
    char path[128];
    int fd;

    snprintf(path, sizeof(path), "%s/%s", t.below, name);
    fd = open(path, O_WRONLY | O_CREAT, 0600);
    cr_assert(fd >= 0);
    close(fd);
    unlink(path);
}

static void expect_event(const char *name)
{
    strcpy(t.awaited, name);
    t.came = false;
    touch(name);
    run_until(&t.came);
    cr_expect(t.came, "%s", name);
}

Test(dirwatch, a_new_file_gives_an_event_with_its_name)
{
    cr_assert_eq(mkdir(t.below, 0700), 0);
    cr_expect_eq(dirwatch_add(t.watch, t.below), 0);
    cr_expect_eq(dirwatch_add(t.watch, t.below), 0, "a second time changes nothing");
    expect_event("one");
    expect_event("two");
    cr_expect_eq(dirwatch_renew(t.watch, &refused), 0);
}

Test(dirwatch, a_folder_that_is_not_there_yet_is_watched_when_it_comes)
{
    cr_expect_eq(dirwatch_add(t.watch, t.below), -ENOENT);
    cr_expect_eq(dirwatch_renew(t.watch, &refused), 1);
    cr_assert_eq(mkdir(t.below, 0700), 0);
    t.awaited[0] = '\0';
    t.came = false;
    cr_expect_eq(dirwatch_renew(t.watch, &refused), 0);
    cr_expect(t.came, "it may have missed something");
    expect_event("one");
}

Test(dirwatch, a_folder_that_was_made_again_is_watched_again)
{
    cr_assert_eq(mkdir(t.below, 0700), 0);
    cr_expect_eq(dirwatch_add(t.watch, t.below), 0);
    expect_event("one");
    cr_assert_eq(rmdir(t.below), 0);
    cr_expect_eq(dirwatch_renew(t.watch, &refused), 1);
    cr_assert_eq(mkdir(t.below, 0700), 0);
    cr_expect_eq(dirwatch_renew(t.watch, &refused), 0);
    expect_event("two");
}

Test(dirwatch, a_folder_that_is_removed_gives_an_event_and_is_not_watched)
{
    cr_assert_eq(mkdir(t.below, 0700), 0);
    cr_expect_eq(dirwatch_add(t.watch, t.below), 0);
    t.awaited[0] = '\0';
    t.came = false;
    cr_assert_eq(rmdir(t.below), 0);
    run_until(&t.came);
    cr_expect(t.came);
    cr_expect_eq(dirwatch_renew(t.watch, &refused), 1);
    cr_expect(!dirwatch_covers(t.watch, t.below));
}

Test(dirwatch, a_folder_that_was_renamed_gives_one_event_without_a_name)
{
    cr_assert_eq(mkdir(t.below, 0700), 0);
    cr_expect_eq(dirwatch_add(t.watch, t.below), 0);
    cr_assert_eq(rename(t.below, strcat(strcpy(t.moved, t.below), "-2")), 0);
    t.awaited[0] = '\0';
    t.came = false;
    cr_expect_eq(dirwatch_renew(t.watch, &refused), 1);
    cr_expect(t.came, "changes there give no events any more");
    t.came = false;
    cr_expect_eq(dirwatch_renew(t.watch, &refused), 1);
    cr_expect(!t.came, "it came before");
    rmdir(t.moved);
}

Test(dirwatch, each_of_two_names_of_a_folder_gets_the_events)
{
    cr_assert_eq(mkdir(t.below, 0700), 0);
    cr_assert_eq(symlink(t.below, strcat(strcpy(t.moved, t.below), "-2")), 0);
    cr_expect_eq(dirwatch_add(t.watch, t.moved), 0);
    cr_expect_eq(dirwatch_add(t.watch, t.below), 0);
    expect_event("one");
    cr_assert_eq(unlink(t.moved), 0);
    cr_expect_eq(dirwatch_renew(t.watch, &refused), 1);
    expect_event("two");
}

Test(dirwatch, a_folder_that_was_swept_is_not_watched)
{
    cr_assert_eq(mkdir(t.below, 0700), 0);
    cr_expect_eq(dirwatch_add(t.watch, t.below), 0);
    cr_expect_eq(dirwatch_add(t.watch, "/nowhere/at/all"), -ENOENT);
    dirwatch_sweep(t.watch);
    cr_expect_eq(dirwatch_renew(t.watch, &refused), 1, "both were asked for since the last one");
    cr_expect_eq(dirwatch_add(t.watch, t.below), 0);
    dirwatch_sweep(t.watch);
    cr_expect_eq(dirwatch_renew(t.watch, &refused), 0);
    expect_event("one");
    dirwatch_sweep(t.watch);
    cr_assert_eq(rmdir(t.below), 0);
    t.awaited[0] = '\0';
    t.came = false;
    uv_run(&t.loop, UV_RUN_NOWAIT);
    cr_expect_eq(dirwatch_renew(t.watch, &refused), 0);
    cr_expect(!t.came);
}

Test(dirwatch, a_folder_that_is_gone_does_not_count_as_a_limit)
{
    struct rlimit limit, none;
    int fd = dup(0);

    cr_assert_geq(fd, 0);
    cr_assert_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
    none = (struct rlimit){.rlim_cur = (rlim_t)fd, .rlim_max = limit.rlim_max};
    close(fd);
    cr_assert_eq(mkdir(t.below, 0700), 0);
    cr_assert_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
    cr_expect(dirwatch_refused(dirwatch_add(t.watch, t.below)));
    cr_expect_eq(dirwatch_add(t.watch, "/nowhere/at/all"), -ENOENT);
    cr_expect_eq(dirwatch_renew(t.watch, &refused), 2);
    cr_expect_eq(refused, 1);
    cr_assert_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
    cr_expect_eq(dirwatch_renew(t.watch, &refused), 1);
    cr_expect_eq(refused, 0);
}

/* The test has a list of its own, since a file system that is not known must not be guessed at. */
Test(dirwatch, only_a_watched_folder_of_a_local_file_system_is_covered)
{
    cr_expect(!dirwatch_covers(t.watch, "/proc"));
    cr_expect_eq(dirwatch_add(t.watch, "/proc"), 0);
    cr_expect(!dirwatch_covers(t.watch, "/proc"));
    cr_assert_eq(mkdir(t.below, 0700), 0);
    cr_expect_eq(dirwatch_add(t.watch, t.below), 0);
    cr_expect_eq(dirwatch_covers(t.watch, t.below), is_on_disk_or_memory(t.below));
}

static unsigned max_queued_events(void)
{
    FILE *f = fopen("/proc/sys/fs/inotify/max_queued_events", "r");
    unsigned n = 0;

    cr_assert_not_null(f);
    cr_assert_eq(fscanf(f, "%u", &n), 1);
    fclose(f);
    return n;
}

/* Each file gives two events. Two names in turn, since the kernel folds equal events that follow
 * each other. */
Test(dirwatch, more_events_than_the_kernel_keeps_are_reported_as_lost)
{
    unsigned max = max_queued_events();

    if (max > 1000000)
        cr_skip_test("the limit is too high to be reached");
    cr_assert_eq(mkdir(t.below, 0700), 0);
    cr_expect_eq(dirwatch_add(t.watch, t.below), 0);
    expect_event("one");
    cr_expect(!t.lost);
    for (unsigned i = 0; i <= max / 2; i++)
        touch(i % 2 ? "odd" : "even");
    run_until(&t.lost);
    cr_expect(t.lost);
    expect_event("two");
}
