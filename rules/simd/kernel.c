/* Compiled once for each instruction set, with KERNEL_NAME and KERNEL_WIDTH (its header) defined.
 * Includes nothing but its width operations and plain declarations, so that no code of one
 * instruction set can end up in a function that others call.
 *
 * A chunk is classified 64 bytes at a time into masks, one bit a byte; then the masks, 64 bytes in
 * each lane of a vector, are put together. Measured: with the second step in general registers the
 * whole took twice the time. */
#include "rules/simd/kernel_class.h"

#include <string.h>

__extension__ typedef unsigned __int128 wide;

/* Masks of 64 bytes of text, side by side. */
typedef uint64_t words __attribute__((vector_size(VECTOR_BYTES)));

enum {
    BLOCKS = KERNEL_CHUNK / BLOCK,
    LANES = VECTOR_BYTES / 8,
};

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

static inline void keep(struct masks *masks, unsigned block, struct classes classes)
{
    masks->digits[FIRST + block] = classes.digits;
    masks->links[FIRST + block] = classes.links;
    masks->separators[block] = classes.separators;
    masks->escapes[block] = classes.escapes;
    masks->keywords[block] = classes.keywords;
}

/* `blocks`: up to which all are classified, of zeros where the text has ended. */
static void classify_chunk(const struct tables *tables, const uint8_t *text, size_t size,
                           unsigned blocks, struct masks *masks)
{
    unsigned block = 0;
    for (; block < blocks && size >= READ_BYTES; block++, text += BLOCK, size -= BLOCK)
        keep(masks, block, classify(tables, text));
    if (block == blocks)
        return;
    /* Zeros behind the end: they are in no class. */
    uint8_t rest[3 * BLOCK] = {0};
    memcpy(rest, text, size);
    for (const uint8_t *at = rest; size > 0 && block < blocks; block++, at += BLOCK) {
        keep(masks, block, classify(tables, at));
        size -= size < BLOCK ? size : BLOCK;
    }
    for (; block < blocks; block++)
        keep(masks, block, (struct classes){0});
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

    /* What a digit is linked to has 12 bytes or more; after its separators stands the digit. */
    words small = (digits & ~digits4) | links, behind_small = before(&last[CARRY_SMALL], small);
    words small2 = small & moved(behind_small, small, 1);
    words small4 = small2 & moved(before(&last[CARRY_SMALL2], small2), small2, 2);
    words behind_small4 = before(&last[CARRY_SMALL4], small4);
    words many_small = gaps.one & small4 & moved(behind_small4, small4, 4) &
                       moved(behind_small4, small4, 8) & moved(behind_small, small, 12);
    store(masks->longest + at, longest);
    store(masks->grouped + at, grouped);
    store(masks->halves + at, halves);
    store(masks->small + at, many_small);
    /* No trigger that has a digit for its second byte has one for its fourth, but fingerprints let
     * `521` through for `52=`. */
    words keywords = load(masks->keywords + at) & ~(digits >> 1 & digits >> 3);
    store(masks->keywords + at, keywords);
    store(masks->all + at,
          longest | grouped | halves | many_small | load(masks->escapes + at) | keywords);
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
