/* Frames on their way to the reader, with the faults of a bad cable if wanted. */
#ifndef BIOX_EMULATOR_LINK_H
#define BIOX_EMULATOR_LINK_H

#include "../src/frame.h"
#include "../src/samples.h"
#include "random.h"

typedef struct {
    int fd;                                             /* non-blocking */
    uint8_t bytes[4 * BIOX_ENCODED_MAX(BIOX_PAYLOAD_MAX)]; /* waiting to be written: bytes[start..end) */
    size_t start, end;
    uint32_t messages; /* running number of control frames */
    random_source random;
    double corrupt, drop; /* probabilities, for sample frames only */
    unsigned long long frames, samples, corrupted, dropped, lost_samples; /* what `sent` reports */
} frame_link;

void link_start(frame_link *self, int fd, double corrupt, double drop, uint64_t seed);

/* Whether frames still wait to be written. */
bool link_busy(const frame_link *self);

/* Whether two more control frames of any size would fit: an answer and its reply. */
bool link_has_room(const frame_link *self);

/* Forgets what waits: its reader has gone. */
void link_clear(frame_link *self);

/* Writes as much as the terminal takes now. */
void link_flush(frame_link *self);

/* Queues a lone delimiter, which ends whatever a new reader took for the begin of a frame. */
void link_delimiter(frame_link *self);

/* Queues a control frame: never corrupted or dropped, so that a test knows what must arrive. */
void link_control(frame_link *self, biox_kind kind, uint32_t time_us, const uint8_t *payload, size_t length);

/* Queues the waiting samples of `stream` as a frame, or loses it on purpose. The link must not be busy. */
void link_samples(frame_link *self, biox_stream *stream);

#endif
