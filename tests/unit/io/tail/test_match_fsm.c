/* The tables of match_fsm.h, row by row, and whole searches among candidates. */

#include "io/tail/match_fsm.h"

#include <criterion/criterion.h>
#include <stddef.h>

#define PROVEN MATCH_PROVEN
#define AT_END MATCH_AT_END
#define REMEMBERED MATCH_REMEMBERED
#define REST MATCH_REST
#define CANDIDATE MATCH_CANDIDATE
#define SMALLER MATCH_SMALLER_CANDIDATE
#define LARGEST MATCH_LARGEST

struct judge_row {
    const char *what;
    enum match_state state;
    bool must_end, is_same, has_more;
    enum match_verdict verdict;
    enum match_state next;
    uint64_t right_offset;
};

static const struct judge_row judge_rows[] = {
    {"its own", PROVEN, false, true, true, MATCH_UNASKED, PROVEN, 0},
    {"its own, and it was cut off", PROVEN, false, false, false, MATCH_UNASKED, PROVEN, 0},
    {"its own, all read, and it grows", AT_END, false, true, true, MATCH_UNASKED, AT_END, 0},
    {"its own, all read, and it was cut off", AT_END, true, false, true, MATCH_UNASKED, AT_END, 0},
    {"remembered, and it goes on", REMEMBERED, false, true, true, MATCH_READ_ON, PROVEN, 0},
    {"remembered, and all was read", REMEMBERED, false, true, false, MATCH_ENDS_HERE, PROVEN, 0},
    {"remembered, and it is another one", REMEMBERED, false, false, true, MATCH_WRONG, REMEMBERED,
     0},
    {"the rest of another one", REST, false, true, true, MATCH_READ_ON, PROVEN, 0},
    {"the rest of another one, which is nothing", REST, false, true, false, MATCH_ENDS_HERE, PROVEN,
     0},
    {"not the rest of that", REST, false, false, true, MATCH_WRONG, REST, 0},
    {"a candidate that goes on", CANDIDATE, false, true, true, MATCH_READ_ON, PROVEN, 0},
    {"a candidate, all read", CANDIDATE, false, true, false, MATCH_ENDS_HERE, AT_END, 0},
    {"not that candidate", CANDIDATE, false, false, true, MATCH_WRONG, CANDIDATE, 0},
    {"not that candidate, and it is shorter", CANDIDATE, false, false, false, MATCH_WRONG,
     CANDIDATE, 0},
    {"a short candidate that goes on", CANDIDATE, true, true, true, MATCH_WRONG, CANDIDATE, 0},
    {"a short candidate, all read", CANDIDATE, true, true, false, MATCH_ENDS_HERE, AT_END, 0},
    {"a candidate that goes on, with larger ones", SMALLER, false, true, true, MATCH_WRONG, SMALLER,
     7},
    {"a candidate, all read, with larger ones", SMALLER, false, true, false, MATCH_ENDS_HERE,
     AT_END, 0},
    {"a short candidate with larger ones", SMALLER, true, true, true, MATCH_WRONG, SMALLER, 0},
    {"not that candidate, with larger ones", SMALLER, false, false, true, MATCH_WRONG, SMALLER, 0},
    {"the largest one that was right", LARGEST, false, true, true, MATCH_READ_ON, PROVEN, 0},
    {"the largest one, all read", LARGEST, false, true, false, MATCH_ENDS_HERE, AT_END, 0},
    {"another one of that offset", LARGEST, false, false, true, MATCH_WRONG, LARGEST, 0},
};

Test(match_fsm, every_row_of_the_table_of_verdicts)
{
    for (size_t i = 0; i < sizeof(judge_rows) / sizeof(judge_rows[0]); i++) {
        const struct judge_row *r = &judge_rows[i];
        struct match match = {.state = r->state, .must_end = r->must_end};
        enum match_verdict verdict = match_judge(&match, /* offset= */ 7, r->is_same, r->has_more);

        cr_expect_eq(verdict, r->verdict, "%s: verdict %d", r->what, (int)verdict);
        cr_expect_eq(match.state, r->next, "%s: state %d", r->what, (int)match.state);
        cr_expect_eq(match.right_offset, r->right_offset, "%s: offset", r->what);
    }
}

static void try_smaller(struct match *match)
{
    match_try(match, /* must_end= */ false, /* has_larger= */ true);
}

static void try_last(struct match *match)
{
    match_try(match, /* must_end= */ true, /* has_larger= */ false);
}

struct event_row {
    const char *what;
    enum match_state state;
    void (*event)(struct match *match);
    enum match_state next;
    bool must_end;
};

static const struct event_row event_rows[] = {
    {"a new one has a candidate", PROVEN, try_last, CANDIDATE, true},
    {"a new one has several", PROVEN, try_smaller, SMALLER, false},
    {"the next of several", SMALLER, try_smaller, SMALLER, false},
    {"the last of several", SMALLER, try_last, CANDIDATE, true},
    {"not what was remembered", REMEMBERED, try_smaller, SMALLER, false},
    {"not what was remembered, one other", REMEMBERED, try_last, CANDIDATE, true},
    {"not the rest of a file that is gone", REST, try_last, CANDIDATE, true},
    {"none left, an earlier one was right", CANDIDATE, match_try_largest, LARGEST, false},
    {"another one of that offset", LARGEST, try_last, LARGEST, true},
    {"another one of that offset, as others are larger", LARGEST, try_smaller, LARGEST, false},
    {"none left", CANDIDATE, match_give_up, PROVEN, false},
    {"none left of that offset", LARGEST, match_give_up, PROVEN, false},
    {"none at all", REMEMBERED, match_give_up, PROVEN, false},
    {"found again", PROVEN, match_remember, REMEMBERED, false},
    {"found again, after it was all read", AT_END, match_remember, REMEMBERED, false},
    {"a copy of a file that was cut off", PROVEN, match_take_rest, REST, false},
};

Test(match_fsm, every_row_of_the_table_of_candidates)
{
    for (size_t i = 0; i < sizeof(event_rows) / sizeof(event_rows[0]); i++) {
        const struct event_row *r = &event_rows[i];
        struct match match = {.state = r->state};

        r->event(&match);
        cr_expect_eq(match.state, r->next, "%s: state %d", r->what, (int)match.state);
        cr_expect_eq(match.must_end, r->must_end, "%s: must end", r->what);
    }
}

Test(match_fsm, a_file_that_is_found_again_has_forgotten_what_was_tried_before)
{
    struct match match = {.state = CANDIDATE, .must_end = true, .right_offset = 9};

    match_remember(&match);
    cr_expect(!match.must_end && !match_has_noted(&match));
    match = (struct match){.state = CANDIDATE, .must_end = true, .right_offset = 9};
    match_take_rest(&match);
    cr_expect(!match.must_end && !match_has_noted(&match));
}

/* Candidates in the order of their offsets, as compressed_match_next() goes through them; bit k of
 * `right` is set where the bytes before the k-th offset are the expected ones. Returns the number
 * of the one that the file is read on from; -1: from 0. */
static int search(unsigned right, int n)
{
    struct match match = {.state = PROVEN};
    int k = 0, noted = -1;

    match_try(&match, /* must_end= */ false, n > 1);
    for (int steps = 0; steps < 100; steps++) {
        uint64_t offset = 10 * ((uint64_t)k + 1);

        if (match_judge(&match, offset, right >> k & 1, /* has_more= */ true) != MATCH_WRONG)
            return match.state == PROVEN ? k : -2;
        if (match_is_noted(&match, offset))
            noted = k;
        if (match.state != LARGEST && k + 1 < n) {
            k++;
            match_try(&match, /* must_end= */ false, k + 1 < n);
        } else if (match_has_noted(&match)) {
            match_try_largest(&match);
            k = noted;
            match_try(&match, /* must_end= */ false, /* has_larger= */ true);
        } else {
            match_give_up(&match);
            return -1;
        }
    }
    return -3;
}

Test(match_fsm, of_all_candidates_the_largest_offset_that_is_right_counts)
{
    for (int n = 1; n <= 6; n++)
        for (unsigned right = 0; right < 1u << n; right++) {
            int largest = n - 1;

            while (largest >= 0 && !(right >> largest & 1))
                largest--;
            cr_expect_eq(search(right, n), largest, "%d candidates, right: %x", n, right);
        }
}
