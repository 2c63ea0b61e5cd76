/* Patterns are tried inside one line, so a pattern that names a line end can never match, or not as
 * its author meant. PCRE2 compiles it without a complaint, as it does a \K that leaves nothing of
 * the match. So the text of the pattern is searched for both, item by item, with just enough
 * knowledge of the syntax: escapes, \Q..\E, classes, groups. */

#include "core/regex/pattern_lint.h"
#include "core/base/util.h"

/* A walk through a pattern. */
struct walk {
    struct gloss_span p;
    size_t at;     /* offset of the next item */
    bool quoted;   /* it stands between \Q and \E */
    bool in_class; /* it stands between [ and ] */
    bool negated;  /* the class begins with ^ */
    bool spaced;   /* the pattern begins with (?x, so that line ends in it do not count */
    bool reset;    /* the last item was a \K */
    size_t depth;  /* groups that are open */
};

static bool starts_with(const struct walk *w, const char *prefix)
{
    size_t n = strlen(prefix);

    return w->p.len - w->at >= n && memcmp(w->p.ptr + w->at, prefix, n) == 0;
}

/* The value of a hexadecimal digit; 99 for any other character. */
static int digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return 99;
}

/* Takes up to max digits. Returns the number; 256 where it is too large for a byte. */
static int read_number(struct walk *w, int base, size_t max)
{
    int value = 0;

    for (size_t i = 0; i < max && w->at < w->p.len; i++) {
        int digit = digit_value(w->p.ptr[w->at]);

        if (digit >= base)
            break;
        value = MIN(value * base + digit, 256);
        w->at++;
    }
    return value;
}

/* Takes a number in braces. */
static int read_braced(struct walk *w, int base)
{
    int value;

    w->at++;
    value = read_number(w, base, SIZE_MAX);
    if (w->at < w->p.len && w->p.ptr[w->at] == '}')
        w->at++;
    return value;
}

/* Takes the rest of an escape, behind its backslash. Returns the byte that it stands for; -1 where
 * it stands for something else. \R, any line end, counts as a line feed. */
static int read_escape(struct walk *w)
{
    char c = w->p.ptr[w->at++];
    bool brace = w->at < w->p.len && w->p.ptr[w->at] == '{';

    switch (c) {
    case 'n':
    case 'R':
        return '\n';
    case 'x':
        return brace ? read_braced(w, 16) : read_number(w, 16, 2);
    case 'o':
        return brace ? read_braced(w, 8) : -1;
    case '0':
        return read_number(w, 8, 2);
    case 'c':
        return w->at < w->p.len ? (w->p.ptr[w->at++] & 0x1f) : -1;
    default:
        return -1;
    }
}

/* Takes an escape. Returns whether it names a line end. */
static bool walk_escape(struct walk *w)
{
    w->at++;
    if (w->at == w->p.len)
        return false;
    if (w->p.ptr[w->at] == 'Q') {
        w->quoted = true;
        w->at++;
        return false;
    }
    w->reset = w->p.ptr[w->at] == 'K' && !w->in_class;
    return read_escape(w) == '\n' && !(w->in_class && w->negated);
}

/* Takes a '[', which begins a class, or inside a class a named one such as [:alpha:]. */
static void walk_class(struct walk *w)
{
    w->at++;
    if (w->in_class) {
        if (!starts_with(w, ":"))
            return;
        while (w->at < w->p.len && w->p.ptr[w->at] != ']')
            w->at++;
        w->at += w->at < w->p.len;
        return;
    }
    w->in_class = true;
    w->negated = starts_with(w, "^");
    w->at += w->negated;
    if (starts_with(w, "]")) /* directly behind the bracket it is a member of the class */
        w->at++;
}

/* Takes the parenthesis c, outside a class, and all of a comment, whose text may hold further ones.
 */
static void walk_group(struct walk *w, char c)
{
    if (c == ')') {
        w->depth -= w->depth > 0;
        return;
    }
    w->depth++;
    if (starts_with(w, "(?#"))
        while (w->at + 1 < w->p.len && w->p.ptr[w->at + 1] != ')')
            w->at++;
}

/* Takes one item of the pattern. Returns whether it names a line end. */
static bool walk_item(struct walk *w)
{
    char c = w->p.ptr[w->at];

    w->reset = false;
    if (w->quoted && starts_with(w, "\\E")) {
        w->quoted = false;
        w->at += 2;
        return false;
    }
    if (c == '\\' && !w->quoted)
        return walk_escape(w);
    if (c == '[' && !w->quoted) {
        walk_class(w);
        return false;
    }
    if (c == ']' && !w->quoted)
        w->in_class = false;
    if ((c == '(' || c == ')') && !w->quoted && !w->in_class)
        walk_group(w, c);
    w->at++;
    return c == '\n' && !(w->in_class && w->negated) && !w->spaced;
}

/* Whether a pattern begins with options, "(?...", that include x. */
static bool begins_spaced(struct gloss_span p)
{
    if (p.len < 3 || memcmp(p.ptr, "(?", 2) != 0)
        return false;
    for (size_t i = 2; i < p.len && ((p.ptr[i] >= 'a' && p.ptr[i] <= 'z') || p.ptr[i] == '^'); i++)
        if (p.ptr[i] == 'x')
            return true;
    return false;
}

bool pattern_lint_line_end(struct gloss_span pattern, size_t *ret_at)
{
    struct walk w = {.p = pattern, .spaced = begins_spaced(pattern)};

    while (w.at < w.p.len) {
        size_t at = w.at;

        if (walk_item(&w)) {
            *ret_at = at;
            return true;
        }
    }
    return false;
}

bool pattern_lint_reset(struct gloss_span pattern, size_t from, size_t *ret_behind,
                        size_t *ret_depth)
{
    struct walk w = {.p = pattern};

    while (w.at < w.p.len) {
        walk_item(&w);
        if (w.reset && w.at > from) {
            *ret_behind = w.at;
            *ret_depth = w.depth;
            return true;
        }
    }
    return false;
}
