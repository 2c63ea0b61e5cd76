/* Runs programs in turn and measures what they cost.
 *
 *     measure ROUNDS INPUT OUTPUT [NAME COMMAND CHECK]...
 *
 * Each round runs each program once, so that a machine that is slow for a while is slow for all of
 * them. The median of the rounds is taken.
 *
 * COMMAND reads the bytes of INPUT from a pipe ('-': from an empty one; INPUT must fit into a pipe)
 * and writes to the file OUTPUT, which is empty before each run. COMMAND is a list of words and is
 * run without a shell, which would cost a millisecond, unless it needs one. Its time is that of all
 * its processes together. Before the first round each COMMAND runs once, and then the shell command
 * CHECK must succeed, with OUTPUT in $OUT: a wrong result is not measured. Later outputs are
 * checked, too, where they are small; large ones must be as long as the first.
 *
 * For each program a line is printed, with tabs between its fields: name, seconds of CPU, seconds
 * that passed, the largest memory of one of its processes in KiB, and the same three figures of
 * each round, with colons between the figures and blanks between the rounds. */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS_MAX 1000
#define WORDS_MAX 256
#define SMALL (16 << 20) /* bytes: output up to this size is checked each time */

struct run {
    double cpu_s, wall_s;
    long rss_kib;
};

struct contender {
    const char *name, *command, *check;
    off_t size; /* of its first output */
    struct run runs[ROUNDS_MAX];
};

static _Noreturn void die(const char *what, const char *why)
{
    fprintf(stderr, "measure: %s: %s\n", what, why);
    exit(2);
}

static double now_s(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static double seconds(struct timeval t)
{
    return (double)t.tv_sec + (double)t.tv_usec * 1e-6;
}

static _Noreturn void exec_command(const char *command)
{
    char *words[WORDS_MAX], *copy = strdup(command);
    size_t n = 0;

    if (strpbrk(command, "|<>&;$'\"*\\"))
        execl("/bin/sh", "sh", "-c", command, (char *)NULL);
    for (char *word = strtok(copy, " "); word && n < WORDS_MAX - 1; word = strtok(NULL, " "))
        words[n++] = word;
    words[n] = NULL;
    execvp(words[0], words);
    perror(command);
    _exit(127);
}

/* The reading end of a pipe that holds the bytes of a file. */
static int open_input(const char *path)
{
    char bytes[65536];
    int ends[2], file;
    ssize_t n;

    if (pipe2(ends, O_CLOEXEC) < 0)
        die("pipe", strerror(errno));
    if (strcmp(path, "-") != 0) {
        file = open(path, O_RDONLY | O_CLOEXEC);
        n = file < 0 ? -1 : read(file, bytes, sizeof(bytes));
        if (n < 0 || write(ends[1], bytes, (size_t)n) != n)
            die(path, strerror(errno));
        close(file);
    }
    close(ends[1]);
    return ends[0];
}

static int open_output(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    if (fd < 0)
        die(path, strerror(errno));
    return fd;
}

/* 0 is success. With grep and other programs 1 means that nothing was found, and CHECK has to judge
 * that. */
static bool succeeded(int status)
{
    return WIFEXITED(status) && WEXITSTATUS(status) <= 1;
}

static struct run run(const struct contender *c, const char *input, const char *output)
{
    int in = open_input(input), out = open_output(output), status;
    double start = now_s();
    struct rusage usage;
    struct run result;
    pid_t pid = fork();

    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGTERM); /* it ends when this program is stopped */
        dup2(in, STDIN_FILENO);
        dup2(out, STDOUT_FILENO);
        exec_command(c->command);
    }
    if (pid < 0 || wait4(pid, &status, 0, &usage) < 0)
        die(c->name, strerror(errno));
    result.wall_s = now_s() - start;
    result.cpu_s = seconds(usage.ru_utime) + seconds(usage.ru_stime);
    result.rss_kib = usage.ru_maxrss;
    close(in);
    close(out);
    if (!succeeded(status))
        die(c->name, "the command failed");
    return result;
}

static off_t size_of(const char *path)
{
    struct stat st;

    if (stat(path, &st) < 0)
        die(path, strerror(errno));
    return st.st_size;
}

static void check(const struct contender *c)
{
    if (system(c->check) != 0)
        die(c->name, "the result is wrong");
}

static void check_first(struct contender *c, const char *input, const char *output)
{
    run(c, input, output);
    c->size = size_of(output);
    check(c);
}

static void run_again(struct contender *c, size_t round, const char *input, const char *output)
{
    c->runs[round] = run(c, input, output);
    if (c->size <= SMALL)
        check(c);
    else if (size_of(output) != c->size)
        die(c->name, "the output is not as long as the first time");
}

static int compare(const void *a, const void *b)
{
    const double *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

static double median(const struct contender *c, size_t rounds, size_t member)
{
    double values[ROUNDS_MAX];

    for (size_t i = 0; i < rounds; i++)
        memcpy(&values[i], (const char *)&c->runs[i] + member, sizeof(values[i]));
    qsort(values, rounds, sizeof(values[0]), compare);
    return (values[(rounds - 1) / 2] + values[rounds / 2]) / 2;
}

static void report(const struct contender *c, size_t rounds)
{
    long rss_kib = 0;

    for (size_t i = 0; i < rounds; i++)
        rss_kib = c->runs[i].rss_kib > rss_kib ? c->runs[i].rss_kib : rss_kib;
    printf("%s\t%.6f\t%.6f\t%ld\t", c->name, median(c, rounds, offsetof(struct run, cpu_s)),
           median(c, rounds, offsetof(struct run, wall_s)), rss_kib);
    for (size_t i = 0; i < rounds; i++)
        printf("%s%.6f:%.6f:%ld", i > 0 ? " " : "", c->runs[i].cpu_s, c->runs[i].wall_s,
               c->runs[i].rss_kib);
    printf("\n");
}

int main(int argc, char **argv)
{
    size_t rounds = argc > 1 ? strtoul(argv[1], NULL, 10) : 0, n = (size_t)(argc - 4) / 3;
    struct contender *contenders;

    if (argc < 7 || argc % 3 != 1 || rounds == 0 || rounds > ROUNDS_MAX)
        die("usage", "measure ROUNDS INPUT OUTPUT [NAME COMMAND CHECK]...");
    contenders = calloc(n, sizeof(*contenders));
    if (!contenders || setenv("OUT", argv[3], 1) < 0)
        die("memory", strerror(errno));
    for (size_t i = 0; i < n; i++) {
        struct contender *c = &contenders[i];

        c->name = argv[4 + 3 * i];
        c->command = argv[5 + 3 * i];
        c->check = argv[6 + 3 * i];
        check_first(c, argv[2], argv[3]);
    }
    for (size_t round = 0; round < rounds; round++)
        for (size_t i = 0; i < n; i++)
            run_again(&contenders[i], round, argv[2], argv[3]);
    for (size_t i = 0; i < n; i++)
        report(&contenders[i], rounds);
    free(contenders);
    unlink(argv[3]);
    return 0;
}
