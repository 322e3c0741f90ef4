#pragma once
/* The rule set that a configuration asks for: packs, rule files, kernel. */
#include "agent/config.h"

struct blot_ruleset;

/*
 * Reads the files that `redact.rules` names and compiles them with the packs; the engine's own self
 * tests run in it. A glob that matches nothing is no error, a plain path that is not there is.
 * Returns 0, -EINVAL after adding every error with its file and place, or -ENOMEM.
 */
int rules_load(const struct config *config, struct diagnostics *diagnostics,
               struct blot_ruleset **ret_ruleset);
