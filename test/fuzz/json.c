/* The reader of JSON and a second opinion agree on every text; what was decoded and escaped again
 * decodes to the same. */
#include "agent/json.h"

#include "agent/json_escape.h"
#include "agent/utf8.h"
#include "test/fuzz/strict_json.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void check_string(const char *text, size_t size)
{
    char *plain = malloc(size + 1);
    size_t plain_size = json_unescape(text, size, plain);
    require(plain_size <= size);
    char *escaped = malloc(json_escape_bound(plain, plain_size) + 1);
    size_t repaired = 0;
    size_t escaped_size = json_escape(plain, plain_size, escaped, &repaired);
    require(strict_json_is_utf8(escaped, escaped_size));
    require((repaired == 0) == utf8_is_valid(plain, plain_size));
    char *again = malloc(escaped_size + 1);
    size_t again_size = json_unescape(escaped, escaped_size, again);
    if (repaired == 0)
        require(again_size == plain_size && memcmp(again, plain, plain_size) == 0);
    free(plain);
    free(escaped);
    free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    bool is_valid = json_skip_value(text, text + size, 0) == text + size;
    require(is_valid == strict_json_is_valid(text, size, JSON_DEPTH_MAX));
    require(utf8_is_valid(text, size) == strict_json_is_utf8(text, size));
    struct json_object object;
    struct json_member member;
    if (!json_object_open(text, size, &object))
        return 0;
    enum json_step step;
    while ((step = json_object_next(&object, &member)) == JSON_MEMBER) {
        require(member.key >= text && member.value + member.value_size <= text + size);
        require(strict_json_is_valid(member.value, member.value_size, JSON_DEPTH_MAX - 1));
        check_string(member.key, member.key_size);
        if (*member.value == '"')
            check_string(member.value + 1, member.value_size - 2);
    }
    if (size > 0 && *text == '{')
        require((step == JSON_END && object.next == text + size) == is_valid);
    return 0;
}
