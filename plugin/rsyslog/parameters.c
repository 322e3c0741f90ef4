#include "plugin/rsyslog/parameters.h"

#include "agent/nearest.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Parameters of every action, action.c and queue.c of rsyslogd. It reads those with a prefix after
 * the module's own, so they are not marked as used yet; it says itself when one of them is unknown.
 */
static bool is_of_host(const char *name)
{
    return strncasecmp(name, "action.", 7) == 0 || strncasecmp(name, "queue.", 6) == 0 ||
           strcasecmp(name, "name") == 0 || strcasecmp(name, "type") == 0;
}

static void complain_unknown(const char *module, const char *name,
                             const struct host_parameters *block)
{
    struct nearest nearest = {.name = name};
    for (unsigned i = 0; i < block->count; i++)
        nearest_offer(&nearest, block->list[i].name);
    LogError(0, HOST_PARAMETER_ERROR, "%s: there is no parameter `%s`%s%s%s", module, name,
             nearest.best[0] ? ": did you mean `" : "", nearest.best, nearest.best[0] ? "`?" : "");
}

/* rsyslogd accepts an action with unknown parameters, and only says so: a mistyped `rules` would
 * then redact less than its writer believes. */
static bool all_known(const char *module, const struct host_pair *pairs,
                      const struct host_parameters *block)
{
    bool is_good = true;
    for (const struct host_pair *pair = pairs; pair; pair = pair->next) {
        char *name = pair->is_used ? NULL : es_str2cstr(pair->name, NULL);
        if (name && !is_of_host(name)) {
            complain_unknown(module, name, block);
            is_good = false;
        }
        free(name);
    }
    return is_good;
}

struct host_setting *parameters_read(const char *module, struct host_pair *pairs,
                                     struct host_parameters *block)
{
    struct host_setting *settings = nvlstGetParams(pairs, block, NULL);
    if (!settings)
        return NULL;
    if (all_known(module, pairs, block))
        return settings;
    cnfparamvalsDestruct(settings, block);
    return NULL;
}

const struct host_value *parameters_get(const struct host_setting *settings,
                                        const struct host_parameters *block, const char *name)
{
    for (unsigned i = 0; i < block->count; i++) {
        if (strcmp(block->list[i].name, name) == 0)
            return settings[i].is_set ? &settings[i].value : NULL;
    }
    return NULL;
}

int parameters_names(const struct host_value *value, struct names *ret_names)
{
    struct names names = {0};
    int count = value ? value->data.array->count : 0;
    names.items = calloc((size_t)count + 1, sizeof(*names.items));
    if (!names.items)
        return -ENOMEM;
    for (; names.count < (size_t)count; names.count++) {
        names.items[names.count] = es_str2cstr(value->data.array->items[names.count], NULL);
        if (!names.items[names.count]) {
            parameters_names_free(&names);
            return -ENOMEM;
        }
    }
    *ret_names = names;
    return 0;
}

char *parameters_text(const struct host_setting *settings, const struct host_parameters *block,
                      const char *name)
{
    const struct host_value *value = parameters_get(settings, block, name);
    return value ? es_str2cstr(value->data.string, NULL) : NULL;
}

void parameters_names_free(struct names *names)
{
    for (size_t i = 0; i < names->count; i++)
        free(names->items[i]);
    free(names->items);
    *names = (struct names){0};
}

char *parameters_host_value(const struct host_pair *pairs, const char *wanted)
{
    for (const struct host_pair *pair = pairs; pair; pair = pair->next) {
        char *name = es_str2cstr(pair->name, NULL);
        bool is_it = name && strcasecmp(name, wanted) == 0;
        free(name);
        if (is_it && pair->value.type == 'S')
            return es_str2cstr(pair->value.data.string, NULL);
    }
    return NULL;
}

int parameters_word(const char *module, const char *parameter, const char *word,
                    const char *const *words)
{
    struct nearest nearest = {.name = word};
    for (int i = 0; words[i]; i++) {
        if (strcmp(words[i], word) == 0)
            return i;
        nearest_offer(&nearest, words[i]);
    }
    LogError(0, HOST_PARAMETER_ERROR, "%s: %s: there is no `%s`%s%s%s", module, parameter, word,
             nearest.best[0] ? ": did you mean `" : "", nearest.best, nearest.best[0] ? "`?" : "");
    return -1;
}
