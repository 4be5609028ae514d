#include "pack.h"

#include <string.h>

void biox_pack_start(biox_packer *packer, uint8_t *out, size_t capacity)
{
    packer->out = out;
    packer->capacity = capacity;
    packer->length = 0;
    packer->overflow = false;
}

static void put(biox_packer *packer, uint8_t byte)
{
    if (packer->length < packer->capacity)
        packer->out[packer->length++] = byte;
    else
        packer->overflow = true;
}

/* MessagePack is big-endian. */
static void put_number(biox_packer *packer, uint8_t tag, uint64_t value, unsigned bytes)
{
    put(packer, tag);
    while (bytes-- > 0u) put(packer, (uint8_t)(value >> (8u * bytes)));
}

void biox_pack_map(biox_packer *packer, uint16_t n)
{
    if (n < 16u)
        put(packer, (uint8_t)(0x80u | n));
    else
        put_number(packer, 0xDE, n, 2);
}

void biox_pack_array(biox_packer *packer, uint16_t n)
{
    if (n < 16u)
        put(packer, (uint8_t)(0x90u | n));
    else
        put_number(packer, 0xDC, n, 2);
}

void biox_pack_str(biox_packer *packer, const char *text)
{
    size_t length = 0;
    while (text[length] != '\0') length++;
    if (length > 255u) {
        packer->overflow = true;
        return;
    }
    if (length < 32u)
        put(packer, (uint8_t)(0xA0u | length));
    else
        put_number(packer, 0xD9, length, 1);
    for (size_t i = 0; i < length; i++) put(packer, (uint8_t)text[i]);
}

void biox_pack_bool(biox_packer *packer, bool value)
{
    put(packer, value ? 0xC3u : 0xC2u);
}

void biox_pack_uint(biox_packer *packer, uint32_t value)
{
    if (value < 128u)
        put(packer, (uint8_t)value);
    else
        put_number(packer, 0xCE, value, 4);
}

void biox_pack_int(biox_packer *packer, int32_t value)
{
    if (value >= 0)
        biox_pack_uint(packer, (uint32_t)value);
    else
        put_number(packer, 0xD2, (uint32_t)value, 4);
}

void biox_pack_double(biox_packer *packer, double value)
{
    uint64_t bits = 0;
    memcpy(&bits, &value, sizeof value < sizeof bits ? sizeof value : sizeof bits);
    put_number(packer, sizeof value == 8u ? 0xCBu : 0xCAu, bits, (unsigned)sizeof value);
}
