#include "rules/ruleset.h"

#include "test/unit/harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    BLOCKS = 400,
    LINES = 40,
    BLOCK_BYTES = 1 << 18,
};

static unsigned random_state = 11;

static unsigned random_below(unsigned limit)
{
    random_state = random_state * 1103515245 + 12345;
    return (random_state >> 16) % limit;
}

static int use_candidate(void *user, const struct blot_candidate *candidate)
{
    return 0;
}

/* Writes the text with some of its characters escaped in one of the forms of contract 1.3. */
static size_t write_escaped(const char *text, char *output)
{
    static const char *const forms[] = {"\\u%04x", "%%%02X", "&#%d;", "\\x%02x", "\\\\u%04x"};
    unsigned form = random_below(12), often = 1 + random_below(8);
    size_t size = 0;
    for (; *text; text++) {
        if (*text == '\n' || (form >= 10 && (*text == '"' || *text == '/'))) {
            output[size++] = *text == '\n' ? ' ' : '\\';
            if (*text != '\n')
                output[size++] = *text;
        } else if (form < 5 && random_below(10) < often) {
            size += (size_t)sprintf(output + size, forms[form], (unsigned char)*text);
        } else {
            output[size++] = *text;
        }
    }
    return size;
}

/* An example of some rule, in one of several frames. */
static size_t write_line(const struct blot_ruleset *ruleset, char *output)
{
    static const char *const frames[][2] = {
        {"", ""},
        {"2026-03-01 12:00:00.123 INFO c.e.Shop - ", " took 12 ms"},
        {"{\"m\":\"", "\",\"n\":1}"},
        {"caf\xc3\xa9 ", " \xd9\xa4"},
        {"GET /x?a=%20b&", " HTTP/1.1"},
        {"\xff", "\\"},
    };
    const struct rule *rule = &ruleset->rules[random_below((unsigned)ruleset->rule_count)];
    const char *const *frame = frames[random_below(sizeof(frames) / sizeof(*frames))];
    const struct example *example = &rule->examples[random_below((unsigned)rule->example_count)];
    size_t size = (size_t)sprintf(output, "%s", frame[0]);
    size += write_escaped(example->text, output + size);
    if (random_below(6) == 0)
        output[random_below((unsigned)size)] = (char)(' ' + random_below(94));
    return size + (size_t)sprintf(output + size, "%s\n", frame[1]);
}

/* What the keywords, shapes and escapes of a block point at is what the exact search of every line
 * finds: no finding is lost, and none is found only in company. */
static void the_search_of_a_block_finds_what_that_of_its_lines_finds(void **state)
{
    static const char *const packs[] = {"secrets", "pii"};
    const struct blot_options options = {.size = sizeof(options), .packs = packs, .pack_count = 2};
    struct blot_ruleset *ruleset;
    struct blot_scratch *fast, *slow;
    char *block = malloc(BLOCK_BYTES);
    size_t found = 0;
    assert_non_null(block);
    assert_int_equal(blot_ruleset_new(&options, &ruleset), 0);
    assert_int_equal(blot_scratch_new(ruleset, NULL, &fast), 0);
    assert_int_equal(blot_scratch_new(ruleset, NULL, &slow), 0);
    for (unsigned run = 0; run < BLOCKS; run++) {
        const struct blot_finding *a, *b;
        size_t size = 0, a_count, b_count;
        for (unsigned i = 0; i < LINES; i++)
            size += write_line(ruleset, block + size);
        assert_int_equal(blot_find(fast, block, size, 0, &a, &a_count), 0);
        assert_int_equal(blot_explain(slow, block, size, 0, use_candidate, NULL, &b, &b_count), 0);
        for (size_t i = 0; i < a_count || i < b_count; i++) {
            if (i < a_count && i < b_count && a[i].offset == b[i].offset && a[i].size == b[i].size)
                continue;
            size_t at = i < a_count && (i >= b_count || a[i].offset < b[i].offset) ? a[i].offset
                                                                                   : b[i].offset;
            const char *newline = memrchr(block, '\n', at), *line = newline ? newline + 1 : block;
            fail_msg("at %zu of: %.*s", at - (size_t)(line - block), (int)strcspn(line, "\n"),
                     line);
        }
        found += a_count;
    }
    assert_true(found > (size_t)BLOCKS * LINES / 4);
    blot_scratch_free(fast);
    blot_scratch_free(slow);
    blot_ruleset_free(ruleset);
    free(block);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_search_of_a_block_finds_what_that_of_its_lines_finds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
