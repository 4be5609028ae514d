#include "cobs.h"

#include <stdbool.h>

void biox_cobs_start(biox_cobs *cobs, uint8_t *out)
{
    cobs->out = out;
    cobs->code = 0;
    cobs->length = 1;
}

void biox_cobs_feed(biox_cobs *cobs, const uint8_t *bytes, size_t n)
{
    while (n > 0u) {
        size_t run = cobs->length - cobs->code;
        /* A full run of 254 is closed only when more follows, so that no empty run trails it. */
        bool full = run == 255u;
        if (full || *bytes == 0u) {
            cobs->out[cobs->code] = (uint8_t)run;
            cobs->code = cobs->length;
        } else {
            cobs->out[cobs->length] = *bytes;
        }
        cobs->length++;
        if (!full) {
            bytes++;
            n--;
        }
    }
}

size_t biox_cobs_end(biox_cobs *cobs)
{
    cobs->out[cobs->code] = (uint8_t)(cobs->length - cobs->code);
    return cobs->length;
}

size_t biox_cobs_decode(const uint8_t *in, size_t n, uint8_t *out)
{
    size_t read = 0, written = 0;
    while (read < n) {
        size_t code = in[read++];
        if (code == 0u || code > n - read + 1u) return SIZE_MAX;
        for (size_t left = code - 1u; left > 0u; left--) out[written++] = in[read++];
        if (code < 255u && read < n) out[written++] = 0u;
    }
    return written;
}
