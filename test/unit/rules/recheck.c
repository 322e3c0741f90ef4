/* Lines of random pieces: what recheck_line says of a redacted line, a kernel that looks at it
 * again confirms. */
#include "rules/recheck.h"
#include "rules/ruleset.h"

#include "test/unit/harness.h"

#include <stdlib.h>
#include <string.h>

enum {
    LINES = 30000,
    LINE_BYTES = 1024,
    PIECES_MAX = 9,
    EDITS_MAX = 64,
};

static const char *const pieces[] = {
    "4111111111111111",
    "4111 1111 1111 1111",
    "5500-0000-0000-0004",
    "378282246310005",
    "cvv: 123",
    "cvc=4567",
    "card ",
    "card=",
    " cid 123",
    "pin: 1234",
    "1234",
    "4444 5555 6666",
    "111111 222222",
    "%2d",
    "\\u0020",
    "&#52;",
    "52",
    "F52=",
    "0123456789ABCDEF",
    "field 2: ",
    "123 456 789",
    "12 34 56 78 90",
    "*",
    " ",
    "-",
    ".",
    "+",
    "=",
    "D2512101",
    "|",
    "caf\xc3\xa9",
    "\xe2\x80\x91",
    "security code ",
    "[REDACTED_CVV]",
    "order=17",
    " amount 3.50 ",
    "000",
    "6011000990139424",
    "\"",
    ",",
    "5A08",
    "eyJ",
    "411111111111",
    "1111",
};

static unsigned random_state = 5;

static unsigned random_below(unsigned limit)
{
    random_state = random_state * 1103515245 + 12345;
    return (random_state >> 16) % limit;
}

static size_t write_line(char *line)
{
    size_t size = 0;
    for (unsigned n = 2 + random_below(PIECES_MAX); n > 0; n--) {
        const char *piece = pieces[random_below(sizeof(pieces) / sizeof(*pieces))];
        memcpy(line + size, piece, strlen(piece));
        size += strlen(piece);
    }
    return size;
}

/* The findings as edits; their texts one after another in `texts`. */
static void make_edits(const struct blot_finding *findings, size_t count, struct edit *edits,
                       char *texts, size_t *ret_size)
{
    size_t size = 0;
    for (size_t i = 0; i < count; i++) {
        edits[i] = (struct edit){.begin = findings[i].offset,
                                 .end = findings[i].offset + findings[i].size,
                                 .text = size,
                                 .text_size = (uint32_t)findings[i].replacement_size};
        memcpy(texts + size, findings[i].replacement, findings[i].replacement_size);
        size += findings[i].replacement_size;
    }
    *ret_size = size;
}

struct seen {
    unsigned lines, told, quiet;
};

static void check_line(const struct blot_ruleset *ruleset, struct blot_scratch *scratch,
                       const char *text, size_t size, struct seen *seen)
{
    static uint64_t events[KERNEL_CHUNK], others[KERNEL_CHUNK];
    const uint8_t *bytes = (const uint8_t *)text;
    struct kernel_state state = {.keys = &ruleset->sift.keys};
    const struct blot_finding *findings;
    char texts[LINE_BYTES], now[LINE_BYTES];
    struct edit edits[EDITS_MAX];
    struct edit_pool pool = {.bytes = {texts, sizeof(texts)}};
    struct edit_list list = {.edits = {edits, sizeof(edits)}};
    bool worth;

    assert_int_equal(blot_find(scratch, text, size, 0, &findings, &list.count), 0);
    if (list.count == 0)
        return;
    assert_true(list.count <= EDITS_MAX);
    make_edits(findings, list.count, edits, texts, &pool.size);
    size_t now_size = blot_applied_size(size, findings, list.count);
    blot_apply(text, size, findings, list.count, now);
    size_t count = ruleset->kernel->run(&state, bytes, size, events, KERNEL_CHUNK);
    const struct recheck recheck = {events, count, 0};
    seen->lines++;
    if (!recheck_line(&recheck, &ruleset->sift, &list, &pool, bytes, size, (const uint8_t *)now,
                      now_size, &worth))
        return;
    seen->told++;
    seen->quiet += !worth;
    if (!worth &&
        sift_text(ruleset->kernel, &ruleset->sift, (const uint8_t *)now, now_size, others))
        fail_msg("line %.*s", (int)size, text);
}

static void test_as_the_kernel(void **unused)
{
    struct blot_ruleset *ruleset;
    struct blot_scratch *scratch;
    struct seen seen = {0};
    char line[LINE_BYTES];
    assert_int_equal(blot_ruleset_new(NULL, &ruleset), 0);
    assert_int_equal(blot_scratch_new(ruleset, NULL, &scratch), 0);
    for (unsigned n = 0; n < LINES; n++)
        check_line(ruleset, scratch, line, write_line(line), &seen);
    blot_scratch_free(scratch);
    blot_ruleset_free(ruleset);
    assert_true(seen.lines > LINES / 4);
    assert_true(seen.told > seen.lines / 4);
    assert_true(seen.quiet > seen.told / 4);
}

/* Which edits leave the question open. */
static void test_open(void **unused)
{
    static const struct {
        const char *text, *with;
        size_t begin, end;
        bool told;
    } cases[] = {
        {"card 4111111111111111 ok", "************1111", 5, 21, true},
        {"card 4111111111111111", "************1111", 5, 21, true},
        {"card 4111111111111111 2222", "************1111", 5, 21, false},
        {"card 4111111111111111 - 2222", "************1111", 5, 21, false},
        {"card 4111111111111111    2222", "************1111", 5, 21, true}, /* four are no link */
        {"card 41111111111111112222", "************1111", 5, 21, false},
        {"cvv 123 ok", "[REDACTED_CVV]", 4, 7, true},
        {"pin 1234 ok", "[REDACTED_PINCODE]", 4, 8, false},
        {"a 4111111111111111 b", "", 2, 18, false},
        {"a 4111111111111111 b", "9000000000001111", 2, 18, false},
    };
    struct blot_ruleset *ruleset;
    assert_int_equal(blot_ruleset_new(NULL, &ruleset), 0);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct edit edit = {
            cases[i].begin, cases[i].end, 0, (uint32_t)strlen(cases[i].with), 0, 0, 0};
        struct edit_list list = {{&edit, sizeof(edit)}, 1};
        struct edit_pool pool = {{(void *)(uintptr_t)cases[i].with, edit.text_size},
                                 edit.text_size};
        static const uint64_t none[1];
        const struct recheck recheck = {none, 0, 0};
        const uint8_t *text = (const uint8_t *)cases[i].text;
        size_t size = strlen(cases[i].text);
        bool worth = true;
        bool told =
            recheck_line(&recheck, &ruleset->sift, &list, &pool, text, size, text, size, &worth);
        if (told != cases[i].told)
            fail_msg("%s", cases[i].text);
        assert_int_equal(worth, !told);
    }
    blot_ruleset_free(ruleset);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_as_the_kernel),
        cmocka_unit_test(test_open),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
