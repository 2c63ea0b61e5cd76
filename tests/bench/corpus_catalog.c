/* Catalogs of any size whose codes have little in common.
 *
 * When all codes share a letter at one place, some engines are several times as fast, so a
 * benchmark with the codes of one family proves nothing. Here the first part of a code has three to
 * nine letters, the number and order of its parts vary, and about a third of the codes end in a
 * number. */

#include "corpus.h"

#include <search.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const char *const families[] = {
    "ACL",       "AUTH", "BILLING", "BROKER",  "CDN",     "CLUSTER", "CONSUMER", "CRM",
    "DISPATCH",  "EDGE", "FLOW",    "GATEWAY", "HSM",     "INGRESS", "JOB",      "KMS",
    "LEDGER",    "MESH", "NAS",     "OSS",     "PAYMENT", "QUORUM",  "RAM",      "ROUTER",
    "SCHEDULER", "SLB",  "TENANT",  "USAGE",   "VAULT",   "WEBHOOK", "XA",       "ZONE",
};

static const char *const words[] = {
    "ACCESS",    "ALREADY", "BACKEND", "BUSY",     "CERT",     "CHECK",   "CLOSED",   "CONFLICT",
    "DENIED",    "DISK",    "EMPTY",   "EXCEEDED", "EXPIRED",  "FAILED",  "FORMAT",   "FROZEN",
    "GROUP",     "HEADER",  "ILLEGAL", "INSTANCE", "INTERNAL", "INVALID", "KEY",      "LIMIT",
    "LOCKED",    "MISSING", "NETWORK", "NODE",     "OFFLINE",  "OVERDUE", "OWNER",    "PARAM",
    "POLICY",    "QUEUE",   "QUOTA",   "RATE",     "REJECTED", "REPLICA", "RESOURCE", "SESSION",
    "SIGNATURE", "STALE",   "STORAGE", "TIMEOUT",  "TOKEN",    "UNKNOWN", "UPSTREAM", "VERSION",
};

static const char *pick(const char *const *from, size_t n, uint32_t *rng)
{
    return from[rng_next(rng) % n];
}

#define PICK(array, rng) pick((array), sizeof(array) / sizeof((array)[0]), (rng))

/* "BILLING_QUOTA_EXCEEDED", "OSS_KEY_42": the form of most services' errors. */
static void name_upper(char *out, size_t size, uint32_t *rng)
{
    size_t n = (size_t)snprintf(out, size, "%s", PICK(families, rng));
    unsigned parts = 1 + rng_next(rng) % 3;

    for (unsigned i = 0; i < parts; i++)
        n += (size_t)snprintf(out + n, size - n, "_%s", PICK(words, rng));
    if (rng_next(rng) % 3 == 0)
        snprintf(out + n, size - n, "_%u", rng_next(rng) % 1000);
}

/* Turns "DISK_QUOTA" into "DiskQuota". */
static void camel(char *text)
{
    char *out = text;
    bool first = true;

    for (const char *in = text; *in; in++) {
        if (*in == '_') {
            first = true;
            continue;
        }
        *out++ = first || *in < 'A' ? *in : (char)(*in + 32);
        first = false;
    }
    *out = '\0';
}

/* "DiskQuota.Exceeded": the form of the errors of cloud APIs. */
static void name_dotted(char *out, size_t size, uint32_t *rng)
{
    size_t n = (size_t)snprintf(out, size, "%s_%s", PICK(words, rng), PICK(families, rng));

    camel(out);
    n = strlen(out);
    n += (size_t)snprintf(out + n, size - n, ".");
    snprintf(out + n, size - n, "%s_%s", PICK(words, rng), PICK(words, rng));
    camel(out + n);
}

/* "queue-rate-exceeded", "disk_quota_frozen": the form of the errors of scripts and web services.
 */
static void name_lower(char *out, size_t size, uint32_t *rng)
{
    char joint = rng_next(rng) % 2 ? '-' : '_';

    snprintf(out, size, "%s%c%s%c%s", PICK(words, rng), joint, PICK(words, rng), joint,
             PICK(words, rng));
    for (; *out; out++)
        if (*out >= 'A' && *out <= 'Z')
            *out = (char)(*out + 32);
}

/* A literal that no other pattern has, and behind it something that only a pattern can match. */
static void make_pattern(struct code *code, unsigned i, uint32_t *rng)
{
    char literal[64];
    const char *family = PICK(families, rng), *word = PICK(words, rng);

    switch (i % 3) {
    case 0:
        snprintf(literal, sizeof(literal), "%s%u-", family, i);
        snprintf(code->pattern, sizeof(code->pattern), "%s[0-9]{4,6}", literal);
        snprintf(code->sample, sizeof(code->sample), "%s%u", literal, 10000 + i);
        break;
    case 1:
        snprintf(literal, sizeof(literal), "%s_%u", word, i);
        camel(literal);
        snprintf(code->pattern, sizeof(code->pattern), "%s(?:Error|Exception)", literal);
        snprintf(code->sample, sizeof(code->sample), "%sException", literal);
        break;
    default:
        snprintf(code->pattern, sizeof(code->pattern), "[a-z]+: %s%u [a-z]+ refused", word, i);
        snprintf(code->sample, sizeof(code->sample), "broker: %s%u write refused", word, i);
    }
    snprintf(code->name, sizeof(code->name), "PATTERN-%u", i);
}

static int compare(const void *a, const void *b)
{
    return strcmp(a, b);
}

static void make_name(struct code *code, enum corpus_kind kind, uint32_t *rng)
{
    switch (kind) {
    case CORPUS_DOTTED:
        name_dotted(code->name, sizeof(code->name), rng);
        break;
    case CORPUS_LOWER:
        name_lower(code->name, sizeof(code->name), rng);
        break;
    default:
        name_upper(code->name, sizeof(code->name), rng);
    }
    memcpy(code->sample, code->name, sizeof(code->name));
}

struct code *corpus_codes(enum corpus_kind kind, size_t n, uint32_t seed)
{
    struct code *codes = calloc(n, sizeof(*codes));
    void *names = NULL;

    for (size_t i = 0; codes && i < n; i++) {
        if (kind == CORPUS_PATTERNS) {
            make_pattern(&codes[i], (unsigned)i, &seed);
            continue;
        }
        do
            make_name(&codes[i], kind, &seed);
        while (*(char **)tsearch(codes[i].name, &names, compare) != codes[i].name);
    }
    return codes;
}

void corpus_write_yaml(FILE *out, const struct code *codes, size_t n)
{
    static const char *const severities[] = {"info", "warning", "error", "critical"};

    fprintf(out, "catalog: bench\ntitle: Made for measuring\ncodes:\n");
    for (size_t i = 0; i < n; i++) {
        fprintf(out, "  '%s':\n", codes[i].name);
        if (*codes[i].pattern)
            fprintf(out, "    pattern: '%s'\n", codes[i].pattern);
        fprintf(out,
                "    cause: The request was refused for reason %zu of this service.\n"
                "    solution: Look up reason %zu in the manual, then repeat the call.\n"
                "    severity: %s\n",
                i, i, severities[i % 4]);
    }
}
