#include "agent/command/demo_check.h"

#include "agent/command/demo_shop.h"
#include "agent/json.h"
#include "agent/parse.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int demo_check_init(struct demo_check *check, const struct blot_ruleset *rules, size_t capacity)
{
    memset(check, 0, sizeof(*check));
    check->capacity = capacity;
    check->offsets = calloc(capacity, sizeof(*check->offsets));
    check->latencies_ns = calloc(capacity, sizeof(*check->latencies_ns));
    if (!check->offsets || !check->latencies_ns)
        return -ENOMEM;
    return blot_scratch_new(rules, NULL, &check->scratch);
}

void demo_check_finish(struct demo_check *check)
{
    blot_scratch_free(check->scratch);
    free(check->offsets);
    free(check->latencies_ns);
}

static bool leaks(struct demo_check *check, const char *payload, size_t size)
{
    const struct blot_finding *findings;
    size_t count;
    if (blot_find(check->scratch, payload, size, 0, &findings, &count) < 0 || count > 0)
        return true;
    for (const char *const *card = demo_shop_cards; *card; card++) {
        if (memmem(payload, size, *card, strlen(*card)))
            return true;
    }
    return false;
}

static bool find(const char *payload, size_t size, const char *key, struct json_member *ret_member)
{
    return json_object_find(payload, size, key, strlen(key), ret_member);
}

void demo_check_record(struct demo_check *check, const char *payload, size_t size, int64_t now_ns)
{
    static const struct parse_options utc = {0};
    struct json_member offset, stamp, redacted;
    check->leaking += leaks(check, payload, size);
    if (check->count == check->capacity ||
        json_skip_value(payload, payload + size, 0) != payload + size ||
        !find(payload, size, "log.offset", &offset) || !find(payload, size, "@timestamp", &stamp)) {
        check->broken++;
        return;
    }
    int64_t time_ns = now_ns;
    timestamp_parse(&utc, stamp.value + 1, stamp.value_size - 2, now_ns, &time_ns);
    check->redacted += find(payload, size, "blotter.redacted", &redacted);
    check->offsets[check->count] = strtoull(offset.value, NULL, 10);
    check->latencies_ns[check->count] = now_ns - time_ns;
    check->count++;
}

static int compare_offsets(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a;
    uint64_t right = *(const uint64_t *)b;
    return (left > right) - (left < right);
}

static int compare_latencies(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a;
    int64_t right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

size_t demo_check_repeated(struct demo_check *check)
{
    size_t repeated = 0;
    qsort(check->offsets, check->count, sizeof(*check->offsets), compare_offsets);
    qsort(check->latencies_ns, check->count, sizeof(*check->latencies_ns), compare_latencies);
    for (size_t i = 1; i < check->count; i++)
        repeated += check->offsets[i] == check->offsets[i - 1];
    return repeated;
}

int64_t demo_check_quantile(const struct demo_check *check, double quantile)
{
    if (check->count == 0)
        return 0;
    return check->latencies_ns[(size_t)(quantile * (double)(check->count - 1))];
}
