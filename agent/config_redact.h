#pragma once
/* Values below `redact:` that are words of the engine's, judged with the rest of a configuration,
 * so that their mistakes are told with all others. What needs the rules is judged when these are
 * made (rules.h). */
#include "agent/option.h"

/* Checks of rows (option.h): packs that are no files, `keep`, `masked`, and the map of actions. */
void config_redact_check_packs(const void *value, struct option_check *check);
void config_redact_check_keep(const void *value, struct option_check *check);
void config_redact_check_masked(const void *value, struct option_check *check);
void config_redact_check_actions(const void *value, struct option_check *check);
