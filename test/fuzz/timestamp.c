/* A stamp takes no more than the text, is never further ahead than a day, and its own text in
 * RFC 3339 reads back to it. */
#include "agent/parse.h"
#include "agent/redact.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int64_t now_ns = INT64_C(1795260000000000000);
    const struct parse_options options = {.timezone_offset_s = size % 2 ? 0 : 3600};
    const char *text = (const char *)data;
    int64_t time_ns = INT64_MIN;
    size_t taken = timestamp_parse(&options, text, size, now_ns, &time_ns);
    require(taken <= size && (taken > 0) == (time_ns != INT64_MIN));
    level_find(text, size, taken);
    if (taken == 0)
        return 0;
    require(time_ns >= 0 && time_ns <= now_ns + INT64_C(86400000000000));
    char written[64];
    struct clean_builder builder = {.data = written, .capacity = sizeof(written)};
    int64_t again_ns;
    clean_append_time(&builder, time_ns);
    require(timestamp_parse(&options, written, builder.size, now_ns, &again_ns) == builder.size);
    require(again_ns == time_ns);
    return 0;
}
