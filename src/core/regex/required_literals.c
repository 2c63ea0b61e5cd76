/* A small reader of regular expressions with a single question: which strings must be in a match?
 * The idea is that of the prefilters of RE2 (re2/prefilter.cc) and of ripgrep (crate grep-regex,
 * literal.rs).
 *
 * Each part of a pattern is summed up in a struct info. A part is exact when it matches a handful
 * of strings and nothing else; a sequence of exact parts matches all their combinations. At the
 * first part that is not exact, the set of strings gathered so far is closed and becomes a
 * candidate for the answer, and a new set begins behind that part:
 *
 *     (?:ONS|BIZ)_[A-Z]+ failed      {ONS_, BIZ_} is closed at [A-Z]+, then comes {" failed"}
 *
 * An alternation is as good as its worst branch. The best candidate is the one whose shortest
 * string is the longest. A set that each match begins with is preferred, since PCRE2 need not
 * search then. A set that many other patterns offer, too, is avoided, since all of them would be
 * tried wherever one of its strings stands. */

#include "core/regex/required_literals.h"

#include "core/base/bytes.h"
#include "core/base/util.h"

#include <stdint.h>
#include <string.h>

/* Groups inside each other that are followed. */
#define DEPTH_MAX 12
/* So many patterns may share a literal before that counts against it. */
#define CROWD 4

/* What is known of a part of a pattern. */
struct info {
    bool exact; /* the part matches the strings of lead, and nothing else */
    /* Strings, one of which each match begins with; n is 0 where none are known. */
    struct required_literals lead;
    /* Where it is not exact: the best candidate in the part; n is 0 where there is none. */
    struct required_literals best;
};

struct parser {
    const char *p, *end;
    unsigned depth;
    bool ignore_case;
    bool resets_begin;                   /* there is a \K: a match may begin anywhere */
    const struct literal_census *census; /* NULL: other patterns are not known */
    struct literal_census *counting;     /* all candidates are added to it; NULL: to none */
    bool failed;                         /* there is something that is not understood */
};

static void parse_alternation(struct parser *ps, struct info *ret);

/* ---- sets of strings ---- */

static const struct required_literals set_of_empty = {.n = 1};

/* The length of the shortest string; 0 for an empty set. */
static size_t shortest(const struct required_literals *set)
{
    size_t len = set->n ? REQUIRED_LITERAL_BYTES : 0;

    for (size_t i = 0; i < set->n; i++)
        len = MIN(len, (size_t)set->items[i].len);
    return len;
}

/* Returns false where the set is full. */
static bool set_add(struct required_literals *set, const struct required_literal *literal)
{
    for (size_t i = 0; i < set->n; i++)
        if (memcmp(&set->items[i], literal, sizeof(*literal)) == 0)
            return true;
    if (set->n == REQUIRED_LITERALS_MAX)
        return false;
    set->items[set->n++] = *literal;
    return true;
}

/* Adds the strings of b to a. Returns false where they are too many; a is then of no use. */
static bool set_union(struct required_literals *a, const struct required_literals *b)
{
    for (size_t i = 0; i < b->n; i++)
        if (!set_add(a, &b->items[i]))
            return false;
    a->prefix = a->prefix && b->prefix;
    return true;
}

/* Sets a to each string of a followed by each string of b. Returns false, with a as it was, where
 * these would be too many or too long. */
static bool set_product(struct required_literals *a, const struct required_literals *b)
{
    struct required_literals product = {.prefix = a->prefix};

    for (size_t i = 0; i < a->n; i++)
        for (size_t k = 0; k < b->n; k++) {
            struct required_literal l = a->items[i];

            if (l.len + b->items[k].len > REQUIRED_LITERAL_BYTES)
                return false;
            memcpy(l.bytes + l.len, b->items[k].bytes, b->items[k].len);
            l.len = (unsigned char)(l.len + b->items[k].len);
            if (!set_add(&product, &l))
                return false;
        }
    *a = product;
    return true;
}

/* The index of a literal in a census: FNV-1a. */
static size_t census_place(const struct required_literal *l)
{
    uint32_t hash = 2166136261U;

    for (size_t i = 0; i < l->len; i++)
        hash = (hash ^ (unsigned char)l->bytes[i]) * 16777619U;
    return hash % LITERAL_CENSUS_SIZE;
}

/* How good a candidate is; 0: of no use. */
static size_t score(const struct parser *ps, const struct required_literals *set)
{
    size_t len = shortest(set), crowd = CROWD, base;

    if (len < 2)
        return 0;
    base = 64 * len + (set->prefix && len >= 3 ? 1024 : 0) + REQUIRED_LITERALS_MAX - set->n;
    for (size_t i = 0; ps->census && i < set->n; i++)
        crowd = MAX(crowd, (size_t)ps->census->counts[census_place(&set->items[i])]);
    return (base << 16) / crowd;
}

/* Makes a candidate the best one, if it is. */
static void consider(const struct parser *ps, struct required_literals *best,
                     const struct required_literals *set)
{
    if (score(ps, set) > score(ps, best))
        *best = *set;
    for (size_t i = 0; ps->counting && i < set->n; i++)
        ps->counting->counts[census_place(&set->items[i])]++;
}

/* ---- parts ---- */

/* A part that could match anything. */
static void info_nothing(struct info *ret)
{
    memset(ret, 0, sizeof(*ret));
}

/* A part that matches without taking a byte. */
static void info_empty(struct info *ret)
{
    info_nothing(ret);
    ret->exact = true;
    ret->lead = set_of_empty;
}

/* One byte of a class; of a large class nothing is known. */
static void info_class(struct info *ret, const bool members[256])
{
    info_nothing(ret);
    for (unsigned c = 0; c < 256; c++) {
        struct required_literal l = {.len = 1, .bytes = {(char)c}};

        if (members[c] && (ret->lead.n == 8 || !set_add(&ret->lead, &l))) {
            info_nothing(ret);
            return;
        }
    }
    ret->exact = true;
}

static void add_byte(const struct parser *ps, bool members[256], unsigned char c)
{
    members[c] = true;
    if (ps->ignore_case && byte_is_letter(c))
        members[c ^ 0x20] = true;
}

static void info_byte(const struct parser *ps, struct info *ret, unsigned char c)
{
    bool members[256] = {false};

    add_byte(ps, members, c);
    info_class(ret, members);
}

static bool at_end(const struct parser *ps)
{
    return ps->p == ps->end;
}

/* Takes a word, if the pattern goes on with it. */
static bool take(struct parser *ps, const char *word)
{
    size_t n = strlen(word);

    if ((size_t)(ps->end - ps->p) < n || memcmp(ps->p, word, n) != 0)
        return false;
    ps->p += n;
    return true;
}

static unsigned hex_value(unsigned char c)
{
    return byte_is_digit(c) ? c - (unsigned)'0' : (c | 0x20u) - 'a' + 10u;
}

/* Takes the number behind "\x": up to two digits, or any number of them in braces. */
static int parse_hex(struct parser *ps)
{
    bool braces = take(ps, "{");
    unsigned value = 0, digits = 0;

    while (!at_end(ps) && byte_is_hex((unsigned char)*ps->p) && (braces || digits < 2)) {
        value = (value << 4 | hex_value((unsigned char)*ps->p++)) & 0xffff;
        digits++;
    }
    if (value > 0xff || (braces && !take(ps, "}")))
        ps->failed = true;
    return (int)value;
}

/* Takes the rest of an escape that stands for a byte, and returns the byte. Returns -1, and takes
 * nothing, where it stands for something else. */
static int parse_byte_escape(struct parser *ps)
{
    static const char names[] = "ntrfea", bytes[] = "\n\t\r\f\x1b\a";
    unsigned char c = (unsigned char)*ps->p;
    const char *known = memchr(names, c, sizeof(names) - 1);

    if (known) {
        ps->p++;
        return bytes[known - names];
    }
    if (c == 'x') {
        ps->p++;
        return parse_hex(ps);
    }
    if (byte_is_letter(c) || byte_is_digit(c))
        return -1;
    ps->p++;
    return c;
}

/* PCRE2 skips comments and empty quotations as if they were not there, so that a quantifier behind
 * one applies to what stands before it. That is not followed. */
static void reject_quantifier(struct parser *ps)
{
    if (!at_end(ps) && strchr("*+?{(\\", *ps->p))
        ps->failed = true;
}

static void parse_quoted(struct parser *ps, struct info *ret)
{
    struct info one;

    info_empty(ret);
    if (take(ps, "\\E")) {
        reject_quantifier(ps);
        return;
    }
    while (!at_end(ps) && !take(ps, "\\E")) {
        info_byte(ps, &one, (unsigned char)*ps->p++);
        if (!set_product(&ret->lead, &one.lead))
            ps->failed = true;
    }
}

static void parse_escape(struct parser *ps, struct info *ret)
{
    int byte;
    char c;

    if (at_end(ps)) {
        ps->failed = true;
        return;
    }
    byte = parse_byte_escape(ps);
    if (byte >= 0) {
        info_byte(ps, ret, (unsigned char)byte);
        return;
    }
    c = *ps->p++;
    if (c == 'Q') {
        parse_quoted(ps, ret);
    } else if (strchr("bBAzZK", c)) {
        ps->resets_begin |= c == 'K';
        info_empty(ret);
    } else if (strchr("dDwWsShHvVNR", c)) {
        info_nothing(ret);
    } else {
        ps->failed = true;
    }
}

/* Takes the rest of a class, behind its '['. Single bytes are followed; a range, a shorthand such
 * as \d or a POSIX name makes it a part that could match anything. */
static void parse_class(struct parser *ps, struct info *ret)
{
    bool members[256] = {false}, wide = take(ps, "^"), first = true;
    int last = -1, c;

    for (;; first = false) {
        if (at_end(ps)) {
            ps->failed = true;
            return;
        }
        if (!first && take(ps, "]"))
            break;
        if (take(ps, "[:")) {
            wide = true;
            while (!at_end(ps) && !take(ps, ":]")) {
                if (*ps->p == ']' || *ps->p == '\\') { /* it is not a POSIX name */
                    ps->failed = true;
                    return;
                }
                ps->p++;
            }
            continue;
        }
        if (last >= 0 && ps->end - ps->p > 1 && ps->p[0] == '-' && ps->p[1] != ']') {
            /* A range has too many bytes to make literals of them. */
            ps->p++;
            wide = true;
        }
        c = (unsigned char)*ps->p++;
        if (c == '\\' && !at_end(ps)) {
            c = parse_byte_escape(ps);
            if (c < 0) {
                wide = true;
                ps->failed |= *ps->p == 'Q' || *ps->p == 'E' || *ps->p == 'p' || *ps->p == 'P' ||
                              *ps->p == 'c' || *ps->p == 'o' || *ps->p == 'N';
                ps->p++;
                c = -1;
            }
        }
        last = c;
        if (c >= 0)
            add_byte(ps, members, (unsigned char)c);
    }
    if (wide)
        info_nothing(ret);
    else
        info_class(ret, members);
}

/* Takes the rest of "(?": letters that switch options on or off, and the group behind them. Only
 * the options i, m, s and U are understood. */
static void parse_options(struct parser *ps, struct info *ret, bool outer_case)
{
    bool on = true;

    while (!at_end(ps) && *ps->p != ')' && *ps->p != ':') {
        char c = *ps->p++;

        if (c == '-')
            on = false;
        else if (c == 'i')
            ps->ignore_case = on;
        else if (!strchr("msU", c))
            ps->failed = true;
    }
    if (take(ps, ")")) {
        info_empty(ret); /* the options hold until the end of the group around */
        return;
    }
    if (!take(ps, ":"))
        ps->failed = true;
    parse_alternation(ps, ret);
    ps->ignore_case = outer_case;
    if (!take(ps, ")"))
        ps->failed = true;
}

/* Passes over the name of a group and the character that closes it. */
static void skip_name(struct parser *ps, char close)
{
    const char *end = memchr(ps->p, close, (size_t)(ps->end - ps->p));

    if (end)
        ps->p = end + 1;
    else
        ps->failed = true;
}

/* Takes the rest of a group, behind its '('. */
static void parse_group(struct parser *ps, struct info *ret)
{
    bool outer_case = ps->ignore_case;

    if (take(ps, "*")) {
        ps->failed = true;
        return;
    }
    if (take(ps, "?#")) {
        skip_name(ps, ')');
        info_empty(ret);
        reject_quantifier(ps);
        return;
    }
    if (take(ps, "?=") || take(ps, "?!") || take(ps, "?<=") || take(ps, "?<!")) {
        parse_alternation(ps, ret);
        info_empty(ret);
    } else if (take(ps, "?<") || take(ps, "?P<")) {
        skip_name(ps, '>');
        parse_alternation(ps, ret);
    } else if (take(ps, "?'")) {
        skip_name(ps, '\'');
        parse_alternation(ps, ret);
    } else if (!take(ps, "?>") && take(ps, "?")) {
        parse_options(ps, ret, outer_case);
        return;
    } else {
        parse_alternation(ps, ret);
    }
    ps->ignore_case = outer_case;
    if (!take(ps, ")"))
        ps->failed = true;
}

static void parse_atom(struct parser *ps, struct info *ret)
{
    char c = *ps->p++;

    switch (c) {
    case '(':
        parse_group(ps, ret);
        break;
    case '[':
        parse_class(ps, ret);
        break;
    case '\\':
        parse_escape(ps, ret);
        break;
    case '.':
        info_nothing(ret);
        break;
    case '^':
    case '$':
        info_empty(ret);
        break;
    default:
        info_byte(ps, ret, (unsigned char)c);
    }
}

/* Takes a quantifier "{3}", "{3,}" or "{3,5}". Returns false, and takes nothing, where the braces
 * hold anything else: then they are text. */
static bool parse_braces(struct parser *ps, unsigned *ret_min, bool *ret_once)
{
    const char *p = ps->p + 1, *digits = p;
    unsigned min = 0;

    for (; p < ps->end && byte_is_digit((unsigned char)*p); p++)
        min = MIN(min * 10 + (unsigned)(*p - '0'), 1000u);
    if (p == digits)
        return false;
    *ret_once = min == 1 && p < ps->end && *p == '}';
    if (p < ps->end && *p == ',')
        for (p++; p < ps->end && byte_is_digit((unsigned char)*p); p++)
            ;
    if (p == ps->end || *p != '}')
        return false;
    ps->p = p + 1;
    *ret_min = min;
    return true;
}

/* Takes the quantifier behind an atom, if there is one, and changes what is known of the atom. */
static void parse_quantifier(struct parser *ps, struct info *it)
{
    unsigned min = 1;
    bool once = true;

    if (at_end(ps))
        return;
    if (*ps->p == '*' || *ps->p == '?' || *ps->p == '+') {
        min = *ps->p++ == '+';
        once = false;
    } else if (*ps->p != '{' || !parse_braces(ps, &min, &once)) {
        /* Later versions of PCRE2 take "{,5}" and blanks in braces for quantifiers. */
        ps->failed |= *ps->p == '{' && ps->end - ps->p > 1 && strchr(", ", ps->p[1]);
        return;
    }
    if (!at_end(ps) && (*ps->p == '?' || *ps->p == '+'))
        ps->p++;
    if (min == 0) {
        info_nothing(it);
    } else if (it->exact && !once) { /* it is there, but how often is not known */
        it->exact = false;
        it->best = it->lead;
        it->best.prefix = false;
    }
}

/* Closes a set of strings: it becomes a candidate, and the first one of a sequence becomes its
 * lead. */
static void close_set(const struct parser *ps, struct info *ret, struct required_literals *set,
                      bool *first)
{
    if (*first)
        ret->lead = *set;
    consider(ps, &ret->best, set);
    *first = false;
    *set = set_of_empty;
}

static void parse_sequence(struct parser *ps, struct info *ret)
{
    struct required_literals set = {.n = 1, .prefix = true};
    bool first = true;
    struct info it;

    info_nothing(ret);
    while (!at_end(ps) && *ps->p != '|' && *ps->p != ')' && !ps->failed) {
        info_nothing(&it);
        parse_atom(ps, &it);
        if (ps->failed)
            return;
        parse_quantifier(ps, &it);
        if (it.exact && set_product(&set, &it.lead))
            continue;
        if (it.exact) { /* too long or too many: a new set begins with it */
            close_set(ps, ret, &set, &first);
            set = it.lead;
            set.prefix = false;
            continue;
        }
        if (it.lead.n)
            set_product(&set, &it.lead);
        close_set(ps, ret, &set, &first);
        it.best.prefix = false;
        consider(ps, &ret->best, &it.best);
    }
    if (first) {
        ret->exact = true;
        ret->lead = set;
    } else {
        consider(ps, &ret->best, &set);
    }
}

/* The best candidate of a branch: its strings where it is exact. */
static void branch_best(const struct parser *ps, const struct info *branch,
                        struct required_literals *ret)
{
    memset(ret, 0, sizeof(*ret));
    consider(ps, ret, branch->exact ? &branch->lead : &branch->best);
}

/* Makes of two branches what is known of their alternation. */
static void info_join(const struct parser *ps, struct info *a, const struct info *b)
{
    struct required_literals best_a, best_b;

    branch_best(ps, a, &best_a);
    branch_best(ps, b, &best_b);
    a->exact = a->exact && b->exact;
    if (!a->lead.n || !b->lead.n || !set_union(&a->lead, &b->lead)) {
        a->exact = false;
        a->lead.n = 0;
    }
    if (!best_a.n || !best_b.n || !set_union(&best_a, &best_b))
        best_a.n = 0;
    a->best = best_a;
}

static void parse_alternation(struct parser *ps, struct info *ret)
{
    struct info branch;

    if (++ps->depth > DEPTH_MAX) {
        ps->failed = true;
        return;
    }
    parse_sequence(ps, ret);
    while (!ps->failed && take(ps, "|")) {
        parse_sequence(ps, &branch);
        info_join(ps, ret, &branch);
    }
    ps->depth--;
}

static void parse_whole(struct parser *ps, struct required_literals *ret_required)
{
    struct info whole;

    memset(ret_required, 0, sizeof(*ret_required));
    parse_alternation(ps, &whole);
    if (ps->failed || !at_end(ps))
        return;
    branch_best(ps, &whole, ret_required);
    if (ps->resets_begin)
        ret_required->prefix = false;
}

void required_literals_of(struct gloss_span pattern, const struct literal_census *census,
                          struct required_literals *ret_required)
{
    struct parser ps = {.p = pattern.ptr, .end = pattern.ptr + pattern.len, .census = census};

    parse_whole(&ps, ret_required);
}

void required_literals_count(struct gloss_span pattern, struct literal_census *census)
{
    struct parser ps = {.p = pattern.ptr, .end = pattern.ptr + pattern.len, .counting = census};
    struct required_literals ignored;

    parse_whole(&ps, &ignored);
}
