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

static void print_error(void *user, const struct blot_error *error)
{
    fprintf(stderr, "%s:%u:%u: %s\n", error->document, error->line, error->column, error->message);
}

static int engine_open(const struct ruleset *rules, const char *kernel, struct engine *ret_engine)
{
    struct blot_document document = {.name = rules->name, .data = rules->yaml};
    struct blot_options options = {
        .size = sizeof options,
        .kernel = kernel,
        .on_error = print_error,
    };
    struct engine engine = {.kernel = kernel, .rules = rules};
    if (rules->yaml != NULL) {
        document.size = strlen(rules->yaml);
        options.documents = &document;
        options.document_count = 1;
    }
    if (rules->options.key != NULL) {
        options.token_key_id = rules->options.key_id;
        options.token_key = rules->options.key;
        options.token_key_size = strlen(rules->options.key);
    }
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

size_t engine_open_all(const struct ruleset *rules, struct engine engines[ENGINES_MOST])
{
    static const char *const kernels[] = {"scalar",   "ssse3",       "avx2",
                                          "avx512bw", "avx512vbmi2", "neon"};
    size_t count = 0;
    int error = engine_open(rules, NULL, &engines[count]);

    if (error < 0) {
        fail("default kernel", error);
    }
    count++;
    for (size_t i = 0; i < sizeof kernels / sizeof kernels[0]; i++) {
        if (strcmp(kernels[i], engines[0].kernel) == 0) {
            continue;
        }
        error = engine_open(rules, kernels[i], &engines[count]);
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
