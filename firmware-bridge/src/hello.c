#include "hello.h"

#include "pack.h"

/* A writer that knows the keys to come, each with its NUL: naming them one by one takes twice the flash. */
typedef struct {
    biox_packer packer;
    const char *keys;
} writer;

/* Writes the next key; returns where its value goes. */
static biox_packer *put_key(writer *to)
{
    biox_pack_str(&to->packer, to->keys);
    while (*to->keys++ != '\0') {
    }
    return &to->packer;
}

static void pair_str(writer *to, const char *value)
{
    biox_pack_str(put_key(to), value);
}

static void begin_map(writer *to, uint8_t pairs, const char *keys)
{
    biox_pack_map(&to->packer, pairs);
    to->keys = keys;
}

static void pack_channel(writer *to, const biox_channel *channel)
{
    begin_map(to, 4, "name\0" "unit\0" "scale\0" "offset");
    pair_str(to, channel->name);
    pair_str(to, channel->unit);
    biox_pack_double(put_key(to), channel->scale);
    biox_pack_double(put_key(to), channel->offset);
}

static void pack_stream(writer *to, const biox_stream_hello *hello)
{
    static const char FORMATS[][4] = {"i16", "i24", "i32", "f32"};
    const biox_stream *stream = hello->stream;
    begin_map(to, 6, "id\0" "name\0" "channels");
    biox_pack_uint(put_key(to), stream->id);
    pair_str(to, hello->name);
    biox_pack_array(put_key(to), stream->channels);
    const biox_channel *channel = hello->channels;
    for (uint8_t left = stream->channels; left > 0u; left--) pack_channel(to, channel++);
    to->keys = "format\0" "rate\0" "next";
    pair_str(to, FORMATS[stream->format]);
    biox_pack_double(put_key(to), hello->rate);
    biox_pack_uint(put_key(to), stream->next - stream->count);
}

static size_t end(const writer *to)
{
    return to->packer.overflow ? 0u : to->packer.length;
}

size_t biox_hello_pack(const biox_hello *hello, uint8_t *out, size_t capacity)
{
    writer to;
    biox_pack_start(&to.packer, out, capacity);
    begin_map(&to, 5, "device\0" "firmware\0" "clockHz\0" "speed\0" "streams");
    pair_str(&to, hello->device);
    pair_str(&to, hello->firmware);
    biox_pack_uint(put_key(&to), 1000000u);
    biox_pack_double(put_key(&to), hello->speed);
    biox_pack_array(put_key(&to), hello->stream_count);
    const biox_stream_hello *stream = hello->streams;
    for (uint8_t left = hello->stream_count; left > 0u; left--) pack_stream(&to, stream++);
    return end(&to);
}

size_t biox_reply_pack(const char *command, bool ok, uint32_t seq, uint8_t *out, size_t capacity)
{
    writer to;
    biox_pack_start(&to.packer, out, capacity);
    begin_map(&to, 3, "cmd\0" "ok\0" "seq");
    pair_str(&to, command);
    biox_pack_bool(put_key(&to), ok);
    biox_pack_uint(put_key(&to), seq);
    return end(&to);
}

biox_command biox_command_read(const biox_frame *frame)
{
    static const char NAMES[][6] = {"hello", "start", "stop"}; /* BIOX_DO_HELLO and those after it */
    const char *text;
    size_t length;
    if (frame->kind != BIOX_COMMAND) return BIOX_DO_UNKNOWN;
    if (!biox_unpack_str(frame->payload, frame->payload_length, "cmd", &text, &length)) return BIOX_DO_UNKNOWN;
    for (unsigned i = 0; i < 3u; i++)
        if (biox_text_is(text, length, NAMES[i])) return (biox_command)(BIOX_DO_HELLO + i);
    return BIOX_DO_UNKNOWN;
}
