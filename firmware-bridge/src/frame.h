/*
 * The biox frame: COBS(header | payload | CRC-32) 00, little-endian.
 *
 *   u8  version << 4 | kind     u8  stream     u8  count     u8  flags
 *   u32 index                   u32 time_us
 *   ... payload                 u32 CRC-32 over header and payload
 *
 * No allocation, no state between calls, no library but memcpy. All buffers belong to the caller.
 */
#ifndef BIOX_FRAME_H
#define BIOX_FRAME_H

#include <stddef.h>
#include <stdint.h>

#include "cobs.h"

#ifdef __cplusplus
extern "C" {
#endif

#define BIOX_FRAME_VERSION 1u
#define BIOX_HEADER_BYTES 12u
#define BIOX_CRC_BYTES 4u
/* A receiver keeps no more than 1 KB of one decoded frame. */
#define BIOX_FRAME_MAX 1024u
#define BIOX_PAYLOAD_MAX (BIOX_FRAME_MAX - BIOX_HEADER_BYTES - BIOX_CRC_BYTES)
/* Room for an encoded frame with `payload` bytes, delimiter included. */
#define BIOX_ENCODED_MAX(payload) (BIOX_COBS_MAX((payload) + BIOX_HEADER_BYTES + BIOX_CRC_BYTES) + 1u)

typedef enum {
    BIOX_OK = 0,
    BIOX_PENDING,       /* no whole frame yet */
    BIOX_NO_ROOM,       /* the output buffer is too small; nothing usable was written */
    BIOX_TOO_LONG,      /* payload over BIOX_PAYLOAD_MAX, or a received frame over the receiver's buffer */
    BIOX_BAD_COBS,      /* a length byte is 0 or points past the end */
    BIOX_BAD_LENGTH,    /* shorter than header and CRC */
    BIOX_BAD_CRC,       /* bytes were changed on the way */
    BIOX_BAD_VERSION,   /* from another version of this format */
    BIOX_BAD_KIND       /* kind not known to this version */
} biox_status;

typedef enum {
    BIOX_HELLO = 0,   /* what the device is and sends */
    BIOX_SAMPLES = 1, /* `count` samples of one stream */
    BIOX_EVENT = 2,   /* something that happened at time_us */
    BIOX_STATUS = 3,  /* battery, temperature, ... */
    BIOX_COMMAND = 4, /* gateway to device */
    BIOX_REPLY = 5    /* device to gateway, one for each command */
} biox_kind;

#define BIOX_FLAG_RESTARTED 1u /* the device clock or index began anew */
#define BIOX_FLAG_CLIPPED 2u   /* a sample of this frame lies outside the format or the converter */
#define BIOX_FLAG_DROPPED 4u   /* the device itself lost samples before this frame */

typedef struct {
    uint8_t kind;
    uint8_t stream;
    uint8_t count;    /* samples; 0 for all kinds but BIOX_SAMPLES */
    uint8_t flags;
    uint32_t index;   /* number of the first sample of this stream, or of the message */
    uint32_t time_us; /* device clock at the first sample; wraps after 71.6 minutes */
    const uint8_t *payload;
    size_t payload_length;
} biox_frame;

/*
 * Encodes `frame` with its delimiter into out[0..capacity) and sets *length.
 * BIOX_TOO_LONG when the payload exceeds BIOX_PAYLOAD_MAX; BIOX_NO_ROOM when capacity is below
 * BIOX_ENCODED_MAX(payload_length); BIOX_BAD_KIND when kind is not one of biox_kind. *length is set only on BIOX_OK.
 */
biox_status biox_frame_encode(const biox_frame *frame, uint8_t *out, size_t capacity, size_t *length);

/*
 * Decodes one encoded frame, bytes[0..n) without its delimiter, IN PLACE; frame->payload points into bytes.
 * Returns BIOX_BAD_COBS, BIOX_BAD_LENGTH, BIOX_BAD_CRC, BIOX_BAD_VERSION or BIOX_BAD_KIND, in this order of checks.
 * The contents of bytes are then undefined and *frame is untouched.
 */
biox_status biox_frame_decode(uint8_t *bytes, size_t n, biox_frame *frame);

/* Collects received bytes until a delimiter. Commands are short, so a small buffer will do. */
typedef struct {
    uint8_t *buffer;
    size_t capacity;
    size_t length; /* bytes since the last delimiter; more than capacity means too long */
} biox_receiver;

/* Starts a receiver on a buffer that must live as long as the receiver. */
void biox_receiver_start(biox_receiver *receiver, uint8_t *buffer, size_t capacity);

/*
 * Takes one received byte. BIOX_OK: *frame is valid until the next call. BIOX_PENDING: more is needed.
 * Any other value: one frame was lost, for that reason; the receiver goes on with the next.
 */
biox_status biox_receiver_push(biox_receiver *receiver, uint8_t byte, biox_frame *frame);

#ifdef __cplusplus
}
#endif
#endif
