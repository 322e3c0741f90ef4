#pragma once
/* A generation from a configuration: what of it a reload can take over. */
#include "agent/config.h"
#include "agent/generation.h"

/* Copies what it needs of the configuration, which may be freed before the generation is. Takes
 * `rules` over, also on failure. 0; -ENOENT: no such schema; -ENOMEM; what the engine gives. */
int generation_config(const struct config *config, struct blot_ruleset *rules, unsigned number,
                      struct generation **ret_generation);
