#pragma once
/* The JSON trees of a message, `$!`, `$.` and `$/`, searched as the text that `%$!%` writes. */
#include "plugin/rsyslog/host.h"
#include "plugin/rsyslog/worker.h"

/* `name` begins with `$`. WORKER_CLEAN, WORKER_REPLACED, or negative errno: the tree may hold raw
 * text. */
int tree_redact(struct worker *worker, struct host_message *message,
                const struct host_property *property, const char *name);
void tree_delete(struct host_message *message, const char *name);
