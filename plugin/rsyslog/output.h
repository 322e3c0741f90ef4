#pragma once
/* The parameters of a delivering action: where to, and how. Configuration thread. */
#include "plugin/rsyslog/host.h"

struct deliver_config;

/* Rows of a module's parameters that output_read reads. */
#define OUTPUT_PARAMETERS                                                                          \
    {"broker", HOST_TYPE_ARRAY, 0}, {"topic", HOST_TYPE_STRING, 1}, {"key", HOST_TYPE_STRING, 0},  \
    {                                                                                              \
        "confParam", HOST_TYPE_ARRAY, 0                                                            \
    }

/* What the agent's Kafka output makes of them. Every error is logged as `module`'s. 0, -EINVAL,
 * -ENOMEM. */
int output_read(const char *module, const struct host_setting *settings,
                const struct host_parameters *block, struct deliver_config **ret_output);
