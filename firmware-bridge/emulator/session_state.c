#include "session_state.h"

#include <string.h>

void session_state_start(session *self, const emulator_options *options)
{
    memset(self, 0, sizeof *self);
    self->options = options;
    pty_open(&self->pty, options->link);
    link_start(&self->link, self->pty.master, options->corrupt, options->drop, options->seed);
    source_start(&self->source, options);
    pacing_start(&self->pacing, options->rate, options->speed);
    biox_receiver_start(&self->receiver, self->received, sizeof self->received);
    self->stream.frames = (biox_stream){
        .id = 1,
        .channels = (uint8_t)options->channel_count,
        .frame_samples = (uint8_t)options->frame,
        .format = options->format,
        .payload = self->stream.payload,
    };
}

double frame_end(const session *self)
{
    return self->stream.next_sample + (double)(self->options->frame - self->stream.frames.count) - 1.0;
}
