/* The emulated wearable at work: waits for a reader, greets it, streams in time, and ends cleanly. */
#ifndef BIOX_EMULATOR_SESSION_H
#define BIOX_EMULATOR_SESSION_H

#include <signal.h>

#include "options.h"

/* Set from a signal handler: stop at once. */
extern volatile sig_atomic_t session_stop;

/* Runs until the samples end, a signal comes or the parent process is gone; prints the JSON lines on stdout. */
void session_run(const emulator_options *options);

#endif
