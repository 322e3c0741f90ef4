#ifndef TEST_REFERENCE_VIEW_H
#define TEST_REFERENCE_VIEW_H
/* Contract 1.2 and 1.3: the line as units, and the views that decode it step by step. */
#include "test/reference/reference.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    VIEW_BOUNDARY = 0x110000, /* character of an invalid unit, and of an inert one (1.6) */
    VIEW_OUTSIDE = 0x110001,  /* what stands before the first and after the last unit */
    VIEW_ROUNDS = 8,
    VIEW_ROUNDS_OF_FORMATS = 3, /* percent, form, XML and rsyslog forms */
};

struct unit {
    uint32_t character; /* what the rules see */
    uint32_t written;   /* what decoding and JSON see: inert text is text there */
    size_t start;       /* source bytes, from the start of the line */
    size_t end;
};

struct view {
    struct unit *units;
    ptrdiff_t count;
    int number;
    const struct reference_options *options;
};

struct views {
    struct view items[VIEW_ROUNDS + 1];
    int count;
};

void views_make(const struct reference_options *options, const char *line, size_t size,
                struct views *ret_views);
void views_free(struct views *views);

/* The character at a place; VIEW_OUTSIDE off the line. */
static inline uint32_t view_at(const struct view *view, ptrdiff_t place)
{
    return place < 0 || place >= view->count ? VIEW_OUTSIDE : view->units[place].character;
}

/* Whether ASCII text stands at a place. */
bool view_holds(const struct view *view, ptrdiff_t place, const char *text);

struct escape {
    ptrdiff_t units;    /* how many it takes */
    uint32_t character; /* what it stands for */
};
/* The escape of 1.3 that begins at a place, if one does. `round` is the round it is read in. */
bool view_escape(const struct view *view, ptrdiff_t place, int round, struct escape *ret_escape);

#endif
