/* The path is walked one part after the other, each relative to the descriptor of the folder
 * before:
 *
 *     folder, file    open it with O_PATH | O_NOFOLLOW, go on in it
 *     link            walk its text from here, in the same way; then look at whom the link and the
 *                     file that was reached belong to
 *
 * openat2(2) could refuse links, but not choose among them, and a seccomp filter that knows nothing
 * of it, such as that of RestrictSUIDSGID=, makes it fail.
 *
 * The whole text of a link counts, not its first step: "current -> releases/7" belongs to whom
 * releases/7 belongs to, however many links are in between. Those are asked the same question on
 * their own. */

#include "io/files/link_resolver.h"

#include "core/base/util.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/vfs.h>
#include <unistd.h>

#define LINKS_MAX 40
#define PARTS_MAX 512
#define UNMAPPED_USER 65534

struct walk {
    const struct link_policy *policy;
    struct link_refusal *reterr_refusal;
    unsigned n_links, n_parts; /* so far */
};

static int walk_path(struct walk *w, int folder, const char *path, struct link_target *ret_target);

void link_target_close(struct link_target *target)
{
    if (target->fd >= 0)
        close(target->fd);
    if (target->folder >= 0)
        close(target->folder);
    target->fd = target->folder = -1;
}

/* ---- whether a link is followed ---- */

static int refuse(const struct walk *w, const char *name, const char *why)
{
    snprintf(w->reterr_refusal->text, sizeof(w->reterr_refusal->text),
             "the link '%s' on the way to it %s", name, why);
    return LINK_RESOLVER_E_REFUSED;
}

static int refuse_owner(const struct walk *w, const char *name, uid_t owner)
{
    char why[80];

    snprintf(why, sizeof(why), "belongs to user %u, and what it leads to does not",
             (unsigned)owner);
    return refuse(w, name, why);
}

static bool is_in_proc(int fd)
{
    struct statfs fs;

    return fstatfs(fd, &fs) < 0 || fs.f_type == PROC_SUPER_MAGIC;
}

static bool is_trusted(const struct link_policy *policy, uid_t owner)
{
    if (owner == 0 || owner == geteuid())
        return true;
    for (size_t i = 0; i < policy->n_users; i++)
        if (policy->users[i] == owner)
            return true;
    return false;
}

/* Before the link is followed. @link  opened with O_PATH. */
static int judge_link(const struct walk *w, int link, const char *name)
{
    if (w->policy->mode == LINKS_NONE)
        return refuse(w, name, "is not followed, because no link is to be");
    return is_in_proc(link) ? refuse(w, name, "is in /proc") : 0;
}

/* After it was followed. */
static int judge_target(const struct walk *w, uid_t owner, const char *name,
                        const struct link_target *target)
{
    if (is_in_proc(target->fd))
        return refuse(w, name, "leads into /proc");
    if (w->policy->mode == LINKS_ALL)
        return 0;
    if (owner == UNMAPPED_USER)
        return refuse(w, name, "belongs to a user who is not known here");
    if (is_trusted(w->policy, owner))
        return 0;
    if (w->policy->mode == LINKS_OWN)
        return refuse(w, name, "belongs to somebody else");
    return owner == target->st.st_uid ? 0 : refuse_owner(w, name, owner);
}

/* ---- the walk ---- */

/* Follows the link that is open as `link` in the folder at->fd, and lets *at be what it leads to.
 */
static int follow(struct walk *w, int link, uid_t owner, const char *name, struct link_target *at)
{
    CLEANUP(link_target_close) struct link_target target = {.fd = -1, .folder = -1};
    CLEANUP(freep) char *text = malloc(PATH_MAX);
    ssize_t n;
    int r;

    if (!text)
        return -ENOMEM;
    if (++w->n_links > LINKS_MAX)
        return -ELOOP;
    r = judge_link(w, link, name);
    if (r != 0)
        return r;
    n = readlinkat(link, "", text, PATH_MAX - 1);
    if (n < 0)
        return -errno;
    text[n] = '\0';
    r = walk_path(w, at->fd, text, &target);
    if (r == 0)
        r = judge_target(w, owner, name, &target);
    if (r != 0)
        return r;
    link_target_close(at);
    *at = target;
    target.fd = target.folder = -1;
    return 0;
}

/* Goes one part further from the folder at->fd. */
static int step(struct walk *w, const char *part, size_t len, struct link_target *at)
{
    CLEANUP(closep) int fd = -1;
    char name[NAME_MAX + 1];
    struct stat st;

    if (len > NAME_MAX)
        return -ENAMETOOLONG;
    if (++w->n_parts > PARTS_MAX)
        return -ELOOP;
    memcpy(name, part, len);
    name[len] = '\0';
    fd = openat(at->fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) < 0)
        return -errno;
    if (S_ISLNK(st.st_mode))
        return follow(w, fd, st.st_uid, name, at);
    if (at->folder >= 0)
        close(at->folder);
    at->folder = at->fd;
    at->fd = TAKE_FD(fd);
    at->st = st;
    memcpy(at->name, name, len + 1);
    return 0;
}

static int begin(int folder, const char *path, struct link_target *at)
{
    *at = (struct link_target){.fd = -1, .folder = -1};
    at->fd = *path == '/' ? open("/", O_PATH | O_DIRECTORY | O_CLOEXEC)
                          : openat(folder, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    return at->fd < 0 || fstat(at->fd, &at->st) < 0 ? -errno : 0;
}

static int walk_path(struct walk *w, int folder, const char *path, struct link_target *ret_target)
{
    CLEANUP(link_target_close) struct link_target at;
    int r = begin(folder, path, &at);

    if (r == 0 && *path == '\0')
        r = -ENOENT;
    for (size_t len; r == 0 && *path != '\0'; path += len) {
        path += strspn(path, "/");
        len = strcspn(path, "/");
        if (len > 0)
            r = step(w, path, len, &at);
        else if (!S_ISDIR(at.st.st_mode)) /* a '/' at the end asks for a folder */
            r = -ENOTDIR;
    }
    if (r != 0)
        return r;
    *ret_target = at;
    at.fd = at.folder = -1;
    return 0;
}

int link_resolver_find(int folder, const char *path, const struct link_policy *policy,
                       struct link_target *ret_target, struct link_refusal *reterr_refusal)
{
    struct walk w = {.policy = policy, .reterr_refusal = reterr_refusal};

    return walk_path(&w, folder, path, ret_target);
}

int link_target_open(const struct link_target *target)
{
    CLEANUP(closep)
    int fd = target->folder < 0 ? open("/", O_RDONLY | O_CLOEXEC)
                                : openat(target->folder, target->name,
                                         O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    struct stat st;

    if (fd < 0)
        return errno == ELOOP ? -ESTALE : -errno;
    if (fstat(fd, &st) < 0)
        return -errno;
    if (st.st_dev != target->st.st_dev || st.st_ino != target->st.st_ino)
        return -ESTALE;
    return TAKE_FD(fd);
}
