#include <string.h>

#include "check.h"
#include "cobs.h"
#include "corpus.h"
#include "crc32.h"

void test_crc32(void)
{
    uint8_t bytes[512], sum[4];
    for (corpus_item item = corpus_first("crc32"); item.at != NULL; item = corpus_next(item)) {
        size_t length = corpus_bytes(item, "bytes", bytes, sizeof bytes);
        corpus_bytes(item, "crc", sum, sizeof sum);
        uint32_t expected = (uint32_t)sum[0] << 24 | (uint32_t)sum[1] << 16 | (uint32_t)sum[2] << 8 | sum[3];
        CHECK(biox_crc32(0, bytes, length) == expected);
        /* In two parts, cut anywhere. */
        for (size_t cut = 0; cut <= length; cut++)
            CHECK(biox_crc32(biox_crc32(0, bytes, cut), bytes + cut, length - cut) == expected);
    }
}

static size_t encode(const uint8_t *bytes, size_t length, uint8_t *out)
{
    biox_cobs cobs;
    biox_cobs_start(&cobs, out);
    biox_cobs_feed(&cobs, bytes, length);
    return biox_cobs_end(&cobs);
}

static void test_vectors(void)
{
    static uint8_t decoded[2048], encoded[2048], out[2048];
    for (corpus_item item = corpus_first("cobs"); item.at != NULL; item = corpus_next(item)) {
        size_t length = corpus_bytes(item, "decoded", decoded, sizeof decoded);
        size_t stuffed = corpus_bytes(item, "encoded", encoded, sizeof encoded);
        CHECK(encode(decoded, length, out) == stuffed && memcmp(out, encoded, stuffed) == 0);
        CHECK(stuffed <= BIOX_COBS_MAX(length));
        CHECK(biox_cobs_decode(encoded, stuffed, out) == length && memcmp(out, decoded, length) == 0);
        CHECK(biox_cobs_decode(encoded, stuffed, encoded) == length && memcmp(encoded, decoded, length) == 0);
    }
}

static void test_malformed(void)
{
    uint8_t out[8];
    CHECK(biox_cobs_decode((const uint8_t[]){0x05, 0x11, 0x22}, 3, out) == SIZE_MAX);
    CHECK(biox_cobs_decode((const uint8_t[]){0x03, 0x11}, 2, out) == SIZE_MAX);
    CHECK(biox_cobs_decode((const uint8_t[]){0x02, 0x11, 0x00}, 3, out) == SIZE_MAX);
    /* Some encoders add a last run of nothing after a full one. */
    uint8_t full[256], back[256];
    memset(full, 7, sizeof full);
    full[0] = 255;
    full[255] = 1;
    CHECK(biox_cobs_decode(full, 256, back) == 254);
}

/* Every encoding of random bytes, rich in zeros, decodes to the same bytes and holds no zero. */
static void test_round_trips(void)
{
    static uint8_t bytes[1024], out[BIOX_COBS_MAX(1024)];
    srand(1);
    for (int round = 0; round < 500; round++) {
        size_t length = (size_t)(rand() % 1025);
        int zeros = rand() % 4 == 0 ? 2 : 400;
        for (size_t i = 0; i < length; i++) bytes[i] = rand() % zeros == 0 ? 0 : (uint8_t)rand();
        size_t stuffed = encode(bytes, length, out);
        CHECK(stuffed <= BIOX_COBS_MAX(length) && memchr(out, 0, stuffed) == NULL);
        CHECK(biox_cobs_decode(out, stuffed, out) == length && memcmp(out, bytes, length) == 0);
    }
}

void test_cobs(void)
{
    test_vectors();
    test_malformed();
    test_round_trips();
}
