/* The catalog that is compiled in is the file that ships, byte for byte. */

#include "core/base/util.h"
#include "core/catalog/builtin.h"

#include <criterion/criterion.h>
#include <stdio.h>

Test(builtin, the_built_in_catalog_is_the_shipped_file)
{
    const char *root = getenv("GLOSSD_ROOT");
    char path[4096], text[65536];

    cr_assert_not_null(root, "GLOSSD_ROOT names the project's folder");
    snprintf(path, sizeof(path), "%s/conf/catalogs/%s.yaml", root, builtin_catalog_name);
    FILE *file = fopen(path, "rb");
    cr_assert_not_null(file, "%s opens", path);
    size_t length = fread(text, 1, sizeof(text), file);
    fclose(file);

    cr_assert_lt(length, sizeof(text));
    cr_assert_eq(length, builtin_catalog_length);
    cr_expect_arr_eq(text, builtin_catalog, length);
    cr_expect_eq(builtin_catalog[length], '\0');
}
