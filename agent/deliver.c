#include "agent/deliver.h"

#include "agent/component.h"
#include "agent/document.h"
#include "agent/option.h"
#include "agent/output.h"
#include "agent/queue.h"
#include "agent/redact.h"
#include "agent/route.h"
#include "agent/source.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    CHUNK_BYTES = 256 * 1024,
    READY_POLL_MS = 20,
};

struct deliver_config {
    const struct output_type *type;
    void *options;
};

struct deliverer {
    struct output output;
    const struct blot_ruleset *rules;
    struct source *source;
    struct redactor *redactor;
    struct arena_pool *raw, *clean;
    uint64_t next_offset; /* records sent: a stub names its record by it */

    struct batch *in_flight; /* what the output has, linked by next_in_source */
    /* The last batch that was given, until the host has asked for every record of it. */
    struct batch *kept;
    size_t asked_for; /* records of it */
    bool is_acknowledged;
};

int deliver_config_new(const char *output_type, const char *yaml, size_t yaml_size,
                       struct diagnostics *diagnostics, struct deliver_config **ret_config)
{
    const struct output_type *const *type = component_registry.outputs;
    while (*type && strcmp((*type)->name, output_type) != 0)
        type++;
    if (!*type)
        return -ENOENT;
    struct document *document = NULL;
    int r = document_parse(yaml, yaml_size, diagnostics, &document);
    if (r < 0)
        return r;
    struct deliver_config *config = calloc(1, sizeof(*config));
    if (config) {
        config->type = *type;
        config->options = calloc(1, (*type)->config_size);
    }
    r = config && config->options ? 0 : -ENOMEM;
    if (r == 0) {
        const struct option_target target = {(*type)->options, config->options};
        r = option_parse(&target, 1, document_root(document), "", diagnostics);
    }
    document_free(document);
    if (r < 0)
        deliver_config_free(config);
    else
        *ret_config = config;
    return r;
}

struct deliver_config *deliver_config_free(struct deliver_config *config)
{
    if (!config)
        return NULL;
    if (config->options)
        option_finish(config->type->options, config->options);
    free(config->options);
    free(config);
    return NULL;
}

static int64_t clock_ns(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static int start(struct deliverer *deliverer, const struct blot_ruleset *rules,
                 struct clean *ret_error)
{
    int r = arena_pool_new(ARENA_RAW, CHUNK_BYTES, SIZE_MAX, &deliverer->raw);
    if (r == 0)
        r = arena_pool_new(ARENA_CLEAN, CHUNK_BYTES, SIZE_MAX, &deliverer->clean);
    if (r == 0)
        r = redactor_new(rules, &deliverer->redactor);
    if (r == 0)
        r = source_new(NULL, clean_literal(""), NULL, 1, &deliverer->source);
    if (r < 0)
        return r;
    deliverer->source->path.data = NULL; /* source_free would free the constant */
    r = output_init(&deliverer->output, ret_error);
    if (r == 0)
        r = output_start(&deliverer->output);
    if (r == 0) /* a call's records are all there is: nothing more is worth waiting for */
        output_flush(&deliverer->output);
    return r;
}

const char *deliver_judge_rules(const struct blot_ruleset *rules)
{
    return blot_ruleset_effects(rules) & BLOT_QUARANTINE
               ? "a rule has the action quarantine, and there is one output only: give the rule "
                 "another action"
               : NULL;
}

int deliver_new(const struct deliver_config *config, const struct blot_ruleset *rules,
                size_t buffer_bytes, struct deliverer **ret_deliverer, char *ret_error)
{
    struct deliverer *deliverer = calloc(1, sizeof(*deliverer));
    if (!deliverer)
        return -ENOMEM;
    deliverer->output = (struct output){
        .type = config->type,
        .id = config->type->name,
        .config = config->options,
        .required = true,
        .buffer_bytes = buffer_bytes,
        .control = -1,
    };
    struct clean error = clean_literal("");
    const char *why = deliver_judge_rules(rules);
    if (why)
        error = clean_from_constant(why, strlen(why));
    deliverer->rules = rules;
    int r = why ? -ENOTSUP : start(deliverer, rules, &error);
    if (r < 0) {
        snprintf(ret_error, DELIVER_ERROR_BYTES, "%.*s",
                 (int)(error.size < DELIVER_ERROR_BYTES ? error.size : DELIVER_ERROR_BYTES - 1),
                 error.size > 0 ? error.data : "");
        if (error.size == 0)
            snprintf(ret_error, DELIVER_ERROR_BYTES, "%s", strerrordesc_np(-r));
        deliver_free(deliverer);
        return r;
    }
    *ret_deliverer = deliverer;
    return 0;
}

static void empty(struct queue *queue)
{
    while (queue && queue_pop(queue))
        ;
}

/* One that is still in flight is freed when it comes back. */
static void drop_kept(struct deliverer *deliverer)
{
    if (deliverer->is_acknowledged)
        batch_free(deliverer->kept);
    deliverer->kept = NULL;
    deliverer->asked_for = 0;
    deliverer->is_acknowledged = false;
}

struct deliverer *deliver_free(struct deliverer *deliverer)
{
    if (!deliverer)
        return NULL;
    output_stop(&deliverer->output);
    empty(deliverer->output.queue);
    empty(deliverer->output.done);
    output_finish(&deliverer->output); /* now nothing points at payloads */
    drop_kept(deliverer);
    while (deliverer->in_flight) {
        struct batch *next = deliverer->in_flight->next_in_source;
        batch_free(deliverer->in_flight);
        deliverer->in_flight = next;
    }
    source_free(deliverer->source);
    redactor_free(deliverer->redactor);
    arena_pool_free(deliverer->raw);
    arena_pool_free(deliverer->clean);
    free(deliverer);
    return NULL;
}

/* Puts the texts into one block, a newline between them: one call of the engine for all. */
static int fill(struct deliverer *deliverer, struct batch *batch, const struct deliver_text *texts,
                size_t count)
{
    batch->records = arena_alloc(&batch->clean, count * sizeof(*batch->records));
    if (!batch->records)
        return -ENOMEM;
    memset(batch->records, 0, count * sizeof(*batch->records));
    for (size_t i = 0; i < count; i++) {
        struct record *record = &batch->records[i];
        record->block_offset = batch->block_size;
        record->block_size = texts[i].text.size;
        record->time_ns = batch->read_time_ns;
        record->flags = texts[i].is_cut ? RECORD_CUT_END : 0;
        if (blot_state_after(deliverer->rules, 0, texts[i].text.data, texts[i].text.size) != 0)
            record->flags |= RECORD_ALONE;
        memcpy(batch->block + batch->block_size, texts[i].text.data, texts[i].text.size);
        batch->block_size += texts[i].text.size;
        batch->block[batch->block_size++] = '\n';
    }
    batch->record_count = count;
    return 0;
}

/* Payloads live until the acknowledgement, the raw block only until here. */
static int encode(struct batch *batch)
{
    for (size_t i = 0; i < batch->record_count; i++) {
        struct record *record = &batch->records[i];
        char *copy = arena_reserve(&batch->clean, record->text.size + 1);
        if (!copy)
            return -ENOMEM;
        struct clean_builder builder = {.data = copy, .capacity = record->text.size};
        clean_append(&builder, record->text);
        arena_take(&batch->clean, record->text.size + 1);
        record->payload = clean_built(&builder);
        batch->payload_bytes += record->payload.size;
    }
    return 0;
}

static int make_batch(struct deliverer *deliverer, const struct deliver_text *texts, size_t count,
                      struct batch **ret_batch)
{
    size_t size = 0;
    for (size_t i = 0; i < count; i++)
        size += texts[i].text.size + 1;
    struct batch *batch;
    int r = batch_new(deliverer->raw, deliverer->clean, size, &batch);
    if (r < 0)
        return r;
    batch->source = deliverer->source;
    batch->read_time_ns = clock_ns(CLOCK_REALTIME);
    batch->read_clock_ns = clock_ns(CLOCK_MONOTONIC);
    r = fill(deliverer, batch, texts, count);
    if (r == 0)
        r = redact_batch(deliverer->redactor, batch);
    if (r == 0)
        r = route_batch(batch, NULL);
    if (r == 0)
        r = encode(batch);
    if (r < 0) {
        batch_free(batch);
        return r;
    }
    batch_drop_raw(batch);
    batch->clean_bytes = arena_size(&batch->clean);
    *ret_batch = batch;
    return 0;
}

static bool same_text(struct clean left, struct clean right)
{
    return left.size == right.size && memcmp(left.data, right.data, left.size) == 0;
}

/* Whether the host comes again with what is in flight already. */
static bool is_kept(const struct deliverer *deliverer, const struct batch *batch)
{
    const struct batch *kept = deliverer->kept;
    if (!kept || kept->record_count - deliverer->asked_for < batch->record_count)
        return false;
    for (size_t i = 0; i < batch->record_count; i++) {
        if (!same_text(kept->records[deliverer->asked_for + i].payload, batch->records[i].payload))
            return false;
    }
    return true;
}

static void give(struct deliverer *deliverer, struct batch *batch)
{
    drop_kept(deliverer);
    for (size_t i = 0; i < batch->record_count; i++)
        batch->records[i].offset = deliverer->next_offset++;
    deliverer->kept = batch;
    batch->next_in_source = deliverer->in_flight;
    deliverer->in_flight = batch;
    output_give(&deliverer->output, batch, 0, clock_ns(CLOCK_MONOTONIC));
}

static void land(struct deliverer *deliverer, struct batch *batch)
{
    struct batch **link = &deliverer->in_flight;
    while (*link != batch)
        link = &(*link)->next_in_source;
    *link = batch->next_in_source;
}

static void take_back(struct deliverer *deliverer, struct deliver_counts *counts)
{
    struct batch *batch;
    while ((batch = queue_pop(deliverer->output.done))) {
        land(deliverer, batch);
        counts->delivered += batch->record_count;
        counts->refused += batch->progress[0].refused;
        for (size_t i = 0; i < batch->record_count; i++)
            counts->redacted += batch->records[i].redaction_count > 0;
        if (batch == deliverer->kept)
            deliverer->is_acknowledged = true;
        else
            batch_free(batch);
    }
}

static int wait_for(struct deliverer *deliverer, int timeout_ms, struct deliver_counts *counts)
{
    int64_t end_ns = clock_ns(CLOCK_MONOTONIC) + timeout_ms * INT64_C(1000000);
    for (;;) {
        take_back(deliverer, counts);
        int64_t left_ns = end_ns - clock_ns(CLOCK_MONOTONIC);
        if (deliverer->is_acknowledged)
            return 0;
        if (left_ns <= 0)
            return -ETIMEDOUT;
        struct pollfd done = {.fd = queue_descriptor(deliverer->output.done), .events = POLLIN};
        if (poll(&done, 1, (int)((left_ns + 999999) / 1000000)) < 0 && errno == EINTR)
            return -ETIMEDOUT; /* a host that stops wakes its threads by a signal */
    }
}

int deliver_send(struct deliverer *deliverer, const struct deliver_text *texts, size_t count,
                 int timeout_ms, struct deliver_counts *counts)
{
    struct batch *batch;
    if (count == 0)
        return 0;
    int r = make_batch(deliverer, texts, count, &batch);
    if (r < 0)
        return r;
    size_t left = batch->record_count;
    if (left == 0 || is_kept(deliverer, batch))
        batch_free(batch);
    else
        give(deliverer, batch);
    r = left == 0 ? 0 : wait_for(deliverer, timeout_ms, counts);
    if (r < 0)
        return r;
    counts->dropped += count - left;
    deliverer->asked_for += left;
    if (left > 0 && deliverer->asked_for == deliverer->kept->record_count)
        drop_kept(deliverer);
    return 0;
}

bool deliver_is_ready(struct deliverer *deliverer, char *ret_why, size_t why_size)
{
    return deliverer->is_acknowledged ||
           deliverer->output.type->is_ready(&deliverer->output, ret_why, why_size);
}

bool deliver_wait_ready(struct deliverer *deliverer, int timeout_ms)
{
    char why[DELIVER_ERROR_BYTES];
    int64_t end_ns = clock_ns(CLOCK_MONOTONIC) + timeout_ms * INT64_C(1000000);
    while (!deliver_is_ready(deliverer, why, sizeof(why))) {
        if (clock_ns(CLOCK_MONOTONIC) >= end_ns || poll(NULL, 0, READY_POLL_MS) < 0)
            return false;
    }
    return true;
}
