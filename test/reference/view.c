#include "test/reference/view.h"

#include "test/reference/class.h"
#include "test/reference/memory.h"

#include <stdlib.h>
#include <string.h>

/* RFC 3629: the length of the well-formed sequence that begins here, or 0, and its character. */
static size_t utf8_read(const unsigned char *bytes, size_t size, uint32_t *ret_character)
{
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t length;
    uint32_t character;

    if (bytes[0] < 0x80) {
        *ret_character = bytes[0];
        return 1;
    }
    if (bytes[0] >= 0xC0 && bytes[0] < 0xE0) {
        length = 2;
        character = bytes[0] & 0x1Fu;
    } else if (bytes[0] >= 0xE0 && bytes[0] < 0xF0) {
        length = 3;
        character = bytes[0] & 0x0Fu;
    } else if (bytes[0] >= 0xF0 && bytes[0] < 0xF8) {
        length = 4;
        character = bytes[0] & 0x07u;
    } else {
        return 0;
    }
    if (size < length) {
        return 0;
    }
    for (size_t i = 1; i < length; i++) {
        if ((bytes[i] & 0xC0) != 0x80) {
            return 0;
        }
        character = character << 6 | (bytes[i] & 0x3Fu);
    }
    if (character < smallest[length] || character > 0x10FFFF ||
        (character >= 0xD800 && character <= 0xDFFF)) {
        return 0;
    }
    *ret_character = character;
    return length;
}

static void view_zero(const char *line, size_t size, struct view *ret_view)
{
    ret_view->units = memory_zeroed(size, sizeof(struct unit));
    ret_view->count = 0;
    ret_view->number = 0;
    for (size_t i = 0; i < size;) {
        struct unit *unit = &ret_view->units[ret_view->count++];
        size_t length = utf8_read((const unsigned char *)line + i, size - i, &unit->written);
        if (length == 0) {
            unit->written = VIEW_BOUNDARY;
            length = 1;
        }
        unit->character = unit->written;
        unit->start = i;
        unit->end = i + length;
        i = unit->end;
    }
}

bool view_holds(const struct view *view, ptrdiff_t place, const char *text)
{
    for (ptrdiff_t i = 0; text[i] != '\0'; i++) {
        if (view_at(view, place + i) != (unsigned char)text[i]) {
            return false;
        }
    }
    return true;
}

static int hex_value(uint32_t character)
{
    if (class_digit(character)) {
        return (int)(character - '0');
    }
    return class_hex(character) ? (int)(class_without_case(character) - 'a') + 10 : -1;
}

/* The value of exactly `count` digits in base 8, 10 or 16, or -1. */
static long number_at(const struct view *view, ptrdiff_t place, int count, int base)
{
    long number = 0;
    for (int i = 0; i < count; i++) {
        int value = hex_value(view_at(view, place + i));
        if (value < 0 || value >= base) {
            return -1;
        }
        number = number * base + value;
    }
    return number;
}

static bool surrogate(long code)
{
    return code >= 0xD800 && code <= 0xDFFF;
}

static bool taken(struct escape *ret_escape, ptrdiff_t units, uint32_t character)
{
    ret_escape->units = units;
    ret_escape->character = character;
    return true;
}

static bool backslash_escape(const struct view *view, ptrdiff_t place, struct escape *ret_escape)
{
    uint32_t next = view_at(view, place + 1);
    if (next == 'u') {
        long code = number_at(view, place + 2, 4, 16);
        if (code < 0) {
            return false;
        }
        if (code >= 0xD800 && code <= 0xDBFF && view_at(view, place + 6) == '\\' &&
            view_at(view, place + 7) == 'u') {
            long low = number_at(view, place + 8, 4, 16);
            if (low >= 0xDC00 && low <= 0xDFFF) {
                return taken(ret_escape, 12,
                             (uint32_t)(0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00)));
            }
        }
        return taken(ret_escape, 6, surrogate(code) ? VIEW_BOUNDARY : (uint32_t)code);
    }
    if (next == 'x') {
        long code = number_at(view, place + 2, 2, 16);
        return code >= 0 && taken(ret_escape, 4, (uint32_t)code);
    }
    if (class_one_of(next, "\"'\\/")) {
        return taken(ret_escape, 2, next);
    }
    switch (next) {
    case 'b':
        return taken(ret_escape, 2, 0x08);
    case 'f':
        return taken(ret_escape, 2, 0x0C);
    case 'n':
        return taken(ret_escape, 2, 0x0A);
    case 'r':
        return taken(ret_escape, 2, 0x0D);
    case 't':
        return taken(ret_escape, 2, 0x09);
    default:
        return false;
    }
}

static bool percent_escape(const struct view *view, ptrdiff_t place, struct escape *ret_escape)
{
    unsigned char bytes[4];
    size_t count = 0;
    uint32_t character;

    for (; count < sizeof bytes; count++) {
        ptrdiff_t triple = place + 3 * (ptrdiff_t)count;
        long byte = view_at(view, triple) == '%' ? number_at(view, triple + 1, 2, 16) : -1;
        if (byte < 0) {
            break;
        }
        bytes[count] = (unsigned char)byte;
    }
    if (count == 0) {
        return false;
    }
    size_t length = utf8_read(bytes, count, &character);
    if (length == 0) {
        return taken(ret_escape, 3, VIEW_BOUNDARY);
    }
    return taken(ret_escape, 3 * (ptrdiff_t)length, character);
}

static bool character_reference(const struct view *view, ptrdiff_t place, struct escape *ret_escape)
{
    static const struct {
        const char *name;
        uint32_t character;
    } entities[] = {
        {"&amp;", '&'},  {"&lt;", '<'},    {"&gt;", '>'},
        {"&quot;", '"'}, {"&apos;", '\''}, {"&nbsp;", 0x00A0},
    };
    for (size_t i = 0; i < sizeof entities / sizeof entities[0]; i++) {
        if (view_holds(view, place, entities[i].name)) {
            return taken(ret_escape, (ptrdiff_t)strlen(entities[i].name), entities[i].character);
        }
    }
    if (view_at(view, place + 1) != '#') {
        return false;
    }
    bool hex = view_at(view, place + 2) == 'x' || view_at(view, place + 2) == 'X';
    ptrdiff_t first = place + (hex ? 3 : 2);
    for (int count = 1; count <= (hex ? 6 : 7); count++) {
        long code = number_at(view, first, count, hex ? 16 : 10);
        if (code >= 1 && code <= 0x10FFFF && !surrogate(code) &&
            view_at(view, first + count) == ';') {
            return taken(ret_escape, first + count + 1 - place, (uint32_t)code);
        }
    }
    return false;
}

static bool control_escape(const struct view *view, ptrdiff_t place, struct escape *ret_escape)
{
    long code = number_at(view, place + 1, 3, 8);
    return code >= 0 && (code < 32 || code == 127) && taken(ret_escape, 4, (uint32_t)code);
}

bool view_escape(const struct view *view, ptrdiff_t place, int round, struct escape *ret_escape)
{
    uint32_t first = view_at(view, place);
    if (first == '\\') {
        return backslash_escape(view, place, ret_escape);
    }
    int digit = class_foreign_digit(first);
    if (digit >= 0) {
        return taken(ret_escape, 1, (uint32_t)('0' + digit));
    }
    if (round > VIEW_ROUNDS_OF_FORMATS) {
        return false;
    }
    switch (first) {
    case '%':
        return percent_escape(view, place, ret_escape);
    case '+':
        return class_digit(view_at(view, place - 1)) && class_digit(view_at(view, place + 1)) &&
               taken(ret_escape, 1, ' ');
    case '&':
        return character_reference(view, place, ret_escape);
    case '#':
        return control_escape(view, place, ret_escape);
    default:
        return false;
    }
}

/* Makes view n+1 from view n; false when nothing changed (then there is none). */
static bool view_next(const struct view *view, struct view *ret_next)
{
    bool changed = false;
    struct view next = {.units = memory_zeroed((size_t)view->count, sizeof(struct unit)),
                        .number = view->number + 1,
                        .options = view->options};
    for (ptrdiff_t i = 0; i < view->count;) {
        struct unit *unit = &next.units[next.count++];
        struct escape escape;
        if (view_escape(view, i, next.number, &escape)) {
            unit->character = unit->written = escape.character;
            unit->start = view->units[i].start;
            unit->end = view->units[i + escape.units - 1].end;
            i += escape.units;
            changed = true;
        } else {
            *unit = view->units[i];
            i++;
        }
    }
    if (!changed) {
        free(next.units);
        return false;
    }
    *ret_next = next;
    return true;
}

void views_make(const struct reference_options *options, const char *line, size_t size,
                struct views *ret_views)
{
    view_zero(line, size, &ret_views->items[0]);
    ret_views->items[0].options = options;
    ret_views->count = 1;
    class_mark_inert(&ret_views->items[0]);
    while (ret_views->count <= VIEW_ROUNDS && view_next(&ret_views->items[ret_views->count - 1],
                                                        &ret_views->items[ret_views->count])) {
        class_mark_inert(&ret_views->items[ret_views->count++]);
    }
}

void views_free(struct views *views)
{
    for (int i = 0; i < views->count; i++) {
        free(views->items[i].units);
    }
    views->count = 0;
}
