#include "corpus.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

static char text[65536];

void corpus_load(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        fprintf(stderr, "Cannot read '%s'.\n", path);
        exit(1);
    }
    size_t length = fread(text, 1, sizeof text - 1, file);
    CHECK(length > 0 && feof(file));
    fclose(file);
    text[length] = '\0';
}

corpus_item corpus_first(const char *name)
{
    char key[32];
    snprintf(key, sizeof key, "\"%s\": [", name);
    const char *array = strstr(text, key);
    CHECK(array != NULL);
    return (corpus_item){strchr(array, '{')};
}

corpus_item corpus_next(corpus_item item)
{
    const char *end = strchr(item.at, '}') + 1;
    end += strspn(end, " \n\r,");
    return (corpus_item){*end == '{' ? end : NULL};
}

const char *corpus_value(corpus_item item, const char *key)
{
    char quoted[32];
    snprintf(quoted, sizeof quoted, "\"%s\":", key);
    const char *found = strstr(item.at, quoted);
    CHECK(found != NULL && found < strchr(item.at, '}'));
    found += strlen(quoted);
    return found + strspn(found, " \n\r");
}

size_t corpus_bytes(corpus_item item, const char *key, uint8_t *out, size_t capacity)
{
    const char *at = corpus_value(item, key) + 1;
    size_t length = 0;
    for (; *at != '"'; at += 2) {
        char digits[3] = {at[0], at[1], '\0'};
        CHECK(length < capacity);
        out[length++] = (uint8_t)strtoul(digits, NULL, 16);
    }
    return length;
}

uint32_t corpus_number(corpus_item item, const char *key)
{
    return (uint32_t)strtoul(corpus_value(item, key), NULL, 10);
}

size_t corpus_numbers(corpus_item item, const char *key, double *out, size_t capacity)
{
    const char *at = corpus_value(item, key) + 1;
    size_t count = 0;
    for (at += strspn(at, " \n\r,"); *at != ']'; at += strspn(at, " \n\r,")) {
        char *end;
        CHECK(count < capacity);
        out[count++] = strtod(at, &end);
        CHECK(end != at);
        at = end;
    }
    return count;
}
