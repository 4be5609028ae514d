#include <string.h>

#include "check.h"
#include "corpus.h"
#include "samples.h"

static biox_format read_format(corpus_item item)
{
    const char *name = corpus_value(item, "format") + 1;
    if (memcmp(name, "i16", 3) == 0) return BIOX_I16;
    if (memcmp(name, "i24", 3) == 0) return BIOX_I24;
    return memcmp(name, "i32", 3) == 0 ? BIOX_I32 : BIOX_F32;
}

/* The values of one vector as one channel, a frame of them all. */
static void test_vector(corpus_item item)
{
    double values[16];
    uint8_t wanted[64], payload[64], wire[128];
    size_t count = corpus_numbers(item, "values", values, 16);
    size_t bytes = corpus_bytes(item, "payload", wanted, sizeof wanted), length;
    bool clipped = corpus_value(item, "clipped")[0] == 't';
    biox_stream stream = {
        .id = 3, .channels = 1, .frame_samples = (uint8_t)count, .format = read_format(item), .payload = payload, .next = 50,
    };
    CHECK(bytes == count * biox_format_bytes(stream.format));
    for (size_t i = 0; i < count; i++) {
        uint32_t time_us = 1000u + 10u * (uint32_t)i;
        bool full = stream.format == BIOX_F32 ? biox_stream_add_float(&stream, &(float){(float)values[i]}, time_us)
                                              : biox_stream_add(&stream, &(int32_t){(int32_t)values[i]}, time_us);
        CHECK(full == (i + 1 == count));
    }
    biox_frame frame;
    CHECK(biox_stream_take(&stream, wire, 4, &length) == BIOX_NO_ROOM);
    CHECK(biox_stream_take(&stream, wire, sizeof wire, &length) == BIOX_OK);
    CHECK(biox_stream_take(&stream, wire, sizeof wire, &length) == BIOX_PENDING);
    CHECK(biox_frame_decode(wire, length - 1, &frame) == BIOX_OK);
    CHECK(frame.kind == BIOX_SAMPLES && frame.stream == 3 && frame.count == count);
    CHECK(frame.index == 50 && frame.time_us == 1000);
    CHECK(frame.flags == (clipped ? BIOX_FLAG_CLIPPED : 0));
    CHECK(frame.payload_length == bytes && memcmp(frame.payload, wanted, bytes) == 0);
}

void test_samples(void)
{
    for (corpus_item item = corpus_first("samples"); item.at != NULL; item = corpus_next(item)) test_vector(item);

    /* Samples that could not be fetched show in the number and the flag of the next frame, and only there. */
    uint8_t payload[8], wire[64];
    size_t length;
    biox_frame frame;
    biox_stream stream = {.id = 1, .channels = 2, .frame_samples = 2, .format = BIOX_I16, .payload = payload};
    const int32_t pair[2] = {1, 2};
    CHECK(!biox_stream_add(&stream, pair, 5));
    biox_stream_skip(&stream, 9);
    CHECK(!biox_stream_add(&stream, pair, 7) && biox_stream_add(&stream, pair, 8));
    CHECK(biox_stream_take(&stream, wire, sizeof wire, &length) == BIOX_OK);
    CHECK(biox_frame_decode(wire, length - 1, &frame) == BIOX_OK);
    CHECK(frame.index == 10 && frame.count == 2 && frame.time_us == 7 && frame.flags == BIOX_FLAG_DROPPED);
    CHECK(stream.flags == 0 && stream.next == 12);
}
