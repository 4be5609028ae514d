/* Everything that a wearable needs. */
#ifndef BIOX_H
#define BIOX_H

#include "frame.h"
#include "hello.h"
#include "pack.h"
#include "samples.h"

#endif
