/* Where the emulator's samples come from: the synthetic heart, or float64 numbers on stdin. */
#ifndef BIOX_EMULATOR_SOURCE_H
#define BIOX_EMULATOR_SOURCE_H

#include <stddef.h>

#include "options.h"

typedef enum { SOURCE_SAMPLE, SOURCE_WAIT, SOURCE_END } source_status;

typedef struct {
    const emulator_options *options;
    pulse_state pulse;
    unsigned char bytes[8192]; /* from stdin, not yet used: bytes[start..end) */
    size_t start, end;
    double taken; /* samples so far */
} source;

void source_start(source *self, const emulator_options *options);

/*
 * Next sample in physical units, one value a channel. SOURCE_WAIT: stdin has none yet. Never blocks.
 * Ends the program with a sentence when stdin ends inside a sample.
 */
source_status source_next(source *self, double *values);

#endif
