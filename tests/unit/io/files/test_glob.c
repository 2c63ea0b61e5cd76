/* Globs: against a walk over everything and a matcher that tries every way, then links, rights and
 * the folders to watch. */

#include "core/base/util.h"
#include "helpers/rng.h"
#include "helpers/run.h"
#include "io/files/glob.h"

#include <criterion/criterion.h>
#include <fnmatch.h>
#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

TestSuite(glob, .fini = scratch_remove);

/* ---- a tree ---- */

static const char *in_scratch(const char *name)
{
    static char paths[8][4096];
    static size_t next;
    char *path = paths[next++ % ARRAY_SIZE(paths)];

    snprintf(path, sizeof(paths[0]), "%s/%s", scratch(), name);
    return path;
}

static void make_folder(const char *name)
{
    cr_assert_eq(mkdir(in_scratch(name), 0755), 0, "%s: %s", name, strerror(errno));
}

static void make_file(const char *name)
{
    FILE *f = fopen(in_scratch(name), "w");

    cr_assert_not_null(f, "%s: %s", name, strerror(errno));
    fclose(f);
}

static void make_link(const char *target, const char *name)
{
    cr_assert_eq(symlink(target, in_scratch(name)), 0, "%s: %s", name, strerror(errno));
}

/* The paths of a list without the scratch folder, joined by blanks. */
static const char *joined(char *const *list, size_t n)
{
    static char text[65536];
    size_t used = 0, root = strlen(scratch());

    text[0] = '\0';
    for (size_t i = 0; i < n; i++)
        used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s", i > 0 ? " " : "",
                                 strlen(list[i]) > root ? list[i] + root + 1 : ".");
    return text;
}

static struct glob_found expand(const char *pattern, const char *const *exclude, size_t n_exclude)
{
    struct glob_found found = {0};

    cr_assert_eq(
        glob_expand(&found, in_scratch(pattern), exclude, n_exclude, &(struct link_policy){0}), 0);
    return found;
}

static void expect_files(const char *pattern, const char *files)
{
    CLEANUP(glob_found_deinit) struct glob_found found = expand(pattern, NULL, 0);
    const char *text = joined(found.files, found.n_files);

    cr_expect_str_eq(text, files, "%s finds '%s', not '%s'", pattern, text, files);
    cr_expect_eq(found.n_troubles, 0, "%s: '%s': %s", pattern,
                 found.n_troubles > 0 ? found.troubles[0].path : "",
                 found.n_troubles > 0 ? strerror(found.troubles[0].error) : "");
}

static void expect_folders(const char *pattern, const char *folders)
{
    CLEANUP(glob_found_deinit) struct glob_found found = expand(pattern, NULL, 0);
    const char *text = joined(found.folders, found.n_folders);

    cr_expect_str_eq(text, folders, "%s watches '%s', not '%s'", pattern, text, folders);
}

/* ---- the oracle ---- */

#define PARTS_MAX 64

struct parts {
    char text[4096];
    const char *items[PARTS_MAX];
    size_t n;
};

static void split(struct parts *p, const char *path)
{
    char *rest = p->text, *part;

    snprintf(p->text, sizeof(p->text), "%s", path);
    p->n = 0;
    while ((part = strsep(&rest, "/")))
        if (*part)
            p->items[p->n++] = part;
}

static bool fits_from(const struct parts *pattern, size_t i, const struct parts *path, size_t k)
{
    if (i == pattern->n)
        return k == path->n;
    if (k == path->n)
        return false;
    if (STREQ(pattern->items[i], "**")) {
        if (i + 1 < pattern->n && fits_from(pattern, i + 1, path, k))
            return true;
        if (path->items[k][0] == '.')
            return false;
        return (i + 1 == pattern->n && k + 1 == path->n) || fits_from(pattern, i, path, k + 1);
    }
    return fnmatch(pattern->items[i], path->items[k], FNM_PERIOD) == 0 &&
           fits_from(pattern, i + 1, path, k + 1);
}

static bool fits(const char *pattern, const char *path)
{
    static struct parts a, b;

    split(&a, pattern);
    split(&b, path);
    return fits_from(&a, 0, &b, 0);
}

static char *walked[4096];
static size_t n_walked;

static int on_walked(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)ftw;
    if (type == FTW_F && S_ISREG(st->st_mode))
        walked[n_walked++] = strdup(path);
    return n_walked == ARRAY_SIZE(walked);
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void walk_everything(void)
{
    cr_assert_eq(nftw(scratch(), on_walked, 16, FTW_PHYS), 0);
    qsort(walked, n_walked, sizeof(*walked), by_bytes);
}

static void forget_walked(void)
{
    while (n_walked > 0)
        free(walked[--n_walked]);
}

static size_t below(uint32_t *rng, size_t limit)
{
    return rng_next(rng) % limit;
}

static void grow_tree(uint32_t *rng, const char *folder, unsigned depth)
{
    static const char *const names[] = {"a", "b", "ab", ".h", "x.log", ".y.log", "*", "a.log"};

    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        char path[512];

        snprintf(path, sizeof(path), "%s%s%s", folder, *folder ? "/" : "", names[i]);
        if (below(rng, 3) == 0)
            continue;
        if (depth > 0 && below(rng, 2) == 0) {
            make_folder(path);
            grow_tree(rng, path, depth - 1);
        } else {
            make_file(path);
        }
    }
}

static void draw_pattern(uint32_t *rng, char pattern[512])
{
    static const char *const words[] = {"**",    "**",    "*",   "*",     "a",  "b",
                                        "a*",    "?",     "??",  "[ab]",  ".*", ".h",
                                        "*.log", "x.log", "\\*", "[!a]*", "ab"};
    size_t n = 1 + below(rng, 5), used = 0;

    for (size_t i = 0; i < n; i++)
        used += (size_t)snprintf(pattern + used, 512 - used, "%s%s", i > 0 ? "/" : "",
                                 words[below(rng, ARRAY_SIZE(words))]);
}

Test(glob, a_walk_along_a_pattern_finds_what_a_walk_over_everything_finds)
{
    uint32_t rng = 7;
    size_t matches = 0;

    grow_tree(&rng, "", 3);
    walk_everything();
    cr_assert_gt(n_walked, 50);
    for (size_t round = 0; round < 1000; round++) {
        CLEANUP(glob_found_deinit) struct glob_found found = {0};
        char drawn[512], pattern[4096];
        size_t at = 0;

        draw_pattern(&rng, drawn);
        snprintf(pattern, sizeof(pattern), "%s", in_scratch(drawn));
        cr_assert_eq(glob_expand(&found, pattern, NULL, 0, &(struct link_policy){0}), 0);
        for (size_t i = 0; i < n_walked; i++) {
            bool expected = fits(pattern, walked[i]);

            cr_expect_eq(glob_match(pattern, walked[i]), expected, "%s, %s", pattern, walked[i]);
            if (!expected)
                continue;
            cr_assert(at < found.n_files && STREQ(found.files[at], walked[i]),
                      "%s: %s is found in its place", pattern, walked[i]);
            at++;
        }
        cr_expect_eq(found.n_files, at, "%s: %zu files, not %zu", pattern, found.n_files, at);
        cr_expect_eq(found.n_troubles, 0);
        matches += at;
    }
    cr_expect_gt(matches, 1000, "most patterns must fit something: %zu", matches);
    forget_walked();
}

Test(glob, a_path_that_does_not_exist_is_matched_by_its_text)
{
    static const struct {
        const char *pattern, *path;
        bool expected;
    } cases[] = {
        {"/a/*.log", "/a/x.log", true},
        {"/a/*.log", "/a/.log", false},
        {"/a/*.log", "/a/b/x.log", false},
        {"/a/**/x", "/a/x", true},
        {"/a/**/x", "/a/b/c/x", true},
        {"/a/**/x", "/a/.b/x", false},
        {"/a/**", "/a", false},
        {"/a/**", "/a/b/c", true},
        {"/a/**", "/a/b/.c", false},
        {"/**/b/**/d", "/a/b/c/b/d", true},
        {"/**/.h/**/d", "/a/.h/c/d", true},
        {"/**/**/d", "/d", true},
        {"/a//b/", "/a/b", true},
        {"/a/b", "/a/b/c", false},
        {"/a/\\*", "/a/*", true},
        {"/a/\\*", "/a/b", false},
        {"/a/[x", "/a/[x", true},
        {"/", "/a", false},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        cr_expect_eq(glob_match(cases[i].pattern, cases[i].path), cases[i].expected, "%s, %s",
                     cases[i].pattern, cases[i].path);
}

Test(glob, an_exclude_without_slash_is_for_the_last_part)
{
    static const char *const by_name[] = {"*.tmp", "old*"}, *const by_path[] = {"**/old/*"};
    CLEANUP(glob_found_deinit) struct glob_found found = {0}, other = {0};

    make_folder("old");
    make_file("old/x.log");
    make_file("a.log");
    make_file("a.tmp");
    make_file("older.log");
    found = expand("**", by_name, ARRAY_SIZE(by_name));
    cr_expect_str_eq(joined(found.files, found.n_files), "a.log old/x.log");
    other = expand("**", by_path, ARRAY_SIZE(by_path));
    cr_expect_str_eq(joined(other.files, other.n_files), "a.log a.tmp older.log");
    cr_expect_not(glob_excludes(NULL, 0, "/a"));
}

Test(glob, links_are_followed_by_names_but_not_to_any_depth)
{
    make_folder("real");
    make_file("real/x.log");
    make_link("real", "linked");
    make_link("x.log", "real/y.log");
    make_link("nothing", "real/z.log");
    make_link("..", "real/up");
    expect_files("linked/*.log", "linked/x.log linked/y.log");
    expect_files("*/x.log", "linked/x.log real/x.log");
    expect_files("**/x.log", "real/x.log");
    expect_files("**", "real/x.log real/y.log");
    expect_files("real/y.log", "real/y.log");
    expect_files("real/z.log", "");
}

Test(glob, only_files_are_found)
{
    make_folder("a.log");
    make_file("b.log");
    cr_assert_eq(mkfifo(in_scratch("c.log"), 0600), 0);
    make_link("a.log", "d.log");
    make_link("/dev/null", "e.log");
    expect_files("*.log", "b.log");
    expect_files("a.log", "");
    expect_files("b.log/x", "");
    expect_files("b.log/**", "");
}

Test(glob, the_folders_to_watch_are_those_where_a_match_may_appear)
{
    make_folder("app");
    make_folder("app/one");
    make_folder("app/one/log");
    make_folder("app/two");
    make_file("app/two/file");
    expect_folders("app/*.log", "app");
    expect_folders("app/x.log", "app");
    expect_folders("later/deep/x.log", ".");
    expect_folders("app/*/log/*.log", "app app/one/log app/two");
    expect_folders("app/**/x.log", "app app/one app/one/log app/two");
    expect_folders("app/**/log/x.log", "app app/one app/one/log app/two");
}

/* Root may enter any folder, whatever its mode. */
static bool drop_rights(void)
{
    return geteuid() != 0 || seteuid(65534) == 0;
}

static void regain_rights(void)
{
    cr_assert(seteuid(getuid()) == 0);
}

Test(glob, what_could_not_be_looked_at_is_not_empty)
{
    CLEANUP(glob_found_deinit) struct glob_found listed = {0}, entered = {0}, looped = {0};

    make_folder("closed");
    make_file("closed/x.log");
    make_folder("blind");
    make_file("blind/x.log");
    make_link("self", "self");
    cr_assert_eq(chmod(scratch(), 0755), 0);
    cr_assert_eq(chmod(in_scratch("closed"), 0), 0);
    cr_assert_eq(chmod(in_scratch("blind"), 0111), 0);
    cr_assert(drop_rights());
    expect_files("blind/x.log", "blind/x.log");
    listed = expand("*/x.log", NULL, 0);
    entered = expand("blind/*.log", NULL, 0);
    looped = expand("self", NULL, 0);
    regain_rights();
    chmod(in_scratch("closed"), 0755);
    chmod(in_scratch("blind"), 0755);

    cr_expect_str_eq(joined(listed.files, listed.n_files), "blind/x.log");
    cr_assert_eq(listed.n_troubles, 2);
    cr_expect_str_eq(listed.troubles[0].path, in_scratch("closed/x.log"));
    cr_expect_eq(listed.troubles[0].error, EACCES);
    cr_expect_str_eq(listed.troubles[1].path, in_scratch("self"));
    cr_expect_eq(listed.troubles[1].error, ELOOP);
    cr_assert_eq(entered.n_troubles, 1);
    cr_expect_str_eq(entered.troubles[0].path, in_scratch("blind"));
    cr_expect_eq(entered.troubles[0].error, EACCES);
    cr_expect_eq(entered.n_files, 0);
    cr_assert_eq(looped.n_troubles, 1);
    cr_expect_eq(looped.troubles[0].error, ELOOP);
}
