/* A reader of regular expressions, by recursive descent. It knows the syntax of PCRE2 well enough
 * to say what each part of a pattern can take, and gives up on a pattern rather than be wrong about
 * it.
 *
 * The items of a sequence are appended to a list; a quantifier takes the last one off it and puts
 * a repetition in its place. Letters that switch options hold until the group around them ends. */

#include "core/regex/syntax.h"

#include "core/base/bytes.h"
#include "core/base/util.h"
#include "core/regex/syntax_parser.h"

#define DEPTH_MAX 60

static struct syntax_node *parse_choice(struct parser *ps);

/* ---- nodes ---- */

/* Stands in where there is no memory: what is built with it is thrown away. */
static struct syntax_node *new_node(struct parser *ps, enum syntax_kind kind)
{
    struct syntax_node *node = arena_alloc(ps->arena, sizeof(*node));

    if (node)
        *node = (struct syntax_node){.kind = kind};
    else
        ps->failed = ps->no_memory = true;
    return node;
}

static void push(struct list *list, struct syntax_node *node)
{
    if (!node)
        return;
    list->last = list->end;
    *list->end = node;
    list->end = &node->next;
}

static void push_kind(struct parser *ps, struct list *list, enum syntax_kind kind)
{
    push(list, new_node(ps, kind));
}

static struct syntax_node *new_parent(struct parser *ps, enum syntax_kind kind,
                                      struct syntax_node *first)
{
    struct syntax_node *node = new_node(ps, kind);

    if (node)
        node->first = first;
    return node;
}

static void push_members(struct parser *ps, struct list *list, const uint64_t members[4],
                         bool spelled)
{
    struct syntax_node *node = new_node(ps, SYNTAX_BYTE);

    if (!node)
        return;
    memcpy(node->members, members, sizeof(node->members));
    node->spelled = spelled;
    push(list, node);
}

static void push_byte(struct parser *ps, struct list *list, unsigned char c)
{
    uint64_t members[4] = {0};

    members_add_range(members, c, c);
    if (ps->ignore_case)
        members_fold_case(members);
    push_members(ps, list, members, true);
}

static void push_any_byte(struct parser *ps, struct list *list)
{
    static const uint64_t all[4] = {UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX};

    push_members(ps, list, all, false);
}

/* ---- small pieces of syntax ---- */

/* Goes behind the next such byte. */
static void skip_behind(struct parser *ps, char close)
{
    const char *end = memchr(ps->p, close, (size_t)(ps->end - ps->p));

    if (end)
        ps->p = end + 1;
    else
        ps->failed = true;
}

static void skip_digits(struct parser *ps)
{
    while (!parser_at_end(ps) && byte_is_digit((unsigned char)*ps->p))
        ps->p++;
}

/* Blanks and comments of a pattern that is written with (?x). */
static void skip_layout(struct parser *ps)
{
    while (ps->spaced && !parser_at_end(ps)) {
        if (parser_next_is(ps, " \t\n\v\f\r")) {
            ps->p++;
        } else if (parser_take(ps, "#")) {
            const char *end = memchr(ps->p, '\n', (size_t)(ps->end - ps->p));

            ps->p = end ? end + 1 : ps->end;
        } else {
            ps->failed |= *ps->p == '\x85'; /* a blank to some versions of PCRE2 */
            return;
        }
    }
}

/* Behind what PCRE2 skips as if it were not there: a quantifier would be of what stands before. */
static void reject_quantifier(struct parser *ps)
{
    skip_layout(ps);
    ps->failed |= parser_next_is(ps, "*+?{(\\");
}

/* ---- escapes ---- */

/* Each byte up to \E stands for itself. */
static void parse_quoted(struct parser *ps, struct list *list)
{
    if (parser_take(ps, "\\E")) {
        reject_quantifier(ps);
        return;
    }
    while (!parser_at_end(ps) && !parser_take(ps, "\\E"))
        push_byte(ps, list, (unsigned char)*ps->p++);
}

/* Behind "\g" or "\k": a reference to a group, by name or number. */
static void parse_reference(struct parser *ps, struct list *list)
{
    if (parser_take(ps, "{"))
        skip_behind(ps, '}');
    else if (parser_take(ps, "<"))
        skip_behind(ps, '>');
    else if (parser_take(ps, "'"))
        skip_behind(ps, '\'');
    else if (parser_take(ps, "-") || parser_take(ps, "+") || !parser_at_end(ps))
        skip_digits(ps);
    push_kind(ps, list, SYNTAX_UNKNOWN);
}

/* Behind "\p": bytes above 127 have properties of their own. */
static void parse_property(struct parser *ps, struct list *list)
{
    if (parser_take(ps, "{"))
        skip_behind(ps, '}');
    else if (!parser_at_end(ps))
        ps->p++;
    push_any_byte(ps, list);
}

/* A letter or digit behind a backslash that is no byte. */
static void parse_letter_escape(struct parser *ps, struct list *list, char c)
{
    uint64_t members[4] = {0};

    if (byte_is_digit((unsigned char)c)) { /* a reference, or an octal number */
        skip_digits(ps);
        push_kind(ps, list, SYNTAX_UNKNOWN);
    } else if (members_add_shorthand(members, c)) {
        push_members(ps, list, members, false);
    } else if (c == 'Q') {
        parse_quoted(ps, list);
    } else if (c == 'b' || c == 'B') {
        push_kind(ps, list, SYNTAX_WORD_EDGE);
    } else if (c == 'A') {
        push_kind(ps, list, SYNTAX_LINE_START);
    } else if (c == 'z' || c == 'Z') {
        push_kind(ps, list, SYNTAX_LINE_END);
    } else if (c == 'K') {
        push_kind(ps, list, SYNTAX_RESET);
    } else if (c == 'R' || c == 'X') {
        push_kind(ps, list, SYNTAX_UNKNOWN);
    } else if (c == 'C' || (c == 'N' && !parser_next_is(ps, "{"))) {
        push_any_byte(ps, list);
    } else if (c == 'p' || c == 'P') {
        parse_property(ps, list);
    } else if (c == 'g' || c == 'k') {
        parse_reference(ps, list);
    } else {
        ps->failed = true;
    }
}

static void parse_escape(struct parser *ps, struct list *list)
{
    int byte;

    if (parser_at_end(ps)) {
        ps->failed = true;
        return;
    }
    byte = parser_byte_escape(ps);
    if (byte >= 0)
        push_byte(ps, list, (unsigned char)byte);
    else
        parse_letter_escape(ps, list, *ps->p++);
}

/* Behind '['. */
static void parse_class(struct parser *ps, struct list *list)
{
    uint64_t members[4];
    bool spelled;

    parser_class(ps, members, &spelled);
    push_members(ps, list, members, spelled);
}

/* ---- groups ---- */

/* What holds until the group around ends. */
struct options {
    bool ignore_case, spaced;
};

static struct options save_options(const struct parser *ps)
{
    return (struct options){ps->ignore_case, ps->spaced};
}

static void restore_options(struct parser *ps, struct options options)
{
    ps->ignore_case = options.ignore_case;
    ps->spaced = options.spaced;
}

/* The inside of a group and its end. */
static struct syntax_node *parse_inside(struct parser *ps, struct options outer)
{
    struct syntax_node *inside = parse_choice(ps);

    restore_options(ps, outer);
    if (!parser_take(ps, ")"))
        ps->failed = true;
    return inside;
}

/* Behind "(?": letters that switch options, for the rest of the group around or for one of its
 * own. */
static void parse_options(struct parser *ps, struct list *list)
{
    struct options outer = save_options(ps);
    bool on = true;

    while (!parser_at_end(ps) && *ps->p != ')' && *ps->p != ':' && !ps->failed) {
        char c = *ps->p++;

        if (c == '-')
            on = false;
        else if (c == 'i')
            ps->ignore_case = on;
        else if (c == 'x' && !parser_next_is(ps, "x"))
            ps->spaced = on;
        else
            ps->failed |= !strchr("msUnJ", c);
    }
    if (parser_take(ps, ")"))
        return;
    if (!parser_take(ps, ":"))
        ps->failed = true;
    push(list, parse_inside(ps, outer));
}

/* Behind "(?(": a condition, then what is matched where it holds, and where not. */
static void parse_conditional(struct parser *ps, struct list *list)
{
    struct options outer = save_options(ps);
    struct syntax_node *inside;

    if (parser_take(ps, "?=") || parser_take(ps, "?!") || parser_take(ps, "?<=") ||
        parser_take(ps, "?<!")) {
        push(list, new_parent(ps, SYNTAX_LOOK, parse_inside(ps, outer)));
    } else {
        ps->failed |= parser_next_is(ps, "?*");
        skip_behind(ps, ')');
    }
    inside = parse_inside(ps, outer);
    if (inside)
        inside->next = new_node(ps, SYNTAX_EMPTY);
    push(list, new_parent(ps, SYNTAX_CHOICE, inside));
}

static bool take_lookaround(struct parser *ps)
{
    return parser_take(ps, "?=") || parser_take(ps, "?!") || parser_take(ps, "?<=") ||
           parser_take(ps, "?<!") || parser_take(ps, "?*") || parser_take(ps, "?<*");
}

/* A group that runs another one, or that refers to it: (?R), (?1), (?&name), (?P=name). */
static bool take_call(struct parser *ps)
{
    const char *p = ps->p;
    bool sign;

    if (parser_take(ps, "?R") || parser_take(ps, "?&") || parser_take(ps, "?P=") ||
        parser_take(ps, "?P>"))
        return true;
    if (!parser_take(ps, "?"))
        return false;
    sign = parser_next_is(ps, "+-");
    if (ps->end - ps->p > sign && byte_is_digit((unsigned char)ps->p[sign]))
        return true;
    ps->p = p;
    return false;
}

/* Behind "(". */
static void parse_group(struct parser *ps, struct list *list)
{
    struct options outer = save_options(ps);

    if (parser_next_is(ps, "*")) {
        ps->failed = true;
    } else if (parser_take(ps, "?#")) {
        skip_behind(ps, ')');
        reject_quantifier(ps);
    } else if (take_lookaround(ps)) {
        push(list, new_parent(ps, SYNTAX_LOOK, parse_inside(ps, outer)));
    } else if (take_call(ps)) {
        skip_behind(ps, ')');
        push_kind(ps, list, SYNTAX_UNKNOWN);
    } else if (parser_take(ps, "?(")) {
        parse_conditional(ps, list);
    } else if (parser_take(ps, "?<") || parser_take(ps, "?P<")) {
        skip_behind(ps, '>');
        push(list, parse_inside(ps, outer));
    } else if (parser_take(ps, "?'")) {
        skip_behind(ps, '\'');
        push(list, parse_inside(ps, outer));
    } else if (parser_take(ps, "?>") || parser_take(ps, "?|") || !parser_take(ps, "?")) {
        push(list, parse_inside(ps, outer));
    } else {
        parse_options(ps, list);
    }
}

/* ---- sequences ---- */

static void parse_atom(struct parser *ps, struct list *list)
{
    char c = *ps->p++;

    switch (c) {
    case '(':
        parse_group(ps, list);
        break;
    case '[':
        parse_class(ps, list);
        break;
    case '\\':
        parse_escape(ps, list);
        break;
    case '.':
        push_any_byte(ps, list);
        break;
    case '^':
        push_kind(ps, list, SYNTAX_LINE_START);
        break;
    case '$':
        push_kind(ps, list, SYNTAX_LINE_END);
        break;
    default:
        push_byte(ps, list, (unsigned char)c);
    }
}

static uint32_t parse_number(const char **p, const char *end)
{
    uint32_t n = 0;

    for (; *p < end && byte_is_digit((unsigned char)**p); (*p)++)
        n = MIN(n * 10 + (uint32_t)(**p - '0'), 65535u);
    return n;
}

/* "{3}", "{3,}", "{3,5}"; anything else in braces is text. */
static bool parse_braces(struct parser *ps, uint32_t *ret_min, uint32_t *ret_max)
{
    const char *p = ps->p + 1, *digits = p;
    uint32_t min = parse_number(&p, ps->end), max = min;

    if (p == digits)
        return false;
    if (p < ps->end && *p == ',') {
        digits = ++p;
        max = parse_number(&p, ps->end);
        if (p == digits)
            max = SYNTAX_MANY;
    }
    if (p == ps->end || *p != '}')
        return false;
    ps->p = p + 1;
    *ret_min = min;
    *ret_max = max;
    return true;
}

/* Puts a repetition in the place of the last item. */
static void repeat_last(struct parser *ps, struct list *list, uint32_t min, uint32_t max)
{
    struct syntax_node *node, *repeated = list->last ? *list->last : NULL;

    if (!repeated) {
        ps->failed = true;
        return;
    }
    if (repeated->kind == SYNTAX_UNKNOWN || (min == 1 && max == 1))
        return;
    node = new_parent(ps, SYNTAX_REPEAT, repeated);
    if (!node)
        return;
    node->min = min;
    node->max = max;
    *list->last = node;
    list->end = &node->next;
}

static void parse_quantifier(struct parser *ps, struct list *list)
{
    uint32_t min = 0, max = SYNTAX_MANY;

    skip_layout(ps);
    if (parser_at_end(ps))
        return;
    if (parser_next_is(ps, "*+?")) {
        min = *ps->p == '+';
        max = *ps->p == '?' ? 1 : SYNTAX_MANY;
        ps->p++;
    } else if (*ps->p != '{' || !parse_braces(ps, &min, &max)) {
        /* Later versions of PCRE2 read "{,5}" and blanks as quantifiers. */
        ps->failed |= *ps->p == '{' && ps->end - ps->p > 1 && strchr(", ", ps->p[1]);
        return;
    }
    skip_layout(ps);
    if (parser_next_is(ps, "?+"))
        ps->p++;
    repeat_last(ps, list, min, max);
}

static struct syntax_node *parse_sequence(struct parser *ps)
{
    struct list list = {.end = &list.first};

    for (skip_layout(ps); !parser_at_end(ps) && !parser_next_is(ps, "|)") && !ps->failed;
         skip_layout(ps)) {
        parse_atom(ps, &list);
        if (!ps->failed)
            parse_quantifier(ps, &list);
    }
    return new_parent(ps, SYNTAX_SEQUENCE, list.first);
}

static struct syntax_node *parse_choice(struct parser *ps)
{
    struct list list = {.end = &list.first};

    if (++ps->depth > DEPTH_MAX)
        ps->failed = true;
    push(&list, parse_sequence(ps));
    while (!ps->failed && parser_take(ps, "|"))
        push(&list, parse_sequence(ps));
    ps->depth--;
    if (list.first && !list.first->next)
        return list.first;
    return new_parent(ps, SYNTAX_CHOICE, list.first);
}

int syntax_read(struct syntax_node **ret_root, struct gloss_span pattern, struct arena *arena)
{
    struct parser ps = {.p = pattern.ptr, .end = pattern.ptr + pattern.len, .arena = arena};
    struct syntax_node *root = parse_choice(&ps);

    if (ps.no_memory)
        return -ENOMEM;
    if (ps.failed || !parser_at_end(&ps))
        return SYNTAX_E_UNKNOWN;
    *ret_root = root;
    return 0;
}
