/* Sets of bytes, as patterns write them: "[a-z_]", "\\d", "\\x1b". */

#include "core/base/bytes.h"
#include "core/base/util.h"
#include "core/regex/syntax_parser.h"

void members_add_range(uint64_t members[4], unsigned from, unsigned to)
{
    for (unsigned c = from; c <= to; c++)
        members[c / 64] |= (uint64_t)1 << c % 64;
}

static void add_text(uint64_t members[4], const char *bytes)
{
    for (; *bytes; bytes++)
        members_add_range(members, (unsigned char)*bytes, (unsigned char)*bytes);
}

static void add_members(uint64_t members[4], const uint64_t more[4], bool negated)
{
    for (unsigned i = 0; i < 4; i++)
        members[i] |= negated ? ~more[i] : more[i];
}

/* The bytes of a shorthand like \d; false: it is none. */
bool members_add_shorthand(uint64_t members[4], char c)
{
    uint64_t set[4] = {0};

    switch (c | 0x20) {
    case 'd':
        members_add_range(set, '0', '9');
        break;
    case 'w':
        members_add_range(set, '0', '9');
        members_add_range(set, 'A', 'Z');
        members_add_range(set, 'a', 'z');
        add_text(set, "_");
        break;
    case 's':
        add_text(set, " \t\n\v\f\r");
        break;
    case 'h':
        add_text(set, " \t\xa0");
        break;
    case 'v':
        add_text(set, "\n\v\f\r\x85");
        break;
    default:
        return false;
    }
    add_members(members, set, c < 'a');
    return true;
}

void members_fold_case(uint64_t members[4])
{
    for (unsigned upper = 'A'; upper <= 'Z'; upper++) {
        unsigned lower = upper | 0x20;

        if (members[1] >> (upper - 64) & 1 || members[1] >> (lower - 64) & 1) {
            members_add_range(members, upper, upper);
            members_add_range(members, lower, lower);
        }
    }
}

static unsigned hex_value(unsigned char c)
{
    return byte_is_digit(c) ? c - (unsigned)'0' : (c | 0x20u) - 'a' + 10u;
}

/* Behind "\x": up to two digits, or any number in braces. */
static int parse_hex(struct parser *ps)
{
    bool braces = parser_take(ps, "{");
    unsigned value = 0, digits = 0;

    while (!parser_at_end(ps) && byte_is_hex((unsigned char)*ps->p) && (braces || digits < 2)) {
        value = (value << 4 | hex_value((unsigned char)*ps->p++)) & 0xffff;
        digits++;
    }
    if (value > 0xff || (braces && !parser_take(ps, "}")))
        ps->failed = true;
    return (int)(value & 0xff);
}

/* A byte written as an escape; -1: the escape is no byte, and is still to be taken. */
int parser_byte_escape(struct parser *ps)
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

struct class
{
    uint64_t members[4];
    bool spelled;
    int last; /* the byte that a range may begin with; -1: none */
};

/* Behind "[:" inside a class, up to ":]". */
static void parse_posix_name(struct parser *ps, struct class *class)
{
    static const struct {
        const char *name, *ranges; /* pairs of first and last byte */
    } known[] = {
        {"alpha:]", "azAZ"},
        {"lower:]", "az"},
        {"upper:]", "AZ"},
        {"alnum:]", "09azAZ"},
        {"digit:]", "09"},
        {"xdigit:]", "09afAF"},
        {"word:]", "09azAZ__"},
        {"blank:]", "  \t\t"},
        {"space:]", "  \t\r"},
        {"graph:]", "!~"},
        {"print:]", " ~"},
        {"punct:]", "!/:@[`{~"},
        {"cntrl:]", "\x01\x1f\x7f\x7f"},
    };
    bool negated = parser_take(ps, "^");
    uint64_t set[4] = {0};
    size_t i = 0;

    while (i < ARRAY_SIZE(known) && !parser_take(ps, known[i].name))
        i++;
    if (i == ARRAY_SIZE(known)) {
        ps->failed = true; /* "ascii", or no name at all */
        return;
    }
    for (const char *r = known[i].ranges; *r; r += 2)
        members_add_range(set, (unsigned char)r[0], (unsigned char)r[1]);
    if (STREQ(known[i].name, "cntrl:]"))
        members_add_range(set, 0, 0);
    if (ps->ignore_case)
        members_fold_case(set);
    add_members(class->members, set, negated);
    class->spelled = false;
    class->last = -1;
}

/* A backslash inside a class. Returns the byte it stands for; -1: more than one, or none known. */
static int parse_class_escape(struct parser *ps, struct class *class)
{
    int byte;

    if (parser_at_end(ps)) {
        ps->failed = true;
        return -1;
    }
    byte = parser_byte_escape(ps);
    if (byte >= 0)
        return byte;
    if (parser_take(ps, "b"))
        return '\b';
    class->spelled = false;
    if (!members_add_shorthand(class->members, *ps->p++))
        ps->failed = true;
    return -1;
}

/* A byte or an escape inside a class; as the end of a range where one was begun. */
static void parse_member(struct parser *ps, struct class *class)
{
    bool range = class->last >= 0 && ps->end - ps->p > 1 && ps->p[0] == '-' && ps->p[1] != ']';
    int byte;

    if (range)
        ps->p++;
    byte = (unsigned char)*ps->p++;
    if (byte == '\\')
        byte = parse_class_escape(ps, class);
    if (range && (byte < class->last || (byte == '[' && parser_next_is(ps, ":")))) {
        ps->failed = true; /* PCRE2 would take the hyphen for itself, or complain */
        return;
    }
    if (byte >= 0)
        members_add_range(class->members, range ? (unsigned)class->last : (unsigned)byte,
                          (unsigned)byte);
    class->spelled &= !range;
    class->last = range ? -1 : byte;
}

void parser_class(struct parser *ps, uint64_t ret_members[4], bool *ret_spelled)
{
    bool negated = parser_take(ps, "^"), first = true;
    struct class class = {.spelled = !negated, .last = -1};

    for (; !ps->failed && (first || !parser_take(ps, "]")); first = false) {
        if (parser_at_end(ps))
            ps->failed = true;
        else if (parser_take(ps, "[:"))
            parse_posix_name(ps, &class);
        else
            parse_member(ps, &class);
    }
    if (ps->ignore_case)
        members_fold_case(class.members);
    memset(ret_members, 0, sizeof(class.members));
    add_members(ret_members, class.members, negated);
    *ret_spelled = class.spelled;
}
