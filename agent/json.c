#include "agent/json.h"

#include "agent/utf8.h"

#include <stdint.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

const char *json_skip_blanks(const char *text, const char *end)
{
    while (text < end && (*text == ' ' || *text == '\t' || *text == '\n' || *text == '\r'))
        text++;
    return text;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* `text` is behind the `u`. -1: not four hex digits. */
static int unicode_escape(const char *text, const char *end)
{
    if (end - text < 4)
        return -1;
    int value = 0;
    for (int i = 0; i < 4; i++) {
        int digit = hex_value(text[i]);
        if (digit < 0)
            return -1;
        value = value << 4 | digit;
    }
    return value;
}

/* The first byte that ends a run of ordinary string bytes: quote, backslash or control. */
static const char *skip_ordinary(const char *text, const char *end)
{
#ifdef __SSE2__
    const __m128i quote = _mm_set1_epi8('"');
    const __m128i backslash = _mm_set1_epi8('\\');
    const __m128i last_control = _mm_set1_epi8(0x1f);
    for (; end - text >= 16; text += 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)text);
        __m128i special = _mm_or_si128(
            _mm_or_si128(_mm_cmpeq_epi8(bytes, quote), _mm_cmpeq_epi8(bytes, backslash)),
            _mm_cmpeq_epi8(_mm_max_epu8(bytes, last_control), last_control));
        int mask = _mm_movemask_epi8(special);
        if (mask != 0)
            return text + __builtin_ctz((unsigned)mask);
    }
#endif
    while (text < end && *text != '"' && *text != '\\' && (unsigned char)*text >= 0x20)
        text++;
    return text;
}

const char *json_skip_string(const char *text, const char *end)
{
    if (text == end || *text != '"')
        return NULL;
    text++;
    for (;;) {
        text = skip_ordinary(text, end);
        if (text == end)
            return NULL;
        if (*text == '"')
            return text + 1;
        if (*text != '\\' || end - text < 2)
            return NULL;
        if (text[1] == 'u') {
            if (unicode_escape(text + 2, end) < 0)
                return NULL;
            text += 6;
        } else if (text[1] != '\0' && strchr("\"\\/bfnrt", text[1])) {
            text += 2;
        } else {
            return NULL;
        }
    }
}

static const char *skip_digits(const char *text, const char *end)
{
    const char *first = text;
    while (text < end && *text >= '0' && *text <= '9')
        text++;
    return text == first ? NULL : text;
}

static const char *skip_number(const char *text, const char *end)
{
    if (text < end && *text == '-')
        text++;
    if (text < end && *text == '0')
        text++;
    else if (!(text = skip_digits(text, end)))
        return NULL;
    if (text < end && *text == '.' && !(text = skip_digits(text + 1, end)))
        return NULL;
    if (text < end && (*text == 'e' || *text == 'E')) {
        text++;
        if (text < end && (*text == '+' || *text == '-'))
            text++;
        text = skip_digits(text, end);
    }
    return text;
}

static const char *skip_word(const char *text, const char *end, const char *word, size_t size)
{
    return (size_t)(end - text) >= size && memcmp(text, word, size) == 0 ? text + size : NULL;
}

static const char *skip_scalar(const char *text, const char *end)
{
    if (text == end)
        return NULL;
    switch (*text) {
    case '"':
        return json_skip_string(text, end);
    case 't':
        return skip_word(text, end, "true", 4);
    case 'f':
        return skip_word(text, end, "false", 5);
    case 'n':
        return skip_word(text, end, "null", 4);
    default:
        return skip_number(text, end);
    }
}

/* A member's key and colon, up to its value's first byte. */
static const char *skip_key(const char *text, const char *end)
{
    text = json_skip_string(json_skip_blanks(text, end), end);
    if (!text)
        return NULL;
    text = json_skip_blanks(text, end);
    return text < end && *text == ':' ? json_skip_blanks(text + 1, end) : NULL;
}

/* Not recursive: `objects` holds one bit for each open container, set for an object. */
const char *json_skip_value(const char *text, const char *end, unsigned depth)
{
    uint64_t objects = 0;
    unsigned open = 0;
    for (;;) {
        bool is_empty = false;
        if (text < end && (*text == '{' || *text == '[')) {
            if (depth + open == JSON_DEPTH_MAX)
                return NULL;
            bool is_object = *text == '{';
            objects = objects << 1 | is_object;
            open++;
            text = json_skip_blanks(text + 1, end);
            is_empty = text < end && *text == (is_object ? '}' : ']');
            if (!is_empty) {
                if (is_object && !(text = skip_key(text, end)))
                    return NULL;
                continue;
            }
        } else if (!(text = skip_scalar(text, end))) {
            return NULL;
        }
        for (;;) {
            if (open == 0)
                return text;
            text = json_skip_blanks(text, end);
            if (text == end)
                return NULL;
            if (*text != (objects & 1 ? '}' : ']'))
                break;
            text++;
            objects >>= 1;
            open--;
        }
        if (*text != ',')
            return NULL;
        text = objects & 1 ? skip_key(text + 1, end) : json_skip_blanks(text + 1, end);
        if (!text)
            return NULL;
    }
}

bool json_object_open(const char *text, size_t size, struct json_object *ret_object)
{
    const char *end = text + size;
    text = json_skip_blanks(text, end);
    if (text == end || *text != '{')
        return false;
    *ret_object = (struct json_object){.next = text + 1, .end = end, .depth = 1};
    return true;
}

enum json_step json_object_next(struct json_object *object, struct json_member *ret_member)
{
    const char *end = object->end;
    const char *text = json_skip_blanks(object->next, end);
    if (text < end && *text == '}') {
        object->next = text + 1;
        return JSON_END;
    }
    if (object->started) {
        if (text == end || *text != ',')
            return JSON_BROKEN;
        text = json_skip_blanks(text + 1, end);
    }
    const char *value = skip_key(text, end);
    const char *after = value ? json_skip_value(value, end, object->depth) : NULL;
    if (!after)
        return JSON_BROKEN;
    const char *key_end = value - 1;
    while (*key_end != ':')
        key_end--;
    while (*key_end != '"')
        key_end--;
    *ret_member = (struct json_member){
        .key = text + 1,
        .key_size = (size_t)(key_end - text - 1),
        .value = value,
        .value_size = (size_t)(after - value),
    };
    object->next = after;
    object->started = true;
    return JSON_MEMBER;
}

bool json_object_find(const char *text, size_t size, const char *key, size_t key_size,
                      struct json_member *ret_member)
{
    struct json_object object;
    struct json_member member;
    if (!json_object_open(text, size, &object))
        return false;
    while (json_object_next(&object, &member) == JSON_MEMBER) {
        if (member.key_size == key_size && memcmp(member.key, key, key_size) == 0) {
            *ret_member = member;
            return true;
        }
    }
    return false;
}

/* Decodes the escape at `text` (a backslash); advances *text past it. */
static size_t unescape_one(const char **text, const char *end, char *output)
{
    static const char plain[] = "b\bf\fn\nr\rt\t";
    char letter = (*text)[1];
    *text += 2;
    if (letter != 'u') {
        const char *found = strchr(plain, letter);
        *output = found ? found[1] : letter;
        return 1;
    }
    int unit = unicode_escape(*text, end);
    *text += 4;
    if (unit < 0xd800 || unit > 0xdfff)
        return utf8_encode((unsigned)unit, output);
    if (unit < 0xdc00 && end - *text >= 6 && (*text)[0] == '\\' && (*text)[1] == 'u') {
        int low = unicode_escape(*text + 2, end);
        if (low >= 0xdc00 && low <= 0xdfff) {
            *text += 6;
            return utf8_encode(0x10000u + (unsigned)(((unit - 0xd800) << 10) + low - 0xdc00),
                               output);
        }
    }
    return utf8_encode(0xfffd, output);
}

size_t json_unescape(const char *text, size_t size, char *output)
{
    const char *end = text + size;
    char *out = output;
    while (text < end) {
        const char *backslash = memchr(text, '\\', (size_t)(end - text));
        size_t run = (size_t)((backslash ? backslash : end) - text);
        memmove(out, text, run);
        out += run;
        text += run;
        if (backslash)
            out += unescape_one(&text, end, out);
    }
    return (size_t)(out - output);
}
