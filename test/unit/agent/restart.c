/* Where reading begins again, when what was read ends within a private key or a join. */
#include "agent/restart.h"

#include "agent/redact.h"
#include "agent/source.h"

#include "test/unit/harness.h"

#include <string.h>

#define BEGIN "-----BEGIN RSA PRIVATE KEY-----\n"
#define KEY   "MIIEpAIBAAKCAQEA3Tz2mr7SZiAMfQyuvBjM9OiZ1BjP5CE\n"
#define END   "-----END RSA PRIVATE KEY-----\n"

enum {
    BEGIN_BYTES = sizeof(BEGIN) - 1,
    KEY_BYTES = sizeof(KEY) - 1,
    END_BYTES = sizeof(END) - 1,
    AT_END = -1,
};

struct step {
    const char *text;
    int framed; /* the framer's checkpoint; AT_END: all of the batch */
    const char *
        flags; /* of each record, `o`: overlaps, `w`: withheld, `e`: on stderr; NULL: none of any */
    unsigned batch_flags;
    int expected; /* the checkpoint then; AT_END likewise */
};

static const struct {
    const char *name;
    struct step steps[4];
} cases[] = {
    {"no key", {{"a\nb\n", AT_END, NULL, 0, AT_END}}},
    {"a whole key", {{"a\n" BEGIN KEY END "b\n", AT_END, NULL, 0, AT_END}}},
    {"a key that is open is begun again",
     {{"a\n" BEGIN KEY, AT_END, NULL, 0, 2},
      {KEY, AT_END, NULL, 0, 2},
      {KEY END, AT_END, NULL, 0, AT_END}}},
    {"from its own line, whatever was open before",
     {{BEGIN KEY BEGIN KEY, AT_END, NULL, 0, BEGIN_BYTES + KEY_BYTES}}},
    {"behind the key before it",
     {{BEGIN KEY END BEGIN, AT_END, NULL, 0, BEGIN_BYTES + KEY_BYTES + END_BYTES}}},
    {"a sentence about keys opens none",
     {{"a -----BEGIN PRIVATE KEY----- is\n", AT_END, NULL, 0, AT_END}}},
    {"what is withheld opens none", {{"a\n" BEGIN "b\n", AT_END, "-w-", 0, AT_END}}},
    {"not in the middle of a join",
     {{"a\nb\n" BEGIN KEY, AT_END, "--oo", 0, 2}, {END, AT_END, NULL, 0, AT_END}}},
    {"all of it within a join: where the batch before ended",
     {{"a\n", AT_END, NULL, 0, AT_END}, {BEGIN KEY, AT_END, "oo", 0, 2}}},
    {"a join that begins while a key is open",
     {{"a\n" BEGIN KEY END "b\n", 2 + BEGIN_BYTES, "---oo", 0, 2},
      {"c\n", 2 + BEGIN_BYTES, "o", 0, 2}}},
    {"an end on stderr closes no key of stdout",
     {{"a\n" BEGIN KEY END KEY, AT_END, "---e-", 0, 2},
      {"b\n", AT_END, "e", 0, 2},
      {KEY END, AT_END, NULL, 0, AT_END}}},
    {"a key on stderr within one on stdout",
     {{"a\n" BEGIN BEGIN KEY END, AT_END, "--ee-", 0, 2}, {END "b\n", AT_END, "ee", 0, AT_END}}},
    {"a source that ends", {{BEGIN KEY, AT_END, NULL, BATCH_FINAL, AT_END}}},
    {"a source that may go on",
     {{BEGIN KEY, AT_END, NULL, 0, 0}, {"", AT_END, NULL, BATCH_FINAL | BATCH_SUSPENDED, 0}}},
};

static struct fixture {
    struct blot_ruleset *rules;
    struct redactor *redactor;
    struct arena_pool *raw, *clean;
    struct source *source;
} fixture;

static uint64_t feed(const struct step *step, uint64_t offset)
{
    struct batch *batch;
    assert_int_equal(batch_new(fixture.raw, fixture.clean, 4096, &batch), 0);
    batch->source = fixture.source;
    batch->block_size = strlen(step->text);
    memcpy(batch->block, step->text, batch->block_size);
    batch->offset = offset;
    batch->end_offset = offset + batch->block_size;
    batch->flags = step->batch_flags;
    batch->checkpoint = step->framed == AT_END ? batch->end_offset : (uint64_t)step->framed;
    batch->records = arena_alloc(&batch->clean, 16 * sizeof *batch->records);
    for (size_t at = 0; at < batch->block_size; batch->record_count++) {
        size_t size = strcspn(step->text + at, "\n");
        char flag = step->flags ? step->flags[batch->record_count] : '-';
        batch->records[batch->record_count] = (struct record){
            .block_offset = at,
            .block_size = size,
            .offset = offset + at,
            .size_bytes = size + 1,
            .stream = flag == 'e' ? 2 : 1,
            .flags = flag == 'o'   ? RECORD_OVERLAPS
                     : flag == 'w' ? RECORD_WITHHELD
                                   : 0,
        };
        at += size + 1;
    }
    assert_int_equal(redact_batch(fixture.redactor, batch), 0);
    uint64_t expected = step->expected == AT_END ? batch->end_offset : (uint64_t)step->expected;
    if (batch->checkpoint != expected)
        fail_msg("checkpoint %llu, expected %llu", (unsigned long long)batch->checkpoint,
                 (unsigned long long)expected);
    offset = batch->end_offset;
    batch_free(batch);
    return offset;
}

static void reading_begins_again_before_what_is_open(void **state)
{
    (void)state;
    struct blot_options options = {.packs = (const char *const[]){"pci", "secrets"},
                                   .pack_count = 2};
    assert_int_equal(blot_ruleset_new(&options, &fixture.rules), 0);
    assert_int_equal(redactor_new(fixture.rules, &fixture.redactor), 0);
    assert_int_equal(arena_pool_new(ARENA_RAW, 65536, 1 << 20, &fixture.raw), 0);
    assert_int_equal(arena_pool_new(ARENA_CLEAN, 65536, 1 << 20, &fixture.clean), 0);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint64_t offset = 0;
        print_message("%s\n", cases[i].name);
        assert_int_equal(source_new(NULL, (struct clean){0}, NULL, 1, &fixture.source), 0);
        for (size_t j = 0; j < 4 && cases[i].steps[j].text; j++)
            offset = feed(&cases[i].steps[j], offset);
        source_free(fixture.source);
    }
    redactor_free(fixture.redactor);
    blot_ruleset_free(fixture.rules);
    arena_pool_free(fixture.raw);
    arena_pool_free(fixture.clean);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reading_begins_again_before_what_is_open),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
