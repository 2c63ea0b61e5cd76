/* A state that somebody else has written, so that reading it works without end, or grows without
 * end. Each command that reads a state must end, and say what is wrong. */

#include "core/base/util.h"
#include "helpers/service.h"
#include "helpers/state.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

TestSuite(crafted_state, .fini = scratch_remove);

static const char config_text[] = "state: '@/state.db'\n"
                                  "sources: [{name: app, follow: '@/*.log'}]\n"
                                  "sinks: [{file: '@/out', emit: all}]\n";

static const char *a_state(void)
{
    const char *config = service_config(config_text);

    service_append("a.log", "one BIZ_NO_MESSAGE\n");
    service_run(config, "out", "one");
    return config;
}

/* A command that must end with 2 and a message; a message of memory is none. */
static void expect_refused(const char *what, const char *const *words, const char *wanted)
{
    const struct run_options small = {.max_memory_bytes = run_is_sanitized() ? 0 : 1U << 30};
    struct run r;

    cr_expect_eq(run_all(&r, &small, "", 0, words), 2, "%s: %s ends with %d: %s", what, words[0],
                 r.status, r.err_text.ptr);
    cr_expect(strstr(r.err_text.ptr, wanted), "%s: %s says %s", what, words[0], r.err_text.ptr);
    cr_expect_lt(r.out_text.len, 1U << 20, "%s: %s", what, words[0]);
    run_free(&r);
}

/* Every command that reads a state. */
static void expect_all_refuse(const char *config, const char *what, const char *wanted)
{
    const char *const commands[][7] = {
        {"state", "show", "--config", config},
        {"state", "show", "--format=json", "--state", state_path()},
        {"verify", "--config", config},
        {"summary", "--config", config},
        {"summary", "--state", state_path(), "--since=1h"},
        {"explain", "--config", config, "--state", state_path(), "BIZ_NO_MESSAGE"},
        {"state", "forget", "--config", config, "app"},
    };

    for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
        expect_refused(what, commands[i], wanted);
}

static const struct {
    const char *what, *sql;
} crafted[] = {
    {"a view without end in place of a table",
     "ALTER TABLE files RENAME TO f;"
     "CREATE VIEW files AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"
     " SELECT f.source, path || i AS path, serial, dev, ino, offset, lines, head_len, head_hash,"
     " mark_len, mark_hash, seen_ns, done, met_ns FROM f, n;"},
    {"a column that is computed",
     "ALTER TABLE state ADD COLUMN g TEXT AS (hex(zeroblob(100000000))) VIRTUAL;"},
    {"a table whose columns are computed",
     "ALTER TABLE sources RENAME TO s;"
     "CREATE TABLE sources (name TEXT PRIMARY KEY, g INT, bytes AS (length(hex(zeroblob(1e8)))),"
     " lines AS (g), matched_lines AS (g), hits AS (g), successes AS (g), first_ns AS (g),"
     " last_ns AS (g), read_first_ns AS (g), read_last_ns AS (g), tail_ns AS (g),"
     " tail_line AS (g), unknown_dropped AS (g)); INSERT INTO sources (name, g) VALUES ('a', 1);"},
    {"a trigger", "CREATE TRIGGER t AFTER UPDATE ON state BEGIN INSERT INTO groups"
                  " WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i, i, i "
                  "FROM n; END;"},
    {"an index of an expression", "CREATE INDEX i ON files (upper(path) || hex(path));"},
    {"a table more", "CREATE TABLE more (x);"},
    {"a check that works", "DROP TABLE groups; CREATE TABLE groups (name TEXT NOT NULL PRIMARY KEY"
                           " CHECK (length(hex(zeroblob(1e8))) > 0), number INTEGER NOT NULL,"
                           " committed_ns INTEGER NOT NULL) STRICT, WITHOUT ROWID;"},
    {"an old version with a view", "CREATE VIEW journals AS SELECT 1; PRAGMA user_version = 7;"},
};

Test(crafted_state, a_schema_that_is_not_ours_is_refused_by_every_command)
{
    for (size_t i = 0; i < ARRAY_SIZE(crafted); i++) {
        const char *config = a_state();
        const char *const run[] = {"run", "--config", config, NULL};

        cr_assert_str_empty(state_sql(state_path(), crafted[i].sql), "%s", crafted[i].what);
        expect_all_refuse(config, crafted[i].what, "not as glossd makes it");
        expect_refused(crafted[i].what, run, "not as glossd makes it");
        state_sh("rm -f %s/*", scratch());
    }
}

Test(crafted_state, a_name_of_megabytes_is_refused)
{
    const char *config = a_state();

    state_sql(state_path(), "UPDATE files SET path = printf('%.*c', 100000000, 'x')");
    expect_refused("files", (const char *const[]){"state", "show", "--config", config, NULL},
                   "longer than");
    expect_refused("files", (const char *const[]){"verify", "--config", config, NULL},
                   "longer than");
    state_sql(state_path(),
              "DELETE FROM files; UPDATE counts SET code = printf('%.*c', 9999999, 'x');"
              "UPDATE sources SET name = printf('%.*c', 300000000, 'x')");
    expect_refused("sources", (const char *const[]){"summary", "--config", config, NULL}, "state");
    expect_refused("sources", (const char *const[]){"verify", "--config", config, NULL}, "state");
}

#define PAGE 4096

static unsigned two(const unsigned char *p)
{
    return (unsigned)p[0] << 8 | p[1];
}

static void put_page_number(unsigned char *p, unsigned page)
{
    for (int i = 0; i < 4; i++)
        p[i] = (unsigned char)(page >> (24 - 8 * i));
}

/* Makes all children of an interior page of an index one page. */
static void point_to(unsigned char *page, unsigned child)
{
    put_page_number(page + 8, child);
    for (unsigned i = 0; i < two(page + 3); i++)
        put_page_number(page + two(page + 12 + 2 * i), child);
}

/* Makes the inner pages of a table a chain: each has the next one as all of its children, so a walk
 * has more rows than there are atoms. */
static void make_chain(const char *table)
{
    unsigned char *bytes;
    char sql[128], text[32];
    unsigned former;
    struct stat st;
    int fd = open(state_path(), O_RDWR);

    snprintf(sql, sizeof(sql), "SELECT rootpage FROM sqlite_schema WHERE name = '%s'", table);
    snprintf(text, sizeof(text), "%s", state_sql(state_path(), sql));
    former = (unsigned)atoi(text);
    cr_assert(fd >= 0 && fstat(fd, &st) == 0);
    bytes = malloc((size_t)st.st_size);
    cr_assert_eq(read(fd, bytes, (size_t)st.st_size), st.st_size);
    for (unsigned i = 2, n = 1; i <= st.st_size / PAGE && n < 8; i++)
        if (bytes[(i - 1) * PAGE] == 2 && i != former && two(bytes + (i - 1) * PAGE + 3) > 8) {
            point_to(bytes + (former - 1) * PAGE, i);
            former = i;
            n++;
        }
    cr_assert_eq(pwrite(fd, bytes, (size_t)st.st_size, 0), st.st_size);
    free(bytes);
    close(fd);
}

Test(crafted_state, a_walk_of_pages_without_end_ends)
{
    const char *config = a_state();
    struct run r;

    state_sql(state_path(),
              "INSERT INTO files WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
              " LIMIT 60000) SELECT source, path, serial + i, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0"
              " FROM files, n WHERE serial = 1");
    make_chain("files");
    expect_refused("files", (const char *const[]){"state", "show", "--config", config, NULL},
                   "more rows than there is room for");
    expect_refused("files", (const char *const[]){"verify", "--config", config, NULL},
                   "more rows than there is room for");
    /* The service checks every page, sets the state aside and begins anew. */
    run_start(&r, NULL, "run", "--config", config, NULL);
    cr_expect(run_hears_error(&r, "started with"), "%s", r.err_text.ptr);
    cr_expect(strstr(r.err_text.ptr, "the state is damaged"), "%s", r.err_text.ptr);
    service_stop(&r);
}

/* What stands beside the state is opened by SQLite and by us. */
Test(crafted_state, a_fifo_beside_the_state_is_refused_and_waited_for_by_nobody)
{
    static const char *const suffixes[] = {".lock", "-journal", "-wal", ".backup", ""};

    for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++) {
        const char *config = a_state();
        const char *const run[] = {"run", "--config", config, NULL};

        if (suffixes[i][0] == '.')
            unlink(state_path()); /* so that its copy is looked for */
        state_sh("rm -f '%s%s' && mkfifo '%s%s'", state_path(), suffixes[i], state_path(),
                 suffixes[i]);
        expect_refused(suffixes[i], run, "state");
        if (suffixes[i][0] == '-')
            expect_all_refuse(config, suffixes[i], "remove that");
        state_sh("rm -f %s/*", scratch());
    }
}

/* A log that is cut off in a loop, beside thousands of rotated names: no command looks at each name
 * for each file that the state remembers. What takes longer than the deadline counts as hung. */
Test(crafted_state, thousands_of_files_beside_thousands_of_names_are_shown)
{
    const char *config = a_state();
    const char *const commands[][6] = {
        {"state", "show", "--config", config},
        {"state", "show", "--format=json", "--config", config},
        {"verify", "--config", config},
    };
    size_t n = 0;

    state_sql(state_path(),
              "INSERT INTO files WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
              " LIMIT 20000) SELECT source, path, serial + i, dev, ino + i, 300, 1, 256, i, 256, i,"
              " seen_ns, 1, 0 FROM files, n WHERE serial = 1");
    state_sh("cd %s && seq 3000 | while read -r i; do echo $i >a.log.$i; done", scratch());
    for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
        struct run r;

        cr_expect_eq(run_all(&r, NULL, "", 0, commands[i]), 0, "%s: %d", commands[i][0], r.status);
        n = 0;
        for (const char *p = r.out_text.ptr; p && (p = strstr(p, "a.log")); p++)
            n++;
        cr_expect_geq(n, 20001, "%s: %zu", commands[i][0], n);
        run_free(&r);
    }
}
