#include "agent/generation_config.h"

#include "agent/redact.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What the encoder's options point to. */
struct format {
    struct clean host_name;
    struct encode_field *fields;
    size_t field_count;
};

static void release_format(void *owner)
{
    struct format *format = owner;
    for (size_t i = 0; i < format->field_count; i++) {
        free((char *)format->fields[i].key.data);
        free((char *)format->fields[i].value.data);
    }
    free(format->fields);
    free((char *)format->host_name.data);
    free(format);
}

/* The name of the host comes from outside, so it passes the rules like a path. */
static int take_host_name(struct format *format, const struct blot_ruleset *rules)
{
    char name[256] = "";
    if (gethostname(name, sizeof name - 1) < 0)
        return -errno;
    struct redactor *redactor;
    int r = redactor_new(rules, &redactor);
    if (r < 0)
        return r;
    r = redact_copy(redactor, (struct raw){name, strlen(name)}, &format->host_name);
    redactor_free(redactor);
    return r;
}

static int take_fields(struct format *format, const struct option_map *map)
{
    format->fields = calloc(map->count + 1, sizeof *format->fields);
    if (!format->fields)
        return -ENOMEM;
    for (size_t i = 0; i < map->count; i++) {
        struct encode_field *field = &format->fields[format->field_count++];
        char *key = strdup(map->pairs[i].key);
        char *value = strdup(map->pairs[i].value);
        if (key)
            field->key = clean_from_config(key);
        if (value)
            field->value = clean_from_config(value);
        if (!key || !value)
            return -ENOMEM;
    }
    return 0;
}

int generation_config(const struct config *config, struct blot_ruleset *rules, unsigned number,
                      struct generation **ret_generation)
{
    const struct encode_type *encoder = encode_find(config->format_schema);
    struct format *format = encoder ? calloc(1, sizeof *format) : NULL;
    if (!format) {
        blot_ruleset_free(rules);
        return encoder ? -ENOMEM : -ENOENT;
    }
    int r = take_host_name(format, rules);
    if (r >= 0)
        r = take_fields(format, &config->format_fields);
    if (r < 0) {
        release_format(format);
        blot_ruleset_free(rules);
        return r;
    }
    struct generation *generation;
    r = generation_new(rules, encoder, &generation);
    if (r < 0) {
        release_format(format);
        return r;
    }
    generation->number = number;
    generation->encode.host_name = format->host_name;
    generation->encode.fields = format->fields;
    generation->encode.field_count = format->field_count;
    generation->release = release_format;
    generation->owner = format;
    *ret_generation = generation;
    return 0;
}
