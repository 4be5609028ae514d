#define _XOPEN_SOURCE 700
#define _DEFAULT_SOURCE
#define _DARWIN_C_SOURCE
#include "session.h"

#include <errno.h>
#include <float.h>
#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fail.h"
#include "messages.h"
#include "pacing.h"
#include "session_state.h"

volatile sig_atomic_t session_stop;

static const double GREETING = 0.5;     /* seconds: a reader that only listens gets its hello after this */
static const double HELLO_PERIOD = 5.0; /* seconds */
static const double DRAIN_LIMIT = 5.0;  /* seconds */

static void greet(session *self, double now)
{
    link_delimiter(&self->link);
    send_hello(self);
    self->next_hello = now + HELLO_PERIOD;
    self->phase = self->ended ? DRAINING : STREAMING;
}

/* Follows the reader's coming and going. */
static void watch_reader(session *self, double now)
{
    bool present = pty_has_reader(&self->pty);
    if (present && self->phase == CLOSED) {
        self->phase = GREETING_READER;
        self->greet_at = now + GREETING;
    } else if (!present && self->phase != CLOSED) {
        self->phase = CLOSED;
        link_clear(&self->link);
        pty_discard(&self->pty);
        biox_receiver_start(&self->receiver, self->received, sizeof self->received);
    }
}

static void read_commands(session *self, double now)
{
    uint8_t bytes[64];
    ssize_t got;
    while (link_has_room(&self->link) && (got = read(self->pty.master, bytes, sizeof bytes)) > 0) {
        for (ssize_t i = 0; i < got; i++) {
            biox_frame frame;
            bool greeting = self->phase == GREETING_READER;
            if (biox_receiver_push(&self->receiver, bytes[i], &frame) != BIOX_OK) continue;
            if (frame.kind != BIOX_COMMAND || !link_has_room(&self->link)) continue;
            if (greeting) greet(self, now);
            answer(self, &frame, greeting);
        }
    }
}

/* Rounds to a raw count; the stream clips to its format. Not-a-number has no count: it clips too. */
static int32_t to_count(double value)
{
    if (!(value > -2147483648.0)) return INT32_MIN;
    if (value >= 2147483647.0) return INT32_MAX;
    return (int32_t)lround(value);
}

static bool add_sample(session *self, const double *values)
{
    const emulator_options *options = self->options;
    double time = pacing_sample_time(&self->pacing, self->stream.next_sample);
    uint32_t time_us = pacing_clock_us(time);
    double limit = options->format == BIOX_F32 ? (double)FLT_MAX : 2147483647.0;
    int32_t counts[OPTIONS_CHANNELS];
    float floats[OPTIONS_CHANNELS];
    for (unsigned i = 0; i < options->channel_count; i++) {
        double raw = (values[i] - options->channels[i].offset) / options->channels[i].scale;
        floats[i] = (float)raw;
        counts[i] = to_count(raw);
        if (!(fabs(raw) <= limit)) self->stream.frames.flags |= BIOX_FLAG_CLIPPED;
    }
    self->stream.next_sample += 1.0;
    return options->format == BIOX_F32 ? biox_stream_add_float(&self->stream.frames, floats, time_us)
                                       : biox_stream_add(&self->stream.frames, counts, time_us);
}

/* Sends a frame, or lets it go by when nobody reads. */
static void finish_frame(session *self)
{
    if (self->stream.frames.count == 0) return;
    if (self->phase == STREAMING) {
        link_samples(&self->link, &self->stream.frames);
        link_flush(&self->link);
        return;
    }
    self->unread += self->stream.frames.count;
    self->stream.frames.count = 0;
    self->stream.frames.flags = 0;
}

static bool sampling(const session *self)
{
    bool heard = self->phase == STREAMING || (self->pacing.begun && !self->options->pause_closed);
    return heard && !self->stopped && !self->ended;
}

/* Makes every frame that is due, unless the terminal is full: then it catches up later. */
static void produce(session *self, double now)
{
    pacing_run(&self->pacing, sampling(self), now);
    self->starved = false;
    while (sampling(self) && !link_busy(&self->link) && pacing_due(&self->pacing, frame_end(self)) <= now) {
        double values[OPTIONS_CHANNELS];
        source_status status = source_next(&self->source, values);
        if (status == SOURCE_WAIT) {
            self->starved = true;
            return;
        }
        if (status == SOURCE_SAMPLE) {
            if (add_sample(self, values)) finish_frame(self);
            continue;
        }
        finish_frame(self);
        self->ended = true;
    }
}

/* Tells the reader that the samples have ended and waits until it has read everything; true when all is over. */
static bool finish(session *self, double now)
{
    if (!self->ended) return false;
    if (self->phase == CLOSED) return self->end_told || !self->options->pause_closed;
    if (self->phase == STREAMING) self->phase = DRAINING;
    if (self->phase != DRAINING || link_busy(&self->link)) {
        return self->end_told && now > self->drain_until;
    }
    if (!self->end_told) {
        send_end(self);
        self->end_told = true;
        self->drain_until = now + DRAIN_LIMIT;
        return false;
    }
    /* The kernel passes bytes on in steps, so one empty look proves little. */
    self->empty_looks = pty_unread(&self->pty) == 0 ? self->empty_looks + 1 : 0;
    return self->empty_looks >= 5 || now > self->drain_until;
}

/* Sleeps until there is something to do, at most 0.1 s: the parent is looked at between. */
static void wait_for_work(session *self, double now)
{
    double until = now + 0.1;
    if (self->phase == CLOSED || self->phase == DRAINING) until = now + 0.01;
    if (self->phase == GREETING_READER && self->greet_at < until) until = self->greet_at;
    if (sampling(self) && !link_busy(&self->link) && !self->starved) {
        double due = pacing_due(&self->pacing, frame_end(self));
        if (due < until) until = due;
    }
    int milliseconds = until <= now ? 0 : (int)ceil((until - now) * 1000.0);
    /* poll() leaves out entries with a negative descriptor. A closed terminal would wake it at once, forever. */
    struct pollfd entries[2] = {
        {.fd = self->phase == CLOSED ? -1 : self->pty.master, .events = POLLIN},
        {.fd = self->starved ? STDIN_FILENO : -1, .events = POLLIN},
    };
    if (!link_has_room(&self->link)) entries[0].events = 0;
    if (link_busy(&self->link)) entries[0].events |= POLLOUT;
    if (poll(entries, 2, milliseconds) < 0 && errno != EINTR) fail("Cannot wait: %s.", strerror(errno));
}

void session_run(const emulator_options *options)
{
    static session self; /* static for its size */
    pid_t parent = getppid();
    session_state_start(&self, options);
    print_terminal(&self);
    while (!session_stop && getppid() == parent) {
        double now = pacing_now();
        watch_reader(&self, now);
        read_commands(&self, now);
        if (self.phase == GREETING_READER && now >= self.greet_at) greet(&self, now);
        if (self.phase == STREAMING && now >= self.next_hello && link_has_room(&self.link)) {
            send_hello(&self);
            self.next_hello = now + HELLO_PERIOD;
        }
        link_flush(&self.link);
        produce(&self, now);
        if (finish(&self, now)) break;
        link_flush(&self.link);
        wait_for_work(&self, now);
    }
    print_sent(&self);
}
