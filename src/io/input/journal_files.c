/* The machine's journal is in /run/log/journal/ID and /var/log/journal/ID, where ID is the
 * machine's id. A process outside of the groups that may read the files can list their names all
 * the same. */

#include "io/input/journal_files.h"

#include "core/base/util.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <systemd/sd-id128.h>

static const char *const roots[] = {"/var/log/journal", "/run/log/journal"};

static int deny(struct journal_files *f, const char *folder, const char *name)
{
    f->n_denied++;
    if (f->denied)
        return 0;
    if (asprintf(&f->denied, "%s%s%s", folder, name ? "/" : "", name ? name : "") < 0) {
        f->denied = NULL;
        return -ENOMEM;
    }
    return 0;
}

static bool is_journal(const char *name)
{
    const char *dot = strrchr(name, '.');

    return dot && (STREQ(dot, ".journal") || STREQ(dot, ".journal~"));
}

static int look_into(struct journal_files *f, const char *folder)
{
    DIR *dir = opendir(folder);
    const struct dirent *entry;
    int r = 0;

    if (!dir)
        return errno == EACCES ? deny(f, folder, /* name= */ NULL) : errno == ENOMEM ? -ENOMEM : 0;
    while (r == 0 && (entry = readdir(dir))) {
        if (!is_journal(entry->d_name))
            continue;
        f->n++;
        if (faccessat(dirfd(dir), entry->d_name, R_OK, AT_EACCESS) < 0 && errno == EACCES)
            r = deny(f, folder, entry->d_name);
    }
    closedir(dir);
    return r;
}

static int look_at_machine(struct journal_files *f)
{
    char folder[64], id[SD_ID128_STRING_MAX] = "";
    sd_id128_t machine;
    int r = 0;

    if (sd_id128_get_machine(&machine) < 0)
        return 0;
    sd_id128_to_string(machine, id);
    for (size_t i = 0; i < ARRAY_SIZE(roots) && r == 0; i++) {
        snprintf(folder, sizeof(folder), "%s/%s", roots[i], id);
        r = look_into(f, folder);
    }
    return r;
}

int journal_files_look(struct journal_files *ret_files, const char *folder)
{
    *ret_files = (struct journal_files){0};
    return folder ? look_into(ret_files, folder) : look_at_machine(ret_files);
}

void journal_files_deinit(struct journal_files *f)
{
    free(f->denied);
    *f = (struct journal_files){0};
}
