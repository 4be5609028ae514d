/*
 * Synthetic heart: one photoplethysmogram (PPG) and the electrocardiogram (ECG) of the same beats.
 *
 * Beats come first, one R peak after another; both signals are sums of bell curves placed relative to those R
 * peaks, after the ECG model of McSharry et al., "A dynamical model for generating synthetic electrocardiogram
 * signals", IEEE Trans. Biomed. Eng. 50(3), 2003. Waves after the R peak move with the square root of the beat
 * interval (Bazett). The seed also chooses the wearer: pulse amplitude, depth of the dicrotic notch, transit time.
 */
#ifndef BIOX_EMULATOR_PULSE_H
#define BIOX_EMULATOR_PULSE_H

#include <stdbool.h>
#include <stdint.h>

#include "motion.h"
#include "random.h"

/* Beats kept at a time: from half a second ahead to a whole pulse behind, at 240 beats a minute. */
#define PULSE_BEATS 12

typedef struct {
    double heart_rate;     /* beats a minute, 30 to 220; the script, if any, overrides it */
    double breathing_rate; /* breaths a minute, 4 to 60 */
    double noise;          /* white noise as a share of the pulse amplitude, 0 to 1 */
    double motion;         /* 0 none, 1 strong: how often and how much bursts of movement disturb the PPG */
    bool exercise;         /* script rest-to-exercise: 65 to 165 beats a minute and back, each 3 minutes */
    uint64_t seed;
} pulse_options;

typedef struct {
    double ppg;        /* ADC counts: about 16000 with a pulse of 600 to 1200 on it */
    double ecg;        /* millivolts */
    double heart_rate; /* beats a minute of the beat interval at this moment: the ground truth */
} pulse_sample;

typedef struct {
    double r_time;   /* seconds: the R peak */
    double interval; /* seconds from the R peak before to this one */
    double strength; /* pulse amplitude of this beat, about 1 */
} pulse_beat;

typedef struct {
    pulse_options options;
    random_source beats_random;
    random_source noise_random;
    motion_state motion;
    pulse_beat beats[PULSE_BEATS]; /* ring; newest at `newest` */
    unsigned newest;
    double time;            /* seconds of the last sample */
    double breathing_phase; /* radians */
    double pulse_amplitude, reflected, reflected_time, transit, r_wave, t_wave;
} pulse_state;

/* Starts at time 0. Options are taken as valid: the caller has checked their ranges. */
void pulse_start(pulse_state *state, const pulse_options *options);

/* The sample at `time` seconds; times must not go backwards. */
pulse_sample pulse_at(pulse_state *state, double time);

/* Mean heart rate of the script rest-to-exercise at `time` seconds, beats a minute. */
double pulse_exercise_rate(double time);

#endif
