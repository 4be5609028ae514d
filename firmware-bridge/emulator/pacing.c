#define _XOPEN_SOURCE 700
#include "pacing.h"

#include <math.h>
#include <time.h>

void pacing_start(pacing *self, double rate, double speed)
{
    *self = (pacing){.rate = rate, .speed = speed};
}

void pacing_run(pacing *self, bool running, double now)
{
    if (running && !self->begun) {
        self->begun = true;
        self->epoch = now;
    } else if (running && !self->running) {
        self->stood_still += (now - self->still_since) * self->speed;
    } else if (!running && self->running) {
        self->still_since = now;
    }
    self->running = running;
}

double pacing_sample_time(const pacing *self, double k)
{
    return k / self->rate + self->stood_still;
}

double pacing_due(const pacing *self, double k)
{
    return self->epoch + pacing_sample_time(self, k) / self->speed;
}

double pacing_device_time(const pacing *self, double now)
{
    return self->begun ? (now - self->epoch) * self->speed : 0.0;
}

uint32_t pacing_clock_us(double time)
{
    return (uint32_t)fmod(round(time * 1e6), 4294967296.0);
}

double pacing_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}
