/* A small reader of regular expressions that asks one question: what must be there?
 *
 * Each part of a pattern is summed up in a struct info. It is exact when it matches a handful of
 * strings and nothing else; a sequence of exact parts multiplies them. At the first part that is
 * not exact the strings gathered so far are closed and become a candidate for the answer, and
 * gathering begins anew behind it:
 *
 *     (?:ONS|BIZ)_[A-Z]+ failed      {ONS_, BIZ_} closes at [A-Z]+, then {" failed"}
 *
 * An alternation is as good as its worst branch. The best candidate has the longest shortest
 * string; one at the very begin is preferred, since PCRE2 then need not search; one that many other
 * patterns offer, too, is not, since all of them would be tried wherever it stands. The idea is
 * that of the prefilters in RE2 and ripgrep. */

#include "core/regex/required_literals.h"

#include "core/base/bytes.h"
#include "core/base/util.h"

#include <stdint.h>
#include <string.h>

#define DEPTH_MAX 12
#define CROWD 4 /* so many patterns may share a literal, and it is as good as one of its own */

struct info {
    bool exact; /* it matches the strings of lead, nothing else */
    struct required_literals
        lead; /* else: every match begins with one of them; n 0: nothing known */
    struct required_literals best; /* not exact: the best candidate inside; n 0: none */
};

struct parser {
    const char *p, *end;
    unsigned depth;
    bool ignore_case;
    bool resets_begin;                   /* \K: where a match begins says nothing any more */
    const struct literal_census *census; /* NULL: nothing is known of other patterns */
    struct literal_census *counting;     /* to be added to; NULL: nothing is */
    bool failed;                         /* something that is not understood */
};

static void parse_alternation(struct parser *ps, struct info *ret);

/* ---- sets of strings ---- */

static const struct required_literals set_of_empty = {.n = 1};

static size_t shortest(const struct required_literals *set)
{
    size_t len = set->n ? REQUIRED_LITERAL_BYTES : 0;

    for (size_t i = 0; i < set->n; i++)
        len = MIN(len, (size_t)set->items[i].len);
    return len;
}

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

static bool set_union(struct required_literals *a, const struct required_literals *b)
{
    for (size_t i = 0; i < b->n; i++)
        if (!set_add(a, &b->items[i]))
            return false;
    a->prefix = a->prefix && b->prefix;
    return true;
}

/* Every string of a followed by every one of b. False, and a as it was, where that is too much. */
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

/* FNV-1a. */
static size_t census_place(const struct required_literal *l)
{
    uint32_t hash = 2166136261U;

    for (size_t i = 0; i < l->len; i++)
        hash = (hash ^ (unsigned char)l->bytes[i]) * 16777619U;
    return hash % LITERAL_CENSUS_SIZE;
}

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

static void consider(const struct parser *ps, struct required_literals *best,
                     const struct required_literals *set)
{
    if (score(ps, set) > score(ps, best))
        *best = *set;
    for (size_t i = 0; ps->counting && i < set->n; i++)
        ps->counting->counts[census_place(&set->items[i])]++;
}

/* ---- parts ---- */

static void info_nothing(struct info *ret) /* could be anything */
{
    memset(ret, 0, sizeof(*ret));
}

static void info_empty(struct info *ret) /* takes no byte */
{
    info_nothing(ret);
    ret->exact = true;
    ret->lead = set_of_empty;
}

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

/* Behind "\x": up to two digits, or any number in braces. */
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

/* A byte written as an escape; -1: the escape is no byte, and is still to be taken. */
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

/* Behind what PCRE2 skips as if it were not there: a quantifier would be of what stands before. */
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

/* Behind '['. Ranges and single bytes are followed; shorthands and POSIX names make it "anything".
 */
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
                if (*ps->p == ']' || *ps->p == '\\') { /* no POSIX name, then */
                    ps->failed = true;
                    return;
                }
                ps->p++;
            }
            continue;
        }
        if (last >= 0 && ps->end - ps->p > 1 && ps->p[0] == '-' && ps->p[1] != ']') {
            /* A range of more than a few makes no literals: its ends are enough to read. */
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

/* Behind "(?": letters that switch options. Only i, m, s and U are of a kind that is understood. */
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
        info_empty(ret); /* until the end of the group around */
        return;
    }
    if (!take(ps, ":"))
        ps->failed = true;
    parse_alternation(ps, ret);
    ps->ignore_case = outer_case;
    if (!take(ps, ")"))
        ps->failed = true;
}

/* The name of a group up to its closing mark. */
static void skip_name(struct parser *ps, char close)
{
    const char *end = memchr(ps->p, close, (size_t)(ps->end - ps->p));

    if (end)
        ps->p = end + 1;
    else
        ps->failed = true;
}

/* Behind '('. */
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

/* "{3}", "{3,}", "{3,5}"; anything else in braces is text. */
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

/* What an atom becomes by the quantifier behind it. */
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
        /* Later versions of PCRE2 read "{,5}" and blanks as quantifiers. */
        ps->failed |= *ps->p == '{' && ps->end - ps->p > 1 && strchr(", ", ps->p[1]);
        return;
    }
    if (!at_end(ps) && (*ps->p == '?' || *ps->p == '+'))
        ps->p++;
    if (min == 0) {
        info_nothing(it);
    } else if (it->exact && !once) { /* at least once, then who knows */
        it->exact = false;
        it->best = it->lead;
        it->best.prefix = false;
    }
}

/* The strings gathered at the begin of a sequence become its lead, all become candidates. */
static void close_run(const struct parser *ps, struct info *ret, struct required_literals *run,
                      bool *first)
{
    if (*first)
        ret->lead = *run;
    consider(ps, &ret->best, run);
    *first = false;
    *run = set_of_empty;
}

static void parse_sequence(struct parser *ps, struct info *ret)
{
    struct required_literals run = {.n = 1, .prefix = true};
    bool first = true;
    struct info it;

    info_nothing(ret);
    while (!at_end(ps) && *ps->p != '|' && *ps->p != ')' && !ps->failed) {
        info_nothing(&it);
        parse_atom(ps, &it);
        if (ps->failed)
            return;
        parse_quantifier(ps, &it);
        if (it.exact && set_product(&run, &it.lead))
            continue;
        if (it.exact) { /* too long or too many: a new run begins with it */
            close_run(ps, ret, &run, &first);
            run = it.lead;
            run.prefix = false;
            continue;
        }
        if (it.lead.n)
            set_product(&run, &it.lead);
        close_run(ps, ret, &run, &first);
        it.best.prefix = false;
        consider(ps, &ret->best, &it.best);
    }
    if (first) {
        ret->exact = true;
        ret->lead = run;
    } else {
        consider(ps, &ret->best, &run);
    }
}

/* The best that is known of a branch, whether it is exact or not. */
static void branch_best(const struct parser *ps, const struct info *branch,
                        struct required_literals *ret)
{
    memset(ret, 0, sizeof(*ret));
    consider(ps, ret, branch->exact ? &branch->lead : &branch->best);
}

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
