#define _XOPEN_SOURCE 700
#define _DEFAULT_SOURCE
#define _DARWIN_C_SOURCE
#include "relay.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fail.h"
#include "pacing.h"
#include "pty.h"
#include "session.h"

static const double GREETING = 0.5;    /* seconds: serialport flushes its input after opening */
static const double DRAIN_LIMIT = 5.0; /* seconds */

typedef struct {
    pty pty;
    uint8_t bytes[1 << 16]; /* from stdin, waiting for the reader: bytes[start..end) */
    size_t start, end;
    bool present;  /* somebody has the terminal open */
    bool greeted;  /* and may be sent to */
    bool ended;    /* stdin is at its end */
    int empty_looks;
    double greet_at, drain_until;
} relay;

static void write_all(const uint8_t *bytes, size_t length)
{
    for (size_t done = 0; done < length;) {
        ssize_t count = write(STDOUT_FILENO, bytes + done, length - done);
        if (count < 0 && errno != EINTR) fail("Cannot write to standard output.");
        if (count > 0) done += (size_t)count;
    }
}

static void tell(char tag, const uint8_t *bytes, size_t length)
{
    uint8_t head[3] = {(uint8_t)tag, (uint8_t)length, (uint8_t)(length >> 8)};
    write_all(head, sizeof head);
    if (length > 0) write_all(bytes, length);
}

static void greet(relay *self)
{
    self->greeted = true;
    tell('O', NULL, 0);
}

/* Follows the reader's coming and going. */
static void watch_reader(relay *self, double now)
{
    bool present = pty_has_reader(&self->pty);
    if (present && !self->present) {
        self->greet_at = now + GREETING;
    } else if (!present && self->present) {
        if (self->greeted) tell('C', NULL, 0);
        self->greeted = false;
        self->start = self->end = 0;
        pty_discard(&self->pty);
    }
    self->present = present;
}

/* A reader that writes has opened the terminal for good: it need not be waited for. */
static void read_commands(relay *self)
{
    uint8_t bytes[512];
    ssize_t got;
    while (self->present && (got = read(self->pty.master, bytes, sizeof bytes)) > 0) {
        if (!self->greeted) greet(self);
        tell('D', bytes, (size_t)got);
    }
}

static void read_stdin(relay *self)
{
    if (self->start > 0) {
        memmove(self->bytes, self->bytes + self->start, self->end - self->start);
        self->end -= self->start;
        self->start = 0;
    }
    ssize_t got = read(STDIN_FILENO, self->bytes + self->end, sizeof self->bytes - self->end);
    if (got > 0) self->end += (size_t)got;
    else if (got == 0 || (errno != EINTR && errno != EAGAIN)) self->ended = true;
    if (!self->greeted) self->start = self->end = 0;
}

static void flush(relay *self)
{
    while (self->end > self->start) {
        ssize_t done = write(self->pty.master, self->bytes + self->start, self->end - self->start);
        if (done <= 0) return;
        self->start += (size_t)done;
    }
}

/* Whether everything is over: the reader has read it all, has gone, or does not read. */
static bool finished(relay *self, double now)
{
    if (!self->ended) return false;
    if (self->drain_until <= 0.0) self->drain_until = now + DRAIN_LIMIT;
    if (!self->present || now > self->drain_until) return true;
    /* The kernel passes bytes on in steps, so one empty look proves little. */
    bool empty = self->start == self->end && pty_unread(&self->pty) == 0;
    self->empty_looks = empty ? self->empty_looks + 1 : 0;
    return self->empty_looks >= 5;
}

void relay_run(const char *link)
{
    static relay self; /* static for its size */
    pid_t parent = getppid();
    pty_open(&self.pty, link);
    if (printf("{\"type\":\"tty\",\"path\":\"%s\"}\n", self.pty.path) < 0 || fflush(stdout) != 0)
        fail("Cannot write to standard output.");
    while (!session_stop && getppid() == parent) {
        double now = pacing_now();
        watch_reader(&self, now);
        read_commands(&self);
        if (self.present && !self.greeted && now >= self.greet_at) greet(&self);
        flush(&self);
        if (finished(&self, now)) break;
        bool room = self.end < sizeof self.bytes || self.start > 0;
        /* poll() leaves out entries with a negative descriptor. A closed terminal would wake it at once, forever. */
        struct pollfd entries[2] = {
            {.fd = self.present ? self.pty.master : -1, .events = POLLIN},
            {.fd = self.ended || !room ? -1 : STDIN_FILENO, .events = POLLIN},
        };
        if (self.end > self.start) entries[0].events |= POLLOUT;
        if (poll(entries, 2, self.ended || !self.greeted ? 10 : 100) < 0 && errno != EINTR)
            fail("Cannot wait: %s.", strerror(errno));
        if (entries[1].revents != 0) read_stdin(&self);
    }
}
