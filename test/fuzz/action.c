/* libFuzzer: what every action must keep to (test/action/variant.h). */
#include "test/action/variant.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { TEXT_MOST = 8192, VARIANTS_MOST = 64 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The first byte gives the cut flags (bits 0 and 1) and the rule set, the rest is the text. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct variant variants[VARIANTS_MOST];
    if (size == 0)
        return 0;
    unsigned number = (data[0] >> 2) % variant_count();
    if (!variants[number].ruleset)
        variants[number] = variant_new(number);
    int changed;
    size_t text_size = size - 1 < TEXT_MOST ? size - 1 : TEXT_MOST;
    const char *wrong =
        variant_check(&variants[number], (const char *)data + 1, text_size, data[0] & 3, &changed);
    if (wrong) {
        fprintf(stderr, "%s: %s\n", variants[number].name, wrong);
        abort();
    }
    return 0;
}
