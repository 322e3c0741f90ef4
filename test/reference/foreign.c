#include "test/reference/foreign.h"

#include "test/reference/class.h"
#include "test/reference/replace.h"

#include <string.h>

enum {
    FRONT_MOST = 8,
    MASKS_LEAST = 4,
    BACK = 4,
    UNITS_LEAST = 12,
    UNITS_MOST = 19,
    SEPARATORS_MOST = 3,
};

static bool is_separator(uint32_t character)
{
    return class_blank(character) || class_dash(character);
}

static bool is_word(uint32_t character)
{
    return class_letter_or_digit(character);
}

static bool is_mask(uint32_t character)
{
    return class_mask(character) && character != '_';
}

/* The next unit behind at most 3 separators; in steps of 1 or -1. */
static ptrdiff_t over(const struct view *view, ptrdiff_t place, int step)
{
    ptrdiff_t next = place + step;
    for (int i = 0; i < SEPARATORS_MOST && is_separator(view_at(view, next)); i++) {
        next += step;
    }
    return next;
}

/* The places of up to 8 digits before a place, nearest first; returns how many. */
static int digits_before(const struct view *view, ptrdiff_t place, ptrdiff_t places[FRONT_MOST])
{
    int count = 0;
    while (count < FRONT_MOST) {
        place = over(view, place, -1);
        if (!class_digit(view_at(view, place))) {
            break;
        }
        places[count++] = place;
    }
    return count;
}

/* Over mask units that are all the same, from `place` on; returns the last of them. */
static ptrdiff_t masks_last(const struct view *view, ptrdiff_t place, int *ret_count)
{
    uint32_t mask = view_at(view, place);
    ptrdiff_t next = place;
    *ret_count = 1;
    while (next = over(view, place, 1), view_at(view, next) == mask) {
        place = next;
        (*ret_count)++;
    }
    return place;
}

/* Reads exactly 4 digits behind `place`; false: they are not there. */
static bool read_last(const struct view *view, ptrdiff_t place, char ret_last[BACK],
                      ptrdiff_t *ret_end)
{
    for (int i = 0; i < BACK; i++) {
        place = over(view, place, 1);
        if (!class_digit(view_at(view, place))) {
            return false;
        }
        ret_last[i] = (char)view_at(view, place);
    }
    *ret_end = place + 1;
    return !is_word(view_at(view, place + 1));
}

/* How many of the digits in front belong to it, -1: it is none. */
static int front_of(const struct view *view, ptrdiff_t first_mask, const ptrdiff_t *places,
                    int count, int others)
{
    for (; count >= 0; count--) {
        ptrdiff_t first = count == 0 ? first_mask : places[count - 1];
        if (count + others >= UNITS_LEAST && count + others <= UNITS_MOST &&
            !is_word(view_at(view, first - 1))) {
            return count;
        }
    }
    return -1;
}

static bool overlaps(const struct finding *finding, const struct findings *others)
{
    for (size_t i = 0; i < others->count; i++) {
        if (others->items[i].start < finding->end && finding->start < others->items[i].end) {
            return true;
        }
    }
    return false;
}

/* Whether it is written already as it would be. */
static bool is_done(const struct finding *finding, const char *line)
{
    char text[UNITS_MOST + 1];
    size_t size = replace_foreign(finding, text);
    return finding->end - finding->start == size && memcmp(line + finding->start, text, size) == 0;
}

/* The one whose masks begin at `place`; returns where to go on. */
static ptrdiff_t read(const struct view *view, const char *line, ptrdiff_t place,
                      const struct findings *others, struct findings *findings)
{
    ptrdiff_t places[FRONT_MOST];
    char last[BACK];
    ptrdiff_t end;
    int masks;
    int front = digits_before(view, place, places);
    ptrdiff_t last_mask = masks_last(view, place, &masks);
    if (masks < MASKS_LEAST || !read_last(view, last_mask, last, &end)) {
        return last_mask + 1;
    }
    front = front_of(view, place, places, front, masks + BACK);
    if (front < 0) {
        return end;
    }
    struct finding finding =
        finding_over(FINDING_PAN, view, front == 0 ? place : places[front - 1], end);
    finding.foreign = true;
    finding.shows = true;
    finding.digits = front + masks + BACK;
    memcpy(finding.last, last, sizeof last);
    int shown = replace_front(view->options, finding.digits);
    for (int i = 0; i < shown && shown <= front; i++) {
        finding.number[i] = (char)view_at(view, places[front - 1 - i]);
    }
    if (!overlaps(&finding, others) && !is_done(&finding, line)) {
        findings_add(findings, &finding);
    }
    return end;
}

void foreign_find(const struct view *view, const char *line, const struct findings *others,
                  struct findings *findings)
{
    for (ptrdiff_t place = 0; place < view->count;) {
        if (is_mask(view_at(view, place))) {
            place = read(view, line, place, others, findings);
        } else {
            place++;
        }
    }
}
