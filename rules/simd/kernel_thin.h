#ifndef RULES_SIMD_KERNEL_THIN_H
#define RULES_SIMD_KERNEL_THIN_H
/* Which long numbers are worth an event. Included by kernel.c only.
 *
 * Most fail Luhn, and nobody can guess which: so as many as a vector has lanes are tried at once,
 * without a branch. */
#include "rules/simd/kernel_key.h"

#include <endian.h>
#include <string.h>

/* Eight bytes of text of each number, or masks of 64 bytes of it, side by side. */
typedef uint64_t words __attribute__((vector_size(VECTOR_BYTES)));

enum {
    LANES = VECTOR_BYTES / 8,
    BATCH = 32,       /* numbers: a vector read right after its lanes were written waits for them */
    SURE_DIGITS = 12, /* that a KERNEL_LONG ends */
    LENGTH_DIGITS = 2,
    BYTES_BEFORE = SURE_DIGITS, /* the last of them */
    BYTES_AFTER = 8,
};

#define EACH_BYTE(byte) (UINT64_C(0x0101010101010101) * (byte))

/* The byte before the digits; the first eight; the next, of which four are sure; and those after
 * the sure ones. */
struct numbers {
    _Alignas(64) uint64_t before[BATCH], first[BATCH], second[BATCH], rest[BATCH], keep[BATCH];
};

static inline words load(const uint64_t *from)
{
    words value;
    memcpy(&value, from, sizeof(value));
    return value;
}

static inline uint64_t load_8(const uint8_t *text)
{
    uint64_t value;
    memcpy(&value, text, sizeof(value));
    return le64toh(value);
}

/* What the digits at even places, doubled, and those at odd ones add up to, in lanes of 16 bits;
 * and the other way round. */
struct sums {
    words even, odd;
};

/* Not by multiplication: few instruction sets have one of 64 bits. */
static inline words by_9(words value)
{
    return (value << 3) + value;
}

static inline words by_10(words value)
{
    return (value << 3) + (value << 1);
}

/* For less than 1029. */
static inline words tenth_of(words value)
{
    return ((value << 7) + (value << 6) + (value << 3) + (value << 2) + value) >> 11;
}

static inline words doubled(words digits)
{
    return (digits << 1) - by_9(((digits + EACH_BYTE(0x7B)) >> 7) & 0x0001000100010001);
}

static inline void add_digits(struct sums *sums, words digits)
{
    words even = digits & 0x00FF00FF00FF00FF, odd = digits >> 8 & 0x00FF00FF00FF00FF;
    sums->even += doubled(even) + odd;
    sums->odd += doubled(odd) + even;
}

static inline words add_lanes(words lanes)
{
    lanes += lanes >> 32;
    return (lanes + (lanes >> 16)) & 0xFFFF;
}

static inline words is_byte(words bytes, uint8_t byte)
{
    return (words)(bytes == byte);
}

/* Whether the exact look is for other reasons than Luhn: what stands before the digits or behind
 * them, at `end`, a byte of ones or none, or digits in front that say how many follow. */
static inline words may_be_framed(words before, words first, words rest, words end, words behind)
{
    words after = rest & end;
    after |= after >> 32;
    after |= after >> 16;
    after = (after | after >> 8) & 0xFF;
    words count = behind & EACH_BYTE(1); /* of the digits behind the sure ones */
    count += count >> 32;
    count += count >> 16;
    count = (count + (count >> 8)) & 0xFF;
    words tens = first & 0x0F, units = first >> 8 & 0x0F;
    return is_byte((before & 0xFF) | 0x20, 'a') | is_byte(after | 0x20, 'd') | is_byte(after, '=') |
           is_byte(after, '%') | is_byte(after, '&') | is_byte(after, '#') | is_byte(after, '+') |
           is_byte(after, '\\') | (words)(after > 0x7F) |
           (words)(by_10(tens) + units == count + (SURE_DIGITS - LENGTH_DIGITS));
}

/* Makes `keep`, of LANES numbers from `at` on, ones where the event is to stay. */
static inline void judge(struct numbers *numbers, size_t at)
{
    words rest = load(numbers->rest + at), digits = rest ^ EACH_BYTE('0');
    words others = (((digits & EACH_BYTE(0x7F)) + EACH_BYTE(0x76)) | digits) & EACH_BYTE(0x80);
    words first_other = others & (~others + 1); /* its top bit, or 0: all are digits */
    words behind = (first_other >> 7) - 1;      /* the digits, all ones */
    words end = (first_other << 1) - (first_other >> 7);
    words first = load(numbers->first + at) ^ EACH_BYTE('0');
    struct sums sums = {first ^ first, first ^ first};
    add_digits(&sums, first);
    add_digits(&sums, (load(numbers->second + at) ^ EACH_BYTE('0')) & 0xFFFFFFFF);
    add_digits(&sums, digits & behind);
    /* The last digit but one is doubled. */
    words is_even = (words)((first_other & 0x0080008000800080) != 0);
    words sum = add_lanes((sums.even & is_even) | (sums.odd & ~is_even));
    words luhn = (words)(sum == by_10(tenth_of(sum)));
    words keep = luhn | (words)(first_other == 0) | load(numbers->keep + at) |
                 may_be_framed(load(numbers->before + at), first, rest, end, behind);
    memcpy(numbers->keep + at, &keep, sizeof(keep));
}

/* Where the text does not go on far enough there is nothing to judge. */
static inline void read_number(const uint8_t *text, size_t size, size_t at, size_t i,
                               struct numbers *numbers)
{
    static const uint8_t none[1 + SURE_DIGITS + BYTES_AFTER];
    bool inside = at >= BYTES_BEFORE && size - at > BYTES_AFTER;
    const uint8_t *from = inside ? text + at - BYTES_BEFORE : none;
    numbers->before[i] = load_8(from);
    numbers->first[i] = load_8(from + 1);
    numbers->second[i] = load_8(from + 9);
    numbers->rest[i] = load_8(from + 1 + SURE_DIGITS);
    numbers->keep[i] = (uint64_t)inside - 1;
}

/* Of the `count` places of KERNEL_LONG, drops those for a number that is none: Luhn does not hold
 * for all of its digits, nor may it hold for some of them (no `A`, as of a tag, before it; no
 * letter of a track, no sentinel and no escape behind it; no length in front). Returns how many are
 * left.
 */
static size_t drop_numbers(const uint8_t *text, size_t size, uint64_t *places, size_t count)
{
    struct numbers numbers;
    size_t kept = 0;
    for (size_t at = 0; at < count; at += BATCH) {
        size_t some = count - at < BATCH ? count - at : BATCH;
        for (size_t i = 0; i < some; i++)
            read_number(text, size, places[at + i], i, &numbers);
        for (size_t i = 0; i < some; i += LANES)
            judge(&numbers, i);
        for (size_t i = 0; i < some; i++) {
            places[kept] = places[at + i];
            kept += numbers.keep[i] & 1;
        }
    }
    return kept;
}

#endif
