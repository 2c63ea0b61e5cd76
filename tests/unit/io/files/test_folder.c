/* The folder of a file is found for each form of its path. */

#include "helpers/run.h"
#include "io/files/folder.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <unistd.h>

TestSuite(folder, .fini = scratch_remove);

Test(folder, the_sync_of_a_files_folder_needs_the_folder_and_not_the_file)
{
    cr_expect_eq(folder_sync_parent(scratch_path("none")), 0);
    cr_expect_eq(folder_sync_parent(scratch_path("none/none")), -ENOENT);
    cr_expect_eq(folder_sync_parent("/none"), 0);
    cr_assert_eq(chdir(scratch()), 0);
    cr_expect_eq(folder_sync_parent("none"), 0);
    cr_expect_eq(folder_sync_parent("none/none"), -ENOENT);
    cr_assert_eq(chdir("/"), 0);
}
