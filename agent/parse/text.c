#include "agent/parse/text.h"

#include <string.h>

enum {
    SEARCH_BYTES = 80, /* access logs have an address, an identity and a user before their stamp */
    SEARCH_BRACKETS = 3,
};

void text_plain(struct clean text, struct event *ret_event)
{
    ret_event->is_object = false;
    ret_event->message = text;
    ret_event->message_member = -1;
    ret_event->logger = (struct clean){0};
    ret_event->level = LEVEL_NONE;
    ret_event->time_ns = INT64_MIN;
    ret_event->member_count = 0;
}

/* logfmt: ts=2024-01-02T03:04:05Z, time="…". Bytes up to the stamp; 0: none of these. */
static size_t logfmt_key(const char *text, size_t size)
{
    static const char *const keys[] = {"time=", "ts=", "t=", "timestamp=", "date="};
    if (size == 0 || (text[0] != 't' && text[0] != 'd'))
        return 0;
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        size_t key_size = strlen(keys[i]);
        if (size > key_size && memcmp(text, keys[i], key_size) == 0)
            return key_size + (text[key_size] == '"');
    }
    return 0;
}

/* Where the stamp ended; 0: there is none. */
static size_t find_stamp(const struct parse_options *options, struct clean text, int64_t now_ns,
                         int64_t *ret_time_ns)
{
    size_t key = logfmt_key(text.data, text.size);
    size_t taken = timestamp_parse(options, text.data + key, text.size - key, now_ns, ret_time_ns);
    if (taken > 0)
        return key + taken;
    size_t limit = text.size < SEARCH_BYTES ? text.size : SEARCH_BYTES;
    size_t at = 0;
    for (int i = 0; i < SEARCH_BRACKETS && at < limit; i++) {
        const char *bracket = memchr(text.data + at, '[', limit - at);
        if (!bracket)
            return 0;
        at = (size_t)(bracket - text.data);
        taken = timestamp_parse(options, bracket, text.size - at, now_ns, ret_time_ns);
        if (taken > 0)
            return at + taken;
        at++;
    }
    return 0;
}

void text_parse(const struct parse_options *options, struct clean text, int64_t now_ns,
                struct event *ret_event)
{
    text_plain(text, ret_event);
    size_t behind = find_stamp(options, text, now_ns, &ret_event->time_ns);
    ret_event->level = level_find(text.data, text.size, behind);
}

const struct parse_type text_parse_type = {
    .name = "text",
    .summary = "a line is a message; its stamp and level are recognised",
    .parse = text_parse,
};
