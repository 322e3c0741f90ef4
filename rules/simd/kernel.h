#ifndef RULES_SIMD_KERNEL_H
#define RULES_SIMD_KERNEL_H
/* The pass over every byte: it points at the few places where something may begin.
 *
 * One source (kernel.c) over the operations of one width header, compiled once for each instruction
 * set. All kernels give the same events for the same text. A kernel keeps no text: its state is the
 * masks of the 64 bytes before. */
#include <stddef.h>
#include <stdint.h>

enum kernel_event {
    KERNEL_LONG = 1 << 0,    /* the 12th digit of a group */
    KERNEL_GROUPED = 1 << 1, /* the 4th digit of a group, linked to one of at least 4 digits */
    KERNEL_SMALL = 1 << 2,   /* a digit linked to three groups of 3, or four of 2 */
    KERNEL_ESCAPE = 1 << 3,  /* a byte that may begin an escape, or a character above ASCII */
    KERNEL_KEYWORD = 1 << 4, /* three bytes that begin, or stand in, a label of contract 3 */
    KERNEL_KINDS = 8,        /* bits */
};

enum {
    KERNEL_BLOCK = 64, /* bytes looked at together, and the most events they give */
};

struct kernel_state {
    size_t at; /* bytes done */
    /* Of the block before: */
    uint64_t digits, separators;
    uint64_t digits2, digits4, digits12; /* at least so many digits end here */
    uint64_t small, small2, small4;      /* at least so many bytes of small groups end here */
    uint64_t link1, link2, link;         /* so many separators, or 1–3, after 4 digits or more */
};

/* Looks on from `state->at`, which starts at 0 with all else 0. Writes at most `capacity` >= 128
 * events, place << KERNEL_KINDS | kinds, in ascending order. Returns how many; the text is done
 * when state->at == size. */
typedef size_t kernel_function(struct kernel_state *state, const uint8_t *text, size_t size,
                               uint64_t *events, size_t capacity);

kernel_function kernel_scalar, kernel_ssse3, kernel_avx2, kernel_avx512bw, kernel_neon;
#endif
