/* Collects the samples of one stream and sends them off as frames with a running number. */
#ifndef BIOX_SAMPLES_H
#define BIOX_SAMPLES_H

#include <stdbool.h>

#include "frame.h"

#ifdef __cplusplus
extern "C" {
#endif

/* How one value travels: two's complement, least significant byte first, or IEEE 754 single. */
typedef enum { BIOX_I16 = 0, BIOX_I24 = 1, BIOX_I32 = 2, BIOX_F32 = 3 } biox_format;

/* 2, 3 or 4. */
size_t biox_format_bytes(biox_format format);

typedef struct {
    uint8_t id;
    uint8_t channels;
    uint8_t frame_samples; /* a frame is full with so many */
    biox_format format;
    uint8_t *payload;      /* caller's buffer of frame_samples * channels * biox_format_bytes(format) */
    uint8_t count;         /* samples waiting */
    uint8_t flags;         /* of the frame being filled; set BIOX_FLAG_DROPPED or _RESTARTED here */
    uint32_t next;         /* number of the next sample that will be added */
    uint32_t time_us;      /* device clock at the first waiting sample */
} biox_stream;

/*
 * Adds one sample: channels values of `raw` counts. Values beyond the format become its nearest end and set
 * BIOX_FLAG_CLIPPED. Not for BIOX_F32. True: the frame is full and must be taken before the next call.
 */
bool biox_stream_add(biox_stream *stream, const int32_t *raw, uint32_t time_us);

/* The same for streams of BIOX_F32. */
bool biox_stream_add_float(biox_stream *stream, const float *values, uint32_t time_us);

/*
 * Encodes the waiting samples as one frame (see biox_frame_encode for status and room) and starts the next.
 * On an error nothing is taken. BIOX_PENDING when no sample waits.
 */
biox_status biox_stream_take(biox_stream *stream, uint8_t *out, size_t capacity, size_t *length);

/*
 * Counts `n` samples that the sensor made and nobody could fetch: the next frame starts after them, flagged.
 * Take waiting samples first: a frame has no gaps, so those still waiting are given up and counted as lost too.
 */
void biox_stream_skip(biox_stream *stream, uint32_t n);

#ifdef __cplusplus
}
#endif
#endif
