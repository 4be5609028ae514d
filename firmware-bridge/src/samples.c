#include "samples.h"

#include <string.h>

size_t biox_format_bytes(biox_format format)
{
    return format < BIOX_I32 ? 2u + (size_t)format : 4u;
}

/* Bytes of the waiting samples. */
static size_t waiting(const biox_stream *stream)
{
    return (size_t)stream->count * stream->channels * biox_format_bytes(stream->format);
}

/* Adds one sample of 4 bytes a value: int32_t, or float for BIOX_F32, where no bits are beyond the range. */
static bool add(biox_stream *stream, const uint8_t *values, uint32_t time_us)
{
    size_t bytes = biox_format_bytes(stream->format);
    uint32_t high = UINT32_MAX >> (33u - 8u * bytes);
    uint8_t *out = stream->payload + waiting(stream);
    for (uint8_t left = stream->channels; left > 0u; left--, values += 4) {
        uint32_t bits;
        memcpy(&bits, values, sizeof bits);
        /* Turned over, a negative value is in range where a positive one is: -high - 1 becomes high. */
        uint32_t turn = (bits >> 31) != 0u ? UINT32_MAX : 0u;
        bits ^= turn;
        if (bits > high) {
            bits = high;
            stream->flags |= BIOX_FLAG_CLIPPED;
        }
        bits ^= turn;
        for (size_t i = 0; i < bytes; i++, bits >>= 8) *out++ = (uint8_t)bits;
    }
    if (stream->count == 0u) stream->time_us = time_us;
    stream->next++;
    stream->count++;
    return stream->count >= stream->frame_samples;
}

bool biox_stream_add(biox_stream *stream, const int32_t *raw, uint32_t time_us)
{
    return add(stream, (const uint8_t *)raw, time_us);
}

bool biox_stream_add_float(biox_stream *stream, const float *values, uint32_t time_us)
{
    return add(stream, (const uint8_t *)values, time_us);
}

biox_status biox_stream_take(biox_stream *stream, uint8_t *out, size_t capacity, size_t *length)
{
    if (stream->count == 0) return BIOX_PENDING;
    biox_frame frame = {
        .kind = BIOX_SAMPLES,
        .stream = stream->id,
        .count = stream->count,
        .flags = stream->flags,
        .index = stream->next - stream->count,
        .time_us = stream->time_us,
        .payload = stream->payload,
        .payload_length = waiting(stream),
    };
    biox_status status = biox_frame_encode(&frame, out, capacity, length);
    if (status != BIOX_OK) return status;
    stream->count = 0;
    stream->flags = 0;
    return BIOX_OK;
}

void biox_stream_skip(biox_stream *stream, uint32_t n)
{
    stream->count = 0;
    stream->next += n;
    stream->flags |= BIOX_FLAG_DROPPED;
}
