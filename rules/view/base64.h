#ifndef RULES_VIEW_BASE64_H
#define RULES_VIEW_BASE64_H
/* Base64 in a view (contract 1.7, RFC 4648), found by what it begins with. */
#include "rules/view/view.h"

struct base64_run {
    uint32_t begin, end; /* units, without padding */
    uint32_t padded_end; /* with it */
};

enum {
    BASE64_RUNS_MAX = 4, /* of one stretch */
};

/* The stretch of letters, digits and `+ / - _` at `at` or behind; false: there is no other. */
bool base64_stretch(const struct view *view, uint32_t at, uint32_t *ret_begin, uint32_t *ret_end);
/* The same, of those in which a run may begin; `at`: none goes on over it. */
bool base64_next(const struct view *view, uint32_t at, uint32_t *ret_begin, uint32_t *ret_end);

/* The runs of the stretch [begin, end). Returns how many. */
unsigned base64_runs(const struct view *view, uint32_t begin, uint32_t end,
                     struct base64_run ret_runs[BASE64_RUNS_MAX]);

/* Bytes that a run decodes to. */
uint32_t base64_decoded_size(const struct base64_run *run);
void base64_decode(const struct view *view, const struct base64_run *run, uint8_t *output);

/* Characters that `size` bytes encode to, at most. */
size_t base64_encoded_size(size_t size);
/* Encodes `size` bytes as the run is: its alphabet, its padding. Returns how many characters. */
size_t base64_encode(const struct view *view, const struct base64_run *run, const uint8_t *text,
                     size_t size, uint8_t *output);
#endif
