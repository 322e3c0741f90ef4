#include "plugin/rsyslog/tree.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    DEPTH_MAX = 32, /* libfastjson's parser takes no more */
    NUMBER_BYTES = 24,
    METADATA_DIGITS_MAX = 11,
};

static void append(struct worker *worker, const char *text, size_t size)
{
    struct worker_text *out = &worker->tree;
    if (out->is_short || worker_text_reserve(out, out->size + size) < 0) {
        out->is_short = true;
        return;
    }
    memcpy(out->data + out->size, text, size);
    out->size += size;
}

/* Writes the escape of a character that libfastjson escapes; returns where it ends. */
static char *write_escape(char *out, unsigned char character)
{
    static const char escaped[] = "\b\n\r\t\f\"\\/";
    static const char letters[] = "bnrtf\"\\/";
    static const char hex[] = "0123456789abcdef";
    const char *known = strchr(escaped, character);
    if (known) {
        *out++ = '\\';
        *out++ = letters[known - escaped];
        return out;
    }
    memcpy(out, "\\u00", 4);
    out[4] = hex[character >> 4];
    out[5] = hex[character & 15];
    return out + 6;
}

static void append_escaped(struct worker *worker, const char *text)
{
    struct worker_text *tree = &worker->tree;
    size_t size = strlen(text);
    if (tree->is_short || worker_text_reserve(tree, tree->size + 6 * size + 2) < 0) {
        tree->is_short = true;
        return;
    }
    char *out = tree->data + tree->size;
    *out++ = '"';
    for (size_t i = 0; i < size; i++) {
        unsigned char character = (unsigned char)text[i];
        if (character < 0x20 || character == '"' || character == '\\' || character == '/')
            out = write_escape(out, character);
        else
            *out++ = (char)character;
    }
    *out++ = '"';
    tree->size = (size_t)(out - tree->data);
}

static void append_value(struct worker *worker, struct host_json *json, unsigned depth);

static void append_object(struct worker *worker, struct host_json *json, unsigned depth)
{
    struct host_json_iterator item = fjson_object_iter_begin(json);
    struct host_json_iterator end = fjson_object_iter_end(json);
    const char *separator = "{ ";
    for (; !fjson_object_iter_equal(&item, &end); fjson_object_iter_next(&item)) {
        append(worker, separator, 2);
        append_escaped(worker, fjson_object_iter_peek_name(&item));
        append(worker, ": ", 2);
        append_value(worker, fjson_object_iter_peek_value(&item), depth + 1);
        separator = ", ";
    }
    append(worker, *separator == '{' ? "{ }" : " }", *separator == '{' ? 3 : 2);
}

static void append_array(struct worker *worker, struct host_json *json, unsigned depth)
{
    const char *separator = "[ ";
    int length = fjson_object_array_length(json);
    for (int i = 0; i < length; i++) {
        append(worker, separator, 2);
        append_value(worker, fjson_object_array_get_idx(json, i), depth + 1);
        separator = ", ";
    }
    append(worker, length == 0 ? "[ ]" : " ]", length == 0 ? 3 : 2);
}

static void append_value(struct worker *worker, struct host_json *json, unsigned depth)
{
    char number[NUMBER_BYTES];
    const char *text = "null";
    int type = json ? fjson_object_get_type(json) : HOST_JSON_NULL;
    if (depth > DEPTH_MAX)
        worker->tree.is_short = true;
    else if (type == HOST_JSON_OBJECT)
        append_object(worker, json, depth);
    else if (type == HOST_JSON_ARRAY)
        append_array(worker, json, depth);
    else if (type == HOST_JSON_STRING)
        append_escaped(worker, fjson_object_get_string(json));
    if (depth > DEPTH_MAX || type == HOST_JSON_OBJECT || type == HOST_JSON_ARRAY ||
        type == HOST_JSON_STRING)
        return;
    if (type == HOST_JSON_INT) {
        snprintf(number, sizeof(number), "%lld", (long long)fjson_object_get_int64(json));
        text = number;
    } else if (json) {
        text = fjson_object_get_string(json);
    }
    append(worker, text, strlen(text));
}

/* The string member of that name; NULL: it is none. */
static const char *string_member(const struct host_json_iterator *item, const char *name)
{
    struct host_json *value = fjson_object_iter_peek_value(item);
    if (strcmp(fjson_object_iter_peek_name(item), name) != 0 || !value ||
        fjson_object_get_type(value) != HOST_JSON_STRING)
        return NULL;
    return fjson_object_get_string(value);
}

/* imfile gives every message the tree {"metadata":{"filename":…,"fileoffset":…}}. Its file name
 * when that is all there is, else NULL. The offset is passed over when it is a number of at most 11
 * digits: too few for a PAN, and under a name that is no label of anything. */
static const char *metadata_file(struct host_json *json)
{
    struct host_json_iterator item = fjson_object_iter_begin(json);
    struct host_json_iterator end = fjson_object_iter_end(json);
    if (fjson_object_iter_equal(&item, &end) ||
        strcmp(fjson_object_iter_peek_name(&item), "metadata") != 0)
        return NULL;
    struct host_json *metadata = fjson_object_iter_peek_value(&item);
    fjson_object_iter_next(&item);
    if (!fjson_object_iter_equal(&item, &end) || !metadata ||
        fjson_object_get_type(metadata) != HOST_JSON_OBJECT)
        return NULL;
    item = fjson_object_iter_begin(metadata);
    end = fjson_object_iter_end(metadata);
    const char *file = NULL, *offset = NULL;
    if (!fjson_object_iter_equal(&item, &end)) {
        file = string_member(&item, "filename");
        fjson_object_iter_next(&item);
    }
    if (file && !fjson_object_iter_equal(&item, &end)) {
        offset = string_member(&item, "fileoffset");
        fjson_object_iter_next(&item);
    }
    bool is_all = offset && fjson_object_iter_equal(&item, &end);
    size_t digits = is_all ? strspn(offset, "0123456789") : 0;
    return is_all && digits <= METADATA_DIGITS_MAX && offset[digits] == '\0' ? file : NULL;
}

/* Most trees hold no card data, and rsyslogd's own way to their text (a copy under a lock, an
 * allocation a value) costs more than all else that is done to a message. `$/` is shared with other
 * threads and may only be copied. */
static bool is_clean(struct worker *worker, struct host_message *message,
                     const struct host_property *property, const char *name)
{
    struct host_property copy = *property;
    struct host_json *json = NULL;
    if (name[1] == '/' || !jsonFind || !fjson_object_iter_begin)
        return false;
    if (jsonFind(message, &copy, &json) != HOST_OK)
        return false;
    if (!json)
        return true;
    const char *file = fjson_object_get_type(json) == HOST_JSON_OBJECT ? metadata_file(json) : NULL;
    if (file && worker_has_seen(&worker->metadata_file, file, strlen(file)))
        return true;
    worker_text_clear(&worker->tree);
    append_value(worker, json, 0);
    if (worker->tree.is_short || !worker_is_clean(worker, worker->tree.data, worker->tree.size))
        return false;
    if (file)
        worker_remember(&worker->metadata_file, file, strlen(file));
    return true;
}

void tree_delete(struct host_message *message, const char *name)
{
    msgDelJSON(message, (unsigned char *)name + 1);
}

static int replace(struct host_message *message, const char *name, const char *text)
{
    struct host_json *tree = fjson_tokener_parse ? fjson_tokener_parse(text) : NULL;
    tree_delete(message, name);
    if (!tree || msgAddJSON(message, (unsigned char *)name + 1, tree, 0, 0) != HOST_OK)
        return -EINVAL;
    return 0;
}

int tree_redact(struct worker *worker, struct host_message *message,
                const struct host_property *property, const char *name)
{
    struct host_property copy = *property;
    unsigned short must_free = 0;
    unsigned char *old = NULL;
    const char *text;
    size_t new_size;
    int size = 0;
    if (is_clean(worker, message, property, name))
        return WORKER_CLEAN;
    if (getJSONPropVal(message, &copy, &old, &size, &must_free) != HOST_OK)
        return -EINVAL;
    if (!must_free)
        return WORKER_CLEAN; /* there is no such tree */
    int r = worker_redact(worker, (const char *)old, (size_t)size, 0, &text, &new_size, NULL);
    free(old);
    if (r == WORKER_REPLACED && replace(message, name, text) < 0)
        r = -EINVAL;
    return r;
}
