/* Synthetic samples as CSV on stdout, as fast as possible: paired training data with its ground truth. */
#ifndef BIOX_EMULATOR_CSV_H
#define BIOX_EMULATOR_CSV_H

#include "pulse.h"

/* Writes `time_s,ppg,ecg,hr_bpm` lines for `duration` seconds at `rate` Hz. False when stdout cannot be written. */
int csv_write(const pulse_options *options, double rate, double duration);

#endif
