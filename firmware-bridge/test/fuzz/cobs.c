/* Input: where to cut, then bytes; they are stuffed in two pieces and unstuffed, and unstuffed as they are. */
#include "cobs.h"

#include "fuzz.h"

static void round_trip(const uint8_t *bytes, size_t n, size_t cut)
{
    uint8_t *wire = room_at_end(BIOX_COBS_MAX(n));
    biox_cobs cobs;
    biox_cobs_start(&cobs, wire);
    biox_cobs_feed(&cobs, bytes, cut);
    biox_cobs_feed(&cobs, bytes + cut, n - cut);
    size_t length = biox_cobs_end(&cobs);
    EXPECT(length > n && length <= BIOX_COBS_MAX(n));
    EXPECT(memchr(wire, 0, length) == NULL);
    EXPECT(biox_cobs_decode(wire, length, wire) == n);
    EXPECT(n == 0 || memcmp(wire, bytes, n) == 0);
    give_back(wire);
}

/* Any bytes unstuffed in place and beside themselves: the same result, never longer than the input. */
static void unstuff(const uint8_t *bytes, size_t n)
{
    uint8_t *same = copy_at_end(bytes, n), *other = room_at_end(n);
    size_t length = biox_cobs_decode(bytes, n, other);
    EXPECT(biox_cobs_decode(same, n, same) == length);
    EXPECT(length == SIZE_MAX || length < n || n == 0);
    EXPECT(length == SIZE_MAX || memcmp(same, other, length) == 0);
    give_back(same);
    give_back(other);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) return 0;
    size_t n = size - 1;
    uint8_t *bytes = copy_at_end(data + 1, n);
    round_trip(bytes, n, n * data[0] / 255u);
    unstuff(bytes, n);
    give_back(bytes);
    return 0;
}
