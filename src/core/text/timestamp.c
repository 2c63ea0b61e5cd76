/* Where the time of a line is looked for, in this order:
 *
 *     forms of one's own
 *     the form that read the line before     most logs have one form
 *     the table's dates                      behind brackets, a level, a priority of syslog
 *     the table's forms with a lead
 *     a JSON object, key=value               the value of a usual key
 *     the date of an access log
 *
 * A byte order mark, colours, blanks and the name of a container count as not there. The most
 * frequent form, that of RFC 3339 and ISO 8601, has a function of its own, several times as fast.
 */

#include "core/text/timestamp.h"

#include "core/base/nanoseconds.h"
#include "core/base/util.h"
#include "core/text/time_forms.h"
#include "core/text/time_keys.h"
#include "core/text/time_names.h"

#include <assert.h>

#define PLAIN_BYTES 256 /* of a line whose beginning has colours */
#define COLOUR_REACH 64
#define LEADS 6 /* most brackets, levels and so on before a time */

/* What is asked of a line. */
struct asking {
    const struct time_reading *how;
    struct civil civil; /* of the last match that was tried */
    struct civil said;  /* of the one that decided, where its date is in any order */
    bool unsure;        /* something like a time was met */
    uint64_t ns;
};

/* ---- ISO 8601 ---- */

/* Two digits as a number. Where they are none it is so far below zero that no sum of it is in any
 * range. */
static int pair(const char *at)
{
    return is_digit(at[0]) && is_digit(at[1]) ? (at[0] - '0') * 10 + (at[1] - '0') : -10000;
}

static bool is_within(int n, int low, int high)
{
    return n >= low && n <= high;
}

/* "2024-03-05T10:00:01" and what may stand behind it, where each number has all its digits and is
 * in its range; any other text is left to the table. */
static bool take_iso(struct reader *r, struct civil *c)
{
    const char *p = r->at;

    if (r->end - p < 19 || p[4] != '-' || p[7] != '-' || p[13] != ':' || p[16] != ':' ||
        (p[10] != ' ' && p[10] != 'T'))
        return false;
    *c = (struct civil){.date = {pair(p) * 100 + pair(p + 2), pair(p + 5), pair(p + 8)},
                        .hour = pair(p + 11),
                        .minute = pair(p + 14),
                        .second = pair(p + 17)};
    if (!is_within(c->date.year, TIME_YEAR_MIN, TIME_YEAR_MAX) ||
        !is_within(c->date.month, 1, 12) || !is_within(c->date.day, 1, 31) ||
        !is_within(c->hour, 0, 23) || !is_within(c->minute, 0, 59) || !is_within(c->second, 0, 60))
        return false;
    r->at += 19;
    civil_tail(r, c);
    return r->at == r->end || !is_digit(*r->at);
}

/* ---- one form ---- */

static enum time_match apply(struct asking *a, enum time_match m)
{
    if (m == TIME_FOUND)
        m = time_rules_apply(a->how->rules, &a->civil, &a->ns);
    if (m != TIME_ABSENT && a->civil.orders)
        a->said = a->civil;
    a->unsure |= m == TIME_UNSURE;
    return m;
}

static enum time_match try_form(struct asking *a, struct reader r, const char *form)
{
    return apply(a, civil_match(&r, form, &a->civil));
}

static enum time_match try_iso(struct asking *a, struct reader r)
{
    if (!take_iso(&r, &a->civil))
        return TIME_ABSENT;
    return apply(a, a->civil.doubtful ? TIME_UNSURE : TIME_FOUND);
}

/* ---- the table ---- */

/* What a text begins with, as far as rows differ in that. */
struct beginning {
    struct reader r;
    size_t digits;
    char first, next; /* the first byte, the one behind the digits */
    bool named;       /* the members below are known */
    bool month, weekday, severity;
};

static struct beginning begin_at(struct reader r)
{
    struct beginning b = {.r = r, .first = '\0'};

    if (r.at == r.end)
        return b;
    b.first = *r.at;
    if (!is_digit(b.first))
        return b;
    b.digits = digits_ahead(&r);
    if (r.at + b.digits < r.end)
        b.next = r.at[b.digits];
    return b;
}

/* Looks whether a text that begins with a letter begins with a name. */
static void look_for_names(struct beginning *b)
{
    const struct reader *r = &b->r;
    int ignored;

    b->named = true;
    if (b->digits > 0 || (!is_letter(b->first) && !(b->first & 0x80)))
        return;
    b->month = time_names_month(r->at, r->end, &ignored) > 0;
    b->weekday = time_names_weekday(r->at, r->end) > 0;
    b->severity = r->end - r->at > 5 && is_digit(r->at[1]);
}

static bool row_fits(const struct time_form *f, const struct beginning *b)
{
    if (f->place == FORM_LAST)
        return true;
    if (f->digits == 0)
        return b->digits == 0 &&
               (f->next == 0 || f->next == b->first || (f->next == FORM_BY_MONTH && b->month) ||
                (f->next == FORM_BY_WEEKDAY && b->weekday) ||
                (f->next == FORM_BY_SEVERITY && b->severity));
    return (f->digits == b->digits || (f->digits == 2 && b->digits == 1) ||
            (f->digits == FORM_ANY_DIGITS && b->digits > 0)) &&
           (f->next == 0 || f->next == b->next);
}

/* Whether a row is for texts of a key of the index. */
static bool row_is_of(const struct time_form *f, size_t key)
{
    size_t digits = key < 256 ? 0 : key - 256;
    char first = (char)key;

    if (f->place == FORM_LAST)
        return true;
    if (f->digits != 0 || digits > 0)
        return digits > 0 && (f->digits == digits || (f->digits == 2 && digits == 1) ||
                              f->digits == FORM_ANY_DIGITS);
    if (f->next == FORM_BY_MONTH || f->next == FORM_BY_WEEKDAY || f->next == FORM_BY_SEVERITY)
        return is_letter(first) || (first & 0x80);
    return f->next == 0 || f->next == first;
}

void time_index_init(struct time_index *index)
{
    *index = (struct time_index){0};
    for (size_t key = 0; key < TIME_INDEX_KEYS; key++)
        for (size_t i = 0; i < time_n_forms; i++)
            if (row_is_of(&time_forms[i], key)) {
                uint8_t place = time_forms[i].place, n = index->n[place][key]++;

                assert(n < TIME_INDEX_ROWS);
                index->rows[place][key][n] = (uint8_t)i;
            }
}

static size_t key_of(const struct beginning *b)
{
    return b->digits > 0 ? 256 + MIN(b->digits, (size_t)TIME_INDEX_DIGITS)
                         : (unsigned char)b->first;
}

static enum time_match try_rows(struct asking *a, struct beginning *b, enum form_place place)
{
    const struct time_index *index = a->how->index;
    size_t key = key_of(b), n = index ? index->n[place][key] : time_n_forms;

    if (b->r.at == b->r.end || n == 0)
        return TIME_ABSENT;
    if (!b->named)
        look_for_names(b);
    for (size_t k = 0; k < n; k++) {
        size_t i = index ? index->rows[place][key][k] : k;
        const struct time_form *f = &time_forms[i];

        if (f->place == place && row_fits(f, b) && try_form(a, b->r, f->form) == TIME_FOUND) {
            *a->how->last = i;
            return TIME_FOUND;
        }
    }
    return TIME_ABSENT;
}

/* ---- values of keys ---- */

static enum time_match read_value(void *ctx, struct gloss_span value, uint64_t *ret_ns)
{
    struct asking *a = ctx;
    struct reader r = {value.ptr, value.ptr + value.len}, t = r;
    struct beginning b;
    enum time_match m;
    bool unsure = a->unsure;

    a->unsure = false;
    if (civil_epoch(&t, ret_ns) && t.at == t.end) {
        a->unsure = unsure;
        return TIME_FOUND;
    }
    m = try_iso(a, r);
    if (m != TIME_FOUND) {
        b = begin_at(r);
        m = try_rows(a, &b, FORM_DATE);
    }
    if (m != TIME_FOUND)
        m = a->unsure ? TIME_UNSURE : TIME_ABSENT;
    a->unsure = unsure;
    *ret_ns = a->ns;
    return m;
}

/* ---- what stands before the time ---- */

/* Passes over escape sequences. */
static void skip_colours(struct reader *r)
{
    while (take_char(r, '\x1b'))
        if (take_char(r, '[')) {
            while (r->at < r->end && (is_digit(*r->at) || *r->at == ';' || *r->at == '?'))
                r->at++;
            r->at += r->at < r->end;
        }
}

/* Copies the beginning of a line without its escape sequences. */
static size_t without_colours(struct reader r, char *out)
{
    size_t n = 0;

    for (skip_colours(&r); r.at < r.end && n < PLAIN_BYTES; skip_colours(&r))
        out[n++] = *r.at++;
    return n;
}

/* "web-1  | ": the name of a container, as docker compose and pm2 write it. */
static void skip_container(struct reader *r)
{
    const char *end = r->at + MIN(r->end - r->at, (ptrdiff_t)64);
    const char *bar = memchr(r->at, '|', (size_t)(end - r->at));

    while (bar && (bar == r->at || bar + 1 == r->end || bar[-1] != ' ' || bar[1] != ' '))
        bar = memchr(bar + 1, '|', (size_t)(end - bar - 1));
    for (const char *p = r->at; bar && p < bar; p++)
        if (*p == ' ' && p[1] != ' ' && p[1] != '|')
            return;
    if (bar)
        r->at = bar + 2;
}

/* The priority of syslog, "<13>", and the version "1 " that RFC 5424 puts behind it. */
static bool take_priority(struct reader *r)
{
    struct reader t = *r;
    size_t n;

    if (!take_char(&t, '<'))
        return false;
    n = digits_ahead(&t);
    t.at += n;
    if (n < 1 || n > 3 || !take_char(&t, '>'))
        return false;
    if (t.end - t.at >= 2 && t.at[0] == '1' && t.at[1] == ' ')
        t.at += 2;
    *r = t;
    return true;
}

/* "ERROR ", "[INFO] ", "warn: ", "E, ". */
static bool take_severity(struct reader *r)
{
    struct reader t = *r;
    const char *begin;

    if (t.at < t.end && (*t.at == '[' || *t.at == '<' || *t.at == '('))
        t.at++;
    for (begin = t.at; t.at < t.end && is_letter(*t.at) && t.at - begin < 12;)
        t.at++;
    if (t.at == t.end || !civil_is_level(gloss_span(begin, (size_t)(t.at - begin))))
        return false;
    if (*t.at == '\0' || !strchr("]>):,|- \t[", *t.at))
        return false;
    while (t.at < t.end && *t.at != '\0' && strchr("]>):,|- \t", *t.at))
        t.at++;
    *r = t;
    return true;
}

/* Passes over what may stand before a time: brackets, quotation marks, severities. */
static void skip_leads(struct reader *r)
{
    for (int i = 0; i < LEADS && r->at < r->end && !is_digit(*r->at); i++) {
        skip_blanks(r);
        if (r->at == r->end || is_digit(*r->at) || take_priority(r) || take_severity(r))
            continue;
        if (*r->at == '\0' || !strchr("[(<\"'", *r->at))
            return;
        r->at++;
    }
}

/* ---- the line ---- */

static bool is_first_word_a_pair(const struct reader *r)
{
    const char *p = r->at;

    while (p < r->end && (is_letter(*p) || is_digit(*p) || *p == '_' || *p == '.' || *p == '@'))
        p++;
    return p > r->at && p < r->end && *p == '=' && p + 1 < r->end && p[1] != '=';
}

static enum time_match by_keys(struct asking *a, struct reader r)
{
    enum time_match m = TIME_ABSENT;

    if (*r.at == '{')
        m = time_keys_object(r, read_value, a, &a->ns);
    else if (is_first_word_a_pair(&r))
        m = time_keys_pairs(r, read_value, a, &a->ns);
    a->unsure |= m == TIME_UNSURE;
    return m;
}

static enum time_match by_own_forms(struct asking *a, struct reader begin, struct reader behind)
{
    for (size_t i = 0; i < a->how->n_formats; i++)
        if (try_form(a, begin, a->how->formats[i]) == TIME_FOUND ||
            (behind.at > begin.at && try_form(a, behind, a->how->formats[i]) == TIME_FOUND))
            return TIME_FOUND;
    return TIME_ABSENT;
}

/* Tries the row that read the last line; rows of the last place would be tried too early. */
static bool by_last_row(struct asking *a, struct beginning *begin, struct beginning *behind)
{
    const struct time_form *f = &time_forms[MIN(*a->how->last, time_n_forms - 1)];
    struct beginning *b = f->place == FORM_DATE ? behind : begin;
    bool unsure = a->unsure;

    if (*a->how->last >= time_n_forms || f->place > FORM_LEAD || b->r.at == b->r.end ||
        (f->digits > 0 && !row_fits(f, b)))
        return false;
    if (try_form(a, b->r, f->form) == TIME_FOUND)
        return true;
    a->unsure = unsure;
    return false;
}

static enum time_match by_table(struct asking *a, struct reader at_begin, struct reader at_behind)
{
    struct beginning begin, other, *behind = &begin;
    enum time_match m;

    if (try_iso(a, at_behind) == TIME_FOUND)
        return TIME_FOUND;
    begin = begin_at(at_begin);
    if (at_behind.at > at_begin.at) {
        other = begin_at(at_behind);
        behind = &other;
    }
    if (begin.first != '{' &&
        (by_last_row(a, &begin, behind) || try_rows(a, behind, FORM_DATE) == TIME_FOUND ||
         try_rows(a, &begin, FORM_LEAD) == TIME_FOUND))
        return TIME_FOUND;
    if (a->unsure)
        return TIME_UNSURE;
    m = by_keys(a, at_begin);
    if (m != TIME_ABSENT || begin.first == '{')
        return m;
    if (try_rows(a, &begin, FORM_LAST) == TIME_FOUND)
        return TIME_FOUND;
    try_rows(a, &begin, FORM_NONE);
    if (behind != &begin)
        try_rows(a, behind, FORM_NONE);
    return a->unsure ? TIME_UNSURE : TIME_ABSENT;
}

static enum time_match read_plain(struct asking *a, struct reader begin)
{
    struct reader behind;

    skip_blanks(&begin);
    skip_container(&begin);
    skip_blanks(&begin);
    if (begin.at == begin.end)
        return TIME_ABSENT;
    behind = begin;
    skip_leads(&behind);
    if (a->how->n_formats > 0 && by_own_forms(a, begin, behind) == TIME_FOUND)
        return TIME_FOUND;
    a->unsure = false; /* the table may know better */
    return by_table(a, begin, behind);
}

enum time_match timestamp_read(struct gloss_span line, const struct time_reading *how,
                               uint64_t *ret_ns, struct civil *ret_civil)
{
    struct reader r = {line.ptr, line.ptr + line.len};
    struct asking a;
    char plain[PLAIN_BYTES];
    enum time_match m;

    if (line.len == 0)
        return TIME_ABSENT;
    a.how = how;
    a.unsure = false;
    a.said.orders = 0;
    if (how->n_formats == 0 && is_digit(*line.ptr) && try_iso(&a, r) == TIME_FOUND) {
        *ret_ns = a.ns;
        return TIME_FOUND;
    }
    take_text(&r, "\xef\xbb\xbf");
    skip_colours(&r);
    if (r.at < r.end && memchr(r.at, '\x1b', (size_t)MIN(r.end - r.at, (ptrdiff_t)COLOUR_REACH))) {
        size_t n = without_colours(r, plain);

        r = (struct reader){plain, plain + n};
    }
    m = read_plain(&a, r);
    if (m == TIME_FOUND)
        *ret_ns = a.ns;
    if (m != TIME_ABSENT && a.said.orders && ret_civil)
        *ret_civil = a.said;
    return m;
}

bool timestamp_is_indented(struct gloss_span line)
{
    struct reader r = {line.ptr, line.ptr + line.len};

    if (line.len == 0 || is_digit(*line.ptr))
        return false;
    take_text(&r, "\xef\xbb\xbf");
    return r.at < r.end && is_blank(*r.at);
}

bool gloss_stamp_parse(struct gloss_span line, const struct gloss_clock *clock, uint64_t *ret_ns)
{
    const struct time_rules rules = {.zone = &clock->zone, .before_ns = clock->now_ns};
    size_t last = SIZE_MAX;
    const struct time_reading how = {.rules = &rules, .last = &last};

    return timestamp_read(line, &how, ret_ns, NULL) == TIME_FOUND;
}
