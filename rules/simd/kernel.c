/* Compiled once for each instruction set, with KERNEL_NAME and KERNEL_WIDTH (its header) defined.
 * Includes nothing but its width operations and plain declarations, so that no code of one
 * instruction set can end up in a function that others call.
 *
 * A chunk is classified 64 bytes at a time into masks, one bit a byte; then the masks, 64 bytes in
 * each lane of a vector, are put together. Measured: with the second step in general registers the
 * whole took twice the time. */
#include "rules/simd/kernel.h"

#include KERNEL_WIDTH

#include <stdbool.h>
#include <string.h>

__extension__ typedef unsigned __int128 wide;

/* Masks of 64 bytes of text, side by side. */
typedef uint64_t words __attribute__((vector_size(VECTOR_BYTES)));

enum {
    BLOCK = 64,
    BLOCKS = KERNEL_CHUNK / BLOCK,
    LANES = VECTOR_BYTES / 8,
    READ_BYTES = BLOCK + KERNEL_KEY_BYTES - 1, /* of one block */
};

/* Classes of bytes. A byte's class is class_low[its low nibble] & class_high[its high one]; each
 * high nibble has bits of its own, so the product is exact. */
enum {
    AMPERSAND = 1 << 0,
    PERCENT = 1 << 1,
    HASH = 1 << 2,
    BACKSLASH = 1 << 3,
    TAB = 1 << 4,
    DOT = 1 << 5,
    MARK = 1 << 6, /* space, `-`, and `+`, which may become a blank */
    DIGIT = 1 << 7,
    LINK = MARK | TAB,
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

/* The same for marks. */
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
    MARK_DIGIT,
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

#ifdef KERNEL_BYTEWISE
struct tables {
    const uint32_t *keys; /* of each byte */
};
#else
struct tables {
    vector class_low, class_high;
    vector next_low, next_high;
    vector word_low, word_high; /* of marks alone */
    vector key_low[KERNEL_KEY_BYTES], key_high[KERNEL_KEY_BYTES];
};
#endif

/* What a chunk is made of, a word for each block. The block before the first is at BEFORE. */
enum {
    BEFORE = 7,
    FIRST = 8,
};

struct masks {
    _Alignas(64) uint64_t digits[FIRST + BLOCKS];
    uint64_t links[FIRST + BLOCKS]; /* with `+`, without `.` */
    uint64_t separators[BLOCKS];    /* links and `.` */
    uint64_t escapes[BLOCKS], keywords[BLOCKS];
    uint64_t longest[BLOCKS], grouped[BLOCKS], halves[BLOCKS], small[BLOCKS], all[BLOCKS];
};

#ifdef KERNEL_BYTEWISE
static inline struct tables load_tables(const struct kernel_keys *keys)
{
    return (struct tables){.keys = keys->of_byte};
}

static inline unsigned both(const uint8_t *low, const uint8_t *high, uint8_t byte)
{
    return low[byte & 0x0F] & high[byte >> 4];
}

/* Whether the four bytes at `text` have a fingerprint. */
static inline uint64_t has_key(const uint32_t *keys, const uint8_t *text)
{
    return (keys[text[0]] & keys[text[1]] >> 8 & keys[text[2]] >> 16 & keys[text[3]] >> 24) != 0;
}

/* Reads READ_BYTES bytes. */
static inline void classify(const struct tables *tables, const uint8_t *text, struct masks *masks,
                            unsigned block)
{
    uint64_t digits = 0, links = 0, separators = 0, escapes = 0, keywords = 0;
    unsigned classes = both(class_low, class_high, text[0]);
    for (unsigned i = 0; i < BLOCK; i++) {
        unsigned next = both(class_low, class_high, text[i + 1]);
        unsigned escape = classes & both(next_low, next_high, text[i + 1]) & ESCAPE;
        if (text[i] >= 0x80)
            escape = both(lead_low, lead_high, text[i]);
        digits |= (uint64_t)((classes & DIGIT) != 0) << i;
        links |= (uint64_t)((classes & LINK) != 0) << i;
        separators |= (uint64_t)((classes & (LINK | DOT)) != 0) << i;
        escapes |= (uint64_t)(escape != 0) << i;
        keywords |= has_key(tables->keys, text + i) << i;
        classes = next;
    }
    masks->digits[FIRST + block] = digits;
    masks->links[FIRST + block] = links;
    masks->separators[block] = separators;
    masks->escapes[block] = escapes;
    masks->keywords[block] = keywords;
}
#else
static inline struct tables load_tables(const struct kernel_keys *keys)
{
    struct tables tables = {
        .class_low = vector_table(class_low),
        .class_high = vector_table(class_high),
        .next_low = vector_table(next_low),
        .next_high = vector_table(next_high),
    };
    for (unsigned i = 0; i < KERNEL_KEY_BYTES; i++) {
        tables.key_low[i] = vector_table(keys->low[i]);
        tables.key_high[i] = vector_table(keys->high[i]);
    }
    return tables;
}

static __attribute__((noinline)) uint64_t find_leads(const uint8_t *text)
{
    vector low = vector_table(lead_low), high = vector_table(lead_high), now = vector_load(text);
    return vector_mask_any(
        vector_and(vector_lookup(low, vector_low(now)), vector_lookup(high, vector_high(now))),
        0xFF);
}

/* The fingerprints of `now`, which is at `text`. */
static inline vector match_keys(const struct tables *tables, vector now, vector high, vector next,
                                vector high_next, const uint8_t *text)
{
    vector third = vector_load(text + 2), fourth = vector_load(text + 3);
    vector key = vector_and(vector_lookup(tables->key_low[0], vector_low(now)),
                            vector_lookup(tables->key_high[0], high));
    key = vector_and(key, vector_and(vector_lookup(tables->key_low[1], vector_low(next)),
                                     vector_lookup(tables->key_high[1], high_next)));
    key = vector_and(key, vector_and(vector_lookup(tables->key_low[2], vector_low(third)),
                                     vector_lookup(tables->key_high[2], vector_high(third))));
    return vector_and(key, vector_and(vector_lookup(tables->key_low[3], vector_low(fourth)),
                                      vector_lookup(tables->key_high[3], vector_high(fourth))));
}

/* Reads READ_BYTES bytes. */
static inline void classify(const struct tables *tables, const uint8_t *text, struct masks *masks,
                            unsigned block)
{
    uint64_t digits = 0, links = 0, separators = 0, escapes = 0, keywords = 0;
    for (unsigned i = 0; i < BLOCK; i += VECTOR_BYTES) {
        vector now = vector_load(text + i), next = vector_load(text + i + 1);
        vector high = vector_high(now), high_next = vector_high(next);
        vector classes = vector_and(vector_lookup_ascii(tables->class_low, now),
                                    vector_lookup(tables->class_high, high));
        vector after = vector_and(vector_lookup_ascii(tables->next_low, next),
                                  vector_lookup(tables->next_high, high_next));
        vector key = match_keys(tables, now, high, next, high_next, text + i);
        digits |= vector_mask_top(classes) << i;
        links |= vector_mask_any(classes, LINK) << i;
        separators |= vector_mask_any(classes, LINK | DOT) << i;
        escapes |= vector_mask_any(vector_and(classes, after), ESCAPE) << i;
        keywords |= vector_mask_any(key, 0xFF) << i;
        if (__builtin_expect(vector_mask_top(now) != 0, 0))
            escapes |= find_leads(text + i) << i;
    }
    masks->digits[FIRST + block] = digits;
    masks->links[FIRST + block] = links;
    masks->separators[block] = separators;
    masks->escapes[block] = escapes;
    masks->keywords[block] = keywords;
}
#endif

/* `blocks`: up to which all are classified, of zeros where the text has ended. */
static void classify_chunk(const struct tables *tables, const uint8_t *text, size_t size,
                           unsigned blocks, struct masks *masks)
{
    unsigned block = 0;
    for (; block < blocks && size >= READ_BYTES; block++, text += BLOCK, size -= BLOCK)
        classify(tables, text, masks, block);
    if (block == blocks)
        return;
    /* Zeros behind the end: they are in no class. */
    uint8_t rest[3 * BLOCK] = {0};
    memcpy(rest, text, size);
    for (const uint8_t *at = rest; size > 0 && block < blocks; block++, at += BLOCK) {
        classify(tables, at, masks, block);
        size -= size < BLOCK ? size : BLOCK;
    }
    for (; block < blocks; block++) {
        masks->digits[FIRST + block] = masks->links[FIRST + block] = 0;
        masks->separators[block] = masks->escapes[block] = masks->keywords[block] = 0;
    }
}

static inline words load(const uint64_t *from)
{
    words value;
    memcpy(&value, from, sizeof(value));
    return value;
}

static inline void store(uint64_t *to, words value)
{
    memcpy(to, &value, sizeof(value));
}

/* The blocks before those of `now`, when `last` were the ones before. */
static inline words before(words *last, words now)
{
    words result = words_before(*last, now);
    *last = now;
    return result;
}

/* `now` moved on by `count` bytes, what falls out of the block before moved in. */
static inline words moved(words before_now, words now, unsigned count)
{
    return now << count | before_now >> (64 - count);
}

/* The digits before which stand one, two and three separators, or more. */
struct gaps {
    words one, two, three;
};

static inline struct gaps find_gaps(words *last, words separators, words digits)
{
    words behind = before(last, separators);
    struct gaps gaps = {.one = digits & moved(behind, separators, 1)};
    gaps.two = gaps.one & moved(behind, separators, 2);
    gaps.three = gaps.two & moved(behind, separators, 3);
    return gaps;
}

/* The first digits of groups that are linked by 1–3 separators to what ends before `ends`. */
static inline words linked(words *last, words ends, const struct gaps *gaps)
{
    words behind = before(last, ends);
    return (moved(behind, ends, 1) & gaps->one) | (moved(behind, ends, 2) & gaps->two) |
           (moved(behind, ends, 3) & gaps->three);
}

/* The first digits of groups that are linked to three groups of 3 or four of 2. Looks back less
 * than a block: the longest such chain has 19 bytes. */
static inline wide linked_small(wide behind, wide separators)
{
    wide one = behind & separators, two = one << 1 & separators, three = two << 1 & separators;
    return one | two | three;
}

static __attribute__((noinline)) uint64_t find_small(const uint64_t *digits_now,
                                                     const uint64_t *links_now)
{
    wide digits = (wide)digits_now[0] << 64 | digits_now[-1];
    wide links = (wide)links_now[0] << 64 | links_now[-1];
    wide d1 = digits << 1, d2 = digits << 2, d3 = digits << 3, d4 = digits << 4;
    wide three = ~digits & d1 & d2 & d3 & ~d4, two = ~digits & d1 & d2 & ~d3;
    wide triples = three, pairs = two;
    for (unsigned i = 0; i < 2; i++)
        triples = three & linked_small(triples, links) << 4;
    for (unsigned i = 0; i < 3; i++)
        pairs = two & linked_small(pairs, links) << 3;
    wide small = digits & (linked_small(triples, links) | linked_small(pairs, links)) << 1;
    return (uint64_t)(small >> 64);
}

/* What goes over from one step to the next: at least so many digits end here, bytes of small
 * groups, the ends of what others may be linked to, and separators. */
enum carried {
    CARRY_1,
    CARRY_2,
    CARRY_4,
    CARRY_6,
    CARRY_12,
    CARRY_SMALL,
    CARRY_SMALL2,
    CARRY_SMALL4,
    CARRY_SECOND,
    CARRY_THIRD,
    CARRY_HALF,
    CARRY_LINK,
    CARRY_SEPARATORS = CARRY_LINK + 3,
    CARRY_END,
};
_Static_assert((int)CARRY_END == (int)KERNEL_CARRIED, "kernel_state has room for all");

/* Some blocks from `at` on. */
static inline void find_numbers(words last[KERNEL_CARRIED], struct masks *masks, unsigned at)
{
    words digits = load(masks->digits + FIRST + at), links = load(masks->links + FIRST + at);
    struct gaps gaps = find_gaps(&last[CARRY_SEPARATORS], load(masks->separators + at), digits);
    words behind = before(&last[CARRY_1], digits);
    words digits2 = digits & moved(behind, digits, 1), behind2 = before(&last[CARRY_2], digits2);
    words digits4 = digits2 & moved(behind2, digits2, 2);
    words behind4 = before(&last[CARRY_4], digits4);
    words digits6 = digits4 & moved(behind2, digits2, 4);
    words digits12 = digits4 & moved(behind4, digits4, 4) & moved(behind4, digits4, 8);
    words longest = digits12 & ~moved(before(&last[CARRY_12], digits12), digits12, 1);

    words end4 = ~digits & moved(behind4, digits4, 1), five = moved(behind, digits, 5);
    words second = linked(&last[CARRY_LINK], end4 & ~five, &gaps);
    words behind_second = before(&last[CARRY_SECOND], second);
    words end_second = end4 & (moved(behind_second, second, 4) | moved(behind_second, second, 5) |
                               moved(behind_second, second, 6));
    words third = linked(&last[CARRY_LINK + 1], end_second, &gaps);
    words grouped = moved(before(&last[CARRY_THIRD], third), third, 2) & digits2;

    words end6 = ~digits & moved(before(&last[CARRY_6], digits6), digits6, 1);
    words half = linked(&last[CARRY_LINK + 2], end6, &gaps);
    words halves = (moved(before(&last[CARRY_HALF], half), half, 5) & digits6) |
                   (moved(behind_second, second, 11) & digits12);

    words small = (digits & ~digits4) | links;
    words small2 = small & moved(before(&last[CARRY_SMALL], small), small, 1);
    words small4 = small2 & moved(before(&last[CARRY_SMALL2], small2), small2, 2);
    words behind_small = before(&last[CARRY_SMALL4], small4);
    words many_small =
        digits & small4 & moved(behind_small, small4, 4) & moved(behind_small, small4, 8);
    store(masks->longest + at, longest);
    store(masks->grouped + at, grouped);
    store(masks->halves + at, halves);
    store(masks->small + at, many_small);
    store(masks->all + at, longest | grouped | halves | many_small | load(masks->escapes + at) |
                               load(masks->keywords + at));
}

/* Writes the events of one block. */
static size_t write_events(const struct masks *masks, unsigned block, size_t at, uint64_t *events)
{
    uint64_t longest = masks->longest[block], grouped = masks->grouped[block];
    uint64_t halves = masks->halves[block], escapes = masks->escapes[block];
    uint64_t keywords = masks->keywords[block], small = 0;
    size_t count = 0;
    if (masks->small[block])
        small = find_small(masks->digits + FIRST + block, masks->links + FIRST + block);
    for (uint64_t all = longest | grouped | halves | small | escapes | keywords; all;
         all &= all - 1) {
        unsigned bit = (unsigned)__builtin_ctzll(all);
        uint64_t kinds =
            (longest >> bit & 1) * KERNEL_LONG + (grouped >> bit & 1) * KERNEL_GROUPED +
            (halves >> bit & 1) * KERNEL_HALVES + (small >> bit & 1) * KERNEL_SMALL +
            (escapes >> bit & 1) * KERNEL_ESCAPE + (keywords >> bit & 1) * KERNEL_KEYWORD;
        events[count++] = (uint64_t)(at + bit) << KERNEL_KINDS | kinds;
    }
    return count;
}

size_t KERNEL_NAME(struct kernel_state *state, const uint8_t *text, size_t size, uint64_t *events,
                   size_t capacity)
{
    const struct tables tables = load_tables(state->keys);
    words last[KERNEL_CARRIED];
    struct masks masks;
    size_t count = 0;
    memset(last, 0, sizeof(last));
    for (unsigned i = 0; state->at > 0 && i < KERNEL_CARRIED; i++)
        last[i][LANES - 1] = state->carried[i];
    masks.digits[BEFORE] = state->carried[CARRY_1];
    masks.links[BEFORE] = state->links;
    while (state->at < size && capacity - count >= KERNEL_CHUNK) {
        size_t at = state->at;
        unsigned blocks = BLOCKS;
        if (size - at < KERNEL_CHUNK)
            blocks = ((unsigned)(size - at) + BLOCK * LANES - 1) / (BLOCK * LANES) * LANES;
        classify_chunk(&tables, text + at, size - at, blocks, &masks);
        for (unsigned block = 0; block < blocks; block += LANES)
            find_numbers(last, &masks, block);
        /* Only now, as a wrong guess about the first event costs all that was begun since. */
        uint64_t busy = 0;
        for (unsigned block = 0; block < blocks; block++)
            busy |= (uint64_t)(masks.all[block] != 0) << block;
        for (; busy; busy &= busy - 1) {
            unsigned block = (unsigned)__builtin_ctzll(busy);
            count += write_events(&masks, block, at + (size_t)block * BLOCK, events + count);
        }
        masks.digits[BEFORE] = masks.digits[FIRST + BLOCKS - 1];
        masks.links[BEFORE] = masks.links[FIRST + BLOCKS - 1];
        state->at = size - at < KERNEL_CHUNK ? size : at + KERNEL_CHUNK;
    }
    for (unsigned i = 0; state->at < size && i < KERNEL_CARRIED; i++)
        state->carried[i] = last[i][LANES - 1];
    state->links = masks.links[BEFORE];
    return count;
}

#define JOIN_NAMES(left, right) left##right
#define MARK_NAME(kernel)       JOIN_NAMES(kernel, _mark)

#ifdef KERNEL_BYTEWISE
/* Reads READ_BYTES bytes. */
static inline bool mark(const struct tables *tables, const uint8_t *text, size_t word,
                        const struct kernel_marks *marks, uint64_t *words_before)
{
    uint64_t digits = 0, numbers = 0, escapes = 0, brackets = 0, initials = 0, keys = 0;
    uint64_t in_word = 0, above = 0;
    for (unsigned i = 0; i < BLOCK; i++) {
        in_word |= (uint64_t)(both(word_low, word_high, text[i]) != 0) << i;
        unsigned classes = both(mark_low, mark_high, text[i]);
        bool escape = classes & (MARK_SIGN | MARK_BACKSLASH) || text[i] >= 0x80;
        above |= text[i] & 0x80;
        digits |= (uint64_t)((classes & MARK_DIGIT) != 0) << i;
        numbers |= (uint64_t)((classes & MARK_NUMBER) != 0) << i;
        escapes |= (uint64_t)escape << i;
        brackets |= (uint64_t)((classes & MARK_BRACKET) != 0) << i;
        initials |= (uint64_t)((classes & MARK_INITIAL) != 0) << i;
        keys |= has_key(tables->keys, text + i) << i;
    }
    marks->digits[word] = digits;
    marks->numbers[word] = numbers;
    marks->initials[word] = initials & ~(in_word << 1 | *words_before >> 63);
    *words_before = in_word;
    marks->escapes[word] = escapes;
    marks->brackets[word] = brackets;
    marks->keys[word] = keys;
    return above != 0;
}
#else
/* Reads READ_BYTES bytes. */
static inline bool mark(const struct tables *tables, const uint8_t *text, size_t word,
                        const struct kernel_marks *marks, uint64_t *words_before)
{
    uint64_t digits = 0, numbers = 0, escapes = 0, brackets = 0, initials = 0, keys = 0;
    uint64_t in_word = 0, above = 0;
    for (unsigned i = 0; i < BLOCK; i += VECTOR_BYTES) {
        vector now = vector_load(text + i), next = vector_load(text + i + 1);
        vector high = vector_high(now), high_next = vector_high(next);
        vector classes = vector_and(vector_lookup(tables->class_low, vector_low(now)),
                                    vector_lookup(tables->class_high, high));
        vector key = match_keys(tables, now, high, next, high_next, text + i);
        vector is_word = vector_and(vector_lookup(tables->word_low, vector_low(now)),
                                    vector_lookup(tables->word_high, high));
        uint64_t top = vector_mask_top(now);
        uint64_t escape = vector_mask_any(classes, MARK_SIGN | MARK_BACKSLASH) | top;
        above |= top;
        digits |= vector_mask_any(classes, MARK_DIGIT) << i;
        numbers |= vector_mask_any(classes, MARK_NUMBER) << i;
        initials |= vector_mask_top(classes) << i;
        escapes |= escape << i;
        brackets |= vector_mask_any(classes, MARK_BRACKET) << i;
        keys |= vector_mask_any(key, 0xFF) << i;
        in_word |= vector_mask_any(is_word, WORD) << i;
    }
    marks->digits[word] = digits;
    marks->numbers[word] = numbers;
    marks->initials[word] = initials & ~(in_word << 1 | *words_before >> 63);
    *words_before = in_word;
    marks->escapes[word] = escapes;
    marks->brackets[word] = brackets;
    marks->keys[word] = keys;
    return above != 0;
}
#endif

bool MARK_NAME(KERNEL_NAME)(const struct kernel_keys *keys, const uint8_t *text, size_t size,
                            const struct kernel_marks *marks)
{
    struct tables tables = load_tables(keys);
    uint8_t rest[3 * BLOCK] = {0};
    uint64_t words_before = 0;
    size_t at = 0;
    bool above = false;
#ifndef KERNEL_BYTEWISE
    tables.class_low = vector_table(mark_low);
    tables.class_high = vector_table(mark_high);
    tables.word_low = vector_table(word_low);
    tables.word_high = vector_table(word_high);
#endif
    for (; size - at >= READ_BYTES; at += BLOCK)
        above |= mark(&tables, text + at, at / BLOCK, marks, &words_before);
    if (size > at)
        memcpy(rest, text + at, size - at);
    above |= mark(&tables, rest, at / BLOCK, marks, &words_before);
    if (size - at >= BLOCK)
        above |= mark(&tables, rest + BLOCK, at / BLOCK + 1, marks, &words_before);
    return above;
}
