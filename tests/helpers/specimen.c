/* A specimen is YAML text, written by hand or by a loop. Its logs are drawn from its own names,
 * samples of what its patterns match, names with a byte changed, and borders of every kind. */

#include "specimen.h"

#include "core/base/util.h"
#include "rng.h"

#include <stdio.h>

#define ENTRY(name) "  '" name "': {cause: c, solution: s}\n"
#define PATTERN(name, pattern) "  '" name "': {pattern: '" pattern "', cause: c, solution: s}\n"

struct specimen {
    const char *name;
    const char *yaml[3];     /* catalogs; NULL behind the last */
    unsigned generated;      /* this many names made by a loop, in a catalog of their own */
    const char *samples[24]; /* what its patterns match, and nearly match; NULL behind the last */
};

static const struct specimen specimens[SPECIMENS] = {
    {"built in", {0}, 0, {"ResponseCode=200", "ResponseCode=2000", "ONS_", "BIZ_NEW_ONE", "BIZ_N"}},
    {"one name", {"catalog: one\ncodes:\n" ENTRY("BIZ_TOPIC_NOT_FOUND")}, 0, {"BIZ_TOPIC"}},
    {"one letter", {"catalog: one\ncodes:\n" ENTRY("E")}, 0, {"E_", "e", "EE"}},
    {"dotted",
     {"catalog: dots\ncodes:\n" ENTRY("Forbidden") ENTRY("Forbidden.RAM")
          ENTRY("Forbidden.RAM.Sub-User") ENTRY("InvalidParameter") ENTRY("InvalidParameter.Id")
              ENTRY("Inval") ENTRY("Throttling.User") ENTRY("Quota.Exceeded.Per.Day")},
     0,
     {"Forbidden.", "Forbidden.RAM.", "Forbidden.RAM.Sub", "Throttling", "Quota.Exceeded"}},
    {"lower case",
     {"catalog: lower\ncodes:\n" ENTRY("econnrefused") ENTRY("econnreset") ENTRY("timed_out_r")
          ENTRY("n") ENTRY("nosuchkey") ENTRY("u0041") ENTRY("b64") ENTRY("mismatch") ENTRY("rst")
              ENTRY("x1b") ENTRY("torn_page")},
     0,
     {"\\nosuchkey", "\\torn_page", "\\rst", "\\nn", "\\b64", "%0An", "\\u0041n", "\\x1b[0mn"}},
    {"edges that are no letters",
     {"catalog: edges\ncodes:\n" ENTRY("[E001]") ENTRY("-X") ENTRY("X-") ENTRY("E-1") ENTRY("E-1-2")
          ENTRY("@err@") ENTRY("$x") ENTRY("A\\B") ENTRY("\\nF") ENTRY("[31mX") ENTRY("ab\\")
              ENTRY("\xe9\x94\x99\xe8\xaf\xaf") ENTRY("\xc3\xa9t\xc3\xa9") ENTRY("%41Z") ENTRY("##")
                  ENTRY("...")},
     0,
     {"\\u001b[31mX", "\\u001b[31mE-1", "ab\\\\nE-1", "E-1-2-3", "ab\\nF", "....", "###"}},
    {"patterns that begin alike",
     {"catalog: prefix\ncodes:\n" PATTERN("ORA", "ORA-(?<number>\\d{5})") PATTERN(
         "ORA-6xxxx", "ORA-6\\d{4}") PATTERN("SQLSTATE", "SQLSTATE[ =\\[]+(?<state>[0-9A-Z]{5})")
          PATTERN("http", "HTTP/1\\.[01] (?<status>[45]\\d\\d)(?: (?<reason>\\w+))?")
              PATTERN("quoted", "\\Qa.b*c") PATTERN("tail", "end of file$")
                  PATTERN("head", "^panic: (?<what>.+)") PATTERN("E_x", "E_[A-Z]+") ENTRY("E_IO")
                      ENTRY("ORA-60001") "success: 'status=(?:ok|OK)'\n"},
     0,
     {"ORA-00942", "ORA-60001", "ORA-6000", "ORA-600011", "SQLSTATE [42S02", "HTTP/1.1 404 Not",
      "HTTP/1.0 503", "a.b*c", "end of file", "\npanic: all", "E_IO", "E_IOX", "status=ok",
      "status=OKAY", "x_status=ok", "%20status=OK"}},
    {"patterns with something inside",
     {"catalog: inner\ncodes:\n" PATTERN("refused", "\\w+ connection refused(?: by (?<who>\\w+))?")
          PATTERN("cls", "(?<class>[A-Z][a-z]+)Exception")
              PATTERN("either", "[0-9]+(?:ms|sec) late") PATTERN("case", "(?i)[a-z]*deadlock")
                  PATTERN("kept", "user=\\Kroot\\w*") PATTERN("kept2", "codes \\K[0-9]+ failed")
                      PATTERN("ahead", "foo(?=bar)\\w") PATTERN("behind", "(?<=id:)[a-f]+xyz")
                          PATTERN("not", "(?<!no )error \\d+") PATTERN("possessive", "a++bcd")
                              PATTERN("comment", "zz(?#c)*yx") ENTRY("user") ENTRY("codes")},
     0,
     {"my connection refused by peer", "NullException", "IOException", "12ms late", "9sec late",
      "DeadLock", "mydeadlock", "user=root1", "user", "codes 12 failed", "user=rooted", "foobar",
      "foobaz", "id:abcxyz", "no error 5", "error 6", "aaabcd", "zyx", "zzzyx"}},
    {"patterns with nothing to look for",
     {"catalog: nothing\ncodes:\n" PATTERN("digits", "\\d{3,}") PATTERN("caps", "[A-Z]{2}[a-z]+")
          PATTERN("oneof", "(?<a>[xyz])(?<b>[xyz])?=\\d") PATTERN("back", "(\\w)\\1\\1") ENTRY(
              "DISK_FULL") ENTRY("DISK") "family: '[A-Z]+_[A-Z]+'\nsuccess: '[0-9]+ bytes'\n"},
     0,
     {"1234", "ABcd", "xy=1", "aaa", "DISK_FUL", "99 bytes", "\\n7 bytes", "NET_DOWN", "NET_"}},
    {"families that quarrel",
     {"catalog: first\nfamily: '(?:ONS|BIZ)_[A-Z][A-Z0-9_]*'\nsuccess: 'rc=0'\ncodes:\n" ENTRY(
          "BIZ_ONE") ENTRY("ONS_TWO") PATTERN("BIZ_P", "BIZ_P[0-9]+x"),
      "catalog: second\nfamily: 'BIZ_[A-Z]+'\nsuccess: 'rc=[0O]K'\ncodes:\n" ENTRY("BIZ_TWO")
          PATTERN("three", "ONS_THREE(?<n>\\d*)"),
      "catalog: third\nfamily: '[A-Z]{3}_[A-Z.]+'\ncodes:\n" ENTRY("XYZ_A.B") ENTRY("XYZ_A")},
     0,
     {"BIZ_NEW", "BIZ_NEW1", "ONS_NEW", "XYZ_A.", "XYZ_A.B.C", "ONS_THREE3", "BIZ_P5x", "BIZ_P5",
      "rc=0", "rc=0K", "ABC_D", "BIZ_TW", "\\nBIZ_NEW", "%0ABIZ_NEW", "\\u001b[1mONS_N"}},
    {"patterns and names at one place",
     {"catalog: tie\ncodes:\n" PATTERN("zeta", "AB_[A-Z]+") ENTRY("AB_CD") PATTERN("eta", "AB_C\\w")
          PATTERN("theta", "(?i)ab_cd") ENTRY("AB_CDE") PATTERN("iota", "B_CDEF")
              PATTERN("kappa", "[A-Z]+_CD(?: AB_CD)?"),
      "catalog: tie2\ncodes:\n" ENTRY("AB") ENTRY("B_CDEF") PATTERN("lambda", "AB_CD")},
     0,
     {"AB_CD", "AB_CDE", "AB_CDEF", "ab_cd", "AB_CD AB_CD", "AB_"}},
    {"short names", {0}, 300, {"Q", "QA", "QAZ"}},
    {"names that begin alike", {0}, 100, {"SVC_NET_", "SVC_NET"}},
    {"a thousand names", {0}, 1000, {"SVC_NET_", "SVC"}},
    {"mixed crowd",
     {"catalog: few\nfamily: 'SVC_[A-Z_]+'\ncodes:\n" ENTRY("x.y") ENTRY("a-b") ENTRY("tiny")
          PATTERN("ORA", "ORA-(?<n>\\d+)") PATTERN("slow", "took (?<ms>\\d+) ms")},
     1000,
     {"ORA-1", "took 12 ms", "x.y", "a-b.", "SVC_NEW_THING"}},
    {"ten thousand names", {0}, 10000, {"SVC_NET_", "SVC_DISK_Q"}},
};

const char *specimen_name(size_t i)
{
    return specimens[i].name;
}

static void die(const struct gloss_diags *diags)
{
    struct gloss_buf text = {0};

    for (size_t i = 0; i < diags->n; i++)
        gloss_diag_format(&diags->items[i], &text);
    fprintf(stderr, "specimen: %.*s\n", (int)text.len, text.ptr);
    abort();
}

static void read_yaml(struct gloss_catalogs *set, struct gloss_span yaml)
{
    struct gloss_diags diags = {0};

    if (gloss_catalogs_read(set, "specimen.yaml", yaml, &diags) != 0)
        die(&diags);
    gloss_diags_deinit(&diags);
}

/* Short names are two or three bytes; the others share their begins and middles. */
static void generated_name(unsigned k, unsigned n, struct gloss_buf *out)
{
    static const char *const areas[] = {"NET", "DISK", "AUTH", "QUOTA"};
    static const char *const shapes[] = {"", "_TIMEOUT", "_NOT_FOUND", "_EXCEEDED_LIMIT"};

    if (n == 300) {
        gloss_buf_printf(out, "%c%c", 'A' + (int)(k * 7 % 26), "0123456789_X"[k / 26]);
        if (k % 3 == 0)
            gloss_buf_str(out, "Z");
        return;
    }
    gloss_buf_printf(out, "SVC_%s_%c%u%s", areas[k % 4], 'A' + (int)(k / 4 % 26), k / 104,
                     shapes[k / 4 % 4]);
}

static void read_generated(struct gloss_catalogs *set, unsigned n)
{
    struct gloss_buf yaml = {0};

    gloss_buf_str(&yaml, "catalog: generated\ncodes:\n");
    for (unsigned k = 0; k < n; k++) {
        gloss_buf_str(&yaml, "  ");
        generated_name(k, n, &yaml);
        gloss_buf_str(&yaml, ": {cause: c, solution: s}\n");
    }
    read_yaml(set, gloss_buf_view(&yaml));
    gloss_buf_deinit(&yaml);
}

struct gloss_catalogs *specimen_catalogs(size_t i)
{
    const struct specimen *it = &specimens[i];
    struct gloss_catalogs *set;

    if (gloss_catalogs_new(&set) < 0)
        abort();
    if (i == 0 && gloss_catalogs_read_builtin(set) != 0)
        abort();
    for (size_t k = 0; k < ARRAY_SIZE(it->yaml) && it->yaml[k]; k++)
        read_yaml(set, gloss_span_str(it->yaml[k]));
    if (it->generated)
        read_generated(set, it->generated);
    return set;
}

/* ---- logs ---- */

static const char *const borders[] = {
    " ",     " ",       "",     "",         "",
    "_",     "x",       "Z",    "9",        ".",
    "-",     ",",       ": ",   "\t",       "\r",
    "\"",    "(",       "=",    "\xe4\xb8", "\xe4\xb8\xad",
    "\xff",  "\\",      "\\n",  "\\t",      "\\u000a",
    "\\u0Z", "\\u00e9", "\\b",  "\\f",      "\\r",
    "\\v",   "n",       "%0A",  "%2",       "%zz",
    "%",     "#033[0m", "#033", "m",        "[",
    "@",     "\\x1b",   "]",    "/",        "{\"a\":\"",
    "%f9",   "\\u0a09", "%b2",  "\\uabc1",  "\\ua09B",
};

static uint32_t below(uint32_t *random, size_t n)
{
    return rng_next(random) % (uint32_t)n;
}

static void put_backslashes(uint32_t *random, struct gloss_buf *out)
{
    for (uint32_t n = below(random, 6); n > 0; n--)
        gloss_buf_char(out, '\\');
    if (below(random, 3) == 0)
        gloss_buf_str(out, "u0041");
    else
        gloss_buf_char(out, "ntrbfxu0\"/"[below(random, 10)]);
}

static void put_ansi(uint32_t *random, struct gloss_buf *out)
{
    static const char *const escapes[] = {"\x1b",  "\\u001b", "\\u001B", "\\x1b",  "\\x1B",
                                          "\\033", "#033",    "\\e",     "\\\\x1b"};
    static const char *const middles[] = {"[",    "[0",    "[1;31",     "[38;5;208",
                                          "[?25", "[<=>:", "[ !/",      "[0 1",
                                          "",     "[\\",   "[00000001", "[123456789"};

    gloss_buf_str(out, escapes[below(random, ARRAY_SIZE(escapes))]);
    gloss_buf_str(out, middles[below(random, ARRAY_SIZE(middles))]);
    gloss_buf_char(out, "mKHhlJA;~"[below(random, 9)]);
}

static void put_border(uint32_t *random, struct gloss_buf *out)
{
    uint32_t kind = below(random, 12);

    if (kind == 0)
        put_backslashes(random, out);
    else if (kind == 1)
        put_ansi(random, out);
    else if (kind == 2)
        gloss_buf_char(out, (char)below(random, 256));
    else if (kind < 6)
        gloss_buf_char(out, ' ');
    else
        gloss_buf_str(out, borders[below(random, ARRAY_SIZE(borders))]);
}

/* A name, sometimes cut, longer by a byte, or with a byte changed. */
static void put_name(const struct gloss_catalogs *set, uint32_t *random, struct gloss_buf *out)
{
    uint32_t id = below(random, gloss_catalogs_n_entries(set));
    const char *code = gloss_catalogs_entry(set, id)->code;
    size_t len = strlen(code), at;

    switch (below(random, 10)) {
    case 0:
        gloss_buf_append(out, code, len - 1);
        break;
    case 1:
        gloss_buf_append(out, code + 1, len - 1);
        break;
    case 2:
        at = below(random, len);
        gloss_buf_append(out, code, at);
        gloss_buf_char(out, (char)(code[at] ^ 1 << below(random, 7)));
        gloss_buf_append(out, code + at + 1, len - at - 1);
        break;
    default:
        gloss_buf_append(out, code, len);
    }
}

static void put_sample(const struct specimen *it, uint32_t *random, struct gloss_buf *out)
{
    size_t n = 0;

    while (n < ARRAY_SIZE(it->samples) && it->samples[n])
        n++;
    gloss_buf_str(out, it->samples[below(random, n)]);
}

static void put_words(uint32_t *random, struct gloss_buf *out)
{
    static const char *const words[] = {"2026-11-23 08:00:01,123 ERROR [main] c.a.o.Client - ",
                                        "send failed ", "{\"level\":\"WARN\",\"message\":\"",
                                        "0x7fFE01", " THREAD_POOL_SIZE=16 "};

    gloss_buf_str(out, words[below(random, ARRAY_SIZE(words))]);
}

static void put_end(uint32_t *random, struct gloss_buf *out)
{
    static const char *const ends[] = {"\n", "\n", "\n", "\r\n", "\r\r\n", "\n\n", "\\n\n"};

    gloss_buf_str(out, ends[below(random, ARRAY_SIZE(ends))]);
}

void specimen_log(size_t i, const struct gloss_catalogs *set, uint32_t *random, size_t n,
                  struct gloss_buf *out)
{
    size_t until = out->len + n;

    while (out->len < until) {
        uint32_t kind = below(random, 32);

        if (kind < 8)
            put_name(set, random, out);
        else if (kind < 14)
            put_sample(&specimens[i], random, out);
        else if (kind < 16)
            put_words(random, out);
        else if (kind == 16)
            put_end(random, out);
        else
            put_border(random, out);
        if (kind > 5)
            put_border(random, out);
    }
    if (out->failed)
        abort();
}
