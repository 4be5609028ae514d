#include "samples.h"

#include <string.h>

#include "bytes.h"

size_t biox_format_bytes(biox_format format)
{
    return format == BIOX_I16 ? 2u : format == BIOX_I24 ? 3u : 4u;
}

/* Where the next sample goes; notes the time when it is the first. */
static uint8_t *place(biox_stream *stream, uint32_t time_us)
{
    if (stream->count == 0) stream->time_us = time_us;
    return stream->payload + (size_t)stream->count * stream->channels * biox_format_bytes(stream->format);
}

static bool added(biox_stream *stream)
{
    stream->next++;
    stream->count++;
    return stream->count >= stream->frame_samples;
}

bool biox_stream_add(biox_stream *stream, const int32_t *raw, uint32_t time_us)
{
    uint8_t *out = place(stream, time_us);
    size_t bytes = biox_format_bytes(stream->format);
    int32_t high = stream->format == BIOX_I16 ? 0x7FFF : stream->format == BIOX_I24 ? 0x7FFFFF : INT32_MAX;
    int32_t low = -high - 1;
    for (uint8_t channel = 0; channel < stream->channels; channel++) {
        int32_t value = raw[channel];
        if (value > high || value < low) {
            value = value > high ? high : low;
            stream->flags |= BIOX_FLAG_CLIPPED;
        }
        uint32_t bits = (uint32_t)value;
        for (size_t i = 0; i < bytes; i++, bits >>= 8) *out++ = (uint8_t)bits;
    }
    return added(stream);
}

bool biox_stream_add_float(biox_stream *stream, const float *values, uint32_t time_us)
{
    uint8_t *out = place(stream, time_us);
    for (uint8_t channel = 0; channel < stream->channels; channel++, out += 4) {
        uint32_t bits;
        memcpy(&bits, &values[channel], sizeof bits);
        biox_put_u32(out, bits);
    }
    return added(stream);
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
        .payload_length = (size_t)stream->count * stream->channels * biox_format_bytes(stream->format),
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
