#include "plugin/rsyslog/worker.h"

#include "rules/blotter.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    KEPT_BYTES = 1024 * 1024, /* a larger buffer is not kept for the next message */
};

void worker_init(struct worker *worker, const struct blot_ruleset *rules, struct counters *counters)
{
    *worker = (struct worker){.counters = counters};
    if (rules && blot_scratch_new(rules, NULL, &worker->scratch) < 0)
        worker->scratch = NULL;
}

void worker_finish(struct worker *worker)
{
    blot_scratch_free(worker->scratch);
    free(worker->result.data);
    free(worker->tree.data);
    *worker = (struct worker){0};
}

int worker_text_reserve(struct worker_text *text, size_t size)
{
    if (size <= text->capacity)
        return 0;
    char *data = realloc(text->data, size * 2);
    if (!data)
        return -ENOMEM;
    text->data = data;
    text->capacity = size * 2;
    return 0;
}

void worker_text_clear(struct worker_text *text)
{
    if (text->capacity > KEPT_BYTES) {
        free(text->data);
        *text = (struct worker_text){0};
    }
    text->size = 0;
    text->is_short = false;
}

static void count(struct worker *worker, const struct blot_finding *findings, size_t found)
{
    struct counters *counters = worker->counters;
    for (size_t i = 0; i < found; i++) {
        worker->effects |= findings[i].effects;
        if (findings[i].rule < counters->rule_count)
            counters_add(&counters->by_rule[findings[i].rule], 1);
    }
}

int worker_redact(struct worker *worker, const char *text, size_t size, unsigned flags,
                  const char **ret_text, size_t *ret_size, size_t *ret_first)
{
    const struct blot_finding *findings;
    size_t found;
    if (!worker->scratch)
        return -ENODATA;
    int r = blot_find(worker->scratch, text, size, flags, &findings, &found);
    if (r < 0 || found == 0)
        return r < 0 ? r : WORKER_CLEAN;
    size_t applied = blot_applied_size(size, findings, found);
    worker_text_clear(&worker->result);
    r = worker_text_reserve(&worker->result, applied + 1);
    if (r < 0)
        return r;
    blot_apply(text, size, findings, found, worker->result.data);
    worker->result.data[applied] = '\0';
    count(worker, findings, found);
    *ret_text = worker->result.data;
    *ret_size = applied;
    if (ret_first)
        *ret_first = findings[0].offset;
    return WORKER_REPLACED;
}

bool worker_has_seen(const struct worker_seen *seen, const char *text, size_t size)
{
    return size > 0 && size == seen->size && memcmp(seen->text, text, size) == 0;
}

void worker_remember(struct worker_seen *seen, const char *text, size_t size)
{
    if (size > WORKER_SEEN_BYTES)
        return;
    memcpy(seen->text, text, size);
    seen->size = (unsigned char)size;
}

bool worker_is_clean(struct worker *worker, const char *text, size_t size)
{
    const struct blot_finding *findings;
    size_t found;
    return size == 0 ||
           (worker->scratch && blot_find(worker->scratch, text, size, 0, &findings, &found) == 0 &&
            found == 0);
}
