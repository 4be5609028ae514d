#include "pulse.h"

#include <math.h>

static const double TAU = 6.283185307179586;
static const double ADC_LEVEL = 16000.0; /* counts: middle of a 15-bit range */
static const double LOOK_AHEAD = 0.6;    /* seconds: the P wave comes before its R peak */

static double smooth_step(double x)
{
    if (x <= 0.0) return 0.0;
    if (x >= 1.0) return 1.0;
    return x * x * (3.0 - 2.0 * x);
}

double pulse_exercise_rate(double time)
{
    double t = fmod(time, 180.0);
    double effort = smooth_step((t - 25.0) / 50.0) * (1.0 - smooth_step((t - 105.0) / 65.0));
    return 65.0 + 100.0 * effort;
}

static double mean_rate(const pulse_state *state, double time)
{
    if (state->options.exercise) return pulse_exercise_rate(time);
    return state->options.heart_rate;
}

/* Breaths a minute; people who work harder breathe faster. */
static double breathing_rate(const pulse_state *state, double time)
{
    double extra = state->options.exercise ? (pulse_exercise_rate(time) - 65.0) * 0.2 : 0.0;
    return state->options.breathing_rate + extra;
}

/* Appends the beat that follows the newest one. */
static void add_beat(pulse_state *state)
{
    const pulse_beat *last = &state->beats[state->newest];
    double rate = mean_rate(state, last->r_time);
    /* Vagal variability is strong at rest and nearly gone above 130 beats a minute. */
    double calm = 1.0 - 0.85 * smooth_step((rate - 70.0) / 60.0);
    double ahead = last->r_time - state->time;
    double breath = state->breathing_phase + TAU * ahead * breathing_rate(state, state->time) / 60.0;
    double variation = 1.0 + calm * (0.030 * sin(breath) + 0.020 * sin(TAU * 0.1 * last->r_time));
    variation += (0.004 + 0.010 * calm) * random_normal(&state->beats_random);
    double interval = 60.0 / rate * variation;
    double strength = 1.0 + 0.04 * random_normal(&state->beats_random);
    if (interval < 0.25) interval = 0.25; /* 240 beats a minute: what PULSE_BEATS allows */
    double r_time = last->r_time + interval;
    state->newest = (state->newest + 1) % PULSE_BEATS;
    state->beats[state->newest] = (pulse_beat){r_time, interval, strength};
}

void pulse_start(pulse_state *state, const pulse_options *options)
{
    random_source seeds = {options->seed};
    *state = (pulse_state){.options = *options};
    state->beats_random.state = random_bits(&seeds);
    state->noise_random.state = random_bits(&seeds);
    motion_start(&state->motion, options->motion, random_bits(&seeds));
    state->pulse_amplitude = random_between(&seeds, 600.0, 1200.0);
    state->reflected = random_between(&seeds, 0.25, 0.50);
    state->reflected_time = random_between(&seeds, 0.42, 0.50);
    state->transit = random_between(&seeds, 0.06, 0.14);
    state->r_wave = random_between(&seeds, 0.8, 1.4);
    state->t_wave = random_between(&seeds, 0.15, 0.40);
    state->breathing_phase = random_between(&seeds, 0.0, TAU);
    /* Beats before time 0, so that the very first samples already hold the tails of earlier pulses. */
    double interval = 60.0 / mean_rate(state, 0.0);
    double first = -random_uniform(&seeds) * interval;
    for (unsigned i = 0; i < PULSE_BEATS; i++) {
        double age = (double)(PULSE_BEATS - 1 - i);
        state->beats[i] = (pulse_beat){first - age * interval, interval, 1.0};
    }
    state->newest = PULSE_BEATS - 1;
}

static double bell(double x, double width)
{
    double z = x / width;
    return z * z > 60.0 ? 0.0 : exp(-0.5 * z * z);
}

/* ECG of one beat in mV, `t` seconds after its R peak, waves stretched by `s`, the root of the interval. */
static double ecg_of_beat(const pulse_state *state, double t, double s)
{
    return 0.12 * bell(t + 0.17 * s, 0.024) - 0.11 * bell(t + 0.030, 0.010) + state->r_wave * bell(t, 0.011) -
           0.24 * bell(t - 0.032, 0.012) + state->t_wave * bell(t - 0.28 * s, 0.048 * s);
}

/* PPG of one beat, peak about 1: systolic wave with a steep rise, reflected wave after the notch, slow run-off. */
static double ppg_of_beat(const pulse_state *state, double t, double s)
{
    double x = (t - state->transit) / s;
    double systolic = bell(x - 0.20, x < 0.20 ? 0.065 : 0.095);
    return systolic + state->reflected * bell(x - state->reflected_time, 0.085) + 0.12 * bell(x - 0.64, 0.14);
}

pulse_sample pulse_at(pulse_state *state, double time)
{
    double step = time - state->time;
    state->breathing_phase += TAU * step * breathing_rate(state, time) / 60.0;
    state->time = time;
    while (state->beats[state->newest].r_time < time + LOOK_AHEAD) add_beat(state);

    double pulse = 0.0, ecg = 0.0, rate = 0.0, next_r = HUGE_VAL;
    for (unsigned i = 0; i < PULSE_BEATS; i++) {
        const pulse_beat *beat = &state->beats[i];
        double t = time - beat->r_time;
        if (t <= 0.0 && beat->r_time < next_r) {
            next_r = beat->r_time;
            rate = 60.0 / beat->interval;
        }
        if (t < -LOOK_AHEAD || t > 2.0) continue;
        double stretch = sqrt(beat->interval);
        ecg += ecg_of_beat(state, t, stretch);
        pulse += beat->strength * ppg_of_beat(state, t, stretch);
    }

    double breath = sin(state->breathing_phase);
    double wander = 0.20 * breath + 0.25 * sin(TAU * 0.043 * time) + 0.12 * sin(TAU * 0.017 * time + 1.0);
    double ppg = pulse * (1.0 + 0.08 * breath) + wander + motion_at(&state->motion, time, step);
    ppg += state->options.noise * random_normal(&state->noise_random);
    ecg += 0.05 * breath + 0.5 * state->options.noise * random_normal(&state->noise_random);
    return (pulse_sample){ADC_LEVEL + state->pulse_amplitude * ppg, ecg, rate};
}
