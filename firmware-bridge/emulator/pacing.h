/* Device time against real time: when each sample is due, and what the device clock says at it. */
#ifndef BIOX_EMULATOR_PACING_H
#define BIOX_EMULATOR_PACING_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Sample k is taken at device time k / rate + stood_still. The device clock never stops, as in a real wearable;
 * sampling may, on command or while a playback waits for its reader. Deadlines are absolute, so that delays of
 * single frames never add up.
 */
typedef struct {
    double rate, speed;
    bool begun;         /* false until the first sample is wanted */
    bool running;
    double epoch;       /* real seconds at device time 0 */
    double still_since; /* real seconds */
    double stood_still; /* device seconds without sampling */
} pacing;

void pacing_start(pacing *self, double rate, double speed);

/* Says whether sampling goes on at `now`; the first time sets device time 0. */
void pacing_run(pacing *self, bool running, double now);

/* Real seconds at which sample k is due. Only after pacing_run(true). */
double pacing_due(const pacing *self, double k);

/* Device seconds at sample k. */
double pacing_sample_time(const pacing *self, double k);

/* Device seconds at real time `now`; 0 before sampling has begun. */
double pacing_device_time(const pacing *self, double now);

/* What the device clock shows at `time` device seconds: microseconds modulo 2^32. */
uint32_t pacing_clock_us(double time);

/* Monotonic real seconds. */
double pacing_now(void);

#endif
