#pragma once
/* Every component of this build, by family: what the names of a configuration stand for. */
#include "agent/config.h"

extern const struct config_registry component_registry;
