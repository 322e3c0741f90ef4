#include "test/reference/class.h"

#include <string.h>

/* The zeros of Unicode 15, category Nd, above U+007F. Each script's ten digits follow one another.
 */
static const uint32_t foreign_zeros[] = {
    0x0660,  0x06F0,  0x07C0,  0x0966,  0x09E6,  0x0A66,  0x0AE6,  0x0B66,  0x0BE6,  0x0C66,
    0x0CE6,  0x0D66,  0x0DE6,  0x0E50,  0x0ED0,  0x0F20,  0x1040,  0x1090,  0x17E0,  0x1810,
    0x1946,  0x19D0,  0x1A80,  0x1A90,  0x1B50,  0x1BB0,  0x1C40,  0x1C50,  0xA620,  0xA8D0,
    0xA900,  0xA9D0,  0xA9F0,  0xAA50,  0xABF0,  0xFF10,  0x104A0, 0x10D30, 0x11066, 0x110F0,
    0x11136, 0x111D0, 0x112F0, 0x11450, 0x114D0, 0x11650, 0x116C0, 0x11730, 0x118E0, 0x11950,
    0x11C50, 0x11D50, 0x11DA0, 0x11F50, 0x16A60, 0x16AC0, 0x16B50, 0x1D7CE, 0x1D7D8, 0x1D7E2,
    0x1D7EC, 0x1D7F6, 0x1E140, 0x1E2F0, 0x1E4F0, 0x1E950, 0x1FBF0,
};

int class_foreign_digit(uint32_t character)
{
    if (character < 0x0660) {
        return -1;
    }
    for (size_t i = 0; i < sizeof foreign_zeros / sizeof foreign_zeros[0]; i++) {
        if (character >= foreign_zeros[i] && character <= foreign_zeros[i] + 9) {
            return (int)(character - foreign_zeros[i]);
        }
    }
    return -1;
}

static bool in_redacted(uint32_t character)
{
    return class_upper(character) || class_digit(character) || character == '_';
}

static bool in_withheld(uint32_t character)
{
    return class_lower(character) || character == ' ' || character == '_';
}

static bool in_dropped(uint32_t character)
{
    return class_lower(character) || class_digit(character) || class_one_of(character, "_.-");
}

static bool in_key_id(uint32_t character)
{
    return class_lower(character) || class_digit(character);
}

static bool in_base32(uint32_t character)
{
    return class_upper(character) || (character >= '2' && character <= '7');
}

/* Where the run that begins at `place` ends when it is `least` to `most` long, else -1. */
static ptrdiff_t run_end(const struct view *view, ptrdiff_t place, bool (*fits)(uint32_t),
                         ptrdiff_t least, ptrdiff_t most)
{
    ptrdiff_t end = place;
    while (fits(view_at(view, end))) {
        end++;
    }
    return end - place >= least && end - place <= most ? end : -1;
}

/* Behind the text in brackets that begins at `place`, or -1. */
static ptrdiff_t bracketed_end(const struct view *view, ptrdiff_t place)
{
    ptrdiff_t end = -1;
    if (view_holds(view, place, "[REDACTED_")) {
        end = run_end(view, place + 10, in_redacted, 1, 32);
    } else if (view_holds(view, place, "[WITHHELD ")) {
        end = run_end(view, place + 10, in_withheld, 1, 16);
    } else if (view_holds(view, place, "[DROPPED ")) {
        end = run_end(view, place + 9, in_dropped, 1, 32);
    }
    return end >= 0 && view_at(view, end) == ']' ? end + 1 : -1;
}

static bool in_word(uint32_t character)
{
    return class_letter_or_digit(character) || character == '_';
}

/* Behind the token that begins at `place`, or -1. */
static ptrdiff_t token_end(const struct view *view, ptrdiff_t place)
{
    ptrdiff_t end = -1;
    if (view_holds(view, place, "tok_") && !in_word(view_at(view, place - 1))) {
        end = run_end(view, place + 4, in_key_id, 1, 16);
    }
    if (end < 0 || view_at(view, end) != '_') {
        return -1;
    }
    end = run_end(view, end + 1, in_base32, 52, 52);
    return end >= 0 && !in_word(view_at(view, end)) ? end : -1;
}

/* Behind the own text of a rule that begins at `place`, or -1. */
static ptrdiff_t own_text_end(const struct view *view, ptrdiff_t place)
{
    for (size_t i = 0; i < REFERENCE_RULES; i++) {
        const char *text = view->options->texts[i];
        if (text != NULL && view_holds(view, place, text)) {
            return place + (ptrdiff_t)strlen(text);
        }
    }
    return -1;
}

void class_mark_inert(struct view *view)
{
    for (ptrdiff_t i = 0; i < view->count; i++) {
        ptrdiff_t end = bracketed_end(view, i);
        if (end < 0) {
            end = token_end(view, i);
        }
        if (end < 0) {
            end = own_text_end(view, i);
        }
        for (ptrdiff_t j = i; j < end; j++) {
            view->units[j].character = VIEW_BOUNDARY;
        }
    }
}
