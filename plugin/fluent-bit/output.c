/* out_blotter.so: redaction and acknowledged delivery to Kafka, by the interface that Fluent Bit
 * has for plugins written in Go. */
#include "agent/encode.h"
#include "plugin/fluent-bit/agent_log.h"
#include "plugin/fluent-bit/carrier.h"
#include "plugin/fluent-bit/host.h"
#include "plugin/fluent-bit/kafka_settings.h"
#include "plugin/fluent-bit/ruleset.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    NAME_BYTES = 64,
    BUFFER_BYTES = 32 * 1024 * 1024,
    INSTANCE_WORDS = 80, /* of the host's structure: its list of properties is among them */
};

extern const struct output_type kafka_output_type;

/* One instance; nothing is shared, since the old and the new one live side by side in a reload. */
struct kafka_instance {
    struct carrier *carrier;
    void *config;
    void *quarantine_config; /* NULL: no rule sends anything there */
    char *tag_key;
    char name[NAME_BYTES];
};

int FLBPluginRegister(struct abi_proxy_definition *definition);
int FLBPluginInit(struct abi_proxy_plugin *plugin);
int FLBPluginFlush(const void *data, size_t size, char *tag);
int FLBPluginFlushCtx(void *context, const void *data, size_t size, char *tag);
int FLBPluginExit(void);
int FLBPluginExitCtx(void *context);

static const char *const known[] = {
    "brokers",      "topic",          "topic_fallback",
    "key",          "properties",     "properties_file",
    "schema",       "tag_key",        "packs",
    "rules",        "actions",        "keep",
    "kernel",       "timeout",        "quarantine_topic",
    "token_key_id", "token_key_file", NULL,
};

static char name[] = "blotter";
static char description[] = "redacts records and delivers them to Kafka, acknowledged";

BLOT_API int FLBPluginRegister(struct abi_proxy_definition *definition)
{
    definition->type = ABI_PROXY_OUTPUT;
    definition->proxy = ABI_PROXY_GO;
    definition->flags = 0;
    definition->name = name;
    definition->description = description;
    return 0;
}

static void config_free(void *config)
{
    if (config)
        kafka_settings_finish(config);
    free(config);
}

static struct kafka_instance *instance_free(struct kafka_instance *kafka)
{
    if (!kafka)
        return NULL;
    carrier_free(kafka->carrier);
    config_free(kafka->config);
    config_free(kafka->quarantine_config);
    free(kafka->tag_key);
    free(kafka);
    return NULL;
}

static const char *property(const struct abi_proxy_plugin *plugin, const char *key)
{
    const char *value = plugin->api->output_get_property(key, plugin->instance);
    return value && *value ? value : NULL;
}

static int read_kafka(const struct abi_proxy_plugin *plugin, const char *topic, void **ret_config)
{
    const struct kafka_settings settings = {
        .brokers = property(plugin, "brokers"),
        .topic = property(plugin, topic),
        .topic_fallback = property(plugin, "topic_fallback"),
        .key = property(plugin, "key"),
        .properties = property(plugin, "properties"),
        .properties_file = property(plugin, "properties_file"),
    };
    *ret_config = calloc(1, kafka_settings_size());
    return *ret_config ? kafka_settings_read(&settings, *ret_config) : -ENOMEM;
}

/* The second output, where a rule wants it. */
static int read_quarantine(struct kafka_instance *kafka, const struct abi_proxy_plugin *plugin,
                           const struct blot_ruleset *rules)
{
    if (!(blot_ruleset_effects(rules) & BLOT_QUARANTINE))
        return 0;
    if (!property(plugin, "quarantine_topic")) {
        host_log(ABI_LOG_ERROR, "quarantine_topic: is not set, and a rule sends records there");
        return -EINVAL;
    }
    return read_kafka(plugin, "quarantine_topic", &kafka->quarantine_config);
}

static int read_rules(const struct abi_proxy_plugin *plugin, struct blot_ruleset **ret_rules)
{
    const struct ruleset_properties properties = {
        .packs = property(plugin, "packs"),
        .rules = property(plugin, "rules"),
        .actions = property(plugin, "actions"),
        .keep = property(plugin, "keep"),
        .kernel = property(plugin, "kernel"),
        .token_key_id = property(plugin, "token_key_id"),
        .token_key_file = property(plugin, "token_key_file"),
    };
    return ruleset_load(&properties, ret_rules);
}

static int configure(struct kafka_instance *kafka, const struct abi_proxy_plugin *plugin)
{
    const char *schema = property(plugin, "schema");
    const char *tag_key = property(plugin, "tag_key");
    const char *timeout = property(plugin, "timeout");
    struct carrier_options options = {
        .type = &kafka_output_type,
        .id = kafka->name,
        .encoder = encode_find(schema ? schema : "raw"),
        .buffer_bytes = BUFFER_BYTES,
        .timeout_seconds = 5,
    };
    if (!options.encoder) {
        host_log(ABI_LOG_ERROR, "schema: is neither raw nor ecs");
        return -EINVAL;
    }
    if (timeout && (host_read_seconds(timeout, &options.timeout_seconds) < 0 ||
                    options.timeout_seconds == 0)) {
        host_log(ABI_LOG_ERROR, "timeout: is no time such as 5s");
        return -EINVAL;
    }
    if (tag_key && (strlen(tag_key) > 64 || strpbrk(tag_key, "\"\\\n"))) {
        host_log(ABI_LOG_ERROR, "tag_key: is no key of at most 64 bytes");
        return -EINVAL;
    }
    kafka->tag_key = tag_key ? strdup(tag_key) : NULL;
    options.tag_key = kafka->tag_key;
    int r = read_kafka(plugin, "topic", &kafka->config);
    if (r >= 0)
        r = read_rules(plugin, &options.rules);
    if (r < 0)
        return r;
    r = read_quarantine(kafka, plugin, options.rules);
    if (r < 0) {
        blot_ruleset_free(options.rules);
        return r;
    }
    options.config = kafka->config;
    options.quarantine_config = kafka->quarantine_config;
    return carrier_new(&options, &kafka->carrier);
}

/* More than 0, or the host does not start. */
BLOT_API int FLBPluginInit(struct abi_proxy_plugin *plugin)
{
    struct kafka_instance *kafka = calloc(1, sizeof *kafka);
    if (!kafka)
        return -1;
    const char *shown = flb_output_name ? flb_output_name(plugin->instance) : NULL;
    snprintf(kafka->name, sizeof kafka->name, "%s", shown ? shown : name);
    if (host_check_properties(plugin->instance, flb_output_set_property, INSTANCE_WORDS, known) ==
            -EINVAL ||
        agent_log_open() < 0 || configure(kafka, plugin) < 0) {
        instance_free(kafka);
        return -1;
    }
    plugin->context->remote_context = kafka;
    return 1;
}

BLOT_API int FLBPluginFlushCtx(void *context, const void *data, size_t size, char *tag)
{
    struct kafka_instance *kafka = context;
    return kafka ? carrier_flush(kafka->carrier, data, size, tag) : ABI_FLUSH_RETRY;
}

/* Hosts that know contexts call the one above. */
BLOT_API int FLBPluginFlush(const void *data, size_t size, char *tag)
{
    return ABI_FLUSH_RETRY;
}

static void show_counts(const struct kafka_instance *kafka)
{
    struct carrier_counts counts = carrier_counts(kafka->carrier);
    host_log(counts.refused + counts.withheld > 0 ? ABI_LOG_WARN : ABI_LOG_INFO,
             "%s: chunks=%llu records=%llu findings=%llu withheld=%llu dropped=%llu "
             "quarantined=%llu refused=%llu retries=%llu resumed=%llu",
             kafka->name, (unsigned long long)counts.chunks, (unsigned long long)counts.records,
             (unsigned long long)counts.findings, (unsigned long long)counts.withheld,
             (unsigned long long)counts.dropped, (unsigned long long)counts.quarantined,
             (unsigned long long)counts.refused, (unsigned long long)counts.retries,
             (unsigned long long)counts.resumed);
}

BLOT_API int FLBPluginExitCtx(void *context)
{
    struct kafka_instance *kafka = context;
    if (kafka)
        show_counts(kafka);
    instance_free(kafka);
    return 0;
}

BLOT_API int FLBPluginExit(void)
{
    return 0;
}
