/* A name ends where no letter of an identifier follows, in the log as in the name itself. So a text
 * is cut into pieces at each such place ("Forbidden", ".", "RAM"), and a hash is carried from piece
 * to piece. The table holds every prefix of every name that ends at a cut: a lookup walks the
 * pieces as long as the table knows the way, and remembers the last name it met. That costs one
 * probe for an identifier, three for a dotted name, whatever the number of names.
 *
 * Open addressing, linear probing, at most half full. */

#include "core/match/name_lookup.h"

#include "core/base/bytes.h"
#include "core/base/util.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct slot {
    uint64_t hash;
    const char *bytes; /* of some name with this prefix; NULL: empty */
    uint32_t len;
    bool goes_on;                    /* it is the way to a longer name */
    const struct gloss_entry *entry; /* NULL: it is nothing else */
};

struct name_lookup {
    struct slot *slots;
    size_t mask;
    size_t longest; /* piece */
};

static uint64_t hash_mix(uint64_t h, uint64_t word)
{
    __uint128_t product = (__uint128_t)(h ^ word) * 0x9E3779B97F4A7C15u;

    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline uint64_t load8(const char *p)
{
    uint64_t word;

    memcpy(&word, p, 8);
    return word;
}

/* Folds in a piece; eight bytes at a time, never one byte more: the last eight may overlap others.
 */
static inline uint64_t hash_piece(uint64_t h, const char *p, size_t n)
{
    uint64_t word = 0;
    size_t at = 0;

    for (; at + 8 < n; at += 8)
        h = hash_mix(h, load8(p + at));
    if (n >= 8)
        word = load8(p + n - 8);
    else
        memcpy(&word, p, n);
    return hash_mix(h, word ^ (uint64_t)n << 56);
}

/* Length of the first piece: a run of identifier letters, or one other byte. */
static size_t piece_len(const char *p, size_t n)
{
    size_t i = 0;

    while (i < n && byte_is_word((unsigned char)p[i]))
        i++;
    return i ? i : 1;
}

static struct slot *slot_of(const struct name_lookup *names, uint64_t hash, const char *p,
                            size_t len)
{
    for (size_t i = hash & names->mask;; i = (i + 1) & names->mask) {
        struct slot *s = &names->slots[i];

        if (!s->bytes || (s->hash == hash && s->len == len && memcmp(s->bytes, p, len) == 0))
            return s;
    }
}

static void name_index_add(struct name_lookup *names, const struct gloss_entry *entry)
{
    const char *code = entry->code;
    size_t len = strlen(code);
    uint64_t hash = 0;

    for (size_t at = 0; at < len;) {
        size_t piece = piece_len(code + at, len - at);
        struct slot *s;

        hash = hash_piece(hash, code + at, piece);
        at += piece;
        names->longest = MAX(names->longest, piece);
        s = slot_of(names, hash, code, at);
        if (!s->bytes)
            *s = (struct slot){.hash = hash, .bytes = code, .len = (uint32_t)at};
        s->goes_on |= at < len;
        if (at == len && !s->entry)
            s->entry = entry;
    }
}

/* How many table places all names take at most. */
static size_t count_pieces(const struct gloss_catalogs *set)
{
    size_t n = 0;

    for (uint32_t id = 0; id < gloss_catalogs_n_entries(set); id++) {
        const struct gloss_entry *entry = gloss_catalogs_entry(set, id);
        size_t len = strlen(entry->code);

        if (entry->pattern)
            continue;
        for (size_t at = 0; at < len; n++)
            at += piece_len(entry->code + at, len - at);
    }
    return n;
}

int name_lookup_new(struct name_lookup **ret_longest, const struct gloss_catalogs *set)
{
    CLEANUP(name_lookup_freep) struct name_lookup *names = calloc(1, sizeof(*names));
    size_t places = 16, wanted = 2 * count_pieces(set);

    if (!names)
        return -ENOMEM;
    while (places < wanted)
        places *= 2;
    names->slots = calloc(places, sizeof(*names->slots));
    if (!names->slots)
        return -ENOMEM;
    names->mask = places - 1;
    for (uint32_t id = 0; id < gloss_catalogs_n_entries(set); id++) {
        const struct gloss_entry *entry = gloss_catalogs_entry(set, id);

        if (!entry->pattern)
            name_index_add(names, entry);
    }
    *ret_longest = TAKE_PTR(names);
    return 0;
}

struct name_lookup *name_lookup_free(struct name_lookup *n)
{
    if (!n)
        return NULL;
    free(n->slots);
    free(n);
    return NULL;
}

const struct gloss_entry *name_lookup_at(const struct name_lookup *n, struct gloss_span text)
{
    const struct gloss_entry *best = NULL;
    uint64_t hash = 0;

    for (size_t at = 0; at < text.len;) {
        size_t piece = piece_len(text.ptr + at, MIN(text.len - at, n->longest + 1));
        const struct slot *s;

        if (piece > n->longest)
            break;
        hash = hash_piece(hash, text.ptr + at, piece);
        at += piece;
        s = slot_of(n, hash, text.ptr, at);
        if (!s->bytes)
            break;
        if (s->entry && (at == text.len || !byte_is_word((unsigned char)text.ptr[at])))
            best = s->entry;
        if (!s->goes_on)
            break;
    }
    return best;
}
