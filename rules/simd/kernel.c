/* Compiled once for each instruction set, with KERNEL_NAME and KERNEL_WIDTH (its header) defined.
 * Includes nothing but its width operations and plain declarations, so that no code of one
 * instruction set can end up in a function that others call.
 *
 * A chunk is classified 64 bytes at a time into masks, one bit a byte; then the masks, 64 bytes in
 * each lane of a vector, are put together. Measured: with the second step in general registers the
 * whole took twice the time. */
#include "rules/simd/kernel_class.h"
#include "rules/simd/kernel_thin.h"

#include <stdbool.h>
#include <string.h>

__extension__ typedef unsigned __int128 wide;

enum {
    BLOCKS = KERNEL_CHUNK / BLOCK,
};

/* What a chunk is made of, a word for each block. The block before the first is at BEFORE; behind
 * the last stands what a vector that begins at any block reads and writes. */
enum {
    BEFORE = 7,
    FIRST = 8,
    BLOCKS_END = FIRST + BLOCKS + LANES - 1,
};

struct masks {
    _Alignas(64) uint64_t digits[BLOCKS_END];
    uint64_t links[BLOCKS_END];                            /* with `+`, without `.` */
    uint64_t separators[BLOCKS_END];                       /* links and `.` */
    uint64_t rare[BLOCKS], spans[BLOCKS], all[BLOCKS_END]; /* all: what has an event */
    uint64_t longest[BLOCKS_END], grouped[BLOCKS_END], halves[BLOCKS_END], small[BLOCKS_END];
};

static inline void keep(struct masks *masks, unsigned block, struct classes classes)
{
    masks->digits[FIRST + block] = classes.digits;
    masks->links[FIRST + block] = classes.links;
    masks->separators[FIRST + block] = classes.separators;
    masks->rare[block] = classes.rare;
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

/* The digits before which stand one, two and three separators, or more. */
struct gaps {
    words one, two, three;
};

static inline struct gaps find_gaps(words *last, words separators, words digits)
{
    words behind = before(last, separators);
    struct gaps gaps = {.one = digits & words_moved(behind, separators, 1)};
    gaps.two = gaps.one & words_moved(behind, separators, 2);
    gaps.three = gaps.two & words_moved(behind, separators, 3);
    return gaps;
}

/* The first digits of groups that are linked by 1–3 separators to what ends before `ends`. */
static inline words linked(words *last, words ends, const struct gaps *gaps)
{
    words behind = before(last, ends);
    return (words_moved(behind, ends, 1) & gaps->one) | (words_moved(behind, ends, 2) & gaps->two) |
           (words_moved(behind, ends, 3) & gaps->three);
}

/* What stands behind the links of groups that end before `ends`. */
static inline wide linked_small(wide ends, wide links)
{
    wide one = ends & links, two = one << 1 & links, three = two << 1 & links;
    return (one | two | three) << 1;
}

/* Looks back less than a block: the longest such chain has 28 bytes. */
static __attribute__((noinline)) uint64_t find_small(const uint64_t *digits_now,
                                                     const uint64_t *links_now)
{
    wide digits = (wide)digits_now[0] << 64 | digits_now[-1];
    wide links = (wide)links_now[0] << 64 | links_now[-1];
    wide d1 = digits << 1, d2 = digits << 2, d3 = digits << 3, d4 = digits << 4;
    wide three = ~digits & d1 & d2 & d3 & ~d4, two = ~digits & d1 & d2 & ~d3;
    wide triples = three, pairs = two;
    for (unsigned i = 0; i < 2; i++)
        triples = three & linked_small(triples, links) << 3;
    for (unsigned i = 0; i < 4; i++)
        pairs = two & linked_small(pairs, links) << 2;
    wide small =
        (digits & d1 & linked_small(triples, links) << 2 & d2) | (linked_small(pairs, links));
    return (uint64_t)((small & digits) >> 64);
}

/* What goes over from some blocks to the next: at least so many digits end here, bytes of small
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

/* Some blocks from `at` on, a place in `masks`. What they find at a byte is a matter of the 27
 * bytes before it; 12 of them, and it, are digits and separators, and of all but KERNEL_SMALL two
 * before it digits. */
static inline void find_numbers(words last[CARRY_END], struct masks *masks, unsigned at)
{
    words digits = load(masks->digits + at), links = load(masks->links + at);
    struct gaps gaps = find_gaps(&last[CARRY_SEPARATORS], load(masks->separators + at), digits);
    words behind = before(&last[CARRY_1], digits);
    words digits2 = digits & words_moved(behind, digits, 1),
          behind2 = before(&last[CARRY_2], digits2);
    words digits4 = digits2 & words_moved(behind2, digits2, 2);
    words behind4 = before(&last[CARRY_4], digits4);
    words digits6 = digits4 & words_moved(behind2, digits2, 4);
    words digits12 = digits4 & words_moved(behind4, digits4, 4) & words_moved(behind4, digits4, 8);
    words longest = digits12 & ~words_moved(before(&last[CARRY_12], digits12), digits12, 1);

    words end4 = ~digits & words_moved(behind4, digits4, 1), five = words_moved(behind, digits, 5);
    words second = linked(&last[CARRY_LINK], end4 & ~five, &gaps);
    words behind_second = before(&last[CARRY_SECOND], second);
    words end_second =
        end4 & (words_moved(behind_second, second, 4) | words_moved(behind_second, second, 5) |
                words_moved(behind_second, second, 6));
    words third = linked(&last[CARRY_LINK + 1], end_second, &gaps);
    words grouped = words_moved(before(&last[CARRY_THIRD], third), third, 2) & digits2;

    words end6 = ~digits & words_moved(before(&last[CARRY_6], digits6), digits6, 1);
    words half = linked(&last[CARRY_LINK + 2], end6, &gaps);
    words halves = (words_moved(before(&last[CARRY_HALF], half), half, 5) & digits6) |
                   (words_moved(behind_second, second, 11) & digits12);

    /* What has its place at a digit has 14 bytes or more before it. */
    words small = (digits & ~digits4) | links, behind_small = before(&last[CARRY_SMALL], small);
    words small2 = small & words_moved(behind_small, small, 1);
    words small4 = small2 & words_moved(before(&last[CARRY_SMALL2], small2), small2, 2);
    words behind_small4 = before(&last[CARRY_SMALL4], small4);
    words many_small = digits & small4 & words_moved(behind_small4, small4, 4) &
                       words_moved(behind_small4, small4, 8) &
                       words_moved(behind_small4, small4, 11);
    store(masks->longest + at, longest);
    store(masks->grouped + at, grouped);
    store(masks->halves + at, halves);
    store(masks->small + at, many_small);
    store(masks->all + at, load(masks->all + at) | grouped | halves | many_small);
}

/* Which words are not 0, a bit each; `count` is a multiple of LANES. */
static inline uint64_t nonzero(const uint64_t *from, unsigned count)
{
    uint64_t bits = 0;
    for (unsigned i = 0; i < count; i += LANES)
        bits |= (uint64_t)words_nonzero(load(from + i)) << i;
    return bits;
}

/* Where find_numbers may find something, cheaply: of the other blocks, which are most, it need not
 * know. Behind 12 bytes of digits and separators a sixth digit, or a third one of its group with
 * two more where a group of four ends 1–3 bytes before it; behind 14 a first digit, or a third. */
static inline void find_spans(struct masks *masks, unsigned block)
{
    words digits = load(masks->digits + FIRST + block);
    words behind = load(masks->digits + FIRST + block - 1);
    words span = digits | load(masks->separators + FIRST + block);
    words span_behind = behind | load(masks->separators + FIRST + block - 1);
    words links = load(masks->links + FIRST + block);
    words links_behind = load(masks->links + FIRST + block - 1);
    /* Of the blocks before, the last bytes are right; no others are asked for. */
    words span2_behind = span_behind & span_behind << 1;
    words span4_behind = span2_behind & span2_behind << 2;
    words digits2_behind = behind & behind << 1;
    words span2 = span & words_moved(span_behind, span, 1);
    words span4 = span2 & words_moved(span2_behind, span2, 2);
    words span12 =
        span4 & words_moved(span4_behind, span4, 4) & words_moved(span4_behind, span4, 8);
    words digits2 = digits & words_moved(behind, digits, 1);
    words third = digits2 & words_moved(behind, digits, 2) & ~words_moved(behind, digits, 3);
    words sixth =
        digits2 & words_moved(digits2_behind, digits2, 2) & words_moved(digits2_behind, digits2, 4);
    words small = digits & words_moved(span4_behind, span4, 11) &
                  (words_moved(links_behind, links, 1) | words_moved(links_behind, links, 3));
    /* No trigger that has a digit for its second byte has one for its fourth, but fingerprints let
     * `1521` through for `152=`. */
    words rare = load(masks->rare + block) & ~(digits & digits >> 1 & digits >> 3);
    store(masks->rare + block, rare);
    store(masks->all + FIRST + block, rare);
    store(masks->spans + block,
          span12 & (sixth | small | (third & words_moved(digits2_behind, digits2, 6))));
}

/* Looks for numbers in the blocks that have a bit in `spans`. */
static inline void find_in_spans(struct masks *masks, uint64_t spans)
{
    words last[CARRY_END];
    unsigned next = BLOCKS + 1;
    while (spans) {
        unsigned block = (unsigned)__builtin_ctzll(spans), from = FIRST + block;
        if (block != next) {
            memset(last, 0, sizeof(last));
            from--;
        }
        find_numbers(last, masks, from);
        next = from + LANES - FIRST;
        spans = next < BLOCKS ? spans >> next << next : 0;
    }
}

/* A part of the text, from `at` on, and what it is made of. */
struct chunk {
    const struct kernel_keys *keys;
    unsigned kinds; /* that are looked for */
    const uint8_t *text;
    size_t size, at;
    unsigned blocks;
    struct masks *masks;
};

/* What may begin at `at`, where the text may end. */
static inline unsigned rare_kinds_at(const struct chunk *chunk, size_t at)
{
    uint8_t rest[KERNEL_KEY_BYTES] = {0};
    if (chunk->size - at >= KERNEL_KEY_BYTES)
        return rare_kinds(chunk->keys, chunk->text + at);
    memcpy(rest, chunk->text + at, chunk->size - at);
    return rare_kinds(chunk->keys, rest);
}

/* Leaves of the long numbers those that may be some. Returns in which blocks they are. */
static inline uint64_t thin(const struct chunk *chunk, uint64_t spans)
{
    uint64_t places[KERNEL_CHUNK / SURE_DIGITS + 2], *longest = chunk->masks->longest + FIRST;
    uint64_t with = 0;
    size_t count = 0;
    for (spans &= nonzero(longest, chunk->blocks); spans; spans &= spans - 1) {
        unsigned block = (unsigned)__builtin_ctzll(spans);
        size_t at = chunk->at + (size_t)block * BLOCK;
        uint64_t bits = longest[block];
        size_t end = count + (unsigned)__builtin_popcountll(bits);
        longest[block] = 0;
        /* Two without a branch: how many there are nobody can guess. */
        for (unsigned i = 0; i < 2; i++, bits &= bits - 1)
            places[count + i] = at + (unsigned)__builtin_ctzll(bits | UINT64_C(1) << 63);
        for (count += 2; bits; bits &= bits - 1)
            places[count++] = at + (unsigned)__builtin_ctzll(bits);
        count = end;
    }
    if (count > 0)
        count = drop_numbers(chunk->text, chunk->size, places, count);
    for (size_t i = 0; i < count; i++) {
        size_t at = places[i] - chunk->at;
        longest[at / BLOCK] |= UINT64_C(1) << at % BLOCK;
        with |= UINT64_C(1) << at / BLOCK;
    }
    return with;
}

/* Writes the events of one block. */
static inline size_t write_events(const struct chunk *chunk, unsigned block, bool has_span,
                                  uint64_t *events)
{
    const struct masks *masks = chunk->masks;
    size_t count = 0, at = chunk->at + (size_t)block * BLOCK, word = FIRST + block;
    uint64_t span = has_span ? ~UINT64_C(0) : 0, small = 0, rare = masks->rare[block];
    uint64_t longest = masks->longest[word] & span, grouped = masks->grouped[word] & span;
    uint64_t halves = masks->halves[word] & span;
    if (masks->small[word] & span)
        small = find_small(masks->digits + word, masks->links + word);
    for (uint64_t all = longest | grouped | halves | small | rare; all; all &= all - 1) {
        unsigned bit = (unsigned)__builtin_ctzll(all);
        uint64_t kinds = (longest >> bit & 1) * KERNEL_LONG +
                         (grouped >> bit & 1) * KERNEL_GROUPED +
                         (halves >> bit & 1) * KERNEL_HALVES + (small >> bit & 1) * KERNEL_SMALL;
        if (rare >> bit & 1)
            kinds |= rare_kinds_at(chunk, at + bit) & chunk->kinds;
        events[count] = (uint64_t)(at + bit) << KERNEL_KINDS | kinds;
        count += kinds != 0;
    }
    return count;
}

/* Finds the events of a chunk and writes them. */
static inline size_t find_events(const struct chunk *chunk, uint64_t *events)
{
    struct masks *masks = chunk->masks;
    uint64_t spans;
    size_t count = 0;
    for (unsigned block = 0; block < chunk->blocks; block += LANES)
        find_spans(masks, block);
    spans = nonzero(masks->spans, chunk->blocks);
    find_in_spans(masks, spans);
    uint64_t busy = thin(chunk, spans);
    busy |= nonzero(masks->all + FIRST, chunk->blocks);
    /* Only now, as a wrong guess about the first event costs all that was begun since. */
    for (; busy; busy &= busy - 1) {
        unsigned block = (unsigned)__builtin_ctzll(busy);
        count += write_events(chunk, block, spans >> block & 1, events + count);
    }
    return count;
}

/* Sets what stands before the first block, and behind the last. */
static void frame(const struct kernel_state *state, struct masks *masks, unsigned blocks)
{
    masks->digits[BEFORE] = state->digits;
    masks->links[BEFORE] = state->links;
    masks->separators[BEFORE] = state->separators;
    for (unsigned word = FIRST + blocks; word < FIRST + blocks + LANES - 1; word++)
        masks->digits[word] = masks->links[word] = masks->separators[word] = 0;
}

size_t KERNEL_NAME(struct kernel_state *state, const uint8_t *text, size_t size, uint64_t *events,
                   size_t capacity)
{
    const struct tables tables = load_tables(state->keys);
    struct masks masks;
    size_t count = 0;
    while (state->at < size && capacity - count >= KERNEL_CHUNK) {
        size_t at = state->at;
        unsigned blocks = BLOCKS;
        if (size - at < KERNEL_CHUNK)
            blocks = ((unsigned)(size - at) + BLOCK * LANES - 1) / (BLOCK * LANES) * LANES;
        frame(state, &masks, blocks);
        classify_chunk(&tables, text + at, size - at, blocks, &masks);
        struct chunk chunk = {
            state->keys, state->blanks ? ~0u : ~(unsigned)KERNEL_BLANK, text, size, at, blocks,
            &masks};
        count += find_events(&chunk, events + count);
        state->digits = masks.digits[FIRST + BLOCKS - 1];
        state->links = masks.links[FIRST + BLOCKS - 1];
        state->separators = masks.separators[FIRST + BLOCKS - 1];
        state->at = size - at < KERNEL_CHUNK ? size : at + KERNEL_CHUNK;
    }
    return count;
}
