#pragma once
/* Reading JSON in place (RFC 8259, strict): spans of the text, no tree, no copy, no allocation.
 * What it accepts is JSON in grammar; whether strings are valid UTF-8 is asked of agent/utf8.h.
 * Pure. */
#include <stdbool.h>
#include <stddef.h>

enum {
    JSON_DEPTH_MAX = 64, /* nesting of objects and arrays; deeper is refused */
};

/* `text` is at the opening quote. Returns the byte behind the closing one, NULL if it is no string.
 */
const char *json_skip_string(const char *text, const char *end);
const char *json_skip_blanks(const char *text, const char *end);
/* `text` is at a value's first byte, inside `depth` containers. Returns the byte behind the value,
 * or NULL if it is none. */
const char *json_skip_value(const char *text, const char *end, unsigned depth);

/* A walk over the members of one object. */
struct json_object {
    const char *next;
    const char *end;
    unsigned depth; /* containers around and including this object */
    bool started;
};

struct json_member {
    const char *key; /* without quotes, as spelled */
    size_t key_size;
    const char *value; /* as spelled, strings with their quotes */
    size_t value_size;
};

enum json_step {
    JSON_MEMBER,
    JSON_END,    /* object->next is behind the closing brace */
    JSON_BROKEN, /* not JSON from here on */
};

/* Begins at an object that may have blanks before it. False: there is none. */
bool json_object_open(const char *text, size_t size, struct json_object *ret_object);
enum json_step json_object_next(struct json_object *object, struct json_member *ret_member);
/* The member of that key, spelled without escapes, of the object that `text` begins with. */
bool json_object_find(const char *text, size_t size, const char *key, size_t key_size,
                      struct json_member *ret_member);

/* Decodes the inside of a string that json_skip_string accepted; `output` has room for `size`
 * bytes. A lone surrogate becomes U+FFFD. Returns the bytes written. */
size_t json_unescape(const char *text, size_t size, char *output);
