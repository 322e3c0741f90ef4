#include "rules/action/mask.h"

#include "rules/validate/luhn.h"
#include "rules/view/symbol.h"

#include <string.h>

enum {
    SIX = 6,
    EIGHT = 8,
    SIX_DIGITS_MIN = 14, /* so that four stay hidden (PCI SSC FAQ 1091) */
    EIGHT_DIGITS = 16,
    CHANGED_FROM_END = 5,
};

uint32_t mask_front(enum keep keep, uint32_t digits)
{
    if (keep == KEEP_LAST4 || digits < SIX_DIGITS_MIN)
        return 0;
    return keep == KEEP_FIRST8_LAST4 && digits == EIGHT_DIGITS ? EIGHT : SIX;
}

static int write_repeated(const struct blot_memory *memory, struct edit_pool *pool, char byte,
                          uint32_t count)
{
    int r = buffer_reserve(memory, &pool->bytes, pool->size + count, pool->size);
    if (r < 0)
        return r;
    memset((uint8_t *)pool->bytes.data + pool->size, byte, count);
    pool->size += count;
    return 0;
}

int mask_write_stars(const struct blot_memory *memory, struct edit_pool *pool,
                     const struct match *pan, enum keep keep)
{
    uint32_t front = pan->shows_none || pan->several ? 0 : mask_front(keep, pan->digits),
             back = pan->shows_none ? 0 : MATCH_LAST_DIGITS;
    int r = write_repeated(memory, pool, '*', pan->digits);
    if (r < 0)
        return r;
    uint8_t *end = (uint8_t *)pool->bytes.data + pool->size;
    memcpy(end - pan->digits, pan->number, front);
    memcpy(end - back, pan->number + pan->number_digits - back, back);
    return 0;
}

int mask_write_foreign(const struct blot_memory *memory, struct edit_pool *pool,
                       const struct match *pan)
{
    uint32_t front = pan->number_digits - MATCH_LAST_DIGITS;
    int r = edit_text(memory, pool, pan->number, front);
    if (r == 0)
        r = write_repeated(memory, pool, '*', pan->digits - pan->number_digits);
    return r < 0 ? r : edit_text(memory, pool, pan->number + front, MATCH_LAST_DIGITS);
}

/* Whether the bytes are ASCII digits, `digits` of them, and separators. */
static bool is_plainly_written(const uint8_t *written, uint32_t size, uint32_t digits)
{
    for (uint32_t i = 0; i < size;) {
        uint32_t code_point;
        unsigned length = symbol_utf8(written + i, size - i, &code_point);
        uint8_t symbol = length ? symbol_of(code_point) : (uint8_t)SYMBOL_INVALID;
        if (!symbol_is(symbol, CLASS_DIGIT | CLASS_SEPARATOR))
            return false;
        digits -= symbol_is(symbol, CLASS_DIGIT) != 0;
        i += length;
    }
    return digits == 0;
}

static bool luhn_of(const uint8_t *text, uint32_t size)
{
    uint8_t number[MATCH_NUMBER_DIGITS];
    unsigned count = 0;
    for (uint32_t i = 0; i < size && count < sizeof(number); i++) {
        if (symbol_is(text[i], CLASS_DIGIT))
            number[count++] = text[i];
    }
    return luhn_holds(number, count);
}

/* Makes all digits but the last `shown` zero, and of what is a card number then one that is none:
 * Luhn notices every change of one digit. Of fewer than five digits it is the first. */
static void cover_digits(uint8_t *text, uint32_t size, uint32_t digits, uint32_t shown)
{
    uint32_t count = 0, changed = 0;
    for (uint32_t i = 0; i < size; i++) {
        if (!symbol_is(text[i], CLASS_DIGIT))
            continue;
        if (count + shown < digits)
            text[i] = '0';
        if (count == 0 || count + CHANGED_FROM_END == digits)
            changed = i;
        count++;
    }
    /* Only what shows digits is no more than 19 long; zeros alone always pass. */
    if (shown == 0 || luhn_of(text, size))
        text[changed] = '1';
}

int mask_write_number(const struct blot_memory *memory, struct edit_pool *pool,
                      const struct match *pan, const uint8_t *written, uint32_t size)
{
    size_t begin = pool->size;
    bool in_place = pan->as_written && is_plainly_written(written, size, pan->digits);
    bool is_plain = !pan->shows_none && !pan->several;
    int r = in_place ? edit_text(memory, pool, written, size)
                     : write_repeated(memory, pool, '0', pan->digits);
    if (r < 0)
        return r;
    uint8_t *text = (uint8_t *)pool->bytes.data + begin;
    uint32_t text_size = (uint32_t)(pool->size - begin);
    if (!in_place && is_plain)
        memcpy(text + text_size - MATCH_LAST_DIGITS,
               pan->number + pan->number_digits - MATCH_LAST_DIGITS, MATCH_LAST_DIGITS);
    cover_digits(text, text_size, pan->digits, is_plain ? MATCH_LAST_DIGITS : 0);
    return 0;
}
