#include "rules/key_block.h"

#include "test/unit/harness.h"

#include <stdio.h>
#include <string.h>

#define BEGIN "-----BEGIN RSA PRIVATE KEY-----"
#define END   "-----END RSA PRIVATE KEY-----"

/* What of each line is part of a key, and the state behind it. */
static void lines_of_a_key_are_part_of_it(void **state)
{
    static const struct {
        const char *line, *key; /* "": nothing */
        uint32_t before, after;
    } cases[] = {
        {"a line", "", 0, 0},
        {BEGIN, "", 0, KEY_BLOCK_LINES},
        {BEGIN "\r", "", 0, KEY_BLOCK_LINES},
        {"x: " BEGIN, "", 0, KEY_BLOCK_LINES | KEY_BLOCK_PREFIXED},
        {"{\"k\":\"" BEGIN "\\n\"", "", 0, KEY_BLOCK_LINES | KEY_BLOCK_PREFIXED},
        {BEGIN " MIIEpAIBAAKCAQEA", "", 0, KEY_BLOCK_LINES},
        {BEGIN " is what it needs", "", 0, 0},
        {BEGIN "MIIE" END, "", 0, 0},
        {"-----BEGIN PUBLIC KEY-----", "", 0, 0},
        {"-----BEGIN PGP PRIVATE KEY BLOCK-----", "", 0, KEY_BLOCK_LINES},
        {"MIIE 4111", "MIIE 4111", 7, 6},
        {"MIIE\r", "MIIE", 1, 0},
        {"", "", 3, 2},
        {"MIIE" END " x", "MIIE", 9, 0},
        {"12:00 MIIEpAIBAAKCAQEA x", "MIIEpAIBAAKCAQEA", KEY_BLOCK_PREFIXED | 2,
         KEY_BLOCK_PREFIXED | 1},
        {"12:00 MIIE", "", KEY_BLOCK_PREFIXED | 1, 0},
        {"12:00 MIIEpAIBAAKCAQEA [REDACTED_PRIVATE_KEY]", "", KEY_BLOCK_PREFIXED | 1, 0},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        const uint8_t *line = (const uint8_t *)cases[i].line;
        uint32_t now = cases[i].before;
        size_t begin, end;
        key_block_step(&now, line, strlen(cases[i].line), &begin, &end);
        if (now != cases[i].after || end - begin != strlen(cases[i].key) ||
            memcmp(line + begin, cases[i].key, end - begin) != 0)
            fail_msg("%s: %x, %.*s", cases[i].line, now, (int)(end - begin), line + begin);
    }
}

/* The state behind a text is that behind its lines, one after the other. */
static void the_state_behind_a_text_is_that_behind_its_lines(void **state)
{
    static const char *const lines[] = {"",     "a",    BEGIN, "x " BEGIN,
                                        "MIIE", "MIIE", END,   BEGIN " no"};
    char text[8192];
    unsigned random = 1;
    for (unsigned run = 0; run < 500; run++) {
        uint32_t before = run % 3 ? 0 : run % 201, now = before;
        size_t size = 0, count = run % 5 ? run % 9 : 195 + run % 12;
        for (size_t i = 0; i < count; i++) {
            random = random * 1103515245 + 12345;
            const char *line = lines[random >> 16 & (count > 9 && i ? 1 : 7)];
            size_t begin, end;
            key_block_step(&now, (const uint8_t *)line, strlen(line), &begin, &end);
            size += (size_t)sprintf(text + size, "%s\n", line);
        }
        assert_int_equal(key_block_after(before, (const uint8_t *)text, size), now);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_of_a_key_are_part_of_it),
        cmocka_unit_test(the_state_behind_a_text_is_that_behind_its_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
