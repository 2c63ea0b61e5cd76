/* Which files of a source are opened at all. */

#include "helpers/run.h"
#include "io/tail/follow_context.h"
#include "io/tail/opened_file.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

TestSuite(opened_file, .fini = scratch_remove);

static enum follow_ours answer;
static struct gloss_span our_head;

static enum follow_ours on_ours(void *ctx, const struct link_target *target)
{
    (void)ctx;
    (void)target;
    return answer;
}

static bool on_begins_as_ours(void *ctx, struct gloss_span head)
{
    (void)ctx;
    return gloss_span_equal(head, our_head);
}

/* Opens the file of the scratch folder as a source does, and closes it. */
static int try_open(const char *name, struct link_refusal *refusal)
{
    static const struct follow_ops ops = {.ours = on_ours, .begins_as_ours = on_begins_as_ours};
    const struct follow_options options = {.ops = &ops};
    struct follow_context ctx;
    struct opened_file opened;
    struct stat st;
    int r;

    cr_assert_eq(follow_context_init(&ctx, &options), 0);
    cr_assert_eq(stat(scratch_path(name), &st), 0);
    *refusal = (struct link_refusal){.text = ""};
    r = opened_file_open(&opened, &ctx, scratch_path(name), st.st_dev, st.st_ino, refusal);
    opened_file_close(&opened);
    follow_context_deinit(&ctx);
    return r;
}

static bool is_locked_by_us(const char *path)
{
    int status;
    pid_t pid = fork();

    if (pid == 0) {
        struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
        int fd = open(path, O_RDWR);

        _exit(fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK ? 0 : 1);
    }
    waitpid(pid, &status, 0);
    return status == 0;
}

/* SQLite locks the state for the process: any descriptor of it that is closed loosens that. So what
 * is ours is never opened for reading. */
Test(opened_file, the_locks_of_what_is_ours_outlive_that_a_source_meets_it)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    const char *path = scratch_file("state.db", "x\n", 2);
    struct link_refusal refusal;
    int fd = open(path, O_RDWR | O_CLOEXEC);

    cr_assert_eq(fcntl(fd, F_SETLK, &lock), 0);
    answer = FOLLOW_OURS;
    cr_expect_eq(try_open("state.db", &refusal), OPENED_FILE_E_REFUSED);
    cr_expect_str_eq(refusal.text, "glossd itself writes it");
    cr_expect(is_locked_by_us(path));
    answer = FOLLOW_NOT_OURS;
    cr_expect_eq(try_open("state.db", &refusal), 0);
    cr_expect_not(is_locked_by_us(path), "as it was for each file that a source opened");
    close(fd);
}

Test(opened_file, what_may_be_ours_is_told_by_its_first_bytes)
{
    struct link_refusal refusal;

    scratch_file("a", "first\n", 6);
    answer = FOLLOW_MAYBE_OURS;
    our_head = gloss_span_str("first\n");
    cr_expect_eq(try_open("a", &refusal), OPENED_FILE_E_REFUSED);
    our_head = gloss_span_str("other\n");
    cr_expect_eq(try_open("a", &refusal), 0);
    answer = FOLLOW_NOT_OURS;
}

Test(opened_file, a_link_that_is_not_followed_is_told)
{
    struct link_refusal refusal;

    answer = FOLLOW_NOT_OURS;
    cr_assert_eq(symlink("/proc/self/maps", scratch_path("maps")), 0);
    cr_expect_eq(try_open("maps", &refusal), OPENED_FILE_E_REFUSED);
    cr_expect(strstr(refusal.text, "/proc"), "%s", refusal.text);
}
