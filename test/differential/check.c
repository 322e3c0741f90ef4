/* Runs files of cases against the engine, under every kernel, and against the reference. */
#include "test/differential/engine.h"
#include "test/reference/cases.h"
#include "test/reference/reference.h"

#include <stdio.h>
#include <string.h>

static void redact(void *user, const char *text, size_t size, unsigned flags, char **ret_out,
                   size_t *ret_out_size)
{
    const struct ruleset *rules = user;
    reference_redact(&rules->options, text, size, flags, ret_out, ret_out_size);
}

/* Returns how many cases of a rule set fail. */
static size_t check(const struct ruleset *rules, const struct test_cases *cases)
{
    struct engine engines[ENGINES_MOST];
    size_t engine_count = engine_open_all(rules, engines);
    size_t failed = cases_check(cases, rules->name, "reference", redact, (void *)rules);

    for (size_t i = 0; i < engine_count; i++) {
        failed += cases_check(cases, rules->name, engines[i].kernel, engine_redact, &engines[i]);
    }
    engine_close_all(engines, engine_count);
    return failed;
}

/* How many cases name a rule set that there is not. */
static size_t count_lost(const struct test_cases *cases)
{
    size_t lost = cases->count;
    for (size_t i = 0; i < cases->count; i++) {
        for (size_t j = 0; j < ruleset_count(); j++) {
            lost -= strcmp(cases->items[i].rules, ruleset_at(j)->name) == 0;
        }
    }
    return lost;
}

int main(int argument_count, char **arguments)
{
    size_t failed = 0;
    size_t total = 0;

    for (int i = 1; i < argument_count; i++) {
        struct test_cases cases;
        cases_read(arguments[i], &cases);
        total += cases.count;
        failed += count_lost(&cases);
        for (size_t j = 0; j < ruleset_count(); j++) {
            failed += check(ruleset_at(j), &cases);
        }
        cases_free(&cases);
    }
    printf("%zu cases, %zu failed\n", total, failed);
    return total == 0 || failed > 0;
}
