#pragma once
/* The Kafka output's configuration from the properties of an instance. They go through the agent's
 * own option table, so that the same values are refused with the same words. */
#include <stddef.h>

struct kafka_settings {
    const char *brokers;         /* bootstrap.servers */
    const char *topic;           /* a template */
    const char *topic_fallback;  /* NULL: the option's default, as for all below */
    const char *key;             /* a template */
    const char *properties;      /* librdkafka's: NAME=VALUE; NAME=VALUE */
    const char *properties_file; /* likewise, one a line; `#` begins a comment line */
};

/* What is wrong is said in the host's log, without values. `*ret_config` is a zeroed
 * config of the output's type, to be released by kafka_settings_finish. 0 or negative errno. */
int kafka_settings_read(const struct kafka_settings *settings, void *ret_config);
void kafka_settings_finish(void *config);
/* The size of such a config. */
size_t kafka_settings_size(void);
