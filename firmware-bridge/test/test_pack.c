#include <string.h>

#include "check.h"
#include "corpus.h"
#include "hello.h"
#include "pack.h"

/* Control messages as the corpus has them, found by kind and number. */
static corpus_item find_frame(biox_kind kind, uint32_t index)
{
    corpus_item item = corpus_first("frames");
    while (item.at != NULL && (corpus_number(item, "kind") != (uint32_t)kind || corpus_number(item, "index") != index))
        item = corpus_next(item);
    CHECK(item.at != NULL);
    return item;
}

static biox_command command_in(uint32_t index)
{
    uint8_t payload[64];
    corpus_item item = find_frame(BIOX_COMMAND, index);
    biox_frame frame = {.kind = BIOX_COMMAND, .payload = payload};
    frame.payload_length = corpus_bytes(item, "payload", payload, sizeof payload);
    for (size_t cut = 0; cut < frame.payload_length; cut++) { /* cut off anywhere: no reading past the end */
        biox_frame part = frame;
        uint8_t *copy = malloc(cut + 1);
        CHECK(copy != NULL);
        memcpy(copy + 1, payload, cut);
        part.payload = copy + 1;
        part.payload_length = cut;
        biox_command_read(&part);
        free(copy);
    }
    return biox_command_read(&frame);
}

/* Whatever bytes come, reading ends and stays inside them (seen by the sanitizers). */
static void test_noise(void)
{
    const char *text;
    size_t length;
    srand(3);
    for (int round = 0; round < 200000; round++) {
        size_t n = (size_t)(rand() % 24);
        uint8_t *bytes = malloc(n + 1);
        CHECK(bytes != NULL);
        for (size_t i = 0; i < n; i++) bytes[i] = (uint8_t)rand();
        if (n > 0 && round % 2 == 0) bytes[0] = (uint8_t)(0x80 | rand() % 16);
        if (biox_unpack_str(bytes, n, "cmd", &text, &length)) CHECK(length < n);
        free(bytes);
    }
}

/* Whether a "cmd" is found behind a value of the bytes in `hex`, and never in fewer bytes. */
static bool passed_over(const char *hex)
{
    uint8_t map[64] = {0x82, 0xA1, 'x'};
    size_t n = 3, length;
    const char *text;
    for (; *hex != '\0'; hex += 2) {
        const char digits[3] = {hex[0], hex[1], '\0'};
        map[n++] = (uint8_t)strtoul(digits, NULL, 16);
    }
    memcpy(map + n, "\xA3" "cmd" "\xA4" "stop", 9);
    n += 9;
    for (size_t cut = 0; cut < n; cut++) CHECK(!biox_unpack_str(map, cut, "cmd", &text, &length));
    return biox_unpack_str(map, n, "cmd", &text, &length) && biox_text_is(text, length, "stop");
}

/* One value of each format in the order of the tags, as https://github.com/msgpack/msgpack/blob/master/spec.md has them. */
static void test_formats(void)
{
    static const char *const VALUES[] = {
        "00", "7F", "80", "81A16105", "90", "920102", "A0", "A3636D64", "C0", "C2", "C3", "C400", "C4020102", "C5000101",
        "C60000000101", "C70105FF", "C8000205FFFF", "C90000000105FF", "CA3FC00000", "CB3FF8000000000000", "CCFF",
        "CDFFFF", "CEFFFFFFFF", "CFFFFFFFFFFFFFFFFF", "D080", "D18000", "D280000000", "D38000000000000000", "D401FF",
        "D501FFFF", "D601FFFFFFFF", "D701FFFFFFFFFFFFFFFF", "D801FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF", "D903636D64",
        "DA0003636D64", "DB00000003636D64", "DC0001A3636D64", "DD00000002C0C0", "DE0001A3636D6401",
        "DF00000001A3636D6481A3636D6405", "E0", "FF",
    };
    for (size_t i = 0; i < sizeof VALUES / sizeof *VALUES; i++) CHECK(passed_over(VALUES[i]));
    CHECK(!passed_over("C1"));
}

/* The shortest and the longest of what is written with the same tag. */
static void test_limits(void)
{
    static const uint8_t WANTED[] = {
        0x8F, 0xDE, 0, 16,   0x9F, 0xDC, 0xFF, 0xFF,   0x7F, 0xCE, 0, 0, 0, 128,   0xCE, 0xFF, 0xFF, 0xFF, 0xFF,
        0xD2, 0x80, 0, 0, 0,   0xC3,   0xCB, 0xBF, 0xF8, 0, 0, 0, 0, 0, 1,
    };
    uint8_t out[sizeof WANTED];
    biox_packer packer;
    biox_pack_start(&packer, out, sizeof out);
    biox_pack_map(&packer, 15);
    biox_pack_map(&packer, 16);
    biox_pack_array(&packer, 15);
    biox_pack_array(&packer, 65535);
    biox_pack_uint(&packer, 127);
    biox_pack_int(&packer, 128);
    biox_pack_uint(&packer, UINT32_MAX);
    biox_pack_int(&packer, INT32_MIN);
    biox_pack_bool(&packer, true);
    biox_pack_double(&packer, -0x1.8000000000001p0);
    CHECK(!packer.overflow && packer.length == sizeof WANTED && memcmp(out, WANTED, sizeof WANTED) == 0);

    static char text[257];
    static uint8_t room[600];
    memset(text, 'a', 256);
    biox_pack_start(&packer, room, sizeof room);
    biox_pack_str(&packer, text + 256 - 31);
    biox_pack_str(&packer, text + 256 - 32);
    biox_pack_str(&packer, text + 256 - 255);
    CHECK(!packer.overflow && packer.length == 32 + 34 + 257 && room[0] == 0xBF && room[32] == 0xD9 && room[33] == 32);
    CHECK(room[66] == 0xD9 && room[67] == 255);
    biox_pack_str(&packer, text);
    CHECK(packer.overflow);
}

void test_pack(void)
{
    test_formats();
    test_limits();
    CHECK(command_in(1) == BIOX_DO_HELLO);
    CHECK(command_in(2) == BIOX_DO_START);
    CHECK(command_in(3) == BIOX_DO_STOP);
    test_noise();

    const uint8_t expected[] = {0x92, 0xD2, 0xFF, 0xFF, 0xFF, 0x80, 0xC2};
    uint8_t out[sizeof expected];
    biox_packer packer;
    biox_pack_start(&packer, out, sizeof out);
    biox_pack_array(&packer, 2);
    biox_pack_int(&packer, -128);
    biox_pack_bool(&packer, false);
    CHECK(!packer.overflow && packer.length == sizeof out && memcmp(out, expected, sizeof out) == 0);
    biox_pack_uint(&packer, 1);
    CHECK(packer.overflow && packer.length == sizeof out);
}

void test_hello(void)
{
    static uint8_t wanted[BIOX_PAYLOAD_MAX], out[BIOX_PAYLOAD_MAX];
    uint8_t payload[24];
    biox_stream stream = {.id = 1, .channels = 2, .frame_samples = 4, .format = BIOX_I24, .payload = payload, .next = 400};
    const int32_t sample[2] = {1, 2};
    /* A waiting sample has not been sent yet: `next` is still its number. */
    biox_stream_add(&stream, sample, 0);
    const biox_channel channels[] = {{"red", "adc", 1.0, 0.0}, {"ir", "adc", 0.5, -3.0}};
    const biox_stream_hello streams[] = {{"ppg", channels, 100.0, &stream}};
    const biox_hello hello = {"max30102", "1.0", 1.0, streams, 1};
    size_t length = corpus_bytes(find_frame(BIOX_HELLO, 0), "payload", wanted, sizeof wanted);
    CHECK(biox_hello_pack(&hello, out, length) == length && memcmp(out, wanted, length) == 0);
    CHECK(biox_hello_pack(&hello, out, length - 1) == 0);

    length = corpus_bytes(find_frame(BIOX_REPLY, 9), "payload", wanted, sizeof wanted);
    CHECK(biox_reply_pack("start", true, 300, out, sizeof out) == length && memcmp(out, wanted, length) == 0);
}
