/* The emulator's end of a pseudo-terminal: what a USB cable and a driver are to a real wearable. */
#ifndef BIOX_EMULATOR_PTY_H
#define BIOX_EMULATOR_PTY_H

#include <stdbool.h>

typedef struct {
    int master;
    char path[128]; /* what a reader opens */
} pty;

/*
 * Opens a raw pseudo-terminal and, unless `link` is NULL, a symbolic link to it that is removed at exit.
 * Ends the program with a sentence when either cannot be had.
 */
void pty_open(pty *self, const char *link);

/* Whether anybody has the terminal open now. */
bool pty_has_reader(const pty *self);

/* Throws away what the last reader left unread and what it wrote last. */
void pty_discard(const pty *self);

/* Bytes that the kernel holds for the reader; 0 when that cannot be told. */
int pty_unread(const pty *self);

#endif
