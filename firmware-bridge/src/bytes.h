/* Little-endian numbers in byte buffers, whatever the processor's own order and alignment rules are. */
#ifndef BIOX_BYTES_H
#define BIOX_BYTES_H

#include <stdint.h>

static inline void biox_put_u32(uint8_t *out, uint32_t value)
{
    out[0] = (uint8_t)value;
    out[1] = (uint8_t)(value >> 8);
    out[2] = (uint8_t)(value >> 16);
    out[3] = (uint8_t)(value >> 24);
}

static inline uint32_t biox_get_u32(const uint8_t *in)
{
    return (uint32_t)in[0] | (uint32_t)in[1] << 8 | (uint32_t)in[2] << 16 | (uint32_t)in[3] << 24;
}

#endif
