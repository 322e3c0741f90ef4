#include "agent/parse/json.h"
#include "agent/parse/text.h"

static void auto_parse(const struct parse_options *options, struct clean text, int64_t now_ns,
                       struct event *ret_event)
{
    if (!json_event(options, text, now_ns, ret_event))
        text_parse(options, text, now_ns, ret_event);
}

const struct parse_type auto_parse_type = {
    .name = "auto",
    .summary = "a JSON object keeps its members, anything else is a message",
    .parse = auto_parse,
};
