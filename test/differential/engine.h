#ifndef TEST_DIFFERENTIAL_ENGINE_H
#define TEST_DIFFERENTIAL_ENGINE_H
/* The engine under test, one for each kernel of this processor, shaped as the reference is. */
#include "test/differential/ruleset.h"

#include <stddef.h>

enum { ENGINES_MOST = 8 };

struct engine {
    const char *kernel;
    const struct ruleset *rules;
    struct blot_ruleset *ruleset;
    struct blot_scratch *scratch;
};

/* One engine for each kernel that there is, all with the same rules; ends the process when the
 * default one cannot be made. */
size_t engine_open_all(const struct ruleset *rules, struct engine engines[ENGINES_MOST]);
void engine_close_all(struct engine *engines, size_t count);

/* The arguments of reference_redact; `engine` is a struct engine. */
void engine_redact(void *engine, const char *text, size_t size, unsigned cut_flags, char **ret_out,
                   size_t *ret_out_size);

#endif
