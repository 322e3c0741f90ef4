#include "test/reference/track.h"

#include "test/reference/class.h"
#include "test/reference/field.h"
#include "test/reference/issuer.h"
#include "test/reference/sad.h"
#include "test/reference/tlv.h"

enum {
    PAN_LEAST = 12,
    PAN_MOST = 19,
    NAME_MOST = 26,
    REST_MOST = 60,
};

static ptrdiff_t digits_end(const struct view *view, ptrdiff_t place)
{
    while (class_digit(view_at(view, place))) {
        place++;
    }
    return place;
}

/* Whether units [first, end) are 12-19 Luhn digits, with an issuer unless a sentinel vouches. */
static bool pan_between(const struct view *view, ptrdiff_t first, ptrdiff_t end, bool sentinel)
{
    char digits[PAN_MOST + 1] = "";
    if (end - first < PAN_LEAST || end - first > PAN_MOST) {
        return false;
    }
    for (ptrdiff_t i = first; i < end; i++) {
        digits[i - first] = (char)view_at(view, i);
    }
    int count = (int)(end - first);
    return issuer_luhn(digits, count) && (sentinel || issuer_judge(digits, count, true).known);
}

static bool in_rest(uint32_t character)
{
    return class_letter_or_digit(character) || class_one_of(character, "^=/*.-") ||
           class_blank(character);
}

/* The end of what follows the second `^` of the track that begins at `first`. */
static ptrdiff_t rest_end(const struct view *view, ptrdiff_t first, ptrdiff_t place)
{
    ptrdiff_t end = place;
    while (in_rest(view_at(view, end))) {
        end++;
    }
    uint32_t before = view_at(view, first - 1);
    uint32_t after = view_at(view, end);
    if (end - place <= REST_MOST && after == '?') {
        return end + 1;
    }
    if (end - place <= REST_MOST &&
        ((class_quote(after) && before == after) || (before == '>' && after == '<'))) {
        return end;
    }
    for (end = place; end - place < REST_MOST &&
                      (class_letter_or_digit(view_at(view, end)) || view_at(view, end) == '^');) {
        end++;
    }
    return end;
}

/* The end of a number in groups of a shape, or -1. */
static ptrdiff_t grouped_end(const struct view *view, ptrdiff_t place, const char *shape)
{
    char digits[PAN_MOST + 1] = "";
    int count = 0;
    for (; *shape != '\0'; shape++, place++) {
        uint32_t unit = view_at(view, place);
        if (*shape == ' ' ? unit != ' ' : !class_digit(unit)) {
            return -1;
        }
        if (unit != ' ') {
            digits[count++] = (char)unit;
        }
    }
    bool passes = issuer_luhn(digits, count) && issuer_judge(digits, count, true).known;
    return passes && view_at(view, place) == '^' ? place : -1;
}

/* The `^` behind the number of a track 1, or -1. */
static ptrdiff_t number_end(const struct view *view, ptrdiff_t place, bool sentinel)
{
    ptrdiff_t end = digits_end(view, place);
    if (view_at(view, end) == '^') {
        return pan_between(view, place, end, sentinel) ? end : -1;
    }
    end = grouped_end(view, place, "dddd dddd dddd dddd");
    return end >= 0 ? end : grouped_end(view, place, "dddd dddddd ddddd");
}

/* The end of the track 1 whose `B` is at `place`, or -1. */
static ptrdiff_t track1_end(const struct view *view, ptrdiff_t place)
{
    if (!class_one_of(view_at(view, place), "Bb") ||
        class_letter_or_digit(view_at(view, place - 1))) {
        return -1;
    }
    bool sentinel = view_at(view, place - 1) == '%';
    ptrdiff_t end = number_end(view, place + 1,
                               sentinel || field_value_at(view, place, FIELD_TRACK1, FIELD_TRACK1));
    if (end < 0) {
        return -1;
    }
    ptrdiff_t name = end + 1;
    for (end = name; view_at(view, end) != '^'; end++) {
        uint32_t character = view_at(view, end);
        if (end - name == NAME_MOST || character == '"' || character == '\n' ||
            character == VIEW_BOUNDARY || character == VIEW_OUTSIDE) {
            return -1;
        }
    }
    return rest_end(view, sentinel ? place - 1 : place, end + 1);
}

static bool month_in_front(const struct view *view, ptrdiff_t place)
{
    uint32_t tens = view_at(view, place + 2);
    uint32_t ones = view_at(view, place + 3);
    return (tens == '0' && ones >= '1' && ones <= '9') ||
           (tens == '1' && ones >= '0' && ones <= '2');
}

/* The end of the digits behind track 2's separator, or -1. */
static ptrdiff_t track2_data_end(const struct view *view, ptrdiff_t place, bool sentinel)
{
    ptrdiff_t end = digits_end(view, place);
    ptrdiff_t count = end - place;
    if (count >= 7 && count <= 24 && (sentinel || month_in_front(view, place))) {
        return end;
    }
    if (view_at(view, place) == '=') {
        end = digits_end(view, place + 1);
        count = end - (place + 1);
        if (count >= 3 && count <= 20) {
            return end;
        }
    }
    return -1;
}

/* The end of the track 2 whose digits begin at `place`, or -1. */
static ptrdiff_t track2_end(const struct view *view, ptrdiff_t place, bool sentinel,
                            ptrdiff_t *ret_data_end)
{
    ptrdiff_t separator = digits_end(view, place);
    if (!class_one_of(view_at(view, separator), "=Dd") ||
        !pan_between(view, place, separator, sentinel)) {
        return -1;
    }
    ptrdiff_t end = track2_data_end(view, separator + 1, sentinel);
    if (end < 0) {
        return -1;
    }
    *ret_data_end = end;
    for (int i = 0; i < 3 && class_one_of(view_at(view, end), "Ff"); i++) {
        end++;
    }
    if (view_at(view, separator) != '=' && class_letter(view_at(view, end))) {
        return -1;
    }
    return view_at(view, end) == '?' ? end + 1 : end;
}

/* Track 2 of a maximal run of digits that begins at `place`: all of it, or behind its length. */
static void track2_find(const struct view *view, ptrdiff_t place, struct findings *findings)
{
    ptrdiff_t data_end;
    bool sentinel = view_at(view, place - 1) == ';';
    ptrdiff_t end =
        track2_end(view, place, sentinel || field_value_at(view, place, FIELD_TRACK2, FIELD_TRACK2),
                   &data_end);
    if (end >= 0) {
        struct finding finding =
            finding_over(FINDING_TRACK2, view, sentinel ? place - 1 : place, end);
        findings_add(findings, &finding);
    }
    if (digits_end(view, place) - place < 2 + PAN_LEAST) {
        return;
    }
    ptrdiff_t says =
        10 * (ptrdiff_t)(view_at(view, place) - '0') + (ptrdiff_t)(view_at(view, place + 1) - '0');
    end = track2_end(view, place + 2, false, &data_end);
    if (end >= 0 && data_end - (place + 2) == says) {
        struct finding finding = finding_over(FINDING_TRACK2, view, place + 2, end);
        findings_add(findings, &finding);
    }
}

void track_find(const struct view *view, struct findings *findings)
{
    struct tlv tlv;
    for (ptrdiff_t i = 0; i < view->count; i++) {
        ptrdiff_t end = track1_end(view, i);
        if (end >= 0) {
            ptrdiff_t first = view_at(view, i - 1) == '%' ? i - 1 : i;
            struct finding finding = finding_over(FINDING_TRACK1, view, first, end);
            findings_add(findings, &finding);
        }
        if (class_digit(view_at(view, i)) && !class_digit(view_at(view, i - 1)) &&
            (view_at(view, digits_end(view, i)) == '=' || !class_letter(view_at(view, i - 1)) ||
             sad_colour_before(view, i))) {
            track2_find(view, i, findings);
        }
        if (tlv_at(view, i, &tlv) && tlv.track) {
            struct finding finding = finding_over(FINDING_TRACK2, view, tlv.first, tlv.track_end);
            findings_add(findings, &finding);
        }
    }
}
