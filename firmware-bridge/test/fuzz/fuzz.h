/* What all fuzz targets need. Each is a libFuzzer program: DIR of seeds as argument, options in its own -help=1. */
#ifndef BIOX_TEST_FUZZ_H
#define BIOX_TEST_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPECT(condition)                                                            \
    do {                                                                             \
        if (!(condition)) {                                                          \
            fprintf(stderr, "%s:%d: expected %s\n", __FILE__, __LINE__, #condition); \
            abort();                                                                 \
        }                                                                            \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Room for n bytes at the very end of a block: the address sanitizer sees the first byte read or written too far. */
static inline uint8_t *room_at_end(size_t n)
{
    uint8_t *block = malloc(n + 1u);
    EXPECT(block != NULL);
    return block + 1;
}

static inline uint8_t *copy_at_end(const uint8_t *data, size_t n)
{
    uint8_t *room = room_at_end(n);
    if (n > 0u) memcpy(room, data, n);
    return room;
}

static inline void give_back(uint8_t *room)
{
    free(room - 1);
}

#endif
