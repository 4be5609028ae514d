#include "pack.h"

/* Bytes not yet read. */
typedef struct {
    const uint8_t *at, *end;
} cursor;

/* What a value is: anything else is its number of bytes apart from those that its length counts. */
enum { STR = 28, ARRAY = 29, MAP = 30, MALFORMED = 31 };

/* Of a tag: how many bytes of length follow it, and what the value is. */
#define TAG(length, what) ((what) * 8u + (length))
static const uint8_t TAGS[] = {
    TAG(0, MAP), TAG(0, ARRAY), TAG(0, STR), TAG(0, STR),       /* 80, 90, A0, B0: the length is in the tag */
    TAG(0, 0), TAG(0, MALFORMED), TAG(0, 0), TAG(0, 0),         /* C0: nil, never used, false, true */
    TAG(1, 0), TAG(2, 0), TAG(4, 0),                            /* C4: bin */
    TAG(1, 1), TAG(2, 1), TAG(4, 1),                            /* C7: ext, with a byte that tells its type */
    TAG(0, 4), TAG(0, 8),                                       /* CA: float */
    TAG(0, 1), TAG(0, 2), TAG(0, 4), TAG(0, 8),                 /* CC: uint */
    TAG(0, 1), TAG(0, 2), TAG(0, 4), TAG(0, 8),                 /* D0: int */
    TAG(0, 2), TAG(0, 3), TAG(0, 5), TAG(0, 9), TAG(0, 17),     /* D4: fixext */
    TAG(1, STR), TAG(2, STR), TAG(4, STR),                      /* D9 */
    TAG(2, ARRAY), TAG(4, ARRAY), TAG(2, MAP), TAG(4, MAP),     /* DC */
};

/*
 * Reads a value's tag and length, so that its data comes next. Tells what it is, and in *size of an ARRAY or MAP how many
 * values are inside, of all others how many bytes of data there are. MALFORMED where it is cut off, too.
 */
static unsigned read_head(cursor *in, size_t *size)
{
    if (in->at == in->end) return MALFORMED;
    unsigned tag = *in->at++, head = 0; /* as of the small integers, which are their own tags */
    uint32_t length = 0;
    if (tag >= 0xC0u && tag < 0xE0u) {
        head = TAGS[tag - 0xBCu];
    } else if (tag >= 0x80u && tag < 0xC0u) {
        head = TAGS[(tag - 0x80u) >> 4];
        length = tag & (tag < 0xA0u ? 15u : 31u);
    }
    unsigned what = head >> 3;
    for (head &= 7u; head > 0u; head--) {
        if (in->at == in->end) return MALFORMED;
        length = length << 8 | *in->at++;
    }
    /* No value takes less than a byte, so this bounds what may be inside as well. */
    if (length > (size_t)(in->end - in->at)) return MALFORMED;
    if (what < STR) {
        length += what;
        if (length > (size_t)(in->end - in->at)) return MALFORMED;
    }
    *size = what == MAP ? 2u * length : length;
    return what;
}

bool biox_text_is(const char *text, size_t length, const char *word)
{
    size_t i = 0;
    while (i < length && word[i] != '\0' && text[i] == word[i]) i++;
    return i == length && word[i] == '\0';
}

bool biox_unpack_str(const uint8_t *data, size_t n, const char *key, const char **text, size_t *length)
{
    if (n == 0u) return false; /* where data may be NULL */
    cursor in = {data, data + n};
    size_t own; /* keys and values of this map still to come */
    if (read_head(&in, &own) != MAP) return false;
    /* Values are passed one by one whatever they are inside of, so neither recursion nor a stack is needed. */
    size_t deeper = 0; /* still to come inside those */
    bool found = false;
    while (own > 0u && deeper <= (size_t)(in.end - in.at)) {
        size_t size;
        unsigned what = read_head(&in, &size);
        if (what == MALFORMED) return false;
        if (deeper > 0u) {
            deeper--;
        } else if (found) {
            *text = (const char *)in.at;
            *length = size;
            return what == STR;
        } else {
            own--;
            if ((own & 1u) != 0u && what == STR && biox_text_is((const char *)in.at, size, key)) found = true;
        }
        if (what >= ARRAY)
            deeper += size;
        else
            in.at += size;
    }
    return false;
}
