#ifndef RULES_MATCH_FIELD_H
#define RULES_MATCH_FIELD_H
/* Numbered fields of ISO 8583 messages (contract 3.7). */
#include "rules/view/view.h"

enum field_number {
    FIELD_PAN = 2,
    FIELD_EXTENDED_PAN = 34,
    FIELD_TRACK2 = 35,
    FIELD_TRACK1 = 45,
    FIELD_PIN_BLOCK = 52,
};

/* Sets the fields of `view`, kept in `storage`. -ENOMEM. */
int field_list(const struct blot_memory *memory, struct buffer *storage, struct view *view);

/* Whether the value of a field `number` begins at unit `at`. */
bool field_begins(const struct view *view, uint32_t at, enum field_number number);

/* The same, for a field that holds a PAN. */
static inline bool field_is_pan(const struct view *view, uint32_t at)
{
    return view->field_count &&
           (field_begins(view, at, FIELD_PAN) || field_begins(view, at, FIELD_EXTENDED_PAN));
}
#endif
