/* MessagePack (msgpack.org), as much as control messages need: a writer, and a reader that finds keys of a map. */
#ifndef BIOX_PACK_H
#define BIOX_PACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A writer never writes past capacity: check `overflow` once at the end instead of after each call. */
typedef struct {
    uint8_t *out;
    size_t capacity;
    size_t length;
    bool overflow;
} biox_packer;

/* Starts writing into out[0..capacity). */
void biox_pack_start(biox_packer *packer, uint8_t *out, size_t capacity);

/* A map of n pairs: the next 2 n values are its keys and values. n up to 65535. */
void biox_pack_map(biox_packer *packer, uint16_t n);

/* An array: the next n values. n up to 65535. */
void biox_pack_array(biox_packer *packer, uint16_t n);

/* A string of UTF-8 up to its NUL; longer than 255 bytes counts as overflow. */
void biox_pack_str(biox_packer *packer, const char *text);

void biox_pack_bool(biox_packer *packer, bool value);
void biox_pack_uint(biox_packer *packer, uint32_t value);
void biox_pack_int(biox_packer *packer, int32_t value);

/* float 64 where the compiler's double has 64 bits, float 32 where it has not (AVR). */
void biox_pack_double(biox_packer *packer, double value);

/*
 * Value of the string `key` in the map data[0..n). On true, *text points into data, *length bytes, no NUL at its
 * end. False: not a map, no such key, not a string, or malformed; nothing is read past n.
 */
bool biox_unpack_str(const uint8_t *data, size_t n, const char *key, const char **text, size_t *length);

/* Whether text[0..length) is exactly `word`. */
bool biox_text_is(const char *text, size_t length, const char *word);

#ifdef __cplusplus
}
#endif
#endif
