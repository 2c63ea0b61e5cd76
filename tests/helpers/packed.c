/* Written by the libraries' own compressors, so that what the program reads was not made by code of
 * its own. */

#include "helpers/packed.h"

#include "core/base/util.h"
#include "helpers/run.h"

#include <bzlib.h>
#include <criterion/criterion.h>
#include <lzma.h>
#include <stdio.h>
#include <zlib.h>
#include <zstd.h>

#define MARGIN 4096 /* beyond what a compressor's own bound says */

const char *const packer_names[N_PACKERS] = {"gzip", "xz", "zstd", "bzip2"};

static size_t pack_gzip(char *out, size_t size, const char *bytes, size_t n)
{
    z_stream z = {.next_in = (Bytef *)(uintptr_t)bytes, .avail_in = (uInt)n};

    z.next_out = (Bytef *)out;
    z.avail_out = (uInt)size;
    cr_assert_eq(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    cr_assert_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
    deflateEnd(&z);
    return size - z.avail_out;
}

/* As xz -6, with no more dictionary than there are bytes; many bytes quickly, as xz -0. */
static size_t pack_xz(char *out, size_t size, const char *bytes, size_t n)
{
    lzma_options_lzma options;
    lzma_filter filters[] = {{LZMA_FILTER_LZMA2, &options}, {LZMA_VLI_UNKNOWN, NULL}};
    size_t made = 0;

    cr_assert_not(lzma_lzma_preset(&options, n < 1 << 20 ? 6 : 0));
    options.dict_size = (uint32_t)MAX(n, (size_t)LZMA_DICT_SIZE_MIN);
    cr_assert_eq(lzma_stream_buffer_encode(filters, LZMA_CHECK_CRC64, NULL, (const uint8_t *)bytes,
                                           n, (uint8_t *)out, &made, size),
                 LZMA_OK);
    return made;
}

static size_t pack_zstd(char *out, size_t size, const char *bytes, size_t n)
{
    ZSTD_CCtx *context = ZSTD_createCCtx();
    size_t made;

    cr_assert_not_null(context);
    ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1); /* as the program has it */
    made = ZSTD_compress2(context, out, size, bytes, n);
    cr_assert_not(ZSTD_isError(made));
    ZSTD_freeCCtx(context);
    return made;
}

static size_t pack_bzip2(char *out, size_t size, const char *bytes, size_t n)
{
    unsigned made = (unsigned)size;

    cr_assert_eq(
        BZ2_bzBuffToBuffCompress(out, &made, (char *)(uintptr_t)bytes, (unsigned)n, 9, 0, 0),
        BZ_OK);
    return made;
}

void pack(struct gloss_buf *out, enum packer packer, const char *bytes, size_t n)
{
    static size_t (*const packers[N_PACKERS])(char *, size_t, const char *,
                                              size_t) = {[PACKER_GZIP] = pack_gzip,
                                                         [PACKER_XZ] = pack_xz,
                                                         [PACKER_ZSTD] = pack_zstd,
                                                         [PACKER_BZIP2] = pack_bzip2};
    size_t size = n + n / 50 + MARGIN;
    char *packed = malloc(size);

    cr_assert_not_null(packed);
    gloss_buf_append(out, packed, packers[packer](packed, size, bytes, n));
    free(packed);
    cr_assert_not(out->failed);
}

bool unpack_by_its_own(struct gloss_buf *out, enum packer packer, const char *bytes, size_t n)
{
    char command[1024], block[65536];
    const char *name = packer_names[packer];
    size_t got;
    FILE *f;

    snprintf(command, sizeof(command), "command -v %s >/dev/null", name);
    if (system(command) != 0)
        return false;
    snprintf(command, sizeof(command), "%s -dc <'%s' 2>/dev/null", name,
             scratch_file("unpack_by_its_own", bytes, n));
    f = popen(command, "r");
    cr_assert_not_null(f);
    while ((got = fread(block, 1, sizeof(block), f)) > 0)
        gloss_buf_append(out, block, got);
    pclose(f);
    return true;
}

void unpack_by_zlib(struct gloss_buf *out, const char *bytes, size_t n)
{
    z_stream z = {.next_in = (Bytef *)(uintptr_t)bytes, .avail_in = (uInt)n};
    char block[65536];
    int status;

    cr_assert_eq(inflateInit2(&z, 15 + 16), Z_OK);
    do {
        z.next_out = (Bytef *)block;
        z.avail_out = sizeof(block);
        status = inflate(&z, Z_NO_FLUSH);
        gloss_buf_append(out, block, sizeof(block) - z.avail_out);
        if (status == Z_STREAM_END && z.avail_in > 0 && z.next_in[0] == 0x1f)
            status = inflateReset(&z);
    } while (status == Z_OK);
    inflateEnd(&z);
}

/* Behind the head of the stream, 12 bytes, stands that of the first block: its size, flags, the
 * sizes that these say are there, the filter's id and the size of its properties, which is the byte
 * that tells of the dictionary; the sum of all at its end. */
void claim_xz_dictionary(struct gloss_buf *packed, uint64_t dictionary)
{
    uint8_t *block = (uint8_t *)packed->ptr + 12;
    size_t size = (block[0] + 1u) * 4, at = 2;
    uint32_t sum;
    uint8_t bits = 0;

    for (uint8_t flag = 0x40; flag >= 0x40; flag = (uint8_t)(flag << 1))
        while ((block[1] & flag) && block[at++] & 0x80)
            ;

    while ((UINT64_C(2) | (bits & 1)) << (bits / 2 + 11) < dictionary)
        bits++;
    cr_assert_eq(block[at], 0x21, "LZMA2 is the only filter");
    block[at + 2] = bits;
    sum = lzma_crc32(block, size - 4, 0);
    for (int i = 0; i < 4; i++)
        block[size - 4 + (size_t)i] = (uint8_t)(sum >> 8 * i);
}

void pack_zstd_window(struct gloss_buf *out, int window_log, const char *bytes, size_t n)
{
    ZSTD_CCtx *context = ZSTD_createCCtx();
    ZSTD_inBuffer in = {.src = bytes, .size = n};
    size_t size = ZSTD_compressBound(n) + MARGIN, left;
    char *packed = malloc(size);
    ZSTD_outBuffer to = {.dst = packed, .size = size};

    cr_assert(context && packed);
    ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, 1);
    ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, window_log);
    ZSTD_compressStream2(context, &to, &in, ZSTD_e_continue); /* its size is not known by then */
    left = ZSTD_compressStream2(context, &to, &in, ZSTD_e_end);
    cr_assert_eq(left, 0u);
    gloss_buf_append(out, packed, to.pos);
    cr_assert_not(out->failed);
    free(packed);
    ZSTD_freeCCtx(context);
}
