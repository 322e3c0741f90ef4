#pragma once
/* What both modules answer alike when rsyslogd loads them; runtime/module-template.h. A module
 * defines the two constants below. */
#include "plugin/rsyslog/host.h"

struct module_entry {
    const char *name;
    host_function *function;
};

extern const char module_name[];
/* The module's own entry points; a row without a name ends them. */
extern const struct module_entry module_entries[];
