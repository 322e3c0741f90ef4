#include "test/reference/tlv.h"

#include "test/reference/class.h"
#include "test/reference/issuer.h"

enum {
    DIGITS_LEAST = 12,
    DIGITS_MOST = 19,
    VALUE = 4, /* the first hex digit behind tag and length */
    TRACK_DATA_LEAST = 3,
    TRACK_DATA_MOST = 24,
};

/* Hex digits in pairs from a place on. */
struct pairs {
    const struct view *view;
    ptrdiff_t place;
    bool spaced;
};

static ptrdiff_t place_of(const struct pairs *pairs, int index)
{
    return pairs->place + index / 2 * (pairs->spaced ? 3 : 2) + index % 2;
}

/* Hex digit `index` in lower case, or 0. Those before it are there. */
static uint32_t hex_at(const struct pairs *pairs, int index)
{
    ptrdiff_t place = place_of(pairs, index);
    uint32_t character = view_at(pairs->view, place);
    if (pairs->spaced && index > 0 && index % 2 == 0 && view_at(pairs->view, place - 1) != ' ') {
        return 0;
    }
    return class_hex(character) ? class_without_case(character) : 0;
}

static int value_of(uint32_t hex)
{
    return (int)(hex <= '9' ? hex - '0' : hex - 'a' + 10);
}

/* How many of the `count` hex digits from `first` on are there. */
static int there(const struct pairs *pairs, int first, int count)
{
    int i = 0;
    while (i < count && hex_at(pairs, first + i) != 0) {
        i++;
    }
    return i;
}

static int digits_from(const struct pairs *pairs, int first, int count)
{
    int i = 0;
    while (i < count && class_digit(hex_at(pairs, first + i))) {
        i++;
    }
    return i;
}

static bool number_passes(const struct pairs *pairs, int count)
{
    char digits[DIGITS_MOST + 1] = "";
    if (count < DIGITS_LEAST || count > DIGITS_MOST) {
        return false;
    }
    for (int i = 0; i < count; i++) {
        digits[i] = (char)hex_at(pairs, VALUE + i);
    }
    return issuer_luhn(digits, count) && issuer_judge(digits, count, true).known &&
           !issuer_one_digit(digits, count);
}

/* Tag 5A: digits, then nothing but F. */
static bool number_alone(const struct pairs *pairs, int size, int *ret_digits)
{
    int digits = digits_from(pairs, VALUE, size);
    if (there(pairs, VALUE, size) < size) {
        return false;
    }
    for (int i = digits; i < size; i++) {
        if (hex_at(pairs, VALUE + i) != 'f') {
            return false;
        }
    }
    *ret_digits = digits;
    return true;
}

/* Tag 57: whether digits, and then at most one F, fill it behind the D. */
static bool track_whole(const struct pairs *pairs, int size, int behind)
{
    if (there(pairs, VALUE, size) < size) {
        return false;
    }
    int data = digits_from(pairs, VALUE + behind, size - behind);
    int rest = size - behind - data;
    return data >= TRACK_DATA_LEAST && data <= TRACK_DATA_MOST &&
           (rest == 0 || (rest == 1 && hex_at(pairs, VALUE + size - 1) == 'f'));
}

static bool tlv_in(const struct pairs *pairs, struct tlv *ret_tlv)
{
    if (there(pairs, 0, VALUE) < VALUE) {
        return false;
    }
    bool track = (hex_at(pairs, 0) == '5' && hex_at(pairs, 1) == '7') ||
                 (hex_at(pairs, 0) == '6' && hex_at(pairs, 1) == 'b');
    int length = 16 * value_of(hex_at(pairs, 2)) + value_of(hex_at(pairs, 3));
    int size = 2 * length;
    int digits;
    *ret_tlv = (struct tlv){0};
    if (hex_at(pairs, 0) == '5' && hex_at(pairs, 1) == 'a' && length >= 0x06 && length <= 0x0A) {
        if (!number_alone(pairs, size, &digits)) {
            return false;
        }
    } else if (track && length >= 0x08 && length <= 0x13) {
        digits = digits_from(pairs, VALUE, size);
        if (digits == size || hex_at(pairs, VALUE + digits) != 'd') {
            return false;
        }
        ret_tlv->track = track_whole(pairs, size, digits + 1);
        ret_tlv->track_end = place_of(pairs, VALUE + size - 1) + 1;
    } else {
        return false;
    }
    ret_tlv->first = place_of(pairs, VALUE);
    ret_tlv->end = place_of(pairs, VALUE + digits - 1) + 1;
    return number_passes(pairs, digits);
}

bool tlv_at(const struct view *view, ptrdiff_t place, struct tlv *ret_tlv)
{
    struct pairs pairs = {view, place, view_at(view, place + 2) == ' '};
    return class_one_of(view_at(view, place), "56") && tlv_in(&pairs, ret_tlv);
}
