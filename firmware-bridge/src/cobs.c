#include "cobs.h"

void biox_cobs_start(biox_cobs *cobs, uint8_t *out)
{
    cobs->out = out;
    cobs->code = 0;
    cobs->length = 1;
}

/* Writes the length of the run so far where it belongs and opens the next run. */
static void close_run(biox_cobs *cobs)
{
    cobs->out[cobs->code] = (uint8_t)(cobs->length - cobs->code);
    cobs->code = cobs->length++;
}

void biox_cobs_feed(biox_cobs *cobs, const uint8_t *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        /* A full run of 254 is closed only when more follows, so that no empty run trails it. */
        if (cobs->length - cobs->code == 255u) close_run(cobs);
        if (bytes[i] == 0u)
            close_run(cobs);
        else
            cobs->out[cobs->length++] = bytes[i];
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
        size_t code = in[read];
        if (code == 0u || code > n - read) return SIZE_MAX;
        for (size_t i = 1; i < code; i++) out[written++] = in[read + i];
        read += code;
        if (code < 255u && read < n) out[written++] = 0u;
    }
    return written;
}
