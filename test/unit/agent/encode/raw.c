#include "test/unit/agent/encode/encoding.h"

static void copies_what_is_in_the_block(void **state)
{
    static struct encoding encoding;
    const struct encode_options options = {0};
    encoding_open(&encoding, &options);
    encoding_reset(&encoding);
    encoding_run(&encoding, "raw", "a \xff\0b", 5);
    assert_int_equal(encoding.record.payload.size, 5);
    assert_memory_equal(encoding.record.payload.data, "a \xff\0b", 5);
    assert_int_equal(encoding.record.time_ns, ENCODING_READ_NS);
    encoding_reset(&encoding);
    encoding.record.frame_time_ns = 5;
    encoding_run(&encoding, "raw", "", 0);
    assert_int_equal(encoding.record.payload.size, 0);
    assert_int_equal(encoding.record.time_ns, 5);
    encoding_reset(&encoding);
    encoding_close(&encoding);
}

/* What redaction has written stays where it is. */
static void points_at_what_is_clean_already(void **state)
{
    static struct encoding encoding;
    const struct encode_options options = {0};
    encoding_open(&encoding, &options);
    encoding_reset(&encoding);
    struct clean text = clean_literal("rewritten");
    encoding.record.text = text;
    arena_init(&encoding.batch.clean, encoding.clean);
    assert_int_equal(encode_find("raw")->encode(&options, encoding.source, NULL, &encoding.batch,
                                                &encoding.record, &encoding.batch.clean,
                                                &encoding.counts),
                     0);
    assert_ptr_equal(encoding.record.payload.data, text.data);
    encoding_reset(&encoding);
    encoding_close(&encoding);
}

static void withholds(void **state)
{
    static struct encoding encoding;
    const struct encode_options options = {0};
    encoding_open(&encoding, &options);
    encoding_reset(&encoding);
    encoding.record.flags = RECORD_WITHHELD;
    encoding_run(&encoding, "raw", "secret", 6);
    assert_int_equal(encoding.record.payload.size, 16);
    assert_memory_equal(encoding.record.payload.data, "[WITHHELD limit]", 16);
    encoding_reset(&encoding);
    encoding_close(&encoding);
}

static void knows_its_schemas(void **state)
{
    assert_non_null(encode_find("ecs"));
    assert_null(encode_find("xml"));
    assert_true(encode_key_is_reserved("blotter.x", 9));
    assert_true(encode_key_is_reserved("message", 7));
    assert_false(encode_key_is_reserved("blotters", 8));
    assert_false(encode_key_is_reserved("service.name", 12));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(copies_what_is_in_the_block),
        cmocka_unit_test(points_at_what_is_clean_already),
        cmocka_unit_test(withholds),
        cmocka_unit_test(knows_its_schemas),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
