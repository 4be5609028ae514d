#include "random.h"

#include <math.h>

uint64_t random_bits(random_source *source)
{
    uint64_t z = (source->state += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

double random_uniform(random_source *source)
{
    return (double)(random_bits(source) >> 11) * (1.0 / 9007199254740992.0); /* 2^-53 */
}

double random_between(random_source *source, double low, double high)
{
    return low + (high - low) * random_uniform(source);
}

double random_normal(random_source *source)
{
    double radius = sqrt(-2.0 * log(1.0 - random_uniform(source)));
    return radius * cos(6.283185307179586 * random_uniform(source));
}
