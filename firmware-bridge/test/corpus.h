/* Reads ../corpus.json, the vectors that the TypeScript framer is tested against too. */
#ifndef BIOX_TEST_CORPUS_H
#define BIOX_TEST_CORPUS_H

#include <stddef.h>
#include <stdint.h>

/* One flat object of an array; NULL at its end. */
typedef struct {
    const char *at;
} corpus_item;

/* Loads the file; ends the tests when it cannot be read. */
void corpus_load(const char *path);

/* First object of the array `name`, and the one after `item`. */
corpus_item corpus_first(const char *name);
corpus_item corpus_next(corpus_item item);

/* Bytes of the hexadecimal string `key`. */
size_t corpus_bytes(corpus_item item, const char *key, uint8_t *out, size_t capacity);

/* Value of the number `key`. */
uint32_t corpus_number(corpus_item item, const char *key);

/* Numbers of the array `key`. */
size_t corpus_numbers(corpus_item item, const char *key, double *out, size_t capacity);

/* Where the value of `key` begins. */
const char *corpus_value(corpus_item item, const char *key);

#endif
