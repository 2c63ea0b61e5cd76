/* FNV-1a needs no library and no state. It does not resist somebody who looks for collisions, and
 * need not: the author of a catalog can give two codes one explanation in simpler ways. The
 * constants are those of Fowler, Noll and Vo for 128 bits. */

#include "core/catalog/message_id.h"

#include <stdint.h>
#include <stdio.h>

static const unsigned __int128 basis =
    (unsigned __int128)UINT64_C(0x6c62272e07bb0142) << 64 | UINT64_C(0x62b821756295c58d);
static const unsigned __int128 prime = (unsigned __int128)1 << 88 | 0x13b;

static unsigned __int128 add_byte(unsigned __int128 hash, unsigned char byte)
{
    return (hash ^ byte) * prime;
}

static unsigned __int128 add_text(unsigned __int128 hash, const char *text)
{
    for (; *text; text++)
        hash = add_byte(hash, (unsigned char)*text);
    return hash;
}

void message_id(const char *catalog, const char *code, char ret_id[MESSAGE_ID_SIZE])
{
    unsigned __int128 hash = add_text(add_byte(add_text(basis, catalog), 0), code);
    uint64_t high = (uint64_t)(hash >> 64), low = (uint64_t)hash;

    high = (high & ~UINT64_C(0xf000)) | UINT64_C(0x8000);
    low = (low & ~(UINT64_C(3) << 62)) | UINT64_C(2) << 62;
    snprintf(ret_id, MESSAGE_ID_SIZE, "%016llx%016llx", (unsigned long long)high,
             (unsigned long long)low);
}
