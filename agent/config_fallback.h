#pragma once
/*
 * What a bad configuration still says. Part of config.c.
 *
 * A file that is no YAML as a whole may be readable in parts: each block that begins at the left
 * margin is looked at alone, so that one slip of a bracket does not restart a pod that asked to be
 * held.
 */
#include "agent/config.h"

/* Never fails: what cannot be read is as its default. Shows nothing, judges nothing. */
void config_fallback_read(const char *text, size_t length_bytes,
                          struct config_fallback *ret_fallback);
