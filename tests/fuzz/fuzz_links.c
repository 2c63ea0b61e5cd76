/* The input becomes a small tree of folders, files and links with several owners, a path, and a
 * rule which links are followed. The tree is made in a folder for the purpose, and the resolver
 * walks it. A naive model walks the same tree in memory, where a file is a number and its folder
 * another: both must come to the same file, or refuse, or fail, in the same way.
 *
 * Only root can give files to others; for anybody else all owners are one. */

#include "core/base/util.h"
#include "io/files/link_resolver.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#define NODES 12
#define PARTS 5
#define NAMES 4
#define OUTSIDE 1000 /* the model does not know what is there */
#define REFUSED 1001

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct node {
    enum { FOLDER, FILE_, LINK, KINDS } kind;
    size_t parent;
    char name; /* within its folder */
    uid_t owner;
    char text[PATH_MAX]; /* of a link */
    ino_t ino;
};

struct tree {
    char path[PATH_MAX]; /* of the folder for the purpose */
    struct node nodes[NODES];
    size_t n;
    const struct link_policy *policy;
    unsigned n_links; /* that the model has followed */
};

struct input {
    const uint8_t *data;
    size_t size;
};

static unsigned take(struct input *in, unsigned below)
{
    if (in->size == 0)
        return 0;
    in->size--;
    return *in->data++ % below;
}

/* ---- the tree ---- */

static void path_of(const struct tree *t, size_t node, char path[PATH_MAX])
{
    char above[PATH_MAX];

    if (node == 0) {
        snprintf(path, PATH_MAX, "%s", t->path);
        return;
    }
    path_of(t, t->nodes[node].parent, above);
    snprintf(path, PATH_MAX, "%.4000s/%c", above, t->nodes[node].name);
}

/* A text of some parts: names, "." and "..". */
static void take_text(struct input *in, const struct tree *t, char text[PATH_MAX])
{
    static const char *const parts[] = {"a", "b", "c", "d", "..", "."};
    size_t n = 0;

    if (take(in, 4) == 0)
        n += (size_t)snprintf(text, PATH_MAX, "%.2000s/", t->path);
    for (unsigned i = 0, count = 1 + take(in, PARTS); i < count; i++)
        n += (size_t)snprintf(text + n, PATH_MAX - n, "%s%s", parts[take(in, NAMES + 2)],
                              i + 1 < count || take(in, 8) == 0 ? "/" : "");
}

static size_t child(const struct tree *t, size_t parent, char name)
{
    for (size_t i = 1; i < t->n; i++)
        if (t->nodes[i].parent == parent && t->nodes[i].name == name)
            return i;
    return 0;
}

static void make(const struct node *node, const char *path)
{
    int r = 0;

    if (node->kind == FOLDER)
        r = mkdir(path, 0755);
    else if (node->kind == LINK)
        r = symlink(node->text, path);
    else
        close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0644));
    assert(r == 0);
    if (geteuid() == 0)
        r = lchown(path, node->owner, node->owner);
    assert(r == 0);
}

static void add_node(struct input *in, struct tree *t)
{
    static const uid_t owners[] = {0, 4001, 4002, 65534};
    struct node node = {.parent = take(in, (unsigned)t->n)};
    char path[PATH_MAX];
    struct stat st;

    node.kind = take(in, KINDS);
    node.name = (char)('a' + take(in, NAMES));
    node.owner = geteuid() == 0 ? owners[take(in, 4)] : geteuid();
    if (node.kind == LINK)
        take_text(in, t, node.text);
    if (t->nodes[node.parent].kind != FOLDER || child(t, node.parent, node.name) > 0)
        return;
    t->nodes[t->n] = node;
    path_of(t, t->n, path);
    make(&node, path);
    if (lstat(path, &st) == 0)
        t->nodes[t->n].ino = st.st_ino;
    t->n++;
}

static void remove_tree(const struct tree *t)
{
    char path[PATH_MAX];

    for (size_t i = t->n; i > 1; i--) {
        path_of(t, i - 1, path);
        if (t->nodes[i - 1].kind == FOLDER)
            rmdir(path);
        else
            unlink(path);
    }
}

/* ---- the model ---- */

static bool is_followed(const struct tree *t, const struct node *link, const struct node *named)
{
    if (t->policy->mode == LINKS_ALL)
        return true;
    if (link->owner == 65534)
        return false;
    for (size_t i = 0; i < t->policy->n_users; i++)
        if (t->policy->users[i] == link->owner)
            return true;
    return link->owner == 0 || link->owner == geteuid() || link->owner == named->owner;
}

/* Walks a text from a folder. Returns 0, a negative errno, REFUSED or OUTSIDE. */
static int model(struct tree *t, size_t from, const char *text, size_t *ret_node)
{
    size_t at = from, prefix = strlen(t->path);

    if (*text == '/') { /* only such texts are made */
        at = 0;
        text += prefix;
    }
    while (*text) {
        size_t next, len;
        int r;

        text += strspn(text, "/");
        len = strcspn(text, "/");
        if (t->nodes[at].kind != FOLDER)
            return -ENOTDIR;
        if (len == 0)
            break;
        if (len == 2) {
            if (at == 0)
                return OUTSIDE;
            at = t->nodes[at].parent;
        } else if (*text != '.') {
            next = child(t, at, *text);
            if (next == 0)
                return -ENOENT;
            if (t->nodes[next].kind == LINK) {
                size_t target;

                if (++t->n_links > 40)
                    return -ELOOP;
                if (t->policy->mode == LINKS_NONE)
                    return REFUSED;
                r = model(t, at, t->nodes[next].text, &target);
                if (r != 0)
                    return r;
                if (!is_followed(t, &t->nodes[next], &t->nodes[target]))
                    return REFUSED;
                next = target;
            }
            at = next;
        }
        text += len;
    }
    *ret_node = at;
    return 0;
}

/* ---- both ---- */

static void compare(struct tree *t, const char *path)
{
    struct link_target target = {.fd = -1, .folder = -1};
    struct link_refusal refusal = {.text = ""};
    int folder = open(t->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    int r = link_resolver_find(folder, path, t->policy, &target, &refusal);
    size_t node = 0;
    int wanted = model(t, 0, path, &node);

    if (wanted == REFUSED) {
        assert(r == LINK_RESOLVER_E_REFUSED && refusal.text[0] != '\0');
    } else if (wanted != OUTSIDE) {
        assert(r == wanted);
        assert(r != 0 || target.st.st_ino == t->nodes[node].ino);
    }
    assert((target.fd >= 0) == (r == 0));
    link_target_close(&target);
    close(folder);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uid_t users[] = {4001};
    struct input in = {data, size};
    struct link_policy policy = {.users = users, .n_users = take(&in, 2)};
    struct tree t = {.policy = &policy, .n = 1};
    char path[PATH_MAX], made[64];
    struct stat st;

    policy.mode = take(&in, 3);
    snprintf(made, sizeof(made), "%s/glossd-links-XXXXXX",
             access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"); /* memory is much faster */
    assert(mkdtemp(made) && realpath(made, t.path) && stat(made, &st) == 0);
    t.nodes[0] = (struct node){.kind = FOLDER, .owner = st.st_uid, .ino = st.st_ino};
    for (unsigned i = 0, n = 1 + take(&in, NODES - 1); i < n; i++)
        add_node(&in, &t);
    take_text(&in, &t, path);
    compare(&t, path);
    remove_tree(&t);
    rmdir(made);
    return 0;
}
