#ifndef TEST_GENERATE_GENERATE_H
#define TEST_GENERATE_GENERATE_H
/* Lines for comparing two redactors: card data in every form, what only looks like it, and both
 * broken. A line depends on the seed and its number alone. */
#include "test/generate/text.h"

/* Without the newline; it may hold any byte but one. */
void generate_line(uint64_t seed, uint64_t number, struct text *ret_line);

/* The parts, each added to `text`. */
void generate_pan_digits(struct random *random, struct text *text);
void generate_grouped(struct random *random, const char *digits, size_t count, struct text *text);
void generate_pan(struct random *random, struct text *text);
void generate_cvv(struct random *random, struct text *text);
void generate_track(struct random *random, struct text *text);
void generate_pin(struct random *random, struct text *text);
void generate_near_miss(struct random *random, struct text *text);
void generate_limit(struct random *random, struct text *text);
void generate_deep(struct random *random, struct text *text);
void generate_soup(struct random *random, struct text *text);
void generate_message(struct random *random, struct text *text);
void generate_container(struct random *random, struct text *text);
/* Writes `plain` with characters of it escaped in some way. */
void generate_encoded(struct random *random, const struct text *plain, struct text *text);
/* Writes `inner` as a part of something in base64. */
void generate_base64(struct random *random, const struct text *inner, struct text *text);
void generate_mutated(struct random *random, const struct text *other, struct text *line);

#endif
