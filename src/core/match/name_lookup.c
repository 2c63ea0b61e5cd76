/* A name can only end where an identifier ends. So names and texts are cut into pieces: a run of
 * identifier bytes, or one other byte ("Forbidden", ".", "RAM"). The table holds each prefix of
 * each name that ends between two pieces, under a hash that is carried on from piece to piece. A
 * look-up takes piece after piece of the text as long as the table has the prefix, and remembers
 * the last name on the way. That is one probe for an identifier and three for a dotted name,
 * however many names there are.
 *
 * The table uses open addressing with linear probing and is at most half full. */

#include "core/match/name_lookup.h"

#include "core/base/bytes.h"
#include "core/base/util.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct slot {
    uint64_t hash;
    const char *bytes; /* the prefix, in the code of some entry; NULL: the slot is free */
    uint32_t len;
    bool goes_on;                    /* a longer name begins with this prefix */
    const struct gloss_entry *entry; /* whose name the prefix is; NULL: no entry's */
};

struct name_lookup {
    struct slot *slots;
    size_t mask;          /* the number of slots, a power of two, less one */
    size_t longest_piece; /* of any name, in bytes */
};

/* Multiplies to 128 bits and folds the halves, as wyhash and its relatives do. */
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

/* Folds a piece into a hash, eight bytes at a time. Nothing behind the piece is read: the last
 * eight bytes may overlap those before them. */
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

/* The length of the first piece: a run of identifier bytes, or one other byte. */
static size_t piece_len(const char *p, size_t n)
{
    size_t i = 0;

    while (i < n && byte_is_word((unsigned char)p[i]))
        i++;
    return i ? i : 1;
}

/* The slot that holds a prefix, or the free slot where it would be put. */
static struct slot *slot_of(const struct name_lookup *names, uint64_t hash, const char *p,
                            size_t len)
{
    for (size_t i = hash & names->mask;; i = (i + 1) & names->mask) {
        struct slot *s = &names->slots[i];

        if (!s->bytes || (s->hash == hash && s->len == len && memcmp(s->bytes, p, len) == 0))
            return s;
    }
}

/* Puts each prefix of a name into the table. Of entries with the same name the first counts. */
static void add_name(struct name_lookup *names, const struct gloss_entry *entry)
{
    const char *code = entry->code;
    size_t len = strlen(code);
    uint64_t hash = 0;

    for (size_t at = 0; at < len;) {
        size_t piece = piece_len(code + at, len - at);
        struct slot *s;

        hash = hash_piece(hash, code + at, piece);
        at += piece;
        names->longest_piece = MAX(names->longest_piece, piece);
        s = slot_of(names, hash, code, at);
        if (!s->bytes)
            *s = (struct slot){.hash = hash, .bytes = code, .len = (uint32_t)at};
        s->goes_on |= at < len;
        if (at == len && !s->entry)
            s->entry = entry;
    }
}

/* How many slots all names take at most. */
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

int name_lookup_new(struct name_lookup **ret_lookup, const struct gloss_catalogs *set)
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
            add_name(names, entry);
    }
    *ret_lookup = TAKE_PTR(names);
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
        size_t piece = piece_len(text.ptr + at, MIN(text.len - at, n->longest_piece + 1));
        const struct slot *s;

        if (piece > n->longest_piece)
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
