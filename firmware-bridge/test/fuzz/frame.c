/* Input: kind, stream, count, flags, index, time, then the payload; what is encoded is decoded to the same. */
#include "frame.h"

#include "bytes.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < BIOX_HEADER_BYTES) return 0;
    size_t n = size - BIOX_HEADER_BYTES, room = BIOX_ENCODED_MAX(n), length = 0;
    uint8_t *payload = copy_at_end(data + BIOX_HEADER_BYTES, n), *wire = room_at_end(room);
    const biox_frame sent = {
        data[0] & 7u, data[1], data[2], data[3], biox_get_u32(data + 4), biox_get_u32(data + 8), payload, n,
    };
    biox_frame got;
    memset(&got, 0, sizeof got);
    biox_status status = biox_frame_encode(&sent, wire, room, &length);
    EXPECT(status == (sent.kind > BIOX_REPLY ? BIOX_BAD_KIND : n > BIOX_PAYLOAD_MAX ? BIOX_TOO_LONG : BIOX_OK));
    if (status == BIOX_OK) {
        EXPECT(biox_frame_encode(&sent, wire, room - 1u, &length) == BIOX_NO_ROOM);
        EXPECT(length <= room && memchr(wire, 0, length) == wire + length - 1);
        EXPECT(biox_frame_decode(wire, length - 1u, &got) == BIOX_OK);
        EXPECT(got.kind == sent.kind && got.stream == sent.stream && got.count == sent.count);
        EXPECT(got.flags == sent.flags && got.index == sent.index && got.time_us == sent.time_us);
        EXPECT(got.payload_length == n && (n == 0 || memcmp(got.payload, payload, n) == 0));
    }
    give_back(payload);
    give_back(wire);
    return 0;
}
