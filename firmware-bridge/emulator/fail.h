/* The one way out on an error. */
#ifndef BIOX_EMULATOR_FAIL_H
#define BIOX_EMULATOR_FAIL_H

/* Prints one sentence on stderr and exits with status 1, through atexit handlers. */
_Noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
