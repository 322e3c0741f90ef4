#ifndef TEST_BENCH_ENGINE_TEXT_H
#define TEST_BENCH_ENGINE_TEXT_H
/* Generated logs. They do not repeat, since a branch predictor learns a short text by heart. */
#include <stddef.h>
#include <stdint.h>

enum text_kind {
    TEXT_APPLICATION, /* one line in 200 holds a card number and a verification code */
    TEXT_NUMBERS,     /* time stamps, ids and counters; one line in 200 holds a card number */
    TEXT_CARDS,       /* each line holds a card number */
    TEXT_KINDS,
};

struct text {
    const char *name;
    char *data; /* the caller's to free */
    size_t size, lines;
};

struct text text_generate(enum text_kind kind, size_t size);
#endif
