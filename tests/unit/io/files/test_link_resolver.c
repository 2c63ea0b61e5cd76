/* Which file a path leads to is what the kernel says (stat), and which links are followed is what
 * the tables here say, of trees in which each link has its owner. */

#include "core/base/util.h"
#include "helpers/run.h"
#include "io/files/link_resolver.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define SERVICE 4001
#define MALLORY 4002
#define DEPLOY 4003
#define NOBODY 65534

TestSuite(link_resolver, .fini = scratch_remove);

/* ---- helpers ---- */

static void folder(const char *name, uid_t owner)
{
    cr_assert_eq(mkdir(scratch_path(name), 0755), 0, "%s", name);
    cr_assert_eq(lchown(scratch_path(name), owner, owner), 0, "%s", name);
}

static void file(const char *name, uid_t owner)
{
    scratch_file(name, "x\n", 2);
    cr_assert_eq(lchown(scratch_path(name), owner, owner), 0, "%s", name);
}

/* A text that begins with '@' leads to that name in the scratch folder, by its whole path. */
static void add_link(const char *name, const char *text, uid_t owner)
{
    cr_assert_eq(symlink(*text == '@' ? scratch_path(text + 1) : text, scratch_path(name)), 0, "%s",
                 name);
    cr_assert_eq(lchown(scratch_path(name), owner, owner), 0, "%s", name);
}

/* Everybody may walk through the scratch folder, and files in it may have owners. */
static void begin(void)
{
    if (geteuid() != 0)
        cr_skip_test("to give files to others needs root");
    cr_assert_eq(chmod(scratch(), 0755), 0);
}

static int find(const char *name, const struct link_policy *policy, struct link_target *target,
                struct link_refusal *refusal)
{
    *target = (struct link_target){.fd = -1, .folder = -1};
    *refusal = (struct link_refusal){.text = ""};
    return link_resolver_find(AT_FDCWD, *name == '/' ? name : scratch_path(name), policy, target,
                              refusal);
}

static int result(const char *name, const struct link_policy *policy)
{
    struct link_target target;
    struct link_refusal refusal;
    int r = find(name, policy, &target, &refusal);

    link_target_close(&target);
    return r;
}

static const struct link_policy by_owner = {.mode = LINKS_OWNER};
static const struct link_policy all = {.mode = LINKS_ALL};
static const struct link_policy none = {.mode = LINKS_NONE};

/* ---- where paths lead ---- */

/* What the kernel finds is found, and what it does not find has its error. */
static void expect_as_the_kernel(const char *path)
{
    struct link_target target = {.fd = -1, .folder = -1};
    struct link_refusal refusal;
    struct stat st = {0};
    int wanted = stat(path, &st) < 0 ? -errno : 0;
    int r = link_resolver_find(AT_FDCWD, path, &all, &target, &refusal), fd;

    cr_expect_eq(r, wanted, "'%s': %d, not %d", path, r, wanted);
    if (r != 0)
        return;
    cr_expect(target.st.st_dev == st.st_dev && target.st.st_ino == st.st_ino, "'%s'", path);
    fd = link_target_open(&target);
    cr_expect_geq(fd, 0, "'%s': %d", path, fd);
    cr_expect(fstat(fd, &st) == 0 && st.st_ino == target.st.st_ino, "'%s'", path);
    close(fd);
    link_target_close(&target);
}

Test(link_resolver, a_path_leads_where_the_kernel_says)
{
    static const char *const paths[] = {
        "a/f",        "a//f",      "a/./f",     "a/../a/f",   "./a/f",
        "a/f/",       "a/f/.",     "a/",        "a",          ".",
        "..",         "/",         "//",        "",           "to-f",
        "to-f/",      "to-a/f",    "to-a",      "to-a/",      "to-a/../a/f",
        "whole/f",    "chain/f",   "up/a/f",    "dangling",   "dangling/f",
        "loop",       "loop/f",    "none",      "none/f",     "a/f/g",
        "to-f/g",     "a/none",    "to-a/none", "/../..",     "self/a/f",
        "/etc/hosts", "/dev/null", "trailing",  "trailing/f", "to-f-slash",
    };
    char name[300];

    mkdir(scratch_path("a"), 0755);
    scratch_file("a/f", "x\n", 2);
    cr_assert_eq(chdir(scratch()), 0);
    cr_assert_eq(symlink("a/f", "to-f"), 0);
    cr_assert_eq(symlink("a", "to-a"), 0);
    cr_assert_eq(symlink(scratch_path("a"), "whole"), 0);
    cr_assert_eq(symlink("to-a", "chain"), 0);
    cr_assert_eq(symlink("a/..", "up"), 0);
    cr_assert_eq(symlink("nowhere", "dangling"), 0);
    cr_assert_eq(symlink("loop", "loop"), 0);
    cr_assert_eq(symlink(".", "self"), 0);
    cr_assert_eq(symlink("a/", "trailing"), 0);
    cr_assert_eq(symlink("a/f/", "to-f-slash"), 0);
    for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
        expect_as_the_kernel(paths[i]);
    memset(name, 'n', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    expect_as_the_kernel(name);
    cr_assert_eq(chdir("/"), 0);
}

Test(link_resolver, a_path_of_endless_work_is_given_up)
{
    char text[3000] = "";

    for (size_t i = 0; i + 3 < sizeof(text); i += 2)
        memcpy(text + i, "./", 3);
    cr_assert_eq(symlink(text, scratch_path("long")), 0);
    cr_expect_eq(result("long", &all), -ELOOP);
}

Test(link_resolver, a_file_that_took_the_place_of_the_found_one_is_not_opened)
{
    struct link_target target;
    struct link_refusal refusal;

    scratch_file("f", "x\n", 2);
    scratch_file("other", "y\n", 2);
    cr_assert_eq(find("f", &by_owner, &target, &refusal), 0);
    cr_assert_eq(rename(scratch_path("other"), scratch_path("f")), 0);
    cr_expect_eq(link_target_open(&target), -ESTALE);
    cr_assert_eq(unlink(scratch_path("f")), 0);
    cr_assert_eq(symlink("/etc/passwd", scratch_path("f")), 0);
    cr_expect_eq(link_target_open(&target), -ESTALE);
    link_target_close(&target);
}

Test(link_resolver, nobody_is_waited_for_at_a_fifo)
{
    struct link_target target;
    struct link_refusal refusal;
    int fd;

    cr_assert_eq(mkfifo(scratch_path("fifo"), 0600), 0);
    cr_assert_eq(find("fifo", &by_owner, &target, &refusal), 0);
    cr_expect(S_ISFIFO(target.st.st_mode));
    fd = link_target_open(&target);
    cr_expect_geq(fd, 0);
    close(fd);
    link_target_close(&target);
}

/* ---- which links are followed ---- */

static void make_tree(void)
{
    folder("root", 0);
    file("root/secret", 0);
    folder("app", MALLORY);
    file("app/own.log", MALLORY);
    folder("deploy", DEPLOY);
    folder("deploy/7", DEPLOY);
    file("deploy/7/d.log", DEPLOY);
    file("service.out", SERVICE);
    file("app/nobody.log", NOBODY);

    add_link("app/to-own", "own.log", MALLORY);
    add_link("app/to-secret", "../root/secret", MALLORY);
    add_link("app/to-secret-whole", "@root/secret", MALLORY);
    add_link("app/to-root", "../root", MALLORY);
    add_link("app/to-out", "../service.out", MALLORY);
    add_link("app/to-deploy", "../deploy/7/d.log", MALLORY);
    add_link("app/by-two", "to-secret", MALLORY);
    add_link("app/roots", "../root/secret", 0);
    add_link("app/services", "../root/secret", SERVICE);
    add_link("app/roots-by-mallorys", "to-secret", 0);
    add_link("app/in-roots-folder", "to-root/secret", MALLORY);
    add_link("app/nobodys", "nobody.log", NOBODY);
    add_link("deploy/current", "7", DEPLOY);
    add_link("app/deploys", "../deploy/current/d.log", DEPLOY);
    add_link("app/deploys-to-mallory", "own.log", DEPLOY);
}

struct expectation {
    const char *name;
    bool by_owner, trusting; /* whether it is followed: links: owner, links: [deploy] */
    const char *because;     /* in the refusal of by_owner */
};

static void expect_one(const struct expectation *e)
{
    static const uid_t users[] = {DEPLOY};
    const struct link_policy trusting = {.users = users, .n_users = 1};
    struct link_target target;
    struct link_refusal refusal;

    cr_expect_eq(find(e->name, &by_owner, &target, &refusal),
                 e->by_owner ? 0 : LINK_RESOLVER_E_REFUSED, "%s", e->name);
    link_target_close(&target);
    cr_expect(!e->because || strstr(refusal.text, e->because), "%s: %s", e->name, refusal.text);
    cr_expect_eq(result(e->name, &trusting), e->trusting ? 0 : LINK_RESOLVER_E_REFUSED, "%s",
                 e->name);
    cr_expect_eq(result(e->name, &all), 0, "%s", e->name);
    cr_expect_eq(result(e->name, &none), LINK_RESOLVER_E_REFUSED, "%s", e->name);
}

Test(link_resolver, a_link_is_followed_by_whom_it_belongs_to)
{
    static const struct expectation links[] = {
        {"app/to-own", true, true, NULL},
        {"app/to-secret", false, false, "'to-secret' on the way to it belongs to user 4002"},
        {"app/to-secret-whole", false, false, "'to-secret-whole'"},
        {"app/to-root/secret", false, false, "'to-root'"},
        {"app/to-out", false, false, "'to-out'"},
        {"app/to-deploy", false, false, "'to-deploy'"},
        {"app/by-two", false, false, "'to-secret'"}, /* the inner one is met first */
        {"app/roots", true, true, NULL},
        {"app/services", true, true, NULL},
        {"app/roots-by-mallorys", false, false, "'to-secret'"},
        {"app/in-roots-folder", false, false, "'to-root'"},
        {"app/nobodys", false, false, "not known here"},
        {"deploy/current/d.log", true, true, NULL},
        {"app/deploys", true, true, NULL},
        {"app/deploys-to-mallory", false, true, "4003"},
    };

    begin();
    make_tree();
    cr_assert_eq(seteuid(SERVICE), 0);
    for (size_t i = 0; i < ARRAY_SIZE(links); i++)
        expect_one(&links[i]);
    cr_assert_eq(seteuid(0), 0);
}

/* The user of the service may be the one that stands for all whom its user namespace does not know:
 * then it is not known whose a link is. */
Test(link_resolver, an_owner_who_is_not_known_is_not_even_himself)
{
    static const uid_t users[] = {NOBODY};
    const struct link_policy trusting = {.users = users, .n_users = 1};

    begin();
    make_tree();
    cr_assert_eq(seteuid(NOBODY), 0);
    cr_expect_eq(result("app/nobodys", &by_owner), LINK_RESOLVER_E_REFUSED);
    cr_expect_eq(result("app/nobodys", &trusting), LINK_RESOLVER_E_REFUSED);
    cr_assert_eq(seteuid(0), 0);
}

Test(link_resolver, no_link_leads_through_proc_or_into_it)
{
    static const char *const paths[] = {
        "maps",         "/dev/stderr", "/dev/fd/0", "/proc/self/maps",
        "/proc/mounts", "by-self",     "version",   "exe"};

    add_link("maps", "/proc/self/maps", geteuid());
    add_link("by-self", "/proc/self", geteuid());
    add_link("version", "/proc/version", geteuid());
    add_link("exe", "/proc/self/exe", geteuid());
    for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
        cr_expect_eq(result(paths[i], &by_owner), LINK_RESOLVER_E_REFUSED, "%s", paths[i]);
        cr_expect_eq(result(paths[i], &all), LINK_RESOLVER_E_REFUSED, "%s", paths[i]);
    }
    cr_expect_eq(result("/proc/version", &by_owner), 0, "whoever names it himself");
}

/* As a cluster lays them out: /var/log/containers/POD_NS_NAME-ID.log, a link to
 * /var/log/pods/NS_POD_UID/NAME/0.log, a link to /var/lib/docker/containers/ID/ID-json.log. */
Test(link_resolver, the_chains_of_kubernetes_and_docker_are_followed)
{
    begin();
    folder("log", 0);
    folder("log/containers", 0);
    folder("log/pods", 0);
    folder("log/pods/default_web_6f1c", 0);
    folder("log/pods/default_web_6f1c/nginx", 0);
    folder("docker", 0);
    folder("docker/3fa9", 0);
    file("docker/3fa9/3fa9-json.log", 0);
    add_link("log/containers/web_default_nginx-3fa9.log", "@log/pods/default_web_6f1c/nginx/0.log",
             0);
    add_link("log/pods/default_web_6f1c/nginx/0.log", "@docker/3fa9/3fa9-json.log", 0);
    cr_assert_eq(seteuid(SERVICE), 0);
    cr_expect_eq(result("log/containers/web_default_nginx-3fa9.log", &by_owner), 0);
    cr_assert_eq(seteuid(0), 0);
}
