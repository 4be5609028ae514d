#include "pack.h"

/* Bytes not yet read. */
typedef struct {
    const uint8_t *at;
    size_t left;
} cursor;

/* One value's head: bytes of data that follow it, and values inside it. */
typedef struct {
    size_t data;
    uint32_t inside;
    bool is_map, is_str;
} head;

/* Reads a big-endian length of `bytes` bytes. */
static bool read_length(cursor *in, unsigned bytes, uint32_t *value)
{
    if (in->left < bytes) return false;
    *value = 0;
    in->left -= bytes;
    while (bytes-- > 0u) *value = *value << 8 | *in->at++;
    return true;
}

/* Reads a value's tag and length; false when cut off or of a type that is not in MessagePack. */
static bool read_head(cursor *in, head *value)
{
    static const uint8_t FIXED[] = {4, 8, 1, 2, 4, 8, 1, 2, 4, 8, 2, 3, 5, 9, 17}; /* tags CA to D8 */
    uint32_t tag, length = 0;
    *value = (head){0, 0, false, false};
    if (!read_length(in, 1, &tag)) return false;
    if (tag < 0x80u || tag >= 0xE0u || (tag >= 0xC0u && tag <= 0xC3u)) return tag != 0xC1u;
    if (tag < 0xA0u) {
        value->is_map = tag < 0x90u;
        value->inside = value->is_map ? 2u * (tag & 15u) : tag & 15u;
        return true;
    }
    if (tag < 0xC0u) {
        value->is_str = true;
        value->data = tag & 31u;
    } else if (tag >= 0xCAu && tag <= 0xD8u) {
        value->data = FIXED[tag - 0xCAu];
    } else if (tag >= 0xDCu) { /* array 16, array 32, map 16, map 32 */
        if (!read_length(in, (tag & 1u) != 0u ? 4 : 2, &length) || length > in->left) return false;
        value->is_map = tag >= 0xDEu;
        value->inside = value->is_map ? 2u * length : length;
    } else { /* bin C4 to C6, ext C7 to C9 with a type byte, str D9 to DB */
        bool is_ext = tag >= 0xC7u && tag <= 0xC9u;
        value->is_str = tag >= 0xD9u;
        unsigned size = value->is_str ? tag - 0xD9u : is_ext ? tag - 0xC7u : tag - 0xC4u;
        if (!read_length(in, 1u << size, &length) || length > in->left) return false;
        value->data = (size_t)length + (is_ext ? 1u : 0u);
    }
    return value->data <= in->left;
}

/* Skips one value with all that is inside it, without recursion; ends because each value takes at least a byte. */
static bool skip(cursor *in)
{
    size_t waiting = 1;
    while (waiting > 0) {
        head value;
        if (!read_head(in, &value)) return false;
        in->at += value.data;
        in->left -= value.data;
        waiting += value.inside;
        waiting--;
    }
    return true;
}

bool biox_text_is(const char *text, size_t length, const char *word)
{
    size_t i = 0;
    while (i < length && word[i] != '\0' && text[i] == word[i]) i++;
    return i == length && word[i] == '\0';
}

bool biox_unpack_str(const uint8_t *data, size_t n, const char *key, const char **text, size_t *length)
{
    cursor in = {data, n};
    head map;
    if (!read_head(&in, &map) || !map.is_map) return false;
    for (uint32_t pairs = map.inside / 2u; pairs > 0u; pairs--) {
        head name, value;
        cursor before = in;
        if (!read_head(&in, &name)) return false;
        bool found = name.is_str && biox_text_is((const char *)in.at, name.data, key);
        in = before;
        if (!skip(&in)) return false;
        if (!found) {
            if (!skip(&in)) return false;
            continue;
        }
        if (!read_head(&in, &value) || !value.is_str) return false;
        *text = (const char *)in.at;
        *length = value.data;
        return true;
    }
    return false;
}
