/* Compiled once for each instruction set, as kernel.c is: see there.
 *
 * A vector register keeps what was loaded last until something else is, and the upper sixteen of
 * AVX-512 keep it for long, as nearly nothing uses them: up to 64 bytes of raw text that a debugger
 * shows, and a core image holds, whatever memory was kept out of it. */
#include "rules/simd/kernel_key.h"

void KERNEL_PART(_wipe)(void)
{
    vector_wipe();
}
