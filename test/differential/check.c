/* Runs files of cases against the engine, under every kernel, and against the reference. */
#include "test/differential/engine.h"
#include "test/reference/cases.h"
#include "test/reference/reference.h"

#include <stdio.h>

static void redact(void *user, const char *text, size_t size, unsigned flags, char **ret_out,
                   size_t *ret_out_size)
{
    reference_redact(text, size, flags, ret_out, ret_out_size);
}

int main(int argument_count, char **arguments)
{
    struct engine engines[ENGINES_MOST];
    size_t engine_count = engine_open_all(engines);
    size_t failed = 0;
    size_t total = 0;

    for (int i = 1; i < argument_count; i++) {
        struct test_cases cases;
        cases_read(arguments[i], &cases);
        total += cases.count;
        failed += cases_check(&cases, "reference", redact, NULL);
        for (size_t k = 0; k < engine_count; k++) {
            failed += cases_check(&cases, engines[k].kernel, engine_redact, &engines[k]);
        }
        cases_free(&cases);
    }
    engine_close_all(engines, engine_count);
    printf("%zu cases, %zu failed\n", total, failed);
    return total == 0 || failed > 0;
}
