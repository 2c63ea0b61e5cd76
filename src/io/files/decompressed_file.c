/* A decompressor only goes forwards, and a follower goes a little back at each turn, to see whether
 * what it has read is still there:
 *
 *      head                         recent       at
 *     ├─────┤·······················├─────────────┤                 unpacked bytes
 *      kept   gone, unpacked again   kept          comes next
 *             when asked for
 *
 * A packed file may grow by whole members, so the last end of one is remembered with the prints of
 * the packed bytes at the start of the file and before that end. As long as they are the same,
 * unpacking goes on there; nothing before it is unpacked again.
 *
 * At the end the decompressor is given back. */

#include "io/files/decompressed_file.h"

#include "core/base/util.h"
#include "io/files/decompress.h"
#include "io/files/decompress_pool.h"
#include "io/files/fingerprint.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>

#define RAW_BYTES ((size_t)64 * 1024)
#define SKIP_BYTES ((size_t)16 * 1024)
#define MEMBER_BYTES 4096 /* to begin a member takes as much time as that many bytes, or less */
#define RECENT_BYTES (2 * DECOMPRESSED_FILE_BACK_BYTES)

struct decompressed_file {
    int fd;
    enum packing packing;
    struct decompressor *decompressor; /* owned; NULL: before the start, or at the end */
    struct decompress_io io;
    char *raw;                     /* owned; packed bytes that were read last */
    uint64_t raw_at;               /* offset of those that come next */
    struct decompress_place start; /* where the decompressor has begun */
    uint64_t at;                   /* unpacked bytes so far */
    bool ended;
    char head[PACKING_HEAD_BYTES];
    size_t n_head;
    bool head_known; /* and nothing is packed in it */
    char *recent;    /* owned; NULL while there is no decompressor: then they are in kept */
    size_t n_recent;
    char kept[FINGERPRINT_BYTES];
    struct decompress_place last_end;
    struct fingerprint first_print, last_print; /* of the packed bytes; before last_end */
    uint64_t work, budget;                      /* the last is left of this call's share */
    uint64_t members;                           /* that are paid for in it */
    struct decompressed_file_limits limits;
    struct decompress_slot slot;
    size_t memory;                  /* that it needs, as far as it is known */
    uint64_t reached;               /* the furthest that it came */
    uint64_t out_max;               /* unpacked bytes that its size allows, as last asked */
    bool is_cut;                    /* there is more than its ratio allows */
    bool is_at_head;                /* it is only asked for its head */
    char refusal[64], problem[256]; /* "": none */
};

static void refuse(struct decompressed_file *p, enum packing packing)
{
    const char *name = packing_name(packing);

    if (packing == PACKING_TAR)
        snprintf(p->refusal, sizeof(p->refusal), "it is a tar archive, not a log");
    else if (packing_is_unpacked(packing))
        snprintf(p->refusal, sizeof(p->refusal), "it is compressed twice, with %s and then with %s",
                 name, packing_name(p->packing));
    else
        snprintf(p->refusal, sizeof(p->refusal),
                 "it is compressed with %s, which glossd cannot read", name);
    p->ended = true;
}

static void on_slot_lost(struct decompress_slot *slot);

int decompressed_file_new(struct decompressed_file **ret_packed, int fd,
                          const struct decompressed_file_limits *limits)
{
    char head[PACKING_HEAD_BYTES];
    ssize_t n = pread(fd, head, sizeof(head), 0);
    enum packing packing;
    struct decompressed_file *p;
    bool undecided;

    if (n < 0)
        return -errno;
    packing = packing_of(head, (size_t)n, &undecided);
    if (packing == PACKING_NONE)
        return undecided ? DECOMPRESSED_FILE_E_SHORT : DECOMPRESSED_FILE_E_PLAIN;
    p = calloc(1, sizeof(*p));
    if (!p)
        return -ENOMEM;
    p->fd = fd;
    p->packing = packing;
    p->slot.on_lost = on_slot_lost;
    p->memory = DECOMPRESS_MEMORY_MIN;
    if (limits)
        p->limits = *limits;
    if (!packing_is_unpacked(packing))
        refuse(p, packing);
    *ret_packed = p;
    return 0;
}

/* ---- the decompressor ---- */

static void give_back(struct decompressed_file *p)
{
    size_t n = MIN(p->n_recent, sizeof(p->kept));

    if (p->recent) {
        memcpy(p->kept, p->recent + p->n_recent - n, n);
        p->n_recent = n;
    }
    free(p->recent);
    p->recent = NULL;
    free(p->raw);
    p->raw = NULL;
    p->decompressor = decompress_free(p->decompressor);
    p->members = 0;
    decompress_slot_give(&p->slot);
}

struct decompressed_file *decompressed_file_free(struct decompressed_file *p)
{
    if (p)
        give_back(p);
    free(p);
    return NULL;
}

void decompressed_file_limit(struct decompressed_file *p,
                             const struct decompressed_file_limits *limits)
{
    p->limits = *limits;
    p->out_max = 0;
}

void decompressed_file_move(struct decompressed_file *p, int fd)
{
    p->fd = fd;
}

/* The next bytes to come are those behind a place where a member may begin. */
static void go_to(struct decompressed_file *p, struct decompress_place place)
{
    give_back(p);
    p->start = place;
    p->raw_at = place.in;
    if (p->at != place.out)
        p->n_recent = 0;
    p->at = place.out;
    p->ended = p->is_cut = false;
    p->problem[0] = '\0';
}

static void go_to_start(struct decompressed_file *p)
{
    p->last_end = (struct decompress_place){0};
    go_to(p, p->last_end);
}

static void on_slot_lost(struct decompress_slot *slot)
{
    struct decompressed_file *p = container_of(slot, struct decompressed_file, slot);

    go_to(p, p->last_end);
}

static bool has_print(const struct decompressed_file *p, uint64_t offset, struct fingerprint print)
{
    struct fingerprint now;

    return fingerprint_before(p->fd, offset, &now) == 0 && fingerprint_equal(now, print);
}

void decompressed_file_restart(struct decompressed_file *p)
{
    uint64_t end = p->last_end.in;

    if (p->refusal[0])
        return;
    if (p->ended && end > 0 &&
        has_print(p, MIN(end, (uint64_t)FINGERPRINT_BYTES), p->first_print) &&
        has_print(p, end, p->last_print)) {
        go_to(p, p->last_end);
        return;
    }
    go_to_start(p);
    p->n_head = 0;
    p->head_known = false;
    p->reached = 0;
}

/* Passes over the hole that padding may lie in. Returns 0 or a negative errno. */
static int skip_hole(struct decompressed_file *p)
{
    off_t at = (off_t)p->raw_at, data;

    if (!decompress_is_padding(p->decompressor))
        return 0;
    data = lseek(p->fd, at, SEEK_DATA);
    if (data < 0 && errno == ENXIO) /* it reaches to the end */
        data = lseek(p->fd, 0, SEEK_END);
    if (data <= at)
        return 0;
    decompress_skip(p->decompressor, (uint64_t)(data - at));
    p->raw_at = (uint64_t)data;
    return 0;
}

static void spend(struct decompressed_file *p, uint64_t bytes)
{
    p->budget -= MIN(p->budget, bytes);
}

/* Packed bytes for the decompressor. Returns 1, 0 at their end, or a negative errno. */
static int refill(struct decompressed_file *p)
{
    ssize_t n;
    int r;

    if (p->budget == 0)
        return -EAGAIN;
    r = skip_hole(p);
    if (r < 0)
        return r;
    do
        n = pread(p->fd, p->raw, RAW_BYTES, (off_t)p->raw_at);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return -errno;
    p->raw_at += (uint64_t)n;
    p->io.in = p->raw;
    p->io.n_in = (size_t)n;
    spend(p, (uint64_t)n);
    return n > 0;
}

/* A head is looked at without a slot where none is free: its first bytes touch next to nothing of
 * the memory that a dictionary is given. Returns the memory that may be taken; 0: not now. */
static size_t take_slot(struct decompressed_file *p)
{
    uint64_t redo = p->reached > p->at ? p->reached - p->at : 0;

    if (!p->limits.pool)
        return DECOMPRESS_MEMORY_MAX;
    if (decompress_slot_take(&p->slot, p->limits.pool, p->memory, redo))
        return p->memory;
    return p->is_at_head ? DECOMPRESS_MEMORY_MAX : 0;
}

static int open_decompressor(struct decompressed_file *p)
{
    size_t memory = take_slot(p);
    int r;

    if (memory == 0)
        return -EAGAIN;

    p->raw = malloc(RAW_BYTES);
    p->recent = malloc(RECENT_BYTES);
    if (p->recent)
        memcpy(p->recent, p->kept, p->n_recent);
    r = p->raw && p->recent ? decompress_new(&p->decompressor, p->packing, memory) : -ENOMEM;
    p->io.n_in = 0;
    return r;
}

/* A member needs more memory than it was allowed. Returns 1, or -EAGAIN. */
static int allow_more(struct decompressed_file *p)
{
    p->memory = decompress_needs(p->decompressor);
    if (p->slot.pool && !decompress_slot_grow(&p->slot, p->memory)) {
        if (!p->is_at_head) { /* others may need what it has; it asks for all of it the next time */
            go_to(p, p->last_end);
            return -EAGAIN;
        }
        decompress_slot_give(&p->slot);
    }
    decompress_allow(p->decompressor, p->memory);
    return 1;
}

/* ---- going forwards ---- */

/* Remembers bytes that came: the first ones, and the last ones. */
static void note(struct decompressed_file *p, const char *bytes, size_t n)
{
    size_t keep = DECOMPRESSED_FILE_BACK_BYTES;

    if (p->at < sizeof(p->head)) {
        size_t at = (size_t)p->at, n_new = MIN(n, sizeof(p->head) - at);

        memcpy(p->head + at, bytes, n_new);
        p->n_head = MAX(p->n_head, at + n_new);
    }
    p->at += n;
    p->reached = MAX(p->reached, p->at);
    p->work += n;
    decompress_slot_use(&p->slot, n);
    spend(p, (uint64_t)n);
    if (n >= keep) {
        memcpy(p->recent, bytes + n - keep, keep);
        p->n_recent = keep;
        return;
    }
    if (p->n_recent + n > RECENT_BYTES) {
        keep = MIN(p->n_recent, keep);
        memmove(p->recent, p->recent + p->n_recent - keep, keep);
        p->n_recent = keep;
    }
    memcpy(p->recent + p->n_recent, bytes, n);
    p->n_recent += n;
}

static void note_last_end(struct decompressed_file *p)
{
    struct decompress_place end = decompress_last_end(p->decompressor);

    spend(p, (decompress_members(p->decompressor) - p->members) * MEMBER_BYTES);
    p->members = decompress_members(p->decompressor);
    if (end.in > 0)
        p->last_end = (struct decompress_place){p->start.in + end.in, p->start.out + end.out};
}

/* Where the prints cannot be had they stay blank, and fit nothing. */
static ssize_t end(struct decompressed_file *p, const char *problem)
{
    uint64_t at = p->last_end.in;

    snprintf(p->problem, sizeof(p->problem), "%s", problem ? problem : "");
    p->ended = true;
    p->first_print = p->last_print = (struct fingerprint){0};
    if (fingerprint_before(p->fd, MIN(at, (uint64_t)FINGERPRINT_BYTES), &p->first_print) == 0)
        fingerprint_before(p->fd, at, &p->last_print);
    give_back(p);
    return 0;
}

/* What ends a run of steps without bytes. */
static ssize_t fail(struct decompressed_file *p, int error)
{
    char problem[sizeof(p->problem)] = "";

    if (error == -EAGAIN)
        return error;
    if (p->decompressor && decompress_problem(p->decompressor))
        snprintf(problem, sizeof(problem), "%s", decompress_problem(p->decompressor));
    if (error == -EBADMSG)
        return end(p, problem);
    go_to(p, p->last_end); /* it may not fail the next time */
    memcpy(p->problem, problem, sizeof(problem));
    return error;
}

/* Unpacked bytes that a file of that size may have. Holes are no size. */
static uint64_t find_out_max(const struct decompressed_file *p)
{
    uint64_t size, most;
    struct stat st;

    if (p->limits.ratio == 0 || fstat(p->fd, &st) < 0)
        return UINT64_MAX;
    size = (uint64_t)st.st_size;
    if (st.st_blocks > 0) /* else the file system does not tell */
        size = MIN(size, MAX((uint64_t)st.st_blocks * 512, UINT64_C(4096)));
    if (__builtin_mul_overflow(size, p->limits.ratio, &most))
        return UINT64_MAX;
    return MAX(most, DECOMPRESSED_FILE_SPARED_BYTES);
}

/* Of n bytes that came those that are within the ratio. */
static size_t limit_by_ratio(struct decompressed_file *p, size_t n)
{
    if (p->at + n > p->out_max)
        p->out_max = find_out_max(p);
    if (p->at + n <= p->out_max)
        return n;
    p->is_cut = true;
    return p->at < p->out_max ? (size_t)(p->out_max - p->at) : 0;
}

static ssize_t end_by_ratio(struct decompressed_file *p)
{
    char problem[sizeof(p->problem)];

    snprintf(problem, sizeof(problem),
             "it decompresses to more than %" PRIu64
             " times its size (packed_ratio); the rest is not read",
             p->limits.ratio);
    return end(p, problem);
}

/* The next unpacked bytes: how many they are; 0 at the end; or a negative errno. */
static ssize_t next(struct decompressed_file *p, char *place, size_t size)
{
    int r = p->decompressor || p->ended ? 0 : open_decompressor(p);
    size_t n;

    if (p->ended)
        return 0;
    if (p->is_cut)
        return end_by_ratio(p);
    p->io.out = place;
    p->io.n_out = size;
    while (r == 0 && p->io.n_out == size) {
        r = decompress_step(p->decompressor, &p->io);
        note_last_end(p);
        if (r < 0 || p->io.n_out < size)
            break;
        r = r == DECOMPRESS_E_MEMORY ? allow_more(p) : refill(p);
        if (r == 0)
            r = decompress_end(p->decompressor);
        if (r == 0)
            return end(p, /* problem= */ NULL);
        r = MIN(r, 0);
    }
    n = size - p->io.n_out;
    if (r < 0)
        return fail(p, r);
    n = limit_by_ratio(p, n);
    if (n == 0)
        return end_by_ratio(p);
    note(p, place, n);
    return (ssize_t)n;
}

/* Returns 0, also where the end comes before the offset; or a negative errno. */
static int skip_to(struct decompressed_file *p, uint64_t offset)
{
    char bytes[SKIP_BYTES];

    while (p->at < offset) {
        ssize_t n = next(p, bytes, (size_t)MIN((uint64_t)sizeof(bytes), offset - p->at));

        if (n <= 0)
            return (int)n;
        if (p->at < offset && p->budget == 0)
            return -EAGAIN;
    }
    return 0;
}

/* ---- reading ---- */

/* One layer of packing is undone, and files in a file are not read as text. */
static int look_at_head(struct decompressed_file *p)
{
    enum packing packing;
    bool undecided;
    int r;

    if (p->head_known)
        return 0;
    p->is_at_head = true;
    r = skip_to(p, sizeof(p->head));
    p->is_at_head = false;
    if (p->limits.pool && p->decompressor && !p->slot.pool)
        go_to(p, p->last_end);
    if (r < 0)
        return r;
    p->head_known = true;
    packing = packing_of(p->head, p->n_head, &undecided);
    if (packing == PACKING_NONE)
        return 0;
    go_to_start(p);
    p->n_head = 0;
    refuse(p, packing);
    return 0;
}

static size_t read_recent(const struct decompressed_file *p, char *place, size_t size,
                          uint64_t offset)
{
    size_t back = (size_t)(p->at - offset), n = MIN(back, size);

    if (n > 0)
        memcpy(place, (p->recent ? p->recent : p->kept) + p->n_recent - back, n);
    return n;
}

ssize_t decompressed_file_read(struct decompressed_file *p, char *place, size_t size,
                               uint64_t offset)
{
    size_t done;
    int r;

    p->budget = DECOMPRESSED_FILE_STEP_BYTES;
    r = look_at_head(p);
    if (r < 0 || p->refusal[0])
        return r;
    if (offset + size <= p->n_head) {
        memcpy(place, p->head + offset, size);
        return (ssize_t)size;
    }
    if (offset + p->n_recent < p->at)
        go_to(p, p->last_end.out <= offset ? p->last_end : (struct decompress_place){0});
    r = skip_to(p, offset);
    if (r < 0 || p->at < offset)
        return r;
    done = read_recent(p, place, size, offset);
    while (done < size) {
        ssize_t n = next(p, place + done, size - done);

        if (n == -EAGAIN && done > DECOMPRESSED_FILE_BACK_BYTES)
            break;
        if (n < 0)
            return n;
        if (n == 0)
            break;
        done += (size_t)n;
    }
    return (ssize_t)done;
}

bool decompressed_file_starts_with(struct decompressed_file *p, struct fingerprint head_print)
{
    char bytes[FINGERPRINT_BYTES];
    ssize_t n = decompressed_file_read(p, bytes, head_print.len, /* offset= */ 0);

    return head_print.len > 0 && n == (ssize_t)head_print.len &&
           fingerprint_equal(fingerprint_of(bytes, head_print.len), head_print);
}

bool decompressed_file_at_end(const struct decompressed_file *p)
{
    return p->ended;
}

bool decompressed_file_ends_at(const struct decompressed_file *p, uint64_t offset)
{
    return p->ended && p->at == offset;
}

const char *decompressed_file_refusal(const struct decompressed_file *p)
{
    return p->refusal[0] ? p->refusal : NULL;
}

const char *decompressed_file_problem(const struct decompressed_file *p)
{
    return p->problem[0] ? p->problem : NULL;
}

uint64_t decompressed_file_work(const struct decompressed_file *p)
{
    return p->work;
}
