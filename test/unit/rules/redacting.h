#pragma once
/* Text in, text out, through the library's own face. */
#include "rules/blotter.h"

#include "test/unit/harness.h"

#include <stdio.h>
#include <string.h>

struct redacting {
    const char *text, *redacted; /* NULL: it stays */
};

/* Checks that each text becomes by `rules`, a rule file, what stands beside it, and that this stays
 * as it is. */
static inline void assert_redacting_by(const char *rules, const struct redacting *cases,
                                       size_t count, unsigned flags)
{
    struct blot_document document = {"rules.yaml", rules, rules ? strlen(rules) : 0};
    struct blot_options options = {
        .size = sizeof(options), .documents = &document, .document_count = rules ? 1 : 0};
    struct blot_ruleset *ruleset;
    struct blot_scratch *scratch;
    assert_int_equal(blot_ruleset_new(&options, &ruleset), 0);
    assert_int_equal(blot_scratch_new(ruleset, NULL, &scratch), 0);
    for (size_t i = 0; i < count; i++) {
        const char *expected = cases[i].redacted ? cases[i].redacted : cases[i].text;
        const char *text = cases[i].text;
        for (unsigned round = 0; round < 2; round++) {
            const char *out;
            size_t size;
            assert_int_equal(
                blot_redact(scratch, text, strlen(text), round ? 0 : flags, &out, &size), 0);
            if (size != strlen(expected) || memcmp(out, expected, size) != 0)
                fprintf(stderr, "%s\n  became   %.*s\n  expected %s\n", text, (int)size, out,
                        expected);
            assert_int_equal(size, strlen(expected));
            assert_memory_equal(out, expected, size);
            text = expected;
        }
    }
    blot_scratch_free(scratch);
    blot_ruleset_free(ruleset);
}

/* The same, by the built-in rules. */
static inline void assert_redacting(const struct redacting *cases, size_t count, unsigned flags)
{
    assert_redacting_by(NULL, cases, count, flags);
}
