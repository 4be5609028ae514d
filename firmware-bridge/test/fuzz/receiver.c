/* Input: an eighth of the receiver's buffer, then what it hears. Each block between delimiters is one outcome. */
#include "frame.h"
#include "fuzz.h"

/* What a frame was made of may have been stuffed in another way, but decodes to the same frame when it is sent on. */
static void send_on(const biox_frame *frame)
{
    uint8_t wire[BIOX_ENCODED_MAX(BIOX_PAYLOAD_MAX)];
    size_t length;
    biox_frame again;
    biox_status status = biox_frame_encode(frame, wire, sizeof wire, &length);
    EXPECT(status == (frame->payload_length > BIOX_PAYLOAD_MAX ? BIOX_TOO_LONG : BIOX_OK));
    if (status != BIOX_OK) return;
    EXPECT(biox_frame_decode(wire, length - 1u, &again) == BIOX_OK);
    EXPECT(again.kind == frame->kind && again.index == frame->index && again.time_us == frame->time_us);
    EXPECT(again.payload_length == frame->payload_length);
    EXPECT(memcmp(again.payload, frame->payload, frame->payload_length) == 0);
}

/* What the receiver must say of a block: the same as the decoder of one whole frame. */
static biox_status alone(const uint8_t *block, size_t n, size_t capacity)
{
    if (n > capacity) return BIOX_TOO_LONG;
    uint8_t *bytes = copy_at_end(block, n);
    biox_frame frame;
    biox_status status = biox_frame_decode(bytes, n, &frame);
    give_back(bytes);
    return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) return 0;
    size_t capacity = 8u * data[0];
    uint8_t *buffer = room_at_end(capacity);
    biox_receiver receiver;
    biox_receiver_start(&receiver, buffer, capacity);
    size_t begin = 1;
    for (size_t i = 1; i < size; i++) {
        biox_frame frame;
        biox_status status = biox_receiver_push(&receiver, data[i], &frame);
        if (data[i] != 0u || i == begin) {
            EXPECT(status == BIOX_PENDING);
        } else {
            EXPECT(status == alone(data + begin, i - begin, capacity));
        }
        if (status == BIOX_OK) {
            EXPECT(frame.kind <= BIOX_REPLY && frame.payload == buffer + BIOX_HEADER_BYTES);
            EXPECT(frame.payload_length + BIOX_HEADER_BYTES + BIOX_CRC_BYTES <= capacity);
            send_on(&frame);
        }
        if (data[i] == 0u) begin = i + 1;
    }
    give_back(buffer);
    return 0;
}
