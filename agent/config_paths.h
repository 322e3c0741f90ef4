#pragma once
/*
 * What a configuration's paths mean for each other. Part of config.c; the warnings are for `check`.
 */
#include "agent/config.h"

/*
 * Refuses an output whose file, or whose rotated files, an input would read: its own records would
 * come back for ever. Paths are compared with their folders resolved, so that a symbolic link does
 * not hide it. Components that have errors of their own are looked at as far as they go. 0, -EINVAL
 * after adding every error, or -ENOMEM.
 */
int config_paths_check(const struct config *config, struct diagnostics *diagnostics);

/*
 * Warns where state_dir does not outlive the process or its container but the logs do: after a
 * restart everything would be read again.
 */
void config_paths_warn(const struct config *config, struct diagnostics *diagnostics);
