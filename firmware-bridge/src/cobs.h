/*
 * Consistent Overhead Byte Stuffing (Cheshire and Baker, IEEE/ACM Trans. Networking 7(2), 1999): rewrites bytes
 * so that none is zero, which leaves 00 free to mark where a frame ends.
 */
#ifndef BIOX_COBS_H
#define BIOX_COBS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Room that `n` bytes may need when encoded, without the delimiter. */
#define BIOX_COBS_MAX(n) ((n) + (n) / 254u + 1u)

/* An encoder fed piece by piece, so that no second buffer is needed. */
typedef struct {
    uint8_t *out;
    size_t length; /* bytes written so far */
    size_t code;   /* where the length byte of the current run belongs */
} biox_cobs;

/*
 * Starts an encoding into `out`, which must have room for BIOX_COBS_MAX of all bytes that will be fed:
 * nothing is checked later.
 */
void biox_cobs_start(biox_cobs *cobs, uint8_t *out);

/* Encodes `n` more bytes. */
void biox_cobs_feed(biox_cobs *cobs, const uint8_t *bytes, size_t n);

/* Closes the last run; returns the encoded length. No delimiter is written. */
size_t biox_cobs_end(biox_cobs *cobs);

/*
 * Decodes in[0..n), which must not hold the delimiter, into out (n bytes are always enough; out may be in).
 * Returns the decoded length, or SIZE_MAX when a length byte is 0 or points past the end.
 */
size_t biox_cobs_decode(const uint8_t *in, size_t n, uint8_t *out);

#ifdef __cplusplus
}
#endif
#endif
