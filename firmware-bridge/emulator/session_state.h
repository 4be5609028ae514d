/* What a session knows; shared by its loop and by the messages it sends. */
#ifndef BIOX_EMULATOR_SESSION_STATE_H
#define BIOX_EMULATOR_SESSION_STATE_H

#include "link.h"
#include "pacing.h"
#include "pty.h"
#include "source.h"

typedef enum {
    CLOSED,          /* nobody reads */
    GREETING_READER, /* opened; serialport flushes its input after opening, so nothing is sent yet */
    STREAMING,
    DRAINING /* all sent; the reader has yet to read it */
} session_phase;

typedef struct {
    const emulator_options *options;
    pty pty;
    frame_link link;
    source source;
    pacing pacing;
    struct {
        biox_stream frames;
        double next_sample; /* as the running number, without its wrap at 2^32 */
        uint8_t payload[BIOX_PAYLOAD_MAX];
    } stream;
    biox_receiver receiver;
    uint8_t received[256];
    session_phase phase;
    bool stopped;  /* by command */
    bool starved;  /* stdin has no sample yet */
    bool ended;    /* no more samples */
    bool end_told; /* the end event is queued */
    int empty_looks;
    double greet_at, next_hello, drain_until; /* monotonic real seconds */
    unsigned long long unread;                /* samples that went by while nobody read */
} session;

/* Opens the terminal and makes everything ready for session_run. */
void session_state_start(session *self, const emulator_options *options);

/* Running number of the last sample of the frame being filled. */
double frame_end(const session *self);

#endif
