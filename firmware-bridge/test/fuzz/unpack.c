/* Input: bytes that are read as a command, and that are packed as text among other values and found again. */
#include "fuzz.h"
#include "hello.h"
#include "pack.h"

static void read_as_command(const uint8_t *data, size_t size)
{
    uint8_t *payload = copy_at_end(data, size);
    const biox_frame frame = {.kind = BIOX_COMMAND, .payload = payload, .payload_length = size};
    const char *text = NULL;
    size_t length = 0;
    bool found = biox_unpack_str(payload, size, "cmd", &text, &length);
    const char *end = (const char *)payload + size;
    EXPECT(!found || (text > (const char *)payload && text <= end && length <= (size_t)(end - text)));
    biox_command command = biox_command_read(&frame);
    EXPECT((command == BIOX_DO_HELLO) == (found && biox_text_is(text, length, "hello")));
    EXPECT((command == BIOX_DO_START) == (found && biox_text_is(text, length, "start")));
    EXPECT((command == BIOX_DO_STOP) == (found && biox_text_is(text, length, "stop")));
    give_back(payload);
}

static void find_again(const uint8_t *data, size_t size)
{
    uint8_t out[400];
    char word[256];
    size_t length = size < 255u ? size : 255u, found = 0;
    for (size_t i = 0; i < length; i++) word[i] = (char)(data[i] == 0u ? 1 : data[i]);
    word[length] = '\0';
    const char *text = NULL;
    biox_packer packer;
    biox_pack_start(&packer, out, sizeof out);
    biox_pack_map(&packer, 3);
    biox_pack_str(&packer, "nested");
    biox_pack_array(&packer, 3);
    biox_pack_double(&packer, (double)size);
    biox_pack_int(&packer, -(int32_t)length);
    biox_pack_map(&packer, 1);
    biox_pack_str(&packer, "cmd");
    biox_pack_bool(&packer, true);
    biox_pack_uint(&packer, (uint32_t)size);
    biox_pack_str(&packer, "cmd");
    biox_pack_str(&packer, "cmd");
    biox_pack_str(&packer, word);
    EXPECT(!packer.overflow);
    /* The key "cmd" of the map itself counts, neither the one inside a value nor the one that is a value. */
    EXPECT(biox_unpack_str(out, packer.length, "cmd", &text, &found));
    EXPECT(found == length && memcmp(text, word, length) == 0 && biox_text_is(text, found, word));
    EXPECT(!biox_unpack_str(out, packer.length, "nested", &text, &found));
    EXPECT(!biox_unpack_str(out, packer.length, "other", &text, &found));
    for (size_t cut = 0; cut < packer.length; cut++) {
        uint8_t *part = copy_at_end(out, cut);
        EXPECT(!biox_unpack_str(part, cut, "cmd", &text, &found));
        give_back(part);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    read_as_command(data, size);
    find_again(data, size);
    return 0;
}
