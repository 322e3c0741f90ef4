#include "plugin/fluent-bit/event.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

enum {
    EVENT_TIME_BYTES = 8,
};

/* A time must not be a way for sixteen digits to get through. */
static bool is_time(const struct msgpack_token *token)
{
    switch (token->kind) {
    case MSGPACK_UNSIGNED:
        return token->natural <= UINT32_MAX;
    case MSGPACK_FLOAT:
        return token->number >= 0 && token->number <= (double)UINT32_MAX;
    case MSGPACK_EXTENSION:
        return token->extension == 0 && token->size == EVENT_TIME_BYTES;
    default:
        return false;
    }
}

/* `ret_at`: where the first of both begins. */
static int read_pair(struct msgpack_reader *reader, const uint8_t **ret_at,
                     struct msgpack_token *ret_first)
{
    struct msgpack_token token;
    int r = msgpack_read(reader, &token);
    if (r < 0)
        return r;
    if (token.kind != MSGPACK_ARRAY || token.count != 2)
        return -EBADMSG;
    *ret_at = reader->next;
    return msgpack_read(reader, ret_first);
}

/* As the host itself writes them: both arrays with one byte, and an EventTime. */
static bool open_usual(struct msgpack_reader *reader, struct event *ret_event)
{
    static const uint8_t head[] = {0x92, 0x92, 0xd7, 0x00};
    if ((size_t)(reader->end - reader->next) < sizeof head + EVENT_TIME_BYTES ||
        memcmp(reader->next, head, sizeof head) != 0)
        return false;
    ret_event->begin = reader->next;
    ret_event->time = reader->next + 2;
    ret_event->time_size = 2 + EVENT_TIME_BYTES;
    reader->next += sizeof head + EVENT_TIME_BYTES;
    ret_event->parts[0] = reader->next;
    ret_event->parts[1] = NULL;
    return true;
}

int event_open(struct msgpack_reader *reader, struct event *ret_event)
{
    if (open_usual(reader, ret_event))
        return 0;
    struct event event = {.begin = reader->next};
    struct msgpack_token token;
    const uint8_t *time;
    int r = read_pair(reader, &time, &token);
    if (r < 0)
        return r;
    bool has_metadata = token.kind == MSGPACK_ARRAY;
    if (has_metadata && token.count != 2)
        return -EBADMSG;
    if (has_metadata) {
        time = reader->next;
        r = msgpack_read(reader, &token);
        if (r < 0)
            return r;
    }
    if (!is_time(&token))
        return -EBADMSG;
    event.time = time;
    event.time_size = (size_t)(reader->next - time);
    event.parts[has_metadata ? 0 : 1] = reader->next;
    *ret_event = event;
    return 0;
}
