#include "agent/output/kafka_stub.h"

#include "agent/redact.h"
#include "agent/source.h"

#include <string.h>

size_t kafka_stub_write(const struct source *source, const struct record *record, bool is_size,
                        char *buffer)
{
    struct clean_builder builder = {.data = buffer, .capacity = KAFKA_STUB_BYTES};
    if (record->time_ns > 0) {
        clean_append(&builder, clean_literal("{\"@timestamp\":\""));
        clean_append_time(&builder, record->time_ns);
        clean_append(&builder, clean_literal("\",\"message\":\"[WITHHELD "));
    } else {
        clean_append(&builder, clean_literal("{\"message\":\"[WITHHELD "));
    }
    clean_append(&builder, is_size ? clean_literal("too_large") : clean_literal("refused"));
    clean_append(&builder, clean_literal("]\",\"log.offset\":"));
    clean_append_integer(&builder, (int64_t)record->offset);
    clean_append(&builder, clean_literal(",\"blotter.source\":\""));
    clean_append(&builder, clean_from_constant(source->id_text, strlen(source->id_text)));
    clean_append(&builder, clean_literal("\"}"));
    return builder.size;
}
