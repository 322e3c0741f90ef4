#ifndef TEST_GENERATE_TEXT_H
#define TEST_GENERATE_TEXT_H
/* A bounded text that is written from left to right, and the random numbers that choose what goes
 * in. What does not fit is left out. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TEXT_MOST = 4096 };

struct text {
    char bytes[TEXT_MOST];
    size_t size;
};

/* splitmix64: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014. */
struct random {
    uint64_t state;
};

uint64_t random_next(struct random *random);
/* 0 … limit-1 */
unsigned random_below(struct random *random, unsigned limit);
/* True so many times out of a hundred. */
bool random_percent(struct random *random, unsigned percent);

void text_clear(struct text *text);
void text_add(struct text *text, const char *bytes, size_t size);
void text_string(struct text *text, const char *string);
void text_byte(struct text *text, unsigned char byte);
void text_character(struct text *text, uint32_t character); /* as UTF-8 */
void text_format(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_text(struct text *text, const struct text *other);
void text_digits(struct text *text, struct random *random, unsigned count);

/* One of an array of strings. */
#define RANDOM_PICK(random, array)                                                                 \
    ((array)[random_below((random), (unsigned)(sizeof(array) / sizeof((array)[0])))])

#endif
