#include "frame.h"

#include "bytes.h"
#include "crc32.h"

biox_status biox_frame_encode(const biox_frame *frame, uint8_t *out, size_t capacity, size_t *length)
{
    if (frame->kind > BIOX_REPLY) return BIOX_BAD_KIND;
    if (frame->payload_length > BIOX_PAYLOAD_MAX) return BIOX_TOO_LONG;
    if (capacity < BIOX_ENCODED_MAX(frame->payload_length)) return BIOX_NO_ROOM;

    uint8_t header[BIOX_HEADER_BYTES];
    header[0] = (uint8_t)(BIOX_FRAME_VERSION << 4 | frame->kind);
    header[1] = frame->stream;
    header[2] = frame->count;
    header[3] = frame->flags;
    biox_put_u32(header + 4, frame->index);
    biox_put_u32(header + 8, frame->time_us);
    uint32_t crc = biox_crc32(0, header, sizeof header);
    crc = biox_crc32(crc, frame->payload, frame->payload_length);

    biox_cobs cobs;
    biox_cobs_start(&cobs, out);
    biox_cobs_feed(&cobs, header, sizeof header);
    biox_cobs_feed(&cobs, frame->payload, frame->payload_length);
    biox_put_u32(header, crc);
    biox_cobs_feed(&cobs, header, BIOX_CRC_BYTES);
    size_t encoded = biox_cobs_end(&cobs);
    out[encoded] = 0u;
    *length = encoded + 1u;
    return BIOX_OK;
}

/* What biox_crc32 makes of any bytes with their own CRC-32 behind them. */
#define RESIDUE 0x2144DF1Cu

biox_status biox_frame_decode(uint8_t *bytes, size_t n, biox_frame *frame)
{
    size_t length = biox_cobs_decode(bytes, n, bytes);
    if (length == SIZE_MAX) return BIOX_BAD_COBS;
    if (length < BIOX_HEADER_BYTES + BIOX_CRC_BYTES) return BIOX_BAD_LENGTH;
    if (biox_crc32(0, bytes, length) != RESIDUE) return BIOX_BAD_CRC;
    if (bytes[0] >> 4 != BIOX_FRAME_VERSION) return BIOX_BAD_VERSION;
    if ((bytes[0] & 15u) > BIOX_REPLY) return BIOX_BAD_KIND;

    frame->kind = bytes[0] & 15u;
    frame->stream = bytes[1];
    frame->count = bytes[2];
    frame->flags = bytes[3];
    frame->index = biox_get_u32(bytes + 4);
    frame->time_us = biox_get_u32(bytes + 8);
    frame->payload = bytes + BIOX_HEADER_BYTES;
    frame->payload_length = length - BIOX_HEADER_BYTES - BIOX_CRC_BYTES;
    return BIOX_OK;
}

void biox_receiver_start(biox_receiver *receiver, uint8_t *buffer, size_t capacity)
{
    receiver->buffer = buffer;
    receiver->capacity = capacity;
    receiver->length = 0;
}

biox_status biox_receiver_push(biox_receiver *receiver, uint8_t byte, biox_frame *frame)
{
    size_t length = receiver->length;
    if (byte != 0u) {
        if (length < receiver->capacity) receiver->buffer[length] = byte;
        if (length <= receiver->capacity) receiver->length = length + 1u;
        return BIOX_PENDING;
    }
    receiver->length = 0;
    if (length == 0) return BIOX_PENDING;
    if (length > receiver->capacity) return BIOX_TOO_LONG;
    return biox_frame_decode(receiver->buffer, length, frame);
}
