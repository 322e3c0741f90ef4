#pragma once
/* A growing text of raw bytes: memory of its own pages, which core images leave out, and which is
 * given back (and so zeroed) when it has become large. One thread. */
#include <stddef.h>

struct text {
    char *data; /* NULL: nothing yet; all zero is an empty text */
    size_t size;
    size_t capacity;
};

enum {
    TEXT_MAX_BYTES = 512 * 1024 * 1024,
};

/* For text_reserve. 0, -EMSGSIZE: past TEXT_MAX_BYTES, or -ENOMEM. */
int text_grow(struct text *text, size_t more);
/* Room for `more` bytes behind the text's end. 0 or as above. */
static inline int text_reserve(struct text *text, size_t more)
{
    return more <= text->capacity - text->size ? 0 : text_grow(text, more);
}
/* Empties it; memory beyond `keep` bytes goes back to the system. */
void text_clear(struct text *text, size_t keep);
void text_finish(struct text *text);
