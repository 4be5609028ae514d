/* Control messages as MessagePack maps: hello, reply, and the name of a received command. */
#ifndef BIOX_HELLO_H
#define BIOX_HELLO_H

#include "samples.h"

#ifdef __cplusplus
extern "C" {
#endif

/* physical value = raw * scale + offset, in `unit`. */
typedef struct {
    const char *name; /* "red", "ppg1", ... */
    const char *unit; /* "adc", "mV", ... */
    double scale;
    double offset;
} biox_channel;

typedef struct {
    const char *name;
    const biox_channel *channels; /* stream->channels of them */
    double rate;                  /* nominal samples a second of device time */
    const biox_stream *stream;
} biox_stream_hello;

typedef struct {
    const char *device;
    const char *firmware;
    double speed; /* device seconds a real second: 1 on every real device */
    const biox_stream_hello *streams;
    uint8_t stream_count;
} biox_hello;

/*
 * Writes the hello map into out[0..capacity); returns its length, or 0 when there is no room.
 * `next` of each stream is the number of the first sample not yet taken, so that a gateway counts losses from the
 * first frame after a hello.
 */
size_t biox_hello_pack(const biox_hello *hello, uint8_t *out, size_t capacity);

/* Writes the reply {cmd, ok, seq} to the command frame number `seq`; returns its length, or 0 without room. */
size_t biox_reply_pack(const char *command, bool ok, uint32_t seq, uint8_t *out, size_t capacity);

typedef enum { BIOX_DO_UNKNOWN = 0, BIOX_DO_HELLO, BIOX_DO_START, BIOX_DO_STOP } biox_command;

/* What a received frame asks for; BIOX_DO_UNKNOWN when it is not a command of this version. */
biox_command biox_command_read(const biox_frame *frame);

#ifdef __cplusplus
}
#endif
#endif
