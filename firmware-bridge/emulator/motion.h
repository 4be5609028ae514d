/* Bursts of movement as a wrist sensor sees them: a cadence of steps plus slow drift, coming and going. */
#ifndef BIOX_EMULATOR_MOTION_H
#define BIOX_EMULATOR_MOTION_H

#include "random.h"

typedef struct {
    random_source random;
    double level;   /* 0 to 1 */
    double start;   /* seconds: begin of the present or next burst */
    double length;  /* seconds */
    double cadence; /* steps a second */
    double phase;   /* radians, so that bursts differ */
    double height;  /* amplitude of the burst */
    double drift;   /* state of the slow part */
} motion_state;

/* `level` 0 (never moves) to 1 (moves most of the time, up to twice the pulse amplitude). */
void motion_start(motion_state *state, double level, uint64_t seed);

/* Disturbance at `time`, `step` seconds after the call before, in pulse amplitudes. */
double motion_at(motion_state *state, double time, double step);

#endif
