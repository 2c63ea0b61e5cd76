/* Opening a state that is sound, damaged, missing, of another version, or held by another process.
 * Files are made and damaged by the shell and by sqlite3, never by the store itself. */

#include "helpers/run.h"
#include "helpers/state.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOBODY 65534

TestSuite(store_open, .fini = scratch_remove);

static void put_sink(struct store *s, const char *path, uint64_t length)
{
    struct store_sink sink = {
        .path = path, .position.dev = 1, .position.ino = 2, .position.length = length};

    cr_assert_eq(store_begin(s), 0);
    cr_assert_eq(store_put_sink(s, &sink), 0);
    cr_assert_eq(store_commit(s, STATE_NOW_NS + 1), 0, "%s", store_problem(s));
}

/* Makes a state with one sink, whose length is 1 in the copy and 2 in the state itself. */
static void make_state(bool with_backup)
{
    struct store *s = state_open();

    put_sink(s, "out", 1);
    if (with_backup)
        cr_assert_eq(store_backup(s), 0, "%s", store_problem(s));
    put_sink(s, "out", 2);
    store_free(s);
}

static int last_length(void *ctx, const struct store_sink *sink)
{
    *(uint64_t *)ctx = sink->position.length;
    return 0;
}

static uint64_t length_in(struct store *s)
{
    uint64_t length = 0;

    cr_assert_eq(store_each_sink(s, last_length, &length), 0, "%s", store_problem(s));
    return length;
}

/* The output of a shell command, without its last newline. */
static const char *shell(const char *format, const char *argument)
{
    static char text[4096];
    char command[2048];
    FILE *pipe;
    size_t n;

    snprintf(command, sizeof(command), format, argument);
    pipe = popen(command, "r");
    cr_assert_not_null(pipe);
    n = fread(text, 1, sizeof(text) - 1, pipe);
    pclose(pipe);
    text[n > 0 && text[n - 1] == '\n' ? n - 1 : n] = '\0';
    return text;
}

Test(store_open, a_first_start_is_fresh_and_its_files_are_for_the_group_whatever_the_umask)
{
    static const mode_t masks[] = {0, 077, 0777};

    for (size_t i = 0; i < 3; i++) {
        mode_t before = umask(masks[i]);
        struct store *s = state_open();

        cr_expect_eq(store_origin(s), STORE_FRESH);
        cr_expect_eq(store_since_ns(s), STATE_NOW_NS);
        put_sink(s, "out", 1);
        cr_expect_eq(store_backup(s), 0);
        umask(before);
        store_free(s);
        cr_expect_str_eq(shell("cd %s && stat -c '%%n %%a' state.db*", scratch()),
                         "state.db 640\nstate.db-journal 640\nstate.db.backup 640\n"
                         "state.db.lock 640");
        state_sh("rm %s/*", scratch());
    }
}

struct damage {
    const char *name, *command; /* run in the folder */
};

static const struct damage damages[] = {
    {"empty", ": >state.db"},
    {"zeros", "n=$(stat -c %s state.db); head -c $n /dev/zero >state.db"},
    {"cut in the middle", "truncate -s 5000 state.db"},
    {"cut to a page", "truncate -s 4096 state.db"},
    {"zeros from the second page on", "dd if=/dev/zero of=state.db bs=4096 seek=1 count=5 "
                                      "conv=notrunc 2>/dev/null"},
    {"a table is gone", "sqlite3 state.db 'DROP TABLE sinks'"},
    {"a row is gone", "sqlite3 state.db 'DELETE FROM state'"},
};

static void expect_restored(const struct damage *d, bool with_backup)
{
    struct store *s = NULL;
    char text[1024];

    make_state(with_backup);
    state_sh("cd %s && cp state.db good && { %s; } && cp state.db seen", scratch(), d->command);
    cr_assert_eq(state_try(true, &s, text), -EUCLEAN, "%s: %s", d->name, text);
    cr_assert_eq(state_try(false, &s, text), 0, "%s: %s", d->name, text);
    cr_expect_eq(store_origin(s), with_backup ? STORE_RESTORED : STORE_LOST, "%s", d->name);
    cr_expect_eq(length_in(s), with_backup ? 1 : 0, "%s", d->name);
    cr_expect_not_null(strstr(text, "state.db.damaged-20261123T120000Z"), "%s", text);
    put_sink(s, "out", 3);
    store_free(s);
    state_sh("cd %s && cmp state.db.damaged-20261123T120000Z seen && test ! -e state.db.new",
             scratch());
    s = state_open();
    cr_expect_eq(store_origin(s), STORE_RESUMED);
    cr_expect_eq(length_in(s), 3);
    store_free(s);
    state_sh("rm %s/*", scratch());
}

Test(store_open, a_damaged_state_is_set_aside_and_its_copy_takes_over)
{
    for (size_t i = 0; i < sizeof(damages) / sizeof(damages[0]); i++) {
        expect_restored(&damages[i], true);
        expect_restored(&damages[i], false);
    }
}

/* Only the copy beside such a file shows that the file was a state once. */
Test(store_open, what_looks_like_no_state_is_set_aside_only_where_it_has_a_copy)
{
    static const char *const commands[] = {
        "echo hello >state.db",
        "{ echo; head -c 16384 /dev/urandom; } >state.db",
    };
    char text[1024];

    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        struct store *s = NULL;

        expect_restored(&(const struct damage){commands[i], commands[i]}, true);
        make_state(false);
        state_sh("cd %s && { %s; } && cp state.db seen", scratch(), commands[i]);
        cr_expect_eq(state_try(false, &s, text), -EINVAL, "%s", text);
        cr_expect_not_null(strstr(text, "it is not a state of glossd; name another file"), "%s",
                           text);
        state_sh("cd %s && cmp state.db seen && test -z \"$(ls | grep damaged)\"", scratch());
        state_sh("rm %s/*", scratch());
    }
}

Test(store_open, a_second_damage_in_the_same_second_is_set_aside_too)
{
    for (int i = 0; i < 3; i++) {
        make_state(true);
        state_sh("echo bad >%s", state_path());
        store_free(state_open());
    }
    cr_expect_str_eq(shell("cd %s && ls -d *damaged*Z *damaged*Z-?", scratch()),
                     "state.db.damaged-20261123T120000Z\nstate.db.damaged-20261123T120000Z-2\n"
                     "state.db.damaged-20261123T120000Z-3");
}

Test(store_open, a_damaged_copy_is_not_taken)
{
    struct store *s;

    make_state(true);
    state_sh("cd %s && echo bad >state.db && truncate -s 5000 state.db.backup", scratch());
    s = state_open();
    cr_expect_eq(store_origin(s), STORE_LOST);
    store_free(s);
}

Test(store_open, a_newer_state_is_refused_and_stays_as_it_is)
{
    struct store *s = NULL;
    char text[1024];

    make_state(true);
    state_sql(state_path(), "PRAGMA user_version = 1000; DROP TABLE sinks;");
    state_sh("cp %s %s/seen", state_path(), scratch());
    for (int reading = 0; reading < 2; reading++) {
        cr_expect_eq(state_try(reading, &s, text), STORE_E_NEWER);
        cr_expect_not_null(strstr(text, "newer"), "%s", text);
    }
    state_sh("cd %s && cmp state.db seen && test -z \"$(ls | grep damaged)\"", scratch());
}

Test(store_open, a_database_of_another_program_is_refused_and_stays_as_it_is)
{
    struct store *s = NULL;
    char text[1024];

    state_sql(state_path(), "CREATE TABLE mail (a); INSERT INTO mail VALUES (1);");
    cr_expect_eq(state_try(false, &s, text), -EINVAL);
    cr_expect_not_null(strstr(text, "name another file"), "%s", text);
    cr_expect_str_eq(state_sql(state_path(), "SELECT * FROM mail"), "1");
}

Test(store_open, version_0_becomes_the_present_one)
{
    static const char *const made[] = {
        "PRAGMA application_id = 0x676c6f73; PRAGMA user_version = 0;",
        "CREATE TABLE x (a); DROP TABLE x;",
    };

    for (size_t i = 0; i < 2; i++) {
        struct store *s;

        state_sql(state_path(), made[i]);
        s = state_open_reader();
        cr_expect_eq(length_in(s), 0, "a reader sees it in its present form");
        store_free(s);
        cr_expect_str_eq(state_sql(state_path(), "SELECT count(*) FROM sqlite_schema"), "0");
        s = state_open();
        cr_expect_eq(store_origin(s), STORE_RESUMED);
        put_sink(s, "out", 5);
        store_free(s);
        cr_expect_str_eq(state_sql(state_path(), "PRAGMA user_version; PRAGMA application_id;"
                                                 "SELECT length FROM sinks"),
                         "9\n1735159667\n5");
        state_sh("rm %s/*", scratch());
    }
}

static int copy_tail_print(void *ctx, const struct store_sink *sink)
{
    *(struct fingerprint *)ctx = sink->position.tail_print;
    return 0;
}

/* SQL that brings the tables of a present state back to version 7, that of 0.1.0. */
#define TO_VERSION_7                                                                          \
    "DROP TABLE outputs; DROP TABLE skipped;"                                                 \
    "DROP TABLE groups; DROP TABLE cursors; DROP TABLE unknown;"                              \
    "ALTER TABLE sinks DROP COLUMN cursor;"                                                   \
    "ALTER TABLE sources DROP COLUMN unknown_dropped;"                                        \
    "CREATE TABLE journals (source TEXT NOT NULL PRIMARY KEY, cursor TEXT NOT NULL,"          \
    "  time_ns INTEGER NOT NULL, offset INTEGER NOT NULL, lines INTEGER NOT NULL) STRICT,"    \
    "  WITHOUT ROWID;"                                                                        \
    "CREATE TABLE unknown (catalog TEXT NOT NULL, code TEXT NOT NULL, hits INTEGER NOT NULL," \
    "  PRIMARY KEY (catalog, code)) STRICT, WITHOUT ROWID;"

/* In version 1 sinks have no tail print, and counters no history. */
Test(store_open, version_1_becomes_the_present_one_and_its_sinks_have_no_tail_print)
{
    struct fingerprint print = {.len = 7};
    struct store *s;

    make_state(false);
    state_sql(
        state_path(), TO_VERSION_7
        "ALTER TABLE sinks DROP COLUMN mark_len;"
        "ALTER TABLE sinks DROP COLUMN mark_hash;"
        "ALTER TABLE sinks DROP COLUMN owed;"
        "ALTER TABLE state DROP COLUMN history_from_ns;"
        "ALTER TABLE files DROP COLUMN met_ns;"
        "DROP TABLE history; DROP TABLE journals; DROP TABLE unused; PRAGMA user_version = 1;");
    for (int reading = 1; reading >= 0; reading--) {
        s = reading ? state_open_reader() : state_open();
        cr_expect_eq(length_in(s), 2);
        cr_assert_eq(store_each_sink(s, copy_tail_print, &print), 0);
        cr_expect_eq(print.len, 0);
        store_free(s);
    }
    cr_expect_str_eq(state_sql(state_path(), "PRAGMA user_version"), "9");
}

Test(store_open, version_3_keeps_what_it_held_and_learns_of_journals)
{
    struct store *s;

    make_state(false);
    state_sql(state_path(), TO_VERSION_7
              "DROP TABLE journals; DROP TABLE unused; ALTER TABLE sinks DROP COLUMN owed;"
              "ALTER TABLE files DROP COLUMN met_ns;"
              "PRAGMA user_version = 3;");
    s = state_open_reader();
    cr_expect_eq(length_in(s), 2, "a reader sees it in its present form");
    store_free(s);
    s = state_open();
    cr_expect_eq(store_origin(s), STORE_RESUMED);
    cr_expect_eq(length_in(s), 2);
    store_free(s);
    cr_expect_str_eq(state_sql(state_path(), "PRAGMA user_version; SELECT count(*) FROM cursors"),
                     "9\n0");
}

static int copy_last_seen(void *ctx, const struct store_file *file)
{
    *(uint64_t *)ctx = file->position.last_seen_ns;
    return 0;
}

Test(store_open, version_5_keeps_positions_whose_age_is_not_known)
{
    const struct store_file file = {.source = "app",
                                    .position.path = "/a.log",
                                    .position.serial = 1,
                                    .position.last_seen_ns = 8,
                                    .position.done = true};
    uint64_t last_seen_ns = 7;
    struct store *s;

    make_state(false);
    s = state_open();
    cr_assert_eq(store_begin(s), 0);
    cr_assert_eq(store_put_file(s, &file), 0);
    cr_assert_eq(store_commit(s, STATE_NOW_NS), 0);
    store_free(s);
    state_sql(state_path(), TO_VERSION_7 "ALTER TABLE files DROP COLUMN met_ns; DROP TABLE unused;"
                                         "PRAGMA user_version = 5;");
    for (int reading = 1; reading >= 0; reading--) {
        s = reading ? state_open_reader() : state_open();
        cr_assert_eq(store_each_file(s, copy_last_seen, &last_seen_ns), 0);
        cr_expect_eq(last_seen_ns, 0);
        store_free(s);
    }
    cr_expect_str_eq(state_sql(state_path(), "PRAGMA user_version"), "9");
}

Test(store_open, version_7_keeps_cursors_and_unknown_codes_and_learns_of_groups)
{
    struct store *s;

    make_state(false);
    state_sql(state_path(),
              TO_VERSION_7 "INSERT INTO journals VALUES ('sys', 's=1;i=2', 30, 40, 5);"
                           "INSERT INTO unknown VALUES ('shop', 'BIZ_NEW', 9);"
                           "UPDATE state SET unknown_dropped = 3;"
                           "PRAGMA user_version = 7;");
    s = state_open();
    cr_expect_eq(store_origin(s), STORE_RESUMED);
    cr_expect_eq(length_in(s), 2);
    store_free(s);
    cr_expect_str_eq(state_sql(state_path(),
                               "PRAGMA user_version; SELECT * FROM cursors; SELECT * FROM unknown;"
                               "SELECT count(*) FROM groups; SELECT unknown_dropped FROM state"),
                     "9\nsys||s=1;i=2|30|40|5\n|shop|BIZ_NEW|9\n0\n3");
}

Test(store_open, a_reader_makes_nothing)
{
    struct store *s = NULL;
    char text[1024];

    cr_expect_eq(state_try(true, &s, text), STORE_E_ABSENT);
    cr_expect_str_eq(shell("ls %s", scratch()), "");
    make_state(false);
    state_sh("cd %s && ls -l --time-style=full-iso >../$(basename %s).before", scratch(),
             scratch());
    s = state_open_reader();
    cr_expect_eq(length_in(s), 2);
    cr_expect_eq(store_begin(s), -EROFS);
    store_free(s);
    state_sh("cd %s && ls -l --time-style=full-iso | cmp - ../$(basename %s).before && "
             "rm ../$(basename %s).before",
             scratch(), scratch(), scratch());
}

/* ---- Two processes. */

/* Starts a process that holds the state until it is killed. Returns its pid once it has the state.
 */
static pid_t start_holder(void)
{
    int ready[2];
    char byte;
    pid_t pid;

    cr_assert_eq(pipe(ready), 0);
    pid = fork();
    if (pid == 0) {
        state_open();
        if (write(ready[1], "", 1) == 1)
            pause();
        _exit(1);
    }
    cr_assert_eq(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    close(ready[1]);
    return pid;
}

/* As state_try(), by a link to the state. */
static int try_other_name(char text[1024])
{
    struct gloss_diags diags = {0};
    struct store_options options = {.path = scratch_path("other")};
    struct store *s = NULL;
    int r = store_open(&s, &options, &diags);

    snprintf(text, 1024, "%s", diags.n > 0 ? diags.items[0].text : "");
    gloss_diags_deinit(&diags);
    store_free(s);
    return r;
}

Test(store_open, a_state_has_one_writer_and_its_pid_is_told)
{
    struct store *s = NULL;
    char text[1024], word[32];
    pid_t pid;

    make_state(false);
    state_sh("ln -s state.db %s/other", scratch());
    pid = start_holder();
    snprintf(word, sizeof(word), "process %d", (int)pid);
    cr_expect_eq(state_try(false, &s, text), STORE_E_HELD);
    cr_expect_not_null(strstr(text, word), "%s", text);
    cr_expect_eq(try_other_name(text), STORE_E_HELD, "also by another of its names");
    cr_expect_not_null(strstr(text, word), "%s", text);
    s = state_open_reader();
    cr_expect_eq(length_in(s), 2, "a reader is not kept out");
    store_free(s);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    s = state_open();
    cr_expect_eq(store_origin(s), STORE_RESUMED, "a dead holder holds nothing");
    store_free(s);
}

/* A source that was led to the lock by a link opened it and closed it, and a second service began:
 * a lock of the process is gone with any descriptor of its file. */
Test(store_open, closing_another_descriptor_of_the_lock_does_not_loosen_it)
{
    struct store *s, *second = NULL;
    char text[1024], word[32];
    int status;
    pid_t pid;

    make_state(false);
    s = state_open();
    close(open(scratch_path("state.db.lock"), O_RDONLY | O_CLOEXEC));
    snprintf(word, sizeof(word), "process %d;", (int)getpid());
    pid = fork();
    if (pid == 0)
        _exit(state_try(false, &second, text) == STORE_E_HELD && strstr(text, word) ? 0 : 1);
    waitpid(pid, &status, 0);
    cr_expect_eq(status, 0, "the state is still held, and its holder is named");
    store_free(s);
}

/* ---- A writer that died in the middle. */

/* Kills a writer within a transaction. Its cache is small, so changed pages reach the file long
 * before the commit. */
static void leave_half_a_commit(void)
{
    state_sql(
        state_path(),
        "PRAGMA cache_size = 2; PRAGMA cache_spill = 1; BEGIN;\n"
        "UPDATE sinks SET length = 999;\n"
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
        " WHERE i < 20000) INSERT INTO sinks (path, dev, ino, length) SELECT 'z' || i, 1, 2, 999"
        " FROM n;\n.shell kill -9 $PPID\n");
    state_sh("cp %s %s/half", state_path(), scratch());
    state_sh("cd %s && test $(stat -c %%s half) -gt 100000 && test -s state.db-journal", scratch());
}

Test(store_open, what_a_dead_writer_left_is_read_as_it_was_before_and_nothing_is_changed)
{
    struct store *s;

    make_state(false);
    leave_half_a_commit();
    setenv("TMPDIR", scratch_path("tmp"), 1);
    state_sh("mkdir %s/tmp && cp %s-journal %s/journal", scratch(), state_path(), scratch());
    s = state_open_reader();
    cr_expect_eq(length_in(s), 2);
    cr_expect_eq(length_in(s), 2, "the private copy needs no name");
    store_free(s);
    state_sh("cd %s && cmp half state.db && cmp journal state.db-journal && rmdir tmp", scratch());
    unsetenv("TMPDIR");
    s = state_open();
    cr_expect_eq(store_origin(s), STORE_RESUMED);
    cr_expect_eq(length_in(s), 2);
    store_free(s);
    cr_expect_str_eq(state_sql(state_path(), "SELECT count(*) FROM sinks"), "1");
}

Test(store_open, a_missing_state_is_taken_from_its_copy_without_the_journal_of_the_lost_one)
{
    struct store *s;

    make_state(true);
    leave_half_a_commit();
    state_sh("rm %s", state_path());
    s = state_open();
    cr_expect_eq(store_origin(s), STORE_RESTORED);
    cr_expect_eq(length_in(s), 1);
    store_free(s);
}

/* Opens the state as a user who may read it by its group, and write nothing. */
static int read_as_another(void)
{
    struct store *s = NULL;
    char text[1024];
    int status;
    pid_t pid = fork();

    if (pid == 0) {
        if (setgid(0) < 0 || setuid(NOBODY) < 0)
            _exit(9);
        _exit(state_try(true, &s, text) == 0 && length_in(s) == 2 ? 0 : 1);
    }
    waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

Test(store_open, another_user_of_the_group_reads_it_at_rest_live_and_after_a_crash)
{
    pid_t pid;

    if (geteuid() != 0)
        cr_skip("to be another user needs root");
    make_state(false);
    state_sh("chmod 0750 %s", scratch());
    cr_expect_eq(read_as_another(), 0, "at rest");
    pid = start_holder();
    cr_expect_eq(read_as_another(), 0, "live");
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    leave_half_a_commit();
    cr_expect_eq(read_as_another(), 0, "after a crash");
}

/* ---- What cannot be opened, and what to do. */

struct refusal {
    const char *name, *command; /* run in the folder; %s is it */
    bool read_only, as_nobody;
    int result;
    const char *words;
};

static const struct refusal refusals[] = {
    {"a folder", "cd %s && mkdir state.db", false, false, -EISDIR, "name a file in it"},
    {"a folder, read", "cd %s && mkdir state.db", true, false, -EISDIR, "name a file in it"},
    {"a pipe", "cd %s && mkfifo state.db", false, false, -EINVAL, "not a state of glossd"},
    {"no right to the folder", "chmod 0755 %s", false, true, -EACCES, "let the user"},
    {"no right to write",
     "cd %s && sqlite3 state.db 'CREATE TABLE x (a); DROP TABLE x' && "
     "chmod 0777 . && chmod 0444 state.db",
     false, true, -EACCES, "let the user"},
    {"no right to read", "cd %s && echo x >state.db && chmod 0755 . && chmod 0600 state.db", true,
     true, -EACCES, "member of the file's group"},
    {"a log, read", "cd %s && echo '08:00:01 BIZ_NO_STOCK' >state.db", true, false, -EUCLEAN,
     "(file is not a database): it is not a state; name another file (to count a log"},
    {"a state that is damaged, read",
     "cd %s && { printf 'SQLite format 3\\0'; echo and noise; } >state.db", true, false, -EUCLEAN,
     "start the service"},
    {"nothing in it, read", "cd %s && : >state.db", true, false, -EUCLEAN,
     "(the file is empty): it is not a state"},
    {"a copy that cannot be read",
     "cd %s && chmod 0777 . && echo x >state.db && chmod 0666 state.db && mkdir state.db.backup",
     false, true, -EISDIR, "state.db"},
};

static int try_as(const struct refusal *row, char text[1024])
{
    struct store *s = NULL;
    int r;

    if (row->as_nobody)
        cr_assert_eq(seteuid(NOBODY), 0);
    r = state_try(row->read_only, &s, text);
    if (row->as_nobody)
        cr_assert_eq(seteuid(0), 0);
    store_free(s);
    return r;
}

Test(store_open, each_refusal_names_the_file_and_the_mend)
{
    char text[1024];

    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
        const struct refusal *row = &refusals[i];

        if (row->as_nobody && geteuid() != 0) {
            cr_log_warn("skipped, to be another user needs root: %s", row->name);
            continue;
        }
        state_sh(row->command, scratch());
        cr_expect_eq(try_as(row, text), row->result, "%s: %s", row->name, text);
        cr_expect_not_null(strstr(text, row->words), "%s: %s", row->name, text);
        cr_expect_not_null(strstr(text, state_path()), "%s: %s", row->name, text);
        cr_expect_str_eq(shell("ls %s | grep damaged", scratch()), "", "%s", row->name);
        scratch_remove();
    }
}

Test(store_open, a_missing_folder_is_named)
{
    struct store_options options = {.path = scratch_path("no/state.db"), .now_ns = 1};
    struct gloss_diags diags = {0};
    struct store *s = NULL;

    cr_expect_eq(store_open(&s, &options, &diags), -ENOENT);
    cr_assert_eq(diags.n, 1);
    cr_expect_not_null(strstr(diags.items[0].text, "make the folder"));
    gloss_diags_deinit(&diags);
}

/* Mounts in a mount namespace of this test's process, so that the mount is gone with the process.
 */
static bool mount_disk(const char *options)
{
    return unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
           mount("tmpfs", scratch(), "tmpfs", 0, options) == 0;
}

Test(store_open, a_full_disk_and_a_read_only_one_are_named_and_heal)
{
    struct store *s = NULL;
    char text[1024];

    if (!mount_disk("size=128k"))
        cr_skip("a file system of one's own needs root");
    state_sh("! cat /dev/zero >%s/filler 2>/dev/null", scratch());
    cr_expect_eq(state_try(false, &s, text), -ENOSPC, "%s", text);
    cr_expect_not_null(strstr(text, "free some room"), "%s", text);
    state_sh("cd %s && rm filler && test \"$(ls)\" = state.db.lock", scratch());
    make_state(false);
    cr_assert_eq(mount(NULL, scratch(), NULL, MS_REMOUNT | MS_RDONLY, NULL), 0);
    cr_expect_eq(state_try(false, &s, text), -EROFS, "%s", text);
    cr_expect_not_null(strstr(text, "ReadWritePaths="), "%s", text);
    s = state_open_reader();
    cr_expect_eq(length_in(s), 2);
    store_free(s);
    cr_assert_eq(mount(NULL, scratch(), NULL, MS_REMOUNT, NULL), 0);
    store_free(state_open());
    cr_expect_eq(umount(scratch()), 0);
}

/* ---- The copy. */

Test(store_open, a_copy_is_a_state_of_its_own_and_a_failed_one_leaves_the_last)
{
    struct store *s;

    make_state(true);
    cr_expect_str_eq(
        state_sql(scratch_path("state.db.backup"), "SELECT length FROM sinks; PRAGMA quick_check"),
        "1\nok");
    s = state_open();
    cr_assert_eq(store_begin(s), 0);
    cr_expect_eq(store_backup(s), -EBUSY, "not within a checkpoint");
    store_rollback(s);
    state_sh("mkdir %s/state.db.backup.new", scratch());
    cr_expect_lt(store_backup(s), 0);
    cr_expect_str_eq(state_sql(scratch_path("state.db.backup"), "SELECT length FROM sinks"), "1");
    state_sh("rmdir %s/state.db.backup.new", scratch());
    cr_expect_eq(store_backup(s), 0);
    cr_expect_str_eq(state_sql(scratch_path("state.db.backup"), "SELECT length FROM sinks"), "2");
    store_free(s);
}
