/* Runs sequences of acts, and shows the shortest one that fails:
 *
 *     model inside|outside FIRST-SEED N [FOLDER]
 *
 * inside: the follower alone; outside: the service. Each sequence runs in a process of its own, so
 * a crash is a failure like any other. With MODEL_TRACE in the environment each act is printed, and
 * each event of the follower, and the end of the sink. */

#include "core/base/util.h"
#include "model/driver.h"

#include <sys/wait.h>
#include <unistd.h>

#define PROBLEM_BYTES 1024
#define CHILD_SECONDS 300
#define OUTSIDE_ACTS 60 /* a look of another process takes a while */
#define FAILED_MAX 5

struct job {
    uint32_t seed;
    bool outside;
    const char *folder;
    char problem[PROBLEM_BYTES];
};

/* One world and what follows it. */
struct play {
    struct world w;
    const struct driver *d;
    void *ctx;
    bool full;
    char problem[PROBLEM_BYTES];
};

static bool check(struct play *p, bool complete)
{
    size_t n;
    const char *sink = p->d->sink(p->ctx, &n);

    if (getenv("MODEL_TRACE"))
        fprintf(stderr, "    sink of %zu bytes ends with: %.*s\n", n, (int)MIN(n, (size_t)60),
                sink + n - MIN(n, (size_t)60));
    return world_agrees(&p->w, sink, n, complete && p->w.running && !p->full, p->problem,
                        sizeof(p->problem));
}

static bool look(struct play *p, bool wait)
{
    if (p->w.running && !p->full)
        world_looked(&p->w);
    if (wait)
        world_waits(&p->w);
    if (wait)
        p->d->wait(p->ctx);
    else
        p->d->look(p->ctx);
    if (!check(p, /* complete= */ true))
        return false;
    if (wait)
        world_waited(&p->w);
    return true;
}

static bool start(struct play *p)
{
    if (p->w.running)
        return true;
    world_started(&p->w);
    p->d->start(p->ctx);
    world_leave_tick();
    return look(p, /* wait= */ false);
}

static void end(struct play *p, bool in_good_order)
{
    if (!p->w.running)
        return;
    if (in_good_order)
        p->d->stop(p->ctx);
    else
        p->d->kill(p->ctx);
    world_ended(&p->w, in_good_order);
}

static bool act(struct play *p, const struct act *a)
{
    switch (a->what) {
    case ACT_LOOK:
        return look(p, /* wait= */ false);
    case ACT_WAIT:
        return look(p, /* wait= */ false) && look(p, /* wait= */ true);
    case ACT_COMMIT:
        p->d->commit(p->ctx);
        if (p->w.running && !p->full)
            world_committed(&p->w);
        break;
    case ACT_RELOAD:
        p->d->reload(p->ctx);
        break;
    case ACT_FULL:
    case ACT_FREE:
        p->full = a->what == ACT_FULL;
        p->d->set_full(p->ctx, p->full);
        break;
    case ACT_STOP:
    case ACT_KILL:
        end(p, a->what == ACT_STOP);
        break;
    case ACT_START:
        return start(p);
    default:
        world_act(&p->w, a);
    }
    return check(p, /* complete= */ false);
}

/* In the end there is room, the follower runs, and everything is read. */
static bool settle(struct play *p)
{
    static const struct act ends[] = {
        {.what = ACT_FREE}, {.what = ACT_START}, {.what = ACT_WAIT},
        {.what = ACT_STOP}, {.what = ACT_START}, {.what = ACT_WAIT},
    };

    for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
        if (!act(p, &ends[i]))
            return false;
    return true;
}

static bool run(struct play *p, const struct sequence *s)
{
    for (size_t i = 0; i < s->n; i++) {
        if (getenv("MODEL_TRACE"))
            sequence_print(&(struct sequence){.acts = {s->acts[i]}, .n = 1}, stderr);
        if (!act(p, &s->acts[i]))
            return false;
    }
    return settle(p);
}

static bool run_inside(struct play *p, const struct sequence *s)
{
    struct inside *i = inside_new(&p->w);
    bool well;

    p->d = &inside_driver;
    p->ctx = i;
    well = run(p, s);
    inside_free(i);
    return well;
}

static bool run_outside(struct play *p, const struct sequence *s, uint32_t seed)
{
    struct outside *o = outside_new(&p->w, seed);
    const char *wrong = NULL;
    bool well;

    p->d = &outside_driver;
    p->ctx = o;
    well = run(p, s);
    if (well)
        wrong = outside_finish(o);
    if (wrong)
        snprintf(p->problem, sizeof(p->problem), "%s", wrong);
    outside_free(o);
    return well && !wrong;
}

static void run_child(const struct sequence *s, const struct job *j, int fd)
{
    struct play *p = calloc(1, sizeof(*p));
    ssize_t n = 0;
    bool well;

    if (!p)
        abort();
    alarm(CHILD_SECONDS);
    if (world_init(&p->w, j->folder, j->seed) != 0)
        abort();
    well = j->outside ? run_outside(p, s, j->seed) : run_inside(p, s);
    world_deinit(&p->w);
    if (!well)
        n = write(fd, p->problem, strlen(p->problem));
    free(p);
    _exit(well && n >= 0 ? 0 : 1);
}

static bool fails(void *ctx, const struct sequence *s)
{
    struct job *j = ctx;
    int fds[2], status = -1;
    ssize_t n;
    pid_t pid;

    if (pipe(fds) < 0)
        abort();
    pid = fork();
    if (pid == 0)
        run_child(s, j, fds[1]);
    close(fds[1]);
    n = read(fds[0], j->problem, sizeof(j->problem) - 1);
    close(fds[0]);
    waitpid(pid, &status, 0);
    if (status == 0)
        return false;
    if (n > 0)
        j->problem[n] = '\0';
    else
        snprintf(j->problem, sizeof(j->problem), "it died, status %#x", (unsigned)status);
    return true;
}

static void show(struct job *j, struct sequence *s)
{
    char problem[PROBLEM_BYTES];

    snprintf(problem, sizeof(problem), "%s", j->problem);
    sequence_shrink(s, fails, j);
    fails(j, s);
    printf("FAILED: seed %u: %s\n", j->seed, j->problem[0] ? j->problem : problem);
    sequence_print(s, stdout);
    fflush(stdout);
}

static uint32_t number(const char *word, uint32_t otherwise)
{
    return word ? (uint32_t)strtoul(word, NULL, 10) : otherwise;
}

int main(int argc, char **argv)
{
    bool outside = argc > 1 && STREQ(argv[1], "outside");
    uint32_t first = number(argc > 2 ? argv[2] : NULL, 1);
    uint32_t n = number(argc > 3 ? argv[3] : NULL, 1000);
    unsigned n_failed = 0;

    if (argc < 2 || (!outside && !STREQ(argv[1], "inside"))) {
        fprintf(stderr, "model inside|outside FIRST-SEED N [FOLDER]\n");
        return 2;
    }
    for (uint32_t seed = first; seed < first + n && n_failed < FAILED_MAX; seed++) {
        struct job j = {.seed = seed, .outside = outside, .folder = argc > 4 ? argv[4] : "/tmp"};
        struct sequence s;

        sequence_make(&s, seed);
        if (outside)
            s.n = MIN(s.n, (size_t)OUTSIDE_ACTS);
        if (!fails(&j, &s))
            continue;
        n_failed++;
        show(&j, &s);
    }
    printf("model: %s, %u seeds from %u on: %u failed\n", argv[1], n, first, n_failed);
    return n_failed > 0;
}
