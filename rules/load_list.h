#ifndef RULES_LOAD_LIST_H
#define RULES_LOAD_LIST_H
/* The keys of a rule that are lists. What is wrong is reported; what was there before is freed. */
#include "rules/load_rule.h"

void load_list_keywords(struct reading *reading, const yaml_node_t *node);
/* Paths of members; their names are the rule's keywords. */
void load_list_keys(struct reading *reading, const yaml_node_t *node);
void load_list_validators(struct reading *reading, const yaml_node_t *node);
void load_list_match(struct reading *reading, const yaml_node_t *node);
void load_list_no_match(struct reading *reading, const yaml_node_t *node);

/* A list of texts, owned by the caller. `message` is reported of one that is not good. Returns how
 * many there are. */
size_t load_list_texts(struct load *load, const yaml_node_t *node, const char *message,
                       bool (*is_good)(const char *text), char ***ret_texts);
void load_list_free_texts(char **texts, size_t count);
void load_list_free_paths(struct path **paths, size_t count);
#endif
