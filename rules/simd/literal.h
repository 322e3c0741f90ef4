#ifndef RULES_SIMD_LITERAL_H
#define RULES_SIMD_LITERAL_H
/* The pass over every byte for the keywords of pattern rules: it points at the places where one of
 * many short windows of bytes may stand. Fingerprints of four bytes, each a set of low nibbles and
 * a set of high ones, in 16 buckets (after the Teddy matcher of Hyperscan: Wang et al., "Hyperscan:
 * A Fast Multi-pattern Regex Matcher for Modern CPUs", NSDI 2019).
 *
 * One source (literal.c) over the operations of one width header, compiled once for each
 * instruction set. All give the same places for the same text. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    LITERAL_WINDOW = 4,
    LITERAL_GROUPS = 2, /* of 8 buckets, one bit each */
    LITERAL_BLOCK = 64, /* bytes looked at together, and the most places they give */
};

struct literal_tables {
    bool has_second; /* group with any bucket; without it the pass takes half the time */
    uint8_t low[LITERAL_GROUPS][LITERAL_WINDOW][16];
    uint8_t high[LITERAL_GROUPS][LITERAL_WINDOW][16];
};

/* Looks on from `*at`, which starts at 0. Writes at most `capacity` >= 64 places in ascending order
 * and returns how many; the text is done when *at == size. Behind the end stand zeros. */
typedef size_t literal_function(const struct literal_tables *tables, size_t *at,
                                const uint8_t *text, size_t size, size_t *places, size_t capacity);

literal_function literal_scalar, literal_ssse3, literal_avx2, literal_avx512bw, literal_avx512vbmi2,
    literal_neon;
#endif
