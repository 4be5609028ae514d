#include "pack.h"

#include <string.h>

/* Two ways to write a number: below `limit` in the low bits of `small`, else after `tag` in `bytes` bytes. */
typedef enum { MAP, ARRAY, STR, UINT } form;
static const struct {
    uint8_t limit, small, tag, bytes;
} FORMS[] = {{16, 0x80, 0xDE, 2}, {16, 0x90, 0xDC, 2}, {32, 0xA0, 0xD9, 1}, {128, 0x00, 0xCE, 4}};

void biox_pack_start(biox_packer *packer, uint8_t *out, size_t capacity)
{
    packer->out = out;
    packer->capacity = capacity;
    packer->length = 0;
    packer->overflow = false;
}

static void put(biox_packer *packer, uint32_t byte)
{
    if (packer->length < packer->capacity)
        packer->out[packer->length++] = (uint8_t)byte;
    else
        packer->overflow = true;
}

/* Writes `first` and then the low `bytes` bytes of `value`: MessagePack is big-endian. */
static void put_number(biox_packer *packer, uint32_t first, uint32_t value, unsigned bytes)
{
    put(packer, first);
    while (bytes-- > 0u) put(packer, value >> (8u * bytes));
}

static void put_form(biox_packer *packer, uint32_t value, form as)
{
    if (value < FORMS[as].limit)
        put(packer, FORMS[as].small | value);
    else
        put_number(packer, FORMS[as].tag, value, FORMS[as].bytes);
}

void biox_pack_map(biox_packer *packer, uint16_t n)
{
    put_form(packer, n, MAP);
}

void biox_pack_array(biox_packer *packer, uint16_t n)
{
    put_form(packer, n, ARRAY);
}

void biox_pack_uint(biox_packer *packer, uint32_t value)
{
    put_form(packer, value, UINT);
}

void biox_pack_str(biox_packer *packer, const char *text)
{
    size_t length = 0;
    while (text[length] != '\0') length++;
    if (length > 255u) {
        packer->overflow = true;
        return;
    }
    put_form(packer, (uint32_t)length, STR);
    while (*text != '\0') put(packer, (uint8_t)*text++);
}

void biox_pack_bool(biox_packer *packer, bool value)
{
    put(packer, value ? 0xC3u : 0xC2u);
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
    uint32_t low = (uint32_t)bits;
    if (sizeof value == 8u) {
        put_number(packer, 0xCB, (uint32_t)(bits >> 32), 4);
        put_number(packer, low >> 24, low, 3);
    } else {
        put_number(packer, 0xCA, low, 4);
    }
}
