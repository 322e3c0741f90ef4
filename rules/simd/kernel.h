#ifndef RULES_SIMD_KERNEL_H
#define RULES_SIMD_KERNEL_H
/* The pass over every byte: it points at the few places where something may begin.
 *
 * One source (kernel.c) over the operations of one width header, compiled once for each instruction
 * set. All kernels give the same events for the same text. A kernel keeps no text: its state is a
 * few masks of the 64 bytes before. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum kernel_event {
    KERNEL_LONG = 1 << 0,    /* the 12th digit of a group that may be a number (kernel_thin.h) */
    KERNEL_GROUPED = 1 << 1, /* the 3rd digit of the third group of 4, 4–6 and more digits */
    KERNEL_HALVES = 1 << 2,  /* the 6th digit of a group linked to one of 6 digits or more, or the
                                12th of one linked to one of 4 */
    KERNEL_SMALL = 1 << 3,   /* a digit linked to three groups of 3 with two behind it, or linked to
                                five groups of 2 */
    KERNEL_ESCAPE = 1 << 4,  /* a byte that may begin an escape, or a character above ASCII that may
                                be a blank, a dash or a digit */
    KERNEL_KEYWORD = 1 << 5, /* four bytes that some trigger (trigger.h) fits */
    KERNEL_BLANK = 1 << 6, /* instead of KERNEL_ESCAPE a `%20`, as most are, behind which neither a
                              number nor a link of its groups goes on: `%` ends as well as a blank
                              what is before it, so it hides words at most */
    KERNEL_KINDS = 8,      /* bits */
};

enum {
    KERNEL_KEY_BYTES = 4,
    KERNEL_CHUNK = 4096, /* bytes looked at together, and the most events they give */
};

/* Fingerprints: the bits that bytes 0–3 of a place have in common, by low and high nibble. */
struct kernel_keys {
    uint8_t low[KERNEL_KEY_BYTES][16], high[KERNEL_KEY_BYTES][16];
    uint32_t of_byte[256]; /* both together, of place i in byte i, for the kernel in plain C */
};

/* At first 0 but for `keys`, which the caller owns. */
struct kernel_state {
    const struct kernel_keys *keys;
    size_t at;                          /* bytes done */
    bool blanks;                        /* whether KERNEL_BLANK is looked for */
    uint64_t digits, links, separators; /* of the 64 bytes before */
};

/* Looks on from `state->at`. Writes at most `capacity` >= KERNEL_CHUNK events, place <<
 * KERNEL_KINDS | kinds, in ascending order. Returns how many; the text is done when state->at ==
 * size. */
typedef size_t kernel_function(struct kernel_state *state, const uint8_t *text, size_t size,
                               uint64_t *events, size_t capacity);

/* Where the bytes of one text stand, a bit each; as many words as hold size + 1 bits, the rest 0. A
 * kernel that marks returns whether any byte is above 0x7F. */
struct kernel_marks {
    uint64_t *digits;
    uint64_t *numbers;  /* digits, blanks, dashes and `.`, of view.h's symbols */
    uint64_t *escapes;  /* what may begin an escape, and all above 0x7F */
    uint64_t *brackets; /* `[` and `{` */
    uint64_t
        *initials;  /* `b`, `d`, `f` and `i` without case that begin a word of letters and digits */
    uint64_t *keys; /* fingerprints */
};

typedef bool kernel_mark_function(const struct kernel_keys *keys, const uint8_t *text, size_t size,
                                  const struct kernel_marks *marks);

kernel_mark_function kernel_scalar_mark, kernel_ssse3_mark, kernel_avx2_mark, kernel_avx512bw_mark,
    kernel_avx512vbmi2_mark, kernel_neon_mark;
/* Clears what the vector registers still hold of the text. */
typedef void kernel_wipe_function(void);

kernel_wipe_function kernel_scalar_wipe, kernel_ssse3_wipe, kernel_avx2_wipe, kernel_avx512bw_wipe,
    kernel_avx512vbmi2_wipe, kernel_neon_wipe;
kernel_function kernel_scalar, kernel_ssse3, kernel_avx2, kernel_avx512bw, kernel_avx512vbmi2,
    kernel_neon;
#endif
