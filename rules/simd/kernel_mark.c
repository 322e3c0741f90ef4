/* Compiled once for each instruction set, as kernel.c is: see there. */
#include "rules/simd/kernel_key.h"

#include <stdbool.h>
#include <string.h>

/* Classes of bytes: a byte's class is mark_low[its low nibble] & mark_high[its high one]. */
enum {
    MARK_DIGIT = 1 << 0,
    MARK_SIGN = 1 << 1, /* # % & + */
    MARK_BACKSLASH = 1 << 2,
    MARK_BRACKET = 1 << 3,
    MARK_SEPARATOR = 1 << 4, /* space, `-`, `.` */
    MARK_TAB = 1 << 5,
    MARK_SYMBOL = 1 << 6, /* SYMBOL_BLANK, SYMBOL_DASH: 0x80, 0x81 */
    MARK_INITIAL = 1 << 7,
    MARK_NUMBER = MARK_DIGIT | MARK_SEPARATOR | MARK_TAB | MARK_SYMBOL,
};
static const uint8_t mark_low[16] = {
    MARK_DIGIT | MARK_SEPARATOR | MARK_SYMBOL,
    MARK_DIGIT | MARK_SYMBOL,
    MARK_DIGIT | MARK_INITIAL,
    MARK_DIGIT | MARK_SIGN,
    MARK_DIGIT | MARK_INITIAL,
    MARK_DIGIT | MARK_SIGN,
    MARK_DIGIT | MARK_SIGN | MARK_INITIAL,
    MARK_DIGIT,
    MARK_DIGIT,
    MARK_DIGIT | MARK_TAB | MARK_INITIAL,
    0,
    MARK_SIGN | MARK_BRACKET,
    MARK_BACKSLASH,
    MARK_SEPARATOR,
    MARK_SEPARATOR,
    0,
};
static const uint8_t mark_high[16] = {
    [0] = MARK_TAB,
    [2] = MARK_SIGN | MARK_SEPARATOR,
    [3] = MARK_DIGIT,
    [4] = MARK_INITIAL,
    [5] = MARK_BACKSLASH | MARK_BRACKET,
    [6] = MARK_INITIAL,
    [7] = MARK_BRACKET,
    [8] = MARK_SYMBOL,
};

/* Letters and digits: their high nibbles are 3, 4 and 6, 5 and 7. */
enum {
    WORD_DIGIT = 1,
    WORD_FIRST = 2,
    WORD_SECOND = 4,
    WORD = WORD_DIGIT | WORD_FIRST | WORD_SECOND,
};
static const uint8_t word_low[16] = {
    WORD_DIGIT | WORD_SECOND,
    WORD,
    WORD,
    WORD,
    WORD,
    WORD,
    WORD,
    WORD,
    WORD,
    WORD,
    WORD_FIRST | WORD_SECOND,
    WORD_FIRST,
    WORD_FIRST,
    WORD_FIRST,
    WORD_FIRST,
    WORD_FIRST,
};
static const uint8_t word_high[16] = {
    [3] = WORD_DIGIT, [4] = WORD_FIRST, [5] = WORD_SECOND, [6] = WORD_FIRST, [7] = WORD_SECOND,
};

struct tables {
    const struct kernel_keys *exact;
#ifndef KERNEL_BYTEWISE
    struct keys keys;
    vector low, high;
    vector word_low, word_high;
#endif
};

/* Of one block. */
struct block_masks {
    uint64_t digits, numbers, escapes, brackets, initials, keys;
    uint64_t in_word; /* letters and digits */
    uint64_t above;   /* not 0: something above 0x7F */
};

/* Returns whether anything is above 0x7F. `words_before`: `in_word` of the block before. */
static inline bool write_marks(const struct block_masks *masks, const struct kernel_marks *marks,
                               size_t word, uint64_t *words_before)
{
    marks->digits[word] = masks->digits;
    marks->numbers[word] = masks->numbers;
    marks->initials[word] = masks->initials & ~(masks->in_word << 1 | *words_before >> 63);
    *words_before = masks->in_word;
    marks->escapes[word] = masks->escapes;
    marks->brackets[word] = masks->brackets;
    marks->keys[word] = masks->keys;
    return masks->above != 0;
}

#ifdef KERNEL_BYTEWISE
/* Reads READ_BYTES bytes. */
static inline bool mark(const struct tables *tables, const uint8_t *text, size_t size, size_t word,
                        const struct kernel_marks *marks, uint64_t *words_before)
{
    struct block_masks masks = {0};
    (void)size;
    for (unsigned i = 0; i < BLOCK; i++) {
        masks.in_word |= (uint64_t)(both(word_low, word_high, text[i]) != 0) << i;
        unsigned classes = both(mark_low, mark_high, text[i]);
        bool escape = classes & (MARK_SIGN | MARK_BACKSLASH) || text[i] >= 0x80;
        masks.above |= text[i] & 0x80;
        masks.digits |= (uint64_t)((classes & MARK_DIGIT) != 0) << i;
        masks.numbers |= (uint64_t)((classes & MARK_NUMBER) != 0) << i;
        masks.escapes |= (uint64_t)escape << i;
        masks.brackets |= (uint64_t)((classes & MARK_BRACKET) != 0) << i;
        masks.initials |= (uint64_t)((classes & MARK_INITIAL) != 0) << i;
        masks.keys |= has_key(tables->exact, text + i) << i;
    }
    return write_marks(&masks, marks, word, words_before);
}
#else
#ifndef VECTOR_LOAD_SOME
static inline vector vector_load_some(const uint8_t *bytes, size_t count)
{
    return vector_load(bytes);
}
#endif

/* Of the bytes from `at` on, as many as there are of `size`. */
static inline vector load(const uint8_t *text, size_t at, size_t size)
{
    return size >= READ_BYTES ? vector_load(text + at)
                              : vector_load_some(text + at, size > at ? size - at : 0);
}

/* Reads at most `size` bytes, those behind them are zero. */
static inline bool mark(const struct tables *tables, const uint8_t *text, size_t size, size_t word,
                        const struct kernel_marks *marks, uint64_t *words_before)
{
    struct block_masks masks = {0};
    for (unsigned i = 0; i < BLOCK; i += VECTOR_BYTES) {
        vector now = load(text, i, size), next = load(text, i + 1, size);
        vector high = vector_high(now), high_next = vector_high(next);
        vector classes = vector_and(vector_lookup(tables->low, vector_low(now)),
                                    vector_lookup(tables->high, high));
        vector key = match_keys(&tables->keys, now, high, next, high_next, load(text, i + 2, size),
                                load(text, i + 3, size));
        vector is_word = vector_and(vector_lookup(tables->word_low, vector_low(now)),
                                    vector_lookup(tables->word_high, high));
        uint64_t top = vector_mask_top(now);
        uint64_t escape = vector_mask_any(classes, MARK_SIGN | MARK_BACKSLASH) | top;
        masks.above |= top;
        masks.digits |= vector_mask_any(classes, MARK_DIGIT) << i;
        masks.numbers |= vector_mask_any(classes, MARK_NUMBER) << i;
        masks.initials |= vector_mask_top(classes) << i;
        masks.escapes |= escape << i;
        masks.brackets |= vector_mask_any(classes, MARK_BRACKET) << i;
        masks.keys |= vector_mask_any(key, 0xFF) << i;
        masks.in_word |= vector_mask_any(is_word, WORD) << i;
    }
    return write_marks(&masks, marks, word, words_before);
}
#endif

/* The last block, which is not whole, and of which something may be in the next. */
static inline bool mark_rest(const struct tables *tables, const uint8_t *text, size_t size,
                             size_t word, const struct kernel_marks *marks, uint64_t *words_before)
{
    bool above = false;
#ifndef VECTOR_LOAD_SOME
    uint8_t rest[3 * BLOCK] = {0};
    if (size)
        memcpy(rest, text, size);
    text = rest;
#endif
    above |= mark(tables, text, size, word, marks, words_before);
    if (size >= BLOCK)
        above |= mark(tables, text + BLOCK, size - BLOCK, word + 1, marks, words_before);
    return above;
}

bool KERNEL_PART(_mark)(const struct kernel_keys *keys, const uint8_t *text, size_t size,
                        const struct kernel_marks *marks)
{
    struct tables tables = {.exact = keys};
    uint64_t words_before = 0;
    size_t at = 0;
    bool above = false;
#ifndef KERNEL_BYTEWISE
    tables.keys = load_keys(keys);
    tables.low = vector_table(mark_low);
    tables.high = vector_table(mark_high);
    tables.word_low = vector_table(word_low);
    tables.word_high = vector_table(word_high);
#endif
    for (; size - at >= READ_BYTES; at += BLOCK)
        above |= mark(&tables, text + at, READ_BYTES, at / BLOCK, marks, &words_before);
    return above | mark_rest(&tables, text + at, size - at, at / BLOCK, marks, &words_before);
}
