#include "messages.h"

#include <stdio.h>

#include "../src/hello.h"
#include "../src/pack.h"
#include "fail.h"

static uint32_t clock_now(const session *self)
{
    return pacing_clock_us(pacing_device_time(&self->pacing, pacing_now()));
}

void send_hello(session *self)
{
    const emulator_options *options = self->options;
    biox_stream_hello stream = {"pulse", options->channels, options->rate, &self->stream.frames};
    biox_hello hello = {"biox-emulator", "1.0", options->speed, &stream, 1};
    uint8_t payload[BIOX_PAYLOAD_MAX];
    size_t length = biox_hello_pack(&hello, payload, sizeof payload);
    if (length == 0) fail("The names and units of the channels are too long for one hello.");
    link_control(&self->link, BIOX_HELLO, clock_now(self), payload, length);
}

void send_end(session *self)
{
    uint8_t payload[64];
    biox_packer packer;
    biox_pack_start(&packer, payload, sizeof payload);
    biox_pack_map(&packer, 2);
    biox_pack_str(&packer, "event");
    biox_pack_str(&packer, "end");
    biox_pack_str(&packer, "streams");
    biox_pack_array(&packer, 1);
    biox_pack_map(&packer, 2);
    biox_pack_str(&packer, "id");
    biox_pack_uint(&packer, self->stream.frames.id);
    biox_pack_str(&packer, "samples");
    biox_pack_uint(&packer, self->stream.frames.next);
    link_control(&self->link, BIOX_EVENT, clock_now(self), payload, packer.length);
}

void answer(session *self, const biox_frame *command, bool greeted)
{
    static const char *const NAMES[] = {"unknown", "hello", "start", "stop"};
    biox_command what = biox_command_read(command);
    if (what == BIOX_DO_HELLO && !greeted) send_hello(self);
    if (what == BIOX_DO_START) self->stopped = false;
    if (what == BIOX_DO_STOP) self->stopped = true;
    uint8_t payload[64];
    size_t length = biox_reply_pack(NAMES[what], what != BIOX_DO_UNKNOWN, command->index, payload, sizeof payload);
    link_control(&self->link, BIOX_REPLY, clock_now(self), payload, length);
}

static void print_line(const char *text, int length)
{
    if (length < 0 || fputs(text, stdout) < 0 || fflush(stdout) != 0) fail("Cannot write to standard output.");
}

void print_terminal(const session *self)
{
    char line[256];
    print_line(line, snprintf(line, sizeof line, "{\"type\":\"tty\",\"path\":\"%s\"}\n", self->pty.path));
}

void print_sent(const session *self)
{
    char line[320];
    const frame_link *link = &self->link;
    int length = snprintf(line, sizeof line,
                          "{\"type\":\"sent\",\"frames\":%llu,\"samples\":%llu,\"corrupted\":%llu,\"dropped\":%llu,"
                          "\"lostSamples\":%llu,\"unread\":%llu}\n",
                          link->frames, link->samples, link->corrupted, link->dropped, link->lost_samples,
                          self->unread);
    print_line(line, length);
}
