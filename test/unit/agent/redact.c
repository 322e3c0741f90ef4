#include "agent/redact.h"

#include "agent/log.h"

#include "agent/source.h"
#include "test/unit/harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct fixture {
    struct blot_ruleset *rules;
    struct redactor *redactor;
    struct arena_pool *raw;
    struct arena_pool *clean;
    struct batch *batch;
};

static struct fixture fixture;

static int set_up(void **state)
{
    struct blot_options options = {0};
    assert_int_equal(blot_ruleset_new(&options, &fixture.rules), 0);
    assert_int_equal(redactor_new(fixture.rules, &fixture.redactor), 0);
    assert_int_equal(arena_pool_new(ARENA_RAW, 65536, 1 << 20, &fixture.raw), 0);
    assert_int_equal(arena_pool_new(ARENA_CLEAN, 65536, 1 << 20, &fixture.clean), 0);
    return batch_new(fixture.raw, fixture.clean, 4096, &fixture.batch);
}

static int tear_down(void **state)
{
    batch_free(fixture.batch);
    redactor_free(fixture.redactor);
    blot_ruleset_free(fixture.rules);
    arena_pool_free(fixture.raw);
    arena_pool_free(fixture.clean);
    return 0;
}

/* One record a line of `text`; `flags` has the flags of each as a digit. */
static void lay_out(const char *text, const char *flags)
{
    struct batch *batch = fixture.batch;
    batch->block_size = strlen(text);
    memcpy(batch->block, text, batch->block_size);
    batch->records = arena_alloc(&batch->clean, 16 * sizeof *batch->records);
    size_t at = 0;
    for (; flags[batch->record_count]; batch->record_count++) {
        size_t size = strcspn(text + at, "\n");
        batch->records[batch->record_count] = (struct record){
            .block_offset = at,
            .block_size = size,
            .flags = (uint8_t)(flags[batch->record_count] - '0'),
        };
        at += size + 1;
    }
}

static void redact(const char *text, const char *flags)
{
    lay_out(text, flags);
    assert_int_equal(redact_batch(fixture.redactor, fixture.batch), 0);
}

static void assert_text(size_t index, const char *expected)
{
    struct clean text = fixture.batch->records[index].text;
    char copy[512];
    snprintf(copy, sizeof copy, "%.*s", (int)text.size, text.data);
    assert_string_equal(copy, expected);
}

static unsigned count_of(size_t index, const char *rule)
{
    const struct record *record = &fixture.batch->records[index];
    unsigned count = 0;
    for (size_t i = 0; i < record->redaction_count; i++) {
        const struct redaction *redaction = &fixture.batch->redactions[record->redaction_first + i];
        if (strcmp(blot_ruleset_rule_id(fixture.rules, redaction->rule), rule) == 0)
            count += redaction->count;
    }
    return count;
}

static void a_clean_record_is_not_copied(void **state)
{
    redact("nothing here\npan 4111111111111111\nnor here\n", "000");
    assert_text(0, "nothing here");
    assert_text(1, "pan ************1111");
    assert_text(2, "nor here");
    assert_ptr_equal(fixture.batch->records[0].text.data, fixture.batch->block);
    assert_ptr_equal(fixture.batch->records[2].text.data,
                     fixture.batch->block + fixture.batch->records[2].block_offset);
}

static void findings_are_counted_by_record_and_rule(void **state)
{
    redact("a 4111111111111111 b 5555555555554444 cvv: 999\nplain\npan=378282246310005\n", "000");
    assert_text(0, "a ************1111 b ************4444 cvv: [REDACTED_CVV]");
    assert_text(2, "pan=***********0005");
    assert_int_equal(count_of(0, "pan"), 2);
    assert_int_equal(count_of(0, "cvv"), 1);
    assert_int_equal(fixture.batch->records[1].redaction_count, 0);
    assert_int_equal(count_of(2, "pan"), 1);
    assert_int_equal(fixture.batch->redaction_count, 3);
}

/* A run of digits that touches a cut may be the part of a card that is left: it is starred. The
 * records around it are seen as whole lines. */
static void a_cut_withholds_what_touches_it(void **state)
{
    char flags[] = {'0', '0' + RECORD_CUT_END, '0' + RECORD_CUT_START, '0', '\0'};
    redact("one 41111111\ntwo 41111111\n11111111 three\n11111111 four\n", flags);
    assert_text(0, "one 41111111");
    assert_text(1, "two ********");
    assert_text(2, "******** three");
    assert_text(3, "11111111 four");
}

static void a_withheld_record_shows_nothing(void **state)
{
    char flags[] = {'0', '0' + RECORD_WITHHELD, '0', '\0'};
    redact("one\nsecret 4111111111111111\npan 4111111111111111\n", flags);
    assert_text(0, "one");
    assert_text(1, "[WITHHELD length]");
    assert_text(2, "pan ************1111");
}

#define PRIVATE_KEY "MIIEpAIBAAKCAQEA3Tz2mr7SZiAMfQyuvBjM9OiZ1BjP5CE"

/* stdout and stderr come as they are written; the end of a key on one is none of the other's. */
static void a_key_belongs_to_its_stream(void **state)
{
    static const char text[] = "-----BEGIN PRIVATE KEY-----\n" PRIVATE_KEY "\n"
                               "nothing of it\n-----END PRIVATE KEY-----\n" PRIVATE_KEY "\n"
                               "-----END PRIVATE KEY-----\nafter\n";
    static const uint8_t streams[] = {1, 1, 2, 2, 1, 1, 1};
    struct blot_options options = {.packs = (const char *const[]){"secrets"}, .pack_count = 1};
    struct blot_ruleset *rules;
    struct redactor *redactor;
    struct source *source;
    assert_int_equal(blot_ruleset_new(&options, &rules), 0);
    assert_int_equal(redactor_new(rules, &redactor), 0);
    assert_int_equal(source_new(NULL, (struct clean){0}, NULL, 1, &source), 0);
    fixture.batch->source = source;
    lay_out(text, "0000000");
    for (size_t i = 0; i < fixture.batch->record_count; i++)
        fixture.batch->records[i].stream = streams[i];
    assert_int_equal(redact_batch(redactor, fixture.batch), 0);
    assert_text(1, "[REDACTED_PRIVATE_KEY]");
    assert_text(2, "nothing of it");
    assert_text(3, "-----END PRIVATE KEY-----");
    assert_text(4, "[REDACTED_PRIVATE_KEY]");
    assert_text(6, "after");
    assert_int_equal(source->redact_state[1], 0);
    fixture.batch->source = NULL;
    source_free(source);
    redactor_free(redactor);
    blot_ruleset_free(rules);
}

static void many_findings_outgrow_the_first_room(void **state)
{
    char text[4096] = "";
    char flags[16] = "";
    for (int line = 0; line < 12; line++) {
        for (int i = 0; i <= line; i++)
            strcat(text, "4111111111111111, ");
        strcat(text, "cvv=123\n");
        strcat(flags, "0");
    }
    redact(text, flags);
    for (unsigned line = 0; line < 12; line++) {
        assert_int_equal(count_of(line, "pan"), line + 1);
        assert_int_equal(count_of(line, "cvv"), 1);
        assert_null(memmem(fixture.batch->records[line].text.data,
                           fixture.batch->records[line].text.size, "4111111111111111", 16));
    }
}

static void a_text_is_cut_after_redaction(void **state)
{
    static const char text[] = "/var/log/4111111111111111/app.log";
    char buffer[64];
    struct clean whole =
        redact_text(fixture.redactor, (struct raw){text, sizeof text - 1}, buffer, sizeof buffer);
    assert_int_equal(whole.size, sizeof text - 1);
    assert_memory_equal(whole.data, "/var/log/************1111/app.log", whole.size);
    struct clean cut =
        redact_text(fixture.redactor, (struct raw){text, sizeof text - 1}, buffer, 15);
    assert_memory_equal(cut.data, "/var/log/******", cut.size);
    struct clean copy = {0};
    assert_int_equal(redact_copy(fixture.redactor, (struct raw){text, sizeof text - 1}, &copy), 0);
    assert_int_equal(copy.size, whole.size);
    assert_memory_equal(copy.data, "/var/log/************1111/app.log", copy.size);
    free((char *)copy.data);
}

static char logged[2048];

static void keep_line(enum log_level level, const char *line)
{
    snprintf(logged, sizeof(logged), "%s", line);
}

/* The log takes the first KiB of a text from outside. */
static void the_log_shows_no_half_of_a_number(void **state)
{
    static const char number[] = "4111111111111111 and more";
    char text[1024 - 12 + sizeof number];
    memset(text, 'x', sizeof text);
    text[1024 - 13] = ' ';
    memcpy(text + 1024 - 12, number, sizeof number - 1);
    log_set_redactor(redact_for_log, fixture.redactor);
    log_set_sink(keep_line);
    log_warn("a", log_text("error", text, sizeof text - 1));
    assert_null(strstr(logged, "4111"));
    assert_non_null(strstr(logged, "x ************\""));
    log_warn("a", log_text("error", text + 1024 - 13, sizeof number));
    assert_non_null(strstr(logged, "************1111 and more"));
    log_set_sink(NULL);
    log_set_redactor(NULL, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_log_shows_no_half_of_a_number, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_clean_record_is_not_copied, set_up, tear_down),
        cmocka_unit_test_setup_teardown(findings_are_counted_by_record_and_rule, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_cut_withholds_what_touches_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_withheld_record_shows_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_key_belongs_to_its_stream, set_up, tear_down),
        cmocka_unit_test_setup_teardown(many_findings_outgrow_the_first_room, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_text_is_cut_after_redaction, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
