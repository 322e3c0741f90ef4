#pragma once
/* A second opinion on JSON, written for being obvious: RFC 8259 as its grammar stands, recursive,
 * a byte at a time. Shares nothing with agent/json.c. */
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct strict_json {
    const unsigned char *at, *end;
    int depth, depth_max;
};

static bool strict_json_value(struct strict_json *json);

static bool strict_json_take(struct strict_json *json, const char *word)
{
    size_t size = strlen(word);
    if ((size_t)(json->end - json->at) < size || memcmp(json->at, word, size) != 0)
        return false;
    json->at += size;
    return true;
}

static void strict_json_blanks(struct strict_json *json)
{
    while (json->at < json->end && memchr(" \t\n\r", *json->at, 4))
        json->at++;
}

static bool strict_json_string(struct strict_json *json)
{
    if (!strict_json_take(json, "\""))
        return false;
    while (json->at < json->end) {
        unsigned char c = *json->at++;
        if (c == '"')
            return true;
        if (c < 0x20)
            return false;
        if (c != '\\')
            continue;
        if (json->at == json->end)
            return false;
        c = *json->at++;
        if (c != 'u') {
            if (!memchr("\"\\/bfnrt", c, 8))
                return false;
            continue;
        }
        for (int i = 0; i < 4; i++) {
            if (json->at == json->end || !memchr("0123456789abcdefABCDEF", *json->at++, 22))
                return false;
        }
    }
    return false;
}

static bool strict_json_digits(struct strict_json *json)
{
    const unsigned char *first = json->at;
    while (json->at < json->end && *json->at >= '0' && *json->at <= '9')
        json->at++;
    return json->at > first;
}

static bool strict_json_number(struct strict_json *json)
{
    strict_json_take(json, "-");
    if (!strict_json_take(json, "0") && !strict_json_digits(json))
        return false;
    if (strict_json_take(json, ".") && !strict_json_digits(json))
        return false;
    if (strict_json_take(json, "e") || strict_json_take(json, "E")) {
        if (!strict_json_take(json, "+"))
            strict_json_take(json, "-");
        return strict_json_digits(json);
    }
    return true;
}

/* What stands between the brackets of an object or array. */
static bool strict_json_members(struct strict_json *json, const char *close, bool has_keys)
{
    strict_json_blanks(json);
    if (strict_json_take(json, close))
        return true;
    do {
        strict_json_blanks(json);
        if (has_keys) {
            if (!strict_json_string(json))
                return false;
            strict_json_blanks(json);
            if (!strict_json_take(json, ":"))
                return false;
            strict_json_blanks(json);
        }
        if (!strict_json_value(json))
            return false;
        strict_json_blanks(json);
    } while (strict_json_take(json, ","));
    return strict_json_take(json, close);
}

static bool strict_json_value(struct strict_json *json)
{
    bool is_object = json->at < json->end && *json->at == '{';
    if (is_object || (json->at < json->end && *json->at == '[')) {
        json->at++;
        if (++json->depth > json->depth_max)
            return false;
        bool is_good = strict_json_members(json, is_object ? "}" : "]", is_object);
        json->depth--;
        return is_good;
    }
    if (json->at < json->end && *json->at == '"')
        return strict_json_string(json);
    return strict_json_take(json, "true") || strict_json_take(json, "false") ||
           strict_json_take(json, "null") || strict_json_number(json);
}

/* Whether the text is one JSON value and nothing else. */
static bool strict_json_is_valid(const void *text, size_t size, int depth_max)
{
    struct strict_json json = {text, (const unsigned char *)text + size, 0, depth_max};
    return strict_json_value(&json) && json.at == json.end;
}

/* Whether the text is UTF-8: decoded and looked at, code point by code point. */
static bool strict_json_is_utf8(const void *text, size_t size)
{
    const unsigned char *at = text;
    for (size_t i = 0; i < size;) {
        unsigned lead = at[i];
        size_t more = lead < 0x80       ? 0
                      : lead >> 5 == 6  ? 1
                      : lead >> 4 == 14 ? 2
                      : lead >> 3 == 30 ? 3
                                        : 9;
        static const unsigned least[] = {0, 0x80, 0x800, 0x10000};
        if (more == 9 || size - i <= more)
            return false;
        unsigned point = more == 0 ? lead : lead & (0x3fu >> more);
        for (size_t j = 1; j <= more; j++) {
            if (at[i + j] >> 6 != 2)
                return false;
            point = point << 6 | (at[i + j] & 0x3fu);
        }
        if (point < least[more] || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))
            return false;
        i += more + 1;
    }
    return true;
}
