/* libFuzzer: the engine equals the reference on any text.
 *
 * The first byte gives the cut flags (bits 0 and 1), the rule set (the others), the rest is the
 * text, whose size chooses the kernel. */
#include "test/differential/compare.h"
#include "test/reference/reference.h"

#include <stdint.h>
#include <stdlib.h>

enum {
    TEXT_MOST = 1024, /* the reference is slow */
    RULESETS = 64,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct engine engines[RULESETS][ENGINES_MOST];
    static size_t engine_counts[RULESETS];

    if (size == 0) {
        return 0;
    }
    size_t rules = (data[0] >> 2) % ruleset_count();
    if (engine_counts[rules] == 0) {
        engine_counts[rules] = engine_open_all(ruleset_at(rules), engines[rules]);
    }
    unsigned flags = data[0] & (REFERENCE_CUT_START | REFERENCE_CUT_END);
    const char *text = (const char *)data + 1;
    size = size < TEXT_MOST ? size : TEXT_MOST;
    struct engine *engine = &engines[rules][size % engine_counts[rules]];
    if (!compare_same(engine, text, size - 1, flags)) {
        compare_print(stderr, engine, "fuzzed", text, size - 1, flags);
        abort();
    }
    return 0;
}
