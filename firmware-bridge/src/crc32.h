/* CRC-32 of IEEE 802.3 (reflected, polynomial EDB88320), as in zlib: the check of "123456789" is CBF43926. */
#ifndef BIOX_CRC32_H
#define BIOX_CRC32_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Continues `crc` (0 to begin) over bytes[0..n). */
uint32_t biox_crc32(uint32_t crc, const uint8_t *bytes, size_t n);

#ifdef __cplusplus
}
#endif
#endif
