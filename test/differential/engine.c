#include "test/differential/engine.h"

#include "rules/blotter.h"
#include "test/reference/reference.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void fail(const char *what, int error)
{
    fprintf(stderr, "%s: %s\n", what, strerror(-error));
    exit(1);
}

static int engine_open(const char *kernel, struct engine *ret_engine)
{
    struct blot_options options = {.kernel = kernel};
    struct engine engine = {.kernel = kernel};
    int error = blot_ruleset_new(&options, &engine.ruleset);
    if (error < 0) {
        return error;
    }
    engine.kernel = blot_ruleset_kernel(engine.ruleset);
    error = blot_scratch_new(engine.ruleset, NULL, &engine.scratch);
    if (error < 0) {
        blot_ruleset_free(engine.ruleset);
        return error;
    }
    *ret_engine = engine;
    return 0;
}

size_t engine_open_all(struct engine engines[ENGINES_MOST])
{
    static const char *const kernels[] = {"scalar", "ssse3", "avx2", "avx512bw", "neon"};
    size_t count = 0;
    int error = engine_open(NULL, &engines[count]);

    if (error < 0) {
        fail("default kernel", error);
    }
    count++;
    for (size_t i = 0; i < sizeof kernels / sizeof kernels[0]; i++) {
        if (strcmp(kernels[i], engines[0].kernel) == 0) {
            continue;
        }
        error = engine_open(kernels[i], &engines[count]);
        if (error == 0) {
            count++;
        } else if (error != -ENOTSUP) {
            fail(kernels[i], error);
        }
    }
    return count;
}

void engine_close_all(struct engine *engines, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        blot_scratch_free(engines[i].scratch);
        blot_ruleset_free(engines[i].ruleset);
    }
}

void engine_redact(void *user, const char *text, size_t size, unsigned cut_flags, char **ret_out,
                   size_t *ret_out_size)
{
    const struct engine *engine = user;
    const struct blot_finding *findings;
    size_t count;
    unsigned flags = (cut_flags & REFERENCE_CUT_START ? BLOT_CUT_START : 0) |
                     (cut_flags & REFERENCE_CUT_END ? BLOT_CUT_END : 0);
    int error = blot_find(engine->scratch, text, size, flags, &findings, &count);
    if (error < 0) {
        fail("blot_find", error);
    }
    size_t out_size = blot_applied_size(size, findings, count);
    char *out = malloc(out_size > 0 ? out_size : 1);
    if (out == NULL) {
        fail("malloc", -ENOMEM);
    }
    blot_apply(text, size, findings, count, out);
    *ret_out = out;
    *ret_out_size = out_size;
}
