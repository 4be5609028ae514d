/* A small seeded random number generator, so that a run of the emulator can be repeated exactly. */
#ifndef BIOX_EMULATOR_RANDOM_H
#define BIOX_EMULATOR_RANDOM_H

#include <stdint.h>

/* SplitMix64 (Steele, Lea, Flood 2014): every 64-bit state is a good one, including 0. */
typedef struct {
    uint64_t state;
} random_source;

/* Next 64 random bits. */
uint64_t random_bits(random_source *source);

/* Uniform in [0, 1). */
double random_uniform(random_source *source);

/* Uniform in [low, high). */
double random_between(random_source *source, double low, double high);

/* Normal with mean 0 and standard deviation 1 (Box-Muller). */
double random_normal(random_source *source);

#endif
