#pragma once
/* The top level of a configuration: its option table is config_options of config.h. */
#include <stdint.h>

/* The offset in seconds that `timezone` means: UTC, Z, +02:00. 0 or -EINVAL. */
int config_options_timezone(const char *text, int64_t *ret_offset_s);
