#ifndef RULES_SIMD_KERNEL_CLASS_H
#define RULES_SIMD_KERNEL_CLASS_H
/* What each of 64 bytes is, one bit a byte. Included by kernel.c only. */
#include "rules/simd/kernel_key.h"

/* Classes of bytes. A byte's class is class_low[its low nibble] & class_high[its high one]; each
 * high nibble has bits of its own, so the product is exact. */
enum {
    AMPERSAND = 1 << 0,
    PERCENT = 1 << 1,
    HASH = 1 << 2,
    BACKSLASH = 1 << 3,
    DOT = 1 << 4,
    TAB = 1 << 5,
    MARK = 1 << 6, /* space, `-`, and `+`, which may become a blank */
    DIGIT = 1 << 7,
    LINK = MARK | TAB,
    LINK_ABOVE = DOT, /* as signed numbers links are above this, separators above that */
    SEPARATOR_ABOVE = BACKSLASH,
    ESCAPE = AMPERSAND | PERCENT | HASH | BACKSLASH,
};

static const uint8_t class_low[16] = {
    DIGIT | MARK,
    DIGIT,
    DIGIT,
    DIGIT | HASH,
    DIGIT,
    DIGIT | PERCENT,
    DIGIT | AMPERSAND,
    DIGIT,
    DIGIT,
    DIGIT | TAB,
    0,
    MARK,
    BACKSLASH,
    MARK,
    DOT,
    0,
};
static const uint8_t class_high[16] = {
    TAB, 0, MARK | DOT | PERCENT | AMPERSAND | HASH, DIGIT, 0, BACKSLASH,
};

/* What may follow: `%` + a hex digit, `#` + a digit or x, `&` + one of `a g l n q` (with `#` the
 * event is at that), `\` + one of `u x t \`; of all other escapes (contract 1.3) none is, or hides
 * where, a digit, a separator, a letter or another escape begins. Crossed nibbles let some others
 * through. */
static const uint8_t next_low[16] = {
    PERCENT | HASH,
    PERCENT | HASH | AMPERSAND,
    PERCENT | HASH,
    PERCENT | HASH,
    PERCENT | HASH | BACKSLASH,
    PERCENT | HASH | BACKSLASH,
    PERCENT | HASH,
    PERCENT | HASH | AMPERSAND,
    PERCENT | HASH | BACKSLASH,
    PERCENT | HASH,
    0,
    0,
    AMPERSAND | BACKSLASH,
    0,
    AMPERSAND,
    0,
};
static const uint8_t next_high[16] = {
    [3] = PERCENT | HASH,
    [4] = PERCENT,
    [5] = BACKSLASH | HASH,
    [6] = PERCENT | AMPERSAND,
    [7] = AMPERSAND | BACKSLASH | HASH,
};

/* UTF-8 leads of the characters above ASCII that some rule knows: U+0080–U+00BF; U+0640–U+067F,
 * U+06C0–U+06FF, U+07C0–U+07FF; U+0800–U+3FFF, U+A000–U+AFFF, U+F000–U+FFFF; U+10000–U+3FFFF. */
enum {
    LEAD_C = 1,
    LEAD_D = 2,
    LEAD_E = 4,
    LEAD_F = 8,
};
static const uint8_t lead_low[16] = {
    [0x0] = LEAD_E | LEAD_F, [0x1] = LEAD_E, [0x2] = LEAD_C | LEAD_E, [0x3] = LEAD_E,
    [0x9] = LEAD_D,          [0xA] = LEAD_E, [0xB] = LEAD_D,          [0xF] = LEAD_D | LEAD_E,
};
static const uint8_t lead_high[16] = {
    [0xC] = LEAD_C, [0xD] = LEAD_D, [0xE] = LEAD_E, [0xF] = LEAD_F};

/* Of one block. */
struct classes {
    uint64_t digits;
    uint64_t links;      /* with `+`, without `.` */
    uint64_t separators; /* links and `.` */
    uint64_t rare;       /* where an escape or a keyword may begin (rare_kinds) */
};

static inline unsigned class_of(uint8_t byte)
{
    return both(class_low, class_high, byte);
}

/* Which of the two do begin with the four bytes at `text`. */
static inline unsigned rare_kinds(const struct kernel_keys *keys, const uint8_t *text)
{
    unsigned escape = class_of(text[0]) & both(next_low, next_high, text[1]);
    if (text[0] >= 0x80)
        escape = both(lead_low, lead_high, text[0]);
    /* No trigger that has a digit for its second byte has one for its fourth. */
    uint64_t key = has_key(keys, text) & !(class_of(text[1]) & class_of(text[3]) & DIGIT);
    /* Without a branch: nobody can guess which it is. */
    unsigned blank = (text[0] == '%') & (text[1] == '2') & (text[2] == '0') & (text[3] < 0x80) &
                     (class_of(text[3]) == 0);
    unsigned kind = KERNEL_ESCAPE + blank * (KERNEL_BLANK - KERNEL_ESCAPE);
    return (escape != 0) * kind + (unsigned)key * KERNEL_KEYWORD;
}

struct tables {
    const struct kernel_keys *exact;
#ifndef KERNEL_BYTEWISE
    struct ascii_table classes, next, keys[KERNEL_KEY_BYTES];
#endif
};

static inline struct tables load_tables(const struct kernel_keys *keys)
{
    struct tables tables = {.exact = keys};
#ifndef KERNEL_BYTEWISE
    tables.classes = ascii_table(class_low, class_high);
    tables.next = ascii_table(next_low, next_high);
    for (unsigned i = 0; i < KERNEL_KEY_BYTES; i++)
        tables.keys[i] = ascii_table(keys->low[i], keys->high[i]);
#endif
    return tables;
}

#ifdef KERNEL_BYTEWISE
/* Reads READ_BYTES bytes. */
static inline struct classes classify(const struct tables *tables, const uint8_t *text)
{
    struct classes masks = {0};
    for (unsigned i = 0; i < BLOCK; i++) {
        unsigned classes = class_of(text[i]);
        masks.digits |= (uint64_t)((classes & DIGIT) != 0) << i;
        masks.links |= (uint64_t)((classes & LINK) != 0) << i;
        masks.separators |= (uint64_t)((classes & (LINK | DOT)) != 0) << i;
        masks.rare |= (uint64_t)((classes & ESCAPE) != 0 || text[i] >= 0x80 ||
                                 has_key(tables->exact, text + i))
                      << i;
    }
    return masks;
}
#else
/* Where something above ASCII takes part. */
static __attribute__((noinline)) uint64_t find_rare(const struct kernel_keys *keys,
                                                    const uint8_t *text)
{
    vector low = vector_table(lead_low), high = vector_table(lead_high), now = vector_load(text);
    struct keys loaded = load_keys(keys);
    vector next = vector_load(text + 1), high_now = vector_high(now);
    vector leads = vector_and(vector_lookup(low, vector_low(now)), vector_lookup(high, high_now));
    vector key = match_keys(&loaded, now, high_now, next, vector_high(next), vector_load(text + 2),
                            vector_load(text + 3));
    return vector_mask_any(vector_or(leads, key), 0xFF);
}

/* Reads READ_BYTES bytes. */
static inline struct classes classify(const struct tables *tables, const uint8_t *text)
{
    struct classes masks = {0};
    for (unsigned i = 0; i < BLOCK; i += VECTOR_BYTES) {
        vector now = vector_load(text + i), next = vector_load(text + i + 1);
        vector third = vector_load(text + i + 2), fourth = vector_load(text + i + 3);
        vector high = vector_high(now), high_next = vector_high(next);
        vector classes = ascii_lookup(tables->classes, now, high);
        vector after = ascii_lookup(tables->next, next, high_next);
        vector key = vector_and(ascii_lookup(tables->keys[0], now, high),
                                ascii_lookup(tables->keys[1], next, high_next));
        key = vector_and(key, ascii_lookup(tables->keys[2], third, vector_high(third)));
        key = vector_and(key, ascii_lookup(tables->keys[3], fourth, vector_high(fourth)));
        masks.digits |= vector_mask_top(classes) << i;
        masks.links |= vector_mask_above(classes, LINK_ABOVE) << i;
        masks.separators |= vector_mask_above(classes, SEPARATOR_ABOVE) << i;
        masks.rare |= vector_mask_any(vector_or(key, vector_and(classes, after)), 0xFF) << i;
        if (__builtin_expect(vector_mask_top(vector_or(now, fourth)) != 0, 0)) {
            uint64_t ascii = ~(vector_mask_top(now) << i);
            masks.digits &= ascii;
            masks.links &= ascii;
            masks.separators &= ascii;
            masks.rare |= find_rare(tables->exact, text + i) << i;
        }
    }
    return masks;
}
#endif

#endif
