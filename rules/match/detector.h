#ifndef RULES_MATCH_DETECTOR_H
#define RULES_MATCH_DETECTOR_H
/* Detectors for what has a shape but no keyword (contract 7.3). Each begins at a shape that the
 * prefilter points at. */
#include "rules/view/view.h"

enum {
    DETECTOR_SHAPES_MAX = 2,
};

struct detector {
    const char *name;
    const char
        *shapes[DETECTOR_SHAPES_MAX + 1]; /* as prefilter_add_shape takes them; ends with NULL */
    unsigned window;                      /* the rarest four bytes of a shape begin here */
    unsigned reach;                       /* units around the shape that it looks at */
    /* Whether one stands around the shape that begins at unit `at`; sets its units. */
    bool (*find)(const struct view *view, uint32_t at, uint32_t *ret_begin, uint32_t *ret_end);
};

/* NULL: there is none of that name. */
const struct detector *detector_of(const char *name);

/* A unit, or a boundary beyond either end. */
static inline uint8_t detector_unit(const struct view *view, uint32_t at)
{
    return at < view->size ? view->symbols[at] : (uint8_t)SYMBOL_INVALID;
}

/* The unit before `at`; a boundary at the begin. */
static inline uint8_t detector_before(const struct view *view, uint32_t at)
{
    return at > 0 ? view->symbols[at - 1] : (uint8_t)SYMBOL_INVALID;
}

bool email_find(const struct view *view, uint32_t at, uint32_t *ret_begin, uint32_t *ret_end);
bool iban_find(const struct view *view, uint32_t at, uint32_t *ret_begin, uint32_t *ret_end);
bool phone_find(const struct view *view, uint32_t at, uint32_t *ret_begin, uint32_t *ret_end);
bool ssn_find(const struct view *view, uint32_t at, uint32_t *ret_begin, uint32_t *ret_end);
bool ip_find_v4(const struct view *view, uint32_t at, uint32_t *ret_begin, uint32_t *ret_end);
bool ip_find_v6(const struct view *view, uint32_t at, uint32_t *ret_begin, uint32_t *ret_end);
#endif
