#pragma once
/* The host's side of a plugin: its log, and the properties of an instance. */
#include "plugin/fluent-bit/abi.h"

#include <stdint.h>

/* A line of the host's log: `[blotter] …`. The text holds nothing of a record. */
void host_log(enum abi_log_level level, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Complains of properties that `known` (ended by NULL) does not name, each with the nearest name.
 *
 * The host has no function that lists them, and lets unknown ones through. So a mark is set with
 * its own `set`, and the list is recognized in the instance's memory (its first `words` words, all
 * of which belong to it in every version) by the mark that has come to its end. 0; -EINVAL: there
 * are unknown ones; -ENOTSUP: the list is not where it can be recognized, which is said. */
int host_check_properties(void *instance, int (*set)(void *, const char *, const char *),
                          size_t words, const char *const *known);
/* Seconds from "90", "90s", "5m", "1h", or 0. 0 or -EINVAL. */
int host_read_seconds(const char *text, int64_t *ret_seconds);
