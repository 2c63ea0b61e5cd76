/* Names of months are those of the languages that Java and syslog write them in. No name means one
 * month here and another one there, so the language need not be known. */

#include "core/text/time_names.h"

#include "core/base/util.h"

#include <string.h>
#include <strings.h>

static const char english_months[] = "janfebmaraprmayjunjulaugsepoctnovdec";

/* Names that go on behind three English letters, and those of other languages. */
static const struct name {
    const char *text;
    int month;
} months[] = {
    {"january", 1},
    {"february", 2},
    {"march", 3},
    {"april", 4},
    {"june", 6},
    {"july", 7},
    {"august", 8},
    {"sept", 9},
    {"september", 9},
    {"october", 10},
    {"november", 11},
    {"december", 12},
    /* Chinese and Japanese */
    {"一月", 1},
    {"二月", 2},
    {"三月", 3},
    {"四月", 4},
    {"五月", 5},
    {"六月", 6},
    {"七月", 7},
    {"八月", 8},
    {"九月", 9},
    {"十月", 10},
    {"十一月", 11},
    {"十二月", 12},
    /* German */
    {"januar", 1},
    {"februar", 2},
    {"mär", 3},
    {"märz", 3},
    {"mai", 5},
    {"juni", 6},
    {"juli", 7},
    {"okt", 10},
    {"oktober", 10},
    {"dez", 12},
    {"dezember", 12},
    /* French */
    {"janv", 1},
    {"janvier", 1},
    {"févr", 2},
    {"février", 2},
    {"mars", 3},
    {"avr", 4},
    {"avril", 4},
    {"juin", 6},
    {"juil", 7},
    {"juillet", 7},
    {"août", 8},
    {"septembre", 9},
    {"octobre", 10},
    {"novembre", 11},
    {"déc", 12},
    {"décembre", 12},
    /* Spanish, Portuguese, Italian */
    {"ene", 1},
    {"fev", 2},
    {"abr", 4},
    {"mag", 5},
    {"giu", 6},
    {"lug", 7},
    {"ago", 8},
    {"set", 9},
    {"out", 10},
    {"ott", 10},
    {"dic", 12},
};

static const char *const weekdays[] = {
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
    "mon",    "tue",     "wed",       "thu",      "fri",    "sat",      "sun",
    "mo",     "di",      "mi",        "do",       "fr",     "sa",       "so",
    "lun",    "mar",     "mer",       "jeu",      "ven",    "sam",      "dim",
};

/* Abbreviations that mean one offset: those of RFC 5322 but CST, and some of others. */
static const struct zone {
    const char *text;
    short minutes;
} zones[] = {
    {"UTC", 0},    {"GMT", 0},    {"UT", 0},     {"EST", -300}, {"EDT", -240},
    {"CDT", -300}, {"MST", -420}, {"MDT", -360}, {"PST", -480}, {"PDT", -420},
    {"CET", 60},   {"CEST", 120}, {"EET", 120},  {"EEST", 180}, {"WET", 0},
    {"WEST", 60},  {"MSK", 180},  {"JST", 540},  {"KST", 540},  {"HKT", 480},
    {"SGT", 480},  {"AEST", 600}, {"AEDT", 660}, {"NZST", 720}, {"NZDT", 780},
};

/* Abbreviations that mean several, or of which it is not known widely what they mean. */
static const char *const doubtful_zones[] = {
    "CST",  "IST",  "BST", "AST",  "ADT",  "ACST", "ACDT", "AWST", "AKST", "AKDT", "HST",  "HDT",
    "NST",  "NDT",  "BRT", "BRST", "CLT",  "CLST", "COT",  "PET",  "WIB",  "WITA", "WIT",  "ICT",
    "PHT",  "PKT",  "NPT", "MMT",  "UZT",  "YEKT", "OMST", "KRAT", "IRKT", "YAKT", "VLAT", "MAGT",
    "SAMT", "SAST", "WAT", "IDT",  "IRST", "IRDT", "GST",  "AFT",  "TRT",  "MSD",  "SST",
};

static const char *const levels[] = {
    "trace", "debug",   "dbg",    "info", "inf",      "information", "notice", "note",    "warn",
    "wrn",   "warning", "error",  "err",  "critical", "crit",        "alert",  "emerg",   "panic",
    "fatal", "ftl",     "severe", "fine", "finer",    "finest",      "config", "verbose", "e",
    "w",     "i",       "d",      "f",    "v",        "t",
};

static bool is_letter(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c & 0x80);
}

/* The length of a word that a text begins with; 0: it does not, or goes on with a further letter.
 */
static size_t word_length(const char *at, const char *end, const char *word)
{
    size_t n;

    if (end - at < 2 || ((at[0] ^ word[0]) & ~0x20) != 0 || ((at[1] ^ word[1]) & ~0x20) != 0)
        return 0;
    n = strlen(word);
    if ((size_t)(end - at) < n || strncasecmp(at, word, n) != 0)
        return 0;
    /* Behind the name in Chinese letters of another script may follow. */
    return at + n < end && is_letter(at[n]) && !(at[n - 1] & 0x80) ? 0 : n;
}

static size_t with_point(const char *at, const char *end, size_t n)
{
    return n + (n > 0 && at + n < end && at[n] == '.');
}

static int english_month(const char *at)
{
    char lower[3] = {(char)(at[0] | 0x20), (char)(at[1] | 0x20), (char)(at[2] | 0x20)};

    for (int i = 0; i < 12; i++)
        if (memcmp(english_months + (ptrdiff_t)i * 3, lower, 3) == 0)
            return i + 1;
    return 0;
}

/* The usual case is told first. */
size_t time_names_month(const char *at, const char *end, int *ret_month)
{
    if (end - at < 3 || !(*at & 0x80 || strchr("jfmasondegl", *at | 0x20)))
        return 0;
    *ret_month = english_month(at);
    if (*ret_month > 0 && (end - at == 3 || !is_letter(at[3])))
        return with_point(at, end, 3);
    for (size_t i = 0; i < ARRAY_SIZE(months); i++) {
        size_t n = word_length(at, end, months[i].text);

        *ret_month = months[i].month;
        if (n > 0)
            return with_point(at, end, n);
    }
    return 0;
}

size_t time_names_weekday(const char *at, const char *end)
{
    if (at == end || *at == '\0' || !strchr("mtwfsdljv", *at | 0x20))
        return 0;
    for (size_t i = 0; i < ARRAY_SIZE(weekdays); i++) {
        size_t n = word_length(at, end, weekdays[i]);

        if (n > 0)
            return with_point(at, end, n);
    }
    return 0;
}

/* Nearly all abbreviations end in T, which few other words do. */
static bool may_be_zone(struct gloss_span word)
{
    char last;

    if (word.len < 2 || word.len > 5)
        return false;
    last = word.ptr[word.len - 1];
    return last == 'T' || last == 'C' || last == 'K' || last == 'B' || last == 'A' || last == 'D';
}

bool time_names_zone(struct gloss_span word, int *ret_offset_s)
{
    for (size_t i = 0; i < ARRAY_SIZE(zones); i++)
        if (gloss_span_equal(word, gloss_span_str(zones[i].text))) {
            *ret_offset_s = zones[i].minutes * 60;
            return true;
        }
    return false;
}

bool time_names_is_utc(struct gloss_span word)
{
    return gloss_span_equal(word, gloss_span_str("UTC")) ||
           gloss_span_equal(word, gloss_span_str("GMT"));
}

bool time_names_is_zone(struct gloss_span word)
{
    int ignored;

    if (!may_be_zone(word))
        return false;
    if (time_names_zone(word, &ignored))
        return true;
    for (size_t i = 0; i < ARRAY_SIZE(doubtful_zones); i++)
        if (gloss_span_equal(word, gloss_span_str(doubtful_zones[i])))
            return true;
    return false;
}

bool time_names_is_level(struct gloss_span word)
{
    if (word.len == 0 || word.len > 11 || !strchr("tdinwecapfsv", *word.ptr | 0x20))
        return false;
    for (size_t i = 0; i < ARRAY_SIZE(levels); i++)
        if (((*levels[i] ^ *word.ptr) & ~0x20) == 0 && strlen(levels[i]) == word.len &&
            strncasecmp(levels[i], word.ptr, word.len) == 0)
            return true;
    return false;
}
