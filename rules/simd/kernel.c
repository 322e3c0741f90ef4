/* Compiled once for each instruction set, with KERNEL_NAME and KERNEL_WIDTH (its header) defined.
 * Includes nothing but its width operations and plain declarations, so that no code of one
 * instruction set can end up in a function that others call. */
#include "rules/simd/kernel.h"

#include KERNEL_WIDTH

#include <string.h>

__extension__ typedef unsigned __int128 wide;

/* Classes of bytes. A byte's class is class_low[its low nibble] & class_high[its high one]; each
 * high nibble has bits of its own, so the product is exact. */
enum {
    DIGIT = 1 << 0,
    MARK = 1 << 1, /* space, `-` */
    TAB = 1 << 2,
    DOT = 1 << 3,
    SIGN = 1 << 4, /* # % & + */
    BACKSLASH = 1 << 5,
};

static const uint8_t class_low[16] = {
    DIGIT | MARK, DIGIT,       DIGIT, DIGIT | SIGN, DIGIT,     DIGIT | SIGN, DIGIT | SIGN, DIGIT,
    DIGIT,        DIGIT | TAB, 0,     SIGN,         BACKSLASH, MARK,         DOT,          0,
};
static const uint8_t class_high[16] = {TAB, 0, MARK | DOT | SIGN, DIGIT, 0, BACKSLASH};

/* Fingerprints of three bytes, without case, one bit each: bytes 0, 1, 2 by low and high nibble.
 *   1: cv[cdnv]  2: cv and a joiner or escape  4: c[si][cd]  8: ca[rv]  16: pin  32: ecu  64: rif
 * They let some others through (crossed nibbles); who uses the events looks again. */
static const uint8_t key_low[3][16] = {
    {16, 0, 64, 15, 0, 32, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0},
    {0, 8, 0, 36, 0, 0, 3, 0, 0, 84, 0, 0, 0, 0, 0, 0},
    {2, 0, 8, 7, 5, 34, 75, 0, 0, 2, 0, 0, 2, 2, 17, 2},
};
static const uint8_t key_high[3][16] = {
    {0, 0, 0, 0, 47, 80, 47, 80, 0, 0, 0, 0, 0, 0, 0, 0},
    {0, 0, 0, 0, 124, 7, 124, 7, 0, 0, 0, 0, 0, 0, 0, 0},
    {2, 0, 2, 0, 85, 43, 85, 41, 0, 0, 0, 0, 0, 0, 0, 0},
};

struct tables {
    vector class_low, class_high;
    vector key_low[3], key_high[3];
};

/* What one block is made of, a bit for each byte. */
struct masks {
    uint64_t digits, separators, dots, escapes, keywords;
};

static inline struct tables load_tables(void)
{
    struct tables tables = {
        .class_low = vector_table(class_low),
        .class_high = vector_table(class_high),
    };
    for (unsigned i = 0; i < 3; i++) {
        tables.key_low[i] = vector_table(key_low[i]);
        tables.key_high[i] = vector_table(key_high[i]);
    }
    return tables;
}

static inline vector match_key(const struct tables *tables, unsigned place, vector text)
{
    return vector_and(vector_lookup(tables->key_low[place], vector_low(text)),
                      vector_lookup(tables->key_high[place], vector_high(text)));
}

/* Reads KERNEL_BLOCK + 2 bytes. */
static inline struct masks classify(const struct tables *tables, const uint8_t *text)
{
    struct masks masks = {0, 0, 0, 0, 0};
    for (unsigned i = 0; i < KERNEL_BLOCK; i += VECTOR_BYTES) {
        vector now = vector_load(text + i), next = vector_load(text + i + 1);
        vector classes = vector_and(vector_lookup(tables->class_low, vector_low(now)),
                                    vector_lookup(tables->class_high, vector_high(now)));
        uint64_t lead = vector_mask_any(now, 0x80) & vector_mask_any(now, 0x40);
        uint64_t escape =
            vector_mask_any(classes, SIGN | BACKSLASH) & ~vector_mask_equal(next, '"');
        masks.digits |= vector_mask_any(classes, DIGIT) << i;
        masks.separators |= vector_mask_any(classes, MARK | TAB) << i;
        masks.dots |= vector_mask_any(classes, DOT) << i;
        masks.escapes |= (escape | lead) << i;
        vector key = vector_and(match_key(tables, 0, now), match_key(tables, 1, next));
        key = vector_and(key, match_key(tables, 2, vector_load(text + i + 2)));
        masks.keywords |= vector_mask_any(key, 0xFF) << i;
    }
    return masks;
}

/* `now` moved on by `count` bytes, what falls out of `before` moved in. */
static inline uint64_t moved(uint64_t before, uint64_t now, unsigned count)
{
    return now << count | before >> (64 - count);
}

/* The last of the 1–3 separators from the bytes `behind` groups on. */
static inline wide linked(wide behind, wide separators)
{
    wide one = behind & separators, two = one << 1 & separators, three = two << 1 & separators;
    return one | two | three;
}

/* The first digits of groups that are linked to three groups of 3 or four of 2. Looks back less
 * than a block: the longest such chain has 19 bytes. By value, because a state that has an address
 * costs more than all the arithmetic. */
static __attribute__((noinline)) uint64_t find_small(uint64_t digits_before,
                                                     uint64_t separators_before,
                                                     uint64_t digits_now, uint64_t separators_now)
{
    wide digits = (wide)digits_now << 64 | digits_before;
    wide separators = (wide)separators_now << 64 | separators_before;
    wide d1 = digits << 1, d2 = digits << 2, d3 = digits << 3, d4 = digits << 4;
    wide three = ~digits & d1 & d2 & d3 & ~d4, two = ~digits & d1 & d2 & ~d3;
    wide triples = three, pairs = two;
    for (unsigned i = 0; i < 2; i++)
        triples = three & linked(triples, separators) << 4;
    for (unsigned i = 0; i < 3; i++)
        pairs = two & linked(pairs, separators) << 3;
    wide small = digits & (linked(triples, separators) | linked(pairs, separators)) << 1;
    return (uint64_t)(small >> 64);
}

struct number_masks {
    uint64_t longest, grouped, small;
};

/* Takes one block into the state. */
static inline struct number_masks find_numbers(struct kernel_state *state,
                                               const struct masks *masks)
{
    struct number_masks found = {0, 0, 0};
    uint64_t digits = masks->digits, separators = masks->separators;
    uint64_t digits2 = digits & moved(state->digits, digits, 1);
    uint64_t digits4 = digits2 & moved(state->digits2, digits2, 2);
    uint64_t digits8 = digits4 & moved(state->digits4, digits4, 4);
    uint64_t digits12 = digits8 & moved(state->digits4, digits4, 8);
    found.longest = digits12 & ~moved(state->digits12, digits12, 1);

    uint64_t any = separators | masks->dots, fourth = moved(state->digits4, digits4, 1);
    uint64_t link1 = fourth & any, link2 = moved(state->link1, link1, 1) & any;
    uint64_t link = link1 | link2 | (moved(state->link2, link2, 1) & any);
    found.grouped = digits4 & ~fourth & moved(state->link, link, 4);

    uint64_t small = (digits & ~digits4) | separators;
    uint64_t small2 = small & moved(state->small, small, 1);
    uint64_t small4 = small2 & moved(state->small2, small2, 2);
    uint64_t small8 = small4 & moved(state->small4, small4, 4);
    if (digits & small8 & moved(state->small4, small4, 8))
        found.small = find_small(state->digits, state->separators, digits, separators);
    *state = (struct kernel_state){
        .at = state->at + KERNEL_BLOCK,
        .digits = digits,
        .separators = separators,
        .digits2 = digits2,
        .digits4 = digits4,
        .digits12 = digits12,
        .small = small,
        .small2 = small2,
        .small4 = small4,
        .link1 = link1,
        .link2 = link2,
        .link = link,
    };
    return found;
}

size_t KERNEL_NAME(struct kernel_state *state, const uint8_t *text, size_t size, uint64_t *events,
                   size_t capacity)
{
    const struct tables tables = load_tables();
    struct kernel_state now = *state;
    uint8_t rest[2 * KERNEL_BLOCK];
    size_t count = 0;
    while (now.at < size && capacity - count >= KERNEL_BLOCK) {
        const uint8_t *block = text + now.at;
        size_t at = now.at;
        if (size - at < KERNEL_BLOCK + 2) {
            /* Zeros behind the end: they are in no class. */
            memset(rest, 0, sizeof(rest));
            memcpy(rest, block, size - at);
            block = rest;
        }
        struct masks masks = classify(&tables, block);
        struct number_masks numbers = find_numbers(&now, &masks);
        uint64_t all =
            numbers.longest | numbers.grouped | numbers.small | masks.escapes | masks.keywords;
        for (; all; all &= all - 1) {
            unsigned bit = (unsigned)__builtin_ctzll(all);
            uint64_t kinds = (numbers.longest >> bit & 1) * KERNEL_LONG +
                             (numbers.grouped >> bit & 1) * KERNEL_GROUPED +
                             (numbers.small >> bit & 1) * KERNEL_SMALL +
                             (masks.escapes >> bit & 1) * KERNEL_ESCAPE +
                             (masks.keywords >> bit & 1) * KERNEL_KEYWORD;
            events[count++] = (uint64_t)(at + bit) << KERNEL_KINDS | kinds;
        }
    }
    now.at = now.at < size ? now.at : size;
    *state = now;
    return count;
}
