/* Files from beside the checkout, or a test that is skipped and says why. */

#include "helpers/shared_data.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

char *shared_data_path(const char *name)
{
    const char *root = getenv("GLOSSD_ROOT");
    char *path;

    cr_assert_neq(asprintf(&path, "%s/../shared/data/%s", root ? root : ".", name), -1);
    return path;
}

char *shared_data_read(const char *name, size_t *ret_length)
{
    char *path = shared_data_path(name), *bytes;
    FILE *file = fopen(path, "rb");
    long length;

    if (!file) {
        cr_log_warn("%s is not there: SKIPPED", path);
        free(path);
        cr_skip_test("%s is not there", name);
    }
    free(path);
    cr_assert_eq(fseek(file, 0, SEEK_END), 0);
    length = ftell(file);
    cr_assert_geq(length, 0);
    rewind(file);
    bytes = malloc((size_t)length + 1);
    cr_assert_not_null(bytes);
    cr_assert_eq(fread(bytes, 1, (size_t)length, file), (size_t)length);
    bytes[length] = '\0';
    fclose(file);
    *ret_length = (size_t)length;
    return bytes;
}
