/* libFuzzer: what a Fluent Bit chunk becomes, whatever stands in it. Nothing is found in the result
 * by a second run, which gives it back untouched; its records can be read by a strict reader; and
 * each of them is where it was. */
#include "plugin/fluent-bit/chunk.h"
#include "plugin/fluent-bit/event.h"
#include "plugin/fluent-bit/records.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t count_records(const void *data, size_t size)
{
    struct msgpack_reader reader = {data, (const uint8_t *)data + size};
    size_t count = 0;
    for (; reader.next < reader.end; count++) {
        struct msgpack_reader whole = reader;
        struct event event;
        if (event_open(&reader, &event) < 0 || msgpack_skip(&whole) < 0)
            abort();
        reader = whole;
    }
    return count;
}

/* A copy of the exact size, so that the sanitizer sees a read behind its end. */
static int redact(struct chunk_redactor *redactor, const void *data, size_t size, void **ret_data,
                  size_t *ret_size)
{
    void *copy = malloc(size > 0 ? size : 1);
    if (!copy)
        abort();
    memcpy(copy, data, size);
    int r = chunk_redact(redactor, copy, size, ret_data, ret_size);
    if (memcmp(copy, data, size) != 0)
        abort();
    free(copy);
    return r;
}

/* The output's lines: one for each record, each an object. */
static void write_lines(const uint8_t *data, size_t size)
{
    const struct records_options options = {"tag", "a\"b\\\n"};
    struct records_counts counts = {0};
    struct text text = {0};
    uint8_t *copy = malloc(size > 0 ? size : 1);
    if (!copy)
        abort();
    memcpy(copy, data, size);
    if (records_append(&text, copy, size, &options, &counts) < 0)
        abort();
    size_t lines = 0;
    for (size_t at = 0; at < text.size; lines++) {
        const char *newline = memchr(text.data + at, '\n', text.size - at);
        if (!newline || text.data[at] != '{' || newline[-1] != '}')
            abort();
        at = (size_t)(newline + 1 - text.data);
    }
    if (lines != counts.records)
        abort();
    text_finish(&text);
    free(copy);
}

/* Rules that send records elsewhere, drop them, or drop fields. */
static const struct blot_ruleset *rules_of(unsigned number)
{
    static struct blot_ruleset *rules[4];
    static const char *const actions[] = {NULL, "quarantine", "drop_record", "drop_field"};
    const struct blot_action action = {"pan", actions[number]};
    const struct blot_options options = {
        .size = sizeof options,
        .actions = &action,
        .action_count = number > 0,
    };
    if (!rules[number] && blot_ruleset_new(&options, &rules[number]) < 0)
        abort();
    return rules[number];
}

/* The first byte: whether withheld records are dropped, and what is done with card numbers. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct chunk_redactor *redactor;
    const struct chunk_options options = {.drop = data[0] & 1, .quarantine_key = "blotter"};
    if (chunk_redactor_new(rules_of((data[0] >> 1) % 4), &options, &redactor) < 0)
        abort();
    void *output = NULL;
    void *again = NULL;
    size_t output_size = 0;
    size_t again_size = 0;
    int r = redact(redactor, data + 1, size - 1, &output, &output_size);
    if (r < 0)
        abort();
    uint64_t records = chunk_counts(redactor)->records;
    uint64_t gone = chunk_counts(redactor)->dropped;
    if (options.drop)
        gone += chunk_counts(redactor)->withheld;
    /* No output at all when every record was dropped. */
    const void *result = r == 1 ? (output ? output : "") : data + 1;
    size_t result_size = r == 1 ? output_size : size - 1;
    if (count_records(result, result_size) != records - gone)
        abort();
    if (redact(redactor, result, result_size, &again, &again_size) != 0)
        abort();
    free(output);
    chunk_redactor_free(redactor);
    write_lines(data + 1, size - 1);
    return 0;
}
