/* Log lines as applications write them: time stamps, class names, hexadecimal identifiers, words in
 * capitals, JSON, SQL, stack traces, and here and there a word that is nearly a code.
 *
 * The lines do not depend on which codes are put into them and how many: codes are chosen with a
 * random generator of their own. */

#include "corpus.h"

#include <string.h>

struct writer {
    FILE *out;
    uint32_t rng;      /* for the text of the lines */
    uint32_t code_rng; /* for the codes in them */
    uint64_t ms;       /* time of day; goes on with each line */
    const char *code;  /* goes into the line at hand; NULL: none */
};

static unsigned below(struct writer *w, unsigned n)
{
    return rng_next(&w->rng) % n;
}

static const char *one_of(struct writer *w, const char *const *from, unsigned n)
{
    return from[below(w, n)];
}

#define ONE_OF(w, array) one_of((w), (array), sizeof(array) / sizeof((array)[0]))

static const char *package(struct writer *w)
{
    static const char *const names[] = {
        "com.acme.order.dispatch", "com.acme.gateway.route",   "org.apache.rocketmq.client.impl",
        "io.netty.channel.nio",    "com.acme.billing.invoice", "org.springframework.web"};
    return ONE_OF(w, names);
}

static const char *class(struct writer *w)
{
    static const char *const names[] = {"OrderDispatchService", "DefaultMQProducerImpl",
                                        "InvoiceController",    "AbstractNioChannel",
                                        "TokenCacheLoader",     "RouteFilterChain",
                                        "HikariPoolConnection", "MQClientAPIImpl"};
    return ONE_OF(w, names);
}

static const char *level(struct writer *w)
{
    static const char *const names[] = {"INFO ", "INFO ", "DEBUG", "WARN ", "ERROR"};

    return ONE_OF(w, names);
}

/* Writes the end of a line, with the code if there is one. Without a code it is about as long. */
static void say(struct writer *w, const char *lead)
{
    static const char *const texts[] = {"request accepted", "cache refreshed", "slow consumer seen",
                                        "connection closed by peer", "retry scheduled in 250 ms"};

    if (w->code)
        fprintf(w->out, "%s%s", lead, w->code);
    else
        fprintf(w->out, "%s%s", lead, ONE_OF(w, texts));
}

static void time_of_day(struct writer *w, char date_mark, char fraction_mark)
{
    unsigned s = (unsigned)(w->ms / 1000);

    fprintf(w->out, "2026-11-23%c%02u:%02u:%02u%c%03u", date_mark, s / 3600 % 24, s / 60 % 60,
            s % 60, fraction_mark, (unsigned)(w->ms % 1000));
}

static void line_java(struct writer *w)
{
    time_of_day(w, ' ', ',');
    fprintf(w->out, " %s [worker-%u] %s.%s - ", level(w), below(w, 64), package(w), class(w));
    say(w, "call ended: ");
    fprintf(w->out, " id=%08x%08x tenant=T%04u cost=%ums\n", rng_next(&w->rng), rng_next(&w->rng),
            below(w, 5000), below(w, 900));
}

static void line_json(struct writer *w)
{
    fprintf(w->out, "{\"ts\":\"");
    time_of_day(w, 'T', '.');
    fprintf(w->out, "Z\",\"level\":\"INFO\",\"logger\":\"%s\",\"trace\":\"%08x%08x\",", class(w),
            rng_next(&w->rng), rng_next(&w->rng));
    say(w, "\"result\":\"");
    fprintf(w->out, "\",\"path\":\"/api/v2/orders/%u\"}\n", below(w, 1000000));
}

static void line_access(struct writer *w)
{
    fprintf(w->out, "10.%u.%u.%u - - [23/Nov/2026:%02u:14:07 +0000] \"%s /v1/topics/%u?",
            below(w, 256), below(w, 256), below(w, 256), (unsigned)(w->ms / 3600000 % 24),
            below(w, 3) ? "GET" : "POST", below(w, 4000));
    say(w, "reason=");
    fprintf(w->out, " HTTP/1.1\" %u %u \"-\" \"Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101\"\n",
            below(w, 20) ? 200 : 503, below(w, 90000));
}

static void line_sql(struct writer *w)
{
    time_of_day(w, ' ', '.');
    fprintf(w->out,
            " DEBUG c.a.o.OrderMapper ==> SELECT ID, ORDER_NO, GMT_CREATE FROM T_ORDER WHERE ");
    fprintf(w->out, "TENANT = '%08X%04X' AND STATUS IN (?, ?) ", rng_next(&w->rng),
            below(w, 65536));
    say(w, "-- ");
    fputc('\n', w->out);
}

static void line_trace(struct writer *w)
{
    fprintf(w->out, "\tat %s.%s.lambda$invoke$%u(%s.java:%u) ~[rocketmq-client-4.9.%u.jar!/:4.9] ",
            package(w), class(w), below(w, 9), class(w), below(w, 1500), below(w, 8));
    say(w, "");
    fputc('\n', w->out);
}

static void line_syslog(struct writer *w)
{
    fprintf(w->out, "Nov 23 %02u:%02u:07 ip-10-0-%u-%u kernel: [%6u.%06u] audit: type=1400 ",
            (unsigned)(w->ms / 3600000 % 24), below(w, 60), below(w, 256), below(w, 256),
            below(w, 900000), below(w, 1000000));
    say(w, "state=");
    fprintf(w->out, " apparmor=STATUS operation=\"profile_load\" pid=%u comm=%08x\n",
            below(w, 65536), rng_next(&w->rng));
}

/* A line with a word that begins as a code does and has two other bytes at its end. */
static void line_near_code(struct writer *w, const char *sample)
{
    time_of_day(w, ' ', ',');
    fprintf(w->out, " INFO  [main] %s.%s - reading key %.*s_X from the settings of node %08x\n",
            package(w), class(w), (int)strlen(sample) - 2, sample, rng_next(&w->rng));
}

static void write_line(struct writer *w)
{
    static void (*const lines[])(struct writer *) = {
        line_java, line_java, line_json, line_json, line_access, line_sql, line_trace, line_syslog};

    lines[below(w, sizeof(lines) / sizeof(lines[0]))](w);
}

void corpus_write_log(FILE *out, uint64_t bytes, unsigned share, char *const *samples, size_t n,
                      uint32_t seed, struct corpus_truth *ret_truth)
{
    struct writer w = {.out = out, .rng = seed, .code_rng = seed ^ 0x5bd1e995u, .ms = 28800000};
    struct corpus_truth truth = {0};

    while ((uint64_t)ftello(out) < bytes) {
        uint32_t chance = rng_next(&w.code_rng), which = rng_next(&w.code_rng);

        w.code = n > 0 && chance % 1000 < share ? samples[which % n] : NULL;
        w.ms += which % 40;
        if (!w.code && n > 0 && chance % 4099 == 0)
            line_near_code(&w, samples[which % n]);
        else
            write_line(&w);
        truth.lines++;
        truth.matched += w.code != NULL;
    }
    truth.hits = truth.matched;
    *ret_truth = truth;
}
