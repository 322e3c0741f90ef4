#pragma once
/* What a reload would have to change and cannot. */
#include "agent/config.h"

/* The first key that differs between the configurations and needs a restart, or NULL. */
const char *service_change(const struct config *old, const struct config *new);
