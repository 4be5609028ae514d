#define _XOPEN_SOURCE 700
#include "source.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "fail.h"

void source_start(source *self, const emulator_options *options)
{
    self->options = options;
    self->start = self->end = 0;
    self->taken = 0.0;
    if (!options->from_stdin) pulse_start(&self->pulse, &options->pulse);
}

/* Reads more of stdin behind what is left; SOURCE_SAMPLE when some came. */
static source_status refill(source *self)
{
    struct pollfd entry = {.fd = STDIN_FILENO, .events = POLLIN};
    if (poll(&entry, 1, 0) <= 0) return SOURCE_WAIT;
    memmove(self->bytes, self->bytes + self->start, self->end - self->start);
    self->end -= self->start;
    self->start = 0;
    ssize_t got = read(STDIN_FILENO, self->bytes + self->end, sizeof self->bytes - self->end);
    if (got < 0) {
        if (errno == EINTR || errno == EAGAIN) return SOURCE_WAIT;
        fail("Cannot read standard input: %s.", strerror(errno));
    }
    self->end += (size_t)got;
    return got > 0 ? SOURCE_SAMPLE : SOURCE_END;
}

/* Little-endian on every machine. */
static double read_double(const unsigned char *in)
{
    uint64_t bits = 0;
    double value;
    for (int i = 7; i >= 0; i--) bits = bits << 8 | in[i];
    memcpy(&value, &bits, sizeof value);
    return value;
}

static source_status next_from_stdin(source *self, double *values)
{
    size_t size = sizeof(double) * self->options->channel_count;
    while (self->end - self->start < size) {
        source_status status = refill(self);
        if (status == SOURCE_WAIT) return status;
        if (status == SOURCE_SAMPLE) continue;
        if (self->end == self->start) return SOURCE_END;
        fail("Expected whole samples of %zu bytes on standard input, but it ended after %zu bytes of one.", size,
             self->end - self->start);
    }
    for (unsigned i = 0; i < self->options->channel_count; i++)
        values[i] = read_double(self->bytes + self->start + sizeof(double) * i);
    self->start += size;
    return SOURCE_SAMPLE;
}

source_status source_next(source *self, double *values)
{
    const emulator_options *options = self->options;
    double time = self->taken / options->rate;
    /* Half a microsecond of grace: 0.3 s at 10 Hz is 3 samples, whatever 3 / 10 rounds to. */
    if (options->duration > 0.0 && time >= options->duration - 5e-7) return SOURCE_END;
    if (options->from_stdin) {
        source_status status = next_from_stdin(self, values);
        if (status == SOURCE_SAMPLE) self->taken += 1.0;
        return status;
    }
    pulse_sample sample = pulse_at(&self->pulse, time);
    for (unsigned i = 0; i < options->channel_count; i++)
        values[i] = strncmp(options->channels[i].name, "ecg", 3) == 0 ? sample.ecg : sample.ppg;
    self->taken += 1.0;
    return SOURCE_SAMPLE;
}
