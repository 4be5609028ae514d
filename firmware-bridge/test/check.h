/* The smallest test frame that says where and what failed. */
#ifndef BIOX_TEST_CHECK_H
#define BIOX_TEST_CHECK_H

#include <stdio.h>
#include <stdlib.h>

#define CHECK(condition)                                                                    \
    do {                                                                                    \
        if (!(condition)) {                                                                 \
            fprintf(stderr, "%s:%d: expected %s\n", __FILE__, __LINE__, #condition);        \
            printf("%ld passed, 1 failed\n", checks_passed);                                \
            exit(1);                                                                        \
        }                                                                                   \
        checks_passed++;                                                                    \
    } while (0)

extern long checks_passed;

void test_crc32(void);
void test_cobs(void);
void test_frame(void);
void test_receiver(void);
void test_samples(void);
void test_pack(void);
void test_hello(void);

#endif
