#ifndef RULES_LOAD_ALLOW_H
#define RULES_LOAD_ALLOW_H
/* The exceptions of a rule: patterns, keys, hashes. What is wrong is reported. */
#include "rules/load_rule.h"

void load_allow(struct reading *reading, const yaml_node_t *node);
void load_allow_free(struct allow *allow);
#endif
