#include "test/unit/rules/redacting.h"

#define UNKNOWN "9999000012345678"

static void test_fields(void **state)
{
    static const struct redacting cases[] = {
        {"DE52=A1B2C3D4E5F60718", "DE52=[REDACTED_PIN]"},
        {"field[052]: 'a1b2c3d4e5f60718'", "field[052]: '[REDACTED_PIN]'"},
        {"F_52 => A1B2C3D4E5F60718", "F_52 => [REDACTED_PIN]"},
        {"DE 52 (PIN data) : A1B2C3D4E5F60718", "DE 52 (PIN data) : [REDACTED_PIN]"},
        {"<field id='052' value='A1B2C3D4E5F60718'/>", "<field id='052' value='[REDACTED_PIN]'/>"},
        {"DE%35%32=A1B2C3D4E5F60718", "DE%35%32=[REDACTED_PIN]"},
        {"DE2=" UNKNOWN, "DE2=************5678"},
        {"DE2=16" UNKNOWN, NULL},
        {"DE2=164111111111111111", "DE2=16************1111"},
        {"DE34: " UNKNOWN, "DE34: ************5678"},
        {"DE35=9999000012345678=30122011234567890", "DE35=[REDACTED_TRACK2]"},
        {"DE35=374111111111111111=30122011234567890123", "DE35=37[REDACTED_TRACK2]"},
        {"DE45=B9999000012345678^DOE/J^30122011234567890", "DE45=[REDACTED_TRACK1]"},
        /* Other numbers and labels, no binding, no whole value. */
        {"DE53=A1B2C3D4E5F60718", NULL},
        {"CODE52=A1B2C3D4E5F60718", NULL},
        {"f52=A1B2C3D4E5F60718", NULL},
        {"DE52 A1B2C3D4E5F60718", NULL},
        {"DE52=A1B2C3D4E5F6071", NULL},
        {"DE3=" UNKNOWN, NULL},
    };
    assert_redacting(cases, sizeof(cases) / sizeof(cases[0]), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fields),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
