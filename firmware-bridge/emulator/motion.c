#include "motion.h"

#include <math.h>

static const double TAU = 6.283185307179586;

static void plan_burst(motion_state *state, double after)
{
    /* Mean gap of 4 s at level 1, 40 s at level 0.1. */
    double gap = -log(1.0 - random_uniform(&state->random)) * 4.0 / state->level;
    state->start = after + gap;
    state->length = random_between(&state->random, 1.0, 5.0);
    state->cadence = random_between(&state->random, 1.2, 2.8);
    state->phase = random_between(&state->random, 0.0, TAU);
    state->height = 2.0 * state->level * random_between(&state->random, 0.4, 1.0);
}

void motion_start(motion_state *state, double level, uint64_t seed)
{
    *state = (motion_state){.random = {seed}, .level = level};
    if (level > 0.0) plan_burst(state, 0.0);
}

double motion_at(motion_state *state, double time, double step)
{
    if (state->level <= 0.0) return 0.0;
    while (time >= state->start + state->length) plan_burst(state, state->start + state->length);
    /* First-order low-pass noise of unit variance, time constant 0.15 s, whatever the sampling rate is. */
    double keep = exp(-step / 0.15);
    state->drift = keep * state->drift + sqrt(1.0 - keep * keep) * random_normal(&state->random);
    if (time < state->start) return 0.0;
    double within = (time - state->start) / state->length;
    double envelope = 0.5 - 0.5 * cos(TAU * within);
    double steps = sin(TAU * state->cadence * time + state->phase);
    return state->height * envelope * (0.7 * steps + 0.5 * state->drift);
}
