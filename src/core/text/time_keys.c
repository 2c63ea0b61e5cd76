/* Both kinds of line are walked through once, from one key to the next. A key that stands further
 * up in the table than the best one so far is asked; when the topmost one has a time, the walk
 * ends. Strings, which are nearly all of a long line, are passed over by memchr(3). */

#include "core/text/time_keys.h"

#include "core/base/util.h"

#include <string.h>

#define MAX_DEPTH 64 /* of values that are passed over; a deeper one ends the walk */

/* In the order in which they count. */
#define KEY(text)                \
    {                            \
        (text), sizeof(text) - 1 \
    }
static const struct {
    const char *text;
    size_t len;
} keys[] = {
    KEY("time"),  KEY("timestamp"),  KEY("@timestamp"), KEY("ts"),
    KEY("t"),     KEY("@t"),         KEY("Timestamp"),  KEY("asctime"),
    KEY("date"),  KEY("datetime"),   KEY("eventTime"),  KEY("__REALTIME_TIMESTAMP"),
    KEY("$date"), KEY("created_at"), KEY("started_at"), KEY("EdgeStartTimestamp"),
};

#define N_KEYS ((int)ARRAY_SIZE(keys))

/* The best time so far. */
struct found {
    time_value_fn fn;
    void *ctx;
    int rank; /* of its key; none: 2 * N_KEYS */
    uint64_t ns;
    bool unsure; /* a key has something like a time, which cannot be told */
};

/* The place of a key in the table; N_KEYS: none. */
static int rank_of(struct gloss_span key)
{
    if (key.len == 0)
        return N_KEYS;
    for (int i = 0; i < N_KEYS; i++)
        if (keys[i].len == key.len && *keys[i].text == *key.ptr &&
            memcmp(keys[i].text, key.ptr, key.len) == 0)
            return i;
    return N_KEYS;
}

static void ask(struct found *f, int rank, struct gloss_span value)
{
    uint64_t ns;
    enum time_match m;

    if (rank >= f->rank)
        return;
    m = f->fn(f->ctx, value, &ns);
    f->unsure |= m == TIME_UNSURE;
    if (m != TIME_FOUND)
        return;
    f->rank = rank;
    f->ns = ns;
}

static enum time_match answer(const struct found *f, uint64_t *ret_ns)
{
    if (f->rank == 2 * N_KEYS)
        return f->unsure ? TIME_UNSURE : TIME_ABSENT;
    *ret_ns = f->ns;
    return TIME_FOUND;
}

/* ---- JSON ---- */

static bool is_escaped(const char *begin, const char *quote)
{
    const char *p = quote;

    while (p > begin && p[-1] == '\\')
        p--;
    return (quote - p) % 2 != 0;
}

/* A string of JSON; *ret is what stands between its quotation marks, escapes and all. */
static bool take_string(struct reader *r, struct gloss_span *ret)
{
    const char *begin = r->at + 1, *quote = begin;

    if (r->at == r->end || *r->at != '"')
        return false;
    do {
        quote = quote < r->end ? memchr(quote, '"', (size_t)(r->end - quote)) : NULL;
        if (!quote)
            return false;
    } while (is_escaped(begin, quote) && quote++);
    *ret = gloss_span(begin, (size_t)(quote - begin));
    r->at = quote + 1;
    return true;
}

/* Passes over a value, up to the comma or the brace behind it. */
static bool skip_value(struct reader *r)
{
    struct gloss_span ignored;
    int depth = 0;

    while (r->at < r->end) {
        char c = *r->at;

        if (c == '"') {
            if (!take_string(r, &ignored))
                return false;
            continue;
        }
        if (c == '{' || c == '[') {
            if (++depth > MAX_DEPTH)
                return false;
        } else if (c == '}' || c == ']') {
            if (depth-- == 0)
                return true;
        } else if (c == ',' && depth == 0) {
            return true;
        }
        r->at++;
    }
    return false;
}

/* Number or word: up to where it ends. */
static struct gloss_span bare_value(const struct reader *r)
{
    const char *p = r->at;

    while (p < r->end && *p != ',' && *p != '}' && *p != ']' && !is_blank(*p))
        p++;
    return gloss_span(r->at, (size_t)(p - r->at));
}

static bool take_key(struct reader *r, struct gloss_span *ret)
{
    skip_blanks(r);
    if (!take_string(r, ret))
        return false;
    skip_blanks(r);
    if (!take_char(r, ':'))
        return false;
    skip_blanks(r);
    return true;
}

/* Walks through the members of an object; r stands behind its opening brace, and in the end at its
 * closing one. Returns whether the object was whole. */
static bool walk_object(struct reader *r, struct found *f, int level)
{
    struct gloss_span key, text;
    int rank;

    do {
        if (!take_key(r, &key))
            return r->at < r->end && *r->at == '}';
        rank = rank_of(key);
        rank = rank < N_KEYS ? rank + level * N_KEYS : 2 * N_KEYS;
        if (r->at < r->end && *r->at == '{' && level == 0) {
            r->at++;
            if (!walk_object(r, f, 1) || !take_char(r, '}'))
                return false;
        } else if (rank < f->rank) {
            struct reader value = *r;

            ask(f, rank, take_string(&value, &text) ? text : bare_value(r));
        }
        if (f->rank == 0 || !skip_value(r))
            return false;
    } while (take_char(r, ','));
    return true;
}

enum time_match time_keys_object(struct reader r, time_value_fn fn, void *ctx, uint64_t *ret_ns)
{
    struct found f = {.fn = fn, .ctx = ctx, .rank = 2 * N_KEYS};

    r.at++;
    walk_object(&r, &f, 0);
    return answer(&f, ret_ns);
}

/* ---- key=value ---- */

static bool is_key_byte(char c)
{
    return is_letter(c) || is_digit(c) || c == '_' || c == '.' || c == '-' || c == '@';
}

/* "key=value", "key=\"a value\"". */
static bool take_pair(struct reader *r, struct gloss_span *ret_key, struct gloss_span *ret_value)
{
    const char *begin = r->at;

    while (r->at < r->end && is_key_byte(*r->at))
        r->at++;
    *ret_key = gloss_span(begin, (size_t)(r->at - begin));
    if (ret_key->len == 0 || !take_char(r, '='))
        return false;
    if (take_string(r, ret_value))
        return true;
    begin = r->at;
    while (r->at < r->end && !is_blank(*r->at))
        r->at++;
    *ret_value = gloss_span(begin, (size_t)(r->at - begin));
    return true;
}

/* A date, a time and a zone under keys of their own, as firewalls write them. */
struct pieces {
    struct gloss_span date, time, zone;
};

static void keep_piece(struct pieces *p, struct gloss_span key, struct gloss_span value)
{
    if (gloss_span_equal(key, gloss_span_str("date")))
        p->date = value;
    else if (gloss_span_equal(key, gloss_span_str("time")))
        p->time = value;
    else if (gloss_span_equal(key, gloss_span_str("tz")))
        p->zone = value;
}

static void ask_for_pieces(struct found *f, const struct pieces *p)
{
    char text[64];
    size_t n = 0;

    if (p->date.len == 0 || p->time.len == 0 ||
        p->date.len + p->time.len + p->zone.len + 1 > sizeof(text))
        return;
    memcpy(text, p->date.ptr, p->date.len);
    n = p->date.len;
    text[n++] = ' ';
    memcpy(text + n, p->time.ptr, p->time.len);
    n += p->time.len;
    if (p->zone.len > 0)
        memcpy(text + n, p->zone.ptr, p->zone.len);
    n += p->zone.len;
    ask(f, 0, gloss_span(text, n));
}

/* The next pair, words that are none being passed over. */
static bool next_pair(struct reader *r, struct gloss_span *ret_key, struct gloss_span *ret_value)
{
    for (skip_blanks(r); r->at < r->end; skip_blanks(r)) {
        if (take_pair(r, ret_key, ret_value))
            return true;
        while (r->at < r->end && !is_blank(*r->at))
            r->at++;
    }
    return false;
}

enum time_match time_keys_pairs(struct reader r, time_value_fn fn, void *ctx, uint64_t *ret_ns)
{
    struct found f = {.fn = fn, .ctx = ctx, .rank = 2 * N_KEYS};
    struct gloss_span key, value;
    struct pieces pieces = {0};

    for (bool more = take_pair(&r, &key, &value); more && f.rank > 0;
         more = next_pair(&r, &key, &value)) {
        int rank = rank_of(key);

        if (rank < N_KEYS)
            ask(&f, rank, value);
        keep_piece(&pieces, key, value);
    }
    ask_for_pieces(&f, &pieces);
    return answer(&f, ret_ns);
}
