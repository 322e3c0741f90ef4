/* flb-filter_blotter.so: a filter, or a processor of an input's logs. */
#include "plugin/fluent-bit/abi.h"
#include "plugin/fluent-bit/chunk.h"
#include "plugin/fluent-bit/host.h"
#include "plugin/fluent-bit/ruleset.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

enum {
    NAME_BYTES = 64,
    LINE_BYTES = 768,
    INSTANCE_WORDS = 20, /* of the host's structure: its list of properties is among them */
};

/* One instance. Filters run on the host's own thread and processors on that of their input, so the
 * lock is there for hosts that think otherwise. */
struct filter {
    pthread_mutex_t lock;
    struct blot_ruleset *rules;
    struct chunk_redactor *redactor;
    char name[NAME_BYTES];
    int64_t interval_seconds; /* 0: counts are shown at exit alone */
    int64_t shown_at;         /* CLOCK_MONOTONIC, seconds */
    struct chunk_counts shown;
};

/* `active` is the host's own, which it leaves in the list. */
static const char *const known[] = {
    "packs",          "rules",          "actions",      "keep",           "kernel", "on_error",
    "count_interval", "quarantine_key", "token_key_id", "token_key_file", "active", NULL};

static int64_t now_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return now.tv_sec;
}

/* How often each rule was applied: " pan=3 cvv=1". */
static void print_rules(const struct filter *filter, char *text, size_t size)
{
    size_t written = 0;
    text[0] = '\0';
    for (size_t i = 0; i < blot_ruleset_rule_count(filter->rules); i++) {
        unsigned long long count = chunk_rule_count(filter->redactor, i);
        if (count == 0 || written >= size)
            continue;
        int more = snprintf(text + written, size - written, " %s=%llu",
                            blot_ruleset_rule_id(filter->rules, i), count);
        written += more > 0 ? (size_t)more : 0;
    }
}

/* All counts since the start, when something was counted since they were last shown. */
static void show_counts(struct filter *filter)
{
    const struct chunk_counts *now = chunk_counts(filter->redactor);
    struct chunk_counts *shown = &filter->shown;
    filter->shown_at = now_seconds();
    if (memcmp(now, shown, sizeof *now) == 0)
        return;
    bool is_bad = now->withheld > shown->withheld || now->dropped_chunks > shown->dropped_chunks;
    char rules[LINE_BYTES];
    print_rules(filter, rules, sizeof rules);
    host_log(is_bad ? ABI_LOG_WARN : ABI_LOG_INFO,
             "%s: records=%llu changed=%llu withheld=%llu dropped=%llu quarantined=%llu "
             "dropped_chunks=%llu%s",
             filter->name, (unsigned long long)now->records, (unsigned long long)now->changed,
             (unsigned long long)now->withheld, (unsigned long long)now->dropped,
             (unsigned long long)now->quarantined, (unsigned long long)now->dropped_chunks, rules);
    *shown = *now;
}

static int read_on_error(const char *text, bool *ret_drop)
{
    if (text && strcasecmp(text, "drop") != 0 && strcasecmp(text, "withhold") != 0) {
        host_log(ABI_LOG_ERROR, "on_error: is neither withhold nor drop");
        return -EINVAL;
    }
    *ret_drop = text && strcasecmp(text, "drop") == 0;
    return 0;
}

static int configure(struct filter *filter, void *instance)
{
    const struct ruleset_properties properties = {
        .packs = flb_filter_get_property("packs", instance),
        .rules = flb_filter_get_property("rules", instance),
        .actions = flb_filter_get_property("actions", instance),
        .keep = flb_filter_get_property("keep", instance),
        .kernel = flb_filter_get_property("kernel", instance),
        .token_key_id = flb_filter_get_property("token_key_id", instance),
        .token_key_file = flb_filter_get_property("token_key_file", instance),
    };
    const char *interval = flb_filter_get_property("count_interval", instance);
    const char *key = flb_filter_get_property("quarantine_key", instance);
    struct chunk_options options = {.quarantine_key = key ? key : "blotter"};
    filter->interval_seconds = 60;
    if (interval && host_read_seconds(interval, &filter->interval_seconds) < 0) {
        host_log(ABI_LOG_ERROR, "count_interval: is no time such as 60s or 5m, nor 0");
        return -EINVAL;
    }
    if (*options.quarantine_key == '\0' || strlen(options.quarantine_key) > CHUNK_KEY_MAX_BYTES) {
        host_log(ABI_LOG_ERROR, "quarantine_key: is no key of 1 to %d bytes", CHUNK_KEY_MAX_BYTES);
        return -EINVAL;
    }
    int r = read_on_error(flb_filter_get_property("on_error", instance), &options.drop);
    if (r >= 0)
        r = ruleset_load(&properties, &filter->rules);
    return r < 0 ? r : chunk_redactor_new(filter->rules, &options, &filter->redactor);
}

static void filter_free(struct filter *filter)
{
    chunk_redactor_free(filter->redactor);
    blot_ruleset_free(filter->rules);
    pthread_mutex_destroy(&filter->lock);
    free(filter);
}

static int init(void *instance, void *config, void *data)
{
    struct filter *filter = calloc(1, sizeof *filter);
    if (!filter)
        return -1;
    pthread_mutex_init(&filter->lock, NULL);
    const char *name = flb_filter_name ? flb_filter_name(instance) : NULL;
    snprintf(filter->name, sizeof filter->name, "%s", name ? name : "filter");
    if (host_check_properties(instance, flb_filter_set_property, INSTANCE_WORDS, known) ==
            -EINVAL ||
        configure(filter, instance) < 0) {
        filter_free(filter);
        return -1;
    }
    filter->shown_at = now_seconds();
    flb_filter_set_context(instance, filter);
    host_log(ABI_LOG_INFO, "%s: rules %.12s, kernel %s", filter->name,
             blot_ruleset_hash(filter->rules), blot_ruleset_kernel(filter->rules));
    return 0;
}

/* The host knows no error here: whatever is not MODIFIED passes the chunk on as it is. */
static int filter_chunk(const void *data, size_t size, const char *tag, int tag_size,
                        void **ret_data, size_t *ret_size, void *instance, void *input,
                        void *context, void *config)
{
    struct filter *filter = context;
    *ret_data = NULL;
    *ret_size = 0;
    if (!filter)
        return ABI_FILTER_MODIFIED;
    pthread_mutex_lock(&filter->lock);
    int r = chunk_redact(filter->redactor, data, size, ret_data, ret_size);
    if (r < 0)
        host_log(ABI_LOG_ERROR, "%s: a chunk of %zu bytes is dropped: %s", filter->name, size,
                 strerrordesc_np(-r));
    if (filter->interval_seconds > 0 &&
        now_seconds() - filter->shown_at >= filter->interval_seconds)
        show_counts(filter);
    pthread_mutex_unlock(&filter->lock);
    return r == 0 ? ABI_FILTER_NOTOUCH : ABI_FILTER_MODIFIED;
}

static int exit_filter(void *context, void *config)
{
    struct filter *filter = context;
    if (!filter)
        return 0;
    show_counts(filter);
    filter_free(filter);
    return 0;
}

static char name[] = "blotter";
static char description[] = "takes card data out of records";

extern struct abi_filter_plugin filter_blotter_plugin;
BLOT_API struct abi_filter_plugin filter_blotter_plugin = {
    .name = name,
    .description = description,
    .init = init,
    .filter = filter_chunk,
    .exit = exit_filter,
};
