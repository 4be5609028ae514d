/* A terminal for an emulated device whose bytes another program makes: what it writes here a reader gets, and back. */
#ifndef BIOX_EMULATOR_RELAY_H
#define BIOX_EMULATOR_RELAY_H

/*
 * Prints the line that names the terminal. Then stdin goes to the terminal as it is, and stdout carries messages of a tag, a length
 * (u16, little-endian) and so many bytes: `O` a reader has opened the terminal, `D` bytes that it wrote, `C` it has gone.
 * What comes on stdin while nobody reads is lost, as on a cable that ends in nothing. Ends when stdin does and the reader has read all,
 * when it is stopped by a signal, or when its parent ends.
 *
 * @param link symbolic link to the terminal, or NULL
 */
void relay_run(const char *link);

#endif
