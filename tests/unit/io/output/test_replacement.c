/* A file has a new content from one instant to the next, or the old one, and nothing stays beside
 * it.
 */

#include "core/base/util.h"
#include "helpers/run.h"
#include "io/output/replacement.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

TestSuite(replacement, .fini = scratch_remove);

/* The names in the scratch folder, sorted by their first letters: at most two are there. */
static size_t names(bool *ret_target)
{
    DIR *dir = opendir(scratch());
    size_t n = 0;

    *ret_target = false;
    cr_assert_not_null(dir);
    for (const struct dirent *e; (e = readdir(dir));) {
        n += e->d_name[0] != '.' || strlen(e->d_name) > 2;
        *ret_target |= STREQ(e->d_name, "file");
    }
    closedir(dir);
    return n;
}

Test(replacement, one_that_is_given_up_leaves_nothing)
{
    int folder = open(scratch(), O_PATH | O_DIRECTORY);
    struct replacement r;
    bool there;

    cr_assert_eq(replacement_begin(&r, folder, "file", NULL), 0);
    cr_assert_eq(write(r.fd, "new", 3), 3);
    names(&there);
    cr_expect_not(there);
    replacement_deinit(&r);
    cr_expect_eq(names(&there), 0);
    close(folder);
}

Test(replacement, the_name_leads_to_the_old_file_until_the_commit)
{
    const char *path = scratch_file("file", "old", 3);
    int folder = open(scratch(), O_PATH | O_DIRECTORY), fd = open(path, O_RDONLY);
    struct replacement r;
    struct stat former, now;
    char text[8] = "";
    bool there;

    cr_assert_eq(fstat(fd, &former), 0);
    cr_assert_eq(replacement_begin(&r, folder, "file", &former), 0);
    cr_assert_eq(write(r.fd, "newer", 5), 5);
    cr_assert_eq(stat(path, &now), 0);
    cr_expect_eq(now.st_ino, former.st_ino);
    cr_assert_eq(replacement_commit(&r), 0);
    replacement_deinit(&r);
    cr_assert_eq(stat(path, &now), 0);
    cr_expect_neq(now.st_ino, former.st_ino);
    cr_expect_eq(now.st_mode, former.st_mode);
    cr_expect_eq(now.st_size, 5);
    cr_expect_eq(read(fd, text, sizeof(text)), 3);
    cr_expect_str_eq(text, "old");
    cr_expect_eq(names(&there), 1);
    cr_expect(there);
    close(folder);
    close(fd);
}
