/* Acts have weights: most of them write or look, and a death is rare. A sequence that fails is made
 * shorter by leaving out halves of it, then quarters, and so on down to single acts, as long as it
 * still fails. */

#include "model/sequence.h"

#include "core/base/util.h"
#include "helpers/rng.h"

static const struct {
    const char *name;
    unsigned weight;
    bool of_file;
} kinds[ACT_KINDS] = {
    [ACT_WRITE] = {"write", 30, true},
    [ACT_HALF] = {"half a line", 10, true},
    [ACT_ROTATE] = {"rotate", 10, true},
    [ACT_DATE] = {"rotate by date", 4, true},
    [ACT_COPY] = {"copytruncate", 7, true},
    [ACT_CUT] = {"truncate", 4, true},
    [ACT_DELETE] = {"delete", 4, true},
    [ACT_CREATE] = {"create", 3, true},
    [ACT_LATE] = {"late line", 5, true},
    [ACT_BACK] = {"rename back", 2, true},
    [ACT_SWITCH] = {"switch the link", 4, false},
    [ACT_COMPRESS] = {"pack", 5, true},
    [ACT_LOOK] = {"look", 24, false},
    [ACT_WAIT] = {"wait", 4, false},
    [ACT_COMMIT] = {"commit", 8, false},
    [ACT_RELOAD] = {"reload", 2, false},
    [ACT_FULL] = {"disk full", 2, false},
    [ACT_FREE] = {"disk freed", 3, false},
    [ACT_STOP] = {"stop", 4, false},
    [ACT_KILL] = {"kill", 4, false},
    [ACT_START] = {"start", 9, false},
};

static enum what draw(uint32_t *state)
{
    unsigned sum = 0, at;

    for (size_t i = 0; i < ACT_KINDS; i++)
        sum += kinds[i].weight;
    at = rng_next(state) % sum;
    for (enum what i = 0; i < ACT_KINDS; i++) {
        if (at < kinds[i].weight)
            return i;
        at -= kinds[i].weight;
    }
    return ACT_LOOK;
}

void sequence_make(struct sequence *s, uint32_t seed)
{
    uint32_t state = seed * UINT32_C(2654435761) | 1;
    unsigned files;

    for (int i = 0; i < 8; i++)
        rng_next(&state);
    files = 1 + rng_next(&state) % 3; /* often all acts are on one file */
    s->n = 10 + rng_next(&state) % (SEQUENCE_MAX - 10);
    for (size_t i = 0; i < s->n; i++)
        s->acts[i] = (struct act){
            .what = draw(&state), .file = rng_next(&state) % files, .n = rng_next(&state) % 1024};
    if (rng_next(&state) % 4 > 0)
        s->acts[0].what = ACT_START;
}

void sequence_print(const struct sequence *s, FILE *to)
{
    for (size_t i = 0; i < s->n; i++) {
        const struct act *a = &s->acts[i];

        if (kinds[a->what].of_file)
            fprintf(to, "  %2zu  %s %c.log (%u)\n", i + 1, kinds[a->what].name, 'a' + (int)a->file,
                    a->n);
        else
            fprintf(to, "  %2zu  %s\n", i + 1, kinds[a->what].name);
    }
}

static void leave_out(const struct sequence *s, size_t from, size_t n, struct sequence *ret)
{
    *ret = *s;
    memmove(ret->acts + from, ret->acts + from + n, (s->n - from - n) * sizeof(s->acts[0]));
    ret->n -= n;
}

static bool pass(struct sequence *s, size_t size, bool (*fails)(void *, const struct sequence *),
                 void *ctx)
{
    bool shorter = false;

    for (size_t at = 0; at + size <= s->n;) {
        struct sequence less;

        leave_out(s, at, size, &less);
        if (fails(ctx, &less)) {
            *s = less;
            shorter = true;
        } else {
            at += size;
        }
    }
    return shorter;
}

void sequence_shrink(struct sequence *s, bool (*fails)(void *, const struct sequence *), void *ctx)
{
    for (size_t size = s->n / 2; size > 0; size /= 2)
        while (pass(s, size, fails, ctx))
            ;
}
