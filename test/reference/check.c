/* Runs files of cases against the reference redactor. */
#include "test/reference/cases.h"
#include "test/reference/reference.h"

#include <stdio.h>

static void redact(void *user, const char *text, size_t size, unsigned flags, char **ret_out,
                   size_t *ret_out_size)
{
    static const struct reference_options defaults;
    reference_redact(&defaults, text, size, flags, ret_out, ret_out_size);
}

int main(int argument_count, char **arguments)
{
    size_t failed = 0;
    size_t total = 0;

    for (int i = 1; i < argument_count; i++) {
        struct test_cases cases;
        cases_read(arguments[i], &cases);
        total += cases.count;
        failed += cases_check(&cases, "default", "reference", redact, NULL);
        cases_free(&cases);
    }
    printf("%zu cases, %zu failed\n", total, failed);
    return total == 0 || failed > 0;
}
