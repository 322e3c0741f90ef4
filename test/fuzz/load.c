/* libFuzzer: a rule file of any content compiles or is refused with at least one error. */
#include "rules/blotter.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void count_error(void *user, const struct blot_error *error)
{
    if (!error->document || !error->message || error->column == 0)
        abort();
    (*(size_t *)user)++;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t errors = 0;
    struct blot_document document = {"fuzzed", (const char *)data, size};
    struct blot_options options = {
        .documents = &document, .document_count = 1, .on_error = count_error, .user = &errors};
    struct blot_ruleset *ruleset = NULL;
    int r = blot_ruleset_new(&options, &ruleset);
    if (r == 0 ? errors != 0 : (r != -EINVAL && r != -EILSEQ) || errors == 0)
        abort();
    blot_ruleset_free(ruleset);
    return 0;
}
