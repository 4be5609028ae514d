#include <string.h>

#include "check.h"
#include "corpus.h"
#include "frame.h"

static biox_frame read_frame(corpus_item item, uint8_t *payload)
{
    return (biox_frame){
        .kind = (uint8_t)corpus_number(item, "kind"),
        .stream = (uint8_t)corpus_number(item, "stream"),
        .count = (uint8_t)corpus_number(item, "count"),
        .flags = (uint8_t)corpus_number(item, "flags"),
        .index = corpus_number(item, "index"),
        .time_us = corpus_number(item, "timeUs"),
        .payload = payload,
        .payload_length = corpus_bytes(item, "payload", payload, BIOX_PAYLOAD_MAX),
    };
}

static void check_same(const biox_frame *a, const biox_frame *b)
{
    CHECK(a->kind == b->kind && a->stream == b->stream && a->count == b->count && a->flags == b->flags);
    CHECK(a->index == b->index && a->time_us == b->time_us && a->payload_length == b->payload_length);
    CHECK(memcmp(a->payload, b->payload, a->payload_length) == 0);
}

void test_frame(void)
{
    static uint8_t payload[BIOX_PAYLOAD_MAX], wanted[BIOX_ENCODED_MAX(BIOX_PAYLOAD_MAX)];
    for (corpus_item item = corpus_first("frames"); item.at != NULL; item = corpus_next(item)) {
        biox_frame frame = read_frame(item, payload), back;
        size_t expected = corpus_bytes(item, "encoded", wanted, sizeof wanted), length = 0;
        /* A buffer of exactly the promised size, so that a sanitizer sees a byte too many. */
        size_t room = BIOX_ENCODED_MAX(frame.payload_length);
        uint8_t *out = malloc(room);
        CHECK(out != NULL);
        CHECK(biox_frame_encode(&frame, out, room - 1, &length) == BIOX_NO_ROOM && length == 0);
        CHECK(biox_frame_encode(&frame, out, room, &length) == BIOX_OK);
        CHECK(length == expected && memcmp(out, wanted, length) == 0);
        CHECK(biox_frame_decode(out, length - 1, &back) == BIOX_OK);
        check_same(&frame, &back);
        /* Any changed byte is noticed. */
        for (size_t at = 0; at + 1 < expected; at++) {
            memcpy(out, wanted, expected);
            out[at] ^= 0x41u;
            CHECK(biox_frame_decode(out, expected - 1, &back) != BIOX_OK);
        }
        free(out);
    }
    static uint8_t space[BIOX_ENCODED_MAX(BIOX_PAYLOAD_MAX + 1)];
    size_t length;
    biox_frame wrong = {.kind = 6}, huge = {.kind = BIOX_EVENT, .payload = payload, .payload_length = 1009}, back;
    CHECK(biox_frame_encode(&wrong, space, sizeof space, &length) == BIOX_BAD_KIND);
    CHECK(biox_frame_encode(&huge, space, sizeof space, &length) == BIOX_TOO_LONG);
    CHECK(biox_frame_decode((uint8_t[]){0x03, 0x11, 0x22}, 3, &back) == BIOX_BAD_LENGTH);
    CHECK(biox_frame_decode((uint8_t[]){0x09, 0x11}, 2, &back) == BIOX_BAD_COBS);
}

/* Noise and an endless run before each frame: the frames still arrive, and the errors are told. */
void test_receiver(void)
{
    static uint8_t buffer[BIOX_ENCODED_MAX(BIOX_PAYLOAD_MAX)], payload[BIOX_PAYLOAD_MAX], wire[sizeof buffer];
    biox_receiver receiver;
    biox_receiver_start(&receiver, buffer, sizeof buffer);
    srand(2);
    for (corpus_item item = corpus_first("frames"); item.at != NULL; item = corpus_next(item)) {
        biox_frame wanted = read_frame(item, payload), frame;
        int noise = 1 + rand() % 40, errors = 0, frames = 0;
        for (int i = 0; i < noise; i++) CHECK(biox_receiver_push(&receiver, (uint8_t)(1 + rand() % 255), &frame) == BIOX_PENDING);
        CHECK(biox_receiver_push(&receiver, 0, &frame) > BIOX_PENDING);
        for (size_t i = 0; i < 2 * sizeof buffer; i++) CHECK(biox_receiver_push(&receiver, 1, &frame) == BIOX_PENDING);
        CHECK(biox_receiver_push(&receiver, 0, &frame) == BIOX_TOO_LONG);
        size_t length = corpus_bytes(item, "encoded", wire, sizeof wire);
        for (size_t i = 0; i < length; i++) {
            biox_status status = biox_receiver_push(&receiver, wire[i], &frame);
            if (status == BIOX_OK) {
                check_same(&frame, &wanted);
                frames++;
            } else if (status != BIOX_PENDING) {
                errors++;
            }
        }
        CHECK(frames == 1 && errors == 0);
    }
}
