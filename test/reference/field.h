#ifndef TEST_REFERENCE_FIELD_H
#define TEST_REFERENCE_FIELD_H
/* Contract 3.7: numbers of ISO 8583 fields, and the values that they label. */
#include "test/reference/sad.h"

/* ISO 8583:1987, those that the contract knows by number. */
enum {
    FIELD_PAN = 2,
    FIELD_PAN_EXTENDED = 34,
    FIELD_TRACK2 = 35,
    FIELD_TRACK1 = 45,
    FIELD_PIN = 52,
};

struct field {
    int number;
    struct sad_binding binding;
};

struct fields {
    struct field *items;
    size_t count;
    size_t capacity;
};

void fields_find(const struct view *view, struct fields *ret_fields);
void fields_free(struct fields *fields);

/* Whether the value of field `number` or `other` begins at a place. */
bool field_value_at(const struct view *view, ptrdiff_t place, int number, int other);

#endif
