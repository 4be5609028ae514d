#include "hello.h"

#include "pack.h"

static void pack_channel(biox_packer *packer, const biox_channel *channel)
{
    biox_pack_map(packer, 4);
    biox_pack_str(packer, "name");
    biox_pack_str(packer, channel->name);
    biox_pack_str(packer, "unit");
    biox_pack_str(packer, channel->unit);
    biox_pack_str(packer, "scale");
    biox_pack_double(packer, channel->scale);
    biox_pack_str(packer, "offset");
    biox_pack_double(packer, channel->offset);
}

static void pack_stream(biox_packer *packer, const biox_stream_hello *hello)
{
    static const char *const FORMATS[] = {"i16", "i24", "i32", "f32"};
    const biox_stream *stream = hello->stream;
    biox_pack_map(packer, 6);
    biox_pack_str(packer, "id");
    biox_pack_uint(packer, stream->id);
    biox_pack_str(packer, "name");
    biox_pack_str(packer, hello->name);
    biox_pack_str(packer, "channels");
    biox_pack_array(packer, stream->channels);
    for (uint8_t i = 0; i < stream->channels; i++) pack_channel(packer, &hello->channels[i]);
    biox_pack_str(packer, "format");
    biox_pack_str(packer, FORMATS[stream->format]);
    biox_pack_str(packer, "rate");
    biox_pack_double(packer, hello->rate);
    biox_pack_str(packer, "next");
    biox_pack_uint(packer, stream->next - stream->count);
}

size_t biox_hello_pack(const biox_hello *hello, uint8_t *out, size_t capacity)
{
    biox_packer packer;
    biox_pack_start(&packer, out, capacity);
    biox_pack_map(&packer, 5);
    biox_pack_str(&packer, "device");
    biox_pack_str(&packer, hello->device);
    biox_pack_str(&packer, "firmware");
    biox_pack_str(&packer, hello->firmware);
    biox_pack_str(&packer, "clockHz");
    biox_pack_uint(&packer, 1000000u);
    biox_pack_str(&packer, "speed");
    biox_pack_double(&packer, hello->speed);
    biox_pack_str(&packer, "streams");
    biox_pack_array(&packer, hello->stream_count);
    for (uint8_t i = 0; i < hello->stream_count; i++) pack_stream(&packer, &hello->streams[i]);
    return packer.overflow ? 0 : packer.length;
}

size_t biox_reply_pack(const char *command, bool ok, uint32_t seq, uint8_t *out, size_t capacity)
{
    biox_packer packer;
    biox_pack_start(&packer, out, capacity);
    biox_pack_map(&packer, 3);
    biox_pack_str(&packer, "cmd");
    biox_pack_str(&packer, command);
    biox_pack_str(&packer, "ok");
    biox_pack_bool(&packer, ok);
    biox_pack_str(&packer, "seq");
    biox_pack_uint(&packer, seq);
    return packer.overflow ? 0 : packer.length;
}

biox_command biox_command_read(const biox_frame *frame)
{
    const char *text;
    size_t length;
    if (frame->kind != BIOX_COMMAND) return BIOX_DO_UNKNOWN;
    if (!biox_unpack_str(frame->payload, frame->payload_length, "cmd", &text, &length)) return BIOX_DO_UNKNOWN;
    if (biox_text_is(text, length, "hello")) return BIOX_DO_HELLO;
    if (biox_text_is(text, length, "start")) return BIOX_DO_START;
    if (biox_text_is(text, length, "stop")) return BIOX_DO_STOP;
    return BIOX_DO_UNKNOWN;
}
