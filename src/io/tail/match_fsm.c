#include "io/tail/match_fsm.h"

static enum match_verdict judge_right(struct match *match, bool has_more)
{
    bool is_candidate = match_is_silent(match);

    if (has_more) {
        match->state = MATCH_PROVEN;
        return MATCH_READ_ON;
    }
    match->state = is_candidate ? MATCH_AT_END : MATCH_PROVEN;
    return MATCH_ENDS_HERE;
}

enum match_verdict match_judge(struct match *match, uint64_t offset, bool is_same, bool has_more)
{
    if (match_is_proven(match))
        return MATCH_UNASKED;
    if (!is_same || (match->must_end && has_more))
        return MATCH_WRONG;
    if (match->state == MATCH_SMALLER_CANDIDATE && has_more) {
        match->right_offset = offset;
        return MATCH_WRONG;
    }
    return judge_right(match, has_more);
}

void match_remember(struct match *match)
{
    *match = (struct match){.state = MATCH_REMEMBERED};
}

void match_take_rest(struct match *match)
{
    *match = (struct match){.state = MATCH_REST};
}

void match_try(struct match *match, bool must_end, bool has_larger)
{
    match->must_end = must_end;
    if (match->state != MATCH_LARGEST)
        match->state = has_larger ? MATCH_SMALLER_CANDIDATE : MATCH_CANDIDATE;
}

void match_try_largest(struct match *match)
{
    match->state = MATCH_LARGEST;
}

void match_give_up(struct match *match)
{
    match->state = MATCH_PROVEN;
}

bool match_is_proven(const struct match *match)
{
    return match->state == MATCH_PROVEN || match->state == MATCH_AT_END;
}

bool match_is_silent(const struct match *match)
{
    switch (match->state) {
    case MATCH_AT_END:
    case MATCH_CANDIDATE:
    case MATCH_SMALLER_CANDIDATE:
    case MATCH_LARGEST:
        return true;
    case MATCH_PROVEN:
    case MATCH_REMEMBERED:
    case MATCH_REST:
        break;
    }
    return false;
}

bool match_is_noted(const struct match *match, uint64_t offset)
{
    return match->state == MATCH_SMALLER_CANDIDATE && match->right_offset == offset;
}

bool match_has_noted(const struct match *match)
{
    return match->state != MATCH_LARGEST && match->right_offset > 0;
}
