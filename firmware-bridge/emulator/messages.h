/* What the emulator says: control frames to the reader, JSON lines to the one who started it. */
#ifndef BIOX_EMULATOR_MESSAGES_H
#define BIOX_EMULATOR_MESSAGES_H

#include "session_state.h"

/* Queues a hello. */
void send_hello(session *self);

/* Queues the event {event: "end", streams: [{id, samples}]}: samples ever taken, so that a loss at the end shows. */
void send_end(session *self);

/* Carries out a command frame and queues its reply; `greeted`: a hello has just been sent anyway. */
void answer(session *self, const biox_frame *command, bool greeted);

/* {"type":"tty","path"} */
void print_terminal(const session *self);

/* {"type":"sent",...} */
void print_sent(const session *self);

#endif
