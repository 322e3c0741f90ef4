#include "agent/encode.h"

#include "agent/component_table.h"
#include "agent/json_escape.h"
#include "agent/redact.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const struct encode_type *const encode_types[] = {COMPONENT_ENCODE_ROWS NULL};

const struct encode_type *encode_find(const char *name)
{
    const struct encode_type *const *type = encode_types;
    while (*type && strcmp((*type)->name, name) != 0)
        type++;
    return *type;
}

struct clean encode_withheld(const struct batch *batch, const struct record *record)
{
    unsigned reason =
        record->redaction_count > 0 ? batch->redactions[record->redaction_first].reason : 0;
    switch (reason) {
    case BLOT_WITHHELD_LENGTH:
        return clean_literal("[WITHHELD length]");
    case BLOT_WITHHELD_ENCODING:
        return clean_literal("[WITHHELD encoding]");
    case BLOT_WITHHELD_DEPTH:
        return clean_literal("[WITHHELD depth]");
    default:
        return clean_literal("[WITHHELD limit]");
    }
}

bool encode_key_is_reserved(const char *key, size_t size)
{
    static const char *const reserved[] = {
        "@timestamp",    "message",    "log.level",    "log.logger",
        "log.file.path", "log.offset", "log.iostream", "event.ingested",
    };
    static const char own[] = "blotter";
    for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++) {
        if (strlen(reserved[i]) == size && memcmp(reserved[i], key, size) == 0)
            return true;
    }
    size_t own_size = sizeof(own) - 1;
    return size >= own_size && memcmp(key, own, own_size) == 0 &&
           (size == own_size || key[own_size] == '.');
}

static size_t member_bound(const char *key, size_t key_size, const char *value, size_t value_size)
{
    return json_escape_bound(key, key_size) + json_escape_bound(value, value_size) +
           sizeof("\"\":\"\",");
}

/* Appends `"key":"value",`. */
static void append_member(struct encode_source *source, const char *key, size_t key_size,
                          const char *value, size_t value_size)
{
    char *out = source->constant + source->constant_size;
    size_t repaired = 0;
    *out++ = '"';
    out += json_escape(key, key_size, out, &repaired);
    memcpy(out, "\":\"", 3);
    out += 3;
    out += json_escape(value, value_size, out, &repaired);
    memcpy(out, "\",", 2);
    source->constant_size = (size_t)(out + 2 - source->constant);
}

static bool has_key(const struct encode_source *source, const char *key, size_t key_size)
{
    for (size_t i = 0; i < source->optional_count; i++) {
        const struct encode_optional *optional = &source->optionals[i];
        if (optional->key_size == key_size && memcmp(optional->key, key, key_size) == 0)
            return true;
    }
    return false;
}

/* Appends a member that yields to the application's; the first of a name wins. */
static int append_optional(struct encode_source *source, const char *key, size_t key_size,
                           const char *value, size_t value_size)
{
    if (has_key(source, key, key_size) || encode_key_is_reserved(key, key_size))
        return 0;
    char *copy = malloc(key_size + 1);
    if (!copy)
        return -ENOMEM;
    memcpy(copy, key, key_size);
    copy[key_size] = '\0';
    struct encode_optional *optional = &source->optionals[source->optional_count++];
    *optional = (struct encode_optional){
        .key = copy,
        .key_size = key_size,
        .offset = source->constant_size,
    };
    append_member(source, key, key_size, value, value_size);
    optional->size = source->constant_size - optional->offset;
    return 0;
}

static int fill(struct encode_source *source, const struct encode_options *options,
                struct clean path, const char *id_text)
{
    static const char path_key[] = "log.file.path";
    static const char id_key[] = "blotter.source";
    static const char host_key[] = "host.name";
    if (path.size > 0)
        append_member(source, path_key, sizeof(path_key) - 1, path.data, path.size);
    append_member(source, id_key, sizeof(id_key) - 1, id_text, strlen(id_text));
    int error = 0;
    for (size_t i = 0; i < options->field_count && error == 0; i++) {
        const struct encode_field *field = &options->fields[i];
        error = append_optional(source, field->key.data, field->key.size, field->value.data,
                                field->value.size);
    }
    if (error == 0 && options->host_name.size > 0)
        error = append_optional(source, host_key, sizeof(host_key) - 1, options->host_name.data,
                                options->host_name.size);
    return error;
}

int encode_source_new(const struct encode_options *options, struct clean path, const char *id_text,
                      struct encode_source **ret_source)
{
    if (options->field_count >= ENCODE_OPTIONALS_MAX)
        return -E2BIG;
    size_t bound = member_bound("", 0, path.data, path.size) +
                   member_bound("", 0, id_text, strlen(id_text)) +
                   member_bound("", 0, options->host_name.data, options->host_name.size) + 128;
    for (size_t i = 0; i < options->field_count; i++)
        bound += member_bound(options->fields[i].key.data, options->fields[i].key.size,
                              options->fields[i].value.data, options->fields[i].value.size);
    struct encode_source *source = calloc(1, sizeof(*source));
    if (!source)
        return -ENOMEM;
    source->event_stamp = source->read_stamp =
        (struct encode_stamp){.time_ns = INT64_MIN, .second = INT64_MIN};
    source->constant = malloc(bound);
    source->optionals = calloc(options->field_count + 1, sizeof(*source->optionals));
    if (!source->constant || !source->optionals || fill(source, options, path, id_text) < 0) {
        encode_source_free(source);
        return -ENOMEM;
    }
    *ret_source = source;
    return 0;
}

struct encode_source *encode_source_free(struct encode_source *source)
{
    if (!source)
        return NULL;
    for (size_t i = 0; i < source->optional_count; i++)
        free(source->optionals[i].key);
    free(source->optionals);
    free(source->constant);
    free(source);
    return NULL;
}
