#include "io/tail/rewriting.h"

#include "core/base/backoff.h"

/* While the file has to wait, the bytes of the first minute go on to count: else each long wait
 * would start a new minute. */
uint64_t rewriting_note(struct rewriting *r, uint64_t bytes, uint64_t now_ns)
{
    uint64_t wait_ns;

    if (now_ns >= r->until_ns + MINUTE_NS || (r->delays == 0 && now_ns >= r->since_ns + MINUTE_NS))
        *r = (struct rewriting){.since_ns = now_ns};
    r->bytes += bytes;
    wait_ns = r->bytes > REWRITING_BYTES ? backoff_ns(++r->delays) : 0;
    r->until_ns = now_ns + wait_ns;
    return wait_ns;
}
