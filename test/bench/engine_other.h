#ifndef TEST_BENCH_ENGINE_OTHER_H
#define TEST_BENCH_ENGINE_OTHER_H
/* What the engine is compared with: splitting at newlines with memchr, which bounds all that reads
 * lines, and three programs that match the usual pattern for card numbers: PCRE2 with JIT,
 * Vectorscan and ripgrep. */
#include "test/bench/engine_text.h"

/* Of this thread's processor time: other programs on the machine cost caches, not seconds. */
double other_seconds(void);

/* One run over the text. Returns its seconds, or a negative number where what it needs is missing;
 * sets what it counted, so that no work can be left out. */
typedef double other_function(const struct text *text, size_t *ret_count);

other_function other_split, other_pcre2, other_vectorscan, other_ripgrep;
#endif
