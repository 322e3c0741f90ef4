#include "agent/redact.h"
#include "test/unit/harness.h"

#include <string.h>

static void times_are_written_as_rfc_3339(void **state)
{
    static const struct {
        int64_t time_ns;
        const char *text;
    } cases[] = {
        {0, "1970-01-01T00:00:00.000Z"},
        {1, "1970-01-01T00:00:00.000000001Z"},
        {123000000, "1970-01-01T00:00:00.123Z"},
        {120000000, "1970-01-01T00:00:00.120Z"},
        {123400000, "1970-01-01T00:00:00.1234Z"},
        {-1, "1969-12-31T23:59:59.999999999Z"},
        {-86400000000000, "1969-12-31T00:00:00.000Z"},
        {951827696789000000, "2000-02-29T12:34:56.789Z"},
        {1709251199000000000, "2024-02-29T23:59:59.000Z"},
        {1709251200000000000, "2024-03-01T00:00:00.000Z"},
        {4107542400000000000, "2100-03-01T00:00:00.000Z"},
        {INT64_MAX, "2262-04-11T23:47:16.854775807Z"},
        {INT64_MIN, "1677-09-21T00:12:43.145224192Z"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char buffer[64] = "";
        struct clean_builder builder = {.data = buffer, .capacity = sizeof(buffer) - 1};
        clean_append_time(&builder, cases[i].time_ns);
        assert_string_equal(buffer, cases[i].text);
    }
}

static void pieces_are_appended(void **state)
{
    char buffer[64] = "";
    struct clean_builder builder = {.data = buffer, .capacity = sizeof(buffer) - 1};
    clean_append(&builder, clean_from_config("a="));
    clean_append_integer(&builder, INT64_MIN);
    clean_append(&builder, clean_slice(clean_literal("xyz"), 1, 1));
    clean_append(&builder, clean_literal(""));
    assert_string_equal(buffer, "a=-9223372036854775808y");
    assert_false(builder.cut);
    assert_int_equal(clean_built(&builder).size, strlen(buffer));
    assert_ptr_equal(clean_built(&builder).data, buffer);
}

static void a_cut_goes_through_no_character(void **state)
{
    static const struct {
        size_t capacity;
        size_t size;
        bool cut;
    } cases[] = {{5, 5, false}, {4, 2, true}, {3, 2, true},
                 {2, 2, true},  {1, 1, true}, {0, 0, true}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char buffer[8];
        struct clean_builder builder = {.data = buffer, .capacity = cases[i].capacity};
        clean_append(&builder, clean_literal("ab\xe2\x82\xac"));
        assert_int_equal(builder.size, cases[i].size);
        assert_int_equal(builder.cut, cases[i].cut);
        /* After a hole nothing may follow. */
        size_t before = builder.size;
        builder.capacity = sizeof(buffer);
        clean_append(&builder, clean_literal("z"));
        assert_int_equal(builder.size, before + !cases[i].cut);
    }
}

static void a_slice_stays_inside(void **state)
{
    struct clean text = clean_literal("abc");
    assert_int_equal(clean_slice(text, 0, 9).size, 3);
    assert_int_equal(clean_slice(text, 2, 9).size, 1);
    assert_int_equal(clean_slice(text, 3, 1).size, 0);
    assert_int_equal(clean_slice(text, 9, 1).size, 0);
    assert_int_equal(clean_slice(text, 1, SIZE_MAX).size, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_are_written_as_rfc_3339),
        cmocka_unit_test(pieces_are_appended),
        cmocka_unit_test(a_cut_goes_through_no_character),
        cmocka_unit_test(a_slice_stays_inside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
