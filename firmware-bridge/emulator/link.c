#define _XOPEN_SOURCE 700
#include "link.h"

#include <string.h>
#include <unistd.h>

#include "fail.h"

void link_start(frame_link *self, int fd, double corrupt, double drop, uint64_t seed)
{
    memset(self, 0, sizeof *self);
    self->fd = fd;
    self->corrupt = corrupt;
    self->drop = drop;
    self->random.state = ~seed; /* not the heart's numbers */
}

bool link_busy(const frame_link *self)
{
    return self->end > self->start;
}

bool link_has_room(const frame_link *self)
{
    return sizeof self->bytes - self->end >= 2u * BIOX_ENCODED_MAX(BIOX_PAYLOAD_MAX);
}

void link_clear(frame_link *self)
{
    self->start = self->end = 0;
}

void link_flush(frame_link *self)
{
    while (self->end > self->start) {
        ssize_t done = write(self->fd, self->bytes + self->start, self->end - self->start);
        if (done <= 0) return; /* full, or interrupted: the next poll() tells when to go on */
        self->start += (size_t)done;
    }
    link_clear(self);
}

void link_delimiter(frame_link *self)
{
    self->bytes[self->end++] = 0;
}

void link_control(frame_link *self, biox_kind kind, uint32_t time_us, const uint8_t *payload, size_t length)
{
    biox_frame frame = {
        .kind = (uint8_t)kind,
        .index = self->messages++,
        .time_us = time_us,
        .payload = payload,
        .payload_length = length,
    };
    size_t encoded;
    if (biox_frame_encode(&frame, self->bytes + self->end, sizeof self->bytes - self->end, &encoded) != BIOX_OK)
        fail("A control message of %zu bytes does not fit.", length);
    self->end += encoded;
}

void link_samples(frame_link *self, biox_stream *stream)
{
    unsigned count = stream->count;
    size_t encoded;
    uint8_t *out = self->bytes + self->end;
    if (biox_stream_take(stream, out, sizeof self->bytes - self->end, &encoded) != BIOX_OK)
        fail("A frame of %u samples does not fit.", count);
    self->frames++;
    self->samples += count;
    bool dropped = random_uniform(&self->random) < self->drop;
    bool corrupted = random_uniform(&self->random) < self->corrupt;
    if (dropped || corrupted) self->lost_samples += count;
    if (dropped) {
        self->dropped++;
        return;
    }
    if (corrupted) {
        self->corrupted++;
        size_t body = encoded - 1u; /* all but the delimiter */
        size_t at = (size_t)(random_uniform(&self->random) * (double)body);
        out[at] = (uint8_t)(out[at] ^ (1u + random_bits(&self->random) % 255u));
    }
    self->end += encoded;
}
