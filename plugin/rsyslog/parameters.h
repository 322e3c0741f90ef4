#pragma once
/* The parameters of an action. Configuration thread. */
#include "plugin/rsyslog/host.h"

#include <stdbool.h>
#include <stddef.h>

/* Texts from the configuration, owned. */
struct names {
    char **items;
    size_t count;
};

/* Reads the parameters of the block. Names that neither the block nor rsyslogd's actions have are
 * logged with the nearest known one. NULL: something is wrong, all of it was logged. The caller
 * gives the result to cnfparamvalsDestruct. */
struct host_setting *parameters_read(const char *module, struct host_pair *pairs,
                                     struct host_parameters *block);
/* The setting of that name, NULL where it is not set. */
const struct host_value *parameters_get(const struct host_setting *settings,
                                        const struct host_parameters *block, const char *name);
/* A copy of an array's strings; without the setting: none. 0 or -ENOMEM. */
int parameters_names(const struct host_value *value, struct names *ret_names);
/* The setting's text, malloc'd; NULL: it is not set, or there is no memory. */
char *parameters_text(const struct host_setting *settings, const struct host_parameters *block,
                      const char *name);
void parameters_names_free(struct names *names);
/* The value that rsyslogd's own parameter `name` has, malloc'd; NULL: it is not set. */
char *parameters_host_value(const struct host_pair *pairs, const char *name);
/* The index of the word in the list, which NULL ends; else -1, logged with the nearest word. */
int parameters_word(const char *module, const char *parameter, const char *word,
                    const char *const *words);
