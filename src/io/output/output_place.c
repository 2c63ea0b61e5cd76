#include "io/output/output_place.h"

#include "core/base/util.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static const struct link_policy own_links = {.mode = LINKS_OWN};

void output_place_close(struct output_place *place)
{
    if (place->folder >= 0)
        close(place->folder);
    place->folder = -1;
}

static int refuse(const char *name, struct link_refusal *reterr_refusal)
{
    snprintf(reterr_refusal->text, sizeof(reterr_refusal->text),
             "'%s' is a link that leads to nothing", name);
    return OUTPUT_PLACE_E_REFUSED;
}

/* The folder of a path that names nothing. */
static int find_new(struct output_place *place, const char *path,
                    struct link_refusal *reterr_refusal)
{
    CLEANUP(link_target_close) struct link_target target = {.fd = -1, .folder = -1};
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    CLEANUP(freep) char *folder = slash ? strndup(path, (size_t)(name - path)) : strdup(".");
    struct stat st;
    int r;

    if (!folder)
        return -ENOMEM;
    if (*name == '\0')
        return -ENOENT;
    if (strlen(name) > NAME_MAX)
        return -ENAMETOOLONG;
    r = link_resolver_find(AT_FDCWD, folder, &own_links, &target, reterr_refusal);
    if (r != 0)
        return r;
    if (fstatat(target.fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
        return refuse(name, reterr_refusal);
    strcpy(place->name, name);
    place->folder = TAKE_FD(target.fd);
    return 0;
}

int output_place_find(struct output_place *ret_place, const char *path,
                      struct link_refusal *reterr_refusal)
{
    CLEANUP(link_target_close) struct link_target target = {.fd = -1, .folder = -1};
    int r;

    *ret_place = (struct output_place){.folder = -1};
    r = link_resolver_find(AT_FDCWD, path, &own_links, &target, reterr_refusal);
    if (r == -ENOENT)
        return find_new(ret_place, path, reterr_refusal);
    if (r != 0)
        return r;
    if (S_ISDIR(target.st.st_mode))
        return -EISDIR;
    memcpy(ret_place->name, target.name, sizeof(target.name));
    ret_place->folder = TAKE_FD(target.folder);
    ret_place->st = target.st;
    ret_place->exists = true;
    return 0;
}
