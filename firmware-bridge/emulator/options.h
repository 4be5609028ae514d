/* Command line of biox-emulator. */
#ifndef BIOX_EMULATOR_OPTIONS_H
#define BIOX_EMULATOR_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "../src/hello.h"
#include "pulse.h"

#define OPTIONS_CHANNELS 8

typedef struct {
    pulse_options pulse;
    bool from_stdin;   /* samples come as float64 on stdin instead of from the synthetic heart */
    bool csv_out;      /* write CSV and stop; no terminal */
    bool relay;        /* stdin is bytes for the terminal */
    bool pause_closed; /* wait while nobody reads, instead of letting samples go by */
    double duration;   /* seconds of device time, 0.1 to 1e7; 0 = no end */
    double rate;       /* samples a second of device time, 10 (the fastest pulse has 3.7 Hz) to 4000 */
    double speed;      /* device seconds a real second, 0.1 to 1000 */
    double corrupt;    /* probability that a sample frame is sent with one wrong byte */
    double drop;       /* probability that a sample frame is not sent */
    unsigned frame;    /* samples in a frame */
    uint64_t seed;     /* 0 to 2^31 - 1 */
    const char *link; /* path of a symbolic link to the terminal, or NULL */
    biox_format format;
    unsigned channel_count;
    biox_channel channels[OPTIONS_CHANNELS];
} emulator_options;

/*
 * Reads the command line; `options` keeps pointers into argv, whose commas it replaces by ends of string.
 * Exits with status 1 and one sentence on stderr when something does not fit, and with 0 after --help.
 */
void options_read(emulator_options *options, int argc, char **argv);

#endif
